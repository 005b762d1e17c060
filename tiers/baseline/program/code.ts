/**
 * The engine's program as Wasm: for the build, and for the host's WebAssembly where there is no machine code of it. Apart from program.ts, so
 * that no other run reads it.
 */
import { bytesOfProgram } from '../../../wasm/programs.js'
import { PROGRAM_CODE } from './code.gen.js'

export function programCode(): Uint8Array {
  return bytesOfProgram(PROGRAM_CODE)
}
