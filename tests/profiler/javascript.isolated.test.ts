// JavaScript and guests in one profile: both kinds of frames in the order of the calls, exactly at the entries; JavaScript that
// runs without a guest; pieces of V8's profile; the profiler that somebody else runs.
import { createRequire } from 'node:module'
import { firefoxProfile } from '#dist/profiler/firefox.js'
import { jsonText } from '#dist/profiler/json.js'
import type { ProfileData } from '#dist/profiler/profile.js'
import { Recorder } from '#dist/profiler/recorder.js'
import { startProfile } from '#dist/profiler/running-profile.js'
import type { ProfileOptions } from '#dist/profiler/session.js'
import { SampleState, SampleWord, drainSamplers } from '#dist/runtime/sampling.js'
import { firefoxFaults } from '#dist/tests/support/firefox-checker.js'
import { I32 } from '#dist/wasm/types.js'
import { describe, expect, test } from 'vitest'
import { stackCounts } from '../support/stacks.js'
import { World, call } from '../runtime/world.js'

const GUEST = `(module $guest
  (import "env" "tell" (func $tell (param i32)))
  (memory 1)
  (func $spin (param i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.store (i32.const 0) (local.get 1)))
  (func $turn (export "turn") (param i32)
    (call $spin (i32.const 200000)) (call $tell (local.get 0)) (call $spin (i32.const 200000)))
  (func $leaf (export "leaf") (call $spin (i32.const 200000))))`

function spinHere(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

let sink = 0
/** So much work, however busy the machine is. */
function workHere(turns: number): void {
  for (let i = 0; i < turns; i++) sink = (Math.imul(sink, 31) + i) | 0
}

interface Program {
  readonly world: World
  readonly outer: (milliseconds: number) => void
}

/** JavaScript that calls a guest that calls JavaScript, which calls the guest again or not. */
function program(): Program {
  const world = new World({ tier: 'baseline' })
  let leaf = (): unknown => undefined
  function nestedCaller(): void {
    leaf()
  }
  function telling(nested: number): void {
    if (nested === 1) nestedCaller()
    else workHere(300_000)
  }
  const instance = world.instance(GUEST, world.host([I32], [], telling))
  const turn = call(instance, 'turn')
  leaf = call(instance, 'leaf')
  function outer(milliseconds: number): void {
    const end = performance.now() + milliseconds
    for (let i = 0; performance.now() < end; i++) turn(i & 1)
  }
  outer(50)
  return { world, outer }
}

function profileOf({ world }: Program, options: ProfileOptions, run: () => void): ProfileData {
  const running = startProfile(world.store.engine, options)
  run()
  const { data } = running.stop()
  expect(firefoxFaults(Array.from(jsonText(firefoxProfile(data))).join(''))).toEqual([])
  return data
}

/** Share of the samples whose stack matches, of those with a stack. */
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

const JS = '\\[JavaScript\\]'
const PAIR = `outer${JS} turn\\[Baseline\\]`

/** While it collects garbage V8 does not say who called. */
const WITHOUT_CALLER = /^(?:turn|leaf|spin)\[(?!.*\(garbage collector\))/

describe('JavaScript frames', () => {
  test('stand in the order of the calls, across two guests', () => {
    const made = program()
    const profile = profileOf(made, { intervalUs: 500 }, () => made.outer(400))
    expect(share(profile, new RegExp(`${PAIR} spin\\[Baseline\\]$`))).toBeGreaterThan(0)
    const nested = `${PAIR} env\\.tell\\[Import\\] telling${JS} nestedCaller${JS} leaf\\[Baseline\\] spin\\[Baseline\\]$`
    expect(share(profile, new RegExp(nested))).toBeGreaterThan(0)
    expect(share(profile, new RegExp(`${PAIR} env\\.tell\\[Import\\] telling${JS}`))).toBeGreaterThan(0)
    // No guest's frame without its caller, no JavaScript that a guest called outside of it.
    expect(share(profile, WITHOUT_CALLER)).toBeLessThan(0.1)
    expect(share(profile, new RegExp(`outer${JS} (?:telling|nestedCaller)`))).toBeLessThan(0.1)
    expect(share(profile, /\(entry\)/)).toBe(0)
    const outer = profile.functions.find(({ name }) => name === 'outer')
    expect(outer?.file).toContain('javascript.isolated.test.ts')
    expect(outer?.line).toBeGreaterThan(1)
  })

  test('are there while no guest runs, and compilation is below who asked for it', async () => {
    const made = program()
    function onlyScript(): void {
      spinHere(100)
    }
    function loads(): void {
      const body = '(drop (i32.mul (i32.const 3) (i32.load (i32.const 0))))'.repeat(40_000)
      call(made.world.instance(`(module (memory 1) (func $go (export "go") ${body}))`), 'go')()
    }
    const running = startProfile(made.world.store.engine, { intervalUs: 500 })
    onlyScript()
    loads()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { data } = running.stop()
    expect(share(data, new RegExp(`onlyScript${JS}`))).toBeGreaterThan(0)
    expect(share(data, new RegExp(`loads${JS} instance${JS} module${JS} assemble\\[Runtime\\]$`))).toBeGreaterThan(0)
    expect(share(data, new RegExp(`loads${JS}.* compile\\[Baseline\\]`))).toBeGreaterThan(0)
    let idle = 0
    const [thread] = data.threads
    for (let i = 0; i < thread.sampleCount; i++) if (thread.stack(i) < 0) idle += thread.time(i)
    expect(idle).toBeGreaterThan(60)
  })

  test('can be left out', () => {
    const made = program()
    const profile = profileOf(made, { intervalUs: 500, javascript: false }, () => made.outer(600))
    expect(share(profile, new RegExp(JS))).toBe(0)
    expect(share(profile, /^turn\[Baseline\] spin/)).toBeGreaterThan(0)
  })

  test('agree with what is seen of the guest alone', () => {
    const made = program()
    const plain = profileOf(made, { intervalUs: 500, javascript: false }, () => made.outer(400))
    const joined = profileOf(made, { intervalUs: 500 }, () => made.outer(400))
    expect(Math.abs(share(plain, / spin\[Baseline\]$/) - share(joined, / spin\[Baseline\]$/))).toBeLessThan(0.3)
  })

  test("go on when V8's profile is taken in pieces", () => {
    const made = program()
    const profile = profileOf(made, { intervalUs: 500, joinSamples: 50 }, () => {
      // Rings are read at polls, in the event loop and at the end; here by hand.
      for (let i = 0; i < 10; i++) {
        made.outer(60)
        drainSamplers()
      }
    })
    expect(share(profile, new RegExp(`${PAIR} spin`))).toBeGreaterThan(0)
    expect(share(profile, WITHOUT_CALLER)).toBeLessThan(0.1)
    let time = 0
    const [thread] = profile.threads
    for (let i = 0; i < thread.sampleCount; i++) time += thread.time(i)
    expect(time).toBeGreaterThan(profile.duration / 2)
    expect(profile.stats.late).toBeLessThan(thread.sampleCount)
  })

  test('may be in two profiles at once', () => {
    const made = program()
    const first = startProfile(made.world.store.engine, { intervalUs: 500 })
    const second = startProfile(made.world.store.engine, { intervalUs: 500 })
    made.outer(100)
    second.stop()
    made.outer(100)
    const { data } = first.stop()
    expect(share(data, new RegExp(`${PAIR} spin`))).toBeGreaterThan(0)
    expect(share(data, WITHOUT_CALLER)).toBeLessThan(0.1)
    expect(data.duration).toBeGreaterThan(200)
  })

  test("leave somebody else's profile of V8 alone", () => {
    const made = program()
    const inspector = createRequire(import.meta.url)('node:inspector') as typeof import('node:inspector')
    const session = new inspector.Session()
    session.connect()
    const post = (method: string): unknown => {
      let answer: unknown
      session.post(method, (_error: Error | null, result?: unknown) => (answer = result))
      return answer
    }
    post('Profiler.enable')
    post('Profiler.start')
    profileOf(made, { intervalUs: 500 }, () => made.outer(100))
    made.outer(100)
    const { profile } = post('Profiler.stop') as { profile: { samples: number[] } }
    session.disconnect()
    expect(profile.samples.length).toBeGreaterThan(20)
  })
})

describe('joining', () => {
  test('knows guests by the native function where V8 has forgotten the wrapper', () => {
    const recorder = new Recorder(0, 1000, { joins: true })
    const words = new Uint32Array(SampleWord.addresses + 2)
    words[SampleWord.length] = words.length / 2
    words[SampleWord.info] = SampleState.Routine
    words[SampleWord.time] = 1_000_000
    // An entry with nothing known inside of it.
    recorder.visit(words, 0)
    const place = { scriptId: '0', lineNumber: -1, columnNumber: -1, url: '' }
    recorder.join({
      nodes: [
        { id: 1, callFrame: { ...place, functionName: '(root)' }, children: [2] },
        { id: 2, callFrame: { ...place, functionName: 'measure', url: '/a.js', lineNumber: 3 }, children: [3] },
        { id: 3, callFrame: { ...place, functionName: 'enter' } },
      ],
      startTime: 0,
      endTime: 5000,
      samples: [3],
      timeDeltas: [1001],
    } as never)
    const names: string[] = []
    for (let at = recorder.samples.stack(0); at >= 0; at = recorder.stacks.first[at]) {
      names.unshift(recorder.table.functions[recorder.table.frames[recorder.stacks.second[at]].func].name)
    }
    expect(names).toEqual(['measure', '(routine)'])
  })

  test("takes V8's samples by their time, and leaves out what another profiler asked for", () => {
    const recorder = new Recorder(0, 1000, { joins: true })
    const words = new Uint32Array(SampleWord.addresses)
    words[SampleWord.length] = SampleWord.addresses / 2
    words[SampleWord.info] = SampleState.Outside
    for (const micros of [1000, 2000, 3000, 4000]) {
      words[SampleWord.time] = micros * 1000
      recorder.visit(words, 0)
    }
    expect(recorder.samples.length).toBe(0)
    const frame = (functionName: string): object => ({
      functionName,
      scriptId: '1',
      url: '/a.js',
      lineNumber: 0,
      columnNumber: 0,
    })
    const root = { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 }
    recorder.join({
      nodes: [
        { id: 1, callFrame: root, children: [2, 3] },
        { id: 2, callFrame: frame('a') },
        { id: 3, callFrame: frame('b') },
      ],
      startTime: 900,
      endTime: 5000,
      samples: [2, 2, 3, 3],
      // At 950 (before the first record), 1001, 3001, 4000; nothing near 2000.
      timeDeltas: [50, 51, 2000, 999],
    } as never)
    const names = Array.from({ length: recorder.samples.length }, (_, i) => {
      const stack = recorder.samples.stack(i)
      return stack < 0 ? '' : recorder.table.functions[recorder.table.frames[recorder.stacks.second[stack]].func].name
    })
    expect(names).toEqual(['a', 'b', 'b'])
    expect(recorder.joiner?.unmatched).toBe(1)
    expect(Array.from(names, (_, i) => recorder.samples.time(i))).toEqual([1000, 2000, 1000])
    // V8's profile could not be had: the guest's part is what there is.
    words[SampleWord.time] = 5_000_000
    recorder.visit(words, 0)
    recorder.join(undefined)
    expect(recorder.samples.length).toBe(4)
  })
})
