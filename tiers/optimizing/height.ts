/** How many operands a body has at once, for a version that is entered in the middle. */
import { FunctionFacts } from '../../wasm/facts.js'
import type { ModuleInfo } from '../../wasm/types.js'
import { validateBody } from '../../wasm/validator.js'

/** For all bodies of the thread. Made when first needed, as few functions do. */
let found: FunctionFacts | undefined

/** The most operands at once in the body `bytes[start, end)` of a defined function. */
export function operandHeight(
  info: ModuleInfo,
  defined: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  moduleOffset: number,
): number {
  found ??= new FunctionFacts()
  validateBody(info, defined, bytes, start, end, moduleOffset, found)
  return found.maxHeight
}
