/**
 * The error classes of the engine, which are those of the `WebAssembly` namespace (JS API section 5.10): native-error
 * shaped, so they are callable without `new`, have `name` and an empty `message` on their prototype, and take `cause`.
 * A class declaration cannot be called without `new`, hence the constructor functions.
 *
 * Message texts are V8's, because programs (jco's glue among them) compare them.
 */
import { TrapCode } from '../tiers/abi.js'
import type { SourceFrame } from '../wasm/debug/debug-info.js'
import type { CoredumpOptions } from './coredump/coredump.js'
import type { TrapInfo } from './coredump/trap-info.js'

/** One wasm frame of a backtrace, innermost first in a list. */
export interface WasmFrame {
  /** Name from the name section or the exports, undefined when the function has none. */
  readonly name: string | undefined
  /** `wasm://wasm/<hash>`, or the name that the embedder gave to the module. */
  readonly url: string
  /** Function index, imports included. */
  readonly funcIndex: number
  /** Byte offset in the module. */
  readonly offset: number
  /**
   * What the module's debug information says about the place: the calls that its compiler inlined there, the innermost
   * first, and last the function itself. Empty without debug information.
   */
  readonly source: readonly SourceFrame[]
}

/** As of native errors: called with or without `new`. */
export interface ErrorClass<T extends Error> {
  new (message?: string, options?: ErrorOptions): T
  (message?: string, options?: ErrorOptions): T
  readonly prototype: T
}

function errorClass<T extends Error>(name: string): ErrorClass<T> {
  const construct = function (message?: string, options?: ErrorOptions): object {
    const target = new.target ?? construct
    return Reflect.construct(Error, options === undefined ? [message] : [message, options], target) as object
  }
  const own = { writable: true, enumerable: false, configurable: true }
  Object.defineProperty(construct, 'name', { value: name, configurable: true })
  Object.defineProperty(construct, 'length', { value: 1, configurable: true })
  const prototype = Object.create(Error.prototype, {
    constructor: { ...own, value: construct },
    name: { ...own, value: name },
    message: { ...own, value: '' },
  }) as object
  Object.defineProperty(construct, 'prototype', { value: prototype, writable: false })
  Object.setPrototypeOf(construct, Error)
  return construct as unknown as ErrorClass<T>
}

export interface CompileError extends Error {
  /** Byte offset in the module, when the error is about one. */
  wasmOffset?: number
  /** The proposal without which the module cannot be compiled, when that is what is missing. */
  neededFeature?: string | undefined
}
export interface RuntimeError extends Error {
  /** Why it trapped; undefined when the error did not come from compiled code. */
  code?: TrapCode
  /** Byte offset in the module of the innermost frame's instruction. */
  wasmOffset?: number
  /** Wasm frames at the trap, innermost first. */
  frames?: readonly WasmFrame[]
  /** The trap with the values that matter; undefined when the error is not that of a trap. */
  readonly trap?: TrapInfo | undefined
  /** A core dump of the guest at the trap; memories, globals and tables as they are when it is called. */
  readonly coredump?: (options?: CoredumpOptions) => Uint8Array | undefined
}

/** A module that is malformed, invalid or over a limit. */
export const CompileError: ErrorClass<CompileError> = errorClass('CompileError')
/** Imports that do not fit. */
export const LinkError: ErrorClass<Error> = errorClass('LinkError')
/** A trap. */
export const RuntimeError: ErrorClass<RuntimeError> = errorClass('RuntimeError')
/** A promise was returned where the guest cannot be suspended. */
export const SuspendError: ErrorClass<Error> = errorClass('SuspendError')

/** V8's text of a trap; StackOverflow is a RangeError with `STACK_OVERFLOW_MESSAGE` instead. */
export const TRAP_MESSAGES: Readonly<Record<number, string>> = {
  [TrapCode.Unreachable]: 'unreachable',
  [TrapCode.MemoryOutOfBounds]: 'memory access out of bounds',
  [TrapCode.DivideByZero]: 'divide by zero',
  [TrapCode.RemainderByZero]: 'remainder by zero',
  [TrapCode.DivideUnrepresentable]: 'divide result unrepresentable',
  [TrapCode.FloatUnrepresentable]: 'float unrepresentable in integer range',
  [TrapCode.TableOutOfBounds]: 'table index is out of bounds',
  [TrapCode.FuncSigMismatch]: 'null function or function signature mismatch',
  [TrapCode.OutOfFuel]: 'all fuel consumed by WebAssembly',
}
export const STACK_OVERFLOW_MESSAGE = 'Maximum call stack size exceeded'

/** Makes the error of a trap. */
export function trapError(code: TrapCode, message = TRAP_MESSAGES[code]): RuntimeError {
  const error = new RuntimeError(message)
  // Not enumerable: an uncaught trap is printed with its own enumerable properties, which would bury the backtrace.
  Object.defineProperty(error, 'code', { value: code, writable: true, enumerable: false, configurable: true })
  return error
}
