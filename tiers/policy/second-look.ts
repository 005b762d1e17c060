/**
 * Which optimized functions are worth another compilation, because what they call turned out not to be what they were made
 * for: calls of small functions that their feedback did not know, and guards that fail.
 *
 * The bargain is that of hotness.ts: when what was lost has reached what a compilation costs, it is bought. Each time the
 * price doubles, so a function whose calls keep changing is soon left as it is.
 */
import { BACKGROUND_PRICE } from './hotness.js'

/** Part of the time in a small function that inlining it is expected to save, in its caller and in itself. */
const SAVED_PART = 0.3
/** What a failed guard costs: comparisons in vain, and the branch that was predicted otherwise now and then. */
const FAILURE_MS = 3e-6
/** Of fewer samples nothing can be concluded. */
const MIN_SAMPLES = 3
const MAX_TRIES = 3

/** What is known of one function since its last compilation. */
interface Losses {
  /** Milliseconds in callees that it might have inlined, and their number. */
  time: number
  samples: number
  /** Failures of guards at its last compilation. */
  failures: number
  tries: number
}

/** Losses of the optimized functions of one module. */
export class SecondLook {
  private readonly functions = new Map<number, Losses>()
  private touched = new Set<number>()

  private of(defined: number): Losses {
    let losses = this.functions.get(defined)
    if (losses === undefined) this.functions.set(defined, (losses = { time: 0, samples: 0, failures: 0, tries: 0 }))
    return losses
  }

  /** So much time was seen in a small function that an optimized one calls without having expected it. */
  miss(defined: number, milliseconds: number): void {
    const losses = this.of(defined)
    losses.time += milliseconds
    losses.samples++
    this.touched.add(defined)
  }

  /** An optimized function was seen: its guards should be looked at. */
  see(defined: number): void {
    this.touched.add(defined)
  }

  /** The functions seen since the last call. */
  takeTouched(): ReadonlySet<number> {
    const set = this.touched
    this.touched = new Set()
    return set
  }

  /**
   * @param failures of its guards so far, modulo 2^32
   * @param cost milliseconds that a compilation is expected to take, in the background or not
   */
  isWorthIt(defined: number, failures: number, cost: number, inBackground: boolean): boolean {
    const losses = this.functions.get(defined)
    const failed = (failures - (losses?.failures ?? 0)) >>> 0
    if (losses === undefined && failed === 0) return false
    const { time, samples, tries } = losses ?? this.of(defined)
    if (tries >= MAX_TRIES) return false
    const lost = (samples < MIN_SAMPLES ? 0 : time * SAVED_PART) + failed * FAILURE_MS
    return lost >= cost * (inBackground ? BACKGROUND_PRICE : 1) * 2 ** tries
  }

  /** A function is compiled again. @returns failures of guards since it was last */
  begin(defined: number, failures: number): number {
    const losses = this.of(defined)
    const failed = (failures - losses.failures) >>> 0
    losses.time = 0
    losses.samples = 0
    losses.failures = failures
    losses.tries++
    return failed
  }
}
