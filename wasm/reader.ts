/**
 * Reads the primitive values of the binary format (specification section 5.2) outside function bodies: bytes, LEB128
 * integers, names, limits. Positions are offsets into the module, since the decoder's buffer is the module; errors
 * carry V8's wording and the offset of the byte at fault.
 *
 * Bodies are read by the validator and the tiers with code of their own: there a byte counts.
 */
import { WasmError } from './error.js'

/** Made when a name is not ASCII: making it is a noticeable part of a short run. */
let utf8: InstanceType<typeof TextDecoder> | undefined

/** Names up to this length are tried as ASCII first, which spares the decoder call that costs more than the name. */
const SHORT_NAME = 64

/**
 * Text of the UTF-8 bytes `bytes[start, end)`.
 * @throws TypeError when they are not well-formed UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_NAME) {
    let text = ''
    let at = start
    while (at < end && bytes[at] < 0x80) text += String.fromCharCode(bytes[at++])
    if (at === end) return text
  }
  // A byte order mark is no such thing here: U+FEFF is a character of a name like any other.
  utf8 ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return utf8.decode(bytes.subarray(start, end))
}

export class Reader {
  readonly bytes: Uint8Array
  pos: number
  /** One past the last byte that may be read. */
  end: number
  /** Upper half of the last 64-bit integer read. */
  hi = 0

  constructor(bytes: Uint8Array, pos: number, end: number) {
    this.bytes = bytes
    this.pos = pos
    this.end = end
  }

  fail(message: string, offset = this.pos): never {
    throw new WasmError(message, offset)
  }

  u8(): number {
    if (this.pos >= this.end) this.fail('expected 1 bytes, fell off end')
    return this.bytes[this.pos++]
  }

  /** Unsigned LEB128 of 32 bits; `what` names it in errors. */
  u32(what: string): number {
    if (this.pos < this.end) {
      const byte = this.bytes[this.pos]
      if (byte < 0x80) {
        this.pos++
        return byte
      }
    }
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.lebByte(what, shift === 28)
      if (shift === 28 && (byte & 0xf0) !== 0) this.fail('extra bits in varint', this.pos - 1)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return value >>> 0
  }

  /** Signed LEB128 of 32 bits, as an int32. */
  s32(what: string): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.lebByte(what, shift === 28)
      value |= (byte & 0x7f) << shift
      if (shift === 28) {
        const rest = byte & 0x78
        if (rest !== 0 && rest !== 0x78) this.fail('extra bits in varint', this.pos - 1)
        return value
      }
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift)
    }
  }

  /** Signed LEB128 of 64 bits: returns the lower half as an int32 and leaves the upper one in `hi`. */
  s64(what: string): number {
    let lo = 0
    let hi = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.lebByte(what, shift === 63)
      const bits = byte & 0x7f
      if (shift < 28) lo |= bits << shift
      else if (shift === 28) {
        lo |= bits << 28
        hi = bits >> 4
      } else hi |= bits << (shift - 32)
      if (shift === 63) {
        if (byte !== 0 && byte !== 0x7f) this.fail('extra bits in varint', this.pos - 1)
        break
      }
      if (byte >= 0x80) continue
      if ((byte & 0x40) !== 0) {
        const next = shift + 7
        if (next < 32) {
          lo |= -1 << next
          hi = -1
        } else if (next < 64) hi |= -1 << (next - 32)
      }
      break
    }
    this.hi = hi
    return lo
  }

  /** The next byte of a LEB128; the `last` one that the width allows must not announce another. */
  private lebByte(what: string, last: boolean): number {
    if (this.pos >= this.end) this.fail(`expected ${what}`)
    const byte = this.bytes[this.pos]
    if (last && byte >= 0x80) this.fail(`expected ${what}`)
    this.pos++
    return byte
  }

  /** Little-endian 32 bits, as an int32. */
  fixed32(what: string): number {
    if (this.end - this.pos < 4) this.fail(what)
    const { bytes, pos } = this
    this.pos += 4
    return bytes[pos] | (bytes[pos + 1] << 8) | (bytes[pos + 2] << 16) | (bytes[pos + 3] << 24)
  }

  /** Steps over `count` bytes that must be there and returns where they start. */
  skip(count: number): number {
    if (count > this.end - this.pos) this.fail(`expected ${count} bytes, fell off end`)
    const start = this.pos
    this.pos += count
    return start
  }

  /** The count of a vector; `what` names the count in errors. Nothing may be allocated by it: the bytes behind it may not exist. */
  count(what: string, limit: number): number {
    const start = this.pos
    const count = this.u32(what)
    if (count > limit) this.fail(`${what} of ${count} exceeds internal limit of ${limit}`, start)
    return count
  }

  /** A name (5.2.4): its text. */
  name(what: string): string {
    const length = this.u32(`${what} length`)
    const start = this.skip(length)
    try {
      return decodeUtf8(this.bytes, start, this.pos)
    } catch {
      return this.fail(`${what}: no valid UTF-8 string`, start)
    }
  }
}
