// Traps, calls and stack overflows in inlined code have the backtraces that they have without inlining.
import { describe, expect, test } from 'vitest'
import type { RuntimeError } from '#dist/runtime/errors.js'
import { call, World } from '../../runtime/world.js'

const SOURCE = `(module
  (memory 1)
  (func $inner (param i32) (result i32) (i32.load (local.get 0)))
  (func $divide (param i32) (result i32) (i32.div_s (i32.const 7) (local.get 0)))
  (func $stop (param i32) (if (i32.eq (local.get 0) (i32.const 5)) (then unreachable)))
  (func $outer (param i32) (result i32)
    (call $stop (local.get 0))
    (i32.add (call $inner (local.get 0)) (call $divide (i32.sub (local.get 0) (i32.const 3)))))
  (func $callsLarge (param i32) (call $large (local.get 0)))
  (func $large (param i32) ${'(call $stop (local.get 0))'.repeat(40)} (call $callsLarge (local.get 0)))
  (func (export "f") (param i32) (result i32) (call $outer (local.get 0)))
  (func (export "g") (param i32) (call $callsLarge (local.get 0))))`

/** Frames of what a call throws, with its message. */
function thrown(f: (...args: never[]) => unknown, arg: number): unknown {
  try {
    f(...([arg] as never[]))
  } catch (error) {
    const { message, frames } = error as RuntimeError & { frames: readonly { funcIndex: number; offset: number }[] }
    return { message, frames: frames.map(({ funcIndex, offset }) => `${funcIndex}@${offset}`) }
  }
  return 'nothing'
}

describe('backtraces of inlined code', () => {
  const baseline = new World({ tier: 'baseline' }).instance(SOURCE)
  const optimized = new World({ tier: 'optimizing', checked: true }).instance(SOURCE)
  test.each([
    ['f', -1, 3],
    ['f', 3, 3],
    ['f', 5, 3],
    ['g', 5, 4],
  ])('%s(%i)', (name, arg, frames) => {
    const expected = thrown(call(baseline, name), arg) as { frames: string[] }
    expect(expected.frames.length).toBe(frames)
    expect(thrown(call(optimized, name), arg)).toEqual(expected)
  })

  test('a stack overflow names functions in turn', () => {
    const { message, frames } = thrown(call(optimized, 'g'), 1) as { message: string; frames: string[] }
    expect(message).toBe('Maximum call stack size exceeded')
    const functions = new Set(frames.map((frame) => Number.parseInt(frame, 10)))
    expect(functions).toEqual(new Set([4, 5]))
  })
})
