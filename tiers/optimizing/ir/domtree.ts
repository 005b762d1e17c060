/**
 * The dominator tree, by the iterative algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm"),
 * which needs one or two rounds on the graphs of structured code. Preorder numbers make `dominates` two compares.
 */
import type { Cfg } from './cfg.js'
import type { IrFunction } from './function.js'

const INITIAL_CAPACITY = 256

export class DomTree {
  /** Immediate dominator by block; the entry's is itself, an unreachable block's -1. */
  idom: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** Reachable blocks in preorder of the tree, children in reverse postorder; valid up to `count`. */
  preorder: Int32Array = new Int32Array(INITIAL_CAPACITY)
  count = 0
  /** Number in preorder, and the greatest number in the block's subtree. */
  private pre: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private post: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private child: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private sibling: Int32Array = new Int32Array(INITIAL_CAPACITY)

  compute(f: IrFunction, cfg: Cfg): void {
    if (this.idom.length < f.blockCount) {
      const size = Math.max(f.blockCount, this.idom.length * 2)
      this.idom = new Int32Array(size)
      this.preorder = new Int32Array(size)
      this.pre = new Int32Array(size)
      this.post = new Int32Array(size)
      this.child = new Int32Array(size)
      this.sibling = new Int32Array(size)
    }
    const { idom } = this
    const { rpo, count, predStart, preds } = cfg
    idom.fill(-1, 0, f.blockCount)
    idom[f.entry] = f.entry
    for (let changed = true; changed;) {
      changed = false
      for (let i = 1; i < count; i++) {
        const block = rpo[i]
        let best = -1
        for (let e = predStart[block]; e < predStart[block + 1]; e++) {
          const pred = preds[e]
          if (idom[pred] < 0) continue
          best = best < 0 ? pred : this.intersect(cfg, pred, best)
        }
        if (idom[block] !== best) {
          idom[block] = best
          changed = true
        }
      }
    }
    this.number(f, cfg)
  }

  private intersect(cfg: Cfg, left: number, right: number): number {
    const { idom } = this
    const { rpoIndex } = cfg
    let a = left
    let b = right
    while (a !== b) {
      while (rpoIndex[a] > rpoIndex[b]) a = idom[a]
      while (rpoIndex[b] > rpoIndex[a]) b = idom[b]
    }
    return a
  }

  private number(f: IrFunction, cfg: Cfg): void {
    const { idom, child, sibling, pre, post, preorder } = this
    const { rpo, count } = cfg
    child.fill(-1, 0, f.blockCount)
    for (let i = count - 1; i > 0; i--) {
      const block = rpo[i]
      sibling[block] = child[idom[block]]
      child[idom[block]] = block
    }
    sibling[f.entry] = -1
    this.count = 0
    let block = f.entry
    let down = true
    for (;;) {
      if (down) {
        preorder[this.count] = block
        pre[block] = this.count++
        if (child[block] >= 0) {
          block = child[block]
          continue
        }
      }
      post[block] = this.count - 1
      if (block === f.entry) return
      down = sibling[block] >= 0
      block = down ? sibling[block] : idom[block]
    }
  }

  /** True when every path to `b` goes through `a` (so also for a === b). Both must be reachable. */
  dominates(a: number, b: number): boolean {
    return this.pre[a] <= this.pre[b] && this.pre[b] <= this.post[a]
  }
}
