/** Validation of a whole module and nothing more: what `WebAssembly.validate` and the validation benchmark ask for. */
import { ModuleDecoder } from './decoder.js'
import type { ModuleInfo } from './types.js'
import { FunctionValidator } from './validator.js'

/**
 * Decodes a module and validates every function body (specification section 3.4), without collecting facts about them.
 * @throws WasmError when the module is malformed, invalid or over a limit
 */
export function validateModule(bytes: Uint8Array): ModuleInfo {
  let validator: FunctionValidator
  const decoder = new ModuleDecoder({
    onCodeStart(info) {
      validator = new FunctionValidator(info)
    },
    onBodies: (body, start, end, first, left) => validator.validateRun(body, start, end, first, left),
    onBody(defined, body, start, end, moduleOffset) {
      validator.validate(defined, body, start, end, moduleOffset, null)
    },
  })
  decoder.push(bytes, true)
  return decoder.finish()
}
