/** References that JavaScript puts into tables and globals: which values fit, and what stands for "no value". */
import { Func } from '../runtime/func.js'
import { EXTERNREF, FUNCREF, type ValType } from '../wasm/types.js'

const NOT_A_FUNCTION = 'function-typed object must be null (if nullable) or a Wasm function object'

/** V8's text for what keeps `value` out of a place of the given reference type, undefined when it fits. */
export function referenceFault(type: ValType, value: unknown): string | undefined {
  return type !== FUNCREF || value === null || Func.of(value) !== undefined ? undefined : NOT_A_FUNCTION
}

/** The value of a reference that was not given (JS API, "DefaultValue"). */
export function defaultReference(type: ValType): unknown {
  return type === EXTERNREF ? undefined : null
}
