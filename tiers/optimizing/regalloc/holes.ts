/**
 * The intervals of one class of registers that are in a lifetime hole at present: they have a register, but do not need it before
 * their next range. Sorted by where that begins, so that an interval which wants a register meets only those whose
 * holes end before itself does; it is short mostly, however many there are.
 */
import { grown } from '../../grown.js'

export class Holes {
  /** Intervals and the positions where their holes end, ascending: from `first` up to, not including, `end`. */
  interval = new Int32Array(64)
  until = new Int32Array(64)
  first = 0
  end = 0

  reset(): void {
    this.first = 0
    this.end = 0
  }

  insert(interval: number, until: number): void {
    if (this.end === this.interval.length) this.makeRoom()
    let low = this.first
    let high = this.end
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.until[middle] < until) low = middle + 1
      else high = middle
    }
    this.interval.copyWithin(low + 1, low, this.end)
    this.until.copyWithin(low + 1, low, this.end)
    this.interval[low] = interval
    this.until[low] = until
    this.end++
  }

  private makeRoom(): void {
    if (this.first < this.interval.length >> 1) {
      this.interval = grown(this.interval)
      this.until = grown(this.until)
      return
    }
    this.interval.copyWithin(0, this.first, this.end)
    this.until.copyWithin(0, this.first, this.end)
    this.end -= this.first
    this.first = 0
  }
}
