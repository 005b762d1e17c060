// Alarms: a guest comes to a poll at the moment that was asked for, also of several, and with a sample.
import { Alarm, answerAlarms } from '#dist/runtime/alarm.js'
import { addon, contextAddress } from '#dist/runtime/context.js'
import { visitPolls } from '#dist/runtime/interrupts.js'
import { Sampler } from '#dist/runtime/sampling.js'
import { afterEach, expect, test, vi } from 'vitest'
import { World, call } from './world.js'

// Ends when its memory says so.
const WAIT = `(module (import "m" "out" (func $out)) (memory (export "memory") 1)
  (func (export "wait") (param i32) (loop $again
    (if (local.get 0) (then (call $out)))
    (br_if $again (i32.eqz (i32.load (i32.const 0)))))))`

const world = new World({ tier: 'baseline' })
const out = vi.fn<() => void>()
const instance = world.instance(WAIT, world.host([], [], out))
const flag = new Int32Array(instance.getMemory('memory')?.buffer ?? new ArrayBuffer(4))

/**
 * Moments of the polls of a guest that runs until there are so many, in milliseconds after `begin`. One that never comes is not waited for
 * for ever.
 */
function polls(count: number, begin: () => void, hosted = 0): number[] {
  const moments: number[] = []
  flag[0] = 0
  const late = addon.startTimer(contextAddress, 10_000)
  const start = performance.now()
  begin()
  visitPolls(() => {
    moments.push(performance.now() - start)
    if (moments.length === count || moments[moments.length - 1] >= 10_000) flag[0] = 1
  })
  call(instance, 'wait')(hosted)
  addon.cancelTimer(late)
  return moments
}

const first = new Alarm()
const second = new Alarm()
afterEach(() => {
  first.clear()
  second.clear()
  visitPolls(() => undefined)
})

test('a guest is interrupted when it is time, once', () => {
  const [moment] = polls(1, () => first.set(5))
  expect(moment).toBeGreaterThan(4.5)
  expect(moment).toBeLessThan(5000)
  expect(first.at).toBe(Infinity)
})

test('the earliest of several comes first, whichever was set first', () => {
  for (const [a, b] of [
    [3, 20],
    [20, 3],
  ]) {
    const [early, late] = polls(2, () => {
      first.set(a)
      second.set(b)
    })
    expect(early).toBeGreaterThan(2.5)
    expect(late).toBeGreaterThan(19.5)
    expect([first.at, second.at]).toEqual([Infinity, Infinity])
  }
})

test('what is set again is due then, and what is cleared is not', () => {
  const set = vi.spyOn(addon, 'setAlarm')
  const [moment] = polls(1, () => {
    first.set(1000)
    first.set(3)
    second.set(5000)
    second.clear()
  })
  expect(moment).toBeGreaterThan(2.5)
  expect(moment).toBeLessThan(900)
  expect(set.mock.calls.length).toBe(2)
  answerAlarms()
  expect(set.mock.calls.length).toBe(2)
  set.mockRestore()
})

test('one that was lost while no guest ran does not stand in the way of the next', () => {
  first.set(0.1)
  for (const end = performance.now() + 2; performance.now() < end;);
  const [moment] = polls(1, () => second.set(3))
  expect(moment).toBeGreaterThan(2.5)
  expect(moment).toBeLessThan(5000)
  expect([first.at, second.at]).toEqual([Infinity, Infinity])
})

test('a guest in a host call is interrupted later', () => {
  let visit: (() => void) | undefined = (): void => {
    visit = undefined
    first.set(1)
    for (const end = performance.now() + 20; performance.now() < end;);
  }
  out.mockImplementation(() => visit?.())
  const sampler = new Sampler({ source: 'ticks', intervalUs: 1000, depth: 4, visit: () => undefined })
  expect(polls(1, () => undefined, 1)[0]).toBeGreaterThan(19)
  sampler.stop()
})

test('a sample is taken, and read at the poll', () => {
  let samples = 0
  const sampler = new Sampler({ source: 'ticks', intervalUs: 10_000_000, depth: 4, visit: () => samples++ })
  polls(1, () => first.set(3))
  // The first tick is one, too.
  expect(samples).toBeGreaterThan(1)
  sampler.stop()
})

test('where there is no timer nothing comes, and nothing else happens', () => {
  const set = vi.spyOn(addon, 'setAlarm').mockReturnValue(false)
  const [moment] = polls(1, () => {
    first.set(1)
    addon.startTimer(contextAddress, 10)
  })
  expect(moment).toBeGreaterThan(9.5)
  set.mockRestore()
})
