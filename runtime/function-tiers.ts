/**
 * What tiering knows of each function, and how a function gets its optimized code: asked for here, made by compile-jobs.ts, at once when it is
 * small. tiering.ts decides which ones, loop-tiering.ts which loops; users may, too (`Engine.optimize`, `Engine.pin`).
 */
import type { CompiledTier } from '../tiers/compiled.js'
import { CostModel, JOB_FOREGROUND_MS } from '../tiers/policy/cost.js'
import { Hotness } from '../tiers/policy/hotness.js'
import { SecondLook } from '../tiers/policy/second-look.js'
import { callProfile } from './call-samples.js'
import { milliseconds } from './clock.js'
import type { ModuleCode } from './code.js'
import { drain, postJob, startPrice } from './compile-jobs.js'
import type { TierUpReason } from './events.js'
import { lookForFrames, setLoopVersion } from './loop-tiering.js'
import type { Module } from './module.js'

/** Part of the run's time that optimizing on this thread may take, without threads. */
const SYNC_SHARE = 0.2

/** Before all jobs that nobody waits for. */
const WAITING_PRIORITY = 1e9

/** Milliseconds that a job may take to be done at once, if it is worth them. */
export const SMALL_MS = 1

/** What is known of a function's optimization. Traced ones are worth it, and wait for what a trace tells of their calls. Pinned functions change only when they are asked for. */
export const FunctionState = { Idle: 0, Traced: 1, Queued: 2, Optimized: 3, Refused: 4, Pinned: 5 } as const

export interface ModuleTiering {
  readonly module: WeakRef<Module>
  readonly hotness: Hotness
  readonly secondLook: SecondLook
  readonly state: Uint8Array
  /** Functions that are worth their own compilation, while there is no thread yet to do it. */
  readonly worth: Set<number>
}

const states = new WeakMap<ModuleCode, ModuleTiering>()
const cost = new CostModel()
/** Milliseconds of guest time seen by samples. */
let guestMs = 0
/** Milliseconds spent optimizing on this thread. */
let syncMs = 0
/** When the first compile thread was started, by the clock of clock.ts. That it may have been stopped since is of no account. */
let jobsSince: number | undefined

/** What is known of a module's functions. */
export function stateOf(module: Module): ModuleTiering {
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

/** Milliseconds that optimizing a function is expected to take. */
export function priceOf({ info }: Module, defined: number): number {
  return cost.estimate(info.bodyEnd[defined] - info.bodyStart[defined])
}

/** The guest was seen to run for so many milliseconds. */
export function addGuestTime(elapsed: number): void {
  guestMs += elapsed
}

/** Milliseconds for which the guest was seen to run. */
export function guestTime(): number {
  return guestMs
}

/** Whether there have been compile threads. */
export function hadThreads(): boolean {
  return jobsSince !== undefined
}

/** Whether optimizing a function takes so little, and is worth so much, that the guest's thread may as well do it at once. */
export function isSmallJob(module: Module, hotness: Hotness, defined: number): boolean {
  const price = priceOf(module, defined)
  return price <= SMALL_MS && hotness.isWorthIt(defined, price + JOB_FOREGROUND_MS, 0)
}

/** May this thread spend so many milliseconds on optimizing, without threads? */
export function isWithinBudget(price: number): boolean {
  return syncMs + price <= guestMs * SYNC_SHARE
}

/** Whether a function was found worth optimizing. */
export function isHot(module: Module, defined: number): boolean {
  const state = stateOf(module).state[defined]
  return state === FunctionState.Queued || state === FunctionState.Optimized
}

/** May a function be optimized once more, for one of its frames? */
export function isAffordable(module: Module, defined: number): boolean {
  return module.engine.options.compileThreads > 0 || isWithinBudget(priceOf(module, defined))
}

/** Has a function optimized, for its callers or for a frame that waits at a loop. */
export function request(module: Module, defined: number, reason: TierUpReason, loop: number): void {
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
    for (const [defined, saved] of openSavings(module)) {
      if (state[defined] !== FunctionState.Queued) continue
      queued.push([state, defined])
      saving += saved
      price += priceOf(module, defined)
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
