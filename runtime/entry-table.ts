/**
 * Where the functions of a module are reached: for each an entry slot, which holds the address of its code, and a jump to that code (jumps.ts), through
 * which all calls go. Both are 8 bytes, stored in one step each once somebody may call the function.
 */
import type { CodeChunk } from './arena.js'
import { addressBits } from './context.js'
import { JUMP_LENGTH, JUMP_SIZE, jumpEntry, jumpHigh, jumpLow } from './jumps.js'
import { LAZY_RUN, LAZY_STUB_SIZE } from './lazy-stubs.js'

export class EntryTable {
  /** Address of the entry slot of defined function 0. */
  readonly entries: number
  /** Address of the jump of defined function 0. */
  readonly jumps: number
  private readonly slots: Float64Array
  private readonly table: Float64Array
  private readonly count: number

  /** @param slots the chunk that begins with the slots */
  constructor(slots: CodeChunk, jumps: CodeChunk, count: number) {
    this.entries = slots.exec
    this.jumps = jumps.exec
    this.slots = slots.f64
    this.table = jumps.f64
    this.count = count
  }

  /** The fixed address of a function: its jump. */
  jump(defined: number): number {
    return this.jumps + defined * JUMP_SIZE
  }

  /** Lets callers of a function reach code. */
  store(defined: number, address: number): void {
    this.slots[defined] = addressBits(address)
    this.table[defined] = addressBits(jumpEntry(address - (this.jump(defined) + JUMP_LENGTH)))
  }

  /** The same for functions from `first` on that nobody can have called yet, with the addresses of `count` versions from `version` on. */
  storeFirst(first: number, starts: Float64Array, version: number, count: number): void {
    const { entries, jumps } = this.words()
    for (let i = 0, at = 2 * first; i < count; i++, at += 2) {
      const start = starts[version + i]
      const distance = start - (this.jump(first + i) + JUMP_LENGTH)
      entries[at] = start
      entries[at + 1] = start / 2 ** 32
      jumps[at] = jumpLow(distance)
      jumps[at + 1] = jumpHigh(distance)
    }
  }

  /**
   * Has all functions lead to their lazy stubs, which stand one behind the other in runs.
   * @param lazyStub address of the stub of a function
   */
  leadToLazyStubs(lazyStub: (defined: number) => number): void {
    for (let first = 0; first < this.count; first += LAZY_RUN) {
      const end = Math.min(first + LAZY_RUN, this.count)
      const stub = lazyStub(first)
      const high = Math.floor(stub / 2 ** 32)
      if (Math.floor((stub + (end - first) * LAZY_STUB_SIZE) / 2 ** 32) === high) this.storeRun(first, end, stub, high)
      else for (let i = first; i < end; i++) this.store(i, lazyStub(i))
    }
  }

  /** As words, and integers only, since in a fresh process this runs before V8 has optimized anything. */
  private storeRun(first: number, end: number, stub: number, high: number): void {
    const { entries, jumps } = this.words()
    let low = stub | 0
    let distance = stub - (this.jump(first) + JUMP_LENGTH)
    for (let at = 2 * first; at < 2 * end; at += 2) {
      entries[at] = low
      entries[at + 1] = high
      jumps[at] = jumpLow(distance)
      jumps[at + 1] = jumpHigh(distance)
      low += LAZY_STUB_SIZE
      distance += LAZY_STUB_SIZE - JUMP_SIZE
    }
  }

  private words(): { readonly entries: Int32Array; readonly jumps: Int32Array } {
    const of = ({ buffer, byteOffset }: Float64Array): Int32Array => new Int32Array(buffer, byteOffset, 2 * this.count)
    return { entries: of(this.slots), jumps: of(this.table) }
  }
}
