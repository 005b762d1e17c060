/** Globals. */
import { ExternKind, type GlobalType } from '../wasm/types.js'
import type { Store } from './store.js'

export class Global {
  readonly kind = ExternKind.Global
  readonly store: Store
  readonly type: GlobalType

  /** @throws TypeError when the value does not convert to the type */
  constructor(store: Store, type: GlobalType, value: unknown) {
    this.store = store
    this.type = type
    void value
  }

  /** The value as JavaScript sees it: i64 as BigInt, a funcref as function object or null. */
  get value(): unknown {
    throw new Error('not yet')
  }

  /** Converts as ToWebAssemblyValue does; mutability is the caller's business. @throws TypeError */
  set value(value: unknown) {
    void value
    throw new Error('not yet')
  }

  /** The 64 bits of the cell (numeric types). */
  getBits(): bigint {
    throw new Error('not yet')
  }

  setBits(bits: bigint): void {
    void bits
    throw new Error('not yet')
  }
}
