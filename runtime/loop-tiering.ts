/**
 * Tiering of frames: a frame that stays in a loop goes on in a version of its function that is entered there (replace.ts does it).
 * One for each thread, for all engines with `tier: 'auto'`.
 *
 * At every poll the innermost frame of baseline code is looked at. When it stood there at the last poll too, at a loop, and its function is hot, a
 * version for the loop is asked for; what is small is there at once, for the rest the guest is interrupted, when it is there, until the frame is found
 * at the loop again. When there are loops around it, or it stands at a call, the frame first climbs to one of them (climb.ts). One frame at
 * a time does: it takes milliseconds.
 */
import { Alarm } from './alarm.js'
import { Climb } from './climb.js'
import type { ModuleCode } from './code.js'
import { addon, contextAddress } from './context.js'
import { replaceStub } from './engine.js'
import type { TierUpReason } from './events.js'
import { isAtPoll, visitPolls } from './interrupts.js'
import { loopNest, type LoopNest } from './loop-nest.js'
import type { Module } from './module.js'
import type { ForcedMode } from './options.js'
import { callFrame, loopFrame, replaceFrame, type LoopFrame } from './replace.js'

/** A function with more loops than this that were entered in the middle has had its chances. */
const MAX_LOOP_VERSIONS = 8
/** Climbs from calls of one function: each walks over its body, and may be in vain. */
const MAX_CALL_CLIMBS = 4
/**
 * Polls in a row at which a frame is awaited whose loop has a version to go on in: a poll costs a sixth of a millisecond, and the frame is mostly found
 * at the first. If it is not by then, the samples will find it.
 */
const MAX_CHASE = 20
/** The same for tests. */
const FORCED_CHASE = 200

/** A hot function's frame that is found for the first time may be looked for once more: if it is there after so many milliseconds, it stays. */
const LOOK_AGAIN_MS = 1
/** A loop that is not reached within so many milliseconds turns so seldom that what surrounds it hardly matters. */
const PATIENCE_MS = 8
/** For tests, on machines that are busy. */
const FORCED_PATIENCE_MS = 1000

/** What tiering of functions (tiering.ts) does for that of frames. */
export interface FunctionTiering {
  /** Takes in what was finished in the background, and what a trace has shown. */
  takeNews(): void
  /** Whether a function was found worth optimizing. */
  isHot(module: Module, defined: number): boolean
  /** May a function be optimized once more, for one of its frames? */
  isAffordable(module: Module, defined: number): boolean
  /** Has a version made that is entered at a loop; `setLoopVersion` is called when it is there. */
  request(module: Module, defined: number, reason: TierUpReason, loop: number): void
}

/** For the number of a version that was asked for and is not there. */
const AWAITED = -1

interface ModuleLoops {
  /** Versions that are entered at a loop, by the loop's offset in the module. */
  readonly versions: Map<number, number>
  /** How many each function has. */
  readonly count: Uint8Array
  /** How often its frames have climbed from calls. */
  readonly calls: Uint8Array
}

const modules = new WeakMap<ModuleCode, ModuleLoops>()
/** The frame that is on its way to an outer loop. */
let climb: Climb | undefined
/** Polls left at which the frame of a loop that has its version now is awaited. */
let chase = 0
/** Frames are looked for whether they are hot or not, in an engine of this thread. */
let isForced = false
/** The frame that stood at the last poll, and the address of its code: seen twice, it is worth a version of its own. */
let lastFrame = 0
let lastStart = 0
/** The last poll of such a frame was answered by looking once more. */
let lookedAgain = false
const again = new Alarm()

function loopsOf(code: ModuleCode): ModuleLoops {
  let loops = modules.get(code)
  if (loops === undefined) {
    loops = {
      versions: new Map(),
      count: new Uint8Array(code.functionCount),
      calls: new Uint8Array(code.functionCount),
    }
    modules.set(code, loops)
  }
  return loops
}

/** From now on frames of this thread are looked at. */
export function watchLoops(functions: FunctionTiering): void {
  visitPolls(() => answerLoop(functions))
}

/** A function has its baseline code: in forced modes its frames are looked for at once. */
export function forceLoops(force: readonly ForcedMode[]): void {
  if (!force.includes('osr') && !force.includes('climb')) return
  isForced = force.includes('climb')
  chase = isForced ? FORCED_CHASE : 0
  addon.interrupt(contextAddress)
}

/**
 * A function has its optimized version: a frame that stood in a loop at the last poll may go on in one for it, and need not wait for a sample. (At a
 * poll that is asked anyway.)
 */
export function lookForFrames(): void {
  if (lastFrame !== 0 && !isAtPoll()) addon.interrupt(contextAddress)
}

/** A version that was asked for is there. */
export function setLoopVersion(code: ModuleCode, loop: number, version: number): void {
  loopsOf(code).versions.set(loop, version)
  if (climb?.target === loop && climb.owner === code) climb.await()
  else chase = isForced ? FORCED_CHASE : MAX_CHASE
}

/** At each poll: a frame at a loop goes on in optimized code, if there is any for it; or it is asked for. */
function answerLoop(functions: FunctionTiering): void {
  const frame = loopFrame()
  const caller = frame === undefined ? callFrame() : undefined
  // A thread asks for a poll when it has finished, and so does a trace.
  functions.takeNews()
  if (climb !== undefined) follow(functions, climb, frame)
  if (frame === undefined) answerCall(functions, caller)
  const goesOn = frame === undefined ? isForced : answerFrame(functions, frame)
  // A loop without a version would be polled for as long as it runs.
  if (!goesOn || chase <= 0) return
  chase--
  addon.interrupt(contextAddress)
}

/** Does the frame stand where the last poll was, too? */
function isLastFrame({ fp, version }: LoopFrame): boolean {
  const isSame = fp === lastFrame && version.start === lastStart
  lastFrame = fp
  lastStart = version.start
  return isSame
}

/** A poll that is a call, or in what was called: a frame that stays where it calls climbs to a loop around the call. */
function answerCall(functions: FunctionTiering, frame: LoopFrame | undefined): void {
  if (frame === undefined) {
    lastFrame = 0
    return
  }
  const isSame = isLastFrame(frame)
  const { defined, code } = frame.version
  const module = code.owner
  if (module?.engine.options.tier !== 'auto' || climb !== undefined) return
  const { calls } = loopsOf(code)
  const forced = forcesClimb(module)
  if (calls[defined] >= MAX_CALL_CLIMBS || !(forced || stays(functions, module, defined, isSame))) return
  calls[defined]++
  const { loops } = nestOf(module, frame)
  if (loops.length > 1) climb = new Climb(frame, loops, false, forced ? FORCED_PATIENCE_MS : PATIENCE_MS)
}

/** @returns whether the next poll is of interest, while a frame is awaited */
function answerFrame(functions: FunctionTiering, frame: LoopFrame): boolean {
  const isSame = isLastFrame(frame)
  const module = frame.version.code.owner
  if (module?.engine.options.tier !== 'auto') return false
  const isClimbing = climb !== undefined && climb.isFrame(frame) && frame.loop !== climb.target
  // The armed polls will tell.
  if (isClimbing) return false
  const forced = module.engine.options.force.includes('osr')
  let entered = enterLoop(functions, module, frame, forced)
  if (!entered && !forced) {
    wantLoop(functions, module, frame, isSame)
    // What is small is there at once.
    entered = enterLoop(functions, module, frame, false)
  }
  if (forced) chase = entered ? 1 : 0
  return true
}

/** A poll while a frame climbs: of itself, or of another frame or none. */
function follow(functions: FunctionTiering, current: Climb, frame: LoopFrame | undefined): void {
  if (frame !== undefined) current.meet(frame)
  const module = current.owner?.owner
  if (module === undefined) {
    climb = undefined
  } else if (current.settle()) {
    // At the loop where it began it will be found again without help.
    if (current.isInVain) climb = undefined
    const loop = current.isInVain ? current.start : current.target
    if (loop >= 0 && !askFor(functions, module, current.defined, loop)) current.await()
  } else if (current.target >= 0 && current.isLate) {
    current.end()
    climb = undefined
    if (current.start >= 0) askFor(functions, module, current.defined, current.start)
  }
}

/** Lets the frame go on in the version for its loop. @returns whether there is one */
function enterLoop(functions: FunctionTiering, module: Module, frame: LoopFrame, forced: boolean): boolean {
  const { code, defined } = frame.version
  const { versions } = loopsOf(code)
  if (forced && !versions.has(frame.loop)) {
    versions.set(frame.loop, AWAITED)
    functions.request(module, defined, 'forced', frame.loop)
  }
  const version = versions.get(frame.loop) ?? AWAITED
  if (version === AWAITED || !replaceFrame(frame, code.versions.start[version], replaceStub())) return false
  chase = forcesClimb(module) ? FORCED_CHASE : 0
  if (climb?.isFrame(frame) === true) {
    climb.end()
    climb = undefined
  }
  const { events } = module.engine
  if (events.wants('osr')) {
    events.emit('osr', { from: frame.version, to: code.describe(version), time: performance.now() })
  }
  return true
}

function forcesClimb({ engine }: Module): boolean {
  return engine.options.force.includes('climb')
}

/** Whether a hot function's frame stays, and a version for it may be made. One that is found for the first time is looked for once more. */
function stays(functions: FunctionTiering, module: Module, defined: number, isSame: boolean): boolean {
  if (!functions.isHot(module, defined)) return false
  lookedAgain = !isSame && !lookedAgain
  if (lookedAgain) again.set(LOOK_AGAIN_MS)
  return isSame && functions.isAffordable(module, defined)
}

function nestOf({ bytes, info }: Module, { version: { defined }, loop }: LoopFrame): LoopNest {
  return loopNest(bytes, info.bodyStart[defined], info.bodyEnd[defined], loop)
}

/** Has a version made for the frame's loop, or for one around it, when its function is hot and the frame stays. */
function wantLoop(functions: FunctionTiering, module: Module, frame: LoopFrame, isSame: boolean): void {
  const { defined, code } = frame.version
  if (loopsOf(code).versions.has(frame.loop)) return
  const forced = forcesClimb(module)
  if (!(forced || stays(functions, module, defined, isSame))) return
  const { loops, isOuter } = nestOf(module, frame)
  if (forced && isOuter) return
  if (loops.length === 1) askFor(functions, module, defined, frame.loop)
  else climb ??= new Climb(frame, loops, true, forced ? FORCED_PATIENCE_MS : PATIENCE_MS)
}

/** Has a version made for a loop, unless it was asked for. @returns false when it is there */
function askFor(functions: FunctionTiering, module: Module, defined: number, loop: number): boolean {
  const { versions, count } = loopsOf(module.code)
  const known = versions.get(loop)
  if (known !== undefined) return known === AWAITED
  if (count[defined] >= MAX_LOOP_VERSIONS) return true
  versions.set(loop, AWAITED)
  count[defined]++
  functions.request(module, defined, 'hot', loop)
  return true
}
