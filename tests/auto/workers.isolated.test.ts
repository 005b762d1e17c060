// Compile workers: they publish while this thread is in guest code, and what they publish can be explained at once.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { findVersion } from '#dist/runtime/code.js'
import { drain, jobsUnderWay, stopCompilers, compilerCount } from '#dist/runtime/compile-jobs.js'
import type { Instance } from '#dist/runtime/instance.js'
import { I32 } from '#dist/wasm/types.js'
import { cycle } from '#dist/tests/support/cycles/cycle.js'
import { Random } from '#dist/tests/fuzz/random.js'
import { World, call } from '../runtime/world.js'

afterAll(() => stopCompilers())

const PATIENCE_MS = 60_000

/** Whether callers reach an optimized version of a function. */
function isOptimized(instance: Instance, defined: number): boolean {
  drain()
  const { code } = instance.module
  const version = code.currentVersion(defined)
  return version >= 0 && code.versions.tier(version) === 'optimizing'
}

/** Calls `run` again and again until the function is optimized. */
function untilOptimized(instance: Instance, defined: number, run: () => void): void {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    run()
    if (isOptimized(instance, defined)) return
  }
  throw new Error('nothing was published')
}

const SUM = `(module (func $sum (export "sum") (param i32) (result i32) (local i32)
  (loop $l
    (local.set 1 (i32.add (local.get 1) (i32.rem_u (local.get 0) (i32.const 7))))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (local.get 1)))`

test('publishes by itself, without a turn of the event loop', () => {
  const world = new World({ tier: 'auto', force: ['optimize'], compileThreads: 1 })
  const instance = world.instance(SUM)
  const sum = call(instance, 'sum')
  const expected = sum(10_000)
  untilOptimized(instance, 0, () => expect(sum(10_000)).toBe(expected))
  expect(compilerCount()).toBe(1)
  expect(sum(10_000)).toBe(expected)
})

test('a trap in code that was just published has its frames', () => {
  const world = new World({ tier: 'auto', force: ['optimize'], compileThreads: 1 })
  const instance = world.instance(`(module (memory 1)
    (func $load (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "get") (param i32) (result i32) (call $load (local.get 0))))`)
  const get = call(instance, 'get')
  untilOptimized(instance, 1, () => get(0))
  const { code } = instance.module
  const version = code.describe(code.currentVersion(1))
  expect(findVersion(version.start)?.version).toBe(version.version)
  let frames: unknown
  try {
    get(-1)
  } catch (error) {
    ;({ frames } = error as { frames: unknown })
  }
  expect(frames).toMatchObject([{ funcIndex: 0 }, { funcIndex: 1 }])
})

test('without workers the same is done on this thread', () => {
  const world = new World({ tier: 'auto', force: ['optimize'], compileThreads: 0 })
  const before = compilerCount()
  const instance = world.instance(SUM)
  const expected = new World({ tier: 'baseline' }).instance(SUM)
  expect(call(instance, 'sum')(1000)).toBe(call(expected, 'sum')(1000))
  const { code } = instance.module
  expect(code.versions.tier(code.currentVersion(0))).toBe('optimizing')
  expect(compilerCount()).toBe(before)
})

test('workers stop and start, with jobs under way', async () => {
  const world = new World({ tier: 'auto', force: ['optimize'], compileThreads: 2 })
  for (let i = 0; i < 5; i++) {
    const instance = world.instance(SUM)
    expect(call(instance, 'sum')(10)).toBe(27)
    await stopCompilers()
    expect(compilerCount()).toBe(0)
    expect(jobsUnderWay()).toBe(0)
    expect(call(instance, 'sum')(10)).toBe(27)
  }
})

test('engines and workers come and go, publishing at random moments', async () => {
  const random = new Random(20)
  // All ten thousand of them: node dist/tests/support/cycles/main.js
  for (let i = 0; i < 25; i++) await cycle(random)
})

test('a function pinned while it is being optimized stays', async () => {
  const world = new World({ tier: 'auto', force: ['publish'], compileThreads: 1 })
  for (let i = 0; i < 20; i++) {
    const instance = world.instance(SUM)
    const func = instance.getFunc('sum')
    if (func === undefined) throw new Error('no function')
    expect(func.callable(10)).toBe(27)
    await sleep(i)
    world.store.engine.pin(func, 'baseline')
    for (const end = performance.now() + PATIENCE_MS; jobsUnderWay() > 0 && performance.now() < end;) await sleep(1)
    expect(func.callable(10)).toBe(27)
    const { code } = instance.module
    expect(code.versions.tier(code.currentVersion(0))).toBe('baseline')
  }
})

test('without workers a hot loop is left for optimized code, too', () => {
  const world = new World({ tier: 'auto', compileThreads: 0 })
  const instance = world.instance(`(module (memory (export "m") 1)
    (func (export "run") (param i32) (result i32)
      (loop $l
        (local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 31)) (i32.const 7)))
        (br_if $l (i32.eqz (i32.load (i32.const 0)))))
      (local.get 0)))`)
  const { buffer } = instance.getMemory('m') ?? { buffer: new ArrayBuffer(4) }
  let to = ''
  world.store.engine.events.on('osr', (event) => {
    to = event.to.tier
    new Int32Array(buffer)[0] = 1
  })
  call(instance, 'run')(1)
  expect(to).toBe('optimizing')
})

test('hot code is found by itself, inside one call', () => {
  const world = new World({ tier: 'auto', compileThreads: 1 })
  const end = performance.now() + PATIENCE_MS
  const host = world.host([], [I32], () => (isOptimized(instance, 0) || performance.now() > end ? 1 : 0))
  const instance: Instance = world.instance(
    `(module (import "h" "go" (func $stop (result i32)))
      (func $work (param i32) (result i32) (local i32)
        (loop $l
          (local.set 1 (i32.add (local.get 1) (i32.rem_u (local.get 0) (i32.const 7))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
      (func (export "run") (loop $l (drop (call $work (i32.const 100000))) (br_if $l (i32.eqz (call $stop))))))`,
    host,
  )
  const seen: string[] = []
  const { events } = world.store.engine
  events.on('tierUp', ({ defined, reason }) => seen.push(`tierUp ${defined} ${reason}`))
  events.on('publish', ({ version }) => seen.push(`publish ${version.defined} ${version.tier}`))
  call(instance, 'run')()
  expect(seen).toContain('tierUp 0 hot')
  expect(seen).toContain('publish 0 optimizing')
})

test('recursion without loops is found hot, too', () => {
  const world = new World({ tier: 'auto', compileThreads: 1 })
  const instance = world.instance(`(module (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add
        (call $fib (i32.sub (local.get 0) (i32.const 1)))
        (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`)
  const seen: string[] = []
  world.store.engine.events.on('tierUp', ({ reason }) => seen.push(reason))
  const fib = call(instance, 'fib')
  // Each call far longer than it takes to see what is hot; by the second at the latest it is known inside a call.
  for (let n = 27; seen.length === 0 && n < 40; n++) fib(n)
  expect(seen[0]).toBe('hot')
})

test('recursion without loops ends at a deadline', () => {
  for (const tier of ['baseline', 'optimizing'] as const) {
    const world = new World({ tier })
    const instance = world.instance(`(module (func $f (export "f") (param i32)
      (if (i32.eqz (local.get 0)) (then return))
      (call $f (i32.sub (local.get 0) (i32.const 1)))
      (call $f (i32.sub (local.get 0) (i32.const 1)))))`)
    const end = world.store.deadline(50)
    expect(() => call(instance, 'f')(200)).toThrow('interrupt')
    end()
    expect(call(instance, 'f')(3)).toBeUndefined()
  }
})

test('recursion through a table ends at a deadline and goes on where it was at others', () => {
  for (const tier of ['baseline', 'optimizing'] as const) {
    const world = new World({ tier })
    const instance = world.instance(`(module (table funcref (elem $f)) (global $n (mut i32) (i32.const 0))
      (func $f (export "f") (param i32 i64 f64) (result f64)
        (if (i32.eqz (local.get 0)) (then (return (f64.add (local.get 2) (f64.convert_i64_s (local.get 1))))))
        (f64.add
          (call_indirect (param i32 i64 f64) (result f64)
            (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1)) (local.get 2) (i32.const 0))
          (call_indirect (param i32 i64 f64) (result f64)
            (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (f64.add (local.get 2) (f64.const 0.5)) (i32.const 0)))))`)
    const f = call(instance, 'f')
    const expected = f(16, 3n, 0.25)
    const late = world.store.deadline(60_000)
    expect(f(16, 3n, 0.25)).toBe(expected)
    late()
    const end = world.store.deadline(50)
    expect(() => f(200, 3n, 0.25)).toThrow('interrupt')
    end()
    expect(f(16, 3n, 0.25)).toBe(expected)
  }
})

test('functions are optimized and pinned on request', () => {
  const world = new World({ tier: 'auto', compileThreads: 1 })
  const { engine } = world.store
  const instance = world.instance(SUM)
  const func = instance.getFunc('sum')
  if (func === undefined) throw new Error('no function')
  const { code } = instance.module
  const tier = (): string => code.versions.tier(code.currentVersion(0))
  engine.optimize(func)
  untilOptimized(instance, 0, () => expect(func.callable(10)).toBe(27))
  engine.pin(func, 'baseline')
  expect(tier()).toBe('baseline')
  expect(func.callable(10)).toBe(27)
  engine.pin(func, 'optimizing')
  expect(tier()).toBe('optimizing')
  expect(func.callable(10)).toBe(27)
})
