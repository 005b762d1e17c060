/**
 * The register allocator as the pipeline calls it: liveness, intervals, linear scan, then slots, operand locations and
 * moves. Afterwards every operand of the code has a location and `moves` is what must be emitted between instructions.
 */
import { limit, MAX_VREGS } from '../limits.js'
import {
  InstFlag,
  isDefKind,
  OP_FIXED_SHIFT,
  OP_KIND_MASK,
  OpKind,
  RegClass,
  SLOT_BASE,
  type VCode,
} from '../lower/vcode.js'
import { Intervals, SPILLED } from './intervals.js'
import { grown } from '../../grown.js'
import { AllocatorError, LinearScan } from './linear-scan.js'
import { Liveness } from './liveness.js'
import { BlockLoops } from './loops.js'
import { Moves } from './moves.js'
import { RareCalls } from './rare-calls.js'

/** A slot is looked for among so many; beyond, a new one is made. Bounds the work for enormous frames. */
const MAX_SLOT_SEARCH = 256
/** Blocks looked at before a value is stored where it is made after all. */
const MAX_LATE_SEARCH = 256

export class Allocator {
  readonly moves: Moves = new Moves()
  readonly liveness: Liveness = new Liveness()
  readonly intervals: Intervals = new Intervals()
  /** Slots of 8 bytes in use. */
  slotCount = 0
  private readonly scan = new LinearScan()
  readonly loops: BlockLoops = new BlockLoops()
  private readonly rare = new RareCalls()
  /** What is saved around rare calls: index of the call and virtual register, `savedCount` words. */
  private saved = new Int32Array(64)
  private savedCount = 0
  /**
   * By virtual register: 1 when its slot is not written where the value is made, but wherever the value moves there,
   * because all these places are in outer loops.
   */
  private late = new Uint8Array(1024)
  /** Location of each virtual register's slot, 0 for none. */
  private slotOf = new Int32Array(1024)
  private slotEnd = new Int32Array(64)
  /** By slot: the class of its values. One class each, since moves.ts orders the moves of each class by themselves. */
  private slotClass = new Int32Array(64)
  private sortKeys = new Float64Array(1024)
  /** By block: the last one whose edge to it was seen to. */
  private edgeFrom = new Int32Array(64)
  private code!: VCode

  /**
   * @param pressure see LinearScan.run
   * @throws LimitError
   */
  run(code: VCode, pressure?: number): void {
    limit(code.vregCount, MAX_VREGS - 1, 'registers')
    this.code = code
    this.moves.reset()
    this.liveness.compute(code)
    this.loops.compute(code)
    this.rare.compute(code, this.loops)
    this.intervals.build(code, this.liveness, this.loops, this.rare)
    this.scan.run(code, this.intervals, pressure)
    this.intervals.listChildren(code.vregCount)
    if (this.edgeFrom.length < code.blockCount) this.edgeFrom = new Int32Array(code.blockCount * 2)
    this.edgeFrom.fill(-1, 0, code.blockCount)
    this.findSaved()
    this.assignSlots()
    this.saveAround()
    for (let block = 0; block < code.blockCount; block++) {
      this.paramStores(block)
      for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) this.placeOperands(index)
      this.edges(block)
    }
    this.splitMoves()
    this.moves.resolve(this.slotCount)
  }

  /** Location of a virtual register's value at a position, -1 where it has none: also in a lifetime hole, where others are. */
  locationAt(vreg: number, pos: number): number {
    const child = this.intervals.childAt(vreg, pos)
    if (child < 0 || !this.intervals.covers(child, pos)) return -1
    const loc = this.locationOf(child)
    // Around a rare call what is live over it is in its slot, too, and only there.
    return loc < SLOT_BASE && this.isRareCall(pos >> 2) && this.intervals.covers(child, (pos & ~3) + 2)
      ? this.slotOf[vreg]
      : loc
  }

  private isRareCall(index: number): boolean {
    return (
      (this.code.flags[this.code.order[index]] & InstFlag.ClobberAll) !== 0 &&
      this.rare.until[this.scan.blockOf[index]] > 0
    )
  }

  /** What is in registers during rare calls: live where the block begins, or made in it before. */
  private findSaved(): void {
    const { code, liveness, rare } = this
    this.savedCount = 0
    for (let block = 0; block < code.blockCount; block++) {
      if (rare.until[block] === 0) continue
      for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) {
        if ((code.flags[code.order[index]] & InstFlag.ClobberAll) === 0) continue
        for (let at = liveness.start[block]; at < liveness.start[block + 1]; at++) this.saveAt(index, liveness.live[at])
        const params = code.blockParams[block]
        for (let i = 0; i < code.blockParamCount[block]; i++) this.saveAt(index, code.pool[params + i])
        for (let before = code.blockStart[block] + 1; before < index; before++) {
          const start = code.operandStart[code.order[before]]
          for (let at = start; at < start + code.operandCount[code.order[before]]; at++) {
            if (isDefKind(code.opKind[at] & OP_KIND_MASK)) this.saveAt(index, code.opVreg[at])
          }
        }
      }
    }
  }

  private saveAt(index: number, vreg: number): void {
    const { intervals } = this
    const child = intervals.childAt(vreg, index * 4 + 2)
    if (child < 0 || intervals.loc[child] === SPILLED || !intervals.covers(child, index * 4 + 2)) return
    if (this.savedCount + 2 > this.saved.length) this.saved = grown(this.saved)
    this.saved[this.savedCount++] = index
    this.saved[this.savedCount++] = vreg
  }

  private saveAround(): void {
    const { intervals, moves, saved } = this
    for (let i = 0; i < this.savedCount; i += 2) {
      const gap = saved[i] * 4
      const vreg = saved[i + 1]
      const child = intervals.childAt(vreg, gap + 2)
      const slot = this.slotOf[vreg]
      if (this.late[vreg] !== 0) this.lateStore(vreg, child, gap, slot)
      moves.want(gap + 3, slot, intervals.loc[child], this.isXmm(vreg))
    }
  }

  private locationOf(child: number): number {
    const loc = this.intervals.loc[child]
    return loc === SPILLED ? this.slotOf[this.intervals.vreg[child]] : loc
  }

  private required(vreg: number, pos: number): number {
    const child = this.intervals.childAt(vreg, pos)
    if (child < 0) throw new AllocatorError(`v${vreg} has no location at ${pos}`)
    return this.locationOf(child)
  }

  /** Slots for registers with a child in its slot; one slot serves several whose whole lives do not overlap. */
  private assignSlots(): void {
    const { code, intervals } = this
    this.slotCount = 0
    if (this.slotOf.length < code.vregCount) {
      this.slotOf = new Int32Array(code.vregCount * 2)
      this.sortKeys = new Float64Array(code.vregCount * 2)
      this.late = new Uint8Array(code.vregCount * 2)
    }
    let spilled = 0
    this.slotOf.fill(0, 0, code.vregCount)
    for (let i = 1; i < this.savedCount; i += 2) {
      const v = this.saved[i]
      if (this.slotOf[v] === 0) this.sortKeys[spilled++] = intervals.start(v) * MAX_VREGS + v
      this.slotOf[v] = -1
    }
    for (let v = 0; v < code.vregCount; v++) {
      if (intervals.firstRange[v] < 0 || this.slotOf[v] !== 0) continue
      for (let child = v; child >= 0; child = intervals.next[child]) {
        if (intervals.loc[child] !== SPILLED) continue
        this.sortKeys[spilled++] = intervals.start(v) * MAX_VREGS + v
        break
      }
    }
    const keys = this.sortKeys.subarray(0, spilled)
    keys.sort()
    for (let i = 0; i < spilled; i++) {
      const v = keys[i] % MAX_VREGS
      this.late[v] = this.isSpilledOutside(v) ? 1 : 0
      this.slotOf[v] = SLOT_BASE + this.takeSlot(intervals.start(v), this.lifeEnd(v), code.vregClass[v])
    }
  }

  /** True when a register's value is made in a deeper loop than all blocks in which it goes to its slot. */
  private isSpilledOutside(vreg: number): boolean {
    const { code, intervals } = this
    const { blockOf } = this.scan
    const depth = code.blockLoopDepth[blockOf[intervals.start(vreg) >> 2]]
    if (depth === 0) return false
    let seen = 0
    for (let child = vreg; child >= 0; child = intervals.next[child]) {
      if (intervals.loc[child] !== SPILLED) continue
      for (let range = intervals.firstRange[child]; range >= 0; range = intervals.nextRange[range]) {
        const last = blockOf[(intervals.to[range] - 1) >> 2]
        for (let block = blockOf[intervals.from[range] >> 2]; block <= last; block++) {
          // Nothing moves within a loop all through which the value is in its slot.
          const end = this.loops.turnEnd[block]
          if (end > 0 && end <= intervals.to[range]) block = blockOf[(end - 1) >> 2]
          else if (code.blockLoopDepth[block] >= depth || ++seen > MAX_LATE_SEARCH) return false
        }
      }
    }
    return true
  }

  /** True when a value is stored to its slot where it is made. */
  private isStoredAtOnce(vreg: number): boolean {
    return this.slotOf[vreg] !== 0 && this.late[vreg] === 0
  }

  private lifeEnd(vreg: number): number {
    const { intervals } = this
    let last = vreg
    while (intervals.next[last] >= 0) last = intervals.next[last]
    return intervals.end(last)
  }

  private takeSlot(start: number, end: number, regClass: number): number {
    const { slotEnd, slotClass } = this
    const search = Math.min(this.slotCount, MAX_SLOT_SEARCH)
    for (let slot = 0; slot < search; slot++) {
      // The store may come up to the end of the instruction that defines the value.
      if (slotEnd[slot] > start || slotClass[slot] !== regClass) continue
      slotEnd[slot] = end
      return slot
    }
    if (this.slotCount === slotEnd.length) {
      this.slotEnd = grown(slotEnd)
      this.slotClass = grown(slotClass)
    }
    this.slotEnd[this.slotCount] = end
    this.slotClass[this.slotCount] = regClass
    return this.slotCount++
  }

  private isXmm(vreg: number): boolean {
    return this.code.vregClass[vreg] === RegClass.Xmm
  }

  /** Parameters that arrive in a register but also need their slot. */
  private paramStores(block: number): void {
    const { code } = this
    const pos = code.blockStart[block] * 4
    for (let i = 0; i < code.blockParamCount[block]; i++) {
      const vreg = code.pool[code.blockParams[block] + i]
      if (this.isStoredAtOnce(vreg))
        this.moves.want(pos + 2, this.required(vreg, pos), this.slotOf[vreg], this.isXmm(vreg))
    }
  }

  private placeOperands(index: number): void {
    const { code, moves } = this
    const inst = code.order[index]
    const start = code.operandStart[inst]
    const end = start + code.operandCount[inst]
    const gap = index * 4
    for (let at = start; at < end; at++) {
      const vreg = code.opVreg[at]
      const kind = code.opKind[at] & OP_KIND_MASK
      const fixed = code.opKind[at] >> OP_FIXED_SHIFT
      switch (kind) {
        case OpKind.UseFixed:
          code.opLoc[at] = fixed
          moves.want(gap, this.required(vreg, gap - 1), fixed, this.isXmm(vreg))
          break
        case OpKind.UseReuse:
          // The result stands right before its reused input.
          code.opLoc[at] = code.opLoc[at - 1]
          moves.want(gap, this.required(vreg, gap - 1), code.opLoc[at], this.isXmm(vreg))
          break
        case OpKind.TempFixed:
          code.opLoc[at] = fixed
          break
        case OpKind.DefFixed:
          code.opLoc[at] = fixed
          moves.want(gap + 3, fixed, this.required(vreg, gap + 3), this.isXmm(vreg))
          if (this.isStoredAtOnce(vreg) && this.required(vreg, gap + 3) !== this.slotOf[vreg]) {
            moves.want(gap + 3, fixed, this.slotOf[vreg], this.isXmm(vreg))
          }
          break
        case OpKind.Def:
        case OpKind.DefEarly:
        case OpKind.DefReuse: {
          const loc = this.required(vreg, kind === OpKind.Def ? gap + 2 : gap + 1)
          code.opLoc[at] = loc
          if (this.isStoredAtOnce(vreg)) moves.want(gap + 3, loc, this.slotOf[vreg], this.isXmm(vreg))
          break
        }
        default:
          code.opLoc[at] = this.required(vreg, gap + 1)
      }
    }
  }

  /** Where a block's successors expect values elsewhere than it leaves them. */
  private edges(block: number): void {
    const { code, liveness, intervals } = this
    const end = code.blockEnd[block] * 4 - 1
    let edge = code.blockSuccs[block]
    for (let i = 0; i < code.blockSuccCount[block]; i++) {
      const succ = code.pool[edge]
      const args = code.pool[edge + 1]
      // Entries of a table may share a target: its moves are made once.
      if (this.edgeFrom[succ] === block) {
        edge += 2 + args
        continue
      }
      this.edgeFrom[succ] = block
      const start = code.blockStart[succ] * 4
      const key = code.blockSuccCount[block] === 1 ? (code.blockEnd[block] - 1) * 4 + 1 : start + 1
      for (let at = liveness.start[succ]; at < liveness.start[succ + 1]; at++) {
        const vreg = liveness.live[at]
        // What was never split is in one place.
        if (intervals.next[vreg] < 0) continue
        const to = this.required(vreg, start)
        // A value with a slot was stored there when it was defined, or is now.
        if (to >= SLOT_BASE && this.late[vreg] === 0) continue
        this.moves.want(key, this.required(vreg, end), to, this.isXmm(vreg))
      }
      for (let k = 0; k < args; k++) {
        const vreg = code.pool[edge + 2 + k]
        const param = code.pool[code.blockParams[succ] + k]
        this.moves.want(key, this.required(vreg, end), this.required(param, start), this.isXmm(vreg))
      }
      edge += 2 + args
    }
  }

  /** Between children that meet inside of a block. */
  private splitMoves(): void {
    const { code, intervals } = this
    for (let v = 0; v < code.vregCount; v++) {
      for (let child = v; intervals.next[child] >= 0; child = intervals.next[child]) {
        const next = intervals.next[child]
        const pos = intervals.start(next)
        if (intervals.end(child) !== pos || this.isBlockStart(pos)) continue
        const to = this.locationOf(next)
        if (to < SLOT_BASE) this.moves.want(pos, this.locationOf(child), to, this.isXmm(v))
        else if (this.late[v] !== 0) this.lateStore(v, child, pos, to)
      }
    }
  }

  /**
   * The register may be given away within the instruction that reads it last: the store comes before. The child may have
   * begun in that very gap; then what is stored is where the value was before it (in the slot already, if it was loaded).
   */
  private lateStore(vreg: number, child: number, pos: number, slot: number): void {
    const gap = pos & ~3
    const began = this.intervals.start(child) >= gap
    this.moves.want(gap, began ? this.required(vreg, gap - 1) : this.locationOf(child), slot, this.isXmm(vreg))
  }

  private isBlockStart(pos: number): boolean {
    const { code } = this
    let low = 0
    let high = code.blockCount - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (code.blockStart[middle] * 4 <= pos) low = middle
      else high = middle - 1
    }
    return code.blockStart[low] * 4 === pos
  }
}
