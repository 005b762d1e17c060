/** A memory in a core dump: its size, and the pieces of it that are not zero. */

interface Segment {
  readonly offset: number
  /** Where its bytes are in the dump. */
  readonly start: number
  readonly end: number
}

const PAGE = 65536
/** Matches that a search gives at most. */
const MAX_MATCHES = 1000

export class CoreMemory {
  readonly pages: number
  private readonly bytes: Uint8Array
  private readonly segments: Segment[] = []
  /** Segments are in the order of their offsets and do not overlap, as engines write them. */
  private isOrdered = true

  constructor(bytes: Uint8Array, pages: number) {
    this.bytes = bytes
    this.pages = pages
  }

  get size(): number {
    return this.pages * PAGE
  }

  /** Bytes of the dump that hold contents. */
  get storedBytes(): number {
    return this.segments.reduce((sum, { start, end }) => sum + end - start, 0)
  }

  /** @internal */
  addSegment(offset: number, start: number, end: number): void {
    const last = this.segments.at(-1)
    if (last !== undefined && offset < last.offset + last.end - last.start) this.isOrdered = false
    this.segments.push({ offset, start, end })
  }

  /** The bytes `[address, address + length)`, cut at the memory's end. What no segment has is zero. */
  read(address: number, length: number): Uint8Array {
    const out = new Uint8Array(Math.max(0, Math.min(length, this.size - address)))
    const end = address + out.length
    for (let i = this.isOrdered ? this.firstAfter(address) : 0; i < this.segments.length; i++) {
      const segment = this.segments[i]
      if (this.isOrdered && segment.offset >= end) break
      const from = Math.max(address, segment.offset)
      const to = Math.min(end, segment.offset + segment.end - segment.start)
      if (from < to) {
        const start = segment.start + from - segment.offset
        out.set(this.bytes.subarray(start, start + to - from), from - address)
      }
    }
    return out
  }

  /** Addresses at which a pattern stands inside one stored piece, at most `MAX_MATCHES`. */
  find(pattern: Uint8Array): number[] {
    const found: number[] = []
    if (pattern.length === 0) return found
    for (const { offset, start, end } of this.segments) {
      const piece = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, end - start)
      for (let at = piece.indexOf(pattern); at >= 0; at = piece.indexOf(pattern, at + 1)) {
        found.push(offset + at)
        if (found.length === MAX_MATCHES) return found
      }
    }
    return found
  }

  /** The first segment that may reach beyond an address. */
  private firstAfter(address: number): number {
    const { segments } = this
    let low = 0
    let high = segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const { offset, start, end } = segments[middle]
      if (offset + end - start <= address) low = middle + 1
      else high = middle
    }
    return low
  }
}
