// What feedback is made of samples, without any engine.
import { expect, test } from 'vitest'
import { NO_FEEDBACK, OTHERS, feedbackFrom, feedbackWeight, namesSameTargets } from '#dist/tiers/feedback.js'
import { CallProfile } from '#dist/tiers/policy/call-profile.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { assemble } from '#dist/wasm/text/assemble.js'

const info = decodeModule(assemble(`(module (func) (func) (func) (func) (func) (func))`))

function profile(
  ...calls: readonly (readonly [caller: number, offset: number, callee: number, times: number])[]
): CallProfile {
  const made = new CallProfile()
  for (const [caller, offset, callee, times] of calls) {
    for (let i = 0; i < times; i++) made.record(caller, offset, callee)
  }
  return made
}

test('a function without samples has none', () => {
  expect(profile([1, 10, 2, 3]).feedback(info, 0)).toBe(NO_FEEDBACK)
})

test('entries come by offset, targets by weight', () => {
  const made = profile([0, 20, 1, 2], [0, 10, 3, 1], [0, 20, 2, 5])
  expect([...made.feedback(info, 0)]).toEqual([10, 3, 1, 20, 2, 5, 20, 1, 2])
})

test('the calls of callees are there, whatever the cycle; those of others are not', () => {
  const made = profile([0, 10, 1, 1], [1, 30, 2, 1], [2, 40, 0, 1], [4, 50, 0, 1])
  expect([...made.feedback(info, 0)]).toEqual([10, 1, 1, 30, 2, 1, 40, 0, 1])
})

test('only the likeliest targets are named', () => {
  const made = profile([0, 10, 0, 1], [0, 10, 1, 1], [0, 10, 2, 2], [0, 10, 3, 3], [0, 10, 4, 4], [0, 10, 5, 5])
  expect([...made.feedback(info, 0)]).toEqual([10, 5, 5, 10, 4, 4, 10, 3, 3, 10, 2, 2, 10, OTHERS, 2])
})

test('what is long ago counts less', () => {
  const made = profile([0, 10, 1, 750], [0, 10, 2, 250], [0, 20, 1, 3])
  made.fade(0)
  for (let i = 0; i < 20; i++) made.record(0, 10, 3)
  expect([...made.feedback(info, 0)]).toEqual([10, 3, 20, 10, 1, 12, 10, 2, 4, 20, 1, 3])
})

test('entries are found by offset', () => {
  const entries = Int32Array.of(10, 1, 1, 20, 2, 1, 20, 3, 1)
  expect([0, 10, 11, 20, 21].map((offset) => feedbackFrom(entries, offset))).toEqual([0, 0, 3, 3, 9])
  expect([feedbackWeight(entries, 20, 3), feedbackWeight(entries, 20, 1), feedbackWeight(entries, 30, 1)]).toEqual([
    1, 0, 0,
  ])
})

test('feedback with the same targets makes the same code', () => {
  const known = Int32Array.of(10, 1, 5, 20, 2, 3, 20, OTHERS, 3)
  expect(namesSameTargets(known, Int32Array.of(10, 1, 50, 20, 2, 2, 20, 4, 1))).toBe(true)
  expect(namesSameTargets(known, Int32Array.of(10, 1, 5, 20, 3, 3))).toBe(false)
  expect(namesSameTargets(known, NO_FEEDBACK)).toBe(false)
})
