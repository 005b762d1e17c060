/**
 * A look at the guest between two of the scheduler's ticks. A run's first samples are milliseconds apart, and mostly one says that a function may soon be
 * worth it, the next that it long was. So when a sample has shown a function that will be worth it before the next tick if it goes on, a poll is asked
 * for at that moment. It costs a tenth of a millisecond; of a run of 50 ms that goes on in twice as fast code, waiting costs two.
 */
import { milliseconds } from './clock.js'
import type { CodeVersion, ModuleCode } from './code.js'
import { pollAfter } from './interrupts.js'

/** Milliseconds until the next tick will have come: it tells as much for nothing. */
const MAX_DELAY_MS = 4
/** Of a thread. A program whose time is spent everywhere is not found where it was. */
const MAX_LOOKS = 8

let looks = 0
/** What is to be looked at, from when on it was watched, and when it is due, by the clock of clock.ts. Weakly: the guest may end before. */
let awaited:
  | { readonly code: WeakRef<ModuleCode>; readonly defined: number; readonly since: number; readonly due: number }
  | undefined

/** Looks whether a function, which was seen just now, still runs after so many milliseconds. */
export function lookAfter(code: ModuleCode, defined: number, delay: number): void {
  if (looks >= MAX_LOOKS || delay < 0 || delay >= MAX_DELAY_MS) return
  looks++
  const since = milliseconds()
  awaited = { code: new WeakRef(code), defined, since, due: since + delay }
  pollAfter(delay)
}

/** A sample was taken: it stands for the time since the one before, and what comes of it is looked for anew. */
export function endLook(): void {
  awaited = undefined
}

/**
 * To call at each poll.
 * @param frame the version whose frame stands there
 * @returns milliseconds for which the function that is looked for may be said to have run on; 0 when it has not, or it is early yet
 */
export function timeSeen(frame: CodeVersion | undefined): number {
  if (awaited === undefined) return 0
  const { code, defined, since, due } = awaited
  const now = milliseconds()
  if (now < due) return 0
  awaited = undefined
  const isThere = frame?.tier === 'baseline' && frame.defined === defined && frame.code === code.deref()
  return isThere ? Math.min(now - since, MAX_DELAY_MS) : 0
}
