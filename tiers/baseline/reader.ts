/**
 * Immediates of a validated body (specification section 5.2.2). Nothing is checked: the validator has been there.
 */
import type { State } from './state.js'

/** u32, as the int32 of the same bits: only offsets of memory accesses reach the upper half of the range. */
export function readU32(s: State): number {
  const b = s.bytes[s.pos++]
  return b < 0x80 ? b : readU32Rest(s, b & 0x7f)
}

function readU32Rest(s: State, low: number): number {
  let value = low
  let shift = 7
  let b = 0
  do {
    b = s.bytes[s.pos++]
    value |= (b & 0x7f) << shift
    shift += 7
  } while (b >= 0x80)
  return value
}

/** s32, and s33 of block types (which fit: type indices are small). */
export function readS32(s: State): number {
  let b = s.bytes[s.pos++]
  if (b < 0x80) return (b << 25) >> 25
  let value = b & 0x7f
  let shift = 7
  do {
    b = s.bytes[s.pos++]
    value |= (b & 0x7f) << shift
    shift += 7
  } while (b >= 0x80)
  return shift < 32 ? (value << (32 - shift)) >> (32 - shift) : value
}

/** High half of the last number that `readS64` read. */
export let highHalf = 0

/** s64: returns the low half, leaves the high one in `highHalf`. */
export function readS64(s: State): number {
  let lo = 0
  let hi = 0
  let shift = 0
  let b = 0
  do {
    b = s.bytes[s.pos++]
    const bits = b & 0x7f
    if (shift < 28) lo |= bits << shift
    else if (shift === 28) {
      lo |= bits << 28
      hi = bits >> 4
    } else hi |= bits << (shift - 32)
    shift += 7
  } while (b >= 0x80)
  if (shift < 64 && (b & 0x40) !== 0) {
    if (shift < 32) {
      lo |= -1 << shift
      hi = -1
    } else {
      hi |= -1 << (shift - 32)
    }
  }
  highHalf = hi
  return lo
}

/** Four bytes, little endian. */
export function readWord(s: State): number {
  const b = s.bytes
  const p = s.pos
  s.pos = p + 4
  return b[p] | (b[p + 1] << 8) | (b[p + 2] << 16) | (b[p + 3] << 24)
}
