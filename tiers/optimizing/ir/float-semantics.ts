/**
 * The float operations on bits (specification section 4.3.3). Every NaN that arithmetic gives is the canonical one,
 * which the specification allows whatever the operands are.
 */
import { TrapCode } from '../../abi.js'
import { IrOp } from './ops.js'
import type { Outcome } from './semantics.js'
import { floatCcNames, isFloatTy, Ty, tyBits } from './types.js'

const view = new DataView(new ArrayBuffer(8))
const CANONICAL_NAN_32 = 0x7fc00000n
const CANONICAL_NAN_64 = 0x7ff8000000000000n

/** The number that bits of a float type stand for. */
export function floatOfBits(bits: bigint, ty: number): number {
  if (ty === Ty.F32) {
    view.setUint32(0, Number(bits))
    return view.getFloat32(0)
  }
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

/** The bits of a number, rounded to the type. */
export function bitsOfFloat(x: number, ty: number): bigint {
  if (Number.isNaN(x)) return ty === Ty.F32 ? CANONICAL_NAN_32 : CANONICAL_NAN_64
  if (ty === Ty.F32) {
    view.setFloat32(0, x)
    return BigInt(view.getUint32(0))
  }
  view.setFloat64(0, x)
  return view.getBigUint64(0)
}

/** Rounds to the nearest integer, ties to even. */
function nearest(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  let result = floor
  if (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)) result = floor + 1
  return result === 0 && (x < 0 || Object.is(x, -0)) ? -0 : result
}

function arithmetic(op: number, a: number, b: number): number | undefined {
  switch (op) {
    case IrOp.Fadd:
      return a + b
    case IrOp.Fsub:
      return a - b
    case IrOp.Fmul:
      return a * b
    case IrOp.Fdiv:
      return a / b
    case IrOp.Fmin:
      return Math.min(a, b)
    case IrOp.Fmax:
      return Math.max(a, b)
    case IrOp.Fsqrt:
      return Math.sqrt(a)
    case IrOp.Fceil:
      return Math.ceil(a)
    case IrOp.Ffloor:
      return Math.floor(a)
    case IrOp.Ftrunc:
      return Math.trunc(a)
    case IrOp.Fnearest:
      return nearest(a)
    case IrOp.Promote:
    case IrOp.Demote:
      return a
    default:
      return undefined
  }
}

/** Operations that only touch the sign bit: NaNs keep their payload. */
function signOperation(op: number, ty: number, a: bigint, b: bigint): bigint | undefined {
  const sign = 1n << BigInt(tyBits(ty) - 1)
  switch (op) {
    case IrOp.Fabs:
      return a & ~sign
    case IrOp.Fneg:
      return a ^ sign
    case IrOp.Fcopysign:
      return (a & ~sign) | (b & sign)
    default:
      return undefined
  }
}

function compare(cc: number, a: number, b: number): boolean {
  switch (floatCcNames[cc]) {
    case 'eq':
      return a === b
    case 'ne':
      return a !== b
    case 'lt':
      return a < b
    case 'gt':
      return a > b
    case 'le':
      return a <= b
    case 'ge':
      return a >= b
    default:
      throw new RangeError(`no condition ${cc}`)
  }
}

/** Integer from float; saturating, or with a trap for NaN and what does not fit. */
function toInteger(x: number, bits: number, signed: boolean, saturating: boolean): Outcome {
  if (Number.isNaN(x)) return saturating ? { bits: 0n } : { trap: TrapCode.FloatUnrepresentable }
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n
  const high = (1n << BigInt(signed ? bits - 1 : bits)) - 1n
  const value = Number.isFinite(x) ? BigInt(Math.trunc(x)) : x < 0 ? low - 1n : high + 1n
  if (value >= low && value <= high) return { bits: BigInt.asUintN(bits, value) }
  if (!saturating) return { trap: TrapCode.FloatUnrepresentable }
  return { bits: BigInt.asUintN(bits, value < low ? low : high) }
}

/** Digits that survive rounding to f32 with two to spare: what is below becomes one sticky bit. */
const STICKY_DIGITS = 26

/** Float from integer, rounded once: an integer of 64 bits must not be rounded to f64 on its way to f32. */
function fromInteger(value: bigint, ty: number): number {
  if (ty === Ty.F64) return Number(value)
  const magnitude = value < 0n ? -value : value
  const shift = BigInt(Math.max(0, magnitude.toString(2).length - STICKY_DIGITS))
  const kept = magnitude >> shift
  const sticky = kept << shift === magnitude ? kept : kept | 1n
  const rounded = Number(sticky) * 2 ** Number(shift)
  return value < 0n ? -rounded : rounded
}

/** As `evaluateOp`, for operations with a float operand or result. */
export function evaluateFloat(
  op: number,
  ty: number,
  aux: number,
  argTypes: readonly number[],
  args: readonly bigint[],
): Outcome | undefined {
  const from = argTypes[0]
  if (op === IrOp.Itof) {
    const value = aux !== 0 ? BigInt.asIntN(tyBits(from), args[0]) : args[0]
    return { bits: bitsOfFloat(fromInteger(value, ty), ty) }
  }
  if (!isFloatTy(from)) return undefined
  const a = floatOfBits(args[0], from)
  if (op === IrOp.Ftoi || op === IrOp.FtoiSat) return toInteger(a, tyBits(ty), aux !== 0, op === IrOp.FtoiSat)
  const b = args.length > 1 ? floatOfBits(args[1], from) : 0
  if (op === IrOp.Fcmp) return { bits: compare(aux, a, b) ? 1n : 0n }
  const sign = signOperation(op, ty, args[0], args.length > 1 ? args[1] : 0n)
  if (sign !== undefined) return { bits: sign }
  const result = arithmetic(op, a, b)
  return result === undefined ? undefined : { bits: bitsOfFloat(result, ty) }
}
