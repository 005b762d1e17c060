// The AssemblyScript compiler and Binaryen's optimizer. They live in this folder's own package because of their size; the first run installs it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
if (!existsSync(`${here}node_modules/assemblyscript`)) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' }) // oxfmt-ignore
  if (status !== 0) process.exit(1)
}
const { default: asc } = await import('assemblyscript/asc')
const { default: binaryen } = await import('binaryen')

/** What nothing is freed in; errors are traps (tiers/program/prelude.as.ts). */
const OPTIONS = ['--runtime', 'stub', '--noAssert', '--use', 'abort=prelude/abort', '--initialMemory', '16']

/**
 * Compiles `program.ts` among the sources.
 * @param stderr gets what the compiler says
 * @returns the program's bytes; undefined when there are mistakes
 */
export async function compile(sources, options = [], stderr = process.stderr) {
  let bytes
  const { error } = await asc.main(['program.ts', '--outFile', 'program.wasm', ...OPTIONS, ...options], {
    readFile: (name) => sources[path.basename(name)] ?? null,
    writeFile: (_, contents) => {
      bytes = contents
    },
    listFiles: () => [],
    stderr,
  })
  return error === null ? bytes : undefined
}

/** Of a program for tests: with names. */
export const CHECKED = ['-O1', '--debug']

/** @returns the bytes of a program; where there are mistakes the process ends */
export async function made(sources, options) {
  const bytes = await compile(sources, options)
  if (bytes === undefined) process.exit(1)
  return bytes
}

/**
 * Optimizes a program by Binaryen's own list of passes, as it is read from bytes. The AssemblyScript compiler's `--optimize` (0.28.20, Binaryen 131) makes
 * `i64.load32_s` of `<u64>(<u32>load<i32>(p))`: it marks each `load<i32>` as signed, which means nothing for an i32, but Binaryen's optimize-instructions
 * takes the mark over when it merges the load with the i64.extend_i32_u around it. Bytes have no such mark: made from them, the same pass gives
 * `i64.load32_u`, at every level.
 */
export function optimized(bytes) {
  const module = binaryen.readBinary(bytes)
  const { MutableGlobals, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, SignExt } = binaryen.Features
  module.setFeatures(MutableGlobals | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | SignExt)
  binaryen.setOptimizeLevel(3)
  binaryen.setShrinkLevel(0)
  // Until it gets no smaller.
  for (let before = bytes.length + 1, size = bytes.length; size < before;) {
    module.optimize()
    before = size
    bytes = module.emitBinary()
    size = bytes.length
  }
  module.dispose()
  return bytes
}
