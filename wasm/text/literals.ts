/**
 * Numbers and strings to text: the inverse of `numbers.ts` and of the lexer's strings. Everything reads back to the
 * same bits.
 */
import { parseF32 } from './numbers.js'

const scratch = new DataView(new ArrayBuffer(8))

/** Decimal digits that name every f32 apart. */
const SINGLE_DIGITS = 9
/** Fewer digits are not tried: most values that have a short name have a very short one, which the first try finds. */
const SINGLE_DIGITS_TRIED_FIRST = 6

/** An f32 by its bits, in a short decimal that reads back. */
export function f32Text(bits: number): string {
  if ((bits & 0x7f800000) === 0x7f800000) {
    return specialText(bits >>> 31 !== 0, BigInt(bits & 0x7fffff), 0x400000n)
  }
  scratch.setInt32(0, bits)
  const value = scratch.getFloat32(0)
  let text = decimal(value)
  for (let digits = SINGLE_DIGITS_TRIED_FIRST; digits <= SINGLE_DIGITS; digits++) {
    const short = decimal(Number(value.toPrecision(digits)))
    if (parseF32(short) === bits >>> 0) {
      text = short
      break
    }
  }
  return Object.is(value, -0) ? '-0' : text
}

/** An f64 by the two halves of its bits, in the shortest decimal that reads back. */
export function f64Text(lo: number, hi: number): string {
  if ((hi & 0x7ff00000) === 0x7ff00000) {
    const payload = (BigInt(hi & 0xfffff) << 32n) | BigInt(lo >>> 0)
    return specialText(hi >>> 31 !== 0, payload, 1n << 51n)
  }
  scratch.setInt32(0, hi)
  scratch.setInt32(4, lo)
  const value = scratch.getFloat64(0)
  return Object.is(value, -0) ? '-0' : decimal(value)
}

/** JavaScript's shortest form is a literal of the text format. */
const decimal = (value: number): string => String(value)

function specialText(negative: boolean, payload: bigint, canonical: bigint): string {
  const sign = negative ? '-' : ''
  if (payload === 0n) return `${sign}inf`
  return payload === canonical ? `${sign}nan` : `${sign}nan:0x${payload.toString(16)}`
}

/** An i64 by its halves. */
export function i64Text(lo: number, hi: number): string {
  // Most constants fit in 32 bits: they are spared the detour.
  if (hi === lo >> 31) return String(lo)
  return ((BigInt(hi) << 32n) | BigInt(lo >>> 0)).toString()
}

const escapes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x22) return '\\"'
  if (byte === 0x5c) return '\\\\'
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return `\\${byte.toString(16).padStart(2, '0')}`
})

/** Bytes joined into a string at once; keeps the pieces that the engine concatenates few and short. */
const CHUNK = 4096

/** A string literal for any bytes. */
export function bytesText(bytes: Uint8Array): string {
  const chunks: string[] = ['"']
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, bytes.length)
    let chunk = ''
    for (let i = start; i < end; i++) chunk += escapes[bytes[i]]
    chunks.push(chunk)
  }
  chunks.push('"')
  return chunks.join('')
}

/**
 * Characters that a name may not show as they are: quote, backslash, and everything invisible or able to change how
 * the text around it reads (controls, separators other than the space, bidirectional marks).
 */
const hidden = /["\\]|(?! )[\p{C}\p{Z}]/gu

/** A string literal for a name: visible characters as they are, the others by code point. */
export function nameText(name: string): string {
  const escaped = name.replace(hidden, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`
    return `\\u{${char.codePointAt(0)!.toString(16)}}`
  })
  return `"${escaped}"`
}

const plainId = /^[!#-'*+\-./0-9:<-Z\\^-z|~]+$/

/** An identifier for a name, in the string form when it needs it. */
export function idText(name: string): string {
  return plainId.test(name) ? `$${name}` : `$${nameText(name)}`
}
