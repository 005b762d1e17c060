/** The instructions that overwrite all registers, which are calls mostly, and which of them are rare in their loop (rare-calls.ts). */
import { grown } from '../../grown.js'
import type { Intervals } from './intervals.js'

/** A position after all others. */
export const NEVER = 0x7fffffff
/** Rare calls that a value is saved around before one is as good as any other. */
const MAX_RARE_CALLS = 64

const INITIAL = 256

export class Clobbers {
  count = 0
  /** Positions, descending while intervals are built and ascending after. */
  pos = new Int32Array(INITIAL)
  /** Start and end of the loop in which the call is rare; the end is 0 for others. */
  from = new Int32Array(INITIAL)
  until = new Int32Array(INITIAL)

  reset(): void {
    this.count = 0
  }

  add(pos: number, from: number, until: number): void {
    const at = this.count++
    if (at === this.pos.length) {
      this.pos = grown(this.pos)
      this.from = grown(this.from)
      this.until = grown(this.until)
    }
    this.pos[at] = pos
    this.from[at] = from
    this.until[at] = until
  }

  reverse(): void {
    reverse(this.pos, this.count)
    reverse(this.from, this.count)
    reverse(this.until, this.count)
  }

  /**
   * First position in an interval, not before that of `at`, at which all registers are overwritten, NEVER when there is none. A rare
   * call is none for what its loop uses: that is saved around it.
   */
  firstIn(intervals: Intervals, interval: number, at: number): number {
    const { pos, from, until, count } = this
    const { from: rangeFrom, to, nextRange, firstRange, firstUse, usePos, nextUse } = intervals
    let i = at
    let use = firstUse[interval]
    let rare = 0
    for (let range = firstRange[interval]; range >= 0 && i < count; range = nextRange[range]) {
      while (i < count && pos[i] < rangeFrom[range]) i++
      for (; i < count && pos[i] < to[range]; i++) {
        if (until[i] === 0 || ++rare > MAX_RARE_CALLS) return pos[i]
        while (use >= 0 && usePos[use] < from[i]) use = nextUse[use]
        if (use < 0 || usePos[use] > until[i]) return pos[i]
      }
    }
    return NEVER
  }
}

/** Turns the order of the first `count` numbers round. */
function reverse(numbers: Int32Array, count: number): void {
  for (let low = 0, high = count - 1; low < high; low++, high--) {
    const kept = numbers[low]
    numbers[low] = numbers[high]
    numbers[high] = kept
  }
}
