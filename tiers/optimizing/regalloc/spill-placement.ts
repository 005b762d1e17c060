/**
 * Where values that have a slot are in it, decided once more when the linear scan has seen everything. The scan goes by position;
 * this goes by control flow and frequencies, value by value, and only ever takes registers away, so nothing else is touched:
 *
 * - Around a rare call (rare-calls.ts) a value that the scan left in its register is in its slot, up to its next use.
 * - A register that holds a value at a block's begin, though the block does not read it, is given up where that makes
 *   loads fewer or rarer: what is wanted by one branch only is loaded there, and what comes over an edge in its slot
 *   but is never read again before the next call is not loaded at all. Loads come together behind a merge instead of before it.
 * - A value is stored where it is made, or where it leaves its register, whichever is rarer (`late`).
 *
 * A value is defined once and its slot always has it from the store on, so leaving a register for the slot is free. The best
 * places would be a minimal cut of the value's control flow; this improves block by block, always a register into the slot, so it
 * ends; it finds most of it.
 */
import { grown, sized } from '../../grown.js'
import type { Float } from '../../numbers.js'
import type { VCode } from '../lower/vcode.js'
import { SPILLED, USE_IS_REAL, USE_NEEDS_REGISTER, type Intervals } from './intervals.js'
import type { Liveness } from './liveness.js'
import type { BlockLoops } from './loops.js'

/** Times that a value's blocks are gone through. Most need one or two; what a chain against the order of blocks would still gain is little. */
const MAX_PASSES = 4

export class SpillPlacement {
  /**
   * By virtual register: 1 when its slot is not written where the value is made, but wherever the value leaves its register.
   */
  late = new Uint8Array(1024)
  private code!: VCode
  private intervals!: Intervals
  private liveness!: Liveness
  private loops!: BlockLoops
  private blockOf!: Int32Array
  /** Blocks at whose begin the value at hand lives, or of which it is a parameter; by block, valid where `enters` has the value. */
  private entered = new Int32Array(64)
  private enteredCount = 0
  private enters = new Int32Array(64)
  /** The child there, the position up to which it is the place of the value in this block, and its first use there, -1 for none. */
  private entering = new Int32Array(64)
  private partEnd = new Int32Array(64)
  private firstUse = new Int32Array(64)
  /** 1 while the value is in a register where the block begins. */
  private inRegister = new Uint8Array(64)
  /** By block, valid where `leaves` has the value: the child that lives at its end. */
  private leaves = new Int32Array(64)
  private leaving = new Int32Array(64)
  /** Parts of a child, each within one block: block, start and end. */
  private parts = new Int32Array(64)
  private partCount = 0

  /** @param blockOf block of each index */
  run(code: VCode, intervals: Intervals, liveness: Liveness, loops: BlockLoops, blockOf: Int32Array): void {
    this.code = code
    this.intervals = intervals
    this.liveness = liveness
    this.loops = loops
    this.blockOf = blockOf
    const { blockCount, vregCount } = code
    this.entered = sized(this.entered, blockCount)
    this.enters = sized(this.enters, blockCount)
    this.entering = sized(this.entering, blockCount)
    this.partEnd = sized(this.partEnd, blockCount)
    this.firstUse = sized(this.firstUse, blockCount)
    this.leaves = sized(this.leaves, blockCount)
    this.leaving = sized(this.leaving, blockCount)
    if (this.inRegister.length < blockCount) this.inRegister = new Uint8Array(blockCount * 2)
    if (this.late.length < vregCount) this.late = new Uint8Array(vregCount * 2)
    this.enters.fill(-1, 0, blockCount)
    this.leaves.fill(-1, 0, blockCount)
    if (intervals.clobbers.count > 0) for (let i = 0; i < intervals.count; i++) this.saveAround(i)
    for (let vreg = 0; vreg < vregCount; vreg++) {
      this.late[vreg] = 0
      if (intervals.firstRange[vreg] >= 0 && this.hasSlot(vreg)) this.place(vreg)
    }
  }

  private hasSlot(vreg: number): boolean {
    const { next, loc } = this.intervals
    for (let child = vreg; child >= 0; child = next[child]) if (loc[child] === SPILLED) return true
    return false
  }

  // --- calls -----------------------------------------------------------------------------------------------------------

  /** Splits an interval around the first call that it keeps its register over; what is split off is looked at later. */
  private saveAround(interval: number): void {
    const { code, intervals, blockOf } = this
    const reg = intervals.loc[interval]
    if (reg === SPILLED) return
    const call = this.callWithin(interval)
    if (call < 0) return
    const gap = call & ~3
    const end = code.blockEnd[blockOf[gap >> 2]] * 4
    const { usePos, nextUse, useKind } = intervals
    let use = intervals.firstUse[interval]
    while (use >= 0 && usePos[use] < gap) use = nextUse[use]
    // What the call itself wants in a register can leave that only within it.
    let from = gap
    for (; use >= 0 && usePos[use] < call; use = nextUse[use])
      if ((useKind[use] & USE_NEEDS_REGISTER) !== 0) from = call
    const piece = intervals.start(interval) >= from ? interval : intervals.split(interval, from)
    intervals.loc[piece] = SPILLED
    const back = use < 0 || usePos[use] >= end ? end : usePos[use] & ~3
    if (back + 1 >= intervals.end(piece)) return
    const rest = intervals.split(piece, back)
    intervals.loc[rest] = reg
  }

  /** Position of the first call within an interval, -1 when there is none. */
  private callWithin(interval: number): number {
    const { firstRange, nextRange, from, to, clobbers } = this.intervals
    const { pos, count } = clobbers
    for (let range = firstRange[interval]; range >= 0; range = nextRange[range]) {
      let low = 0
      let high = count
      while (low < high) {
        const middle = (low + high) >> 1
        if (pos[middle] < from[range]) low = middle + 1
        else high = middle
      }
      if (low === count) return -1
      if (pos[low] < to[range]) return pos[low]
    }
    return -1
  }

  // --- one value -------------------------------------------------------------------------------------------------------

  private place(vreg: number): void {
    const { intervals } = this
    this.enteredCount = 0
    // What has registers only within blocks, as most that lives over calls, has nothing to gain but a rarer store.
    if (this.reachesEdges(vreg)) {
      for (let child = vreg; child >= 0; child = intervals.next[child]) this.describe(vreg, child)
    }
    let changed = this.enteredCount > 0
    for (let pass = 0; changed && pass < MAX_PASSES; pass++) {
      changed = false
      // Backwards what nobody reads is found in one go, forwards what is handed from block to block.
      for (let i = this.enteredCount - 1; i >= 0; i--) if (this.improve(vreg, this.entered[i])) changed = true
      for (let i = 0; i < this.enteredCount; i++) if (this.improve(vreg, this.entered[i])) changed = true
    }
    this.late[vreg] = this.isStoredLate(vreg) ? 1 : 0
    if (this.enteredCount === 0) return
    for (let child = vreg; child >= 0;) {
      const after = intervals.next[child]
      if (intervals.loc[child] !== SPILLED) this.apply(vreg, child)
      child = after
    }
  }

  /** True when a register has the value at the begin or the end of a block. */
  private reachesEdges(vreg: number): boolean {
    const { code, intervals, blockOf } = this
    const { from, to, nextRange, next, loc, firstRange } = intervals
    for (let child = vreg; child >= 0; child = next[child]) {
      if (loc[child] === SPILLED) continue
      for (let range = firstRange[child]; range >= 0; range = nextRange[range]) {
        const block = blockOf[from[range] >> 2]
        if (from[range] === code.blockStart[block] * 4 || to[range] >= code.blockEnd[block] * 4) return true
      }
    }
    return false
  }

  /** Notes the blocks at whose begin and end a child lives. */
  private describe(vreg: number, child: number): void {
    const { code, intervals, blockOf } = this
    const { from, to, nextRange, usePos, useKind, nextUse } = intervals
    let use = intervals.firstUse[child]
    for (let range = intervals.firstRange[child]; range >= 0; range = nextRange[range]) {
      const last = blockOf[(to[range] - 1) >> 2]
      for (let block = blockOf[from[range] >> 2]; block <= last; block++) {
        const start = code.blockStart[block] * 4
        const end = code.blockEnd[block] * 4
        if (to[range] >= end) {
          this.leaves[block] = vreg
          this.leaving[block] = child
        }
        if (from[range] > start) continue
        while (use >= 0 && (usePos[use] < start || (useKind[use] & USE_IS_REAL) === 0)) use = nextUse[use]
        this.enters[block] = vreg
        this.entering[block] = child
        this.partEnd[block] = Math.min(end, to[range])
        this.firstUse[block] = use >= 0 && usePos[use] < end ? use : -1
        this.inRegister[block] = intervals.loc[child] === SPILLED ? 0 : 1
        this.entered[this.enteredCount++] = block
      }
    }
    this.readLast(vreg, child)
  }

  /** What is moved to a fixed register in the very gap in which the next child begins is read from this one. */
  private readLast(vreg: number, child: number): void {
    const { intervals, blockOf } = this
    const next = intervals.next[child]
    const use = next < 0 ? -1 : intervals.firstUse[next]
    const end = intervals.end(child)
    if (use < 0 || intervals.usePos[use] !== end || (intervals.useKind[use] & USE_IS_REAL) === 0) return
    const block = blockOf[(end - 1) >> 2]
    if (this.enters[block] === vreg && this.entering[block] === child && this.firstUse[block] < 0)
      this.firstUse[block] = use
  }

  /** True when the place where the value enters a block is the one where it leaves it, but for a load before a use. */
  private passes(vreg: number, block: number): boolean {
    return this.leaves[block] === vreg && this.leaving[block] === this.entering[block]
  }

  /** True when the value is in a register where a block ends at which it lives. */
  private leavesInRegister(vreg: number, block: number): boolean {
    if (this.enters[block] !== vreg || !this.passes(vreg, block))
      return this.intervals.loc[this.leaving[block]] !== SPILLED
    return (
      this.inRegister[block] !== 0 || (this.firstUse[block] >= 0 && this.intervals.loc[this.leaving[block]] !== SPILLED)
    )
  }

  /** Gives the register at the begin of a block up, when that is no loss. */
  private improve(vreg: number, block: number): boolean {
    if (this.inRegister[block] === 0) return false
    const { code, loops, liveness } = this
    const { preds, predStart } = liveness
    const isRead = this.firstUse[block] >= 0
    // Loads before the block that would go.
    let saved: Float = 0
    let others = 0
    for (let i = predStart[block]; i < predStart[block + 1]; i++) {
      const pred = preds[i]
      // Into a parameter another value comes over this edge.
      if (this.leaves[pred] !== vreg || this.leavesInRegister(vreg, pred)) others++
      else saved += loops.edgeFrequency(code, pred, block)
    }
    if (isRead) {
      if (others > 0 || predStart[block + 1] - predStart[block] < 2) return false
    } else if (this.passes(vreg, block)) {
      let needed: Float = 0
      let edge = code.blockSuccs[block]
      for (let i = code.blockSuccCount[block]; i > 0; i--) {
        const succ = code.pool[edge]
        edge += 2 + code.pool[edge + 1]
        if (this.enters[succ] === vreg && this.inRegister[succ] !== 0) needed += loops.edgeFrequency(code, block, succ)
      }
      if (needed > 0 && needed >= saved) return false
    }
    this.inRegister[block] = 0
    return true
  }

  /** How often the value is made. A parameter that is handed its own value is stored on the other edges. */
  private definitions(vreg: number): Float {
    const { code, intervals, loops, liveness, blockOf } = this
    const block = blockOf[intervals.start(vreg) >> 2]
    if (intervals.isKept[vreg] === 0) return loops.frequency[block]
    let sum: Float = 0
    for (let at = liveness.predStart[block]; at < liveness.predStart[block + 1]; at++) {
      const pred = liveness.preds[at]
      if (this.leaves[pred] !== vreg) sum += loops.edgeFrequency(code, pred, block)
    }
    return sum
  }

  /** True when the places where the value leaves its register are run less often than the one where it is made. */
  private isStoredLate(vreg: number): boolean {
    const { code, intervals, loops, liveness, blockOf } = this
    const { preds, predStart } = liveness
    const limit = this.definitions(vreg)
    let stores: Float = 0
    for (let i = 0; i < this.enteredCount; i++) {
      const block = this.entered[i]
      if (this.inRegister[block] !== 0) continue
      for (let at = predStart[block]; at < predStart[block + 1]; at++) {
        const pred = preds[at]
        if (this.leaves[pred] === vreg && this.leavesInRegister(vreg, pred))
          stores += loops.edgeFrequency(code, pred, block)
      }
      if (stores >= limit) return false
    }
    for (let child = intervals.next[vreg], before = vreg; child >= 0; before = child, child = intervals.next[child]) {
      if (intervals.loc[child] !== SPILLED || intervals.loc[before] === SPILLED) continue
      const start = intervals.start(child)
      const block = blockOf[start >> 2]
      if (start === code.blockStart[block] * 4 || intervals.end(before) !== start) continue
      const isEntering = this.enters[block] === vreg && this.entering[block] === before
      if (isEntering && this.inRegister[block] === 0 && this.firstUse[block] < 0) continue
      stores += loops.frequency[block]
      if (stores >= limit) return false
    }
    return true
  }

  // --- what was decided ------------------------------------------------------------------------------------------------

  /** Splits a child that has a register where its blocks are to begin without it. */
  private apply(vreg: number, child: number): void {
    const { intervals, code } = this
    if (!this.findParts(vreg, child)) return
    const reg = intervals.loc[child]
    let piece = child
    for (let i = 0; i < this.partCount; i++) {
      const block = this.parts[3 * i]
      const start = this.parts[3 * i + 1]
      const end = this.parts[3 * i + 2]
      const isEntry = start === code.blockStart[block] * 4 && this.enters[block] === vreg
      const place = isEntry && this.inRegister[block] === 0 ? SPILLED : reg
      if (place !== intervals.loc[piece]) {
        if (start > intervals.start(piece)) piece = intervals.split(piece, start)
        intervals.loc[piece] = place
      }
      if (place !== SPILLED) continue
      const back = this.loadGap(vreg, block)
      // A child may end within the gap of a use in a fixed register; its own register may be wanted there for another then.
      if (back < 0 || back + 1 >= end) continue
      piece = intervals.split(piece, back)
      intervals.loc[piece] = reg
    }
  }

  /** The gap at which a value that entered a block in its slot is loaded, -1 for none: a single use may read the slot. */
  private loadGap(vreg: number, block: number): number {
    const { usePos, useKind, nextUse } = this.intervals
    const use = this.firstUse[block]
    if (use < 0) return -1
    let after = nextUse[use]
    while (after >= 0 && (useKind[after] & USE_IS_REAL) === 0) after = nextUse[after]
    const isAlone = after < 0 || usePos[after] >= this.code.blockEnd[block] * 4
    if ((useKind[use] & USE_NEEDS_REGISTER) === 0 && isAlone && !this.isWantedAfter(vreg, block)) return -1
    return usePos[use] & ~3
  }

  private isWantedAfter(vreg: number, block: number): boolean {
    if (!this.passes(vreg, block)) return false
    const { code } = this
    let edge = code.blockSuccs[block]
    for (let i = code.blockSuccCount[block]; i > 0; i--) {
      const succ = code.pool[edge]
      edge += 2 + code.pool[edge + 1]
      if (this.enters[succ] === vreg && this.inRegister[succ] !== 0) return true
    }
    return false
  }

  /** Lists the parts of a child; false when it keeps its register in all of them. */
  private findParts(vreg: number, child: number): boolean {
    const { code, intervals, blockOf } = this
    const { from, to, nextRange } = intervals
    let changes = false
    this.partCount = 0
    for (let range = intervals.firstRange[child]; range >= 0; range = nextRange[range]) {
      const last = blockOf[(to[range] - 1) >> 2]
      for (let block = blockOf[from[range] >> 2]; block <= last; block++) {
        const at = 3 * this.partCount++
        if (at + 3 > this.parts.length) this.parts = grown(this.parts)
        const start = code.blockStart[block] * 4
        this.parts[at] = block
        this.parts[at + 1] = Math.max(start, from[range])
        this.parts[at + 2] = Math.min(code.blockEnd[block] * 4, to[range])
        if (from[range] <= start && this.enters[block] === vreg && this.inRegister[block] === 0) changes = true
      }
    }
    return changes
  }
}
