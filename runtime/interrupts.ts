/**
 * Answers to polls: deadlines, aborted signals, ends of time slices, the end of a worker, samples to read. While something
 * has to be found by the clock, ticks of the addon arm the poll pages every few milliseconds of running guest code; the next
 * poll yields, and the loop asks here. Whether a poll means anything is decided here, so an early, late or spurious one does no harm.
 *
 * A worker always ticks: `worker.terminate()` only takes effect when control comes back to JavaScript.
 */
import { answerAlarms } from './alarm.js'
import { Cell64, addon, contextAddress, control64 } from './context.js'
import { RuntimeError } from './errors.js'
import { drainSamplers } from './sampling.js'

interface Deadline {
  /** performance.now() time. */
  readonly at: number
  readonly error: () => unknown
}

/** How late a deadline may be, in milliseconds. One poll costs a few microseconds. */
const DEADLINE_TICK = 10
/** How late a signal may be answered. */
const SIGNAL_TICK = 100
/** How late a worker may end. */
const WORKER_TICK = 100

const deadlines = new Set<Deadline>()
/** Id of the ticks that deadlines need, 0 while there is none. */
let ticks = 0

/** Sees to it that this thread can be ended while guest code runs. Once a thread. */
export function keepTerminable(): void {
  if (!addon.mainThread) addon.startTicks(contextAddress, WORKER_TICK)
}

function defaultError(): Error {
  return new RuntimeError('wasm trap: interrupt')
}

/** See Store.deadline. */
export function addDeadline(milliseconds: number, error: () => unknown = defaultError): () => void {
  const deadline: Deadline = { at: performance.now() + milliseconds, error }
  deadlines.add(deadline)
  if (ticks === 0) ticks = addon.startTicks(contextAddress, DEADLINE_TICK)
  return () => {
    deadlines.delete(deadline)
    if (deadlines.size > 0 || ticks === 0) return
    addon.cancelTimer(ticks)
    ticks = 0
  }
}

/** See Store.abortOn. */
export function addAbort(signal: AbortSignal): () => void {
  let callOff: (() => void) | undefined
  const abort = (): void => {
    callOff = addDeadline(0, () => signal.reason)
    // A guest that has called the host, which aborted. Without one nobody would answer.
    if (control64[Cell64.entryBase] !== 0) addon.interrupt(contextAddress)
  }
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return () => {
    signal.removeEventListener('abort', abort)
    callOff?.()
  }
}

let endSlice: (() => void) | undefined

/** Has `end` called at each poll, which suspends the guest by throwing when its time slice is over (suspend.ts). */
export function visitSlices(end: () => void): void {
  endSlice = end
}

let atPoll: (() => void) | undefined

/** Has `visit` called at each poll, with the guest's frames in place. */
export function visitPolls(visit: () => void): void {
  atPoll = visit
}

/** Signals that can end a guest, by their numbers on Linux. */
export const EndSignal = { SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const
export type EndSignal = (typeof EndSignal)[keyof typeof EndSignal]

/** What makes the error that answers a signal, of those that are watched. */
const signalErrors = new Map<number, () => Error>()
/** Id of the ticks that signals need, while any is watched. */
let signalTicks = 0

/**
 * Has a signal end the running guest with an error, within `SIGNAL_TICK` milliseconds, until called off. Without a guest, and
 * the second time, the signal does what it always does.
 * @returns a function that calls it off
 */
export function endAtSignal(signal: EndSignal, error: () => Error): () => void {
  // First, since it may fail: a signal that nobody looks for must not be taken.
  if (signalErrors.size === 0) signalTicks = addon.startTicks(contextAddress, SIGNAL_TICK)
  signalErrors.set(signal, error)
  addon.watchSignal(signal)
  return () => {
    addon.unwatchSignal(signal)
    if (signalErrors.delete(signal) && signalErrors.size === 0) addon.cancelTimer(signalTicks)
  }
}

/** @throws the error of a signal that has come */
function answerSignal(): void {
  const error = signalErrors.get(addon.takeSignal())
  if (error !== undefined) throw error()
}

/** @throws the error of a deadline that has passed */
function answerDeadlines(): void {
  const now = performance.now()
  for (const deadline of deadlines) {
    if (now >= deadline.at) throw deadline.error()
  }
}

let answering = false

/** A guest stands at a poll, which is being answered: its frames are looked at before it goes on. */
export function isAtPoll(): boolean {
  return answering
}

/** Called at a poll. Reads no clock unless it must. @throws the error of a deadline that has passed, that of a signal, or what suspends the guest */
export function answerPoll(): void {
  answering = true
  try {
    answer()
  } finally {
    answering = false
  }
}

function answer(): void {
  addon.disarm()
  answerAlarms()
  drainSamplers()
  if (signalErrors.size > 0) answerSignal()
  if (deadlines.size > 0) answerDeadlines()
  endSlice?.()
  // Last: it may leave values in the cells for the guest to go on with.
  atPoll?.()
}
