// Functions of a real program's module under the symbolic checker, frame states included: those of iced-x86 (Rust), which the tests have anyway.
// All functions of eleven modules: `npm run test:allocation`.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { OptimizingCompiler } from '#dist/tiers/optimizing/compiler.js'
import { environment } from './support.js'

/** Bytes of bodies to compile with each number of registers: some seconds. The checker is what takes them. */
const BYTES = 60_000
/** Of so many functions one, so that all parts of the program come up. */
const STEP = 23

const require = createRequire(import.meta.url)
const bytes = new Uint8Array(readFileSync(require.resolve('iced-x86/iced_x86_bg.wasm')))

/** Compiles functions from `first` on; returns how many. */
function compileSome(first: number, pressure: number | undefined): number {
  const info = decodeModule(bytes)
  const env = environment(bytes, { moduleBytes: () => bytes })
  const fallback = {
    compile: () => {
      throw new Error('not asked')
    },
  }
  const compiler = new OptimizingCompiler(env, fallback, {
    check: true,
    strict: true,
    ...(pressure === undefined ? {} : { pressure }),
  })
  let size = 0
  let count = 0
  for (let defined = first; defined < info.bodyStart.length && size < BYTES; defined += STEP) {
    const [start, end] = [info.bodyStart[defined], info.bodyEnd[defined]]
    size += end - start
    count++
    compiler.tryCompile(defined, bytes, start, end, start, true, null)
  }
  return count
}

describe('a real module', () => {
  it.each([
    [0, undefined],
    [7, 8],
    [15, 6],
  ])('is allocated as the checker demands (functions from %i on, registers: %s)', (first, pressure) => {
    expect(compileSome(first, pressure)).toBeGreaterThan(20)
  })
})
