// Modules at the limits run, and every way to use up the stack leaves the instance usable.
import { STACK_OVERFLOW_MESSAGE } from '#dist/runtime/errors.js'
import { I32 } from '#dist/wasm/types.js'
import { describe, expect, test } from 'vitest'
import { World, call } from './world.js'

const range = (count: number, item: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(' ')

describe.each(['lazy', 'eager'] as const)('at the limits, %s', (compile) => {
  const world = new World({ compile })
  const ALL = range(1000, () => 'i64')
  test.each([
    ['50,000 locals', `(local ${range(50_000, () => 'i64')}) (i32.const 7)`],
    ['blocks nested 100,000 deep', `${'block '.repeat(100_000)} ${'end '.repeat(100_000)} i32.const 7`],
    ['conditions nested 50,000 deep', `${'i32.const 1 if '.repeat(50_000)} ${'end '.repeat(50_000)} i32.const 7`],
    ['a branch table of 65,520 targets', `block i32.const 9 br_table ${'0 '.repeat(65_521)} end i32.const 7`],
    ['5 MB of code', `i32.const 7 ${'i32.const 0 i32.add '.repeat(1_270_000)}`],
    ['1,000 parameters and results', `${'i64.const 7 '.repeat(1000)} call $g ${'drop '.repeat(999)} i32.wrap_i64`],
  ])('%s', (_, body) => {
    const wide = `(func $g (param ${ALL}) (result ${ALL}) ${range(1000, (i) => `local.get ${i}`)})`
    expect(call(world.instance(`(module ${wide} (func (export "f") (result i32) ${body}))`), 'f')()).toBe(7)
  })

  test('100,000 functions', () => {
    const functions = range(100_000, (i) => `(func (result i32) i32.const ${i})`)
    const instance = world.instance(`(module ${functions} (func (export "f") (result i32) call 99999))`)
    expect(call(instance, 'f')()).toBe(99_999)
  })
})

describe('deep recursion', () => {
  const world = new World()
  test.each([
    ['direct', '(call $f (local.get 0))'],
    ['through a table', '(call_indirect (type $t) (local.get 0) (i32.const 0))'],
    ['through JavaScript', '(call $again (local.get 0))'],
  ])('%s', (_, body) => {
    let f: (x: number) => unknown = () => 0
    const again = world.host([I32], [I32], (x: number) => f(x))
    const deepest = world.host([I32], [I32], (x: number) => x)
    const instance = world.instance(
      `(module (type $t (func (param i32) (result i32)))
        (import "" "again" (func $again (type $t))) (import "" "deepest" (func $deepest (type $t)))
        (table funcref (elem $f))
        (func $f (export "f") (type $t)
          (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 42))
            (else (drop (call $deepest (local.get 0))) ${body}))))`,
      again,
      deepest,
    )
    f = call(instance, 'f')
    for (let i = 0; i < 3; i++) {
      expect(() => f(1)).toThrow(new RangeError(STACK_OVERFLOW_MESSAGE))
      expect(f(0)).toBe(42)
    }
  })
})
