/**
 * Division by a constant as multiplication (Granlund and Montgomery, "Division by Invariant Integers using Multiplication").
 * Of i32 by a 64-bit product, which holds all that a 32-bit high product and its corrections would:
 *
 * With l = ceil(log2 d) and m = ceil(2^(32+l) / d), floor(x / d) = floor(x * m / 2^(32+l)) for all 0 <= x < 2^32, since
 * 0 <= m * d - 2^(32+l) <= 2^l; a smaller l does when its m is as close. Signed: m = floor(2^(31+l) / d) + 1 gives the
 * floor for x >= 0 and one less than the quotient for x < 0. BigInt is for the constants only, once a division.
 *
 * Of i64 the same with 64 for 32, by the high half of the product; an m that does not fit is taken less 2^64, and x added to what that gives.
 */
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import type { RuleContext } from './context.js'

const WORD = 32n
const LIMIT = 1n << WORD
const LONG = 64n
const LONG_LIMIT = 1n << LONG

function ceilLog2(d: bigint): bigint {
  return BigInt((d - 1n).toString(2).length)
}

function wide(g: RuleContext, bits: bigint): number {
  return g.constantOfBits(Ty.I64, Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> WORD)))
}

function shifted(g: RuleContext, op: number, value: number, count: bigint): number {
  return g.make(op, Ty.I64, value, g.int(Ty.I64, Number(count)))
}

/** x /u d as an i32 value; d in [2, 2^32), not a power of two. */
export function divideUnsigned(g: RuleContext, x: number, divisor: number): number {
  const d = BigInt(divisor >>> 0)
  const dividend = g.make(IrOp.Uext, Ty.I64, x)
  for (let l = 0n; l < WORD; l++) {
    const power = 1n << (WORD + l)
    const m = (power + d - 1n) / d
    if (m >= LIMIT) break
    if (m * d - power <= 1n << l) {
      const product = g.make(IrOp.Imul, Ty.I64, dividend, wide(g, m))
      return g.make(IrOp.Wrap, Ty.I32, shifted(g, IrOp.Ushr, product, WORD + l))
    }
  }
  // m has 33 bits: x * m = x * 2^32 + x * (m - 2^32).
  const l = ceilLog2(d)
  const m = ((1n << (WORD + l)) + d - 1n) / d
  const product = g.make(IrOp.Imul, Ty.I64, dividend, wide(g, m - LIMIT))
  const sum = g.make(IrOp.Iadd, Ty.I64, dividend, shifted(g, IrOp.Ushr, product, WORD))
  return g.make(IrOp.Wrap, Ty.I32, shifted(g, IrOp.Ushr, sum, l))
}

/** x /s d as an i32 value; d neither 0, 1 nor -1. */
export function divideSigned(g: RuleContext, x: number, divisor: number): number {
  const d = BigInt(Math.abs(divisor))
  const l = ceilLog2(d)
  const m = (1n << (WORD - 1n + l)) / d + 1n
  const product = g.make(IrOp.Imul, Ty.I64, g.make(IrOp.Sext, Ty.I64, x), wide(g, m))
  const floor = g.make(IrOp.Wrap, Ty.I32, shifted(g, IrOp.Sshr, product, WORD - 1n + l))
  const quotient = g.make(IrOp.Iadd, Ty.I32, floor, g.make(IrOp.Ushr, Ty.I32, x, g.int(Ty.I32, 31)))
  return divisor < 0 ? g.make(IrOp.Isub, Ty.I32, g.int(Ty.I32, 0), quotient) : quotient
}

/** A constant i64 from its halves, as a signed number. */
function long(lo: number, hi: number): bigint {
  return (BigInt(hi) << WORD) | BigInt(lo >>> 0)
}

/** x /u d as an i64 value; d in [2, 2^64), not a power of two. */
export function divideUnsignedLong(g: RuleContext, x: number, lo: number, hi: number): number {
  const d = BigInt.asUintN(64, long(lo, hi))
  for (let l = 0n; l < LONG; l++) {
    const power = 1n << (LONG + l)
    const m = (power + d - 1n) / d
    if (m >= LONG_LIMIT) break
    if (m * d - power <= 1n << l) return shifted(g, IrOp.Ushr, g.make(IrOp.Umulh, Ty.I64, x, wide(g, m)), l)
  }
  // m has 65 bits. The sum of x and high has, too, so it is halved first: (x - high) / 2 + high.
  const l = ceilLog2(d)
  const m = ((1n << (LONG + l)) + d - 1n) / d
  const high = g.make(IrOp.Umulh, Ty.I64, x, wide(g, m - LONG_LIMIT))
  const half = shifted(g, IrOp.Ushr, g.make(IrOp.Isub, Ty.I64, x, high), 1n)
  return shifted(g, IrOp.Ushr, g.make(IrOp.Iadd, Ty.I64, half, high), l - 1n)
}

/** x /s d as an i64 value; d neither 0, 1 nor -1. */
export function divideSignedLong(g: RuleContext, x: number, lo: number, hi: number): number {
  const signed = long(lo, hi)
  const d = signed < 0n ? -signed : signed
  const most = ceilLog2(d)
  let l = 1n
  let m = 0n
  for (; l <= most; l++) {
    const power = 1n << (LONG - 1n + l)
    m = power / d + 1n
    if (m * d - power <= 1n << l) break
  }
  // As a signed factor m may be m - 2^64; then x is missing.
  const product = g.make(IrOp.Smulh, Ty.I64, x, wide(g, m))
  const high = m < LONG_LIMIT >> 1n ? product : g.make(IrOp.Iadd, Ty.I64, product, x)
  const floor = shifted(g, IrOp.Sshr, high, l - 1n)
  const quotient = g.make(IrOp.Iadd, Ty.I64, floor, shifted(g, IrOp.Ushr, x, LONG - 1n))
  return signed < 0n ? g.make(IrOp.Isub, Ty.I64, g.int(Ty.I64, 0), quotient) : quotient
}
