// Profiles of guests: shares of a known workload, stacks across the host, tiers, lines, markers; the Firefox document.
import { firefoxProfile } from '#dist/profiler/firefox.js'
import { jsonText } from '#dist/profiler/json.js'
import { hottest, type ProfileData } from '#dist/profiler/profile.js'
import { ProfileSession, type ProfileOptions } from '#dist/profiler/session.js'
import { firefoxFaults } from '#dist/tests/support/firefox-checker.js'
import { I32 } from '#dist/wasm/types.js'
import { describe, expect, test } from 'vitest'
import { stackCounts } from '../support/stacks.js'
import { World, call } from '../runtime/world.js'

/** Three functions of equal work a turn, called 70, 20 and 10 times. */
const SHARES = `(module $shares
  (import "env" "tell" (func $tell (param i32)))
  (memory (export "memory") 1)
  ${['a', 'b', 'c']
    .map(
      (name) => `(func $${name} (param i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.store (i32.const 0) (local.get 1)))`,
    )
    .join('\n')}
  (func $turn (export "turn") (param $times i32)
    (loop $more
      (call $a (i32.const 70000)) (call $b (i32.const 20000)) (call $c (i32.const 10000))
      (br_if $more (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func $large (export "large") (param i32) (result i32)
    ${'(local.set 0 (i32.xor (i32.mul (local.get 0) (local.get 0)) (i32.load (local.get 0))))'.repeat(5000)}
    (local.get 0))
  (func $tells (export "tells") (call $tell (i32.const 5)))
  (func (export "grow") (drop (memory.grow (i32.const 3))))
  (func (export "fill") (param i32)
    (loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "trap") unreachable))`

function textOf(profile: ProfileData): string {
  return Array.from(jsonText(firefoxProfile(profile))).join('')
}

function share(profile: ProfileData, pattern: RegExp): number {
  let matching = 0
  let all = 0
  for (const [text, count] of stackCounts(profile)) {
    if (text === '') continue
    all += count
    if (pattern.test(text)) matching += count
  }
  return matching / all
}

function spinJs(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

function profiled(world: World, options: ProfileOptions, run: () => void): ProfileData {
  const session = new ProfileSession(world.store.engine, options)
  run()
  const profile = session.stop()
  expect(session.stop()).toBe(profile)
  expect(firefoxFaults(textOf(profile))).toEqual([])
  return profile
}

function instantiate(world: World, tell: (value: number) => void = () => undefined): ReturnType<World['instance']> {
  return world.instance(SHARES, world.host([I32], [], tell))
}

describe('profile', () => {
  test('gives each function its share, with the stack that led there', () => {
    const world = new World({ tier: 'baseline' })
    const turn = call(instantiate(world), 'turn')
    turn(1)
    const profile = profiled(world, { intervalUs: 200 }, () => turn(4000))
    const times = new Map(hottest(profile).map((each) => [each.name, each]))
    expect(times.get('a')?.self).toBeCloseTo(0.7, 1)
    expect(times.get('b')?.self).toBeCloseTo(0.2, 1)
    expect(times.get('c')?.self).toBeCloseTo(0.1, 1)
    expect(times.get('turn')?.total).toBeGreaterThan(0.98)
    expect(times.get('a')?.module).toBe('shares')
    expect(share(profile, /^turn\[Baseline\] a\[Baseline\]$/)).toBeGreaterThan(0.6)
    expect(profile.stats.dropped).toBe(0)
  })

  test('names tiers', () => {
    const world = new World({ tier: 'optimizing' })
    const turn = call(instantiate(world), 'turn')
    turn(1)
    const profile = profiled(world, { intervalUs: 200 }, () => turn(500))
    expect(share(profile, /a\[Optimized\]$/)).toBeGreaterThan(0.5)
  })

  test('has tracks of compile threads, and both tiers of a function', () => {
    const world = new World({ tier: 'auto' })
    const instance = instantiate(world)
    const turn = call(instance, 'turn')
    const asked = instance.getFunc('large')
    const profile = profiled(world, { intervalUs: 500 }, () => {
      // The others are compiled within less than an interval.
      if (asked !== undefined) world.store.engine.optimize(asked)
      const end = performance.now() + 20_000
      let optimized = 0
      const stop = world.store.engine.events.on('publish', () => optimized++)
      while (optimized === 0 && performance.now() < end) turn(50)
      turn(3000)
      stop()
    })
    const [main, compile] = profile.threads
    expect(compile.name).toBe('compile 1')
    expect(compile.isMain).toBe(false)
    const step =
      /^optimize (a|b|c|turn|large)\[Optimizing\] (validate|translate|optimize|lower|allocate|emit)\[Optimizing\]$/
    const shown = Array.from(stackCounts(profile, 1).keys()).filter((text) => text !== '')
    expect(shown.length).toBeGreaterThan(0)
    for (const text of shown) expect(text).toMatch(step)
    expect(compile.markers.length).toBeGreaterThan(0)
    expect(compile.markers.every(({ type }) => type === 'Optimize')).toBe(true)
    expect(main.markers.some(({ type }) => type === 'TierUp')).toBe(true)
    expect(share(profile, /\[Baseline\]$/)).toBeGreaterThan(0)
    expect(share(profile, /\[Optimized\]$/)).toBeGreaterThan(0)
  })

  test('shows what the host does for a guest, and guests below it', () => {
    const world = new World({ tier: 'baseline' })
    let tell = (): void => spinJs(30)
    const instance = instantiate(world, () => tell())
    const turn = call(instance, 'turn')
    const tells = call(instance, 'tells')
    turn(1)
    tells()
    const host = profiled(world, { intervalUs: 200 }, () => tells())
    expect(share(host, /^tells\[Baseline\] env\.tell\[Import\]$/)).toBeGreaterThan(0.8)
    tell = () => turn(500)
    const nested = profiled(world, { intervalUs: 200 }, () => tells())
    expect(share(nested, /^tells\[Baseline\] env\.tell\[Import\] turn\[Baseline\] a/)).toBeGreaterThan(0.5)
  })

  test('shows operations of the runtime and compilation', () => {
    const world = new World({ tier: 'baseline' })
    const instance = instantiate(world)
    call(instance, 'fill')(1)
    const filled = profiled(world, { intervalUs: 200 }, () => call(instance, 'fill')(30_000))
    expect(share(filled, /memory\.fill\[Operation\]$/)).toBeGreaterThan(0.5)
    // A function that takes long to compile, called for the first time.
    const body = '(drop (i32.mul (i32.const 3) (i32.load (i32.const 0))))'.repeat(150_000)
    const slow = world.instance(`(module (memory 1) (func $large ${body}) (func (export "go") (call $large)))`)
    const compiled = profiled(world, { intervalUs: 200 }, () => call(slow, 'go')())
    expect(share(compiled, /go\[Baseline\] compile large\[Baseline\]$/)).toBeGreaterThan(0.3)
  })

  test('has markers and counters of what the engine did', () => {
    const world = new World({ tier: 'baseline' })
    const profile = profiled(world, { hostCalls: true }, () => {
      const instance = instantiate(world)
      call(instance, 'turn')(1)
      call(instance, 'tells')()
      call(instance, 'grow')()
      expect(() => call(instance, 'trap')()).toThrow('unreachable')
    })
    const types = new Set(profile.threads[0].markers.map(({ type }) => type))
    expect(types).toEqual(new Set(['Compile', 'HostCall', 'Instantiate', 'Trap', 'memory.grow']))
    const marker = profile.threads[0].markers.find(({ type }) => type === 'Compile')
    expect(marker?.fields).toMatchObject({ function: 'turn', tier: 'baseline' })
    const [memory, code] = profile.counters
    expect(memory.deltas).toEqual([65536, 3 * 65536])
    expect(code.deltas.length).toBeGreaterThan(5)
    expect(profile.threads[0].markers.find(({ type }) => type === 'HostCall')?.fields['function']).toBe('env.tell')
  })

  test('leaves out quick calls of the host after the first ones, on request', () => {
    const world = new World({ tier: 'baseline' })
    let calls = 0
    const tells = call(
      instantiate(world, () => {
        if (++calls % 1000 === 0) spinJs(1)
      }),
      'tells',
    )
    const markers = (hostCalls: boolean | 'slow'): number => {
      const profile = profiled(world, { hostCalls }, () => {
        for (let i = 0; i < 5000; i++) tells()
      })
      return profile.threads[0].markers.filter(({ type }) => type === 'HostCall').length
    }
    expect(markers(true)).toBe(5000)
    const slow = markers('slow')
    // The first 2000 and three; a busy machine makes some more slow.
    expect(slow).toBeGreaterThanOrEqual(2003)
    expect(slow).toBeLessThan(3500)
    expect(markers(false)).toBe(0)
  })

  test('idle time has no stack', async () => {
    const world = new World({ tier: 'baseline' })
    const turn = call(instantiate(world), 'turn')
    turn(1)
    const session = new ProfileSession(world.store.engine, { intervalUs: 500 })
    turn(100)
    await new Promise((resolve) => setTimeout(resolve, 150))
    turn(100)
    const profile = session.stop()
    const [thread] = profile.threads
    let idle = 0
    for (let i = 0; i < thread.sampleCount; i++) if (thread.stack(i) < 0) idle += thread.time(i)
    expect(idle).toBeGreaterThan(100)
    expect(firefoxFaults(textOf(profile))).toEqual([])
  })

  test('keeps a bounded number of samples at a lower rate', () => {
    const world = new World({ tier: 'baseline' })
    const turn = call(instantiate(world), 'turn')
    turn(1)
    const profile = profiled(world, { intervalUs: 100, maxSamples: 64 }, () => turn(1000))
    expect(profile.threads[0].sampleCount).toBeLessThanOrEqual(64)
    expect(profile.stats.halvings).toBeGreaterThan(0)
    expect(share(profile, / a\[Baseline\]$/)).toBeGreaterThan(0.5)
    let time = 0
    for (let i = 0; i < profile.threads[0].sampleCount; i++) time += profile.threads[0].time(i)
    expect(time).toBeGreaterThan(profile.duration / 2)
  })

  test('an empty profile is one', () => {
    const world = new World({ tier: 'baseline' })
    const profile = profiled(world, { name: 'nothing' }, () => undefined)
    expect(profile.threads[0].sampleCount).toBe(0)
    expect(hottest(profile)).toEqual([])
    expect(() => new ProfileSession(world.store.engine, { intervalUs: 1 })).toThrow(RangeError)
  })

  test('instances that go while a profile runs leave their names', () => {
    const world = new World({ tier: 'baseline' })
    const session = new ProfileSession(world.store.engine, { intervalUs: 200 })
    for (let i = 0; i < 20; i++) call(instantiate(world), 'turn')(50)
    const profile = session.stop()
    expect(profile.functions.some(({ name }) => name === 'a')).toBe(true)
    expect(firefoxFaults(textOf(profile))).toEqual([])
  })
})
