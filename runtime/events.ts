/**
 * What an engine tells about itself: typed events for statistics, profiles and the curious. `engine.events.on(kind, f)`.
 *
 * Whoever emits asks `wants(kind)` first (one load and a compare), so that nobody pays for events that nobody listens
 * to. Events are delivered at once, often in the middle of a call of the guest (which is on its own stack, so a listener
 * may do anything JavaScript may); an error of a listener becomes an uncaught exception of the process, never one
 * of the guest's call.
 */
import type { CodeVersion, ModuleCode } from './code.js'
import type { RuntimeError } from './errors.js'
import type { Func } from './func.js'
import type { Instance } from './instance.js'
import type { Memory } from './memory.js'

/** Times are those of `performance.now()` of the thread that listens, durations milliseconds. */
export interface EngineEventMap {
  /** A function was compiled on this thread and published. `code.owner` is undefined while a module is being loaded. */
  readonly compile: { readonly version: CodeVersion; readonly start: number; readonly duration: number }
  /** A job was queued that will give a function an optimized version. */
  readonly tierUp: {
    readonly code: ModuleCode
    readonly defined: number
    /** The loop at which a frame is to go on in optimized code, -1: for callers. */
    readonly loop: number
    readonly reason: TierUpReason
    readonly time: number
  }
  /** An optimized version was published; `duration` is that of its compilation, wherever that was. */
  readonly publish: { readonly version: CodeVersion; readonly time: number; readonly duration: number }
  /**
   * A compile worker is done with a job; told before `publish`. `passes` has the milliseconds of each pass, in the order of
   * `passNames` (tiers/optimizing/options.ts); what is left of the duration is validation, before, and publishing.
   */
  readonly compileJob: {
    readonly worker: number
    readonly code: ModuleCode
    readonly defined: number
    readonly loop: number
    /** Whether it made code. */
    readonly published: boolean
    readonly start: number
    readonly duration: number
    readonly passes: readonly number[]
  }
  /** A frame went on in another version, at a loop's header. */
  readonly osr: { readonly from: CodeVersion; readonly to: CodeVersion; readonly time: number }
  /** Guards of speculated calls failed `count` times in a version, which is to be replaced therefore. */
  readonly guardFailure: { readonly version: CodeVersion; readonly count: number; readonly time: number }
  /** Sizes in pages of 64 KiB. */
  readonly memoryGrow: { readonly memory: Memory; readonly from: number; readonly to: number; readonly time: number }
  /** A call of an imported JavaScript function, WASI's included, when it is over. */
  readonly hostCall: { readonly func: Func; readonly start: number; readonly duration: number; readonly threw: boolean }
  readonly trap: { readonly error: RuntimeError; readonly time: number }
  readonly instantiate: { readonly instance: Instance; readonly start: number; readonly duration: number }
}

/**
 * Why a function is to be optimized: it was seen to be hot, it was asked for, a test mode wants it, or it has been, but
 * calls other functions than it was made for.
 */
export type TierUpReason = 'hot' | 'requested' | 'forced' | 'feedback'

export type EngineEventKind = keyof EngineEventMap
export type EngineListener<K extends EngineEventKind> = (event: EngineEventMap[K]) => void

export class EngineEvents {
  private readonly listeners: { [K in EngineEventKind]?: EngineListener<K>[] } = {}

  /** Has `listener` called at each event of a kind; once more for each time it was given. @returns a function that ends it */
  on<K extends EngineEventKind>(kind: K, listener: EngineListener<K>): () => void {
    const list: EngineListener<K>[] = [...(this.listeners[kind] ?? []), listener]
    this.listeners[kind] = list as (typeof this.listeners)[K]
    return () => this.off(kind, listener)
  }

  /** Ends what `on` began; does nothing for a listener that is not there. */
  off<K extends EngineEventKind>(kind: K, listener: EngineListener<K>): void {
    const list: readonly EngineListener<K>[] = this.listeners[kind] ?? []
    const at = list.indexOf(listener)
    if (at < 0) return
    const rest = list.toSpliced(at, 1)
    this.listeners[kind] = (rest.length === 0 ? undefined : rest) as (typeof this.listeners)[K]
  }

  /** @internal Does anybody listen? */
  wants(kind: EngineEventKind): boolean {
    return this.listeners[kind] !== undefined
  }

  /** @internal */
  emit<K extends EngineEventKind>(kind: K, event: EngineEventMap[K]): void {
    const list: readonly EngineListener<K>[] | undefined = this.listeners[kind]
    if (list === undefined) return
    for (const listener of list) {
      try {
        listener(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
