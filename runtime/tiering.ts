/**
 * Tiering: watches where the guest spends its time, and has what is worth it optimized (tiers/policy/ decides, function-tiers.ts
 * has it done). One for each thread, for all engines with `tier: 'auto'`.
 *
 * It begins when the first function is compiled. A sampler sees the program counter at the scheduler's ticks; every
 * few samples the guest is interrupted and the samples are charged to functions. With no threads allowed the same jobs are
 * done here, within a share of the run's time.
 */
import { SiteKind } from '../tiers/compiled.js'
import { MAX_INLINED_BYTES, namesSameTargets } from '../tiers/feedback.js'
import { FIRST_JOB, JOB_FOREGROUND_MS } from '../tiers/policy/cost.js'
import { Pace } from '../tiers/policy/pace.js'
import { Op } from '../wasm/opcodes.js'
import { Alarm } from './alarm.js'
import { milliseconds } from './clock.js'
import { beginTrace, followTrace } from './call-trace.js'
import { callProfile, sampleCalls, samplePlace, type LeafCall, type Place } from './call-samples.js'
import { startPrice } from './compile-jobs.js'
import {
  addGuestTime,
  FunctionState,
  guestTime,
  hadThreads,
  isAffordable,
  isHot,
  isSmallJob,
  isWithinBudget,
  type ModuleTiering,
  priceOf,
  request,
  settle,
  SMALL_MS,
  stateOf,
} from './function-tiers.js'
import { forceLoops, watchLoops } from './loop-tiering.js'
import type { Module } from './module.js'
import { SampleState, SampleWord, Sampler, sampleState } from './sampling.js'

/** Addresses of a sample: where the function is, and from where it was called, for the feedback. */
const DEPTH = 4
const RING_BYTES = 64 << 10
/** A gap between samples that is longer than this was not spent in the guest (the thread was not scheduled). */
const MAX_SAMPLE_MS = 20
/** Milliseconds that a trace of calls takes, with what is made of it; and the part of the run's time that traces may take after the first. */
const TRACE_MS = 0.3
const TRACE_SHARE = 0.02

/** When a run is looked at for the first time, in milliseconds. */
const FIRST_LOOK_MS = 1.25
/** Between ticks of most kernels: what is due after the next is left to it. */
const TICK_MS = 4
/** A look costs a sixth of a millisecond. */
const MIN_LOOK_MS = 0.2
/** Looks between ticks, of a thread. A program whose time is spent everywhere is not found where it was. */
const MAX_LOOKS = 8

interface SeenFunction {
  readonly tiering: ModuleTiering
  readonly defined: number
  readonly isCalled: boolean
}

/** Modules with new samples. */
let touched: ModuleTiering[] = []
let sampler: Sampler | undefined
const pace = new Pace()
/** Milliseconds of processor time of this thread at the last sample, and by the clock of clock.ts. */
let lastCpu = 0
let lastTime = 0
/** When the thread was first watched, by the clock of clock.ts: the first sample is for the time since. */
let watchedSince = 0
/** What was finished was taken in since the samples that are being read were taken. */
let isSettled = false
/** The function in the baseline tier that was seen last. */
let last: SeenFunction | undefined
/** Traces so far. */
let traces = 0
let looks = 0
const look = new Alarm()
/** Functions that wait for the end of the one under way. */
let waiting: { readonly tiering: ModuleTiering; readonly defined: number }[] = []

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
  // So that tests step over polls and calls of all kinds.
  if (force.includes('osr')) beginTrace()
  forceLoops(force)
  if (sampler !== undefined) return
  watchedSince = milliseconds()
  watchLoops({ takeNews, isHot, isAffordable, request })
  startSampler()
  look.set(FIRST_LOOK_MS)
}

/** Samples at the pace of now. */
function startSampler(): void {
  const before = sampler
  const { intervalUs } = pace.current
  const { wakeSamples: wakeRecords } = pace
  try {
    const options = { intervalUs, depth: DEPTH, ringBytes: RING_BYTES, wakeRecords }
    sampler = new Sampler({ ...options, source: 'ticks', visit: takeSample, drained: consider })
    before?.stop()
  } catch {
    // Every sampler of the thread is taken: it goes on as before, at first in the baseline tier but for what is asked for.
  }
}

/** Nanoseconds of a sample as milliseconds. */
function momentAt(words: Uint32Array, word: number): number {
  return (words[word] + words[word + 1] * 2 ** 32) / 1e6
}

function takeSample(words: Uint32Array, at: number): void {
  if (!isSettled) settle()
  isSettled = true
  const cpu = momentAt(words, at + SampleWord.cpuTime)
  lastTime = momentAt(words, at + SampleWord.time)
  const elapsed = Math.max(0, Math.min(lastCpu === 0 ? milliseconds() - watchedSince : cpu - lastCpu, MAX_SAMPLE_MS))
  lastCpu = cpu
  if (sampleState(words[at + SampleWord.info]) !== SampleState.Guest) return
  addGuestTime(elapsed)
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
  else chargeFunction(state, defined, spared !== undefined && isMostlyCalls(place, spared), elapsed)
}

function chargeFunction(tiering: ModuleTiering, defined: number, isCalled: boolean, elapsed: number): void {
  last = { tiering, defined, isCalled }
  if (isCalled) tiering.hotness.chargeCalled(defined, elapsed)
  else tiering.hotness.charge(defined, elapsed)
}

/** Whether the time in a small function that was called is likely that of calls. The loop of a recursive one may be a call that stood last. */
function isMostlyCalls({ code, version, defined }: Place, { caller }: LeafCall): boolean {
  return caller.defined === defined || code.deref()?.versions.hasPolls(version) !== true
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
  if (last !== undefined && pace.isOpening) lookAgain(last)
  if (pace.review()) startSampler()
  else if (sampler !== undefined) sampler.wakeRecords = pace.wakeSamples
}

/**
 * Has the guest sampled once more when the function that was seen last will be worth a small job if it goes on. A run's first ticks are milliseconds apart,
 * and mostly one says that a function may soon be worth it, the next that it long was.
 */
function lookAgain({ tiering, defined, isCalled }: SeenFunction): void {
  const module = tiering.module.deref()
  if (looks >= MAX_LOOKS || module === undefined || tiering.state[defined] !== FunctionState.Idle) return
  if (module.engine.options.compileThreads === 0) return
  const price = priceOf(module, defined)
  if (price > SMALL_MS) return
  const saving = Math.max(price + JOB_FOREGROUND_MS, FIRST_JOB.foreground)
  const delay = tiering.hotness.timeUntil(defined, saving, isCalled)
  if (delay < 0 || delay >= TICK_MS) return
  looks++
  look.set(Math.max(lastTime + delay - milliseconds(), MIN_LOOK_MS))
}

/** Has functions in the baseline tier optimized that are worth it. */
function considerHot(module: Module, tiering: ModuleTiering): void {
  const { hotness, state, worth } = tiering
  const { engine } = module
  const inBackground = engine.options.compileThreads > 0
  for (const defined of hotness.takeTouched()) {
    if (state[defined] !== FunctionState.Idle) continue
    const price = priceOf(module, defined)
    if (!inBackground && !isWithinBudget(price)) continue
    if (inBackground ? hotness.isWorthIt(defined, JOB_FOREGROUND_MS, price) : hotness.isWorthIt(defined, price, 0))
      worth.add(defined)
  }
  if (worth.size === 0) return
  let ordered = [...worth].toSorted((a, b) => hotness.savingOf(b) - hotness.savingOf(a))
  // The first thread is for all that it is going to compile; small jobs need none.
  if (inBackground && !hadThreads() && !hotness.areWorthIt(worth, startPrice(module))) {
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
  if (traces * TRACE_MS > guestTime() * TRACE_SHARE) return false
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

/** Has optimized functions compiled again that turned out to be made for what does not happen. */
function considerAgain(module: Module, { secondLook, state }: ModuleTiering): void {
  const { engine, code } = module
  const inBackground = engine.options.compileThreads > 0
  for (const defined of secondLook.takeTouched()) {
    if (state[defined] !== FunctionState.Optimized) continue
    const price = priceOf(module, defined)
    if (!inBackground && !isWithinBudget(price)) continue
    const failures = code.guardFailures.count(defined)
    // What fails may not have been seen often enough yet to be known: then the next look is as good as this one.
    if (!secondLook.isWorthIt(defined, failures, price, inBackground) || !isChanged(module, defined)) continue
    reportFailures(module, defined, secondLook.begin(defined, failures))
    request(module, defined, 'feedback', -1)
  }
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
