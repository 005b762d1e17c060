/**
 * Calls across the boundary: for each function type one piece of JavaScript that makes exported function objects, and one
 * that makes host functions callable from compiled code.
 *
 * Both are generated as source text, straight-line and without arrays, since this is where a call's nanoseconds go; the
 * text depends on nothing but the value types. Where generating code from strings is forbidden
 * (`--disallow-code-generation-from-strings`) loops over the types do the same. Conversions are ToWebAssemblyValue and
 * ToJSValue of the JS API: all arguments are converted before the first is stored, because a conversion may run
 * user code that calls into the guest. `+a | 0` rather than `a | 0` gives V8's message for a BigInt.
 */
import { F32, F64, I32, I64, isRef, type FuncType, type ValType } from '../wasm/types.js'
import { boundary } from './boundary.js'
import { CALL_SOURCE, noteWrapper } from './call-source.js'
import { abandonCall, capture } from './coredump/capture.js'
import { Cell64, Word, addon, control, control64, slab } from './context.js'
import { generate, mayGenerate } from './generate.js'
import { rootOf, type Group } from './group.js'
import { refFromJs, refToJs } from './refs.js'
import { drive } from './yield-loop.js'

/** An exported function as JavaScript calls it. */
export type Callable = (...args: unknown[]) => unknown
/** What JavaScript gives as a host function; its parameters are whatever the types say. */
export type HostCallback = (...args: never[]) => unknown

/** Makes the function object of a record: `calleeBits` is its address as bits, `name` the function's index. */
export type CallableFactory = (group: Group, calleeBits: number, name: string) => Callable
/** Makes what the yield loop invokes for a host function: cells to arguments, call, result to cells. */
export type InvokeFactory = (group: Group, callback: HostCallback) => () => void

/** The converters of one function type. */
export interface CallShape {
  readonly callable: CallableFactory
  readonly invoke: InvokeFactory
  /** The same conversions as loops, for the slow paths (suspended calls). */
  readonly writeParams: (group: Group, values: readonly unknown[]) => void
  readonly readParams: (group: Group) => never[]
  readonly writeResults: (group: Group, value: unknown) => void
  readonly readResults: (group: Group) => unknown
}

/** Everything that generated text refers to. */
const world = {
  abandonCall,
  capture,
  control,
  control64,
  slab,
  addon,
  boundary,
  rootOf,
  drive,
  refFromJs,
  refToJs,
  listOf,
  Word,
  Cell64,
}

const shapes = new Map<string, CallShape>()

export function callShape(type: FuncType): CallShape {
  const key = `${type.params.join(' ')}:${type.results.join(' ')}`
  let shape = shapes.get(key)
  if (shape === undefined) {
    const slow = loopShape(type)
    shape = mayGenerate() ? generatedShape(type, slow) : slow
    shapes.set(key, shape)
  }
  return shape
}

/** Each of the two pieces is made when it is first used: most types need one of them or, in a short run, none. */
function generatedShape(type: FuncType, slow: CallShape): CallShape {
  let callable: CallableFactory | undefined
  let invoke: InvokeFactory | undefined
  return {
    ...slow,
    callable: (group, calleeBits, name) => {
      callable ??= compileCallable(type)
      return callable(group, calleeBits, name)
    },
    invoke: (group, callback) => {
      invoke ??= compileInvoke(type)
      return invoke(group, callback)
    },
  }
}

/** As V8 names a value in an error: type and value, an object only by its type. */
function describe(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (value === null) return 'object null'
  const isObject = typeof value === 'object' || typeof value === 'function'
  return isObject ? typeof value : `${typeof value} ${String(value as number)}`
}

/** The results of a host function of several results. @throws TypeError as V8 does */
function listOf(value: unknown, count: number): readonly unknown[] {
  const iterable = value as Iterable<unknown> | null | undefined
  if (typeof iterable?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`${describe(value)} is not iterable (cannot read property Symbol(Symbol.iterator))`)
  }
  const list = Array.from(iterable)
  if (list.length !== count) throw new TypeError('multi-return length mismatch')
  return list
}

// --- as text ---------------------------------------------------------------------------------------------------------

/** Expression that converts the JavaScript value `value`. */
function fromJsText(type: ValType, value: string): string {
  if (type === I32) return `+${value} | 0`
  if (type === I64) return `BigInt.asIntN(64, ${value})`
  if (type === F32 || type === F64) return `+${value}`
  return `refFromJs(group, ${type}, ${value})`
}

function cellText(type: ValType, cell: number): string {
  if (type === I32) return `i32[${cell * 2}]`
  if (type === I64) return `i64[${cell}]`
  if (type === F32) return `f32[${cell * 2}]`
  return `f64[${cell}]`
}

function toJsText(type: ValType, cell: number): string {
  return isRef(type) ? `refToJs(group, ${type}, ${cellText(type, cell)})` : cellText(type, cell)
}

function resultText(results: readonly ValType[]): string {
  if (results.length === 0) return ''
  if (results.length === 1) return `return ${toJsText(results[0], 0)}`
  return `return [${results.map((type, k) => toJsText(type, k)).join(', ')}]`
}

const PRELUDE = `'use strict'
const { control, control64, rootOf, drive, refFromJs, refToJs, listOf } = world
const { i32, i64, f32, f64 } = world.slab
const { abandonCall, capture } = world
const { abandon } = world.addon
const { enter } = world.boundary
`

function compileCallable(type: FuncType): CallableFactory {
  const names = type.params.map((_, k) => `a${k}`)
  const head = `(${names.join(', ')}) => {`
  const text = `${PRELUDE}
return (group, callee, name) => ({ [name]: ${head}
  ${type.params.map((param, k) => `const v${k} = ${fromJsText(param, names[k])}`).join('\n  ')}
  ${type.params.map((param, k) => `${cellText(param, k)} = v${k}`).join('\n  ')}
  control64[${Cell64.callee}] = callee
  enter()
  if (control[${Word.reason}] !== 0) {
    try {
      const root = rootOf(group)
      if (root.hostLoop !== undefined) root.hostLoop(group, root)
      if (control[${Word.reason}] !== 0) drive(group)
    } catch (error) {
      if (capture.hostErrors) abandonCall(error)
      else abandon()
      throw error
    }
  }
  ${resultText(type.results)}
} })[name]
//# sourceURL=${CALL_SOURCE}`
  noteWrapper(text, head)
  return generate(world, text)
}

function compileInvoke(type: FuncType): InvokeFactory {
  const { params, results } = type
  const call = `callback(${params.map((param, k) => toJsText(param, k)).join(', ')})`
  let body = call
  if (results.length === 1) {
    body = `const r = ${call}\n  ${cellText(results[0], 0)} = ${fromJsText(results[0], 'r')}`
  } else if (results.length > 1) {
    body = `const r = listOf(${call}, ${results.length})
  ${results.map((result, k) => `const v${k} = ${fromJsText(result, `r[${k}]`)}`).join('\n  ')}
  ${results.map((result, k) => `${cellText(result, k)} = v${k}`).join('\n  ')}`
  }
  const text = `${PRELUDE}
return (group, callback) => () => {
  ${body}
}
//# sourceURL=${CALL_SOURCE}`
  noteWrapper(text, '() => {')
  return generate(world, text)
}

// --- as loops --------------------------------------------------------------------------------------------------------

function fromJs(group: Group, type: ValType, value: unknown): number | bigint {
  if (type === I32) return +(value as number) | 0
  if (type === I64) return BigInt.asIntN(64, value as bigint)
  if (type === F32 || type === F64) return +(value as number)
  return refFromJs(group, type, value)
}

function writeCell(type: ValType, cell: number, value: number | bigint): void {
  if (typeof value === 'bigint') slab.i64[cell] = value
  else if (type === I32) slab.i32[cell * 2] = value
  else if (type === F32) slab.f32[cell * 2] = value
  else slab.f64[cell] = value
}

function readCell(group: Group, type: ValType, cell: number): unknown {
  if (type === I32) return slab.i32[cell * 2]
  if (type === I64) return slab.i64[cell]
  if (type === F32) return slab.f32[cell * 2]
  if (type === F64) return slab.f64[cell]
  return refToJs(group, type, slab.f64[cell])
}

function loopShape(type: FuncType): CallShape {
  const { params, results } = type
  const write = (group: Group, types: readonly ValType[], values: readonly unknown[]): void => {
    const converted = types.map((each, k) => fromJs(group, each, values[k]))
    types.forEach((each, k) => writeCell(each, k, converted[k]))
  }
  const read = (group: Group, types: readonly ValType[]): unknown[] => types.map((each, k) => readCell(group, each, k))
  const writeParams = (group: Group, values: readonly unknown[]): void => write(group, params, values)
  // What a callback takes is between the embedder and the types.
  const readParams = (group: Group): never[] => read(group, params) as never[]
  const readResults = (group: Group): unknown => {
    const list = read(group, results)
    return results.length > 1 ? list : list[0]
  }
  const writeResults = (group: Group, value: unknown): void => {
    if (results.length === 1) write(group, results, [value])
    else if (results.length > 1) write(group, results, listOf(value, results.length))
  }
  return {
    writeParams,
    readParams,
    writeResults,
    readResults,
    callable: (group, calleeBits, name) => {
      const call: Callable = (...args) => {
        writeParams(group, args)
        control64[Cell64.callee] = calleeBits
        boundary.enter()
        if (control[Word.reason] !== 0) {
          try {
            drive(group)
          } catch (error) {
            abandonCall(error)
            throw error
          }
        }
        return readResults(group)
      }
      Object.defineProperty(call, 'name', { value: name, configurable: true })
      Object.defineProperty(call, 'length', { value: params.length, configurable: true })
      return call
    },
    invoke: (group, callback) => () => {
      writeResults(group, callback(...readParams(group)))
    },
  }
}
