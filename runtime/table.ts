/**
 * Tables of references.
 *
 * Compiled code reads entries through a fixed address, so the storage never moves: a small table that cannot grow far
 * is a block of the data memory, any other a reservation that is committed as it grows. An entry of a funcref table is
 * a copy of the function's record (code, context, type id) with the reference itself behind; all zero is null.
 */
import { FuncrefRecord, TableEntry, TableRecord } from '../tiers/abi.js'
import { ExternKind, FUNCREF, type TableType } from '../wasm/types.js'
import { addon, addressBits, bitsAddress } from './context.js'
import { allocate, release, windowOf } from './data.js'
import { Group } from './group.js'
import { addHandleRoot, markWords } from './handles.js'
import { Owners, withReclaim } from './owners.js'
import { refFromJs, refToJs } from './refs.js'
import type { Store } from './store.js'

/** Up to here a table with a maximum lies in the data memory. */
const SMALL_BYTES = 16 << 10
/** A reservation is committed in steps of at least this: a table is often grown by one. */
const COMMIT_STEP = 64 << 10

/** Reservations kept for reuse, by size: most tables have no maximum and so the same. */
const MAX_POOLED = 64
/** A pooled reservation stays committed up to here, for the next table to start with. */
const MAX_POOLED_BYTES = 1 << 20
const pool = new Map<number, Storage[]>()

interface Storage {
  readonly base: number
  readonly bytes: number
  readonly reserved: boolean
  /** Bytes that are accessible, and a view of them; a view of the block's window when it is not a reservation. */
  committed: number
  words: Uint32Array
}

const owners = new Owners<Storage>((storage) => {
  const { base, bytes, reserved, committed, words } = storage
  if (!reserved) {
    release(base, bytes)
    return
  }
  const pooled = pool.get(bytes) ?? []
  if (committed > MAX_POOLED_BYTES || pooled.length >= MAX_POOLED) {
    addon.release(base, bytes)
    return
  }
  words.fill(0)
  pooled.push(storage)
  pool.set(bytes, pooled)
})

/** Address space for a table that may take `bytes`, all zero. @throws RangeError */
function provideStorage(bytes: number): Storage {
  if (bytes <= SMALL_BYTES) {
    const base = allocate(bytes)
    return { base, bytes, reserved: false, committed: bytes, words: windowOf(base).u32 }
  }
  const rounded = Math.ceil(bytes / addon.pageSize) * addon.pageSize
  const pooled = pool.get(rounded)?.pop()
  if (pooled !== undefined) return pooled
  const base = withReclaim(() => addon.reserve(rounded))
  return { base, bytes: rounded, reserved: true, committed: 0, words: new Uint32Array(0) }
}

export class Table {
  readonly kind = ExternKind.Table
  readonly store: Store
  /** As declared; the current size is `length`. */
  readonly type: TableType
  /** @internal */
  readonly group: Group
  private readonly storage: Storage
  private readonly limit: number
  private readonly entryWords: number
  /** Index of entry 0 in the storage's words. */
  private readonly first: number

  /**
   * @param init value of every element: null or an exported function's object for funcref, any value for externref
   * @throws RangeError when the size is over the limit, TypeError when `init` does not fit
   */
  constructor(store: Store, type: TableType, init: unknown) {
    this.store = store
    this.type = type
    this.group = new Group()
    const bits = refFromJs(this.group, type.element, init)
    const limit = store.engine.options.maxTableElements
    this.limit = type.max < 0 ? limit : Math.min(type.max, limit)
    if (type.min > this.limit) throw new RangeError(`a table of ${type.min} elements is over the limit of ${limit}`)
    this.entryWords = type.element === FUNCREF ? TableEntry.size / 4 : 2
    const bytes = TableRecord.headerSize + this.limit * this.entryWords * 4
    this.storage = provideStorage(bytes)
    const { base, reserved } = this.storage
    const start = reserved ? base : windowOf(base).base
    this.first = (base - start + TableRecord.headerSize) / 4
    if (reserved) this.commit(TableRecord.headerSize + type.min * this.entryWords * 4)
    owners.add(this, this.storage)
    this.group.addMember(this)
    this.setLength(type.min)
    if (bits !== 0) this.fillBits(0, bits, type.min)
    if (type.element !== FUNCREF) addHandleRoot(this)
  }

  /** @internal Address of entry 0. */
  get address(): number {
    return this.storage.base + TableRecord.headerSize
  }

  get length(): number {
    return this.words[this.first + TableRecord.length / 4]
  }

  /** @throws RangeError when out of bounds */
  get(index: number): unknown {
    this.check(index)
    return refToJs(this.group, this.type.element, this.getBits(index))
  }

  /** @throws RangeError when out of bounds, TypeError when the value does not fit */
  set(index: number, value: unknown): void {
    this.check(index)
    this.setBits(index, refFromJs(this.group, this.type.element, value))
  }

  /** Returns the length before, or -1 when the table cannot grow so far. @throws TypeError when the value does not fit */
  grow(delta: number, value: unknown): number {
    return this.growBits(delta, refFromJs(this.group, this.type.element, value))
  }

  /** @internal The reference at an index below `length`, as bits. */
  getBits(index: number): number {
    const at = this.first + index * this.entryWords
    const offset = this.type.element === FUNCREF ? TableEntry.funcref / 4 : 0
    return addressBits(this.words[at + offset] + this.words[at + offset + 1] * 2 ** 32)
  }

  /** @internal */
  setBits(index: number, bits: number): void {
    this.fillBits(index, bits, 1)
  }

  /** @internal Writes `count` elements from `start` on; the caller has checked the bounds. */
  fillBits(start: number, bits: number, count: number): void {
    if (count === 0) return
    const { words, entryWords } = this
    const at = this.first + start * entryWords
    const reference = bitsAddress(bits)
    if (this.type.element === FUNCREF && bits !== 0) {
      const window = windowOf(reference)
      const record = (reference - window.base) / 4
      words[at] = window.u32[record]
      words[at + 1] = window.u32[record + 1]
      words[at + 2] = window.u32[record + 2]
      words[at + 3] = window.u32[record + 3]
      words[at + 4] = window.u32[record + FuncrefRecord.sig / 4]
      words[at + 6] = reference
      words[at + 7] = reference / 2 ** 32
    } else {
      for (let k = 0; k < entryWords; k++) words[at + k] = 0
      words[at] = reference
      words[at + 1] = reference / 2 ** 32
    }
    // The filled part doubles until all is filled.
    let done = 1
    while (done < count) {
      const more = Math.min(done, count - done)
      words.copyWithin(at + done * entryWords, at, at + more * entryWords)
      done += more
    }
  }

  /** @internal Copies between tables of one element type; the caller has checked the bounds. */
  copyFrom(source: Table, to: number, from: number, count: number): void {
    const { entryWords } = this
    const at = this.first + to * entryWords
    const begin = source.first + from * entryWords
    // Both may be views of one window or one table: `set` of an overlapping range behaves like memmove.
    this.words.set(source.words.subarray(begin, begin + count * entryWords), at)
  }

  /** @internal */
  growBits(delta: number, bits: number): number {
    const old = this.length
    if (old + delta > this.limit) return -1
    if (this.storage.reserved) {
      try {
        this.commit(TableRecord.headerSize + (old + delta) * this.entryWords * 4)
      } catch {
        return -1
      }
    }
    this.setLength(old + delta)
    if (bits !== 0) this.fillBits(old, bits, delta)
    return old
  }

  /** @internal A root of handles. */
  markHandles(): void {
    markWords(this.words, this.first, this.first + this.length * this.entryWords)
  }

  private check(index: number): void {
    if (index < this.length) return
    const kind = this.type.element === FUNCREF ? 'funcref' : 'externref'
    throw new RangeError(`invalid address ${index} in ${kind} table of size ${this.length}`)
  }

  private setLength(length: number): void {
    this.words[this.first + TableRecord.length / 4] = length
  }

  private commit(bytes: number): void {
    const { storage } = this
    if (bytes <= storage.committed) return
    const step = Math.max(bytes, storage.committed * 2, COMMIT_STEP)
    const size = Math.min(storage.bytes, Math.ceil(step / addon.pageSize) * addon.pageSize)
    addon.commit(storage.base, size)
    storage.committed = size
    storage.words = new Uint32Array(addon.view(storage.base, size))
  }

  /** @internal What the table lies in, replaced when it grows. */
  get words(): Uint32Array {
    return this.storage.words
  }

  /** @internal Index of an entry's first word in `words`. */
  wordOf(index: number): number {
    return this.first + index * this.entryWords
  }
}
