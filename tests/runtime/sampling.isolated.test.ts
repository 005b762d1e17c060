// The sampler: what records say about guest code, calls out of it and calls into it; rings that fill; several samplers.
import { Worker } from 'node:worker_threads'
import { findVersion } from '#dist/runtime/code.js'
import { contextAddress, control } from '#dist/runtime/context.js'
import { Sampler, SampleState, SampleWord, isTruncated, sampleReason, sampleState } from '#dist/runtime/sampling.js'
import { ExecContext, YieldReason } from '#dist/tiers/abi.js'
import { describe, expect, test } from 'vitest'
import { World, call } from './world.js'

interface Sample {
  readonly state: number
  readonly reason: number
  readonly truncated: boolean
  readonly time: number
  readonly cpuTime: number
  readonly addresses: readonly number[]
}

function u64(words: Uint32Array, at: number): number {
  return words[at] + words[at + 1] * 2 ** 32
}

function decode(words: Uint32Array, at: number): Sample {
  const info = words[at + SampleWord.info]
  const addresses: number[] = []
  for (let k = at + SampleWord.addresses; k < at + words[at + SampleWord.length] * 2; k += 2)
    addresses.push(u64(words, k))
  return {
    state: sampleState(info),
    reason: sampleReason(info),
    truncated: isTruncated(info),
    time: u64(words, at + SampleWord.time),
    cpuTime: u64(words, at + SampleWord.cpuTime),
    addresses,
  }
}

/** Indices of the functions of a sample, innermost first; `|` for an entry from JavaScript. */
function functions(sample: Sample): string {
  return sample.addresses
    .map((address, k) => {
      if (address === 0) return '|'
      const isPc = k === 0 && sample.state === SampleState.Guest
      return findVersion(isPc ? address : address - 1)?.defined ?? ''
    })
    .join(' ')
    .replaceAll(/ +/g, ' ')
    .trim()
}

/** Samples while `run` is called again and again until there are enough records. */
function sampled(run: () => void, { depth = 64, intervalUs = 500, wanted = 50, ringBytes = 1 << 20 } = {}): Sample[] {
  const samples: Sample[] = []
  const sampler = new Sampler({ intervalUs, depth, ringBytes, visit: (words, at) => samples.push(decode(words, at)) })
  try {
    while (sampler.samples + sampler.dropped < wanted) run()
  } finally {
    sampler.stop()
  }
  return samples
}

const SPIN = `(module
  (import "m" "out" (func $out))
  (memory 1)
  (func $spin (param i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (i32.mul (local.get 0) (i32.const 7))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $middle (export "middle") (param i32) (call $spin (local.get 0)))
  (func (export "outer") (param i32) (call $middle (local.get 0)))
  (func (export "fill") (param i32)
    (loop $again
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $deep (export "deep") (param i32)
    (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
      (else (call $spin (i32.const 1000000)))))
  (func (export "host") (call $out))
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`

function spinJs(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const world = new World({ tier: 'baseline' })
const VOID: [] = []

describe('sampler', () => {
  test('sees the stack of running code, and no sample without a guest', () => {
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => undefined),
    )
    call(instance, 'outer')(1)
    const samples = sampled(() => {
      call(instance, 'outer')(2_000_000)
      spinJs(3)
    })
    const spinning = samples.filter((sample) => sample.state === SampleState.Guest)
    expect(spinning.length).toBeGreaterThan(samples.length * 0.9)
    expect(spinning.filter((sample) => functions(sample) === '0 1 2 |').length).toBeGreaterThan(spinning.length * 0.9)
    for (let i = 1; i < samples.length; i++) {
      expect(samples[i].time).toBeGreaterThan(samples[i - 1].time)
      expect(samples[i].cpuTime).toBeGreaterThanOrEqual(samples[i - 1].cpuTime)
    }
  })

  test('at the ticks of the scheduler, sees a long call and has it interrupted to be read', () => {
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => undefined),
    )
    call(instance, 'outer')(1)
    const samples: Sample[] = []
    let readings = 0
    const visit = (words: Uint32Array, at: number): number => samples.push(decode(words, at))
    const drained = (): number => readings++
    const sampler = new Sampler({ source: 'ticks', intervalUs: 1000, depth: 8, wakeRecords: 3, visit, drained })
    try {
      const before = performance.now()
      while (performance.now() < before + 200) call(instance, 'outer')(100_000_000)
      expect(readings).toBeGreaterThan(1)
    } finally {
      sampler.stop()
    }
    const spinning = samples.filter((sample) => functions(sample) === '0 1 2 |')
    expect(spinning.length).toBeGreaterThan(samples.length * 0.8)
    const { cpuTime } = samples[samples.length - 1]
    expect(cpuTime).toBeGreaterThan(samples[0].cpuTime)
  })

  test('finds the caller also in prologues, epilogues and jump tables', () => {
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => undefined),
    )
    const samples = sampled(() => call(instance, 'fib')(24), { intervalUs: 200, wanted: 300 })
    // fib(24) is at most 24 deep, and every sample's chain leads through fib alone to the one entry. A sample may be
    // in the entry or its stub, or between two calls, where there is no chain.
    const inside = samples.filter(({ state }) => state !== SampleState.Outside)
    expect(inside.length).toBeGreaterThan(samples.length * 0.9)
    const depths = inside.map((sample) => functions(sample))
    for (const text of depths) expect(text).toMatch(/^(6 ){0,24}\|$/)
    expect(Math.max(...depths.map((text) => text.split(' ').length))).toBeGreaterThan(10)
  })

  test('sees host calls with the stack below them, and entries from there', () => {
    let inner: () => void = () => undefined
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => inner()),
    )
    // What is compiled at the first call is not what this is about.
    call(instance, 'host')()
    call(instance, 'outer')(1)
    inner = () => spinJs(5)
    const host = sampled(() => call(instance, 'host')())
    const outside = host.filter((sample) => sample.state === SampleState.Host && functions(sample) === '5 |')
    expect(outside.length).toBeGreaterThan(host.length * 0.9)
    expect(outside[0].reason).toBe(YieldReason.HostCall)
    inner = () => call(instance, 'outer')(2_000_000)
    const nested = sampled(() => call(instance, 'host')())
    expect(nested.filter((sample) => functions(sample) === '0 1 2 | 5 |').length).toBeGreaterThan(nested.length * 0.9)
  })

  test('sees C routines as such', () => {
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => undefined),
    )
    const samples = sampled(() => call(instance, 'fill')(500))
    const routines = samples.filter((sample) => sample.state === SampleState.Routine)
    expect(routines.length).toBeGreaterThan(samples.length / 2)
    expect(routines.filter((sample) => functions(sample) === '3 |').length).toBeGreaterThan(routines.length * 0.9)
  })

  test('cuts deep stacks at the outer end', () => {
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => undefined),
    )
    const samples = sampled(() => call(instance, 'deep')(500), { depth: 6 })
    const deep = samples.filter((sample) => sample.truncated)
    expect(deep.length).toBeGreaterThan(samples.length / 2)
    for (const sample of deep) expect(sample.addresses.length).toBe(6)
    expect(deep.some((sample) => functions(sample) === '0 4 4 4 4 4')).toBe(true)
  })

  test('a long run is asked to yield before its ring is full, and loses nothing', () => {
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => undefined),
    )
    let seen = 0
    const sampler = new Sampler({ intervalUs: 100, depth: 64, ringBytes: 1 << 15, visit: () => seen++ })
    const inGuest: number[] = []
    const watched = new Sampler({
      intervalUs: 1000,
      depth: 4,
      wakeRecords: 1,
      visit: () => undefined,
      drained: () => inGuest.push(control[ExecContext.reason / 4]),
    })
    // A busy machine samples less often.
    for (const end = performance.now() + 20_000; sampler.samples <= 1000 && performance.now() < end;) {
      call(instance, 'outer')(400_000_000)
    }
    expect(sampler.samples).toBeGreaterThan(1000)
    expect(sampler.dropped).toBe(0)
    expect(seen).toBeGreaterThan(500)
    expect(inGuest.filter((reason) => reason === YieldReason.Poll).length).toBeGreaterThan(5)
    sampler.stop()
    watched.stop()
    expect(seen).toBe(sampler.samples)
  })

  test('while the guest waits for a host function a ring fills, and what does not fit is counted', () => {
    let inner: () => void = () => undefined
    const instance = world.instance(
      SPIN,
      world.host(VOID, VOID, () => inner()),
    )
    let seen = 0
    const sampler = new Sampler({ intervalUs: 100, depth: 64, ringBytes: 1 << 15, visit: () => seen++ })
    inner = () => {
      while (sampler.dropped === 0) spinJs(1)
    }
    call(instance, 'host')()
    sampler.stop()
    expect(seen).toBe(sampler.samples)
    expect(seen).toBeGreaterThan(50)
    const after = sampler.samples
    call(instance, 'fib')(25)
    expect(sampler.samples).toBe(after)
  })

  test('refuses what makes no sense, and more samplers than there is room for', () => {
    const visit = (): void => undefined
    expect(() => new Sampler({ intervalUs: 99, depth: 8, visit })).toThrow('interval must be from 100 us')
    expect(() => new Sampler({ intervalUs: Number.NaN, depth: 8, visit })).toThrow(RangeError)
    expect(() => new Sampler({ intervalUs: 1000, depth: 0, visit })).toThrow('depth of samples')
    const many: Sampler[] = []
    try {
      expect(() => {
        for (let i = 0; i < 10; i++) many.push(new Sampler({ intervalUs: 1000, depth: 8, visit }))
      }).toThrow('cannot start sampling')
    } finally {
      for (const sampler of many) sampler.stop()
    }
    for (let i = 0; i < 1000; i++) new Sampler({ intervalUs: 100, depth: 8, visit }).stop()
  })

  test('activities are sampled without a guest', () => {
    const activity = ExecContext.activity / 4
    expect(contextAddress).toBeGreaterThan(0)
    control[activity] = 2
    control[activity + 1] = 77
    const seen: number[] = []
    const sampler = new Sampler({
      intervalUs: 200,
      depth: 8,
      visit: (words, at) => {
        expect(sampleState(words[at + SampleWord.info])).toBe(SampleState.Outside)
        expect(words[at + SampleWord.length]).toBe(SampleWord.addresses / 2)
        seen.push(words[at + SampleWord.operand], words[at + SampleWord.activity])
      },
    })
    while (sampler.samples < 10) spinJs(1)
    sampler.stop()
    control[activity] = 0
    expect(new Set(seen)).toEqual(new Set([77, 2]))
  })

  test('workers are sampled, and may end while they are', async () => {
    const url = (path: string): string => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href)
    const source = `
      const { parentPort } = require('node:worker_threads')
      Promise.all([import(${url('runtime/sampling.js')}), import(${url('tests/support/spinning.js')})]).then(([s, { spin }]) => {
        const sampler = new s.Sampler({ intervalUs: 100, depth: 16, visit: () => undefined })
        while (sampler.samples < 20) spin(1)
        parentPort.postMessage(sampler.samples)
        spin(1e9)
      })`
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(source, { eval: true })
      const samples = await new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      expect(samples).toBeGreaterThanOrEqual(20)
      await worker.terminate()
    }
  })
})
