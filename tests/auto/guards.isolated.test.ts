// Guards before expected targets of indirect calls, in machine code: whatever happens to the table, the right function runs, and
// what trapped traps. Each scenario runs in the baseline tier and in code made with feedback that names one function.
import { describe, expect, test } from 'vitest'
import type { RuntimeError } from '#dist/runtime/errors.js'
import { Instance } from '#dist/runtime/instance.js'
import type { Module } from '#dist/runtime/module.js'
import { ExternKind, I32 } from '#dist/wasm/types.js'
import { Op } from '#dist/wasm/opcodes.js'
import { call, World } from '../runtime/world.js'

/** Compiles a defined function as if its only indirect call had been seen to reach `callee`. @returns the version */
function expecting(module: Module, defined: number, callee: number): number {
  const { info, bytes } = module
  const offset = bytes.indexOf(Op.CallIndirect, info.bodyStart[defined])
  expect(offset).toBeLessThan(info.bodyEnd[defined])
  const version = module.optimizeNow(defined, { loop: -1, feedback: Int32Array.of(offset, callee, 10) })
  if (version === undefined) throw new Error('not optimized')
  return version
}

function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    const { message, frames } = error as RuntimeError & { frames: readonly { funcIndex: number; offset: number }[] }
    return [message, ...frames.map(({ funcIndex, offset }) => `${funcIndex}@${offset}`)]
  }
}

const FUNCTIONS = `
  (type $unary (func (param i32) (result i32)))
  (global $own (export "own") (mut i32) (i32.const 1))
  (func $first (type $unary) (i32.add (local.get 0) (global.get $own)))
  (func $second (type $unary) (i32.mul (local.get 0) (i32.const 3)))
  (func $third (type $unary) (i32.sub (local.get 0) (i32.const 100)))
  (func $other (param i64) (result i64) (local.get 0))`

/** A loop that calls table entry 0 so many times on an accumulator, and does something else before each call. */
const loop = (step: string): string => `(func $run (export "run") (param i32) (result i32) (local $sum i32)
  (loop $l
    ${step}
    (local.set $sum (call_indirect (type $unary) (local.get $sum) (i32.const 0)))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (local.get $sum))`

/** Index of `$run` among the defined functions. */
const RUN = 4

/** Runs a scenario in both tiers: they must agree. @returns what they did, and failures of guards */
function both(scenario: (world: World, prepare: (module: Module) => void) => unknown): {
  result: unknown
  failures: number
} {
  const expected = outcome(() => scenario(new World({ tier: 'baseline' }), () => undefined))
  let failures = 0
  const modules: Module[] = []
  const result = outcome(() =>
    scenario(new World({ tier: 'baseline', checked: true }), (module) => {
      expecting(module, RUN, 0)
      modules.push(module)
    }),
  )
  for (const { code } of modules) failures += code.guardFailures.count(RUN)
  expect(result).toEqual(expected)
  return { result, failures }
}

describe('a table that changes in a loop', () => {
  test('not at all', () => {
    const { result, failures } = both((world, prepare) => {
      const module = world.module(
        `(module (table 2 funcref) (elem (i32.const 0) $first $second) ${FUNCTIONS} ${loop('')})`,
      )
      prepare(module)
      return call(new Instance(world.store, module, []), 'run')(10)
    })
    expect(result).toBe(10)
    expect(failures).toBe(0)
  })

  test('by the guest', () => {
    const step = `(if (i32.eq (local.get 0) (i32.const 5)) (then (table.set 0 (i32.const 0) (table.get 0 (i32.const 1)))))
      (if (i32.eq (local.get 0) (i32.const 2)) (then (table.copy (i32.const 0) (i32.const 2) (i32.const 1))))`
    const { failures } = both((world, prepare) => {
      const module = world.module(
        `(module (table 3 funcref) (elem (i32.const 0) $first $second $third) ${FUNCTIONS} ${loop(step)})`,
      )
      prepare(module)
      return call(new Instance(world.store, module, []), 'run')(10)
    })
    expect(failures).toBe(5)
  })

  test('by a host call', () => {
    const { failures } = both((world, prepare) => {
      const module = world.module(`(module (import "m" "change" (func $change (param i32)))
        (table (export "table") 2 funcref) (elem (i32.const 0) $first $second) ${FUNCTIONS}
        ${loop('(call $change (local.get 0))')})`)
      prepare(module)
      const instance: Instance = new Instance(world.store, module, [
        world.host([I32], [], (left) => {
          if (left === 3) table?.set(0, table.get(1))
        }),
      ])
      const table = instance.getTable('table')
      return call(instance, 'run')(10)
    })
    expect(failures).toBe(3)
  })

  test('by another instance of the module, with its own function of the same code', () => {
    const text = `(module (import "m" "table" (table 2 funcref)) (import "m" "change" (func $change (param i32)))
      ${FUNCTIONS}
      ${loop('(call $change (local.get 0))')}
      (elem declare func $first)
      (func (export "put") (table.set (i32.const 0) (ref.func $first))))`
    const { result, failures } = both((world, prepare) => {
      const module = world.module(text)
      prepare(module)
      const tables = world.instance('(module (table (export "table") 2 funcref))')
      const table = tables.getTable('table')
      if (table === undefined) throw new Error('no table')
      const change = world.host([I32], [], (left) => {
        if (left === 5) call(two, 'put')()
      })
      const one = new Instance(world.store, module, [table, change])
      const two: Instance = new Instance(world.store, module, [table, change])
      const own = two.exports.get('own')
      if (own?.kind !== ExternKind.Global) throw new Error('no global')
      own.value = 1000
      call(one, 'put')()
      return [call(one, 'run')(10), call(two, 'run')(1)]
    })
    expect(result).toEqual([5005, 1000])
    expect(failures).toBe(5)
  })

  test('by growing', () => {
    const run = `(func $run (export "run") (param i32) (result i32)
      (drop (table.grow 0 (ref.func $second) (local.get 0)))
      (call_indirect (type $unary) (i32.const 7) (i32.const 5)))`
    for (const by of [1, 4, 9]) {
      both((world, prepare) => {
        const module = world.module(
          `(module (table 1 funcref) (elem (i32.const 0) $first) (elem declare func $second) ${FUNCTIONS} ${run})`,
        )
        prepare(module)
        return call(new Instance(world.store, module, []), 'run')(by)
      })
    }
  })
})

describe('what trapped', () => {
  const text = `(module (table 5 funcref) (elem (i32.const 0) $first $second $other) ${FUNCTIONS}
    (func $run (export "run") (param i32) (result i32) (call_indirect (type $unary) (i32.const 7) (local.get 0))))`
  test.each([
    ['the expected function', 0, 0],
    ['another', 1, 1],
    ['another type', 2, 1],
    ['null', 3, 1],
    ['the end of the table', 5, 0],
    ['far beyond it', -1, 0],
  ])('traps: %s', (_, index, failed) => {
    const { failures } = both((world, prepare) => {
      const module = world.module(text)
      prepare(module)
      return call(new Instance(world.store, module, []), 'run')(index)
    })
    expect(failures).toBe(failed)
  })

  test('a trap in a function behind a guard has the frames', () => {
    const { result } = both((world, prepare) => {
      const module = world.module(`(module (table 1 funcref) (elem (i32.const 0) $divide)
        (type $unary (func (param i32) (result i32)))
        (func $divide (type $unary) (i32.div_u (i32.const 5) (local.get 0)))
        (func) (func) (func)
        (func $run (export "run") (param i32) (result i32)
          (call_indirect (type $unary) (local.get 0) (i32.const 0))))`)
      prepare(module)
      return call(new Instance(world.store, module, []), 'run')(0)
    })
    expect(result).toEqual(['divide by zero', expect.stringMatching(/^0@/), expect.stringMatching(/^4@/)])
  })
})

test('frame states are those of the code that runs, whatever was seen since', () => {
  const world = new World({ tier: 'baseline' })
  const module = world.module(`(module (table 2 funcref) (elem (i32.const 0) $first $second) ${FUNCTIONS} ${loop('')})`)
  const guarded = module.code.describe(expecting(module, RUN, 0))
  const plain = module.code.describe(module.optimizeNow(RUN, { loop: -1, feedback: new Int32Array(0) }) ?? -1)
  for (const version of [guarded, plain]) expect(module.frameStates(version)?.length).toBeGreaterThan(0)
  expect(new Set([guarded, plain].map((version) => String(module.frameStates(version)))).size).toBe(2)
})
