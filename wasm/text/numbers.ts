/**
 * Number literals of the text format (specification section 6.3.1 and 6.3.2), to exact bits.
 *
 * Floats are rounded once, from the written value to the nearest even: hexadecimal ones by integer arithmetic, decimal
 * f64 by JavaScript's own conversion, which is correctly rounded. A decimal f32 must not go through f64 blindly:
 * rounding twice is wrong exactly when the f64 lies half way between two f32, so that case compares the literal
 * with the f64 exactly (the mistake is common; see the note in the tests).
 *
 * Every function returns the reason as a string when the text is not such a literal: the caller knows the place.
 */

const NOT_INTEGER = 'an integer is expected'
const NOT_FLOAT = 'a number is expected'
const OUT_OF_RANGE = 'constant out of range'

const DIGITS = '[0-9]+(?:_[0-9]+)*'
const HEX_DIGITS = '[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*'
const integerPattern = new RegExp(`^[+-]?(?:0x${HEX_DIGITS}|${DIGITS})$`)
const unsignedPattern = new RegExp(`^(?:0x${HEX_DIGITS}|${DIGITS})$`)
const decimalPattern = new RegExp(`^[+-]?(${DIGITS})(?:\\.(${DIGITS})?)?(?:[eE]([+-]?${DIGITS}))?$`)
const hexPattern = new RegExp(`^[+-]?0x(${HEX_DIGITS})(?:\\.(${HEX_DIGITS})?)?(?:[pP]([+-]?${DIGITS}))?$`)
const nanPattern = new RegExp(`^[+-]?nan:(0x${HEX_DIGITS})$`)

/** Without underscores; most literals have none. */
const plain = (text: string): string => (text.includes('_') ? text.replaceAll('_', '') : text)
const isSigned = (text: string): boolean => text.startsWith('-') || text.startsWith('+')
const magnitudeOf = (text: string): string => plain(isSigned(text) ? text.slice(1) : text)

/** An unsigned integer below 2^32. */
export function parseU32(text: string): number | string {
  if (!unsignedPattern.test(text)) return NOT_INTEGER
  const value = Number(plain(text))
  return value <= 0xffffffff ? value : OUT_OF_RANGE
}

/** An i32 literal, -2^31 to 2^32 - 1; the result is the int32 with the same bits. */
export function parseI32(text: string): number | string {
  if (!integerPattern.test(text)) return NOT_INTEGER
  const negative = text.startsWith('-')
  const magnitude = Number(magnitudeOf(text))
  if (magnitude > (negative ? 0x80000000 : 0xffffffff)) return OUT_OF_RANGE
  return (negative ? -magnitude : magnitude) | 0
}

/** An i64 literal, -2^63 to 2^64 - 1; the result is the signed value with the same bits. */
export function parseI64(text: string): bigint | string {
  if (!integerPattern.test(text)) return NOT_INTEGER
  const negative = text.startsWith('-')
  const magnitude = BigInt(magnitudeOf(text))
  if (magnitude > (negative ? 1n << 63n : (1n << 64n) - 1n)) return OUT_OF_RANGE
  return BigInt.asIntN(64, negative ? -magnitude : magnitude)
}

/** The shape of an IEEE 754 binary format. */
interface FloatFormat {
  /** Explicit fraction bits. */
  readonly fraction: number
  readonly bias: number
}
const SINGLE: FloatFormat = { fraction: 23, bias: 127 }
const DOUBLE: FloatFormat = { fraction: 52, bias: 1023 }

const scratch = new DataView(new ArrayBuffer(8))

/** An f32 literal; the result is its bits, as an unsigned integer. */
export function parseF32(text: string): number | string {
  const special = parseSpecial(text, SINGLE)
  if (special !== undefined) return typeof special === 'string' ? special : Number(special)
  const decimal = decimalPattern.exec(text)
  if (decimal === null) {
    const bits = parseHexFloat(text, SINGLE)
    return typeof bits === 'string' ? bits : Number(bits)
  }
  const wide = Number(plain(text))
  let value = Math.fround(wide)
  if (value !== wide) value = roundDecimalToSingle(decimal, wide, value)
  if (!Number.isFinite(value)) return OUT_OF_RANGE
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

/** An f64 literal; the result is its bits. */
export function parseF64(text: string): bigint | string {
  const special = parseSpecial(text, DOUBLE)
  if (special !== undefined) return special
  if (!decimalPattern.test(text)) return parseHexFloat(text, DOUBLE)
  const value = Number(plain(text))
  if (!Number.isFinite(value)) return OUT_OF_RANGE
  scratch.setFloat64(0, value)
  return scratch.getBigUint64(0)
}

/** `inf`, `nan` and `nan:0x...`; undefined for anything else. */
function parseSpecial(text: string, format: FloatFormat): bigint | string | undefined {
  const word = isSigned(text) ? text.slice(1) : text
  if (!word.startsWith('inf') && !word.startsWith('nan')) return undefined
  const exponent = BigInt(2 * format.bias + 1) << BigInt(format.fraction)
  const signed = withSign(text, exponent, format)
  if (word === 'inf') return signed
  if (word === 'nan') return signed | (1n << BigInt(format.fraction - 1))
  const payload = nanPattern.exec(text)
  if (payload === null) return NOT_FLOAT
  const bits = BigInt(plain(payload[1]))
  if (bits === 0n || bits >> BigInt(format.fraction) !== 0n) return OUT_OF_RANGE
  return signed | bits
}

function withSign(text: string, bits: bigint, format: FloatFormat): bigint {
  const signBit = format === SINGLE ? 31n : 63n
  return text.startsWith('-') ? bits | (1n << signBit) : bits
}

function parseHexFloat(text: string, format: FloatFormat): bigint | string {
  const match = hexPattern.exec(text)
  if (match === null) return NOT_FLOAT
  const fraction = plain(match[2] ?? '')
  const digits = BigInt(`0x${plain(match[1])}${fraction}`)
  const exponent = Number(plain(match[3] ?? '0')) - 4 * fraction.length
  const bits = roundBinary(digits, exponent, format)
  return bits === undefined ? OUT_OF_RANGE : withSign(text, bits, format)
}

/** `digits * 2^exponent` rounded to nearest, ties to even: the bits without sign, undefined when that is infinite. */
function roundBinary(digits: bigint, exponent: number, format: FloatFormat): bigint | undefined {
  if (digits === 0n) return 0n
  const length = digits.toString(16).length * 4 - Math.clz32(Number.parseInt(digits.toString(16)[0], 16)) + 28
  // Exponent of the leading bit; below the normal range the precision shrinks instead.
  const leading = exponent + length - 1
  if (leading > format.bias) return undefined
  if (leading < -format.bias - format.fraction - 1) return 0n
  const lowest = Math.max(leading, 1 - format.bias) - format.fraction
  const drop = BigInt(lowest - exponent)
  let significand = digits
  if (drop <= 0n) {
    significand <<= -drop
  } else {
    const rest = BigInt.asUintN(Number(drop), digits)
    const half = 1n << (drop - 1n)
    significand >>= drop
    if (rest > half || (rest === half && (significand & 1n) === 1n)) significand++
  }
  // The hidden bit carries into the exponent field, also when rounding reached the next power of two.
  const biased = BigInt(lowest + format.fraction + format.bias - 1)
  const bits = (biased << BigInt(format.fraction)) + significand
  return bits >= BigInt(2 * format.bias + 1) << BigInt(format.fraction) ? undefined : bits
}

/** Fraction bits of an f64 that an f32 of full precision has no room for. */
const EXTRA_BITS = 29

/** Corrects `value`, the f32 nearest to the f64 `wide`, to the f32 nearest to the literal that `wide` was made from. */
function roundDecimalToSingle(literal: RegExpExecArray, wide: number, value: number): number {
  scratch.setFloat64(0, wide)
  const bits = scratch.getBigUint64(0)
  const exponent = (Number(bits >> 52n) & 0x7ff) - 1023
  if (exponent > 127 || exponent < -150) return value
  const drop = EXTRA_BITS + Math.max(0, -126 - exponent)
  const significand = (bits & ((1n << 52n) - 1n)) | (1n << 52n)
  if (BigInt.asUintN(drop, significand) !== 1n << BigInt(drop - 1)) return value
  const order = compareDecimal(literal, significand, exponent - 52)
  if (order === 0) return value
  // `wide` is half way: the neighbours are found by moving it off the middle, to the side of the literal.
  scratch.setBigUint64(0, order > 0 ? bits + 1n : bits - 1n)
  return Math.fround(scratch.getFloat64(0))
}

/** Sign of |literal| - significand * 2^exponent. */
function compareDecimal(literal: RegExpExecArray, significand: bigint, exponent: number): number {
  const fraction = plain(literal[2] ?? '')
  let left = BigInt(plain(literal[1]) + fraction)
  const power = Number(plain(literal[3] ?? '0')) - fraction.length
  let right = significand
  if (power >= 0) left *= 10n ** BigInt(power)
  else right *= 10n ** BigInt(-power)
  if (exponent >= 0) right <<= BigInt(exponent)
  else left <<= BigInt(-exponent)
  return left === right ? 0 : left > right ? 1 : -1
}
