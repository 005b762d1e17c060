/**
 * Where the intermediate representation of a function lies (function.ts says what it is): parallel arrays for values, instructions and
 * blocks, a pool for lists, and the frame states. Arrays grow by doubling and are kept for the next function, so that a compiler
 * allocates nothing once it is warm. Growing replaces an array: do not keep one in a variable across a call that may add to it.
 */
import { InlineTree } from './inline-tree.js'

export const ValueKind = { Result: 0, Param: 1, Union: 2 } as const

/**
 * Words of a frame state before its values: position, state of the caller that it is inlined into or -1, locals, operands, how many of these
 * the instruction takes (they are not the frame's any more while what it calls runs).
 */
export const STATE_HEAD_WORDS = 5
/** Words for each value: Wasm value type, IR value or one of `FrameValue`. */
export const STATE_VALUE_WORDS = 2
/** What a frame state says of a local or an operand that no IR value stands for. */
export const FrameValue = {
  /** Nobody needs it: nothing is known. */
  Gone: -1,
  /** It still has the value that declared locals begin with. */
  Zero: -2,
} as const

const INITIAL_CAPACITY = 1024

function grownInt32(old: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(size)
  next.set(old)
  return next
}
function grownUint16(old: Uint16Array, size: number): Uint16Array<ArrayBuffer> {
  const next = new Uint16Array(size)
  next.set(old)
  return next
}
function grownUint8(old: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(size)
  next.set(old)
  return next
}

export class IrArrays {
  name = ''
  /** Types of the results, by `Ty`. The parameters are those of the entry block. */
  readonly results: number[] = []

  // Values.
  valueCount = 0
  vKind = new Uint8Array(INITIAL_CAPACITY)
  vType = new Uint8Array(INITIAL_CAPACITY)
  /** Result: instruction; Param: block; Union: one value. */
  vA = new Int32Array(INITIAL_CAPACITY)
  /** Result: number of the result; Param: number of the parameter; Union: the other value. */
  vB = new Int32Array(INITIAL_CAPACITY)

  // Instructions.
  instCount = 0
  op = new Uint16Array(INITIAL_CAPACITY)
  ty = new Uint8Array(INITIAL_CAPACITY)
  arg0 = new Int32Array(INITIAL_CAPACITY)
  arg1 = new Int32Array(INITIAL_CAPACITY)
  arg2 = new Int32Array(INITIAL_CAPACITY)
  immLo = new Int32Array(INITIAL_CAPACITY)
  immHi = new Int32Array(INITIAL_CAPACITY)
  aux = new Int32Array(INITIAL_CAPACITY)
  /** First of `resultCount` consecutive values, -1 without results. */
  firstResult = new Int32Array(INITIAL_CAPACITY)
  resultCount = new Int32Array(INITIAL_CAPACITY)
  /** The block that the instruction is in, -1 when it floats. */
  block = new Int32Array(INITIAL_CAPACITY)
  next = new Int32Array(INITIAL_CAPACITY)
  prev = new Int32Array(INITIAL_CAPACITY)
  /** Position of the opcode that the instruction comes from (inline-tree.ts). */
  wasmPos = new Int32Array(INITIAL_CAPACITY)
  /** Offset in `states`, -1 when none is recorded. */
  frame = new Int32Array(INITIAL_CAPACITY)

  // Blocks.
  blockCount = 0
  /** The entry: block without predecessors whose parameters are the function's. */
  entry = -1
  /** Layout order. */
  lastBlock = -1
  blockNext = new Int32Array(INITIAL_CAPACITY)
  blockPrev = new Int32Array(INITIAL_CAPACITY)
  /** 1 when the block is in the layout. */
  blockPlaced = new Uint8Array(INITIAL_CAPACITY)
  firstInst = new Int32Array(INITIAL_CAPACITY)
  lastInst = new Int32Array(INITIAL_CAPACITY)
  /** Offset in `pool` of the parameters, and their number. */
  paramStart = new Int32Array(INITIAL_CAPACITY)
  paramCount = new Int32Array(INITIAL_CAPACITY)
  /** 1 for blocks that are not expected to run. */
  cold = new Uint8Array(INITIAL_CAPACITY)

  pool = new Int32Array(INITIAL_CAPACITY)
  poolSize = 0
  states = new Int32Array(INITIAL_CAPACITY)
  stateSize = 0
  /** By value: the next in the ring of those that were placed for one class (egraph/elaborate.ts). Only with frame states. */
  nextCopy = new Int32Array(0)

  /** Position that new instructions get. */
  currentPos = 0
  readonly inlines = new InlineTree()

  /** Forgets the function; keeps the arrays. */
  reset(name: string, results: readonly number[]): void {
    this.name = name
    this.results.length = 0
    for (const type of results) this.results.push(type)
    this.valueCount = 0
    this.instCount = 0
    this.blockCount = 0
    this.entry = -1
    this.lastBlock = -1
    this.poolSize = 0
    this.stateSize = 0
    this.currentPos = 0
    this.inlines.reset()
  }

  // --- pool and frame states -----------------------------------------------------------------------------------------

  /** Starts a list (or, with `startCall`, a block call) at the pool's end; add to it by `pushPool`, then `endList`. */
  startList(): number {
    this.pushPool(0)
    return this.poolSize - 1
  }

  startCall(block: number): number {
    this.pushPool(block)
    this.pushPool(0)
    return this.poolSize - 2
  }

  /** Writes the count of the list that began at `start`. */
  endList(start: number): void {
    this.pool[start] = this.poolSize - start - 1
  }

  endCall(start: number): void {
    this.pool[start + 1] = this.poolSize - start - 2
  }

  pushPool(word: number): void {
    if (this.poolSize === this.pool.length) this.reservePool(1)
    this.pool[this.poolSize++] = word
  }

  protected reservePool(words: number): void {
    if (this.poolSize + words > this.pool.length) {
      this.pool = grownInt32(this.pool, Math.max(this.pool.length * 2, this.poolSize + words))
    }
  }

  pushState(word: number): void {
    if (this.stateSize === this.states.length) this.states = grownInt32(this.states, this.stateSize * 2)
    this.states[this.stateSize++] = word
  }

  /** The values in a frame state and those of the callers that it is inlined into; for tests and checks. */
  stateValues(state: number): number[] {
    const values: number[] = []
    for (let at = state; at >= 0; at = this.states[at + 1]) {
      const count = this.states[at + 2] + this.states[at + 3]
      for (let i = 0; i < count; i++) values.push(this.states[at + STATE_HEAD_WORDS + i * STATE_VALUE_WORDS + 1])
    }
    return values.filter((value) => value >= 0)
  }

  // --- copies ----------------------------------------------------------------------------------------------------------

  /** No value has copies. */
  resetCopies(): void {
    if (this.nextCopy.length < this.valueCount) this.nextCopy = new Int32Array(this.valueCount * 2)
    for (let value = 0; value < this.nextCopy.length; value++) this.nextCopy[value] = value
  }

  addCopy(value: number, of: number): void {
    if (value === of) return
    const old = this.nextCopy.length
    if (value >= old) {
      this.nextCopy = grownInt32(this.nextCopy, this.valueCount * 2)
      for (let each = old; each < this.nextCopy.length; each++) this.nextCopy[each] = each
    }
    this.nextCopy[value] = this.nextCopy[of]
    this.nextCopy[of] = value
  }

  /** A value and its copies; for tests and checks. */
  copiesOf(value: number): number[] {
    const copies: number[] = []
    do copies.push(copies.length === 0 ? value : this.nextCopy[copies[copies.length - 1]])
    while (this.nextCopy[copies[copies.length - 1]] !== value)
    return copies
  }

  // --- growth --------------------------------------------------------------------------------------------------------

  protected growValues(): void {
    const size = this.vKind.length * 2
    this.vKind = grownUint8(this.vKind, size)
    this.vType = grownUint8(this.vType, size)
    this.vA = grownInt32(this.vA, size)
    this.vB = grownInt32(this.vB, size)
  }

  protected growInsts(): void {
    const size = this.op.length * 2
    this.op = grownUint16(this.op, size)
    this.ty = grownUint8(this.ty, size)
    this.arg0 = grownInt32(this.arg0, size)
    this.arg1 = grownInt32(this.arg1, size)
    this.arg2 = grownInt32(this.arg2, size)
    this.immLo = grownInt32(this.immLo, size)
    this.immHi = grownInt32(this.immHi, size)
    this.aux = grownInt32(this.aux, size)
    this.firstResult = grownInt32(this.firstResult, size)
    this.resultCount = grownInt32(this.resultCount, size)
    this.block = grownInt32(this.block, size)
    this.next = grownInt32(this.next, size)
    this.prev = grownInt32(this.prev, size)
    this.wasmPos = grownInt32(this.wasmPos, size)
    this.frame = grownInt32(this.frame, size)
  }

  protected growBlocks(): void {
    const size = this.blockNext.length * 2
    this.blockNext = grownInt32(this.blockNext, size)
    this.blockPrev = grownInt32(this.blockPrev, size)
    this.blockPlaced = grownUint8(this.blockPlaced, size)
    this.firstInst = grownInt32(this.firstInst, size)
    this.lastInst = grownInt32(this.lastInst, size)
    this.paramStart = grownInt32(this.paramStart, size)
    this.paramCount = grownInt32(this.paramCount, size)
    this.cold = grownUint8(this.cold, size)
  }
}
