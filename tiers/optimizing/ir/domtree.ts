/**
 * The dominator tree, by the algorithm of Lengauer and Tarjan (TOPLAS 1979) with path compression, O(m log n). The simpler
 * iterative algorithm is quadratic where many branches of a long body leave for one label or where loops nest deeply, and a
 * guest may choose to look like that. Preorder numbers make `dominates` two compares.
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
  // By number in the depth-first search, as in the paper.
  private semi: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private label: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private ancestor: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private dominator: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private bucket: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private bucketNext: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private path: Int32Array = new Int32Array(INITIAL_CAPACITY)

  compute(f: IrFunction, cfg: Cfg): void {
    if (this.idom.length < f.blockCount) {
      const size = Math.max(f.blockCount, this.idom.length * 2)
      this.idom = new Int32Array(size)
      this.preorder = new Int32Array(size)
      this.pre = new Int32Array(size)
      this.post = new Int32Array(size)
      this.child = new Int32Array(size)
      this.sibling = new Int32Array(size)
      this.semi = new Int32Array(size)
      this.label = new Int32Array(size)
      this.ancestor = new Int32Array(size)
      this.dominator = new Int32Array(size)
      this.bucket = new Int32Array(size)
      this.bucketNext = new Int32Array(size)
      this.path = new Int32Array(size)
    }
    this.semidominators(cfg)
    const { idom, dominator, semi } = this
    const { dfsBlock, count } = cfg
    idom.fill(-1, 0, f.blockCount)
    idom[f.entry] = f.entry
    for (let w = 1; w < count; w++) {
      if (dominator[w] !== semi[w]) dominator[w] = dominator[dominator[w]]
      idom[dfsBlock[w]] = dfsBlock[dominator[w]]
    }
    this.number(f, cfg)
  }

  private semidominators(cfg: Cfg): void {
    const { semi, label, ancestor, dominator, bucket, bucketNext } = this
    const { count, dfsBlock, dfsNumber, dfsParent, predStart, preds } = cfg
    for (let w = 0; w < count; w++) {
      semi[w] = w
      label[w] = w
      ancestor[w] = -1
      bucket[w] = -1
    }
    dominator[0] = 0
    for (let w = count - 1; w > 0; w--) {
      const block = dfsBlock[w]
      for (let e = predStart[block]; e < predStart[block + 1]; e++) {
        const u = this.evaluate(dfsNumber[preds[e]])
        if (semi[u] < semi[w]) semi[w] = semi[u]
      }
      bucketNext[w] = bucket[semi[w]]
      bucket[semi[w]] = w
      const parent = dfsParent[w]
      ancestor[w] = parent
      for (let v = bucket[parent]; v >= 0; v = bucketNext[v]) {
        const u = this.evaluate(v)
        dominator[v] = semi[u] < semi[v] ? u : parent
      }
      bucket[parent] = -1
    }
  }

  /** The number with the least semidominator on the path to the root of its tree in the forest, which is compressed. */
  private evaluate(start: number): number {
    const { ancestor, label, semi, path } = this
    if (ancestor[start] < 0) return start
    let sp = 0
    for (let v = start; ancestor[ancestor[v]] >= 0; v = ancestor[v]) path[sp++] = v
    while (sp > 0) {
      const v = path[--sp]
      const up = ancestor[v]
      if (semi[label[up]] < semi[label[v]]) label[v] = label[up]
      ancestor[v] = ancestor[up]
    }
    return label[start]
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
