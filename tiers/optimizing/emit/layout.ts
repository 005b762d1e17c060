/**
 * Which blocks are emitted, in which order, and where jumps to the others lead: a block that only jumps on, without moves, is
 * jumped through, and left out.
 */
import { sized } from '../../grown.js'
import type { Assembler } from '../../isa/x64/assembler.js'
import { K } from '../lower/kinds.js'
import type { VCode } from '../lower/vcode.js'
import type { Moves } from '../regalloc/moves.js'

export class Layout {
  /** The blocks that are emitted, in order: their places are indices. */
  emitted = new Int32Array(64)
  count = 0
  /** By block: number of its first move; one more at the end. */
  firstMove = new Int32Array(64)
  moves!: Moves
  private code!: VCode
  private label = new Int32Array(64)
  /** By block: where a jump to it leads. */
  private thread = new Int32Array(64)
  /** By block: one that leads to it, -1 for none; found when it is first asked for, which is for frame states only. */
  private anyPredecessor = new Int32Array(64)
  private knowsPredecessors = false

  begin(code: VCode, moves: Moves, asm: Assembler): void {
    this.code = code
    this.moves = moves
    this.knowsPredecessors = false
    if (this.label.length < code.blockCount + 1) {
      this.label = new Int32Array(code.blockCount * 2)
      this.firstMove = new Int32Array(code.blockCount * 2)
      this.thread = new Int32Array(code.blockCount * 2)
      this.emitted = new Int32Array(code.blockCount * 2)
    }
    let move = 0
    for (let block = 0; block < code.blockCount; block++) {
      this.label[block] = asm.newLabel()
      while (move < moves.count && moves.key[move] < code.blockStart[block] * 4) move++
      this.firstMove[block] = move
    }
    this.firstMove[code.blockCount] = moves.count
    this.threadJumps()
  }

  /** True when a block has nothing but its last instruction. */
  private isBare(block: number): boolean {
    const { code } = this
    return code.blockEnd[block] - code.blockStart[block] === 2 && this.firstMove[block] === this.firstMove[block + 1]
  }

  /** True for a block that only jumps on. */
  private isEmpty(block: number): boolean {
    const { code } = this
    return this.isBare(block) && code.kind[code.order[code.blockEnd[block] - 1]] === K.Jump
  }

  /** Successors have greater numbers but for back edges, so one backward walk follows chains of any length. */
  private threadJumps(): void {
    const { code, thread } = this
    for (let block = code.blockCount - 1; block >= 0; block--) {
      thread[block] = block
      if (!this.isEmpty(block)) continue
      const next = code.pool[code.blockSuccs[block]]
      if (next > block) thread[block] = thread[next]
      else if (!this.isEmpty(next)) thread[block] = next
    }
    this.count = 0
    for (let i = 0; i < code.blockCount; i++) {
      const block = code.blockLayout[i]
      if (thread[block] === block) this.emitted[this.count++] = block
    }
  }

  /** Where a jump to a block leads. */
  threaded(block: number): number {
    return this.thread[block]
  }

  labelOf(block: number): number {
    return this.label[block]
  }

  /** Where the n-th edge of a block leads. */
  successor(block: number, n: number): number {
    const { code } = this
    let edge = code.blockSuccs[block]
    for (let i = 0; i < n; i++) edge += 2 + code.pool[edge + 1]
    return this.threaded(code.pool[edge])
  }

  /** True when `target` is emitted right after the block at `place`. */
  follows(target: number, place: number): boolean {
    return place + 1 < this.count && this.emitted[place + 1] === target
  }

  /**
   * Where to look values up for the trap that ends a block. Nothing lives there any more; but when the block does nothing else,
   * everything is still where it was at the branch that leads there, what the other way needs included.
   */
  trapPosition(block: number): number {
    const { code } = this
    let at = block
    while (this.isBare(at) && code.blockPredCount[at] === 1) {
      const pred = this.predecessor(at)
      if (pred < 0) break
      at = pred
    }
    return (code.blockEnd[at] - 1) * 4 + 1
  }

  /** A block that leads to another, -1 when there is none. */
  private predecessor(block: number): number {
    if (!this.knowsPredecessors) this.findPredecessors()
    return this.anyPredecessor[block]
  }

  private findPredecessors(): void {
    const { code } = this
    this.anyPredecessor = sized(this.anyPredecessor, code.blockCount)
    const { anyPredecessor } = this
    anyPredecessor.fill(-1, 0, code.blockCount)
    for (let from = 0; from < code.blockCount; from++) {
      let edge = code.blockSuccs[from]
      for (let i = 0; i < code.blockSuccCount[from]; i++) {
        anyPredecessor[code.pool[edge]] = from
        edge += 2 + code.pool[edge + 1]
      }
    }
    this.knowsPredecessors = true
  }
}
