/**
 * Natural loops: a header dominates the sources of its back edges. The graphs of Wasm are reducible, so every cycle is
 * such a loop. Loops are numbered so that an inner loop has a greater number than the loops around it.
 */
import type { Cfg } from './cfg.js'
import type { DomTree } from './domtree.js'
import type { IrFunction } from './function.js'

const INITIAL_CAPACITY = 256

export class Loops {
  count = 0
  /** Header block and loop around (-1: none) by loop. */
  header: Int32Array = new Int32Array(INITIAL_CAPACITY)
  parent: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** Nesting by loop, 1 for outermost. */
  depth: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** The greatest of these, 0 without loops. */
  deepest = 0
  /** 1 by loop with another loop in it. */
  isOuter: Uint8Array = new Uint8Array(INITIAL_CAPACITY)
  /** Innermost loop by block, -1 outside of loops. */
  loopOf: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private stack: Int32Array = new Int32Array(2 * INITIAL_CAPACITY)
  private stackSize = 0
  /** A loop around, or the loop itself: leads to the outermost known one (a union-find forest). */
  private around: Int32Array = new Int32Array(INITIAL_CAPACITY)

  compute(f: IrFunction, cfg: Cfg, dom: DomTree): void {
    if (this.loopOf.length < f.blockCount) {
      const size = Math.max(f.blockCount, this.loopOf.length * 2)
      this.header = new Int32Array(size)
      this.parent = new Int32Array(size)
      this.depth = new Int32Array(size)
      this.isOuter = new Uint8Array(size)
      this.loopOf = new Int32Array(size)
      this.stack = new Int32Array(2 * size)
      this.around = new Int32Array(size)
    }
    this.count = 0
    this.loopOf.fill(-1, 0, f.blockCount)
    for (let i = 0; i < cfg.count; i++) {
      const block = cfg.rpo[i]
      if (hasBackEdge(cfg, dom, block)) {
        this.header[this.count] = block
        this.around[this.count] = this.count
        this.parent[this.count++] = -1
      }
    }
    // Inner loops first (they come later in reverse postorder), so that `loopOf` ends as the innermost loop.
    for (let loop = this.count - 1; loop >= 0; loop--) this.collect(cfg, dom, loop)
    this.isOuter.fill(0, 0, this.count)
    this.deepest = 0
    for (let loop = 0; loop < this.count; loop++) {
      const parent = this.parent[loop]
      const depth = parent < 0 ? 1 : this.depth[parent] + 1
      this.depth[loop] = depth
      if (depth > this.deepest) this.deepest = depth
      if (parent >= 0) this.isOuter[parent] = 1
    }
  }

  /** Walks backwards from the back edges to the header; loops found on the way become children. */
  private collect(cfg: Cfg, dom: DomTree, loop: number): void {
    const { loopOf, header, stack } = this
    const head = header[loop]
    this.stackSize = 0
    if (loopOf[head] < 0) loopOf[head] = loop
    for (let e = cfg.predStart[head]; e < cfg.predStart[head + 1]; e++) {
      const pred = cfg.preds[e]
      if (pred !== head && dom.dominates(head, pred)) this.reach(loop, pred)
    }
    while (this.stackSize > 0) {
      const block = stack[--this.stackSize]
      for (let e = cfg.predStart[block]; e < cfg.predStart[block + 1]; e++) {
        const pred = cfg.preds[e]
        if (pred !== head) this.reach(loop, pred)
      }
    }
  }

  /** Takes a block into a loop: itself, or the outermost loop that is known to be around it. */
  private reach(loop: number, block: number): void {
    const { loopOf, parent, header, stack, around } = this
    const inner = loopOf[block]
    if (inner < 0) {
      loopOf[block] = loop
      stack[this.stackSize++] = block
      return
    }
    let outer = inner
    while (around[outer] !== outer) {
      around[outer] = around[around[outer]]
      outer = around[outer]
    }
    if (outer === loop) return
    parent[outer] = loop
    around[outer] = loop
    stack[this.stackSize++] = header[outer]
  }

  /** Loops around a block, 0 outside. */
  depthOf(block: number): number {
    const loop = this.loopOf[block]
    return loop < 0 ? 0 : this.depth[loop]
  }

  isHeader(block: number): boolean {
    const loop = this.loopOf[block]
    return loop >= 0 && this.header[loop] === block
  }

  /** True when a block is in a loop or in one inside of it. */
  contains(loop: number, block: number): boolean {
    let at = this.loopOf[block]
    while (at > loop) at = this.parent[at]
    return at === loop
  }
}

function hasBackEdge(cfg: Cfg, dom: DomTree, block: number): boolean {
  for (let e = cfg.predStart[block]; e < cfg.predStart[block + 1]; e++) {
    if (dom.dominates(block, cfg.preds[e])) return true
  }
  return false
}
