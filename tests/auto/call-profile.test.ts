// What feedback is made of samples, without any engine.
import { expect, test } from 'vitest'
import { NO_FEEDBACK, feedbackFrom } from '#dist/tiers/feedback.js'
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

test('only the likeliest targets are kept', () => {
  const made = profile([0, 10, 1, 1], [0, 10, 2, 2], [0, 10, 3, 3], [0, 10, 4, 4], [0, 10, 5, 5])
  expect([...made.feedback(info, 0)].filter((_, i) => i % 3 === 1)).toEqual([5, 4, 3, 2])
})

test('what is long ago counts less', () => {
  const made = profile([0, 10, 1, 8])
  made.fade(0)
  made.fade(0)
  for (let i = 0; i < 3; i++) made.record(0, 10, 2)
  expect([...made.feedback(info, 0)]).toEqual([10, 2, 3, 10, 1, 2])
})

test('entries are found by offset', () => {
  const entries = Int32Array.of(10, 1, 1, 20, 2, 1, 20, 3, 1)
  expect([0, 10, 11, 20, 21].map((offset) => feedbackFrom(entries, offset))).toEqual([0, 0, 3, 3, 9])
})
