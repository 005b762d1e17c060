// The optimizing tier in the command: options, statistics, dumps; and the suite in test modes that make rare paths common.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { windlass } from '../../cli/windlass.js'

const MODULE = `(module (import "env" "f" (func)) (func $twice (export "double") (param i32) (result i32)
  (i32.mul (local.get 0) (i32.const 2))) (func (export "neg") (param i32) (result i32)
  (i32.sub (i32.const 0) (local.get 0))))`

let folder: string
let file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-opt-'))
  file = join(folder, 'module.wat')
  writeFileSync(file, MODULE)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('compile --tier=optimizing', () => {
  test('prints the share of each pass', () => {
    const { code, out } = windlass(['compile', '--tier=optimizing', '--stats', file])
    expect(code).toBe(0)
    expect(out).toMatch(/optimized +2 functions, \d+ ns a body byte\n/)
    for (const pass of ['translate', 'optimize', 'lower', 'allocate', 'emit']) {
      expect(out).toMatch(new RegExp(`${pass} +[\\d.]+ ms \\(\\d+%\\)`))
    }
  })

  test('as JSON', () => {
    const [stats] = JSON.parse(windlass(['compile', '--tier=optimizing', '--json', file]).out) as unknown[]
    expect(stats).toMatchObject({ optimizing: { functions: 2, refused: 0, failed: 0, passes: {} } })
    expect(windlass(['compile', '--tier=baseline', '--json', file]).out).not.toContain('optimizing')
  })

  test.each(['1', 'twice', 'double'])('--dump-ir prints one function, named %s', (name) => {
    const { code, err } = windlass(['compile', '--tier=optimizing', `--dump-ir=optimize,${name}`, file])
    expect(code).toBe(0)
    expect(err).toContain('; optimize: function 1 "twice"\n')
    expect(err).toContain('ishl.i32')
    expect(err).not.toContain('function 2')
  })

  test.each([
    ['translate', 'imul.i32'],
    ['optimize', 'isub.i32'],
    ['lower', 'Return v'],
    ['allocate', ':rax'],
  ])('--dump-ir=%s prints all functions', (pass, expected) => {
    const { err } = windlass(['compile', '--tier=optimizing', `--dump-ir=${pass}`, file])
    expect(err).toMatch(new RegExp(`; ${pass}: function 1[^]*; ${pass}: function 2`))
    expect(err).toContain(expected)
  })
})

test('-C compiler names the tier too', () => {
  const stats = (name: string): string => windlass(['compile', '-C', `compiler=${name}`, '--json', file]).out
  expect(stats('cranelift')).toContain('optimizing')
  expect(stats('winch')).not.toContain('optimizing')
})

test('a test mode that does not exist is refused', () => {
  const { code, err } = windlass(['compile', '--tier=optimizing', file], {
    env: { WINDLASS_TEST_OPTIMIZER: 'chaso=1' },
  })
  expect(code).not.toBe(0)
  expect(err).toContain("not 'chaso=1'")
})

describe('the official suite, no fallback allowed', () => {
  const root = process.env['WINDLASS_SPEC'] ?? fileURLToPath(new URL('../../../../shared/spec', import.meta.url))
  const suite = join(root, 'core-2.0')
  const scripts = existsSync(suite) ? readdirSync(suite).filter((name) => name.endsWith('.wast')) : []
  // All modes on all scripts take minutes: here each mode has every third script; CI's long run has them all.
  test.each(['chaos=1,pressure=6', 'chaos=2,worst', 'chaos=3,worst,pressure=8'])('%s', (mode) => {
    const shift = Number(/\d/.exec(mode)?.[0])
    const files = scripts.filter((_, i) => i % 3 === shift % 3).map((name) => join(suite, name))
    if (files.length === 0) return
    const { code, out } = windlass(['wast', '--tier=optimizing', ...files], { env: { WINDLASS_TEST_OPTIMIZER: `strict,${mode}` } }) // oxfmt-ignore
    expect(out).toMatch(/\d+ files: \d{4,} passed, 0 failed/)
    expect(code).toBe(0)
  })
})
