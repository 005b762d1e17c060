/**
 * How closely a run is watched. A sample and the poll at which samples are read cost the guest a few microseconds each, some
 * per cent of its time when both come often. That is worth it while there is something to decide; a run whose time is
 * spent in optimized code is only looked at now and then, until it comes to new code. In the beginning, before anything may be
 * optimized, it is watched most closely: the first code is made by what these samples show of calls.
 */
import { MIN_RUN_MS } from './hotness.js'

export interface Watching {
  /** Microseconds between two samples. */
  readonly intervalUs: number
  /** So many samples, and a running guest is interrupted to have them looked at. */
  readonly wakeSamples: number
}

const FIRST_INTERVAL_US = 250
/** Samples taken before the guest began: while the first function was compiled. */
const EARLY_SAMPLES = 4
/** Nothing can be decided before MIN_RUN_MS have passed, so nothing is read before. */
const FIRST: Watching = {
  intervalUs: FIRST_INTERVAL_US,
  wakeSamples: (1000 * MIN_RUN_MS) / FIRST_INTERVAL_US + EARLY_SAMPLES,
}
const CLOSE: Watching = { intervalUs: 1000, wakeSamples: 10 }
const LOOSE: Watching = { intervalUs: 5000, wakeSamples: 4 }

/** Guest time after which the pace is thought over. */
const WINDOW_MS = 100
/** Part of its time in code about which nothing is decided above which a run is watched closely. */
const OPEN_PART = 0.25

export class Pace {
  current = FIRST
  private total = 0
  private open = 0

  /** The beginning has been seen, or what is hot is known from earlier runs. @returns whether the pace is another one now */
  leaveFirst(): boolean {
    if (this.current !== FIRST) return false
    this.enter(CLOSE)
    return true
  }

  /** Takes in time of the guest. @param isOpen it was spent in code that may be optimized yet */
  note(milliseconds: number, isOpen: boolean): void {
    this.total += milliseconds
    if (isOpen) this.open += milliseconds
  }

  /** Thinks the pace over. @returns whether it is another one now */
  review(): boolean {
    if (this.leaveFirst()) return true
    if (this.total < WINDOW_MS) return false
    const next = this.open >= this.total * OPEN_PART ? CLOSE : LOOSE
    const isOther = next !== this.current
    this.enter(next)
    return isOther
  }

  private enter(pace: Watching): void {
    this.current = pace
    this.total = 0
    this.open = 0
  }
}
