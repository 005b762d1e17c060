/**
 * A finished profile: functions, frames, stacks and samples with everything known about them, independent of the engine
 * and of the code that ran. Writers (firefox.ts, cpuprofile.ts) and `hottest` read it.
 */
import type { Kind } from './categories.js'
import type { ProfileCounter, ProfileMarker } from './markers.js'

export interface ProfileModule {
  readonly name: string
  readonly url: string
}

export interface ProfileFunction {
  readonly name: string
  /** Index in `modules`, -1 for what is no function of a guest (host functions, compilation). */
  readonly module: number
  /** Function index in the module, imports included; -1 for calls that the module's compiler inlined, and as above. */
  readonly index: number
  /** Source file, undefined when it is not known. */
  readonly file: string | undefined
  /** Where a JavaScript function begins, from 1 on; 0: not known. */
  readonly line: number
  readonly column: number
}

export interface ProfileFrame {
  readonly func: number
  readonly kind: Kind
  /** Byte offset of the instruction in the module, -1 when there is none. */
  readonly offset: number
  /** 0 for a function that has a frame of its own; inlined calls count up from there. */
  readonly inlineDepth: number
  /** Index in `codes`, -1 when the code was not kept; and the offset in it. */
  readonly code: number
  readonly codeOffset: number
  /** From 1 on; 0: not known. */
  readonly line: number
  readonly column: number
}

/** Machine code that was seen to run. */
export interface ProfileCode {
  readonly func: number
  readonly kind: Kind
  readonly bytes: Uint8Array
}

export interface ProfileThread {
  readonly name: string
  readonly isMain: boolean
  readonly tid: number
  readonly sampleCount: number
  /** Index of a sample's stack, -1 for none. */
  stack(sample: number): number
  /** Milliseconds since the sample before (the first: since the profile began). */
  time(sample: number): number
  /** Nanoseconds of processor time since the sample before, undefined when that is not known. */
  cpu(sample: number): number | undefined
  readonly markers: readonly ProfileMarker[]
}

/** What one would like to know about how good a profile is. */
export interface ProfileStats {
  /** Records that were taken. */
  readonly samples: number
  /** Records that did not fit into the ring. */
  readonly dropped: number
  /**
   * Ticks at which the thread had not taken the signal before: it was not running, or in a system call. With JavaScript: at which
   * V8 took no sample.
   */
  readonly late: number
  /** Markers that were not kept. */
  readonly droppedMarkers: number
  /** The rate was halved so many times, because the run was long. */
  readonly halvings: number
}

export interface ProfileData {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly startTime: number
  /** Milliseconds. */
  readonly duration: number
  readonly intervalUs: number
  readonly modules: readonly ProfileModule[]
  readonly functions: readonly ProfileFunction[]
  readonly frames: readonly ProfileFrame[]
  readonly codes: readonly ProfileCode[]
  /** Of each stack: the one without its innermost frame (-1: none, always a lower index), and that frame. */
  readonly stackPrefix: Int32Array
  readonly stackFrame: Int32Array
  /** The thread that was profiled, then compile threads. */
  readonly threads: readonly ProfileThread[]
  readonly counters: readonly ProfileCounter[]
  readonly stats: ProfileStats
}

export interface FunctionTime {
  readonly name: string
  readonly module: string
  readonly kind: Kind
  /** Share of all sampled time, 0 to 1: in the function itself, and with what it called. */
  readonly self: number
  readonly total: number
}

/**
 * Functions by the time spent in them on the profiled thread, the hottest first. Time without a stack does not count, nor do
 * compile threads.
 */
export function hottest(profile: ProfileData): FunctionTime[] {
  const { functions, frames, stackFrame, stackPrefix, modules } = profile
  const self = new Float64Array(functions.length)
  const total = new Float64Array(functions.length)
  const kinds = new Map<number, Kind>()
  const onStack = new Float64Array(stackFrame.length)
  let all = 0
  const [thread] = profile.threads
  for (let i = 0; i < thread.sampleCount; i++) {
    const stack = thread.stack(i)
    if (stack < 0) continue
    onStack[stack]++
    all++
  }
  const seen = new Int32Array(functions.length).fill(-1)
  for (let stack = 0; stack < stackFrame.length; stack++) {
    const count = onStack[stack]
    if (count === 0) continue
    const innermost = frames[stackFrame[stack]]
    self[innermost.func] += count
    for (let at = stack; at >= 0; at = stackPrefix[at]) {
      const { func, kind } = frames[stackFrame[at]]
      kinds.set(func, kind)
      if (seen[func] === stack) continue
      seen[func] = stack
      total[func] += count
    }
  }
  return Array.from(kinds, ([func, kind]) => {
    const { name, module } = functions[func]
    return { name, module: modules[module]?.name ?? '', kind, self: self[func] / all, total: total[func] / all }
  }).toSorted((a, b) => b.self - a.self || b.total - a.total)
}
