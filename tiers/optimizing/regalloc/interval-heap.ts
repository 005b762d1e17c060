/** The intervals that have no place yet, a binary heap by their starts. */
import { grown } from '../../grown.js'
import type { Intervals } from './intervals.js'

export class IntervalHeap {
  size = 0
  private items = new Int32Array(1024)
  private intervals!: Intervals

  reset(intervals: Intervals): void {
    this.intervals = intervals
    this.size = 0
  }

  push(interval: number): void {
    if (this.size === this.items.length) this.items = grown(this.items)
    const { items, intervals } = this
    const key = intervals.start(interval)
    let at = this.size++
    while (at > 0) {
      const up = (at - 1) >> 1
      if (intervals.start(items[up]) <= key) break
      items[at] = items[up]
      at = up
    }
    items[at] = interval
  }

  /** Takes one out that starts first; there must be one. */
  pop(): number {
    const { items, intervals } = this
    const top = items[0]
    const last = items[--this.size]
    const key = intervals.start(last)
    let at = 0
    for (;;) {
      let down = at * 2 + 1
      if (down >= this.size) break
      if (down + 1 < this.size && intervals.start(items[down + 1]) < intervals.start(items[down])) down++
      if (intervals.start(items[down]) >= key) break
      items[at] = items[down]
      at = down
    }
    items[at] = last
    return top
  }
}
