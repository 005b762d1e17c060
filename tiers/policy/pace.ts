/**
 * How closely a run is watched. Samples are taken at the scheduler's ticks, which come anyway; what costs is the poll at which they are
 * read: a page is protected, faults, and is given back, and JavaScript runs that is cold at first. That is worth it while
 * there is something to decide; a run whose time is spent in optimized code is only looked at now and then, until it comes to new code.
 */

export interface Watching {
  /** Microseconds of processor time between two samples. */
  readonly intervalUs: number
  /** So many samples, and a running guest is interrupted to have them looked at. */
  readonly wakeSamples: number
}

/** Every tick of most kernels, which is one in 4 ms: less, so that one that comes a little early is not missed. */
const CLOSE: Watching = { intervalUs: 3000, wakeSamples: 3 }
/**
 * Every tick at first, as long as it shows code about which nothing is decided: in a short run it counts when a function is optimized. The first
 * poll costs half a millisecond, since what answers it is cold, later ones a sixth.
 */
const OPENING: Watching = { intervalUs: 3000, wakeSamples: 1 }
const LOOSE: Watching = { intervalUs: 10_000, wakeSamples: 2 }

/** Guest time after which the pace is thought over, and the same for the first time. */
const WINDOW_MS = 100
const OPENING_MS = 32
/** Part of its time in code about which nothing is decided above which a run is watched closely. */
const OPEN_PART = 0.25

export class Pace {
  current = OPENING
  /** So many samples, and a running guest is interrupted to have them looked at. */
  wakeSamples = OPENING.wakeSamples
  private total = 0
  private open = 0
  /** `open` at the last poll. */
  private wasOpen = 0

  /** The run has only begun. */
  get isOpening(): boolean {
    return this.current === OPENING
  }

  /** Takes in time of the guest. @param isOpen it was spent in code that may be optimized yet */
  note(milliseconds: number, isOpen: boolean): void {
    this.total += milliseconds
    if (isOpen) this.open += milliseconds
  }

  /** Thinks the pace over, at each poll. @returns whether the interval is another one now */
  review(): boolean {
    const { current, isOpening, open } = this
    if (this.total < (isOpening ? OPENING_MS : WINDOW_MS)) {
      if (isOpening) this.wakeSamples = open > this.wasOpen ? 1 : Math.min(this.wakeSamples + 1, CLOSE.wakeSamples)
      this.wasOpen = open
      return false
    }
    const next = isOpening || open >= this.total * OPEN_PART ? CLOSE : LOOSE
    this.current = next
    this.wakeSamples = next.wakeSamples
    this.total = this.open = this.wasOpen = 0
    return next.intervalUs !== current.intervalUs
  }
}
