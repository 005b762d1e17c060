/**
 * The control flow graph of a function: predecessors, reverse postorder, and by it what is reachable. Computed into
 * arrays that are kept for the next function; valid until blocks or terminators change.
 */
import type { IrFunction } from './function.js'

const INITIAL_CAPACITY = 256

export class Cfg {
  /** Reachable blocks in reverse postorder, the entry first; valid up to `count`. */
  rpo: Int32Array = new Int32Array(INITIAL_CAPACITY)
  count = 0
  /** Position in `rpo` by block, -1 when it cannot be reached. */
  rpoIndex: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** Predecessor edges of block b: `preds[predStart[b]]` up to `preds[predStart[b + 1]]`, one entry an edge. */
  predStart: Int32Array = new Int32Array(INITIAL_CAPACITY)
  preds: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** The terminator's block call (index) that each entry of `preds` is. */
  predSlots: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** The depth-first search: blocks in the order in which they were met, their number in it, and the number of the block
   * from which each was met. */
  dfsBlock: Int32Array = new Int32Array(INITIAL_CAPACITY)
  dfsNumber: Int32Array = new Int32Array(INITIAL_CAPACITY)
  dfsParent: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private stack: Int32Array = new Int32Array(2 * INITIAL_CAPACITY)

  compute(f: IrFunction): void {
    const blocks = f.blockCount
    if (this.rpo.length < blocks + 1) {
      const size = Math.max(blocks + 1, this.rpo.length * 2)
      this.rpo = new Int32Array(size)
      this.rpoIndex = new Int32Array(size)
      this.predStart = new Int32Array(size)
      this.dfsBlock = new Int32Array(size)
      this.dfsNumber = new Int32Array(size)
      this.dfsParent = new Int32Array(size)
      this.stack = new Int32Array(size * 2)
    }
    this.order(f)
    this.predecessors(f)
  }

  /** Depth-first search with an explicit stack of (block, next successor). Later successors are visited first, so that the
   * first one (the layout's likely fallthrough) follows its block in the order. */
  private order(f: IrFunction): void {
    const { rpo, rpoIndex, stack, dfsNumber } = this
    const { blockCount } = f
    rpoIndex.fill(-1, 0, blockCount)
    let at = blockCount
    let sp = this.meet(f, f.entry, 0, 0)
    while (sp > 0) {
      const block = stack[sp - 2]
      const left = stack[sp - 1]
      if (left === 0) {
        sp -= 2
        rpo[--at] = block
        continue
      }
      stack[sp - 1] = left - 1
      const next = f.successor(f.lastInst[block], left - 1)
      if (rpoIndex[next] < 0) sp = this.meet(f, next, dfsNumber[block], sp)
    }
    rpo.copyWithin(0, at, blockCount)
    for (let i = 0; i < this.count; i++) rpoIndex[rpo[i]] = i
  }

  /** Numbers a block and pushes it; returns the new height of the stack. */
  private meet(f: IrFunction, block: number, parent: number, sp: number): number {
    const number = sp === 0 ? 0 : this.count
    this.count = number + 1
    this.dfsBlock[number] = block
    this.dfsNumber[block] = number
    this.dfsParent[number] = parent
    this.rpoIndex[block] = 0
    this.stack[sp] = block
    this.stack[sp + 1] = f.successorCount(f.lastInst[block])
    return sp + 2
  }

  private predecessors(f: IrFunction): void {
    const { rpo, predStart } = this
    predStart.fill(0, 0, f.blockCount + 1)
    let edges = 0
    for (let i = 0; i < this.count; i++) {
      const last = f.lastInst[rpo[i]]
      for (let k = f.successorCount(last) - 1; k >= 0; k--) {
        predStart[f.successor(last, k)]++
        edges++
      }
    }
    if (this.preds.length < edges) {
      this.preds = new Int32Array(Math.max(edges, this.preds.length * 2))
      this.predSlots = new Int32Array(this.preds.length)
    }
    let sum = 0
    for (let b = 0; b <= f.blockCount; b++) {
      sum += predStart[b]
      predStart[b] = sum
    }
    for (let i = this.count - 1; i >= 0; i--) {
      const last = f.lastInst[rpo[i]]
      for (let k = f.successorCount(last) - 1; k >= 0; k--) {
        const entry = --predStart[f.successor(last, k)]
        this.preds[entry] = rpo[i]
        this.predSlots[entry] = k
      }
    }
  }

  isReachable(block: number): boolean {
    return this.rpoIndex[block] >= 0
  }
}
