/**
 * Tail duplication: where a block ends in a jump to a short one, a copy of that block can take the jump's place. After
 * register allocation this needs no thought about values: what runs is the same instructions from the same places. It pays
 * for four kinds of blocks:
 *
 * - A return: one jump less.
 * - A loop's header that tests whether to go on, from the end of the loop: one jump less a turn. (Loop inversion by what it does,
 *   without a second version of the header in the IR.)
 * - The dispatch of an interpreter's loop: each case gets an indirect jump of its own, which is predicted by what
 *   followed that case before (Ertl and Gregg, "The structure and performance of efficient interpreters").
 * - In loops, what two cases of a branch have in common and then jumps on.
 *
 * The copies of a function are bounded by its size.
 */
import { K } from '../lower/kinds.js'
import type { VCode } from '../lower/vcode.js'
import { hasTable } from './branch-table.js'
import type { Layout } from './layout.js'

/** Longest copied tails, in instructions and moves. */
const MAX_RETURN = 4
const MAX_TEST = 8
const MAX_DISPATCH = 8
const MAX_JUMP = 4
/** Instructions that copies may add to any function, and the part of its own that they may add to a large one. */
const MIN_BUDGET = 64
const BUDGET_SHIFT = 3

export class TailDuplication {
  private code!: VCode
  private layout!: Layout
  private budget = 0

  begin(code: VCode, layout: Layout): void {
    this.code = code
    this.layout = layout
    this.budget = Math.max(MIN_BUDGET, code.indexCount >> BUDGET_SHIFT)
  }

  /** Whether to emit a copy of `block` in place of the jump at the end of `from`; it is then charged. */
  takes(from: number, block: number): boolean {
    const { code, layout } = this
    const instructions = code.blockEnd[block] - code.blockStart[block] - 1
    const length = instructions + layout.firstMove[block + 1] - layout.firstMove[block]
    if (length > this.budget || length > this.longest(from, block)) return false
    this.budget -= length
    return true
  }

  private longest(from: number, block: number): number {
    const { code } = this
    switch (code.kind[code.order[code.blockEnd[block] - 1]]) {
      case K.Return:
        return MAX_RETURN
      case K.Branch:
        return this.isBackEdge(from, block) ? MAX_TEST : 0
      case K.JumpTable:
        return this.isBackEdge(from, block) && hasTable(code, this.layout, block) ? MAX_DISPATCH : 0
      case K.Jump:
        // Forwards only: what jumps on to itself has no end.
        return block > from && code.blockLoopDepth[from] > 0 ? MAX_JUMP : 0
      default:
        return 0
    }
  }

  private isBackEdge(from: number, block: number): boolean {
    return block <= from && this.code.blockIsHeader[block] !== 0
  }
}
