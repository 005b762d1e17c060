/**
 * Division by a constant as multiplication (Granlund and Montgomery, "Division by Invariant Integers using Multiplication").
 * Of i32 by a 64-bit product, which holds all that a 32-bit high product and its corrections would:
 *
 * With l = ceil(log2 d) and m = ceil(2^(32+l) / d), floor(x / d) = floor(x * m / 2^(32+l)) for all 0 <= x < 2^32, since
 * 0 <= m * d - 2^(32+l) <= 2^l; a smaller l does when its m is as close. Signed: m = floor(2^(31+l) / d) + 1 gives the
 * floor for x >= 0 and one less than the quotient for x < 0. Reciprocal (reciprocal.ts) has m: its floor + 1 is the ceiling of what is no
 * integer.
 *
 * Of i64 the same with 64 for 32, by the high half of the product; an m that does not fit is taken less 2^64, and x added to what that gives.
 */
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import type { RuleContext } from './context.js'

const WORD = 32
const LONG = 64

/** The value of an operation of one i64 and a constant. */
function shifted(g: RuleContext, op: number, value: number, count: number): number {
  return g.binary(op, Ty.I64, value, g.int(Ty.I64, count))
}

/** x /u d as an i32 value; d in [2, 2^32), not a power of two. */
export function divideUnsigned(g: RuleContext, x: number, divisor: number): number {
  const m = g.reciprocal
  m.start(divisor, 0, WORD)
  const most = m.logarithm()
  const dividend = g.unary(IrOp.Uext, Ty.I64, x)
  for (let l = 0; l < most; l++) {
    if (m.hi === 0 && m.isClose(l)) {
      const product = g.binary(IrOp.Imul, Ty.I64, dividend, g.constantOfBits(Ty.I64, m.lo, 0))
      return g.unary(IrOp.Wrap, Ty.I32, shifted(g, IrOp.Ushr, product, WORD + l))
    }
    m.double()
  }
  // m has 33 bits: x * m = x * 2^32 + x * (m - 2^32).
  const product = g.binary(IrOp.Imul, Ty.I64, dividend, g.constantOfBits(Ty.I64, m.lo, m.hi - 1))
  const sum = g.binary(IrOp.Iadd, Ty.I64, dividend, shifted(g, IrOp.Ushr, product, WORD))
  return g.unary(IrOp.Wrap, Ty.I32, shifted(g, IrOp.Ushr, sum, most))
}

/** x /s d as an i32 value; d neither 0, 1 nor -1. */
export function divideSigned(g: RuleContext, x: number, divisor: number): number {
  const m = g.reciprocal
  m.start(divisor < 0 ? -divisor | 0 : divisor, 0, WORD - 1)
  const l = m.logarithm()
  for (let i = 0; i < l; i++) m.double()
  const dividend = g.unary(IrOp.Sext, Ty.I64, x)
  const product = g.binary(IrOp.Imul, Ty.I64, dividend, g.constantOfBits(Ty.I64, m.lo, m.hi))
  const floor = g.unary(IrOp.Wrap, Ty.I32, shifted(g, IrOp.Sshr, product, WORD - 1 + l))
  const quotient = g.binary(IrOp.Iadd, Ty.I32, floor, g.binary(IrOp.Ushr, Ty.I32, x, g.int(Ty.I32, 31)))
  return divisor < 0 ? g.binary(IrOp.Isub, Ty.I32, g.int(Ty.I32, 0), quotient) : quotient
}

/** x /u d as an i64 value; d in [2, 2^64), not a power of two. */
export function divideUnsignedLong(g: RuleContext, x: number, lo: number, hi: number): number {
  const m = g.reciprocal
  m.start(lo, hi, LONG)
  const most = m.logarithm()
  for (let l = 0; l < most; l++) {
    // 0 is 2^64: only the last of these can be so large.
    if ((m.lo | m.hi) !== 0 && m.isClose(l)) {
      return shifted(g, IrOp.Ushr, g.binary(IrOp.Umulh, Ty.I64, x, g.constantOfBits(Ty.I64, m.lo, m.hi)), l)
    }
    m.double()
  }
  // m has 65 bits. The sum of x and high has, too, so it is halved first: (x - high) / 2 + high.
  const high = g.binary(IrOp.Umulh, Ty.I64, x, g.constantOfBits(Ty.I64, m.lo, m.hi))
  const half = shifted(g, IrOp.Ushr, g.binary(IrOp.Isub, Ty.I64, x, high), 1)
  return shifted(g, IrOp.Ushr, g.binary(IrOp.Iadd, Ty.I64, half, high), most - 1)
}

/** x /s d as an i64 value; d neither 0, 1 nor -1. */
export function divideSignedLong(g: RuleContext, x: number, lo: number, hi: number): number {
  const m = g.reciprocal
  if (hi >= 0) m.start(lo, hi, LONG)
  else m.start(-lo | 0, lo === 0 ? -hi | 0 : ~hi, LONG)
  let l = 1
  for (; !m.isClose(l); l++) m.double()
  // As a signed factor m may be m - 2^64; then x is missing.
  const product = g.binary(IrOp.Smulh, Ty.I64, x, g.constantOfBits(Ty.I64, m.lo, m.hi))
  const high = m.hi >= 0 ? product : g.binary(IrOp.Iadd, Ty.I64, product, x)
  const floor = shifted(g, IrOp.Sshr, high, l - 1)
  const quotient = g.binary(IrOp.Iadd, Ty.I64, floor, shifted(g, IrOp.Ushr, x, LONG - 1))
  return hi < 0 ? g.binary(IrOp.Isub, Ty.I64, g.int(Ty.I64, 0), quotient) : quotient
}
