/**
 * The intermediate representation of one function: static single assignment with block parameters, as parallel typed
 * arrays (Cranelift's data-flow graph and layout, without its entity objects).
 *
 * Handles are integers: values, instructions and blocks each index their own arrays; -1 is none. Lists of variable
 * length (block parameters, call arguments, block calls, branch tables) lie in `pool`. Arrays grow by doubling and are
 * kept for the next function, so that a compiler allocates nothing once it is warm. Growing replaces an array: do not
 * keep one in a variable across a call that may add to it.
 *
 * - A *list* in the pool is a count and that many values.
 * - A *block call* is a block, a count and that many arguments.
 * - The *layout* is a list of blocks, the entry first, and in each a list of instructions, the last a terminator. An
 *   instruction whose `block` is -1 floats: nothing places it, only its users know it.
 *
 * A value is the result of an instruction, a parameter of a block, or a union of two values that are equal (the
 * e-graph's: egraph/).
 *
 * Frame states: an instruction where the guest may stop (trap, call, poll) may have in `frame` the offset of a state in
 * `states`: what the interpreter's view of the function would be *before* the instruction, so that locals and operands
 * can be shown. States are weak: they keep nothing alive. They are only recorded when frames were asked for.
 */
import { InlineTree } from './inline-tree.js'
import { IrOp, opArgs, opForm, opResult, ResultRule, Form } from './ops.js'
import { Ty } from './types.js'

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

export class IrFunction {
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

  // --- blocks --------------------------------------------------------------------------------------------------------

  /** A new block, not yet in the layout. */
  addBlock(): number {
    const block = this.blockCount++
    if (block === this.blockNext.length) this.growBlocks()
    this.blockNext[block] = -1
    this.blockPrev[block] = -1
    this.blockPlaced[block] = 0
    this.firstInst[block] = -1
    this.lastInst[block] = -1
    this.paramStart[block] = 0
    this.paramCount[block] = 0
    this.cold[block] = 0
    return block
  }

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

  /** Puts a block at the end of the layout. The first one becomes the entry. */
  placeBlock(block: number): void {
    const last = this.lastBlock
    this.blockPrev[block] = last
    this.blockNext[block] = -1
    this.blockPlaced[block] = 1
    if (last < 0) this.entry = block
    else this.blockNext[last] = block
    this.lastBlock = block
  }

  /** Puts a block into the layout right after another. */
  placeBlockAfter(block: number, after: number): void {
    const next = this.blockNext[after]
    this.blockPrev[block] = after
    this.blockNext[block] = next
    this.blockNext[after] = block
    this.blockPlaced[block] = 1
    if (next < 0) this.lastBlock = block
    else this.blockPrev[next] = block
  }

  /** Takes a block (not the entry) out of the layout. */
  removeBlock(block: number): void {
    const next = this.blockNext[block]
    const prev = this.blockPrev[block]
    this.blockNext[prev] = next
    if (next < 0) this.lastBlock = prev
    else this.blockPrev[next] = prev
    this.blockPlaced[block] = 0
  }

  /** A parameter value that no block has yet, for `attachParam`. */
  addParamValue(block: number, ty: number): number {
    return this.addValue(ValueKind.Param, ty, block, -1)
  }

  /** Makes a parameter value the last parameter of its block. */
  attachParam(value: number): void {
    const block = this.vA[value]
    const count = this.paramCount[block]
    let start = this.paramStart[block]
    if (start + count !== this.poolSize) {
      // Another list has been made since: the parameters move to the pool's end.
      this.reservePool(count)
      this.pool.copyWithin(this.poolSize, start, start + count)
      start = this.poolSize
      this.poolSize += count
      this.paramStart[block] = start
    }
    this.pushPool(value)
    this.vB[value] = count
    this.paramCount[block] = count + 1
  }

  addParam(block: number, ty: number): number {
    const value = this.addParamValue(block, ty)
    this.attachParam(value)
    return value
  }

  param(block: number, index: number): number {
    return this.pool[this.paramStart[block] + index]
  }

  // --- values --------------------------------------------------------------------------------------------------------

  private addValue(kind: number, ty: number, a: number, b: number): number {
    const value = this.valueCount++
    if (value === this.vKind.length) this.growValues()
    this.vKind[value] = kind
    this.vType[value] = ty
    this.vA[value] = a
    this.vB[value] = b
    return value
  }

  /** A value that says that two values of one type are equal. */
  addUnion(left: number, right: number): number {
    return this.addValue(ValueKind.Union, this.vType[left], left, right)
  }

  /** The instruction that a value is the result of, -1 for parameters and unions. */
  definition(value: number): number {
    return this.vKind[value] === ValueKind.Result ? this.vA[value] : -1
  }

  // --- instructions --------------------------------------------------------------------------------------------------

  /**
   * A new floating instruction with the results that the operation's rule gives it (none for `ResultRule.Many`: see
   * `addResult`). Fields that the operation does not use must be -1 (arguments) or 0, for they are hashed.
   */
  addInst(op: number, ty: number, arg0 = -1, arg1 = -1, arg2 = -1, aux = 0, immLo = 0, immHi = 0): number {
    const inst = this.instCount++
    if (inst === this.op.length) this.growInsts()
    this.op[inst] = op
    this.ty[inst] = ty
    this.arg0[inst] = arg0
    this.arg1[inst] = arg1
    this.arg2[inst] = arg2
    this.aux[inst] = aux
    this.immLo[inst] = immLo
    this.immHi[inst] = immHi
    this.firstResult[inst] = -1
    this.resultCount[inst] = 0
    this.block[inst] = -1
    this.next[inst] = -1
    this.prev[inst] = -1
    this.wasmPos[inst] = this.currentPos
    this.frame[inst] = -1
    const rule = opResult[op]
    if (rule === ResultRule.Ty) this.addResult(inst, ty)
    else if (rule === ResultRule.I32) this.addResult(inst, Ty.I32)
    return inst
  }

  /** Gives an instruction one more result; nothing else may make values between the results of one instruction. */
  addResult(inst: number, ty: number): number {
    const number = this.resultCount[inst]++
    const value = this.addValue(ValueKind.Result, ty, inst, number)
    if (number === 0) this.firstResult[inst] = value
    return value
  }

  /** Appends a floating instruction to a block. */
  append(block: number, inst: number): void {
    const last = this.lastInst[block]
    this.block[inst] = block
    this.prev[inst] = last
    this.next[inst] = -1
    if (last < 0) this.firstInst[block] = inst
    else this.next[last] = inst
    this.lastInst[block] = inst
  }

  /** Places a floating instruction before one that is in a block. */
  insertBefore(inst: number, before: number): void {
    const block = this.block[before]
    const prev = this.prev[before]
    this.block[inst] = block
    this.prev[inst] = prev
    this.next[inst] = before
    this.prev[before] = inst
    if (prev < 0) this.firstInst[block] = inst
    else this.next[prev] = inst
  }

  /** Takes an instruction out of its block; it floats then. */
  unlink(inst: number): void {
    const block = this.block[inst]
    const prev = this.prev[inst]
    const next = this.next[inst]
    if (prev < 0) this.firstInst[block] = next
    else this.next[prev] = next
    if (next < 0) this.lastInst[block] = prev
    else this.prev[next] = prev
    this.block[inst] = -1
    this.prev[inst] = -1
    this.next[inst] = -1
  }

  arg(inst: number, index: number): number {
    return index === 0 ? this.arg0[inst] : index === 1 ? this.arg1[inst] : this.arg2[inst]
  }

  setArg(inst: number, index: number, value: number): void {
    if (index === 0) this.arg0[inst] = value
    else if (index === 1) this.arg1[inst] = value
    else this.arg2[inst] = value
  }

  /** Number of arguments in arg0 to arg2; lists and block calls are apart. */
  argCount(inst: number): number {
    return opArgs[this.op[inst]]
  }

  /** True for calls and returns: they have a list of values in the pool at `aux`. */
  hasList(inst: number): boolean {
    const form = opForm[this.op[inst]]
    return form === Form.Call || form === Form.CallIndirect || form === Form.Return
  }

  /** Gives an instruction a copy of another's type, arguments and immediates (lists are shared), without placing it. */
  cloneInst(inst: number): number {
    const copy = this.addInst(
      this.op[inst],
      this.ty[inst],
      this.arg0[inst],
      this.arg1[inst],
      this.arg2[inst],
      this.aux[inst],
      this.immLo[inst],
      this.immHi[inst],
    )
    this.wasmPos[copy] = this.wasmPos[inst]
    this.frame[copy] = this.frame[inst]
    return copy
  }

  // --- successors ----------------------------------------------------------------------------------------------------

  /** Number of block calls of a terminator. */
  successorCount(inst: number): number {
    switch (this.op[inst]) {
      case IrOp.Jump:
        return 1
      case IrOp.Brif:
        return 2
      case IrOp.BrTable:
        return this.pool[this.aux[inst]]
      default:
        return 0
    }
  }

  /** Offset in the pool of a terminator's block call. */
  successorCall(inst: number, index: number): number {
    if (this.op[inst] === IrOp.BrTable) return this.pool[this.aux[inst] + 1 + index]
    return index === 0 ? this.immLo[inst] : this.immHi[inst]
  }

  setSuccessorCall(inst: number, index: number, call: number): void {
    if (this.op[inst] === IrOp.BrTable) this.pool[this.aux[inst] + 1 + index] = call
    else if (index === 0) this.immLo[inst] = call
    else this.immHi[inst] = call
  }

  successor(inst: number, index: number): number {
    return this.pool[this.successorCall(inst, index)]
  }

  // --- pool ----------------------------------------------------------------------------------------------------------

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

  private reservePool(words: number): void {
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

  // --- growth --------------------------------------------------------------------------------------------------------

  private growValues(): void {
    const size = this.vKind.length * 2
    this.vKind = grownUint8(this.vKind, size)
    this.vType = grownUint8(this.vType, size)
    this.vA = grownInt32(this.vA, size)
    this.vB = grownInt32(this.vB, size)
  }

  private growInsts(): void {
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

  private growBlocks(): void {
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
