// Optimized code in the real runtime: the official suite, generated modules against V8, and shapes of code that the
// allocator and the emitter must get right.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runScript } from '#dist/cli/wast-runner.js'
import { Engine } from '#dist/runtime/engine.js'
import { call, World } from '../../runtime/world.js'

const root = process.env['WINDLASS_SPEC'] ?? fileURLToPath(new URL('../../../../shared/spec', import.meta.url))
const folder = join(root, 'core-2.0')
const present = existsSync(folder)
const scripts = present ? readdirSync(folder).filter((name) => name.endsWith('.wast')) : []

describe('core 2.0, optimized and with every allocation checked', () => {
  if (!present) {
    test('the scripts are not here: nothing to run', () => {
      expect(scripts).toEqual([])
    })
    return
  }
  const engine = new Engine({ tier: 'optimizing', checked: true })
  test.each(scripts)('%s', (name) => {
    const report = runScript(engine, readFileSync(join(folder, name), 'utf8'))
    expect(report.failures).toEqual([])
    expect(report.passed).toBeGreaterThan(0)
  })
})

const PROGRAM = fileURLToPath(new URL('../../../dist/tests/fuzz/main.js', import.meta.url))

test.each(['', ' --bounds=explicit'])('generated modules behave as in V8%s', (options) => {
  const env = { ...process.env, WINDLASS_OPTIONS: `--tier=optimizing${options}` }
  const args = [PROGRAM, '--mode', 'differential', '--tries', '200', '--seed', '2000001']
  expect(spawnSync(process.execPath, args, { encoding: 'utf8', env }).stdout).toContain('200 passed, 0 failed')
})

describe('shapes', () => {
  const world = new World({ tier: 'optimizing', checked: true })

  test('a branch table with only a default takes its values along', () => {
    const run = call(
      world.instance(`(module (func (export "f") (param i32 i32) (result i32)
        (block (result i32) (br_table 0 (i32.mul (local.get 0) (i32.const 3)) (local.get 1)))))`),
      'f',
    )
    expect(run(7, 0)).toBe(21)
    expect(run(7, 99)).toBe(21)
  })

  test('addresses around one pointer wrap like any sum', () => {
    const instance = world.instance(`(module (memory 1)
      (func (export "up") (param $p i32) (result i32)
        (i32.store8 (i32.const 7) (i32.const 3)) (i32.store8 (i32.const 15) (i32.const 4))
        (i32.add
          (i32.mul (i32.load8_u (i32.add (local.get $p) (i32.const 8))) (i32.const 10))
          (i32.load8_u (i32.add (local.get $p) (i32.const 16)))))
      (func (export "down") (param $p i32) (result i32)
        (i32.store8 (i32.const 7) (i32.const 3)) (i32.store8 (i32.const 15) (i32.const 4))
        (i32.add
          (i32.mul (i32.load8_u (i32.add (local.get $p) (i32.const 16))) (i32.const 10))
          (i32.load8_u (i32.add (local.get $p) (i32.const 8)))))
      (func (export "grow") (result i32) (memory.grow (i32.const 65535))))`)
    expect(call(instance, 'up')(-1)).toBe(34)
    expect(call(instance, 'down')(-1)).toBe(43)
    expect(call(instance, 'grow')()).toBe(-1)
    for (const at of [-10, -8 - 65536, 0x7fffffff]) {
      expect(() => call(instance, 'up')(at)).toThrow('memory access out of bounds')
      expect(() => call(instance, 'down')(at)).toThrow('memory access out of bounds')
    }
  })

  test('addresses wrap behind the last page of a memory that has all of them', () => {
    const instance = world.instance(`(module (memory 65536)
      (func (export "f") (param $p i32) (result i32)
        (i32.store8 (i32.const 4) (i32.const 9)) (i32.store8 (local.get $p) (i32.const 5))
        (i32.add (i32.mul (i32.load8_u (local.get $p)) (i32.const 10)) (i32.load8_u (i32.add (local.get $p) (i32.const 8)))))
      (func (export "grow") (result i32) (memory.grow (i32.const 0))))`)
    expect(call(instance, 'f')(-4)).toBe(59)
    expect(call(instance, 'grow')()).toBe(65536)
  })

  test('values that swap places in a loop', () => {
    const run = call(
      world.instance(`(module (func (export "f") (param $a i64) (param $b i64) (param $n i32) (result i64) (local $t i64)
        (loop $l
          (local.set $t (local.get $a)) (local.set $a (local.get $b)) (local.set $b (local.get $t))
          (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i64.sub (local.get $a) (local.get $b))))`),
      'f',
    )
    expect(run(10n, 3n, 4)).toBe(7n)
    expect(run(10n, 3n, 5)).toBe(-7n)
  })

  test('more live values than registers, over a call in the middle', () => {
    const count = 40
    const locals = Array.from({ length: count }, (_, i) => `(local $i${i} i32) (local $d${i} f64)`).join(' ')
    const sets = Array.from(
      { length: count },
      (_, i) => `(local.set $i${i} (i32.add (local.get 0) (i32.const ${i})))
        (local.set $d${i} (f64.add (f64.convert_i32_s (local.get 0)) (f64.const ${i})))`,
    ).join('\n')
    const sum = Array.from(
      { length: count },
      (_, i) => `(local.set $s (f64.add (local.get $s)
        (f64.mul (local.get $d${i}) (f64.convert_i32_s (local.get $i${i})))))`,
    ).join('\n')
    const instance = world.instance(`(module (func $g (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (func (export "f") (param i32) (result f64) (local $s f64) ${locals}
        ${sets} (local.set $s (f64.convert_i32_s (call $g (local.get 0)))) ${sum} (local.get $s)))`)
    let expected = 14
    for (let i = 0; i < count; i++) expected += (7 + i) ** 2
    expect(call(instance, 'f')(7)).toBe(expected)
  })

  test('arguments and results on the stack', () => {
    const params = Array.from({ length: 12 }, (_, i) => (i % 3 === 2 ? 'f64' : 'i64'))
    const gets = (from: number): string => params.map((_, i) => `(local.get ${from + i})`).join(' ')
    const instance = world.instance(`(module
      (func $swap (param ${params.join(' ')}) (result ${params.join(' ')}) ${gets(0)})
      (func (export "f") (param ${params.join(' ')}) (result ${params.join(' ')}) (call $swap ${gets(0)})))`)
    const values = params.map((type, i) => (type === 'i64' ? BigInt(i) : i + 0.5))
    expect(call(instance, 'f')(...values)).toEqual(values)
  })
})
