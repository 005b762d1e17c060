/**
 * Samples of this thread, taken by the addon's timer thread and signal handler (native/src/sampler.h): what they look like
 * and how they get to whoever asked. The tiering policy and profiles each have a Sampler; each has its own rate, depth
 * and ring.
 *
 * Rings are read when one is due: by a timer while the event loop turns, at a poll while the guest runs for long, before
 * code is given back (an address means nothing afterwards), and at the end. A record that found its ring full is counted
 * in `dropped`. Only the thread that started a sampler reads it.
 */
import { addon } from './context.js'

/**
 * Words of 32 bits of a record, from its first; native/src/sample.h describes them. 64-bit values have two words, the low
 * one first. Addresses (two words each) follow from `addresses` on, up to the record's length.
 */
export const SampleWord = {
  /** Length of the record in 64-bit words. */
  length: 0,
  /** SampleState (8 bits), YieldReason (8 bits), flags (16 bits). */
  info: 1,
  /** Nanoseconds of the monotonic clock (that of process.hrtime). */
  time: 2,
  /** Nanoseconds of processor time of this thread. */
  cpuTime: 4,
  /** The yield's operand while the host runs; the activity's detail outside the guest. */
  operand: 6,
  activity: 7,
  /** Address of the context of the innermost frame: an instance's, or that of the host function that is called. */
  vmctx: 8,
  /** Ticks since the last record: at which the thread had not taken the signal before, and had nothing to do. */
  late: 10,
  idle: 11,
  addresses: 12,
} as const

export const SampleState = {
  /** The first address is the pc, in compiled code or in a stub. */
  Guest: 0,
  /** In a C routine that the guest called. All addresses are return addresses, here and below. */
  Routine: 1,
  /** JavaScript runs, called by the guest (or by what the guest called). */
  Host: 2,
  /** No guest is active; the activity says what is. No addresses. */
  Outside: 3,
} as const

const TRUNCATED = 1
const PADDING = 2

export function sampleState(info: number): number {
  return info & 0xff
}
export function sampleReason(info: number): number {
  return (info >>> 8) & 0xff
}
/** Whether frames are missing at the outer end. */
export function isTruncated(info: number): boolean {
  return ((info >>> 16) & TRUNCATED) !== 0
}

/** 32-bit words of the ring's head, SampleRing in native/src/sample_ring.h. */
const Head = { written: 0, read: 1, samples: 2, drained: 3, dropped: 4, late: 5, words: 6, wake: 7, size: 8 } as const

/** 10 kHz: beyond that a sample costs more than what it sees. */
export const MIN_INTERVAL_US = 100
export const MAX_INTERVAL_US = 10_000_000
const DEFAULT_RING_BYTES = 1 << 20
/** How often rings are read while the event loop turns, in milliseconds. */
const DRAIN_PERIOD = 100

/** Gets one record: it begins at `words[at]` and is valid during the call. Called again and again: must not allocate much. */
export type SampleVisitor = (words: Uint32Array, at: number) => void

/**
 * What says when samples are taken: the addon's timer thread; V8's own profiler, which was started before, so that both see the same
 * moments; or the scheduler's ticks, of which most kernels have one every 4 ms, and which cost hardly anything. Numbered as SampleSource in
 * native/src/sampler.h.
 */
const SAMPLE_SOURCES = ['timer', 'follow', 'ticks'] as const

export interface SamplerOptions {
  readonly intervalUs: number
  /** Greatest number of addresses of a record. */
  readonly depth: number
  readonly ringBytes?: number
  /**
   * A running guest is interrupted to read the ring when so many records wait; by default only when the ring is half full.
   * Each interrupt costs the guest some microseconds.
   */
  readonly wakeRecords?: number
  /** By default the timer. */
  readonly source?: (typeof SAMPLE_SOURCES)[number]
  readonly visit: SampleVisitor
  /** Called after records were visited. */
  readonly drained?: () => void
}

/** @throws RangeError for a bad interval or depth */
export function checkSampling(intervalUs: number, depth: number): void {
  if (!(intervalUs >= MIN_INTERVAL_US && intervalUs <= MAX_INTERVAL_US)) {
    throw new RangeError(`the sampling interval must be from ${MIN_INTERVAL_US} us to 10 s, not ${intervalUs} us`)
  }
  if (!(depth >= 1 && depth <= 1024)) throw new RangeError(`the depth of samples must be from 1 to 1024, not ${depth}`)
}

const active = new Set<Sampler>()
let timer: ReturnType<typeof setInterval> | undefined

let mayTurn = true

/**
 * This thread only runs one program, in one call: what watches it by ticks is read at its polls, and needs no timer. (Node compiles two dozen
 * functions for its first one.)
 */
export function expectNoTurns(): void {
  mayTurn = false
}

/** Has rings read now and then from now on. */
function startTimer(): void {
  // Never what keeps the process alive.
  timer ??= setInterval(drainSamplers, DRAIN_PERIOD).unref()
}

/** Has every sampler of this thread read its ring: at polls, and before code or what explains it goes away. */
export function drainSamplers(): void {
  for (const sampler of active) sampler.drain()
}

export class Sampler {
  private readonly options: SamplerOptions
  private readonly id: number
  private readonly head: Uint32Array
  private readonly words: Uint32Array
  private readonly mask: number
  private draining = false

  /** Starts sampling this thread. @throws RangeError for a bad interval or depth, Error (ERR_WINDLASS_SAMPLER) */
  constructor(options: SamplerOptions) {
    const { intervalUs, depth } = options
    checkSampling(intervalUs, depth)
    this.options = options
    const ringWords = Math.ceil((options.ringBytes ?? DEFAULT_RING_BYTES) / 8)
    const wake = options.wakeRecords ?? 2 ** 31
    const source = SAMPLE_SOURCES.indexOf(options.source ?? 'timer')
    const session = addon.startSampling(Math.round(intervalUs), depth, ringWords, wake, source)
    this.id = session.id
    this.head = new Uint32Array(session.ring, 0, Head.size)
    this.words = new Uint32Array(session.ring, Head.size * 4)
    this.mask = this.head[Head.words] - 1
    active.add(this)
    if (mayTurn || options.source !== 'ticks') startTimer()
  }

  /** Visits all records in the ring. */
  drain(): void {
    if (this.draining) return
    const { head, words, mask } = this
    const end = Atomics.load(head, Head.written)
    let at = head[Head.read]
    if (at === end) return
    const { visit } = this.options
    let count = 0
    this.draining = true
    try {
      while (at !== end) {
        const word = (at & mask) * 2
        if (((words[word + SampleWord.info] >>> 16) & PADDING) === 0) {
          visit(words, word)
          count++
        }
        at = (at + words[word + SampleWord.length]) >>> 0
      }
    } finally {
      // What a throwing visitor has not seen is lost rather than seen twice.
      head[Head.drained] += count
      Atomics.store(head, Head.read, end)
      this.draining = false
    }
    this.options.drained?.()
  }

  /** Reads what is left and ends sampling. */
  stop(): void {
    if (!active.delete(this)) return
    addon.stopSampling(this.id)
    this.drain()
    if (active.size > 0 || timer === undefined) return
    clearInterval(timer)
    timer = undefined
  }

  /**
   * Has the followed profiler changed: it is not at work while `change` runs. What it sees before belongs to records that
   * were visited before.
   */
  refollow(change: () => void): void {
    addon.pauseFollowing(this.id)
    this.drain()
    change()
    addon.resumeFollowing(this.id)
  }

  /** See SamplerOptions.wakeRecords. */
  set wakeRecords(count: number) {
    this.head[Head.wake] = count
  }

  /** Records written so far. */
  get samples(): number {
    return this.head[Head.samples]
  }

  /** Records lost because the ring was full. */
  get dropped(): number {
    return this.head[Head.dropped]
  }

  /** Ticks without a record because the thread had not taken the signal before: it was not running, or in a system call. */
  get late(): number {
    return this.head[Head.late]
  }
}
