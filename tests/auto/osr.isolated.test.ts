// On-stack replacement: at every loop header that is reached, a frame of baseline code goes on in optimized code. Results
// must be those of the baseline tier, and the replacement must really have happened.
import { describe, expect, test } from 'vitest'
import { NESTED_LOOPS } from '../support/nested-loops.js'
import { World, call } from '../runtime/world.js'

/** Bodies of `(func (export "run") (param i32 i64 f32 f64) (result ...) ...)` and the like. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'one loop': `(func (export "run") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.mul (local.get 0) (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))`,
  'nested loops': NESTED_LOOPS,
  'operands below loops': `(func (export "run") (param i32) (result i32) (local i32 i32)
    (i32.add
      (i32.mul (local.get 0) (i32.const 3))
      (block $out (result i32)
        (i32.sub (local.get 0) (i32.const 7))
        (loop $i (result i32)
          (local.set 1 (i32.const 4))
          (i32.popcnt (local.get 0))
          (loop $j
            (local.set 2 (i32.add (local.get 2) (local.get 1)))
            (br_if $j (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
          (local.set 2 (i32.add (local.get 2)))
          (br_if $i (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
          (local.get 2))
        (drop (br_if $out (i32.const 99) (i32.eqz (local.get 2))))
        i32.xor)))`,
  'every type': `(func (export "run") (param i32) (result f64) (local i64 f32 f64)
    (local.set 1 (i64.const 0x123456789abcdef))
    (local.set 2 (f32.const 1.5))
    (f64.add
      (f64.const 0.25)
      (loop $l (result f64)
        (local.set 1 (i64.rotl (local.get 1) (i64.const 5)))
        (local.set 2 (f32.mul (local.get 2) (f32.const 1.01)))
        (local.set 3 (f64.add (local.get 3) (f64.convert_i64_s (i64.and (local.get 1) (i64.const 255)))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
        (f64.add (local.get 3) (f64.promote_f32 (local.get 2))))))`,
  'loop parameters': `(func (export "run") (param i32) (result i32)
    (i32.const 1000)
    (i32.const 1) (local.get 0)
    (loop $l (param i32 i32) (result i32)
      (local.set 0)
      (i32.add (local.get 0))
      (i32.sub (local.get 0) (i32.const 1))
      (br_if $l (i32.gt_s (local.get 0) (i32.const 1)))
      i32.add)
    i32.sub)`,
  'loops in branches': `(func (export "run") (param i32) (result i32) (local i32 i32)
    (loop $o
      (if (i32.and (local.get 0) (i32.const 1))
        (then
          (local.set 1 (i32.const 3))
          (loop $a
            (local.set 2 (i32.add (local.get 2) (local.get 1)))
            (br_if $a (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
        (else
          (local.set 1 (i32.const 2))
          (block $exit
            (loop $b
              (local.set 2 (i32.xor (local.get 2) (local.get 1)))
              (br_if $exit (i32.eqz (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
              (br $b)))))
      (br_if $o (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 2))`,
  'a loop after a loop, with constants': `(func (export "run") (param i32) (result i32) (local i32 i32 i32)
    (local.set 2 (i32.const 77))
    (loop $a
      (local.set 1 (i32.add (local.get 1) (i32.const 2)))
      (br_if $a (i32.lt_s (local.get 1) (local.get 0))))
    (loop $b
      (local.set 3 (i32.add (local.get 3) (i32.add (local.get 1) (local.get 2))))
      (br_if $b (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (local.get 3))`,
  'stack arguments and results': `
    (func $many (param i32 i32 i32 i32 i32 i32 i32 i32 f64) (result i32 i32 i32 i32 f64)
      (loop $l
        (local.set 1 (i32.add (local.get 1) (local.get 7)))
        (local.set 8 (f64.add (local.get 8) (f64.const 0.5)))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1) (local.get 2) (local.get 6) (local.get 7) (local.get 8))
    (func (export "run") (param i32) (result f64) (local f64)
      (call $many (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
        (i32.const 8) (f64.const 9))
      (local.set 1)
      i32.add i32.add i32.add
      (f64.add (f64.convert_i32_s) (local.get 1)))`,
  'calls and memory': `(memory 1)
    (global $g (mut i32) (i32.const 5))
    (func $step (param i32) (result i32)
      (global.set $g (i32.add (global.get $g) (local.get 0)))
      (i32.store (i32.and (local.get 0) (i32.const 1020)) (global.get $g))
      (i32.load (i32.and (global.get $g) (i32.const 1020))))
    (func (export "run") (param i32) (result i32) (local i32)
      (loop $l
        (local.set 1 (i32.add (local.get 1) (call $step (local.get 0))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))`,
}

describe('at every loop', () => {
  test.each(Object.entries(PROGRAMS))('%s', (_, text) => {
    const expected = call(new World({ tier: 'baseline' }).instance(`(module ${text})`), 'run')(13)
    const world = new World({ tier: 'auto', force: ['osr'], compileThreads: 0, checked: true })
    let count = 0
    world.store.engine.events.on('osr', () => count++)
    expect(call(world.instance(`(module ${text})`), 'run')(13)).toBe(expected)
    expect(count).toBeGreaterThan(0)
  })
})

test('one call with one hot loop ends up in optimized code', () => {
  const world = new World({ tier: 'auto', compileThreads: 1 })
  const instance = world.instance(`(module
    (memory (export "m") 1)
    (func (export "run") (param i32) (result i32) (local i32)
      (loop $l
        (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))
        (br_if $l (i32.and (i32.eqz (i32.load (i32.const 0))) (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 0)))))
      (local.get 0)))`)
  const stop = instance.getMemory('m')
  let to = ''
  world.store.engine.events.on('osr', (event) => {
    to = event.to.tier
    new Int32Array(stop?.buffer ?? new ArrayBuffer(4))[0] = 1
  })
  call(instance, 'run')(1)
  expect(to).toBe('optimizing')
})
