// Aborted signals and time slices: in every tier, in loops, recursion and code that was entered at a loop, with calls in calls and
// promises under way; and the instance is usable afterwards.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { stopCompilers } from '#dist/runtime/compile-jobs.js'
import { Func } from '#dist/runtime/func.js'
import type { Instance } from '#dist/runtime/instance.js'
import type { EngineOptions } from '#dist/runtime/options.js'
import { I32 } from '#dist/wasm/types.js'
import { World, call } from '../runtime/world.js'

afterAll(() => stopCompilers())

const MODES: Readonly<Record<string, EngineOptions>> = {
  baseline: { tier: 'baseline' },
  optimizing: { tier: 'optimizing' },
  'replaced at loops': { tier: 'auto', force: ['osr'], compileThreads: 0 },
  'replaced at outer loops': { tier: 'auto', force: ['climb'], compileThreads: 0 },
  auto: { tier: 'auto', compileThreads: 1 },
}

/** `loop` runs until memory[0] is not zero, `fib` calls itself, `call` calls the host in a loop. */
const SOURCE = `(module
  (import "h" "f" (func $host (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "loop") (param i32) (result i32)
    (loop $l
      (local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 31)) (i32.const 7)))
      (br_if $l (i32.eqz (i32.load (i32.const 0)))))
    (local.get 0))
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add
        (call $fib (i32.sub (local.get 0) (i32.const 1)))
        (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "sum") (param i32) (result i32) (local i32 i32)
    (loop $l
      (local.set 2 (i32.const 1000))
      (loop $m
        (local.set 1 (i32.add (local.get 1) (i32.and (local.get 2) (local.get 0))))
        (br_if $m (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "call") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (call $host (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`

describe.each(Object.entries(MODES))('%s', (_, mode) => {
  let world: World
  let instance: Instance
  let host: (value: number) => unknown
  const func = (name: string): Func => {
    const found = instance.getFunc(name)
    if (found === undefined) throw new Error(`no ${name}`)
    return found
  }
  const setStop = (value: number): void => {
    new Int32Array(instance.getMemory('memory')?.buffer ?? new ArrayBuffer(4))[0] = value
  }

  beforeEach(() => {
    world = new World(mode)
    host = (value) => value
    const imported = Func.suspending(world.store, { kind: 'func', params: [I32], results: [I32] }, (value: number) =>
      host(value),
    )
    instance = world.instance(SOURCE, imported)
  })

  test('timers of the host run between time slices', async () => {
    let count = 0
    const ticks = setInterval(() => {
      if (++count === 4) setStop(1)
    }, 1)
    // For ever, unless the timer fires.
    await func('loop').promising({ timeslice: 5 })(1)
    clearInterval(ticks)
    expect(count).toBe(4)
  })

  test('results are the same, also of several calls that take turns', async () => {
    const sum = call(instance, 'sum')
    const fib = call(instance, 'fib')
    const sliced = func('sum').promising({ timeslice: 0.5 })
    const slicedFib = func('fib').promising({ timeslice: 0.5 })
    const inputs = [4000, 3000, 2000]
    const [fibs, ...sums] = await Promise.all([slicedFib(24), ...inputs.map((n) => sliced(n))])
    expect(fibs).toBe(fib(24))
    expect(sums).toEqual(inputs.map((n) => sum(n)))
  })

  test('a signal ends a call in time slices, and others go on', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 20)
    const other = func('sum').promising({ timeslice: 1 })(3000)
    await expect(func('loop').promising({ timeslice: 2, signal: controller.signal })(1)).rejects.toBe(reason)
    expect(await other).toBe(call(instance, 'sum')(3000))
    setStop(1)
    expect(call(instance, 'loop')(1)).toBe(38)
    await expect(func('fib').promising({ signal: controller.signal })(3)).rejects.toBe(reason)
  })

  test('a signal ends a call that waits for a promise, at once', async () => {
    const controller = new AbortController()
    let resolve: (value: number) => void = () => undefined
    host = () => new Promise<number>((set) => (resolve = set))
    const result = func('call').promising({ signal: controller.signal })(2)
    controller.abort('over')
    await expect(result).rejects.toBe('over')
    // Too late to matter.
    resolve(1)
    await sleep(1)
    host = (value) => value
    expect(await func('call').promising()(3)).toBe(6)
  })

  test('a signal that a host function aborts ends the guest, and what the host calls meanwhile', () => {
    const controller = new AbortController()
    const callOff = world.store.abortOn(controller.signal)
    onTestFinished(callOff)
    let calls = 0
    host = () => {
      if (++calls === 10) controller.abort(new Error('from within'))
      return 1
    }
    expect(() => call(instance, 'call')(1_000_000_000)).toThrow('from within')
    expect(calls).toBeLessThan(13)
    expect(() => call(instance, 'loop')(1)).toThrow('from within')
    callOff()
    expect(call(instance, 'call')(5)).toBe(5)
  })

  test('time slices end in calls of the host that call the guest', async () => {
    const inner = call(instance, 'sum')
    let turned = false
    setTimeout(() => (turned = true), 5)
    host = () => {
      if (turned) throw new Error('had its turn')
      return inner(300)
    }
    // For ever, unless the timer fires.
    await expect(func('call').promising({ timeslice: 1 })(0)).rejects.toThrow('had its turn')
    host = () => inner(30)
    expect(await func('call').promising({ timeslice: 0.1 })(12)).toBe((12 * (inner(30) as number)) | 0)
  })

  test('a deadline counts the time of other turns, too', async () => {
    const callOff = world.store.deadline(40, () => new Error('late'))
    await expect(func('loop').promising({ timeslice: 3 })(1)).rejects.toThrow('late')
    callOff()
    expect(call(instance, 'fib')(10)).toBe(55)
  })
})

test('a time slice has to be one', () => {
  const world = new World({ tier: 'baseline' })
  const func = world.instance('(module (func (export "f")))').getFunc('f')
  for (const timeslice of [0, -1, NaN]) expect(() => func?.promising({ timeslice })).toThrow('timeslice')
})
