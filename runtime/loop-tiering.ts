/**
 * Tiering of frames: a frame that stays in a loop goes on in a version of its function that is entered there (replace.ts does it).
 * One for each thread, for all engines with `tier: 'auto'`.
 *
 * At every poll the frame that stands at a loop is looked at. When it stood there at the last poll too, and its function is hot, a version
 * for the loop is asked for; once that is there, the guest is interrupted until the frame is found at the loop again.
 */
import type { ModuleCode } from './code.js'
import { addon, contextAddress } from './context.js'
import { replaceStub } from './engine.js'
import type { TierUpReason } from './events.js'
import { visitPolls } from './interrupts.js'
import type { LoopState } from './loop-state.js'
import type { Module } from './module.js'
import { loopFrame, replaceFrame, type LoopFrame } from './replace.js'

/** A function with more loops than this that were entered in the middle has had its chances. */
const MAX_LOOP_VERSIONS = 8
/** Polls in a row at which a frame is awaited whose loop has a version to go on in: some milliseconds at most. */
const MAX_CHASE = 200

/** What tiering of functions (tiering.ts) does for that of frames. */
export interface FunctionTiering {
  /** Takes in what workers have finished. */
  settle(): void
  /** Whether a function was found worth optimizing. */
  isHot(module: Module, defined: number): boolean
  /** May a function be optimized once more, for one of its frames? */
  isAffordable(module: Module, defined: number): boolean
  /** Has a version made that is entered at a loop; `setLoopVersion` is called when it is there. */
  request(module: Module, defined: number, reason: TierUpReason, loop: number): void
}

/** A version that is entered at a loop: its number, -1 while there is none yet, and how a frame gets there. */
interface LoopVersion {
  readonly version: number
  readonly state: LoopState | undefined
}

const AWAITED: LoopVersion = { version: -1, state: undefined }

interface ModuleLoops {
  /** Versions that are entered at a loop, by the loop's offset in the module. */
  readonly versions: Map<number, LoopVersion>
  /** How many each function has. */
  readonly count: Uint8Array
}

const modules = new WeakMap<ModuleCode, ModuleLoops>()
/** Polls left at which the frame of a loop that has its version now is awaited. */
let chase = 0
/** The frame that stood at the last poll, and the address of its code: seen twice, it is worth a version of its own. */
let lastFrame = 0
let lastStart = 0

function loopsOf(code: ModuleCode): ModuleLoops {
  let loops = modules.get(code)
  if (loops === undefined) {
    loops = { versions: new Map(), count: new Uint8Array(code.functionCount) }
    modules.set(code, loops)
  }
  return loops
}

/** From now on frames of this thread are looked at. */
export function watchLoops(functions: FunctionTiering): void {
  visitPolls(() => answerLoop(functions))
}

/** A version that was asked for is there. */
export function setLoopVersion(code: ModuleCode, loop: number, version: LoopVersion): void {
  loopsOf(code).versions.set(loop, version)
  chase = MAX_CHASE
}

/** At each poll: a frame at a loop goes on in optimized code, if there is any for it; or it is asked for. */
function answerLoop(functions: FunctionTiering): void {
  const frame = loopFrame()
  if (frame === undefined) {
    lastFrame = 0
    return
  }
  const { code, start } = frame.version
  const isSame = frame.fp === lastFrame && start === lastStart
  lastFrame = frame.fp
  lastStart = start
  const module = code.owner
  if (module?.engine.options.tier !== 'auto') return
  const forced = module.engine.options.force.includes('osr')
  const entered = enterLoop(functions, module, frame, forced)
  if (!entered) wantLoop(functions, module, frame, forced, isSame)
  // A loop without a version would be polled for as long as it runs.
  if (forced ? !entered : chase <= 0) return
  chase--
  addon.interrupt(contextAddress)
}

/** Lets the frame go on in the version for its loop. @returns whether there is one */
function enterLoop(functions: FunctionTiering, module: Module, frame: LoopFrame, forced: boolean): boolean {
  functions.settle()
  const { defined, code } = frame.version
  const { versions } = loopsOf(code)
  if (forced && !versions.has(frame.loop)) {
    versions.set(frame.loop, AWAITED)
    functions.request(module, defined, 'forced', frame.loop)
  }
  const { version, state } = versions.get(frame.loop) ?? AWAITED
  if (version < 0 || !replaceFrame(frame, code.versions.start[version], state, replaceStub())) return false
  chase = 0
  const { events } = module.engine
  if (events.wants('osr')) {
    events.emit('osr', { from: frame.version, to: code.describe(version), time: performance.now() })
  }
  return true
}

/** Has a version made for the frame's loop when its function is hot and the frame stays. */
function wantLoop(
  functions: FunctionTiering,
  module: Module,
  frame: LoopFrame,
  forced: boolean,
  isSame: boolean,
): void {
  const { defined, code } = frame.version
  const { versions, count } = loopsOf(code)
  if (forced || !isSame || !functions.isHot(module, defined)) return
  if (versions.has(frame.loop) || count[defined] >= MAX_LOOP_VERSIONS) return
  if (!functions.isAffordable(module, defined)) return
  versions.set(frame.loop, AWAITED)
  count[defined]++
  functions.request(module, defined, 'hot', frame.loop)
}
