/**
 * What the thread that owns modules and its compile workers tell each other. Plain data; addresses are those of the
 * process, which all its threads share.
 *
 * The order matters in one place: a worker posts `Finished` before it makes the code reachable, so that whoever finds a
 * program counter in a version can take its description out of the port without waiting for anybody.
 */
import type { CompiledFunction } from '../tiers/compiled.js'
import type { LinkTargets } from './relocate.js'

/**
 * A worker's one shared word. Publishing means that code becomes reachable, so its description must get to the owner: a
 * worker posts it, then goes from Running to Publishing and back. Whoever stops the worker goes from Running to Stopped, which waits
 * for the moment that publishing takes, and takes the messages afterwards.
 */
export const WorkerState = { Running: 0, Publishing: 1, Stopped: 2 } as const

/** A module that jobs will be about. */
export interface ModuleMessage {
  readonly kind: 'module'
  readonly module: number
  readonly bytes: SharedArrayBuffer
  readonly arena: number
  readonly targets: LinkTargets
  /** Address of the routine of RelocKind.Import by type index; 0 for types that no import has. */
  readonly importCalls: Float64Array
  readonly bounds: 'guard' | 'explicit'
  readonly checked: boolean
  readonly fuel: boolean
  /** Make code reachable at random moments (the forced mode 'publish'). */
  readonly scatter: boolean
}

/** From now on the code of a module's jobs goes here: workers take their parts by an atomic addition to `used`. */
export interface SpaceMessage {
  readonly kind: 'space'
  readonly module: number
  /** Address at which the space runs, and its size in bytes. */
  readonly exec: number
  readonly size: number
  /** One word: bytes in use. */
  readonly used: Int32Array<SharedArrayBuffer>
}

export interface JobMessage {
  readonly kind: 'job'
  readonly module: number
  readonly job: number
  readonly defined: number
  /** Offset in the module of the loop at which the version is entered, -1: at the function's start. */
  readonly loop: number
  /** What is known of the function's calls (tiers/feedback.ts). */
  readonly feedback: Int32Array
  /** Address of the u32 that counts its failed guards. */
  readonly guardFailures: number
  /** Execution context of the thread whose frame waits at that loop. */
  readonly context: number
  /** Jobs of a higher one come first. */
  readonly priority: number
}

/** No more jobs of this module: its code is gone. */
export interface DropMessage {
  readonly kind: 'drop'
  readonly module: number
}

export type ToWorker = ModuleMessage | SpaceMessage | JobMessage | DropMessage

/** What a version consists of besides its code, which is in place and relocated. */
export type VersionParts = Omit<CompiledFunction, 'code' | 'frames' | 'frameWords'>

/** When a job was done, and what its time went to: for profiles. */
export interface JobTimes {
  /** Milliseconds of clock.ts, which all threads share. */
  readonly end: number
  /** Milliseconds of each pass, in the order of `passNames`. */
  readonly passes: readonly number[]
}

/** A job is done. */
export type Finished =
  | {
      readonly job: number
      readonly outcome: 'published'
      readonly address: number
      readonly parts: VersionParts
      readonly duration: number
      readonly times: JobTimes
    }
  /** The space of the module is used up: `needed` bytes did not fit. */
  | { readonly job: number; readonly outcome: 'full'; readonly needed: number }
  /** The optimizing compiler does not take the function, or failed. */
  | { readonly job: number; readonly outcome: 'refused'; readonly duration: number; readonly times: JobTimes }
