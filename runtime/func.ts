/** Functions: exported ones as JavaScript sees them, and host functions as compiled code calls them. */
import { ExternKind, type FuncType } from '../wasm/types.js'
import type { Slab } from './context.js'
import type { Store } from './store.js'

/** What a raw host function does: arguments in the cells from 0 on, results left in the cells from 0 on. */
export type RawHost = (slab: Slab) => void

export type Callable = (...args: unknown[]) => unknown

const later = (): never => {
  throw new Error('not yet')
}

export class Func {
  readonly kind = ExternKind.Func
  readonly store: Store
  readonly type: FuncType

  private constructor(store: Store, type: FuncType) {
    this.store = store
    this.type = type
  }

  /** The exported function object: always the same one. Its name is the function index, its length the parameters. */
  get callable(): Callable {
    return later()
  }

  /** A host function that takes and returns JavaScript values (several results: any iterable). */
  static host(store: Store, type: FuncType, fn: (...args: never[]) => unknown): Func {
    void fn
    return new Func(store, type)
  }

  /** A host function that reads and writes the cells itself: no conversions, no allocation. */
  static raw(store: Store, type: FuncType, fn: RawHost): Func {
    void fn
    return new Func(store, type)
  }

  /** A host function that may return a promise, on which the guest is suspended (JS promise integration). */
  static suspending(store: Store, type: FuncType, fn: (...args: never[]) => unknown): Func {
    void fn
    return new Func(store, type)
  }

  /** The Func behind an exported function object, undefined for any other value. */
  static of(value: unknown): Func | undefined {
    void value
    return undefined
  }

  /** A function object that runs the call on a stack of its own and returns a promise of the result. */
  promising(): (...args: unknown[]) => Promise<unknown> {
    return later()
  }

  /**
   * Calls with exact bits. Numbers are given and returned as their bits (u32 for i32 and f32, u64 for i64 and f64) in a
   * bigint, references as JavaScript values.
   */
  callRaw(args: readonly unknown[]): unknown[] {
    void args
    return later()
  }
}
