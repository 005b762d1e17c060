/**
 * Tiering: watches where the guest spends its time, and has what is worth it optimized (tiers/policy/ decides, compile-jobs.ts
 * has it done). One for each thread, for all engines with `tier: 'auto'`.
 *
 * It begins when the first function is compiled. A sampler sees the program counter at the scheduler's ticks; every
 * few samples the guest is interrupted and the samples are charged to functions. With no threads allowed the same jobs are
 * done here, within a share of the run's time.
 */
import { SiteKind, type CompiledTier } from '../tiers/compiled.js'
import { MAX_INLINED_BYTES, namesSameTargets } from '../tiers/feedback.js'
import { CostModel, FIRST_JOB, JOB_FOREGROUND_MS } from '../tiers/policy/cost.js'
import { Hotness } from '../tiers/policy/hotness.js'
import { Pace } from '../tiers/policy/pace.js'
import { SecondLook } from '../tiers/policy/second-look.js'
import { Op } from '../wasm/opcodes.js'
import { milliseconds } from './clock.js'
import type { ModuleCode } from './code.js'
import { beginTrace, followTrace } from './call-trace.js'
import { callProfile, sampleCalls, samplePlace, type LeafCall, type Place } from './call-samples.js'
import { drain, postJob, startPrice } from './compile-jobs.js'
import type { TierUpReason } from './events.js'
import { forceLoops, lookForFrames, setLoopVersion, watchLoops } from './loop-tiering.js'
import type { Module } from './module.js'
import { SampleState, SampleWord, Sampler, sampleState } from './sampling.js'

/** Addresses of a sample: where the function is, and from where it was called, for the feedback. */
const DEPTH = 4
const RING_BYTES = 64 << 10
/** A gap between samples that is longer than this was not spent in the guest (the thread was not scheduled). */
const MAX_SAMPLE_MS = 20
/** Part of the run's time that optimizing on this thread may take, without threads. */
const SYNC_SHARE = 0.2

/** Before all jobs that nobody waits for. */
const WAITING_PRIORITY = 1e9

/** Milliseconds that a trace of calls takes, with what is made of it; and the part of the run's time that traces may take after the first. */
const TRACE_MS = 0.3
const TRACE_SHARE = 0.02

/** Milliseconds that a job may take to be done at once, if it is worth them. */
const SMALL_MS = 1

/** What is known of a function's optimization. Traced ones are worth it, and wait for what a trace tells of their calls. Pinned functions change only when they are asked for. */
const FunctionState = { Idle: 0, Traced: 1, Queued: 2, Optimized: 3, Refused: 4, Pinned: 5 } as const

interface ModuleTiering {
  readonly module: WeakRef<Module>
  readonly hotness: Hotness
  readonly secondLook: SecondLook
  readonly state: Uint8Array
  /** Functions that are worth their own compilation, while there is no thread yet to do it. */
  readonly worth: Set<number>
}

const states = new WeakMap<ModuleCode, ModuleTiering>()
/** Modules with new samples. */
let touched: ModuleTiering[] = []
const cost = new CostModel()
let sampler: Sampler | undefined
const pace = new Pace()
/** Milliseconds of guest time seen by samples. */
let guestMs = 0
/** Milliseconds of processor time of this thread at the last sample. */
let lastCpu = 0
/** When the thread was first watched, by the clock of clock.ts: the first sample is for the time since. */
let watchedSince = 0
/** What was finished was taken in since the samples that are being read were taken. */
let isSettled = false
/** Milliseconds spent optimizing on this thread. */
let syncMs = 0
/** Traces so far. */
let traces = 0
/** Functions that wait for the end of the one under way. */
let waiting: { readonly tiering: ModuleTiering; readonly defined: number }[] = []
/** When the first compile thread was started, by the clock of clock.ts. That it may have been stopped since is of no account. */
let jobsSince: number | undefined

function stateOf(module: Module): ModuleTiering {
  let state = states.get(module.code)
  if (state === undefined) {
    const { functionCount } = module.code
    state = {
      module: new WeakRef(module),
      hotness: new Hotness(functionCount),
      secondLook: new SecondLook(),
      state: new Uint8Array(functionCount),
      worth: new Set(),
    }
    states.set(module.code, state)
  }
  return state
}

/**
 * A function of the module has its baseline code for its first call: from now on its thread is watched.
 * @param saving what earlier runs could have saved in it, in microseconds; undefined in a first run
 */
export function watch(module: Module, defined: number, saving?: number): void {
  const { force } = module.engine.options
  if (saving !== undefined && saving > 0) {
    const state = stateOf(module)
    state.hotness.recall(defined, saving / 1000)
    if (!touched.includes(state)) touched.push(state)
  }
  if (force.includes('optimize') || force.includes('publish')) request(module, defined, 'forced', -1)
  forceLoops(force)
  if (sampler !== undefined) return
  watchedSince = milliseconds()
  watchLoops({ takeNews, isHot, isAffordable, request })
  startSampler()
}

/** Samples at the pace of now. */
function startSampler(): void {
  const before = sampler
  const { intervalUs, wakeSamples: wakeRecords } = pace.current
  try {
    const options = { intervalUs, depth: DEPTH, ringBytes: RING_BYTES, wakeRecords }
    sampler = new Sampler({ ...options, source: 'ticks', visit: takeSample, drained: consider })
    before?.stop()
  } catch {
    // Every sampler of the thread is taken: it goes on as before, at first in the baseline tier but for what is asked for.
  }
}

function takeSample(words: Uint32Array, at: number): void {
  if (!isSettled) settle()
  isSettled = true
  const cpu = (words[at + SampleWord.cpuTime] + words[at + SampleWord.cpuTime + 1] * 2 ** 32) / 1e6
  const elapsed = Math.min(lastCpu === 0 ? milliseconds() - watchedSince : cpu - lastCpu, MAX_SAMPLE_MS)
  lastCpu = cpu
  if (sampleState(words[at + SampleWord.info]) !== SampleState.Guest) return
  guestMs += elapsed
  const call = sampleCalls(words, at)
  const place = samplePlace(words, at)
  const state = place === undefined ? undefined : touch(place)
  if (place === undefined || state === undefined) {
    pace.note(elapsed, false)
    return
  }
  const { isBaseline, defined } = place
  pace.note(elapsed, isBaseline && state.state[defined] <= FunctionState.Queued)
  const spared = call !== undefined && isSmall(place, call.callee) ? call : undefined
  if (spared !== undefined) chargeCaller(spared, elapsed)
  if (!isBaseline) state.secondLook.see(defined)
  else if (spared !== undefined && isMostlyCalls(place, spared)) state.hotness.chargeCalled(defined, elapsed)
  else state.hotness.charge(defined, elapsed)
}

/** Whether the time in a small function that was called is likely that of calls. The loop of a recursive one may be a call that stood last. */
function isMostlyCalls({ hasLoops, defined }: Place, { caller }: LeafCall): boolean {
  return !hasLoops || caller.defined === defined
}

/** The state of the module that a place is in, which will be looked at; undefined when nothing is to be decided for it. */
function touch({ code }: Place): ModuleTiering | undefined {
  const owner = code.deref()?.owner
  if (owner?.engine.options.tier !== 'auto') return undefined
  const state = stateOf(owner)
  if (!touched.includes(state)) touched.push(state)
  return state
}

/** Whether a function of the place's module is small enough for its callers to take in. */
function isSmall({ code }: Place, defined: number): boolean {
  const info = code.deref()?.owner?.info
  return info !== undefined && info.bodyEnd[defined] - info.bodyStart[defined] <= MAX_INLINED_BYTES
}

/** The time in a small function is the caller's too, as far as it could be spared there. */
function chargeCaller({ caller, isKnown }: LeafCall, elapsed: number): void {
  const state = touch(caller)
  if (caller.isBaseline) state?.hotness.chargeCaller(caller.defined, elapsed)
  else if (!isKnown) state?.secondLook.miss(caller.defined, elapsed)
}

/** Looks at the functions with new samples. */
function consider(): void {
  isSettled = false
  const list = touched
  touched = []
  for (const state of list) {
    const owner = state.module.deref()
    if (owner === undefined) continue
    considerHot(owner, state)
    considerAgain(owner, state)
  }
  if (pace.review()) startSampler()
}

/** Has functions in the baseline tier optimized that are worth it. */
function considerHot(module: Module, tiering: ModuleTiering): void {
  const { hotness, state, worth } = tiering
  const { info, engine } = module
  const inBackground = engine.options.compileThreads > 0
  for (const defined of hotness.takeTouched()) {
    if (state[defined] !== FunctionState.Idle) continue
    const price = cost.estimate(info.bodyEnd[defined] - info.bodyStart[defined])
    if (!inBackground && !isWithinBudget(price)) continue
    if (inBackground ? hotness.isWorthIt(defined, JOB_FOREGROUND_MS, price) : hotness.isWorthIt(defined, price, 0))
      worth.add(defined)
  }
  if (worth.size === 0) return
  let ordered = [...worth].toSorted((a, b) => hotness.savingOf(b) - hotness.savingOf(a))
  // The first thread is for all that it is going to compile; small jobs need none.
  if (inBackground && jobsSince === undefined && !hotness.areWorthIt(worth, startPrice(module))) {
    ordered = ordered.filter((defined) => isSmallJob(module, hotness, defined))
    if (!hotness.areWorthIt(ordered, FIRST_JOB)) return
  }
  for (const defined of ordered) {
    worth.delete(defined)
    if (state[defined] !== FunctionState.Idle) continue
    if (callsIndirectly(module, defined) && isTraced()) {
      state[defined] = FunctionState.Traced
      waiting.push({ tiering, defined })
    } else {
      request(module, defined, 'hot', -1)
    }
  }
}

/** Whether a trace is under way, or begins now, for a function that is worth it. */
function isTraced(): boolean {
  if (waiting.length > 0) return true
  if (traces * TRACE_MS > guestMs * TRACE_SHARE) return false
  traces++
  beginTrace()
  return true
}

/** Whether a function's baseline code makes indirect calls. */
function callsIndirectly({ code, bytes }: Module, defined: number): boolean {
  let found = false
  code.versions.eachSite(code.currentVersion(defined), (_, offset, kind) => {
    if (kind === SiteKind.Call && bytes[offset] === Op.CallIndirect) found = true
  })
  return found
}

/** At each poll. */
function takeNews(): void {
  settle()
  if (!followTrace()) return
  const list = waiting
  waiting = []
  for (const { tiering, defined } of list) {
    const module = tiering.module.deref()
    if (module !== undefined && tiering.state[defined] === FunctionState.Traced) request(module, defined, 'hot', -1)
  }
}

/** Whether optimizing a function takes so little, and is worth so much, that the guest's thread may as well do it at once. */
function isSmallJob({ info }: Module, hotness: Hotness, defined: number): boolean {
  const price = cost.estimate(info.bodyEnd[defined] - info.bodyStart[defined])
  return price <= SMALL_MS && hotness.isWorthIt(defined, price + JOB_FOREGROUND_MS, 0)
}

/** Has optimized functions compiled again that turned out to be made for what does not happen. */
function considerAgain(module: Module, { secondLook, state }: ModuleTiering): void {
  const { info, engine, code } = module
  const inBackground = engine.options.compileThreads > 0
  for (const defined of secondLook.takeTouched()) {
    if (state[defined] !== FunctionState.Optimized) continue
    const price = cost.estimate(info.bodyEnd[defined] - info.bodyStart[defined])
    if (!inBackground && !isWithinBudget(price)) continue
    const failures = code.guardFailures.count(defined)
    // What fails may not have been seen often enough yet to be known: then the next look is as good as this one.
    if (!secondLook.isWorthIt(defined, failures, price, inBackground) || !isChanged(module, defined)) continue
    reportFailures(module, defined, secondLook.begin(defined, failures))
    request(module, defined, 'feedback', -1)
  }
}

/** May this thread spend so many milliseconds on optimizing, without threads? */
function isWithinBudget(price: number): boolean {
  return syncMs + price <= guestMs * SYNC_SHARE
}

/** Whether a function was found worth optimizing. */
function isHot(module: Module, defined: number): boolean {
  const state = stateOf(module).state[defined]
  return state === FunctionState.Queued || state === FunctionState.Optimized
}

/** May a function be optimized once more, for one of its frames? */
function isAffordable({ engine, info }: Module, defined: number): boolean {
  return (
    engine.options.compileThreads > 0 || isWithinBudget(cost.estimate(info.bodyEnd[defined] - info.bodyStart[defined]))
  )
}

/** Whether a function would be compiled for other targets now than it was. */
function isChanged({ code, info }: Module, defined: number): boolean {
  const known = code.versions.feedback(code.currentVersion(defined))
  return !namesSameTargets(known, callProfile(code).feedback(info, defined))
}

function reportFailures({ code, engine }: Module, defined: number, count: number): void {
  const { events } = engine
  if (count === 0 || !events.wants('guardFailure')) return
  const version = code.describe(code.currentVersion(defined))
  events.emit('guardFailure', { version, count, time: performance.now() })
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
    // It was pinned meanwhile: the worker's stores came later.
    if (loop < 0 && state[defined] === FunctionState.Pinned) code.pinBaseline(defined)
    else if (loop < 0) state[defined] = version === undefined ? FunctionState.Refused : FunctionState.Optimized
    else if (version !== undefined) setLoopVersion(code, loop, version)
    if (loop < 0 && version !== undefined) lookForFrames()
    if (version === undefined || !events.wants('publish')) return
    events.emit('publish', { version: code.describe(version), time: performance.now(), duration })
  }
  const priority = hotness.savingOf(defined) + (loop < 0 ? 0 : WAITING_PRIORITY)
  const profile = callProfile(code)
  const feedback = profile.feedback(info, defined)
  profile.fade(defined)
  const isSmall = isSmallJob(module, hotness, defined)
  if (threads > 0 && postJob(module, { code, defined, loop, feedback, priority, isSmall, done }, threads)) {
    jobsSince ??= milliseconds()
    return
  }
  const begin = milliseconds()
  const version = module.optimizeNow(defined, { loop, feedback })
  const duration = milliseconds() - begin
  syncMs += duration
  done(version, duration)
}

/** Functions of a module in the baseline tier, with the milliseconds that optimizing them would have saved so far. */
export function* openSavings({ code }: Module): Iterable<[defined: number, saving: number]> {
  const known = states.get(code)
  if (known === undefined) return
  const { hotness, state } = known
  for (let defined = 0; defined < state.length; defined++) {
    const saving = hotness.savingOf(defined)
    if (saving > 0 && state[defined] <= FunctionState.Queued) yield [defined, saving]
  }
}

/** At a program's end nobody waits longer for code that only its next run will use, in milliseconds. */
const MAX_WAIT_MS = 200

/**
 * At the end of a run whose code is kept: waits for the functions that threads are at, if runs so far could have saved as much
 * as that is expected to take. Otherwise runs that end before the first job is done would pay for it each time.
 */
export function finishWorthwhile(modules: Iterable<Module>): void {
  if (jobsSince === undefined) return
  const queued: [state: Uint8Array, defined: number][] = []
  let saving = 0
  let price = 0
  for (const module of modules) {
    const state = states.get(module.code)?.state
    if (state === undefined) continue
    price = Math.max(price, jobsSince + startPrice(module).background - milliseconds())
    const { bodyStart, bodyEnd } = module.info
    for (const [defined, saved] of openSavings(module)) {
      if (state[defined] !== FunctionState.Queued) continue
      queued.push([state, defined])
      saving += saved
      price += cost.estimate(bodyEnd[defined] - bodyStart[defined])
    }
  }
  if (saving < price || price > MAX_WAIT_MS) return
  const cell = new Int32Array(new SharedArrayBuffer(4))
  // On a busy machine it takes longer than expected: as long as it is worth at all.
  for (const end = milliseconds() + Math.min(saving, MAX_WAIT_MS); milliseconds() < end;) {
    settle()
    if (queued.every(([state, defined]) => state[defined] !== FunctionState.Queued)) return
    Atomics.wait(cell, 0, 0, 1)
  }
}

/** Takes in what was finished in the background. */
export function settle(): void {
  if (jobsSince !== undefined) drain()
}

/** See Engine.optimize. */
export function optimize(module: Module, defined: number): void {
  module.compileNow(defined)
  const { state } = stateOf(module)
  if (state[defined] <= FunctionState.Traced || state[defined] === FunctionState.Pinned) {
    request(module, defined, 'requested', -1)
  }
}

/** See Engine.pin. */
export function pin(module: Module, defined: number, tier: CompiledTier): void {
  const { state } = stateOf(module)
  if (tier === 'optimizing') {
    settle()
    if (state[defined] === FunctionState.Pinned) state[defined] = FunctionState.Idle
    const { versions } = module.code
    const current = module.code.currentVersion(defined)
    if (current < 0 || versions.tier(current) !== 'optimizing')
      module.optimizeNow(defined, { loop: -1, feedback: callProfile(module.code).feedback(module.info, defined) })
    state[defined] = FunctionState.Optimized
    return
  }
  module.compileNow(defined)
  module.code.pinBaseline(defined)
  state[defined] = FunctionState.Pinned
}
