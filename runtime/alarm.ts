/**
 * Moments at which this thread's guest is to come to a poll: looks between two of the scheduler's ticks (tiering.ts, loop-tiering.ts), ends of waits
 * (climb.ts). All share one timer of the addon, set to the earliest. It is the thread's own: it fires on the core that the guest runs on, where one that
 * waits in another thread needs another core, which on a virtual machine may sleep, and then wakes a millisecond or two later.
 *
 * A sample is taken then, and the poll reads it. What is asked for may come late (the guest is in a host call) or not at all (the guest
 * ends; the system gives no timer): then the polls that come anyway have to do.
 */
import { milliseconds } from './clock.js'
import { addon } from './context.js'

const alarms: Alarm[] = []
/** The moment that the timer is set to, by the clock of clock.ts. */
let armed = Infinity

/** Sets the timer to the earliest of what is to come. */
function arm(now: number): void {
  let next = Infinity
  // What is due and has not come was lost with its guest, or comes with the next tick.
  for (const { at } of alarms) if (at > now) next = Math.min(next, at)
  if (next >= armed && armed > now) return
  armed = next
  if (next !== Infinity) addon.setAlarm(next - now)
}

/** One of a few, which are never given back: each use has its own. */
export class Alarm {
  /** When, by the clock of clock.ts; Infinity while nothing is asked for. */
  at = Infinity

  constructor() {
    alarms.push(this)
  }

  /** Has the guest come to a poll after so many milliseconds, in place of what was asked for before. */
  set(delay: number): void {
    const now = milliseconds()
    this.at = now + delay
    arm(now)
  }

  clear(): void {
    this.at = Infinity
  }
}

/** To call at each poll, before anything is set there: what is due is over. */
export function answerAlarms(): void {
  if (armed === Infinity) return
  const now = milliseconds()
  if (now < armed) return
  armed = Infinity
  for (const alarm of alarms) if (alarm.at <= now) alarm.at = Infinity
  arm(now)
}
