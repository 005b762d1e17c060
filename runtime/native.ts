/**
 * The addon as the runtime sees it, and its loader. Addresses are plain numbers: user-space addresses have 47 bits and
 * a double holds 53. Everything here but `enter` and `resume` is cold; those two take no arguments and return nothing,
 * operands cross in the execution context.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface CodeArena {
  /** Address at which the arena is readable and executable, never writable. */
  readonly exec: number
  /** Address of the same bytes, readable and writable, never executable. */
  readonly write: number
  readonly size: number
  /** Address (in the executable mapping) of the poll page, behind the code. */
  readonly poll: number
  /** Address (in the executable mapping) of the jump tables' space, behind the poll page, up to the arena's end. */
  readonly jumps: number
  /** Number by which the other calls name the arena, in any thread of the process. */
  readonly id: number
}

export interface Fiber {
  /** Lowest usable address; the guard lies below. */
  readonly low: number
  /** One past the highest usable address, 16-byte aligned. */
  readonly high: number
}

export interface Native {
  readonly pageSize: number
  /** How many the process may use, as os.availableParallelism() says it: Node compiles `os` when it is first asked for, longer than a call takes. */
  readonly processors: number
  readonly features: {
    readonly sse41: boolean
    readonly popcnt: boolean
    readonly lzcnt: boolean
    readonly bmi1: boolean
    readonly bmi2: boolean
    readonly avx: boolean
    readonly avx2: boolean
    readonly fma: boolean
    readonly fsgsbase: boolean
    readonly jumpErratum: boolean
  }
  /** Milliseconds since 1970, finer than Date.now() says it. */
  wallClock(): number
  /** Byte offsets of the execution context as the addon was compiled, by the names of tiers/abi.ts ExecContext. */
  readonly contextLayout: Readonly<Record<string, number>>

  // --- memory -----------------------------------------------------------------------------------------------------
  /** Reserves address space without access. Throws RangeError (code 'ERR_WINDLASS_RESERVE') when there is none. */
  reserve(bytes: number): number
  /** Gives or takes read-write access of pages of a reservation; pages begin as zero again after a decommit. */
  commit(address: number, bytes: number): void
  /** A hint that all of these bytes are about to be written. */
  populate(bytes: Uint8Array): void
  decommit(address: number, bytes: number): void
  release(address: number, bytes: number): void
  /**
   * An ArrayBuffer over memory that somebody else owns. `bytes` may be 0.
   * @param isGuest over a guest's memory, which goes with the buffer: of much of that V8 is told, so that it collects the sooner (native/src/node/views.cc)
   */
  view(address: number, bytes: number, isGuest?: boolean): ArrayBuffer
  /**
   * As `view`, of the first bytes of the reservation at `address`, and safe to hand to a script: `release` leaves these
   * pages alone until the contents of the buffer are gone, wherever a script moved them.
   */
  lend(address: number, bytes: number): ArrayBuffer
  /**
   * Takes off a reservation what is lent of it, which goes with the last loan (that may be noticed to have ended only in a later
   * turn). What is behind is a reservation of its own from then on. @returns its address, `address` when nothing is lent
   */
  leaveLent(address: number): number
  detach(buffer: ArrayBuffer): void
  /** Address of an ArrayBuffer's first byte (also through a typed array over a SharedArrayBuffer). */
  addressOf(view: Uint8Array): number

  /**
   * Copies many ranges of `source` to `target`. `ranges` has three words for each: offset in the target, offset in the
   * source, number of bytes. @throws RangeError at the first that is not inside both; those before it are copied
   */
  copyRanges(target: Uint8Array, source: Uint8Array, ranges: Uint32Array): void
  /**
   * Begins to copy `source` to `target`, which is as long, on a thread of its own. Until `endCopy` the source must not change, nor
   * either be detached. @returns an id for it
   */
  beginCopy(target: Uint8Array, source: Uint8Array): number
  /** Waits until all is copied; does nothing when that was known. */
  endCopy(id: number): void

  /** BLAKE2b-512 of some bytes. (Loading node:crypto takes longer than a short run.) */
  digest(bytes: Uint8Array): ArrayBuffer

  // --- files ------------------------------------------------------------------------------------------------------
  /**
   * futimens(2) of an open file, or utimensat(2) of a path without following links: `times` are seconds and nanoseconds of the
   * last access, then of the last change. Node's functions hold microseconds only. @returns an errno, 0 when it was done
   */
  setTimes(file: number | string, times: BigInt64Array): number

  /** The bytes of a file, to be read once from end to end; undefined when it cannot be mapped. It must not become shorter meanwhile. */
  mapFile(path: string): ArrayBuffer | undefined
  /** A file of ASCII as a string that takes no memory; undefined as above. The file must not be written to until the process ends. */
  mapText(path: string): string | undefined

  /** All bytes of a file; undefined where Node's function has to say why not. That one is compiled when it is first used, longer than this takes. */
  readFile(path: string): ArrayBuffer | undefined
  /** `st_mode` of an open file, 0 when it is not open. */
  fileMode(file: number): number
  /**
   * Writes a part of an array, at a position or (null) where the file stands. @returns how many bytes were written; undefined when
   * it failed: Node's function says why
   */
  writeFile(file: number, bytes: Uint8Array, from: number, length: number, position: number | null): number | undefined
  /** When a file was changed last, in milliseconds since 1970; undefined where there is none. For the same reason. */
  changedAt(path: string): number | undefined

  // --- collection -------------------------------------------------------------------------------------------------
  /** Watches an object without keeping it; unlike a WeakRef, also within one turn of the event loop. */
  watch(object: object): number
  /** Whether the object of a watch was collected. */
  isCollected(watch: number): boolean
  /** The object of a watch, undefined when it was collected. */
  watched(watch: number): object | undefined
  /** Ends a watch, once. */
  unwatch(watch: number): void
  /** Has V8 collect garbage now, as far as it agrees. Slow. */
  collectGarbage(): void

  // --- code -------------------------------------------------------------------------------------------------------
  /**
   * At most 2^30 bytes, the last `jumpBytes` for jump tables, both rounded up to whole pages. Arenas are counted references: the
   * creator holds one.
   */
  createArena(bytes: number, jumpBytes: number): CodeArena
  /** Another reference, for this environment, to an arena made by another thread. */
  openArena(id: number): CodeArena
  releaseArena(id: number): void
  /**
   * From now on arming the poll page also makes calls through the first `bytes` of the jump tables' space poll.
   * @throws RangeError (ERR_WINDLASS_RESERVE)
   */
  useJumps(id: number, bytes: number): void
  /** One atomic 8-byte store of an address, for publishing code while other threads run it. */
  storeAddress(at: number, value: number): void

  /**
   * Maps a file of machine code that begins with `head`, until the environment ends; the file must not be written to. Its first page
   * can be written to without changing the file, the rest executed. A fault in it goes on at the second page's first byte, with
   * the registers as they are. Undefined where there is no such file, or the system refuses.
   */
  mapCode(path: string, head: Uint8Array): { readonly address: number; readonly bytes: number } | undefined
  /**
   * Calls code as C calls `int64_t f(context, base, uint32_t a, uint32_t b)`, on this stack; what comes back is up to
   * the code, which says so when it came to its exit.
   */
  callCode(address: number, context: number, base: number, a: number, b: number): number
  /**
   * Begins to call functions at offsets in loaded code, one after the other up to the first that does not give an int32, on a thread of its own; a and b are 0.
   * Until `endCalls` says that they are done, what they work on belongs to them. Then a guest that runs on this thread is interrupted.
   * @param target address where a copy of `source` is to be before the first call; so long nobody may write to it, or detach its buffer
   * @returns an id for it; 0 where the system gives no thread @throws RangeError when the code was not loaded
   */
  beginCalls(
    code: number,
    functions: Uint32Array,
    context: number,
    base: number,
    target: number,
    source: Uint8Array,
  ): number
  /** How many returned an int32, their microseconds go to `times`; -1 when they are not done yet. */
  endCalls(id: number, times: Uint32Array): number

  // --- stacks -----------------------------------------------------------------------------------------------------
  createFiber(bytes: number): Fiber
  releaseFiber(low: number): void
  /** This thread's execution context: its address and a view of all its bytes. One for each environment. */
  readonly context: { readonly address: number; readonly buffer: ArrayBuffer }
  /**
   * Enters the funcref record in ExecContext.callee on the current fiber; returns at the next yield. Throws RangeError
   * ("Maximum call stack size exceeded") without entering when the fiber has no room left: there is nothing to abandon.
   */
  readonly enter: () => void
  /** Continues the guest after a yield; returns at the next one. */
  readonly resume: () => void
  /** Drops the guest frames down to the newest entry, as if the entered call had returned. */
  abandon(): void

  // --- attention --------------------------------------------------------------------------------------------------
  /** Arms the poll pages and sets ExecContext.interrupt of the thread that owns the context; from any thread. */
  interrupt(contextAddress: number): void
  /**
   * Takes SIGINT, SIGQUIT or SIGTERM (by number) as a request to this thread's guest while a call is under way; a second one, before
   * `takeSignal` has seen the first, ends the process as usual. One thread a process. Throws RangeError for other signals.
   */
  watchSignal(signal: number): void
  unwatchSignal(signal: number): void
  /** The number of the signal that came since it was asked last, 0 for none. */
  takeSignal(): number
  /** Ends the process at once: nothing is taken down, no handler runs, only the system's buffers are written out. */
  endProcess(code: number): never
  /**
   * Has the next calls and loop headers that this thread's guest comes to recorded in ExecContext.trace (native/src/call_trace.h), up to so
   * many, and the guest interrupted after the last one. An interrupt before that ends it; what is left may be continued.
   */
  beginTrace(events: number): void
  continueTrace(): void
  /** Disarms the poll pages. Called by the owner when it has answered. */
  disarm(): void
  /** Calls interrupt(contextAddress) from a timer thread after so many milliseconds, whatever the guest does; returns an id for cancelTimer. */
  startTimer(contextAddress: number, milliseconds: number): number
  /**
   * Calls interrupt(contextAddress) every so many milliseconds while guest code of that thread runs or has called the host,
   * until cancelled. @returns an id for cancelTimer
   */
  startTicks(contextAddress: number, milliseconds: number): number
  cancelTimer(id: number): void

  // --- sampling (runtime/sampling.ts) ---------------------------------------------------------------------------------
  /**
   * Samples this thread every `intervalUs` (at least 50) while a guest or an Activity is at work: stacks of up to `depth`
   * frames, into a ring of at least `ringWords` 64-bit words. When `wakeRecords` are unread, or the ring is half full, a
   * running guest is interrupted. `ring` begins with SampleRing of native/src/sample_ring.h. It stays valid after the stop.
   * @param source see SAMPLE_SOURCES
   * @throws Error (ERR_WINDLASS_SAMPLER) with too many samplers of one thread, or no memory
   */
  startSampling(
    intervalUs: number,
    depth: number,
    ringWords: number,
    wakeRecords: number,
    source: number,
  ): { readonly id: number; readonly ring: ArrayBuffer }
  /** Ends a sampler of this thread; does nothing when it has ended. */
  stopSampling(id: number): void
  /**
   * Has this thread sampled for its `ticks` after so many milliseconds (clock time), and a running guest interrupted, in place of what was
   * asked for before. Late while the guest has called the host; nothing while the thread idles. @returns false when there is no timer to be had
   */
  setAlarm(milliseconds: number): boolean
  /** Before the followed profiler ends, though the sampler goes on: gives that profiler's handler its place back. */
  pauseFollowing(id: number): boolean
  /** The followed profiler has begun again. @returns false when it cannot be followed */
  resumeFollowing(id: number): boolean
  /** Maps the first page of an open file executable until the process ends: how perf learns of a jitdump file. */
  markFile(file: number): void
  /** Tells native debuggers of an object file (profiler/elf.ts), which is copied. @returns an id @throws RangeError (ERR_WINDLASS_RESERVE) */
  registerDebugObject(object: Uint8Array): number
  /** Takes it back; does nothing when it is not there. */
  unregisterDebugObject(id: number): void

  // --- plain routines for compiled code, called with the C calling convention -----------------------------------------
  readonly routines: {
    readonly memmove: number
    readonly memset: number
  }
  /** The code of the routine at ExecContext.switchToHost, for stubs to end with instead of jumping there. */
  readonly switchCode: ArrayBuffer
  /** The code with which entry stubs end. */
  readonly exitCode: ArrayBuffer
  /** Whether this is the process's first thread. (Importing node:worker_threads to know it costs 5 ms.) */
  readonly mainThread: boolean
  /** Address of what the gate needs to know about this environment: `EntryPoint` of native/src/entry.h. */
  readonly entryPoint: number
  /**
   * Only with the gate: `enter` and `resume` as functions for which V8's optimized code calls machine code of the caller
   * (see runtime/boundary.ts), which has to stay where it is until the environment ends.
   */
  readonly adopt?: (enter: number, resume: number) => Pick<Native, 'enter' | 'resume'>
  /**
   * With the gate, where fast calls may throw: addresses of routines for that machine code to go to, instead of doing anything, when
   * it cannot do its work. They throw what the addon's own functions do.
   */
  readonly refuseEnter?: number
  readonly refuseResume?: number
}

type GateFunctions = Required<Pick<Native, 'enter' | 'resume' | 'adopt'>>

/** The optional second library (native/gate): the hot functions as V8 calls them fastest. */
interface Gate {
  /** Undefined when another environment of this thread has the gate. */
  open(entryPoint: number): (GateFunctions & Pick<Native, 'refuseEnter' | 'refuseResume'>) | undefined
}

/** Where native/build.mjs puts the libraries. */
const DIRECTORY = fileURLToPath(new URL('../../native/build/', import.meta.url))

/**
 * What a library exports to this environment. As `require` does it (whoever loads the file again gets the same), less
 * the search for a file that is known: 0.6 ms of every start.
 * @throws Error of the dynamic linker
 */
function loadLibrary(name: string): unknown {
  const file = DIRECTORY + name
  const known = Symbol.for(`windlass ${file}`)
  const earlier: unknown = Reflect.get(process, known)
  if (earlier !== undefined) return earlier
  const module = { exports: {} }
  process.dlopen(module, file)
  Object.defineProperty(process, known, { value: module.exports })
  return module.exports
}

let loaded: Native | undefined

/**
 * The addon of this process; built by `npm run build:native`. Every environment (main thread, worker) has its own.
 * @throws Error (code ERR_WINDLASS_ADDON) that says what to run when the addon is missing or does not load
 */
export function native(): Native {
  loaded ??= load()
  return loaded
}

function load(): Native {
  try {
    const addon = loadLibrary('windlass.node') as Native
    return { ...addon, ...openGate(addon) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    const build = join(DIRECTORY, '../build.mjs')
    const message = `the addon of Windlass cannot be loaded. Build it, which needs g++: node ${build} (${why})`
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_WINDLASS_ADDON' })
  }
}

/**
 * The functions that the gate replaces. It exists only where the addon was built with the headers of this Node version;
 * WINDLASS_GATE=0 leaves it alone.
 */
function openGate(addon: Native): Partial<Native> | undefined {
  if (process.env['WINDLASS_GATE'] === '0') return undefined
  try {
    const gate = loadLibrary(`windlass-gate-${process.versions.modules}.node`) as Gate
    return gate.open(addon.entryPoint)
  } catch {
    // Not built, or built for another V8: the addon's own functions do the same.
    return undefined
  }
}
