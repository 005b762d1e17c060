/**
 * Linear scan with splitting: intervals in the order of their starts get a register for as long as one is free, the rest
 * is split off and comes again; when none is free, the interval whose next use is farthest goes to its slot.
 * (Wimmer and Moessenboeck, "Optimized Interval Splitting in a Linear Scan Register Allocator", VEE 2005.)
 *
 * A value is defined once, so its slot is written once, at the definition: splitting to the slot costs no store, and a
 * store in a loop is there only when the definition is. Splits are in gaps; they are moved out of loops where possible.
 */
import { grown } from '../../grown.js'
import { RegClass, XMM_BASE, type VCode } from '../lower/vcode.js'
import { NEVER } from './clobbers.js'
import { Holes } from './holes.js'
import { IntervalHeap } from './interval-heap.js'
import { SPILLED, UNASSIGNED, USE_NEEDS_REGISTER, type Intervals } from './intervals.js'
import { AllocatorError, GPRS, XMMS } from './registers.js'
import { lastUseBefore, releasePosition, returnPosition } from './split-position.js'

/** Times that an interval may come up on average; it takes two or three. An endless loop here would hang the process. */
const MAX_STEPS = 64
/** Copies followed to find a preferred register. */
const MAX_CHAIN = 8
/** Ranges compared before two intervals are taken to meet: bounds the work for those that reach through a huge function. */
const MAX_RANGES = 256

/** Intervals in holes that are looked at for one that wants a register; all registers count as taken from the next one's on. */
const MAX_HOLES = 512

export class LinearScan {
  private intervals!: Intervals
  private code!: VCode
  private readonly heap = new IntervalHeap()
  /** Interval that holds each register now, -1 for none. */
  private readonly active = new Int32Array(32)
  private readonly gprHoles = new Holes()
  private readonly xmmHoles = new Holes()
  /** How many registers of each class are given out. */
  private gprCount = 0
  private xmmCount = 0
  /** Range that an interval is at, and its first use from the present position on, by interval. */
  private at = new Int32Array(1024)
  private useAt = new Int32Array(1024)
  /** Next demanded range of each register, and place in `clobbers`, at the present position. */
  private readonly fixedAt = new Int32Array(32)
  private clobberAt = 0
  private readonly freeUntil = new Int32Array(32)
  private readonly nextUse = new Int32Array(32)
  private readonly blocked = new Int32Array(32)
  private readonly candidates = new Int32Array(4)
  /** By register: the virtual register that should be in it, because it is the next value of a loop's variable. */
  private readonly claim = new Int32Array(32)
  /** Block of each index. */
  blockOf = new Int32Array(1024)

  /**
   * Fills in `intervals.loc` (registers or SPILLED) of all intervals and the children it makes.
   * @param pressure take only so many registers of each class (tests); at least 6
   */
  run(code: VCode, intervals: Intervals, pressure: number): void {
    this.intervals = intervals
    this.code = code
    this.heap.reset(intervals)
    this.gprHoles.reset()
    this.xmmHoles.reset()
    this.gprCount = Math.min(GPRS.length, pressure)
    this.xmmCount = Math.min(XMMS.length, pressure)
    this.clobberAt = 0
    this.active.fill(-1)
    this.claim.fill(-1)
    this.fixedAt.set(intervals.fixed)
    if (this.blockOf.length < code.indexCount) this.blockOf = new Int32Array(code.indexCount * 2)
    for (let block = 0; block < code.blockCount; block++) {
      this.blockOf.fill(block, code.blockStart[block], code.blockEnd[block])
    }
    for (let v = 0; v < code.vregCount; v++) if (intervals.firstRange[v] >= 0) this.heap.push(v)
    let steps = 0
    let at = -1
    while (this.heap.size > 0) {
      const current = this.heap.pop()
      if (++steps > MAX_STEPS * (intervals.count + 1)) throw new AllocatorError('no progress')
      const pos = intervals.start(current)
      if (pos !== at) this.advance(pos)
      at = pos
      this.setAt(current)
      if (!this.tryFree(current, pos)) this.evictFor(current, pos)
    }
  }

  // --- the present position --------------------------------------------------------------------------------------------

  private setAt(interval: number): void {
    if (interval >= this.at.length) {
      this.at = grown(this.at, interval + 1)
      this.useAt = grown(this.useAt, interval + 1)
    }
    this.at[interval] = this.intervals.firstRange[interval]
    this.useAt[interval] = this.intervals.firstUse[interval]
  }

  /** Moves on to `pos`: intervals end, go into holes and come out of them. */
  private advance(pos: number): void {
    const { active, intervals, fixedAt } = this
    const { to, from, nextRange } = intervals
    for (let reg = 0; reg < 32; reg++) {
      let range = fixedAt[reg]
      while (range >= 0 && to[range] <= pos) range = nextRange[range]
      fixedAt[reg] = range
      const it = active[reg]
      if (it < 0) continue
      range = this.at[it]
      while (range >= 0 && to[range] <= pos) range = nextRange[range]
      this.at[it] = range
      if (range >= 0 && from[range] <= pos) continue
      active[reg] = -1
      if (range >= 0) this.holesOf(reg < XMM_BASE ? RegClass.Gpr : RegClass.Xmm).insert(it, from[range])
    }
    this.leaveHoles(this.gprHoles, pos)
    this.leaveHoles(this.xmmHoles, pos)
    const { clobbers } = intervals
    while (this.clobberAt < clobbers.count && clobbers.pos[this.clobberAt] < pos) this.clobberAt++
  }

  private holesOf(regClass: number): Holes {
    return regClass === RegClass.Gpr ? this.gprHoles : this.xmmHoles
  }

  private leaveHoles(holes: Holes, pos: number): void {
    const { active, intervals, at } = this
    const { to, from, nextRange } = intervals
    while (holes.first < holes.end && holes.until[holes.first] <= pos) {
      const it = holes.interval[holes.first++]
      let range = at[it]
      while (range >= 0 && to[range] <= pos) range = nextRange[range]
      at[it] = range
      if (range < 0) continue
      if (from[range] <= pos) active[intervals.loc[it]] = it
      else holes.insert(it, from[range])
    }
  }

  /**
   * Lowers `limits`, by register the first position at which it is taken, by what is in holes and comes out of them before
   * `current` ends.
   */
  private limitByHoles(current: number, limits: Int32Array, regs: Uint8Array, count: number): void {
    const { intervals } = this
    const holes = this.holesOf(this.code.vregClass[intervals.vreg[current]])
    const end = intervals.end(current)
    const ranges = intervals.firstRange[current]
    const last = Math.min(holes.end, holes.first + MAX_HOLES)
    for (let i = holes.first; i < last && holes.until[i] < end; i++) {
      const it = holes.interval[i]
      const reg = intervals.loc[it]
      if (limits[reg] > holes.until[i])
        limits[reg] = Math.min(limits[reg], this.intersection(ranges, this.at[it], limits[reg]))
    }
    if (last === holes.end) return
    for (let i = 0; i < count; i++) limits[regs[i]] = Math.min(limits[regs[i]], holes.until[last])
  }

  /** First position before `clobber`, else that, at which an interval with some ranges and an end meets a demand for a register. */
  private demandedFrom(reg: number, ranges: number, end: number, clobber: number): number {
    const demand = this.fixedAt[reg]
    if (demand < 0 || this.intervals.from[demand] >= end) return clobber
    return Math.min(clobber, this.intersection(ranges, demand, clobber))
  }

  /** First position before `limit` that two lists of ranges have in common, NEVER when there is none. */
  private intersection(a: number, b: number, limit: number): number {
    const { from, to, nextRange } = this.intervals
    let x = a
    let y = b
    for (let steps = 0; x >= 0 && y >= 0; steps++) {
      const low = from[x] > from[y] ? from[x] : from[y]
      if (low >= limit) return NEVER
      if ((low < to[x] && low < to[y]) || steps === MAX_RANGES) return low
      if (to[x] < to[y]) x = nextRange[x]
      else y = nextRange[y]
    }
    return NEVER
  }

  // --- choosing ----------------------------------------------------------------------------------------------------------

  private tryFree(current: number, pos: number): boolean {
    const { intervals, active, freeUntil } = this
    const vreg = intervals.vreg[current]
    const isXmm = this.code.vregClass[vreg] === RegClass.Xmm
    const regs = isXmm ? XMMS : GPRS
    const count = isXmm ? this.xmmCount : this.gprCount
    const ranges = intervals.firstRange[current]
    const end = intervals.end(current)
    const clobber = intervals.clobbers.firstIn(intervals, current, this.clobberAt)
    for (let i = 0; i < count; i++) {
      const reg = regs[i]
      if (active[reg] >= 0) freeUntil[reg] = 0
      else freeUntil[reg] = this.demandedFrom(reg, ranges, end, clobber)
    }
    this.limitByHoles(current, freeUntil, regs, count)
    let best = regs[0]
    for (let i = 1; i < count; i++) if (freeUntil[regs[i]] > freeUntil[best]) best = regs[i]
    // When no register is free to the end, one will do that is free up to the last use before they all are not.
    let needed = end
    if (freeUntil[best] < end) {
      const last = lastUseBefore(intervals, current, freeUntil[best])
      if (last < 0 && freeUntil[best] > pos && !this.isNeededNow(current)) {
        this.toSlot(current)
        return true
      }
      needed = Math.min(freeUntil[best], last + 1)
    }
    const hint = this.hint(vreg, regs, count, needed)
    best = hint >= 0 ? hint : this.unclaimed(current, regs, count, needed, best)
    const until = freeUntil[best]
    if (until < end) {
      if ((until & ~3) <= pos) return false
      // It is in its slot anyway from there to its next use, which is after all registers are taken.
      this.toSlot(intervals.split(current, releasePosition(this.code, intervals, this.blockOf, current, until)))
    }
    this.assign(current, best)
    return true
  }

  /** A register that saves a move and is free at least until `needed`. */
  private hint(vreg: number, regs: Uint8Array, count: number, needed: number): number {
    const { intervals } = this
    const partner = intervals.hintVreg[vreg]
    const other = intervals.hintVreg2[vreg]
    const { candidates } = this
    candidates[0] = this.chainLoc(partner)
    candidates[1] = this.lastLoc(other)
    candidates[2] = intervals.hintReg[vreg]
    candidates[3] = partner < 0 ? -1 : intervals.hintReg[partner]
    for (let k = 0; k < candidates.length; k++) {
      const reg = candidates[k]
      if (reg < 0) continue
      for (let i = 0; i < count; i++) if (regs[i] === reg && this.freeUntil[reg] >= needed) return reg
    }
    return -1
  }

  /** Of the registers that are free long enough one that no loop's variable will want meanwhile, else `best`. */
  private unclaimed(current: number, regs: Uint8Array, count: number, needed: number, best: number): number {
    const { freeUntil } = this
    if (!this.isClaimed(current, best)) return best
    for (let i = 0; i < count; i++) {
      if (freeUntil[regs[i]] >= needed && !this.isClaimed(current, regs[i])) return regs[i]
    }
    return best
  }

  /** True when the next turn's value of the loop variable that was in a register begins while `current` has it. */
  private isClaimed(current: number, reg: number): boolean {
    const { intervals } = this
    const value = this.claim[reg]
    if (value < 0 || intervals.loc[value] !== UNASSIGNED || intervals.vreg[current] === value) return false
    if (intervals.start(value) <= intervals.start(current)) return false
    return this.intersection(intervals.firstRange[current], intervals.firstRange[value], NEVER) !== NEVER
  }

  /** Register at the end of a chain of copies, such as the loop variable that a value is computed for. */
  private chainLoc(vreg: number): number {
    const { hintVreg } = this.intervals
    let at = vreg
    for (let steps = 0; steps < MAX_CHAIN && at >= 0; steps++) {
      const reg = this.lastLoc(at)
      if (reg >= 0) return reg
      at = hintVreg[at]
    }
    return -1
  }

  /** Register of the last child of a virtual register that has one. */
  private lastLoc(vreg: number): number {
    if (vreg < 0) return -1
    const { intervals } = this
    let reg = -1
    let steps = 0
    for (let child = vreg; child >= 0 && steps < 8; child = intervals.next[child], steps++) {
      if (intervals.loc[child] >= 0) reg = intervals.loc[child]
    }
    return reg
  }

  private assign(interval: number, reg: number): void {
    const { intervals } = this
    intervals.loc[interval] = reg
    this.active[reg] = interval
    const next = intervals.nextTurn[intervals.vreg[interval]]
    if (next >= 0) this.claim[reg] = next
  }

  /** No register is free at the start of `current`: somebody goes to its slot. */
  private evictFor(current: number, pos: number): void {
    const { intervals, active, nextUse, blocked } = this
    const isXmm = this.code.vregClass[intervals.vreg[current]] === RegClass.Xmm
    const regs = isXmm ? XMMS : GPRS
    const count = isXmm ? this.xmmCount : this.gprCount
    const ranges = intervals.firstRange[current]
    const end = intervals.end(current)
    const clobber = intervals.clobbers.firstIn(intervals, current, this.clobberAt)
    for (let i = 0; i < count; i++) {
      const reg = regs[i]
      blocked[reg] = this.demandedFrom(reg, ranges, end, clobber)
      nextUse[reg] = active[reg] < 0 ? NEVER : this.useAfter(active[reg], pos)
    }
    this.limitByHoles(current, blocked, regs, count)
    let best = -1
    for (let i = 0; i < count; i++) {
      const reg = regs[i]
      if (nextUse[reg] <= pos) continue
      if (blocked[reg] < end && (blocked[reg] & ~3) <= pos) continue
      if (best < 0 || nextUse[reg] > nextUse[best]) best = reg
    }
    const use = intervals.firstUse[current]
    const need = this.firstNeed(current)
    const needsNow = need >= 0 && need >> 2 === pos >> 2
    if (!needsNow && (best < 0 || use < 0 || intervals.usePos[use] >= nextUse[best])) {
      this.toSlot(current)
      return
    }
    if (best < 0) throw new AllocatorError(`no register at position ${pos}`)
    if (blocked[best] < end) {
      const back = returnPosition(this.code, intervals, this.blockOf, current, pos, blocked[best] & ~3)
      this.heap.push(intervals.split(current, back))
    }
    this.evict(active[best], pos & ~3)
    this.assign(current, best)
  }

  /** Next use of an active interval; 0 when the instruction at `pos` needs it. */
  private useAfter(interval: number, pos: number): number {
    const { usePos, useKind, nextUse } = this.intervals
    const gap = pos & ~3
    // Positions only ascend, so that what lies before is never looked at again.
    let use = this.useAt[interval]
    while (use >= 0 && usePos[use] < gap) use = nextUse[use]
    this.useAt[interval] = use
    for (; use >= 0; use = nextUse[use]) {
      if ((useKind[use] & USE_NEEDS_REGISTER) !== 0 && usePos[use] >> 2 === pos >> 2) return 0
      if (usePos[use] > pos) return usePos[use]
    }
    return NEVER
  }

  private firstNeed(interval: number): number {
    const { usePos, useKind, nextUse, firstUse } = this.intervals
    for (let use = firstUse[interval]; use >= 0; use = nextUse[use])
      if ((useKind[use] & USE_NEEDS_REGISTER) !== 0) return usePos[use]
    return -1
  }

  /** True when the instruction at which an interval starts needs it in a register: its slot is no place to wait in. */
  private isNeededNow(interval: number): boolean {
    const need = this.firstNeed(interval)
    return need >= 0 && (need & ~3) <= this.intervals.start(interval)
  }

  /** Takes the register from an interval from the gap `gap` on; earlier, where that is outside of a loop. */
  private evict(interval: number, gap: number): void {
    if (interval < 0) return
    const { intervals } = this
    const start = intervals.start(interval)
    if (start < gap) {
      this.toSlot(intervals.split(interval, releasePosition(this.code, intervals, this.blockOf, interval, gap)))
    } else {
      intervals.loc[interval] = UNASSIGNED
      this.toSlot(interval)
    }
  }

  /** Puts an interval in its slot up to the gap before it next needs a register. */
  private toSlot(interval: number): void {
    const { intervals } = this
    const need = this.firstNeed(interval)
    if (need >= 0) {
      const gap = need & ~3
      if (gap <= intervals.start(interval)) {
        this.heap.push(interval)
        return
      }
      const back = returnPosition(this.code, intervals, this.blockOf, interval, intervals.start(interval), gap)
      this.heap.push(intervals.split(interval, back))
    }
    intervals.loc[interval] = SPILLED
  }
}
