/** `WebAssembly.Global` (JS API section 5.5). */
import { Global as RuntimeGlobal } from '../runtime/global.js'
import { Store } from '../runtime/store.js'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, isRef, type ValType } from '../wasm/types.js'
import { defaultReference, referenceFault } from './references.js'
import type * as Types from './types.js'
import { bind, defineInterface, innerOf, isObject, member, needsNew, toText, wrapperOf } from './webidl.js'

const OPERATION = 'WebAssembly.Global()'
const VALUE_OF = 'WebAssembly.Global.valueOf()'
// The stray parenthesis is V8's.
const GET = 'get WebAssembly.Global.value)'
const SET = 'set WebAssembly.Global.value)'

const VALUE_TYPES: ReadonlyMap<string, ValType> = new Map<string, ValType>([
  ['i32', I32],
  ['i64', I64],
  ['f32', F32],
  ['f64', F64],
  ['externref', EXTERNREF],
  ['anyfunc', FUNCREF],
])

function readValueType(descriptor: object): ValType {
  const name = toText(member(descriptor, 'value'))
  if (name === 'v128') throw new TypeError(`${OPERATION}: A global of type 'v128' cannot be created in JavaScript`)
  const type = VALUE_TYPES.get(name)
  if (type === undefined) throw new TypeError(`${OPERATION}: Descriptor property 'value' must be a WebAssembly type`)
  return type
}

/** JS API, "DefaultValue". */
function defaultValue(type: ValType): unknown {
  if (isRef(type)) return defaultReference(type)
  return type === I64 ? 0n : 0
}

/** The value in an argument list that begins after the descriptor. */
function readInitial(type: ValType, rest: readonly unknown[]): unknown {
  // A number may be left out or undefined; a reference only left out, since undefined is an externref.
  const missing = rest.length === 0 || (rest[0] === undefined && !isRef(type))
  const value = missing ? defaultValue(type) : rest[0]
  const fault = referenceFault(type, value)
  if (fault !== undefined) throw new TypeError(`${OPERATION}: ${fault}`)
  return value
}

function receiver(value: unknown, operation: string): RuntimeGlobal {
  const global = innerOf(value, RuntimeGlobal)
  if (global === undefined) throw new TypeError(`${operation}: Receiver is not a WebAssembly.Global`)
  return global
}

const members = {
  valueOf(this: unknown): unknown {
    return receiver(this, VALUE_OF).value
  },

  get value(): unknown {
    return receiver(this, GET).value
  },

  set value(value: unknown) {
    const global = receiver(this, SET)
    if (arguments.length === 0) throw new TypeError(`${SET}: Argument 0 is required`)
    if (!global.type.mutable) throw new TypeError(`${SET}: Can't set the value of an immutable global.`)
    const fault = referenceFault(global.type.type, value)
    if (fault !== undefined) throw new TypeError(`${SET}: ${fault}`)
    global.value = value
  },
}

export const Global = defineInterface(function Global(this: object, descriptor: unknown, ...rest: unknown[]): void {
  if (new.target === undefined) throw needsNew('Global')
  if (!isObject(descriptor)) throw new TypeError(`${OPERATION}: Argument 0 must be a global descriptor`)
  const mutable = Boolean(member(descriptor, 'mutable'))
  const type = readValueType(descriptor)
  bind(this, new RuntimeGlobal(Store.default(), { type, mutable }, readInitial(type, rest)))
}, members) as Types.Namespace['Global']

export function globalOf(value: unknown): RuntimeGlobal | undefined {
  return innerOf(value, RuntimeGlobal)
}

export function wrapGlobal(global: RuntimeGlobal): Types.Global {
  return wrapperOf(global, Global.prototype)
}
