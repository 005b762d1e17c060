/**
 * How the loops of a body lie in each other: a walk over the opcodes of a body that has been validated. Flat arrays, so that the engine's program has the
 * same walk (tiers/baseline/program/program.as.ts): of a large body it takes JavaScript that is cold milliseconds.
 */
import { Cursor } from './cursor.js'
import { Op } from './opcodes.js'

const INITIAL_CAPACITY = 64
/** An open block that is no loop, and what is in no loop. */
const NONE = -1

/** Bits of a loop: something branches back to it; it has loops in it. */
export const LoopBit = { Repeated: 1, Outer: 2 } as const

/** The same array, or a longer copy where it is full. */
function withRoom(words: Int32Array, used: number): Int32Array {
  if (used < words.length) return words
  const longer = new Int32Array(2 * words.length)
  longer.set(words)
  return longer
}

export class LoopTable {
  /** Loops, in the order of the bytes. */
  count = 0
  /** Offsets of the opcode, and of its `end`. */
  at: Int32Array = new Int32Array(INITIAL_CAPACITY)
  end: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** LoopBit. */
  bits: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** The loop around each. */
  private parent: Int32Array = new Int32Array(INITIAL_CAPACITY)
  /** The loops of open blocks, the innermost last. The function's own label is below all. */
  private open: Int32Array = new Int32Array(INITIAL_CAPACITY)
  private depth = 0
  /** The innermost open loop. */
  private around = NONE
  private readonly cursor = new Cursor()

  /** Walks over the body `bytes[from, to)`, from its declarations of locals to its final `end`. */
  walk(bytes: Uint8Array, from: number, to: number): void {
    const { cursor } = this
    this.count = 0
    this.depth = 0
    this.around = NONE
    cursor.bytes = bytes
    cursor.pos = from
    cursor.skipLocals()
    while (cursor.pos < to) {
      const at = cursor.pos
      const op = cursor.opcode()
      if (op === Op.Br || op === Op.BrIf) this.repeat(cursor.u32())
      else if (op === Op.BrTable) for (let count = cursor.u32() + 1; count > 0; count--) this.repeat(cursor.u32())
      else cursor.skipImmediates(op)
      if (op === Op.Loop) this.enter(at)
      else if (op === Op.Block || op === Op.If) this.push(NONE)
      else if (op === Op.End) this.leave(at)
    }
  }

  private repeat(label: number): void {
    if (label >= this.depth) return
    const loop = this.open[this.depth - 1 - label]
    if (loop !== NONE) this.bits[loop] |= LoopBit.Repeated
  }

  private push(loop: number): void {
    this.open = withRoom(this.open, this.depth)
    this.open[this.depth++] = loop
  }

  private enter(at: number): void {
    const { bits, parent } = this
    for (let outer = this.around; outer !== NONE && (bits[outer] & LoopBit.Outer) === 0; outer = parent[outer])
      bits[outer] |= LoopBit.Outer
    const loop = this.count
    this.at = withRoom(this.at, loop)
    this.end = withRoom(this.end, loop)
    this.bits = withRoom(this.bits, loop)
    this.parent = withRoom(this.parent, loop)
    this.count++
    this.at[loop] = at
    this.bits[loop] = 0
    this.parent[loop] = this.around
    this.around = loop
    this.push(loop)
  }

  private leave(at: number): void {
    if (this.depth === 0) return
    const loop = this.open[--this.depth]
    if (loop === NONE) return
    this.end[loop] = at
    this.around = this.parent[loop]
  }
}
