/**
 * A growable byte buffer with the number formats of the binary format (specification section 5.2).
 *
 * The assembler fills one for each section and concatenates them at the end, so that a section's count and size are
 * known before they are written and nothing is patched. Every LEB128 is minimal, as in wasm-tools.
 */
export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>
  length = 0

  constructor(capacity = 64) {
    this.buffer = new Uint8Array(capacity)
  }

  private reserve(extra: number): void {
    const needed = this.length + extra
    if (needed <= this.buffer.length) return
    const next = new Uint8Array(Math.max(needed, this.buffer.length * 2))
    next.set(this.buffer.subarray(0, this.length))
    this.buffer = next
  }

  /** Forgets the contents and keeps the storage. */
  clear(): void {
    this.length = 0
  }

  /** The bytes written so far; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length)
  }

  /** A copy of the bytes written so far. */
  take(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length)
  }

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.length++] = value
  }

  bytes(values: Uint8Array): void {
    this.reserve(values.length)
    this.buffer.set(values, this.length)
    this.length += values.length
  }

  /** A 32-bit word, little endian. */
  word(value: number): void {
    this.reserve(4)
    this.buffer[this.length++] = value
    this.buffer[this.length++] = value >>> 8
    this.buffer[this.length++] = value >>> 16
    this.buffer[this.length++] = value >>> 24
  }

  /** Unsigned LEB128 of a value below 2^32. */
  u32(value: number): void {
    this.reserve(5)
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.length++] = rest
  }

  /** Signed LEB128 of an int32. */
  s32(value: number): void {
    this.reserve(5)
    let rest = value | 0
    while (rest < -0x40 || rest > 0x3f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80
      rest >>= 7
    }
    this.buffer[this.length++] = rest & 0x7f
  }

  /** Signed LEB128 of a 33-bit value: block types and heap types, whose indices are not negative. */
  s33(value: number): void {
    if (value <= 0x7fffffff) {
      this.s32(value)
      return
    }
    this.s64(BigInt(value))
  }

  /** Signed LEB128 of a value within 64 bits. */
  s64(value: bigint): void {
    this.reserve(10)
    let rest = BigInt.asIntN(64, value)
    while (rest < -0x40n || rest > 0x3fn) {
      this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.buffer[this.length++] = Number(rest & 0x7fn)
  }

  /** A vector of bytes: length, then contents. */
  vector(values: Uint8Array): void {
    this.u32(values.length)
    this.bytes(values)
  }
}
