/** Verdicts on whole modules, ours and V8's, in one form: `valid`, or the message and ` @+offset`. */
import { decodeModule } from '#dist/wasm/decoder.js'
import { WasmError } from '#dist/wasm/error.js'
import { validateBody } from '#dist/wasm/validator.js'
import { hostWebAssembly } from './host-wasm.js'

/** Ours: decoded as a whole, then every body validated. */
export function verdict(bytes: Uint8Array): string {
  try {
    const info = decodeModule(bytes)
    info.bodyStart.forEach((start, defined) => {
      validateBody(info, defined, bytes, start, info.bodyEnd[defined], start, null)
    })
    return 'valid'
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
    const where = error.funcIndex >= 0 ? `Compiling function #${error.funcIndex} failed: ` : ''
    return `${where}${error.message} @+${error.offset}`
  }
}

/** V8's, without the name of the operation. */
export function v8Verdict(bytes: Uint8Array): string {
  const { Module } = hostWebAssembly
  try {
    return new Module(bytes) instanceof Module ? 'valid' : 'not a module'
  } catch (error) {
    return error instanceof Error ? error.message.replace('WebAssembly.Module(): ', '') : String(error)
  }
}
