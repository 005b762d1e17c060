/** How often each rule is taken: tests ask that every one is. The compiler's Wasm program does not count (program/absent.as.ts). */
export class RuleHits {
  /** By number of a rule; null unless `begin` was called. */
  private counts: Int32Array | null = null

  /** Counts from now on how often each of `rules` rules is taken. */
  begin(rules: number): Int32Array {
    this.counts = new Int32Array(rules)
    return this.counts
  }

  add(rule: number): void {
    if (this.counts !== null) this.counts[rule]++
  }
}
