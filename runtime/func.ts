/**
 * Functions: exported ones as JavaScript sees them, and host functions as compiled code calls them.
 *
 * A Func stands for one funcref record (tiers/abi.ts) and there is one Func a record, so that the function object is the
 * same however JavaScript came by it (JS API, "exported function cache"). The object is made when it is first asked for.
 */
import { FuncrefRecord, HOST_CONTEXT_SIZE, Vmctx } from '../tiers/abi.js'
import type { CompiledTier } from '../tiers/compiled.js'
import { ExternKind, isRef, I32, F32, type FuncType } from '../wasm/types.js'
import { boundary } from './boundary.js'
import { callShape, type Callable, type HostCallback } from './calls.js'
import type { ModuleCode } from './code.js'
import { abandonCall } from './coredump/capture.js'
import { Cell64, Word, addressBits, contextAddress, control, control64, slab, type Slab } from './context.js'
import { allocate, release, store32, storeAddress } from './data.js'
import { Group } from './group.js'
import { refFromJs, refToJs } from './refs.js'
import type { Store } from './store.js'
import { promisingCall, suspendingInvoke, type PromisingOptions } from './suspend.js'
import { optimize, pin } from './function-tiers.js'
import { drive } from './yield-loop.js'

export type { Callable, HostCallback } from './calls.js'
export type { PromisingOptions } from './suspend.js'

/** What a raw host function does: arguments in the cells from 0 on, results left in the cells from 0 on. */
export type RawHost = (slab: Slab) => void

/** The Func behind each function object. */
const funcs = new WeakMap<object, Func>()

/** A host function's context and, behind it, its record. */
const HOST_BLOCK = HOST_CONTEXT_SIZE + FuncrefRecord.size
const finalizer = new FinalizationRegistry<number>((block) => release(block, HOST_BLOCK))

const U32_MASK = 0xffff_ffffn

export class Func {
  readonly kind = ExternKind.Func
  readonly store: Store
  readonly type: FuncType
  /** @internal What keeps the function's instance alive. */
  readonly group: Group
  /** @internal Address of the funcref record. */
  readonly record: number
  /** Function index in the instance that exports it: the name of the function object. */
  index: number
  /** The code of a function that an instance defines, and which one it is there. */
  private readonly code: ModuleCode | undefined
  private readonly defined: number
  private object: Callable | undefined

  /** @internal For instances; host functions are made by `host`, `raw` and `suspending`. */
  constructor(
    store: Store,
    type: FuncType,
    group: Group,
    record: number,
    index: number,
    code?: ModuleCode,
    defined = -1,
  ) {
    this.store = store
    this.type = type
    this.group = group
    this.record = record
    this.index = index
    this.code = code
    this.defined = defined
  }

  /** The exported function object: always the same one. Its name is the function index, its length the parameters. */
  get callable(): Callable {
    if (this.object === undefined) {
      this.provideEntry()
      this.object = callShape(this.type).callable(this.group, addressBits(this.record), String(Math.max(0, this.index)))
      funcs.set(this.object, this)
    }
    return this.object
  }

  /** A host function that takes and returns JavaScript values (several results: any iterable). */
  static host(store: Store, type: FuncType, fn: HostCallback): Func {
    return hostFunc(store, type, (group) => callShape(type).invoke(group, fn))
  }

  /** A host function that reads and writes the cells itself: no conversions, no allocation. */
  static raw(store: Store, type: FuncType, fn: RawHost): Func {
    return hostFunc(store, type, () => () => fn(slab))
  }

  /** A host function that may return a promise, on which the guest is suspended (JS promise integration). */
  static suspending(store: Store, type: FuncType, fn: HostCallback): Func {
    return hostFunc(store, type, (group) => suspendingInvoke(group, callShape(type), fn))
  }

  /** The Func behind an exported function object, undefined for any other value. */
  static of(value: unknown): Func | undefined {
    return typeof value === 'function' ? funcs.get(value) : undefined
  }

  /**
   * A function object that runs each call on a stack of its own and returns a promise of the result; imports made by
   * `suspending` may then wait for promises.
   * @throws RangeError for a time slice that is none
   */
  promising(options: PromisingOptions = {}): (...args: unknown[]) => Promise<unknown> {
    this.provideEntry()
    return promisingCall(this, callShape(this.type), options)
  }

  /** @internal See Engine.optimize. */
  optimize(): void {
    const module = this.code?.owner
    if (module !== undefined) optimize(module, this.defined)
  }

  /** @internal See Engine.pin. */
  pin(tier: CompiledTier): void {
    const module = this.code?.owner
    if (module !== undefined) pin(module, this.defined, tier)
  }

  /**
   * Calls with exact bits. Numbers are given and returned as their bits (u32 for i32 and f32, u64 for i64 and f64) in a
   * bigint, references as JavaScript values.
   */
  callRaw(args: readonly unknown[]): unknown[] {
    const { params, results } = this.type
    this.provideEntry()
    params.forEach((type, k) => {
      if (isRef(type)) slab.f64[k] = refFromJs(this.group, type, args[k])
      else slab.u64[k] = args[k] as bigint
    })
    control64[Cell64.callee] = addressBits(this.record)
    boundary.enter()
    if (control[Word.reason] !== 0) {
      try {
        drive(this.group)
      } catch (error) {
        abandonCall(error)
        throw error
      }
    }
    return results.map((type, k) => {
      if (isRef(type)) return refToJs(this.group, type, slab.f64[k])
      return type === I32 || type === F32 ? slab.u64[k] & U32_MASK : slab.u64[k]
    })
  }

  /** Sees to it that the record can be entered from JavaScript. */
  private provideEntry(): void {
    const { engine } = this.store
    const type = engine.typeOf(this.type)
    const stub = this.code === undefined ? engine.entryStub(type) : this.code.entryStub(this.defined, type)
    storeAddress(this.record + FuncrefRecord.entryStub, stub)
  }
}

function hostFunc(store: Store, type: FuncType, makeInvoke: (group: Group) => () => void): Func {
  const { engine } = store
  const engineType = engine.typeOf(type)
  const context = allocate(HOST_BLOCK)
  const record = context + HOST_CONTEXT_SIZE
  const group = new Group()
  const func = new Func(store, type, group, record, -1)
  const id = group.addHost({ context, invoke: makeInvoke(group), func })
  storeAddress(context + Vmctx.execContext, contextAddress)
  store32(context + Vmctx.id, id)
  storeAddress(record + FuncrefRecord.code, engine.hostStub(engineType))
  storeAddress(record + FuncrefRecord.ctx, context)
  store32(record + FuncrefRecord.sig, engineType.id)
  finalizer.register(func, context)
  return func
}
