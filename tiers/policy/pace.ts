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

/** Nothing can be decided before MIN_RUN_MS have passed, so nothing is read before. */
const FIRST: Watching = { intervalUs: 250, wakeSamples: (1000 * MIN_RUN_MS) / 250 + 4 }
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

  /** What is hot is known from earlier runs. */
  skipFirst(): void {
    if (this.current === FIRST) this.current = CLOSE
  }

  /** Takes in time of the guest. @param isOpen it was spent in code that may be optimized yet */
  note(milliseconds: number, isOpen: boolean): void {
    this.total += milliseconds
    if (isOpen) this.open += milliseconds
  }

  /** Thinks the pace over. @returns whether it is another one now */
  review(): boolean {
    const isFirst = this.current === FIRST
    if (this.total < (isFirst ? MIN_RUN_MS : WINDOW_MS)) return false
    const next = isFirst || this.open >= this.total * OPEN_PART ? CLOSE : LOOSE
    this.total = 0
    this.open = 0
    if (next === this.current) return false
    this.current = next
    return true
  }
}
