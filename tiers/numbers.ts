/**
 * Numbers that are no 32-bit integers. The compilers' sources are read as AssemblyScript, too (scripts/scan/rewrite.mjs), where `number` is
 * an int32 and division depends on the operands' types; its program has its own of this module (optimizing/program/numbers.as.ts).
 */

/** A number that may be a fraction, or beyond 32 bits. */
export type Float = number

/** Of integers, without the remainder; `b` is not 0. */
export function quotient(a: number, b: number): number {
  return Math.trunc(a / b) | 0
}

export function ratio(a: Float, b: Float): Float {
  return a / b
}

/** A 32-bit integer read as u32. */
export function toUnsigned(value: number): Float {
  return value >>> 0
}

/** An integer modulo 2^32. */
export function wrapped(value: Float): number {
  return value | 0
}

/** Towards 0; it must be an int32 then. */
export function toInt(value: Float): number {
  return value | 0
}
