// Looks between two ticks: what a poll says about the function that is looked for.
import { expect, test } from 'vitest'
import type { CodeVersion } from '#dist/runtime/code.js'
import { endLook, lookAfter, timeSeen } from '#dist/runtime/early-look.js'
import { World } from '../runtime/world.js'

const { code } = new World({ tier: 'baseline' }).instance('(module (func (export "a")) (func (export "b")))').module
for (const defined of [0, 1]) code.owner?.compileNow(defined)
const frame = (defined: number): CodeVersion => code.describe(code.currentVersion(defined))

/** Busy for so many milliseconds. */
function spend(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

test('a poll that comes early says nothing yet, and later once only', () => {
  expect(timeSeen(frame(0))).toBe(0)
  lookAfter(code, 0, 3)
  expect(timeSeen(frame(0))).toBe(0)
  spend(3.1)
  expect(timeSeen(frame(0))).toBeGreaterThanOrEqual(3)
  expect(timeSeen(frame(0))).toBe(0)
})

test('a frame of another function, or none, is not the one looked for', () => {
  for (const other of [frame(1), undefined]) {
    lookAfter(code, 0, 0.1)
    spend(0.2)
    expect(timeSeen(other)).toBe(0)
    expect(timeSeen(frame(0))).toBe(0)
  }
})

test('a sample in between ends it: the time is that sample’s', () => {
  lookAfter(code, 0, 0.1)
  endLook()
  spend(0.2)
  expect(timeSeen(frame(0))).toBe(0)
})

test('what is due after the next tick is left to it, and looks are few', () => {
  lookAfter(code, 0, 50)
  spend(0.2)
  expect(timeSeen(frame(0))).toBe(0)
  for (let i = 0; i < 20; i++) {
    lookAfter(code, 0, 0)
    timeSeen(frame(0))
  }
  lookAfter(code, 0, 0)
  expect(timeSeen(frame(0))).toBe(0)
})
