/** The time that passes take: for the statistics, and for the limit on a function's. */
import { limit, MAX_MILLISECONDS } from './limits.js'
import type { OptimizingStats, PassName } from './options.js'

export class PassClock {
  private readonly stats: OptimizingStats
  private readonly clock: () => number
  /** When the function at hand was begun, and its last pass ended. */
  private begun = 0
  private passed = 0

  /** @param clock in milliseconds; without one times stay 0 */
  constructor(stats: OptimizingStats, clock: (() => number) | undefined) {
    this.stats = stats
    this.clock = clock ?? zero
  }

  /** A function's passes begin. */
  begin(): void {
    this.begun = this.passed = this.clock()
  }

  /** One of them has ended. @param limited whether there is a limit @throws LimitError */
  end(pass: PassName, limited: boolean): void {
    const now = this.clock()
    this.stats.passes[pass] += now - this.passed
    // Printing and checking count as the pass that follows: both are for people and tests.
    this.passed = now
    if (limited) limit(Math.round(now - this.begun), MAX_MILLISECONDS, 'milliseconds behind it')
  }
}

function zero(): number {
  return 0
}
