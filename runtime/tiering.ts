/**
 * Tiering: watches where the guest spends its time, and has what is worth it optimized (tiers/policy/ decides, compile-pool.ts
 * does the work). One for each thread, for all engines with `tier: 'auto'`.
 *
 * It begins when the first function is compiled. A sampler sees the program counter every millisecond of guest time; every
 * few samples the guest is interrupted and the samples are charged to functions. What a worker has compiled it publishes
 * itself; with no workers allowed the same jobs are done here, within a share of the run's time.
 */
import type { CompiledTier } from '../tiers/compiled.js'
import { CostModel } from '../tiers/policy/cost.js'
import { Hotness, MIN_RUN_MS } from '../tiers/policy/hotness.js'
import { findVersion, type ModuleCode } from './code.js'
import { drain, postJob } from './compile-pool.js'
import type { TierUpReason } from './events.js'
import type { Module } from './module.js'
import { SampleState, SampleWord, Sampler, sampleState } from './sampling.js'

const SAMPLE_US = 1000
/** So many samples, and a running guest is interrupted to have them looked at. */
const WAKE_SAMPLES = 10
/** Addresses of a sample: the function is all that matters. */
const DEPTH = 1
const RING_BYTES = 64 << 10
/** A gap between samples that is longer than this was not spent in the guest (the thread was not scheduled). */
const MAX_SAMPLE_MS = 20
/** Part of the run's time that optimizing on this thread may take, without workers. */
const SYNC_SHARE = 0.2

/** What is known of a function's optimization. Pinned functions change only when they are asked for. */
const FunctionState = { Idle: 0, Queued: 1, Optimized: 2, Refused: 3, Pinned: 4 } as const

interface ModuleTiering {
  readonly module: WeakRef<Module>
  readonly hotness: Hotness
  readonly state: Uint8Array
}

const states = new WeakMap<ModuleCode, ModuleTiering>()
/** Modules with new samples. */
let touched: ModuleTiering[] = []
const cost = new CostModel()
let sampler: Sampler | undefined
/** Milliseconds of guest time seen by samples. */
let guestMs = 0
/** Milliseconds of processor time of this thread at the last sample. */
let lastCpu = 0
/** Milliseconds spent optimizing on this thread. */
let syncMs = 0

function stateOf(module: Module): ModuleTiering {
  let state = states.get(module.code)
  if (state === undefined) {
    const { functionCount } = module.code
    state = {
      module: new WeakRef(module),
      hotness: new Hotness(functionCount),
      state: new Uint8Array(functionCount),
    }
    states.set(module.code, state)
  }
  return state
}

/** A function of the module has been compiled for its first call: from now on its thread is watched. */
export function watch(module: Module, defined: number): void {
  const { force } = module.engine.options
  if (force.includes('optimize')) request(module, defined, 'forced', -1)
  if (sampler !== undefined) return
  try {
    const options = { intervalUs: SAMPLE_US, depth: DEPTH, ringBytes: RING_BYTES, wakeRecords: WAKE_SAMPLES }
    sampler = new Sampler({ ...options, visit: takeSample, drained: consider })
  } catch {
    // Every sampler of the thread is taken: it goes on in the baseline tier but for what is asked for.
  }
}

function takeSample(words: Uint32Array, at: number): void {
  const cpu = (words[at + SampleWord.cpuTime] + words[at + SampleWord.cpuTime + 1] * 2 ** 32) / 1e6
  const elapsed = Math.min(cpu - lastCpu, MAX_SAMPLE_MS)
  lastCpu = cpu
  if (sampleState(words[at + SampleWord.info]) !== SampleState.Guest) return
  guestMs += elapsed
  const pc = words[at + SampleWord.addresses] + words[at + SampleWord.addresses + 1] * 2 ** 32
  const found = findVersion(pc)
  if (found === undefined || found.tier !== 'baseline') return
  const owner = found.code.owner
  if (owner?.engine.options.tier !== 'auto') return
  const state = stateOf(owner)
  state.hotness.charge(found.defined, elapsed)
  if (!touched.includes(state)) touched.push(state)
}

/** Looks at the functions with new samples. */
function consider(): void {
  drain()
  if (guestMs < MIN_RUN_MS) return
  const list = touched
  touched = []
  for (const { module, hotness, state } of list) {
    const owner = module.deref()
    if (owner === undefined) continue
    const { info, engine } = owner
    const inBackground = engine.options.compileThreads > 0
    for (const defined of hotness.takeTouched()) {
      if (state[defined] !== FunctionState.Idle) continue
      const price = cost.estimate(info.bodyEnd[defined] - info.bodyStart[defined])
      if (!inBackground && syncMs + price > guestMs * SYNC_SHARE) continue
      if (hotness.isWorthIt(defined, price, inBackground)) request(owner, defined, 'hot', -1)
    }
  }
}

/** Has a function optimized, for its callers or for a frame that waits at a loop. */
function request(module: Module, defined: number, reason: TierUpReason, loop: number): void {
  const { state, hotness } = stateOf(module)
  const { code, engine, info } = module
  if (loop < 0) state[defined] = FunctionState.Queued
  const { events } = engine
  if (events.wants('tierUp')) events.emit('tierUp', { code, defined, loop, reason, time: performance.now() })
  const threads = engine.options.compileThreads
  const done = (version: number | undefined, duration: number): void => {
    if (duration > 0) cost.learn(info.bodyEnd[defined] - info.bodyStart[defined], duration)
    if (loop < 0) state[defined] = version === undefined ? FunctionState.Refused : FunctionState.Optimized
    if (version === undefined || !events.wants('publish')) return
    events.emit('publish', { version: code.describe(version), time: performance.now(), duration })
  }
  const priority = hotness.timeOf(defined)
  if (threads > 0 && postJob(module, { code, defined, loop, priority, done }, threads)) return
  const begin = performance.now()
  const version = module.optimizeNow(defined, loop)
  const duration = performance.now() - begin
  syncMs += duration
  done(version, duration)
}

/** See Engine.optimize. */
export function optimize(module: Module, defined: number): void {
  module.compileNow(defined)
  const { state } = stateOf(module)
  if (state[defined] === FunctionState.Idle || state[defined] === FunctionState.Pinned) {
    request(module, defined, 'requested', -1)
  }
}

/** See Engine.pin. */
export function pin(module: Module, defined: number, tier: CompiledTier): void {
  const { state } = stateOf(module)
  if (tier === 'optimizing') {
    drain()
    if (state[defined] === FunctionState.Pinned) state[defined] = FunctionState.Idle
    const { versions } = module.code
    const current = module.code.currentVersion(defined)
    if (current < 0 || versions.tier(current) !== 'optimizing') module.optimizeNow(defined, -1)
    state[defined] = FunctionState.Optimized
    return
  }
  module.compileNow(defined)
  module.code.pinBaseline(defined)
  state[defined] = FunctionState.Pinned
}
