/** Compiles the functions of a module by the optimizing tier without running them. */
import { vmctxLayout } from '#dist/tiers/abi.js'
import type { CompileEnv, FunctionCompiler } from '#dist/tiers/compiled.js'
import { OptimizingCompiler } from '#dist/tiers/optimizing/compiler.js'
import type { OptimizingOptions } from '#dist/tiers/optimizing/options.js'
import { decodeModule } from '#dist/wasm/decoder.js'

const noFallback: FunctionCompiler = {
  compile: () => {
    throw new Error('the function was refused')
  },
}

export function environment(bytes: Uint8Array, changes: Partial<CompileEnv> = {}): CompileEnv {
  const info = decodeModule(bytes)
  return {
    info,
    layout: vmctxLayout(info, 16),
    features: { lzcnt: true, bmi1: true, bmi2: true, avx: true, avx2: true, fma: true, jumpErratum: false },
    bounds: 'guard',
    checked: false,
    ...changes,
  }
}

/** Calls `each` after every function, and returns the number of functions. */
export function compileAll(
  bytes: Uint8Array,
  options: OptimizingOptions,
  each: (compiler: OptimizingCompiler, made: ReturnType<OptimizingCompiler['compile']>) => void = () => {},
  changes: Partial<CompileEnv> = {},
): number {
  const env = environment(bytes, changes)
  const compiler = new OptimizingCompiler(env, noFallback, options)
  const { codes } = bodies(bytes)
  codes.forEach(([start, end], i) => each(compiler, compiler.compile(i, bytes, start, end, start, true)))
  return codes.length
}

/** Start and end of each body, found by walking the sections (specification section 5.5). */
function bodies(bytes: Uint8Array): { codes: [number, number][] } {
  let at = 8
  const u32 = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
  const codes: [number, number][] = []
  while (at < bytes.length) {
    const id = bytes[at++]
    const size = u32()
    const end = at + size
    if (id === 10) {
      for (let count = u32(); count > 0; count--) {
        const length = u32()
        codes.push([at, at + length])
        at += length
      }
    }
    at = end
  }
  return { codes }
}
