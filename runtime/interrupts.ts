/**
 * Answers to polls: deadlines. A timer of the addon arms the poll pages; the next poll of the guest yields, and the loop
 * asks here. Whether a poll means anything is decided by the clock, so a late or spurious one does no harm.
 */
import { RuntimeError } from './errors.js'
import { addon, contextAddress } from './context.js'

interface Deadline {
  /** performance.now() time. */
  readonly at: number
  readonly error: () => Error
  timer: number
}

const deadlines = new Set<Deadline>()

function defaultError(): Error {
  return new RuntimeError('wasm trap: interrupt')
}

/** See Store.deadline. */
export function addDeadline(milliseconds: number, error: () => Error = defaultError): () => void {
  const timer = addon.startTimer(contextAddress, milliseconds)
  const deadline: Deadline = { at: performance.now() + milliseconds, error, timer }
  deadlines.add(deadline)
  return () => {
    addon.cancelTimer(deadline.timer)
    deadlines.delete(deadline)
  }
}

/** Called at a poll. @throws the error of a deadline that has passed; the deadline stays, so the guest cannot go on */
export function answerPoll(): void {
  addon.disarm()
  const now = performance.now()
  for (const deadline of deadlines) {
    // Half a millisecond: the timer thread and performance.now() read different clocks.
    if (now >= deadline.at - 0.5) {
      deadline.timer = addon.startTimer(contextAddress, 0)
      throw deadline.error()
    }
  }
}
