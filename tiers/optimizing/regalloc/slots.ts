/**
 * Stack slots of 8 bytes. A virtual register that is not always in registers has one slot for its whole life; one slot serves several
 * registers whose lives do not overlap.
 */
import { SLOT_BASE, type VCode } from '../lower/vcode.js'
import { grown, sized } from '../../grown.js'
import { SPILLED, type Intervals } from './intervals.js'
import { pairKey, secondOf, sortKeys } from './sort.js'

/** A slot is looked for among so many; beyond, a new one is made. Bounds the work for enormous frames. */
const MAX_SLOT_SEARCH = 256

export class Slots {
  /** Slots in use. */
  count = 0
  /** Location of each virtual register's slot, 0 for none. */
  of = new Int32Array(1024)
  private end = new Int32Array(64)
  /** By slot: the class of its values. One class each, since moves.ts orders the moves of each class by themselves. */
  private cls = new Int32Array(64)
  private keys = new Float64Array(1024)

  /** Gives slots to all registers that have a child in one. */
  assign(code: VCode, intervals: Intervals): void {
    this.count = 0
    this.of = sized(this.of, code.vregCount)
    this.of.fill(0, 0, code.vregCount)
    if (this.keys.length < code.vregCount) this.keys = new Float64Array(code.vregCount * 2)
    let spilled = 0
    for (let v = 0; v < code.vregCount; v++) {
      if (intervals.firstRange[v] < 0) continue
      for (let child = v; child >= 0; child = intervals.next[child]) {
        if (intervals.loc[child] !== SPILLED) continue
        this.keys[spilled++] = pairKey(intervals.start(v), v)
        break
      }
    }
    sortKeys(this.keys, spilled)
    for (let i = 0; i < spilled; i++) {
      const v = secondOf(this.keys[i])
      let last = v
      while (intervals.next[last] >= 0) last = intervals.next[last]
      const { hintVreg, hintVreg2 } = intervals
      const slot = this.take(intervals.start(v), intervals.end(last), code.vregClass[v], hintVreg[v], hintVreg2[v])
      this.of[v] = SLOT_BASE + slot
    }
  }

  /** @param first and `second`: registers whose slot would save a move between slots */
  private take(start: number, end: number, regClass: number, first: number, second: number): number {
    for (let k = 0; k < 2; k++) {
      const partner = k === 0 ? first : second
      const slot = partner < 0 ? -1 : this.of[partner] - SLOT_BASE
      if (slot < 0 || this.end[slot] > start || this.cls[slot] !== regClass) continue
      this.end[slot] = end
      return slot
    }
    const search = Math.min(this.count, MAX_SLOT_SEARCH)
    for (let slot = 0; slot < search; slot++) {
      // The store may come up to the end of the instruction that defines the value.
      if (this.end[slot] > start || this.cls[slot] !== regClass) continue
      this.end[slot] = end
      return slot
    }
    if (this.count === this.end.length) {
      this.end = grown(this.end)
      this.cls = grown(this.cls)
    }
    this.end[this.count] = end
    this.cls[this.count] = regClass
    return this.count++
  }
}
