/**
 * Answers to polls: deadlines. A timer of the addon arms the poll pages; the next poll of the guest yields, and the loop
 * asks here. Whether a poll means anything is decided by the clock, so an early, late or spurious one does no harm.
 */
import { addon, contextAddress } from './context.js'
import { RuntimeError } from './errors.js'

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
  const at = performance.now() + milliseconds
  const deadline: Deadline = { at, error, timer: addon.startTimer(contextAddress, milliseconds) }
  deadlines.add(deadline)
  return () => {
    addon.cancelTimer(deadline.timer)
    deadlines.delete(deadline)
  }
}

/**
 * Called at a poll. Every deadline's timer is set anew: one that has passed strikes again at the next poll, one whose
 * timer was a little early must not be forgotten.
 * @throws the error of a deadline that has passed
 */
export function answerPoll(): void {
  addon.disarm()
  const now = performance.now()
  let passed: Deadline | undefined
  for (const deadline of deadlines) {
    const left = Math.max(0, deadline.at - now)
    if (left === 0) passed ??= deadline
    addon.cancelTimer(deadline.timer)
    deadline.timer = addon.startTimer(contextAddress, left)
  }
  if (passed !== undefined) throw passed.error()
}
