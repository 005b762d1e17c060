// The decisions of the tiering policy, without any engine.
import { describe, expect, test } from 'vitest'
import { CostModel } from '#dist/tiers/policy/cost.js'
import { Hotness } from '#dist/tiers/policy/hotness.js'
import { Pace } from '#dist/tiers/policy/pace.js'
import { SecondLook } from '#dist/tiers/policy/second-look.js'

describe('cost', () => {
  test('follows the compiler’s speed', () => {
    const cost = new CostModel()
    const before = cost.estimate(1000)
    for (let i = 0; i < 100; i++) cost.learn(1000, 10)
    expect(cost.nanosecondsPerByte).toBeCloseTo(10_000, -2)
    expect(cost.estimate(1000)).toBeGreaterThan(before)
    for (let i = 0; i < 300; i++) cost.learn(1000, 0.5)
    expect(cost.nanosecondsPerByte).toBeCloseTo(500, -2)
  })

  test('a small function weighs little', () => {
    const cost = new CostModel()
    for (let i = 0; i < 10; i++) cost.learn(5000, 5)
    cost.learn(10, 20)
    expect(cost.nanosecondsPerByte).toBeLessThan(2500)
  })

  test('grows with the body and is never nothing', () => {
    const cost = new CostModel()
    expect(cost.estimate(0)).toBeGreaterThan(0)
    expect(cost.estimate(2000)).toBeGreaterThan(cost.estimate(1000))
  })
})

describe('pace', () => {
  test('watches closely until little is left to decide, and again when there is something new', () => {
    const pace = new Pace()
    const opening = pace.wakeSamples
    const spend = (open: number, decided: number): boolean => {
      for (let i = 0; i < open; i++) pace.note(1, true)
      for (let i = 0; i < decided; i++) pace.note(1, false)
      return pace.review()
    }
    expect(spend(0, 20)).toBe(false)
    expect(spend(0, 20)).toBe(false)
    expect(pace.isOpening).toBe(false)
    const close = pace.current
    expect(close.wakeSamples).toBeGreaterThan(opening)
    expect(pace.wakeSamples).toBe(close.wakeSamples)
    expect(spend(20, 79)).toBe(false)
    expect(spend(0, 1)).toBe(true)
    expect(pace.current.intervalUs).toBeGreaterThan(close.intervalUs)
    expect(spend(20, 90)).toBe(false)
    expect(spend(50, 60)).toBe(true)
    expect(pace.current).toBe(close)
  })

  test('has a run that has only begun interrupted at each sample that shows something new', () => {
    const pace = new Pace()
    const after = (isOpen: boolean): number => {
      pace.note(4, isOpen)
      pace.review()
      return pace.wakeSamples
    }
    expect([after(true), after(true), after(false), after(false), after(false), after(true)]).toEqual([
      1, 1, 2, 3, 3, 1,
    ])
  })
})

describe('hotness', () => {
  test('tells when a function that goes on will be worth so much', () => {
    const hotness = new Hotness(2)
    for (const isCalled of [false, true]) {
      const defined = isCalled ? 1 : 0
      const charge = (time: number): void => {
        if (isCalled) hotness.chargeCalled(defined, time)
        else hotness.charge(defined, time)
      }
      charge(1)
      charge(hotness.timeUntil(defined, 1, isCalled))
      expect(hotness.savingOf(defined)).toBeCloseTo(1)
      expect(hotness.timeUntil(defined, 0.5, isCalled)).toBeLessThan(0)
    }
  })

  test('one sample counts for the time that it stands for', () => {
    const [often, once] = [new Hotness(3), new Hotness(3)]
    for (let i = 0; i < 4; i++) often.charge(1, 1)
    once.charge(1, 4)
    expect(once.savingOf(1)).toBeCloseTo(often.savingOf(1))
    expect(once.isWorthIt(1, once.savingOf(1) * 0.9, 0)).toBe(true)
    expect(once.isWorthIt(1, once.savingOf(1) * 1.1, 0)).toBe(false)
    expect(once.isWorthIt(0, 0.1, 0)).toBe(false)
  })

  test('waits until what could have been saved is what it costs, longer in the foreground', () => {
    const hotness = new Hotness(1)
    for (let i = 0; i < 10; i++) hotness.charge(0, 2)
    expect(hotness.isWorthIt(0, 4.1, 0)).toBe(false)
    expect(hotness.isWorthIt(0, 3.9, 0)).toBe(true)
    expect(hotness.isWorthIt(0, 0, 39)).toBe(true)
    expect(hotness.isWorthIt(0, 0, 41)).toBe(false)
    expect(hotness.isWorthIt(0, 2, 19)).toBe(true)
    expect(hotness.isWorthIt(0, 2, 21)).toBe(false)
  })

  test('time in small functions that are called counts more, and for their callers too', () => {
    const hotness = new Hotness(3)
    hotness.charge(0, 10)
    hotness.chargeCalled(1, 10)
    hotness.chargeCaller(2, 10)
    expect(hotness.savingOf(1)).toBeGreaterThan(hotness.savingOf(0))
    expect(hotness.savingOf(2)).toBeGreaterThan(0)
    expect(hotness.savingOf(2)).toBeLessThan(hotness.savingOf(0))
  })

  test('what earlier runs could have saved counts', () => {
    const hotness = new Hotness(2)
    hotness.recall(1, 5)
    expect(hotness.takeTouched()).toEqual([1])
    expect(hotness.savingOf(1)).toBe(5)
    expect(hotness.isWorthIt(1, 4, 0)).toBe(true)
  })

  test('several functions bear together what they cost together', () => {
    const hotness = new Hotness(3)
    for (const defined of [0, 1, 2]) hotness.charge(defined, 10)
    expect(hotness.areWorthIt([0, 1], { foreground: 5, background: 0 })).toBe(false)
    expect(hotness.areWorthIt([0, 1, 2], { foreground: 5, background: 0 })).toBe(true)
    expect(hotness.areWorthIt([0, 1, 2], { foreground: 5, background: 20 })).toBe(false)
  })

  test('what earlier runs did not finish has to be worth the whole price, the background included', () => {
    const [first, later] = [new Hotness(1), new Hotness(1)]
    later.recall(0, 1)
    for (const hotness of [first, later]) hotness.charge(0, 100)
    expect(first.areWorthIt([0], { foreground: 5, background: 50 })).toBe(true)
    expect(later.areWorthIt([0], { foreground: 5, background: 50 })).toBe(false)
    later.recall(0, 55)
    expect(later.areWorthIt([0], { foreground: 5, background: 50 })).toBe(true)
  })

  test('tells which functions were charged, once', () => {
    const hotness = new Hotness(4)
    hotness.charge(3, 1)
    hotness.charge(1, 1)
    hotness.charge(3, 1)
    expect(hotness.takeTouched()).toEqual([3, 1])
    expect(hotness.takeTouched()).toEqual([])
    expect(hotness.savingOf(3)).toBe(2 * hotness.savingOf(1))
  })
})

describe('a second look', () => {
  test('waits for enough samples in functions that were not expected', () => {
    const look = new SecondLook()
    for (let i = 0; i < 2; i++) look.miss(3, 10)
    expect(look.isWorthIt(3, 0, 1, true)).toBe(false)
    look.miss(3, 10)
    expect(look.isWorthIt(3, 0, 1, true)).toBe(true)
    expect(look.isWorthIt(2, 0, 1, true)).toBe(false)
    expect([...look.takeTouched()]).toEqual([3])
    expect([...look.takeTouched()]).toEqual([])
  })

  test('counts guards that have failed since the last, also when the counter has turned over', () => {
    const look = new SecondLook()
    expect(look.isWorthIt(0, 1000, 1, true)).toBe(false)
    expect(look.isWorthIt(0, 1_000_000, 1, true)).toBe(true)
    expect(look.begin(0, 2 ** 32 - 10)).toBe(2 ** 32 - 10)
    expect(look.isWorthIt(0, 2 ** 32 - 10, 1, true)).toBe(false)
    expect(look.begin(0, 90)).toBe(100)
  })

  test('costs more each time, and comes to an end', () => {
    const look = new SecondLook()
    // Of a compilation that costs a millisecond a tenth counts, and a failure three nanoseconds.
    for (const enough of [34_000, 67_000, 134_000]) {
      expect(look.isWorthIt(9, enough - 2000, 1, true)).toBe(false)
      expect(look.isWorthIt(9, enough, 1, true)).toBe(true)
      look.begin(9, 0)
    }
    expect(look.isWorthIt(9, 2 ** 31, 0.001, true)).toBe(false)
  })
})
