/**
 * Addresses with a constant part. Wasm adds a pointer's constant part with 32 bits, which wraps around, but an access' own offset with 33,
 * which does not: so compilers leave `p + 8` apart from the access when they cannot prove that it does not wrap. Here it can be
 * proved more often, and the sum becomes part of the access:
 *
 * - `p` is known not to be large (ranges.ts);
 * - `p`, or `p` and a smaller constant, has been the address of an access that dominates this one. It did not trap, so it was below
 *   the memory's end, and a memory ends `slack` bytes below 2^32 (tiers/abi.ts).
 *
 * Then all accesses around one pointer have one form, too, and more of them are seen to be equal (placed.ts).
 */
import { grown } from '../../grown.js'
import type { DomTree } from '../ir/domtree.js'
import type { IrFunction } from '../ir/function.js'
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import type { EGraph } from './graph.js'
import { toInt, toUnsigned, type Float } from '../../numbers.js'
import { MOST, type Ranges } from './ranges.js'

/** Offsets stay below it: what an x86 address takes, less the widest access. */
const MAX_OFFSET = 0x7fff_fff0
/** Accesses looked at for one pointer: the last ones. */
const MAX_STEPS = 4

export class Addresses {
  /** What the function's memory leaves free below 2^32 (tiers/abi.ts). */
  private readonly slack: number
  private readonly graph: EGraph
  private readonly ranges: Ranges
  private f!: IrFunction
  private dom!: DomTree
  /** By root, the last access of a sum of it and a constant: -1 or an index of what follows. */
  private last = new Int32Array(1024).fill(-1)
  /** Roots with an entry, to be cleared. */
  private root = new Int32Array(64)
  private count = 0
  /** Of an access: the constant, the address, its block, the access of the same root before it. */
  private constant = new Int32Array(64)
  private address = new Int32Array(64)
  private block = new Int32Array(64)
  private before = new Int32Array(64)

  constructor(graph: EGraph, ranges: Ranges, slack: number) {
    this.graph = graph
    this.slack = slack
    this.ranges = ranges
  }

  reset(f: IrFunction, dom: DomTree): void {
    this.f = f
    this.dom = dom
    for (let i = 0; i < this.count; i++) this.last[this.root[i]] = -1
    this.count = 0
  }

  /**
   * Moves what it can of a placed load's or store's address to its offset. The address is a best known form.
   * @param translated the address before; where it is a loop's pointer in the next turn it stays, or both pointers would live at once
   */
  fold(inst: number, translated: number): void {
    const { f } = this
    if (f.immHi[inst] !== 0) return
    const isNext = this.ranges.isNext(translated)
    const sum = this.sumOf(f.arg0[inst])
    let root = f.arg0[inst]
    let constant = 0
    if (sum >= 0) {
      root = f.arg0[sum]
      constant = f.immLo[this.graph.constant[f.arg1[sum]]]
      const offset = toUnsigned(f.immLo[inst]) + constant
      if (!isNext && constant > 0 && offset <= MAX_OFFSET && this.ranges.most(root) + constant <= MOST) {
        this.rewrite(inst, root, offset)
        constant = 0
      }
    }
    if (isNext || !this.foldBehind(inst, root, constant)) this.remember(root, constant, f.arg0[inst], f.block[inst])
  }

  private rewrite(inst: number, address: number, offset: Float): void {
    this.f.arg0[inst] = address
    this.f.immLo[inst] = toInt(offset)
  }

  /** The sum with a constant that a value is, -1 for none. */
  private sumOf(value: number): number {
    const { f, graph } = this
    let found = -1
    const walk = graph.start(value)
    for (let node = graph.next(walk); node >= 0; node = graph.next(walk)) {
      if (f.op[node] === IrOp.Iadd && f.ty[node] === Ty.I32 && graph.constant[f.arg1[node]] >= 0) found = node
    }
    return found
  }

  /** Makes an access relative to one that dominates it; false when there is none. */
  private foldBehind(inst: number, root: number, constant: number): boolean {
    const { f, dom } = this
    if (root >= this.last.length) return false
    const block = f.block[inst]
    for (let at = this.last[root], step = 0; at >= 0 && step < MAX_STEPS; at = this.before[at], step++) {
      const distance = (constant - this.constant[at]) | 0
      if (distance < 0 || distance >= this.slack) continue
      if (!dom.dominates(this.block[at], block)) continue
      if (distance === 0) return true
      // A sum that is used far from where it was made would take a register on the way.
      if (this.constant[at] !== 0 && this.block[at] !== block) continue
      const offset = toUnsigned(f.immLo[inst]) + distance
      if (offset > MAX_OFFSET) continue
      this.rewrite(inst, this.address[at], offset)
      return true
    }
    return false
  }

  private remember(root: number, constant: number, address: number, block: number): void {
    if (root >= this.last.length) {
      const old = this.last.length
      this.last = grown(this.last, Math.max(root + 1, 2 * old))
      this.last.fill(-1, old)
    }
    const at = this.count++
    if (at === this.root.length) {
      this.root = grown(this.root)
      this.constant = grown(this.constant)
      this.address = grown(this.address)
      this.block = grown(this.block)
      this.before = grown(this.before)
    }
    this.root[at] = root
    this.constant[at] = constant
    this.address[at] = address
    this.block[at] = block
    this.before[at] = this.last[root]
    this.last[root] = at
  }
}
