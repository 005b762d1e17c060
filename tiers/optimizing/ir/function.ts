/**
 * The intermediate representation of one function: static single assignment with block parameters, as parallel typed
 * arrays (Cranelift's data-flow graph and layout, without its entity objects).
 *
 * Handles are integers: values, instructions and blocks each index their own arrays; -1 is none. Lists of variable
 * length (block parameters, call arguments, block calls, branch tables) lie in `pool` (arrays.ts).
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
import { IrArrays, ValueKind } from './arrays.js'
import { IrOp, opArgs, opForm, opResult, ResultRule, Form } from './ops.js'
import { Ty } from './types.js'

export { FrameValue, STATE_HEAD_WORDS, STATE_VALUE_WORDS, ValueKind } from './arrays.js'

export class IrFunction extends IrArrays {
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
}
