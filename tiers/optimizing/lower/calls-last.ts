/**
 * The order in which blocks are numbered, and so allocated. A call overwrites every register, and linear scan keeps a value in
 * its slot from a call on, also in blocks that come later only because of the order. So where a loop can be gone
 * through without a call (or the whole function), the blocks that call come last, with all that they dominate: the way without
 * calls is allocated as if they were not there, and what lives across a call is moved on the edges to it and back.
 * (V8's deferred blocks do the same for what it knows to be rare.) What a trace did not come to (translate/likelihood.ts) comes last as well: what it
 * needs registers for is not to be seen on the usual way.
 *
 * Only the numbering changes; the emitted code keeps the layout of the IR. A dominator still comes before what it dominates.
 */
import type { Cfg } from '../ir/cfg.js'
import type { DomTree } from '../ir/domtree.js'
import type { IrFunction } from '../ir/function.js'
import type { Loops } from '../ir/loops.js'
import { Effect, IrOp, opEffect } from '../ir/ops.js'
import { sized } from '../../grown.js'

const Way = { Unknown: 0, Free: 1, None: 2 } as const

export class CallsLast {
  /** All reachable blocks; valid up to `cfg.count`. */
  order = new Int32Array(64)
  private f!: IrFunction
  private loops!: Loops
  /** By block: 1 when it calls, or is not expected to run. */
  avoided = new Int32Array(64)
  /** By block: 1 when it comes last; the number of the search that met it. */
  private last = new Int32Array(64)
  private met = new Int32Array(64)
  private search = 0
  private stack = new Int32Array(64)
  /** By loop + 1, 0 the whole function: whether there is a way through it past them. */
  private way = new Int32Array(64)

  compute(f: IrFunction, cfg: Cfg, dom: DomTree, loops: Loops): void {
    this.f = f
    this.loops = loops
    this.order = sized(this.order, cfg.count)
    this.avoided = sized(this.avoided, f.blockCount)
    this.last = sized(this.last, f.blockCount)
    this.met = sized(this.met, f.blockCount)
    this.stack = sized(this.stack, f.blockCount)
    this.way = sized(this.way, loops.count + 1)
    this.last.fill(0, 0, f.blockCount)
    this.met.fill(0, 0, f.blockCount)
    this.way.fill(Way.Unknown, 0, loops.count + 1)
    this.search = 0
    for (let i = 0; i < cfg.count; i++) this.avoided[cfg.rpo[i]] = this.isAvoided(cfg.rpo[i])
    for (let i = 0; i < cfg.count; i++) if (this.avoided[cfg.rpo[i]] !== 0) this.defer(cfg.rpo[i])
    let at = 0
    for (let i = 0; i < cfg.count; i++) {
      const block = cfg.rpo[i]
      if (i > 0 && this.last[dom.idom[block]] !== 0) this.last[block] = 1
      if (this.last[block] === 0) this.order[at++] = block
    }
    for (let i = 0; i < cfg.count; i++) if (this.last[cfg.rpo[i]] !== 0) this.order[at++] = cfg.rpo[i]
  }

  private isAvoided(block: number): number {
    const { f } = this
    // What only traps needs no registers.
    if (f.cold[block] !== 0 && f.op[f.lastInst[block]] !== IrOp.Trap) return 1
    for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) {
      if (opEffect[f.op[inst]] === Effect.Call) return 1
    }
    return 0
  }

  /** A block to avoid comes last in the innermost region that has a way around it, with the loops in between that have none. */
  private defer(block: number): void {
    const { loops } = this
    let first = block
    let loop = loops.loopOf[block]
    while (!this.isFree(loop)) {
      if (loop < 0) return
      first = loops.header[loop]
      loop = loops.parent[loop]
    }
    if (first !== this.f.entry) this.last[first] = 1
  }

  private isFree(loop: number): boolean {
    const { way } = this
    if (way[loop + 1] === Way.Unknown) way[loop + 1] = this.hasFreeWay(loop) ? Way.Free : Way.None
    return way[loop + 1] === Way.Free
  }

  /** Searches from a loop's header (the entry) for a back edge (a return) past the blocks to avoid. */
  private hasFreeWay(loop: number): boolean {
    const { f, loops, avoided, met, stack } = this
    const start = loop < 0 ? f.entry : loops.header[loop]
    if (avoided[start] !== 0) return false
    const search = ++this.search
    let top = 0
    stack[top++] = start
    met[start] = search
    while (top > 0) {
      const last = f.lastInst[stack[--top]]
      if (loop < 0 && f.op[last] === IrOp.Return) return true
      for (let k = f.successorCount(last) - 1; k >= 0; k--) {
        const next = f.successor(last, k)
        if (loop >= 0 && next === start) return true
        if (met[next] === search || avoided[next] !== 0) continue
        if (loop >= 0 && !loops.contains(loop, next)) continue
        met[next] = search
        stack[top++] = next
      }
    }
    return false
  }
}
