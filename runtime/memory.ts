/** Linear memories. */
import { ExternKind, type MemoryType } from '../wasm/types.js'
import type { Store } from './store.js'

export class Memory {
  readonly kind = ExternKind.Memory
  readonly store: Store
  readonly type: MemoryType

  /** @throws RangeError when there is no memory or address space, or the minimum is over the engine's limit */
  constructor(store: Store, limits: { readonly min: number; readonly max?: number }) {
    this.store = store
    this.type = { min: limits.min, max: limits.max ?? -1, shared: false, index64: false }
  }

  /** Current size in pages of 64 KiB. */
  get pages(): number {
    throw new Error('not yet')
  }

  /** The JS API's `buffer`: one object until the memory grows, detached then. */
  get buffer(): ArrayBuffer {
    throw new Error('not yet')
  }

  /** All bytes; one cached view of `buffer` until the memory grows. Ask again after guest code ran. */
  bytes(): Uint8Array {
    throw new Error('not yet')
  }

  /** Grows by `delta` pages; returns the size before in pages, or -1 when that is not possible. */
  grow(delta: number): number {
    void delta
    throw new Error('not yet')
  }
}
