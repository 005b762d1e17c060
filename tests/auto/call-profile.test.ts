// What feedback is made of samples, without any engine.
import { expect, test } from 'vitest'
import {
  NO_FEEDBACK, OTHERS, PASSED, feedbackFrom, feedbackWeight, isOfCall, namesSameTargets, timesPassed,
} from '#dist/tiers/feedback.js' // oxfmt-ignore
import { CallProfile, MAX_ENTRIES } from '#dist/tiers/policy/call-profile.js'
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

test('passed places of the function and of what it may inline come behind the targets of their offsets', () => {
  const made = profile([0, 20, 1, 2], [3, 30, 2, 1])
  made.pass(0, 10, 3)
  made.pass(0, 10)
  made.pass(0, 20)
  made.pass(1, 40)
  made.pass(3, 50)
  expect([...made.feedback(info, 0)]).toEqual([10, PASSED, 4, 20, 1, 2, 20, PASSED, 1, 40, PASSED, 1])
})

test('a call that was only traced has the least weight, however often', () => {
  const made = profile([0, 10, 1, 5])
  for (let i = 0; i < 3; i++) {
    made.traced(0, 10, 1)
    made.traced(0, 20, 2)
    made.traced(0, 30, OTHERS)
    made.traced(2, 40, 3)
  }
  expect([...made.feedback(info, 0)]).toEqual([10, 1, 5, 20, 2, 1, 30, OTHERS, 1, 40, 3, 1])
  made.record(0, 20, 2)
  expect(feedbackWeight(made.feedback(info, 0), 20, 2)).toBe(1)
})

test('what was seen once stays known, and so does what was passed', () => {
  const made = profile([0, 10, 1, 100_000], [0, 10, 2, 1], [0, 20, 1, 40])
  made.traced(0, 30, 1)
  made.pass(0, 15, 1000)
  for (let i = 0; i < 50; i++) {
    made.fade(0)
    for (let k = 0; k < 1000; k++) made.record(0, 10, 1)
  }
  const known = made.feedback(info, 0)
  expect([feedbackWeight(known, 10, 2), feedbackWeight(known, 30, 1), timesPassed(known, 15)]).toEqual([1, 1, 1000])
})

test('where not all fits, what was sampled comes before what was only traced, and a function is there whole or not at all', () => {
  const made = profile([0, 1, 2, 1])
  for (let i = 0; i < MAX_ENTRIES; i++) made.traced(1, 10_000 + i, 3)
  made.pass(1, 9999, 20)
  made.pass(2, 20_000, 20)
  made.pass(3, 30_000, 20)
  // Traced first, and again when it is full.
  made.traced(0, 0, 1)
  const known = made.feedback(info, 0)
  expect([0, 1].map((offset) => isOfCall(known, feedbackFrom(known, offset), offset))).toEqual([true, true])
  expect([20_000, 9999, 10_000 + MAX_ENTRIES - 1].map((offset) => feedbackFrom(known, offset + 1) - feedbackFrom(known, offset))).toEqual([3, 3, 3]) // oxfmt-ignore
  expect(timesPassed(known, 30_000)).toBe(0)
})

test('a passed place is no target of a call', () => {
  const known = Int32Array.of(10, 1, 5, 10, OTHERS, 2, 10, PASSED, 9, 20, PASSED, 7)
  expect([feedbackWeight(known, 10, 1), feedbackWeight(known, 10, 2)]).toEqual([5, 0])
  expect([10, 20, 30].map((offset) => timesPassed(known, offset))).toEqual([9, 7, 0])
  expect([0, 3, 6, 9].map((at) => isOfCall(known, at, known[at]))).toEqual([true, true, false, false])
  expect(namesSameTargets(known, Int32Array.of(10, 1, 5))).toBe(true)
})
