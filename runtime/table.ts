/** Tables of references. */
import { ExternKind, type TableType } from '../wasm/types.js'
import type { Store } from './store.js'

export class Table {
  readonly kind = ExternKind.Table
  readonly store: Store
  readonly type: TableType

  /**
   * @param init value of every element: null or an exported function's object for funcref, any value for externref
   * @throws RangeError when the size is over the limit, TypeError when `init` does not fit
   */
  constructor(store: Store, type: TableType, init: unknown = null) {
    this.store = store
    this.type = type
    void init
  }

  get length(): number {
    throw new Error('not yet')
  }

  /** @throws RangeError when out of bounds */
  get(index: number): unknown {
    void index
    throw new Error('not yet')
  }

  /** @throws RangeError when out of bounds, TypeError when the value does not fit */
  set(index: number, value: unknown): void {
    void index
    void value
    throw new Error('not yet')
  }

  /** Returns the length before, or -1 when the table cannot grow so far. @throws TypeError when the value does not fit */
  grow(delta: number, value: unknown): number {
    void delta
    void value
    throw new Error('not yet')
  }
}
