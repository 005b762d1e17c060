/**
 * What the rules stand on: the tests, constants, predicates and constructors that prelude.rules declares, by the names of these
 * methods. Abstract in what the e-graph does (egraph/graph.ts), so that rules do not depend on it.
 */
import type { IrFunction } from '../ir/function.js'
import { IrOp } from '../ir/ops.js'
import { intCcInverse, Ty, tyBits } from '../ir/types.js'
import { lessUnsigned } from '../../unsigned.js'
import { divideSigned, divideSignedLong, divideUnsigned, divideUnsignedLong } from './division.js'
import { Reciprocal } from './reciprocal.js'

export abstract class RuleContext {
  f!: IrFunction
  /** By value: the constant instruction in its class, -1 when there is none. */
  constant: Int32Array = new Int32Array(1024)
  /** For divisions. */
  readonly reciprocal: Reciprocal = new Reciprocal()

  /** The value of a node with these fields, simplified. What the operation does not use is -1 (arguments) or 0. */
  abstract make(op: number, ty: number, arg0: number, arg1: number, arg2: number, aux: number): number
  abstract constantOfBits(ty: number, lo: number, hi: number): number
  /** A rule's right-hand side: one more form of the node. */
  abstract yield(value: number, rule: number): void
  /** The same, instead of all other forms. */
  abstract subsume(value: number, rule: number): void
  /** The result of a rule for a placed instruction. */
  abstract replace(value: number, rule: number): number
  /** Starts a walk over the nodes of a value's class; `next` gives an instruction, or -1 at the end. */
  abstract start(value: number): number
  abstract next(base: number): number

  unary(op: number, ty: number, arg: number): number {
    return this.make(op, ty, arg, -1, -1, 0)
  }

  binary(op: number, ty: number, left: number, right: number): number {
    return this.make(op, ty, left, right, -1, 0)
  }

  // --- constants -----------------------------------------------------------------------------------------------------------

  /** A constant of type `ty` from a small signed number. */
  int(ty: number, value: number): number {
    return this.constantOfBits(ty, value | 0, ty === Ty.I32 ? 0 : value < 0 ? -1 : 0)
  }

  /** True for the integer constant that is this small signed number. */
  isInt(value: number, number: number): boolean {
    const { f } = this
    const inst = this.constant[value]
    if (inst < 0 || f.op[inst] !== IrOp.Iconst || f.immLo[inst] !== number) return false
    return f.ty[inst] === Ty.I32 || f.immHi[inst] === (number < 0 ? -1 : 0)
  }

  /** The value as an integer constant, -1 when it is none. */
  integer(value: number): number {
    const inst = this.constant[value]
    return inst >= 0 && this.f.op[inst] === IrOp.Iconst ? this.f.firstResult[inst] : -1
  }

  /** log2 of a constant power of two, as a constant of its type; -1 otherwise. */
  log2(value: number): number {
    const { f } = this
    const inst = this.constant[value]
    if (inst < 0 || f.op[inst] !== IrOp.Iconst) return -1
    const lo = f.immLo[inst]
    const hi = f.ty[inst] === Ty.I32 ? 0 : f.immHi[inst]
    if ((lo === 0) === (hi === 0)) return -1
    const word = lo !== 0 ? lo : hi
    if ((word & (word - 1)) !== 0) return -1
    return this.int(f.ty[inst], 31 - Math.clz32(word) + (lo !== 0 ? 0 : 32))
  }

  /** True for a constant that is not zero. */
  isNonZero(value: number): boolean {
    const inst = this.constant[value]
    return inst >= 0 && this.f.op[inst] === IrOp.Iconst && (this.f.immLo[inst] | this.f.immHi[inst]) !== 0
  }

  /** The constant modulo a type's width: the shift count that an operation of that type uses. */
  private count(ty: number, value: number): number {
    return this.f.immLo[this.constant[value]] & (tyBits(ty) - 1)
  }

  /** True for a constant shift count that is not below the width. */
  isWideCount(ty: number, value: number): boolean {
    const { f } = this
    const inst = this.constant[value]
    const hi = f.ty[inst] === Ty.I32 ? 0 : f.immHi[inst]
    return hi !== 0 || !lessUnsigned(f.immLo[inst], tyBits(ty))
  }

  /** The count as the operation uses it. */
  reducedCount(ty: number, value: number): number {
    return this.int(ty, this.count(ty, value))
  }

  /** The sum of two shift counts, -1 when it is not below the width. */
  countSum(ty: number, a: number, b: number): number {
    const sum = this.count(ty, a) + this.count(ty, b)
    return sum < tyBits(ty) ? this.int(ty, sum) : -1
  }

  isSameCount(ty: number, a: number, b: number): boolean {
    return this.count(ty, a) === this.count(ty, b)
  }

  /** True when two shift counts add to the width: what makes a rotation of two shifts. */
  isWholeTurn(ty: number, a: number, b: number): boolean {
    return this.count(ty, a) + this.count(ty, b) === tyBits(ty)
  }

  // --- division ------------------------------------------------------------------------------------------------------------

  /** True for a constant that a division by can be a multiplication: neither 0, 1 nor -1. */
  isDivisor(value: number): boolean {
    const lo = this.f.immLo[this.constant[value]]
    if (this.f.vType[value] === Ty.I64 && this.f.immHi[this.constant[value]] !== lo >> 31) return true
    return lo < -1 || lo > 1
  }

  /** x /u c; c is not a power of two. */
  unsignedQuotient(x: number, c: number): number {
    const { immLo, immHi } = this.f
    const at = this.constant[c]
    if (this.f.vType[x] === Ty.I64) return divideUnsignedLong(this, x, immLo[at], immHi[at])
    return divideUnsigned(this, x, immLo[at])
  }

  /** x /s c. */
  signedQuotient(x: number, c: number): number {
    const { immLo, immHi } = this.f
    const at = this.constant[c]
    if (this.f.vType[x] === Ty.I64) return divideSignedLong(this, x, immLo[at], immHi[at])
    return divideSigned(this, x, immLo[at])
  }

  // --- conditions --------------------------------------------------------------------------------------------------------

  inverse(cc: number): number {
    return intCcInverse[cc]
  }
}
