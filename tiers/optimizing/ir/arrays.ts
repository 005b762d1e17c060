/**
 * Where the intermediate representation of a function lies (function.ts says what it is): parallel arrays for values, instructions and
 * blocks, a pool for lists, and the frame states. Arrays grow by doubling and are kept for the next function, so that a compiler
 * allocates nothing once it is warm. Growing replaces an array: do not keep one in a variable across a call that may add to it.
 */
import { grown, grownBytes } from '../../grown.js'
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

export class IrArrays {
  /** Index of the function. */
  func = 0
  /** What it is called in text; '' for what its index gives. */
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
  op = new Uint8Array(INITIAL_CAPACITY)
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
  reset(func: number, results: readonly number[]): void {
    this.func = func
    this.name = ''
    this.results.length = 0
    for (let i = 0; i < results.length; i++) this.results.push(results[i])
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
      this.pool = grown(this.pool, this.poolSize + words)
    }
  }

  pushState(word: number): void {
    if (this.stateSize === this.states.length) this.states = grown(this.states)
    this.states[this.stateSize++] = word
  }

  // --- copies ----------------------------------------------------------------------------------------------------------

  /** No value has copies. */
  resetCopies(): void {
    if (this.nextCopy.length < this.valueCount) this.nextCopy = new Int32Array(this.valueCount * 2)
    for (let value = 0; value < this.nextCopy.length; value++) this.nextCopy[value] = value
  }

  addCopy(value: number, original: number): void {
    if (value === original) return
    const old = this.nextCopy.length
    if (value >= old) {
      this.nextCopy = grown(this.nextCopy, this.valueCount)
      for (let each = old; each < this.nextCopy.length; each++) this.nextCopy[each] = each
    }
    this.nextCopy[value] = this.nextCopy[original]
    this.nextCopy[original] = value
  }

  // --- growth --------------------------------------------------------------------------------------------------------

  protected growValues(): void {
    this.vKind = grownBytes(this.vKind)
    this.vType = grownBytes(this.vType)
    this.vA = grown(this.vA)
    this.vB = grown(this.vB)
  }

  protected growInsts(): void {
    this.op = grownBytes(this.op)
    this.ty = grownBytes(this.ty)
    this.arg0 = grown(this.arg0)
    this.arg1 = grown(this.arg1)
    this.arg2 = grown(this.arg2)
    this.immLo = grown(this.immLo)
    this.immHi = grown(this.immHi)
    this.aux = grown(this.aux)
    this.firstResult = grown(this.firstResult)
    this.resultCount = grown(this.resultCount)
    this.block = grown(this.block)
    this.next = grown(this.next)
    this.prev = grown(this.prev)
    this.wasmPos = grown(this.wasmPos)
    this.frame = grown(this.frame)
  }

  protected growBlocks(): void {
    this.blockNext = grown(this.blockNext)
    this.blockPrev = grown(this.blockPrev)
    this.blockPlaced = grownBytes(this.blockPlaced)
    this.firstInst = grown(this.firstInst)
    this.lastInst = grown(this.lastInst)
    this.paramStart = grown(this.paramStart)
    this.paramCount = grown(this.paramCount)
    this.cold = grownBytes(this.cold)
  }
}
