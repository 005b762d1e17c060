/**
 * Globals. The value lies in an 8-byte cell: in the context of the instance that defines it, or in a block of its own
 * when JavaScript made it.
 */
import { ExternKind, F32, FUNCREF, I32, I64, isRef, type GlobalType } from '../wasm/types.js'
import { allocate, loadBits, release, storeBits, windowOf } from './data.js'
import { Group } from './group.js'
import { addHandleRoot, markWords } from './handles.js'
import { refFromJs, refToJs } from './refs.js'
import type { Store } from './store.js'

const CELL_BYTES = 16
const finalizer = new FinalizationRegistry<number>((cell) => release(cell, CELL_BYTES))

export class Global {
  readonly kind = ExternKind.Global
  readonly store: Store
  readonly type: GlobalType
  /** @internal */
  readonly group: Group
  /** @internal Address of the cell. */
  readonly cell: number

  /**
   * @param owner for instances only: where a global that they define lies
   * @throws TypeError when the value does not convert to the type
   */
  constructor(
    store: Store,
    type: GlobalType,
    value: unknown,
    owner?: { readonly group: Group; readonly cell: number },
  ) {
    this.store = store
    this.type = type
    if (owner !== undefined) {
      this.group = owner.group
      this.cell = owner.cell
      return
    }
    this.group = new Group()
    this.cell = allocate(CELL_BYTES)
    finalizer.register(this, this.cell)
    this.group.addMember(this)
    if (isRef(type.type) && type.type !== FUNCREF) addHandleRoot(this)
    this.value = value
  }

  /** The value as JavaScript sees it: i64 as BigInt, a funcref as function object or null. */
  get value(): unknown {
    const { type } = this.type
    if (isRef(type)) return refToJs(this.group, type, loadBits(this.cell))
    const { base, i32, f32, f64, i64 } = windowOf(this.cell)
    const at = this.cell - base
    if (type === I32) return i32[at >>> 2]
    if (type === I64) return i64[at >>> 3]
    return type === F32 ? f32[at >>> 2] : f64[at >>> 3]
  }

  /** Converts as ToWebAssemblyValue does; mutability is the caller's business. @throws TypeError */
  set value(value: unknown) {
    const { type } = this.type
    if (isRef(type)) {
      storeBits(this.cell, refFromJs(this.group, type, value))
      return
    }
    // The conversion may run user code that comes here again: before anything is stored.
    const number = type === I64 ? BigInt.asIntN(64, value as bigint) : +(value as number)
    const { base, i32, f32, f64, i64 } = windowOf(this.cell)
    const at = this.cell - base
    // What a narrow type leaves of the cell is zero.
    i32[(at >>> 2) + 1] = 0
    if (typeof number === 'bigint') i64[at >>> 3] = number
    else if (type === I32) i32[at >>> 2] = number
    else if (type === F32) f32[at >>> 2] = number
    else f64[at >>> 3] = number
  }

  /** The 64 bits of the cell (numeric types). */
  getBits(): bigint {
    const window = windowOf(this.cell)
    return BigInt.asUintN(64, window.i64[(this.cell - window.base) / 8])
  }

  setBits(bits: bigint): void {
    const window = windowOf(this.cell)
    window.i64[(this.cell - window.base) / 8] = bits
  }

  /** @internal A root of handles. */
  markHandles(): void {
    const window = windowOf(this.cell)
    const at = (this.cell - window.base) / 4
    markWords(window.u32, at, at + 2)
  }
}
