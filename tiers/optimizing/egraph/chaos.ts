/**
 * Seeded disorder for tests: the order of rule results and the choice among equal values become arbitrary, so that what a
 * function computes is seen not to depend on them (Cranelift's chaos mode).
 */
export class Chaos {
  private state: number
  /** Take the dearest of equal values instead of any. */
  readonly worst: boolean

  constructor(seed: number, worst = false) {
    this.state = seed | 1
    this.worst = worst
  }

  /** A number in [0, n). Marsaglia's xorshift. */
  below(n: number): number {
    let x = this.state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.state = x
    return (x >>> 0) % n
  }

  /** True when the first of two equal values is to be taken, of these costs. */
  prefersFirst(first: number, second: number): boolean {
    return this.worst && first !== second ? first > second : this.below(2) === 0
  }

  shuffle(values: Int32Array, from: number, to: number): void {
    for (let i = to - 1; i > from; i--) {
      const j = from + this.below(i - from + 1)
      const value = values[i]
      values[i] = values[j]
      values[j] = value
    }
  }
}
