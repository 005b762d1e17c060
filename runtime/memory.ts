/**
 * Linear memories.
 *
 * A memory is a reservation of address space of which the first `pages` are accessible; it grows in place, so its base
 * never moves. With guard pages as bounds check the reservation is larger than any 32-bit index plus 32-bit offset
 * reaches, so every stray access faults. With explicit checks it is as large as the memory may become, or as much of
 * that as the system gives.
 */
import { MemoryRecord, SLACK_PAGES } from '../tiers/abi.js'
import { ExternKind, type MemoryType } from '../wasm/types.js'
import { addon, reserveShrinking } from './context.js'
import { allocate, release, storeAddress } from './data.js'
import { Owners, withReclaim } from './owners.js'
import type { Store } from './store.js'

export const PAGE_BYTES = 65536
/** What 32 bits address. No memory grows to so many, as the specification allows: optimized code relies on it (tiers/abi.ts). */
const MAX_PAGES = 65536
/** Index and offset below 2^32 each, an access of up to 16 bytes behind; rounded up to a page. */
const GUARDED_BYTES = 2 ** 33 + PAGE_BYTES
/** Reserved besides, so that a reservation still guards a memory when it has lost its first bytes to buffers some times. */
const SPARE_BYTES = 1 << 26
const GUARDED_RESERVATION = GUARDED_BYTES + SPARE_BYTES

interface Reservation {
  readonly base: number
  readonly bytes: number
}

/** Reservations of guarded memories kept for reuse: mapping and unmapping 8 GiB costs more than clearing a few pages. */
const pool: Reservation[] = []
const MAX_POOLED = 64
/**
 * So many where buffers took the first bytes: the address space that is given back is cut to pieces by what stays, none of
 * them large enough for a memory. A sixth of the address space, and enough to be worth collecting garbage for (MANY_MEMORIES).
 */
const MAX_POOLED_RESTS = 2500

/**
 * Where a script can move the contents of any ArrayBuffer to another one, its pages have to outlive the memory, and until
 * the turn of the event loop ends nobody knows whether they must. Elsewhere (Node 20) Node refuses to transfer buffers of an addon.
 */
const buffersCanMove = 'transfer' in ArrayBuffer.prototype

interface Mapping {
  readonly base: number
  readonly reserved: number
  readonly record: number
  committed: number
}

const owners = new Owners<Mapping>(({ base, reserved, committed, record }) => {
  release(record, MemoryRecord.size)
  // What a script may still see cannot be used again.
  const rest = addon.leaveLent(base)
  const lent = rest - base
  const bytes = reserved - lent
  if (bytes >= GUARDED_BYTES && pool.length < (lent > 0 ? MAX_POOLED_RESTS : MAX_POOLED)) {
    if (committed > lent) addon.decommit(rest, committed - lent)
    pool.push({ base: rest, bytes })
  } else if (bytes > 0) {
    addon.release(rest, bytes)
  }
})

/** Buffers keep their memory: its pages must not go while JavaScript can read them. */
const memoryOfBuffer = new WeakMap<ArrayBuffer, Memory>()

/** True when this process may have address space for a memory without explicit bounds checks. */
export function canGuard(): boolean {
  if (pool.length > 0) return true
  try {
    // The first memory will want it.
    pool.push({ base: addon.reserve(GUARDED_RESERVATION), bytes: GUARDED_RESERVATION })
    return true
  } catch {
    return false
  }
}

export class Memory {
  readonly kind = ExternKind.Memory
  readonly store: Store
  /** As declared; the current size is `pages`. */
  readonly type: MemoryType
  /** @internal Address of the memory's record. */
  readonly record: number
  private readonly mapping: Mapping
  private readonly maxPages: number
  private currentPages: number
  private currentBuffer: ArrayBuffer | undefined
  private currentBytes: Uint8Array | undefined

  /**
   * @param limits in pages
   * @throws RangeError when there is no memory or address space, or the minimum is over the engine's limit
   */
  constructor(store: Store, limits: { readonly min: number; readonly max?: number }) {
    const { min } = limits
    const max = limits.max ?? -1
    this.store = store
    this.type = { min, max, shared: false, index64: false }
    const { options } = store.engine
    const limit = min > SLACK_PAGES ? MAX_PAGES : SLACK_PAGES
    const most = Math.min(max < 0 ? limit : max, limit, Math.floor(options.maxMemoryBytes / PAGE_BYTES))
    if (min > most) throw new RangeError('could not allocate memory')
    this.mapping = withReclaim(() => this.map(store.engine.bounds === 'guard', most, min))
    this.maxPages = Math.min(most, Math.floor(this.mapping.reserved / PAGE_BYTES))
    this.record = this.mapping.record
    this.currentPages = min
    storeAddress(this.record + MemoryRecord.base, this.mapping.base)
    storeAddress(this.record + MemoryRecord.bytes, min * PAGE_BYTES)
    owners.add(this, this.mapping)
  }

  /** @internal Address of byte 0. */
  get base(): number {
    return this.mapping.base
  }

  /** Current size in pages of 64 KiB. */
  get pages(): number {
    return this.currentPages
  }

  /** The JS API's `buffer`: one object until the memory grows, detached then (or by a script, which gets a new one). */
  get buffer(): ArrayBuffer {
    const bytes = this.currentPages * PAGE_BYTES
    if (this.currentBuffer?.byteLength !== bytes) {
      const { base } = this.mapping
      this.currentBuffer = buffersCanMove ? addon.lend(base, bytes) : addon.view(base, bytes, true)
      memoryOfBuffer.set(this.currentBuffer, this)
    }
    return this.currentBuffer
  }

  /** All bytes; one cached view of `buffer` until the memory grows. Ask again after guest code ran. */
  bytes(): Uint8Array {
    if (this.currentBytes?.length !== this.currentPages * PAGE_BYTES) this.currentBytes = new Uint8Array(this.buffer)
    return this.currentBytes
  }

  /** Grows by `delta` pages (detaching `buffer`, also by 0); returns the size before, or -1 when that is not possible. */
  grow(delta: number): number {
    const old = this.currentPages
    const pages = old + delta
    if (pages > this.maxPages) return -1
    const bytes = pages * PAGE_BYTES
    if (bytes > this.mapping.committed) {
      try {
        addon.commit(this.mapping.base, bytes)
      } catch {
        return -1
      }
      this.mapping.committed = bytes
    }
    this.currentPages = pages
    storeAddress(this.record + MemoryRecord.bytes, bytes)
    if (this.currentBuffer !== undefined) addon.detach(this.currentBuffer)
    this.currentBuffer = undefined
    this.currentBytes = undefined
    const { events } = this.store.engine
    if (events.wants('memoryGrow')) {
      events.emit('memoryGrow', { memory: this, from: old, to: pages, time: performance.now() })
    }
    return old
  }

  private map(guarded: boolean, most: number, min: number): Mapping {
    const committed = min * PAGE_BYTES
    const pooled = guarded ? pool.pop() : undefined
    let base = pooled?.base
    let reserved = pooled?.bytes ?? GUARDED_RESERVATION
    try {
      if (base === undefined && guarded) {
        base = addon.reserve(reserved)
      } else if (base === undefined) {
        const found = reserveShrinking(Math.max(most, 1) * PAGE_BYTES, Math.max(committed, PAGE_BYTES))
        base = found.address
        reserved = found.bytes
      }
      if (committed > 0) addon.commit(base, committed)
    } catch (error) {
      if (base !== undefined) addon.release(base, reserved)
      throw new RangeError('could not allocate memory', { cause: error })
    }
    return { base, reserved, record: allocate(MemoryRecord.size), committed }
  }
}
