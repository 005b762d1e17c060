/**
 * JavaScript promise integration: `Suspending` marks an import that may return a promise, `promising` makes an export
 * run on a stack of its own, which such an import suspends. The stacks are the runtime's.
 */
import { Func, type PromisingOptions } from '../runtime/func.js'
import type * as Types from './types.js'
import { bind, defineInterface, innerOf, isObject, needsNew } from './webidl.js'

const SUSPENDING = 'WebAssembly.Suspending()'
const PROMISING = 'WebAssembly.promising()'

export type HostFunction = (...args: unknown[]) => unknown

/** What a `Suspending` object stands for. */
class SuspendingImport {
  readonly callable: HostFunction

  constructor(callable: HostFunction) {
    this.callable = callable
  }
}

export const Suspending = defineInterface(function Suspending(this: object, callable: unknown): void {
  if (new.target === undefined) throw needsNew('Suspending')
  if (typeof callable !== 'function') throw new TypeError(`${SUSPENDING}: Argument 0 must be a function`)
  if (Func.of(callable) !== undefined) {
    throw new TypeError(`${SUSPENDING}: Argument 0 must not be a WebAssembly function`)
  }
  bind(this, new SuspendingImport(callable as HostFunction))
}, {}) as Types.Namespace['Suspending']

/** The function in a `Suspending` object, undefined for any other value. */
export function suspendingCallable(value: unknown): HostFunction | undefined {
  return innerOf(value, SuspendingImport)?.callable
}

/**
 * `WebAssembly.promising`: a function that calls the export and returns a promise of its result.
 * @param options PromisingOptions, an addition of ours; what is no object is ignored, as V8 does with any second argument
 */
export function promising(exported: unknown, options: unknown): (...args: unknown[]) => Promise<unknown> {
  if (typeof exported !== 'function') throw new TypeError(`${PROMISING}: Argument 0 must be a function`)
  const func = Func.of(exported)
  if (func === undefined) throw new TypeError(`${PROMISING}: Argument 0 must be a WebAssembly exported function`)
  return Object.defineProperties(func.promising(isObject(options) ? (options as PromisingOptions) : {}), {
    name: { value: exported.name, configurable: true },
    length: { value: exported.length, configurable: true },
  })
}
