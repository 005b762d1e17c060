/**
 * A module as the compilers take it without an engine. The processor is one that has everything, so that figures about the code are the
 * same on every machine.
 */
import { vmctxLayout } from '../tiers/abi.js'
import type { CompileEnv } from '../tiers/compiled.js'
import { decodeModule } from '../wasm/decoder.js'

const FEATURES = { lzcnt: true, bmi1: true, bmi2: true, avx: true, avx2: true, fma: true, jumpErratum: false }

export function compileEnv(bytes: Uint8Array): CompileEnv {
  const info = decodeModule(bytes)
  const layout = vmctxLayout(info, Math.max(0, info.dataCount))
  return { info, layout, features: FEATURES, bounds: 'guard', checked: false, moduleBytes: () => bytes }
}
