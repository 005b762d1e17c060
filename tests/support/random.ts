/** A small deterministic random generator (xorshift32), so that a failing case can be run again from its seed. */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0 || 1
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    let s = this.state
    s ^= s << 13
    s ^= s >>> 17
    s ^= s << 5
    this.state = s
    return (s >>> 0) % bound
  }
}
