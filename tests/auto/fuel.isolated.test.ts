// Fuel: the same program with the same fuel stops at the same instruction in every tier, in inlined code and in code that was
// entered at a loop; and what a program consumes is what the rules of tiers/fuel.ts say.
import { describe, expect, test } from 'vitest'
import { Engine } from '#dist/runtime/engine.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import type { EngineOptions } from '#dist/runtime/options.js'
import type { RuntimeError } from '#dist/runtime/errors.js'
import { TrapCode } from '#dist/tiers/abi.js'
import { EXTERNREF, ExternKind, FUNCREF, I32, I64 } from '#dist/wasm/types.js'
import { HOST_FUNCTIONS, generateModule, type GeneratedModule } from '#dist/tests/fuzz/generator.js'
import { Random } from '#dist/tests/fuzz/random.js'
import { Func } from '#dist/runtime/func.js'
import { World, call } from '../runtime/world.js'

const PROGRAMS: Readonly<Record<string, string>> = {
  loop: `(func (export "run") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.mul (local.get 0) (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))`,
  'small functions': `
    (func $odd (param i32) (result i32)
      (if (i32.eqz (i32.and (local.get 0) (i32.const 1))) (then (return (i32.const 0))))
      (i32.const 1))
    (func $max (param i32 i32) (result i32)
      (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))
    (func $both (param i32) (result i32)
      (call $max (call $odd (local.get 0)) (call $odd (i32.shr_u (local.get 0) (i32.const 1)))))
    (func (export "run") (param i32) (result i32) (local i32)
      (loop $l
        (local.set 1 (i32.add (local.get 1) (call $both (local.get 0))))
        (drop (call $odd (local.get 1)))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))`,
  recursion: `(func $fib (export "run") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add
        (call $fib (i32.sub (local.get 0) (i32.const 1)))
        (call $fib (i32.sub (local.get 0) (i32.const 2)))))))`,
  branches: `(table funcref (elem $a $b)) (memory 1)
    (func $a (param i32) (result i32) (block (br_if 0 (i32.and (local.get 0) (i32.const 2))) (return (i32.const 1))) (i32.const 5))
    (func $b (param i32) (result i32) (nop) (i32.add (local.get 0) (i32.const 3)))
    (func (export "run") (param i32) (result i32) (local i32)
      (block $out
        (loop $l
          (block $two
            (block $one
              (block $zero (br_table $zero $one $two (i32.rem_u (local.get 0) (i32.const 4))))
              (local.set 1 (i32.add (local.get 1) (i32.const 10)))
              (br $two))
            (i32.store (i32.const 8) (local.get 1))
            (if (i32.gt_u (local.get 1) (i32.const 100)) (then (local.set 1 (i32.load (i32.const 8)))) (else (nop))))
          (local.set 1 (i32.add (local.get 1)
            (call_indirect (param i32) (result i32) (local.get 0) (i32.and (local.get 0) (i32.const 1)))))
          (br_if $out (i32.eqz (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (br $l)
          (local.set 1 (i32.const 77))
          (loop (br 0)))
        (unreachable))
      (local.get 1))`,
}

const MODES: Readonly<Record<string, EngineOptions>> = {
  baseline: { tier: 'baseline' },
  optimizing: { tier: 'optimizing' },
  'optimizing, eager': { tier: 'optimizing', compile: 'eager' },
  replaced: { tier: 'auto', force: ['osr'], compileThreads: 0 },
  'replaced at outer loops': { tier: 'auto', force: ['climb'], compileThreads: 0 },
  'optimized at once': { tier: 'auto', force: ['optimize'], compileThreads: 0 },
}

interface Outcome {
  readonly result: unknown
  readonly left: number
  /** Where it trapped: functions and offsets. */
  readonly frames: unknown
}

const engines = new Map<EngineOptions, Engine>()

function engineFor(mode: EngineOptions): Engine {
  let engine = engines.get(mode)
  if (engine === undefined) engines.set(mode, (engine = new Engine({ ...mode, consumeFuel: true })))
  return engine
}

function run(mode: EngineOptions, text: string, fuel: number, argument: number): Outcome {
  const store = new Store(engineFor(mode))
  const instance = new Instance(store, new Module(store.engine, assemble(`(module ${text})`)), [])
  store.fuel = fuel
  try {
    return { result: call(instance, 'run')(argument), left: store.fuel, frames: [] }
  } catch (error) {
    const { code, frames } = error as RuntimeError
    expect(code).toBe(TrapCode.OutOfFuel)
    return {
      result: 'out of fuel',
      left: store.fuel,
      frames: frames?.map(({ funcIndex, offset }) => [funcIndex, offset]),
    }
  }
}

describe.each(Object.entries(PROGRAMS))('%s', (_, text) => {
  const whole = run(MODES['baseline'], text, 1e6, 9)

  test.each(Object.entries(MODES))('%s: consumes the same', (_name, mode) => {
    expect(run(mode, text, 1e6, 9)).toEqual(whole)
  })

  test('stops at the same instruction in every mode, whatever the fuel', () => {
    const consumed = 1e6 - whole.left
    for (let fuel = 0; fuel <= consumed + 1; fuel += Math.ceil(consumed / 20)) {
      const expected = run(MODES['baseline'], text, fuel, 9)
      expect(expected.result).toBe(fuel < consumed ? 'out of fuel' : whole.result)
      for (const mode of Object.values(MODES)) expect(run(mode, text, fuel, 9)).toEqual(expected)
    }
    expect(run(MODES['optimizing'], text, consumed, 9)).toEqual({ ...whole, left: 0 })
    expect(run(MODES['optimizing'], text, consumed - 1, 9).result).toBe('out of fuel')
  })
})

/** What the exports of a generated module do and consume, call by call, each with so much fuel. */
function trace(mode: EngineOptions, module: GeneratedModule, fuel: number): unknown[] {
  const store = new Store(engineFor(mode))
  const hosts = HOST_FUNCTIONS.map(({ params, results }) =>
    Func.host(store, { kind: 'func', params, results }, () => {
      const values = results.map((type) => (type === I64 ? 7n : 7))
      return values.length > 1 ? values : values[0]
    }),
  )
  store.fuel = 1e6
  const { exports } = new Instance(store, new Module(store.engine, module.bytes), hosts)
  return module.signatures.map(({ params }, i) => {
    const func = exports.get(`f${i}`)
    if (func?.kind !== ExternKind.Func) throw new Error('no function')
    const budget = exports.get('fuel')
    if (budget?.kind === ExternKind.Global) budget.value = 300
    store.fuel = fuel
    let outcome: unknown
    try {
      outcome = func.callable(
        ...params.map((type) => (type === I64 ? 5n : type === FUNCREF || type === EXTERNREF ? null : 5)),
      )
    } catch (error) {
      outcome = (error as Error).message
    }
    return [Array.isArray(outcome) ? outcome.map(String) : String(outcome), store.fuel]
  })
}

test('generated modules consume the same in every tier', () => {
  for (let seed = 1; seed <= 25; seed++) {
    const module = generateModule(new Random(seed))
    for (const fuel of [20, 150, 1e6]) {
      const expected = trace(MODES['baseline'], module, fuel)
      for (const mode of [MODES['optimizing'], MODES['replaced']]) {
        expect(trace(mode, module, fuel), `seed ${seed}, fuel ${fuel}`).toEqual(expected)
      }
    }
  }
})

test('prices: an instruction 1, a call 1 more, structure nothing', () => {
  const price = (body: string): number =>
    1e6 - run(MODES['baseline'], `(func $nothing) (func (export "run") (param i32) ${body})`, 1e6, 3).left
  expect(price('')).toBe(1)
  expect(price('nop (block (loop))')).toBe(1)
  expect(price('(drop (i32.const 1))')).toBe(2)
  expect(price('return')).toBe(1)
  expect(price('(call $nothing)')).toBe(3)
  expect(price('(if (local.get 0) (then nop) (else (drop (i32.const 1))))')).toBe(3)
  // Four instructions a turn: get, const, sub, tee, br_if.
  expect(price('(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))')).toBe(1 + 3 * 5)
})

test('a host function sees what has been consumed and may give more', () => {
  for (const mode of Object.values(MODES)) {
    const world = new World({ ...mode, consumeFuel: true })
    const seen: number[] = []
    const host = world.host([I32], [], (value: number) => {
      seen.push(world.store.fuel)
      if (value === 2) world.store.fuel += 100
    })
    const instance = world.instance(
      `(module (import "h" "f" (func $f (param i32)))
        (func (export "run") (call $f (i32.const 1)) (call $f (i32.const 2)) (call $f (i32.const 3)) (drop (i32.const 1))))`,
      host,
    )
    world.store.fuel = 6
    call(instance, 'run')()
    expect(seen).toEqual([3, 1, 99])
    expect(world.store.fuel).toBe(98)
    world.store.fuel = 2
    expect(() => call(instance, 'run')()).toThrow('all fuel consumed')
    expect(world.store.fuel).toBe(0)
    world.store.fuel = 8
    call(instance, 'run')()
    expect(world.store.fuel).toBe(100)
  }
})

test('an engine that does not count says so, and bad amounts are refused', () => {
  const world = new World({ tier: 'baseline' })
  expect(() => world.store.fuel).toThrow('consumeFuel')
  const counting = new World({ tier: 'baseline', consumeFuel: true })
  expect(counting.store.fuel).toBe(0)
  for (const bad of [-1, 0.5, NaN, 2 ** 53]) expect(() => (counting.store.fuel = bad)).toThrow(RangeError)
  counting.store.fuel = 2 ** 53 - 1
  expect(counting.store.fuel).toBe(2 ** 53 - 1)
})
