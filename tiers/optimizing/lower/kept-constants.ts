/**
 * Constants are made anew for every user, so that none lives long. But one of 64 bits takes 10 bytes to make, so in a loop
 * it is made once, before the outermost one, as long as there are few; under pressure the allocator leaves it in its slot.
 */
import type { DomTree } from '../ir/domtree.js'
import type { Loops } from '../ir/loops.js'
import type { BlockOrder } from './blocks.js'
import { K } from './kinds.js'
import { OpKind, RegClass, type VCode } from './vcode.js'

/** Constants kept in registers through a loop; more would crowd out what the loop computes. */
const MAX_KEPT = 4
/** Loops in front of which constants may wait to be made. */
const MAX_LOOPS = 8
const WORDS = 4

export class KeptConstants {
  private readonly code: VCode
  private readonly blocks: BlockOrder
  private readonly dom: DomTree
  private readonly loops: Loops
  /** Constants to be made before loops: machine block, low and high half, virtual register. */
  private readonly kept = new Int32Array(MAX_KEPT * MAX_LOOPS * WORDS)
  private count = 0

  constructor(code: VCode, blocks: BlockOrder, dom: DomTree, loops: Loops) {
    this.code = code
    this.blocks = blocks
    this.dom = dom
    this.loops = loops
  }

  reset(): void {
    this.count = 0
  }

  get isEmpty(): boolean {
    return this.count === 0
  }

  /** The virtual register of a constant that a block uses; -1 outside of loops or when there are too many. */
  register(machineBlock: number, low: number, high: number): number {
    const { loops, kept, code } = this
    const block = this.blocks.irBlock[machineBlock]
    let loop = block < 0 ? -1 : loops.loopOf[block]
    if (loop < 0) return -1
    while (loops.parent[loop] >= 0) loop = loops.parent[loop]
    const before = this.blocks.blockOf[this.dom.idom[loops.header[loop]]]
    let inLoop = 0
    for (let i = 0; i < this.count; i += WORDS) {
      if (kept[i] !== before) continue
      if (kept[i + 1] === low && kept[i + 2] === high) return kept[i + 3]
      inLoop++
    }
    if (inLoop >= MAX_KEPT || this.count + WORDS > kept.length) return -1
    const vreg = code.newVreg(RegClass.Gpr)
    kept[this.count++] = before
    kept[this.count++] = low
    kept[this.count++] = high
    kept[this.count++] = vreg
    return vreg
  }

  /** Makes the constants of the loops behind a block, at its end. */
  make(machineBlock: number): void {
    const { kept, code } = this
    let left = 0
    for (let i = 0; i < this.count; i += WORDS) {
      if (kept[i] === machineBlock) {
        code.inst(K.Const, 0, kept[i + 1], kept[i + 2])
        code.operand(kept[i + 3], OpKind.Def)
        continue
      }
      kept.copyWithin(left, i, i + WORDS)
      left += WORDS
    }
    this.count = left
  }
}
