/**
 * Traces of the guest's calls, for the feedback (tiers/feedback.ts): what is about to be optimized is first watched for some dozens of calls and turns of
 * loops, each of which is seen (native/src/call_trace.h). Samples of the stack come once in milliseconds, so they know of
 * few calls by the time at which a function is known to be hot; and an indirect call whose targets are not known cannot be inlined. An event costs
 * about as much as the signal that it is, a trace a fifth of a millisecond or so, and the code is the same as ever: the polls do it.
 *
 * The events follow each other, so they are what the guest does now. What it does later, samples and failing guards tell.
 */
import { ExecContext } from '../tiers/abi.js'
import { tracedEvent } from './call-samples.js'
import { Word, addon, control, controlAddress } from './context.js'

/** Events of a trace: enough for a loop that calls two functions to turn twenty times. The context has room for no more. */
const EVENTS = 64
/** Polls that somebody else asks for while a trace is under way, after each of which it goes on. */
const MAX_POLLS = 8
/** Bytes of an event: its place, and its jump. */
const EVENT_BYTES = 16

/** Polls since the trace began, -1 while there is none. */
let polls = -1

/** Has what the guest does next recorded. */
export function beginTrace(): void {
  polls = 0
  addon.beginTrace(EVENTS)
}

/** To call at each poll. @returns whether a trace has ended, and is known to the profiles now */
export function followTrace(): boolean {
  if (polls < 0) return false
  if (control[Word.traceLeft] > 0 && polls++ < MAX_POLLS) {
    addon.continueTrace()
    return false
  }
  polls = -1
  control[Word.traceLeft] = 0
  const end = ExecContext.trace + control[Word.traceLength] * EVENT_BYTES
  for (let at: number = ExecContext.trace; at < end; at += EVENT_BYTES) {
    tracedEvent(controlAddress(at), controlAddress(at + EVENT_BYTES / 2))
  }
  return true
}
