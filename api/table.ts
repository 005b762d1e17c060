/** `WebAssembly.Table` (JS API section 5.4). */
import { Store } from '../runtime/store.js'
import { Table as RuntimeTable } from '../runtime/table.js'
import { MAX_TABLE_SIZE } from '../wasm/limits.js'
import { EXTERNREF, FUNCREF, valTypeName, type ValType } from '../wasm/types.js'
import { readAddressType, readLimits } from './limits.js'
import { defaultReference, referenceFault } from './references.js'
import type * as Types from './types.js'
import {
  bind,
  defineInterface,
  innerOf,
  isObject,
  member,
  needsNew,
  toText,
  toUnsignedLong,
  wrapperOf,
} from './webidl.js'

const OPERATION = 'WebAssembly.Table()'
const GET = 'WebAssembly.Table.get()'
const SET = 'WebAssembly.Table.set()'
const GROW = 'WebAssembly.Table.grow()'
/** A maximum says how far a table may grow, not how far the engine lets it: any 32-bit value is one. */
const MAX_MAXIMUM = 2 ** 32 - 1

function readElement(descriptor: object): ValType {
  const kind = toText(member(descriptor, 'element'))
  if (kind === 'anyfunc') return FUNCREF
  if (kind === 'externref') return EXTERNREF
  throw new TypeError(`${OPERATION}: Descriptor property 'element' must be a WebAssembly reference type`)
}

function receiver(value: unknown, operation: string): RuntimeTable {
  const table = innerOf(value, RuntimeTable)
  if (table === undefined) throw new TypeError(`${operation}: Receiver is not a WebAssembly.Table`)
  return table
}

/** The index in the first argument. @throws TypeError when it is no index, RangeError when it is out of bounds */
function readIndex(table: RuntimeTable, value: unknown, operation: string): number {
  const index = toUnsignedLong(value, `${operation}: Argument 0`)
  if (index >= table.length) {
    const kind = valTypeName(table.type.element)
    throw new RangeError(`${operation}: invalid address ${index} in ${kind} table of size ${table.length}`)
  }
  return index
}

/** The reference in the second argument: unlike elsewhere, only a missing one is the default, not `undefined`. */
function readReference(table: RuntimeTable, rest: readonly unknown[], what: string): unknown {
  const { element } = table.type
  const value = rest.length === 0 ? defaultReference(element) : rest[0]
  const fault = referenceFault(element, value)
  if (fault !== undefined) throw new TypeError(`${what}: ${fault}`)
  return value
}

const members = {
  get length(): number {
    return receiver(this, 'WebAssembly.Table.length()').length
  },

  grow(this: unknown, delta: unknown, ...rest: unknown[]): number {
    const table = receiver(this, GROW)
    const count = toUnsignedLong(delta, `${GROW}: Argument 0`)
    const value = readReference(table, rest, `${GROW}: Argument 1 is invalid`)
    const old = table.grow(count, value)
    if (old === -1) throw new RangeError(`${GROW}: failed to grow table by ${count}`)
    return old
  },

  set(this: unknown, index: unknown, ...rest: unknown[]): void {
    const table = receiver(this, SET)
    const at = readIndex(table, index, SET)
    table.set(at, readReference(table, rest, `${SET}: Argument 1 is invalid for table`))
  },

  get(this: unknown, index: unknown): unknown {
    const table = receiver(this, GET)
    return table.get(readIndex(table, index, GET))
  },
}

// The rest parameter keeps `length` at the number of required arguments.
export const Table = defineInterface(function Table(this: object, descriptor: unknown, ...[init]: unknown[]): void {
  if (new.target === undefined) throw needsNew('Table')
  if (!isObject(descriptor)) throw new TypeError(`${OPERATION}: Argument 0 must be a table descriptor`)
  readAddressType(descriptor, OPERATION)
  const element = readElement(descriptor)
  const limits = readLimits(descriptor, OPERATION, MAX_TABLE_SIZE, MAX_MAXIMUM)
  const value = init === undefined ? defaultReference(element) : init
  const fault = referenceFault(element, value)
  if (fault !== undefined) {
    throw new TypeError(
      `${OPERATION}: Argument 2 must be undefined or a value of type compatible with the type of the new table: ${fault}.`,
    )
  }
  bind(this, new RuntimeTable(Store.default(), { element, ...limits }, value))
}, members) as Types.Namespace['Table']

export function tableOf(value: unknown): RuntimeTable | undefined {
  return innerOf(value, RuntimeTable)
}

export function wrapTable(table: RuntimeTable): Types.Table {
  return wrapperOf(table, Table.prototype)
}
