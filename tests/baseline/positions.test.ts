// Positions of opcodes in baseline code: the code is that which ran, and every place is an opcode.
import { BaselineCompiler } from '#dist/tiers/baseline/compiler.js'
import { codePositions } from '#dist/tiers/baseline/positions.js'
import type { CompileEnv } from '#dist/tiers/compiled.js'
import { vmctxLayout } from '#dist/tiers/abi.js'
import { DebugInfo } from '#dist/wasm/debug/debug-info.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

function envOf(file: string): { env: CompileEnv; bytes: Uint8Array } {
  const bytes = readFileSync(new URL(`../../bench/kernels/${file}.wasm`, import.meta.url))
  const info = decodeModule(bytes)
  const features = {
    sse41: true,
    popcnt: true,
    lzcnt: true,
    bmi1: true,
    bmi2: true,
    avx: false,
    avx2: false,
    fma: false,
  }
  const layout = vmctxLayout(info, Math.max(0, info.dataCount))
  const env = { info, layout, features, bounds: 'guard', checked: false, moduleBytes: () => bytes }
  return { env: env as unknown as CompileEnv, bytes }
}

describe('positions', () => {
  test.each(['raytrace', 'lexer', 'interpreter', 'hashtable', 'nbody'])(
    'of %s are in order and about the same code',
    (file) => {
      const { env, bytes } = envOf(file)
      const { bodyStart, bodyEnd } = env.info
      for (let defined = 0; defined < bodyStart.length; defined++) {
        const [start, end] = [bodyStart[defined], bodyEnd[defined]]
        const plain = new BaselineCompiler(env).compile(defined, bytes, start, end, start, false)
        const found = codePositions(env, defined, bytes, start, end)
        expect(found?.codeSize).toBe(plain.codeSize)
        const { code, wasm } = found ?? { code: [], wasm: [] }
        expect(code.length).toBeGreaterThan(0)
        for (let i = 0; i < code.length; i++) {
          if (i > 0) {
            expect(code[i]).toBeGreaterThan(code[i - 1])
            expect(wasm[i]).toBeGreaterThan(wasm[i - 1])
          }
          expect(code[i]).toBeLessThanOrEqual(plain.codeSize)
          expect(wasm[i]).toBeGreaterThan(start)
          expect(wasm[i]).toBeLessThan(end)
        }
      }
    },
  )

  test('are of every opcode: lines are seen on which nothing can stop', () => {
    const { env, bytes } = envOf('../../tests/debug/programs/inline-v5')
    const { bodyStart, bodyEnd } = env.info
    const debug = new DebugInfo(env.info, bytes)
    const lines = Array.from(bodyStart).flatMap((start, defined) => {
      const found = codePositions(env, defined, bytes, start, bodyEnd[defined])
      return Array.from(found?.wasm ?? [], (offset) => debug.locate(offset)[0]?.func)
    })
    // Multiplications, inlined twice.
    expect(lines).toContain('int geometry::square<int>(int)')
  })

  test('are not to be had where code counts fuel', () => {
    const { env, bytes } = envOf('gcd')
    const { bodyStart, bodyEnd } = env.info
    expect(codePositions({ ...env, fuel: true }, 0, bytes, bodyStart[0], bodyEnd[0])).toBeUndefined()
  })
})
