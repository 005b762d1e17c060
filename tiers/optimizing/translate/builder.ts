/**
 * What the translation of a body stands on: operands, the instructions made of them, the blocks they go to, and the frame states.
 *
 * Operands live on a stack of values at translation time. While a loop to enter at is sought, one below a construct may be in a slot of
 * the SSA builder instead; the stack has -2 - slot for it then (control.ts).
 */
import type { ModuleInfo, ValType } from '../../../wasm/types.js'
import { grown } from '../../grown.js'
import { FrameValue } from '../ir/arrays.js'
import { IrFunction } from '../ir/function.js'
import { Effect, IrOp, opEffect } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import { Cursor } from '../../../wasm/cursor.js'
import type { Activation } from './inline.js'
import { SsaBuilder } from './ssa.js'
import { tyOfWasm, wasmOfTy } from './value-types.js'

export const INITIAL_CAPACITY = 64

/** True for operations at which the guest may stop, so that its state may be wanted. */
function mayStop(op: number): boolean {
  const effect = opEffect[op]
  return effect !== Effect.Pure && (effect !== Effect.Control || op === IrOp.Trap)
}

export abstract class BodyBuilder {
  readonly info: ModuleInfo
  readonly f = new IrFunction()
  readonly cursor = new Cursor()
  readonly ssa = new SsaBuilder(this.f)
  /** The block being filled; -1 in unreachable code. */
  block = -1

  protected stack = new Int32Array(INITIAL_CAPACITY)
  protected sp = 0
  /** The body being read. */
  protected activation: Activation
  protected recordStates = false
  /** IR types of the slots. */
  protected slotTy = new Int32Array(INITIAL_CAPACITY)
  /** State of the current opcode in `f.states`, -1 before one is asked for. */
  protected state = -1
  /** Height of the stack before the current opcode. */
  protected opHeight = 0

  constructor(info: ModuleInfo, activation: Activation) {
    this.info = info
    this.activation = activation
  }

  // --- operands and instructions ---------------------------------------------------------------------------------------

  push(value: number): void {
    if (this.sp === this.stack.length) this.stack = grown(this.stack)
    this.stack[this.sp++] = value
  }

  pop(): number {
    return this.stack[--this.sp]
  }

  /** Operand `index` counted from the top. */
  peek(index: number): number {
    return this.stack[this.sp - 1 - index]
  }

  drop(count: number): void {
    this.sp -= count
  }

  /** Appends an instruction to the current block. */
  inst(op: number, ty: number, arg0 = -1, arg1 = -1, arg2 = -1, aux = 0, immLo = 0, immHi = 0): number {
    const { f } = this
    const inst = f.addInst(op, ty, arg0, arg1, arg2, aux, immLo, immHi)
    f.append(this.block, inst)
    if (this.recordStates && mayStop(op)) f.frame[inst] = this.frameState()
    return inst
  }

  /** As `inst`, for one with one result. */
  value(op: number, ty: number, arg0 = -1, arg1 = -1, arg2 = -1, aux = 0, immLo = 0, immHi = 0): number {
    const inst = this.inst(op, ty, arg0, arg1, arg2, aux, immLo, immHi)
    return this.f.firstResult[inst]
  }

  iconst(ty: number, lo: number, hi = 0): number {
    return this.value(IrOp.Iconst, ty, -1, -1, -1, 0, lo, hi)
  }

  fconst(ty: number, lo: number, hi: number): number {
    return this.value(IrOp.Fconst, ty, -1, -1, -1, 0, lo, hi)
  }

  /** A list in the pool of the top operands, the deepest first, after up to two other values (-1: none); pops them. */
  list(count: number, first = -1, second = -1): number {
    const { f, stack } = this
    const list = f.startList()
    if (first >= 0) f.pushPool(first)
    if (second >= 0) f.pushPool(second)
    this.sp -= count
    for (let i = 0; i < count; i++) f.pushPool(stack[this.sp + i])
    f.endList(list)
    return list
  }

  /** The state before the current opcode, which has popped its operands. */
  protected frameState(): number {
    const { f, ssa, activation } = this
    if (this.state >= 0) {
      // An opcode may pop the rest only now.
      f.states[this.state + 4] = Math.max(f.states[this.state + 4], this.opHeight - this.sp)
      return this.state
    }
    const { localCount, localTypes } = activation.facts
    this.state = f.stateSize
    f.pushState(f.currentPos)
    f.pushState(activation.callerState)
    f.pushState(localCount)
    f.pushState(this.opHeight - activation.base)
    f.pushState(this.opHeight - this.sp)
    for (let i = 0; i < localCount; i++) {
      f.pushState(localTypes[i])
      f.pushState(ssa.describe(i))
    }
    for (let i = activation.base; i < this.opHeight; i++) {
      const value = this.stack[i]
      const ty = value < 0 ? this.slotTy[-2 - value] : f.vType[value]
      f.pushState(wasmOfTy(ty))
      f.pushState(ty === Ty.Ref ? FrameValue.Gone : value < 0 ? ssa.describeSlot(-2 - value) : value)
    }
    return this.state
  }

  // --- blocks ----------------------------------------------------------------------------------------------------------

  protected newBlock(): number {
    const block = this.f.addBlock()
    this.ssa.declareBlock(block)
    return block
  }

  /** Puts a block at the end of the layout and goes on in it. */
  protected place(block: number): void {
    this.f.placeBlock(block)
    this.block = block
  }

  /** Goes on in a block with a single edge. */
  protected enter(block: number): void {
    this.place(block)
    this.ssa.enterBlock(block)
  }

  /** The parameters of a label's block become operands. */
  protected pushParams(block: number, types: readonly ValType[]): void {
    for (let i = 0; i < types.length; i++) this.push(this.ssa.operandParam(block, i, tyOfWasm(types[i])))
  }

  protected zero(ty: number): number {
    return this.value(ty === Ty.F32 || ty === Ty.F64 ? IrOp.Fconst : IrOp.Iconst, ty)
  }
}
