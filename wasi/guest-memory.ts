/**
 * The guest's linear memory as the host calls see it: bounds-checked, little-endian, without allocation as long as the
 * memory does not grow. A pointer and length of the guest are two unsigned 32-bit numbers; whatever they are, an access
 * here stays in the memory or throws EFAULT.
 */
import { decodeUtf8 } from '../wasm/reader.js'
import { Errno, WasiError } from './errno.js'

/** What a memory must offer: a view of its bytes that is the same object until the memory grows. */
export interface MemorySource {
  bytes(): Uint8Array
}

const TWO_32 = 0x1_0000_0000

export class GuestMemory {
  bytes: Uint8Array = new Uint8Array(0)
  private view: DataView = new DataView(new ArrayBuffer(0))
  private source: MemorySource | undefined

  attach(source: MemorySource): void {
    this.source = source
  }

  /** To be called at the start of every host call: the memory may have grown or been attached since. */
  refresh(): void {
    if (this.source === undefined) return
    const bytes = this.source.bytes()
    if (bytes === this.bytes) return
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @throws WasiError EFAULT unless `[pointer, pointer + length)` lies in the memory */
  check(pointer: number, length: number): void {
    if (pointer + length > this.bytes.length) throw new WasiError(Errno.FAULT)
  }

  u8(at: number): number {
    this.check(at, 1)
    return this.bytes[at]
  }

  u16(at: number): number {
    this.check(at, 2)
    return this.view.getUint16(at, true)
  }

  u32(at: number): number {
    this.check(at, 4)
    return this.view.getUint32(at, true)
  }

  /** As a double: exact below 2^53, which covers every offset and size; times lose less than a microsecond. */
  u64(at: number): number {
    this.check(at, 8)
    return this.view.getUint32(at + 4, true) * TWO_32 + this.view.getUint32(at, true)
  }

  setU8(at: number, value: number): void {
    this.check(at, 1)
    this.bytes[at] = value
  }

  setU16(at: number, value: number): void {
    this.check(at, 2)
    this.view.setUint16(at, value, true)
  }

  setU32(at: number, value: number): void {
    this.check(at, 4)
    this.view.setUint32(at, value, true)
  }

  /** `value` is a whole number from 0 up to 2^53. */
  setU64(at: number, value: number): void {
    this.check(at, 8)
    this.view.setUint32(at, value >>> 0, true)
    this.view.setUint32(at + 4, Math.floor(value / TWO_32), true)
  }

  setU64Halves(at: number, lo: number, hi: number): void {
    this.check(at, 8)
    this.view.setUint32(at, lo, true)
    this.view.setUint32(at + 4, hi, true)
  }

  /** The low 64 bits of `value`. */
  setBigU64(at: number, value: bigint): void {
    this.check(at, 8)
    this.view.setBigUint64(at, value, true)
  }

  setBytes(at: number, value: Uint8Array): void {
    this.check(at, value.length)
    this.bytes.set(value, at)
  }

  fill(at: number, length: number, value: number): void {
    this.check(at, length)
    this.bytes.fill(value, at, at + length)
  }

  /**
   * A string of the guest, which is a path or a name.
   * @throws WasiError EILSEQ for a NUL byte or ill-formed UTF-8
   */
  string(at: number, length: number): string {
    this.check(at, length)
    try {
      const text = decodeUtf8(this.bytes, at, at + length)
      if (!text.includes('\0')) return text
    } catch {
      // Not well-formed.
    }
    throw new WasiError(Errno.ILSEQ)
  }
}
