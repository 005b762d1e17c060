/**
 * Answers to polls: deadlines, the end of a worker, samples to read. While one of the first two may come, ticks of the
 * addon arm the poll pages every few milliseconds of running guest code; the next poll yields, and the loop asks here.
 * Whether a poll means anything is decided by the clock, so an early, late or spurious one does no harm.
 *
 * A worker always ticks: `worker.terminate()` only takes effect when control comes back to JavaScript.
 */
import { addon, contextAddress } from './context.js'
import { RuntimeError } from './errors.js'
import { drainSamplers } from './sampling.js'

interface Deadline {
  /** performance.now() time. */
  readonly at: number
  readonly error: () => Error
}

/** How late a deadline may be, in milliseconds. One poll costs a few microseconds. */
const DEADLINE_TICK = 10
/** How late SIGQUIT may be answered. */
const QUIT_TICK = 100
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
export function addDeadline(milliseconds: number, error: () => Error = defaultError): () => void {
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

let atPoll: (() => void) | undefined

/** Has `visit` called at each poll, with the guest's frames in place. */
export function visitPolls(visit: () => void): void {
  atPoll = visit
}

/** Makes the error that answers SIGQUIT, while that is watched. */
let quitError: (() => Error) | undefined

/**
 * Has SIGQUIT end the running guest with an error, within `QUIT_TICK` milliseconds, until called off. Without a guest, and
 * the second time, the signal does what it always does.
 * @returns a function that calls it off
 */
export function endAtQuit(error: () => Error): () => void {
  quitError = error
  addon.watchQuit()
  const tick = addon.startTicks(contextAddress, QUIT_TICK)
  return () => {
    quitError = undefined
    addon.unwatchQuit()
    addon.cancelTimer(tick)
  }
}

/** Called at a poll. @throws the error of a deadline that has passed, or that of SIGQUIT */
export function answerPoll(): void {
  addon.disarm()
  drainSamplers()
  atPoll?.()
  if (quitError !== undefined && addon.takeQuit()) throw quitError()
  const now = performance.now()
  for (const deadline of deadlines) {
    if (now >= deadline.at) throw deadline.error()
  }
}
