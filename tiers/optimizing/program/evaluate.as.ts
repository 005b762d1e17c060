/**
 * What the pure scalar operations compute (ir/semantics.ts, ir/float-semantics.ts), by native operations instead of terms. Bits of a value
 * of 32 bits stand in the low half, with zeros above.
 */
import { IrOp } from './tiers_optimizing_ir_ops'
import { FloatCc, IntCc, isFloatTy, Ty, tyBits } from './tiers_optimizing_ir_types'

const LOW: u64 = 0xffff_ffff
const F32_INFINITY: u64 = 0x7f80_0000
const F64_INFINITY: u64 = 0x7ff0_0000_0000_0000

let result: u64 = 0
let isKnown: bool = false

/**
 * Computes an operation on the bits of its arguments; `evaluated` has the result.
 * @param ty the instruction's controlling type
 * @param from type of its first argument
 * @returns false for an operation that is not such a one, that traps, or whose result is NaN
 */
export function evaluate(op: i32, ty: i32, aux: i32, from: i32, a: u64, b: u64, c: u64): bool {
  isKnown = true
  result = compute(op, ty, aux, from, a, b, c)
  return isKnown && !(isFloatTy(ty) && isNan(result, ty))
}

export function evaluated(): u64 {
  return result
}

/** The number that two halves make. */
export function whole(lo: i32, hi: i32): u64 {
  return ((<u64>(<u32>hi)) << 32) | <u64>(<u32>lo)
}

function isNan(bits: u64, ty: i32): bool {
  return tyBits(ty) == 32 ? (bits & 0x7fff_ffff) > F32_INFINITY : (bits & 0x7fff_ffff_ffff_ffff) > F64_INFINITY
}

function unknown(): u64 {
  isKnown = false
  return 0
}

function compute(op: i32, ty: i32, aux: i32, from: i32, a: u64, b: u64, c: u64): u64 {
  switch (op) {
    case IrOp.Select:
      return a != 0 ? b : c
    case IrOp.Bitcast:
      return a
    default:
      if (isFloatTy(ty) || isFloatTy(from)) return computeFloat(op, ty, aux, from, a, b)
  }
  switch (op) {
    case IrOp.Uext:
      return a
    case IrOp.Sext:
      return <u64>(<i64>(<i32>a))
    case IrOp.Wrap:
      return a & LOW
    default:
      return tyBits(from) == 32
        ? computeInteger<u32, i32>(op, aux, <u32>a, <u32>b)
        : computeInteger<u64, i64>(op, aux, a, b)
  }
}

// --- integers ----------------------------------------------------------------------------------------------------------

/** Of two integers of one width: as unsigned ones (U), and as signed ones (S). The machine takes shift counts modulo the width. */
function computeInteger<U, S>(op: i32, aux: i32, a: U, b: U): u64 {
  switch (op) {
    case IrOp.Iadd:
      return <u64>(<U>(a + b))
    case IrOp.Isub:
      return <u64>(<U>(a - b))
    case IrOp.Imul:
      return <u64>(<U>(a * b))
    case IrOp.Umulh:
      return unsignedHigh<U>(a, b)
    case IrOp.Smulh:
      return <u64>(<U>(<U>unsignedHigh<U>(a, b) - (<S>a < 0 ? b : 0) - (<S>b < 0 ? a : 0)))
    case IrOp.Udiv:
      return b == 0 ? unknown() : <u64>(a / b)
    case IrOp.Sdiv:
      if (b == 0 || (<S>b == -1 && a == (<U>1) << (sizeof<U>() * 8 - 1))) return unknown()
      return <u64>(<U>(<S>a / <S>b))
    case IrOp.Urem:
      return b == 0 ? unknown() : <u64>(a % b)
    case IrOp.Srem:
      return b == 0 ? unknown() : <u64>(<U>(<S>a % <S>b))
    case IrOp.Band:
      return <u64>(a & b)
    case IrOp.Bor:
      return <u64>(a | b)
    case IrOp.Bxor:
      return <u64>(a ^ b)
    case IrOp.Ishl:
      return <u64>(<U>(a << b))
    case IrOp.Ushr:
      return <u64>(a >> b)
    case IrOp.Sshr:
      return <u64>(<U>(<S>a >> <S>b))
    case IrOp.Rotl:
      return <u64>rotl<U>(a, b)
    case IrOp.Rotr:
      return <u64>rotr<U>(a, b)
    case IrOp.Clz:
      return <u64>clz<U>(a)
    case IrOp.Ctz:
      return <u64>ctz<U>(a)
    case IrOp.Popcnt:
      return <u64>popcnt<U>(a)
    case IrOp.Bswap:
      return <u64>bswap<U>(a)
    case IrOp.Ieqz:
      return a == 0 ? 1 : 0
    case IrOp.Icmp:
      return compare<U, S>(aux, a, b) ? 1 : 0
    case IrOp.Sext8:
      return <u64>(<U>(<S>(<i8>a)))
    case IrOp.Sext16:
      return <u64>(<U>(<S>(<i16>a)))
    case IrOp.Sext32:
      return <u64>(<U>(<S>(<i32>a)))
    default:
      return unknown()
  }
}

/** The high half of the product. */
function unsignedHigh<U>(a: U, b: U): u64 {
  if (sizeof<U>() == 4) return (<u64>a * <u64>b) >> 32
  const aLow = <u64>a & LOW
  const aHigh = <u64>a >> 32
  const bLow = <u64>b & LOW
  const bHigh = <u64>b >> 32
  const middle = aHigh * bLow + ((aLow * bLow) >> 32)
  return aHigh * bHigh + (middle >> 32) + ((aLow * bHigh + (middle & LOW)) >> 32)
}

function compare<U, S>(cc: i32, a: U, b: U): bool {
  switch (cc) {
    case IntCc.Eq:
      return a == b
    case IntCc.Ne:
      return a != b
    case IntCc.SLt:
      return <S>a < <S>b
    case IntCc.ULt:
      return a < b
    case IntCc.SGt:
      return <S>a > <S>b
    case IntCc.UGt:
      return a > b
    case IntCc.SLe:
      return <S>a <= <S>b
    case IntCc.ULe:
      return a <= b
    case IntCc.SGe:
      return <S>a >= <S>b
    default:
      return a >= b
  }
}

// --- floats ------------------------------------------------------------------------------------------------------------

/** An f32 is computed as f64 and rounded: every operation here gives the same as one of f32 would. */
function computeFloat(op: i32, ty: i32, aux: i32, from: i32, a: u64, b: u64): u64 {
  if (op == IrOp.Itof) return fromInteger(a, tyBits(from), aux != 0, ty)
  if (!isFloatTy(from)) return unknown()
  const sign: u64 = 1 << (tyBits(ty) - 1)
  const x = floatOf(a, from)
  const y = floatOf(b, from)
  switch (op) {
    case IrOp.Ftoi:
      return toInteger(x, tyBits(ty), aux != 0, false)
    case IrOp.FtoiSat:
      return toInteger(x, tyBits(ty), aux != 0, true)
    case IrOp.Fcmp:
      return compareFloats(aux, x, y) ? 1 : 0
    case IrOp.Fabs:
      return a & ~sign
    case IrOp.Fneg:
      return a ^ sign
    case IrOp.Fcopysign:
      return (a & ~sign) | (b & sign)
    case IrOp.Fadd:
      return bitsOf(x + y, ty)
    case IrOp.Fsub:
      return bitsOf(x - y, ty)
    case IrOp.Fmul:
      return bitsOf(x * y, ty)
    case IrOp.Fdiv:
      return bitsOf(x / y, ty)
    case IrOp.Fmin:
      return bitsOf(min<f64>(x, y), ty)
    case IrOp.Fmax:
      return bitsOf(max<f64>(x, y), ty)
    case IrOp.Fsqrt:
      return bitsOf(sqrt<f64>(x), ty)
    case IrOp.Fceil:
      return bitsOf(ceil<f64>(x), ty)
    case IrOp.Ffloor:
      return bitsOf(floor<f64>(x), ty)
    case IrOp.Ftrunc:
      return bitsOf(trunc<f64>(x), ty)
    case IrOp.Fnearest:
      return bitsOf(nearest<f64>(x), ty)
    case IrOp.Promote:
    case IrOp.Demote:
      return bitsOf(x, ty)
    default:
      return unknown()
  }
}

function floatOf(bits: u64, ty: i32): f64 {
  return ty == Ty.F32 ? <f64>reinterpret<f32>(<u32>bits) : reinterpret<f64>(bits)
}

function bitsOf(x: f64, ty: i32): u64 {
  return ty == Ty.F32 ? <u64>reinterpret<u32>(<f32>x) : reinterpret<u64>(x)
}

/** Rounded once: not to f64 on the way to f32. */
function fromInteger(bits: u64, width: i32, isSigned: bool, ty: i32): u64 {
  if (!isSigned) return ty == Ty.F32 ? <u64>reinterpret<u32>(<f32>bits) : reinterpret<u64>(<f64>bits)
  const value = width == 32 ? <i64>(<i32>bits) : <i64>bits
  return ty == Ty.F32 ? <u64>reinterpret<u32>(<f32>value) : reinterpret<u64>(<f64>value)
}

/** What fits is at least `low` and below `high`. */
function toInteger(x: f64, width: i32, isSigned: bool, isSaturating: bool): u64 {
  if (x != x) return isSaturating ? 0 : unknown()
  const value = trunc<f64>(x)
  const range: f64 = width == 32 ? 4294967296.0 : 18446744073709551616.0
  const low: f64 = isSigned ? -0.5 * range : 0.0
  const high: f64 = isSigned ? 0.5 * range : range
  if (value >= low && value < high) {
    const bits = isSigned ? <u64>(<i64>value) : <u64>value
    return width == 32 ? bits & LOW : bits
  }
  if (!isSaturating) return unknown()
  const sign: u64 = 1 << (width - 1)
  const ones: u64 = width == 32 ? LOW : -1
  if (value < low) return isSigned ? sign : 0
  return isSigned ? ones ^ sign : ones
}

function compareFloats(cc: i32, a: f64, b: f64): bool {
  switch (cc) {
    case FloatCc.Eq:
      return a == b
    case FloatCc.Ne:
      return a != b
    case FloatCc.Lt:
      return a < b
    case FloatCc.Gt:
      return a > b
    case FloatCc.Le:
      return a <= b
    default:
      return a >= b
  }
}
