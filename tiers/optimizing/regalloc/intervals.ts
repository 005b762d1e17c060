/**
 * Live intervals: for every virtual register the ranges of positions in which its value is needed, with holes, and its
 * uses; for every real register the ranges in which an instruction demands it. Built in one backward walk (Wimmer and
 * Franz, "Linear Scan Register Allocation on SSA Form", CGO 2010).
 *
 * Ranges [from, to) and uses are linked lists in ascending order: walking backwards, each new one goes to the front.
 * An interval is split into children, which share the register's record: `next` chains them by position.
 */
import { InstFlag, OP_FIXED_SHIFT, OP_KIND_MASK, OpKind, SLOT_BASE, type VCode } from '../lower/vcode.js'
import { Clobbers } from './clobbers.js'
import type { Liveness } from './liveness.js'
import type { BlockLoops } from './loops.js'
import type { RareCalls } from './rare-calls.js'
import { grown, sized } from '../../grown.js'

export const UNASSIGNED = -1
/** Location of a child that lives in its register's slot. */
export const SPILLED = -2

/** A use in the code; the others only tell the scan that a loop reads a value again in its next turn. */
export const USE_IS_REAL = 1
/** It must be in a register. */
export const USE_NEEDS_REGISTER = 2
const IN_REGISTER = USE_IS_REAL | USE_NEEDS_REGISTER

const INITIAL = 1024

export class Intervals {
  // Intervals; the first `vregCount` are those of the virtual registers, then come children split off.
  count = 0
  vreg = new Int32Array(INITIAL)
  firstRange = new Int32Array(INITIAL)
  lastTo = new Int32Array(INITIAL)
  firstUse = new Int32Array(INITIAL)
  /** Next child of the same virtual register, -1 at the end. */
  next = new Int32Array(INITIAL)
  /** Location: register (XMM_BASE and up for xmm), SPILLED or UNASSIGNED. */
  loc = new Int32Array(INITIAL)

  rangeCount = 0
  from = new Int32Array(INITIAL)
  to = new Int32Array(INITIAL)
  nextRange = new Int32Array(INITIAL)

  useCount = 0
  usePos = new Int32Array(INITIAL)
  /** USE_ flags. */
  useKind = new Int32Array(INITIAL)
  nextUse = new Int32Array(INITIAL)

  /** First range in which each real register is demanded. */
  fixed = new Int32Array(SLOT_BASE)
  readonly clobbers: Clobbers = new Clobbers()

  /** By virtual register: a real register that would save a move, -1 for none, and a virtual one to share with. */
  hintReg = new Int32Array(INITIAL)
  hintVreg = new Int32Array(INITIAL)
  /** By virtual register: second virtual register to share with. */
  hintVreg2 = new Int32Array(INITIAL)
  /** By parameter of a loop's header: the register that holds its value for the next turn, -1 for none. */
  nextTurn = new Int32Array(INITIAL)
  /** By parameter: 1 when an edge hands its own value on to it. */
  isKept = new Uint8Array(INITIAL)
  /** By virtual register that was split: its children in order, from where to where in `children`. */
  private childFrom = new Int32Array(INITIAL)
  private childEnd = new Int32Array(INITIAL)
  private children = new Int32Array(INITIAL)

  build(code: VCode, live: Liveness, loops: BlockLoops, rare: RareCalls): void {
    this.rangeCount = 0
    this.useCount = 0
    this.clobbers.reset()
    this.fixed.fill(-1)
    this.count = code.vregCount
    while (this.vreg.length < this.count) this.growIntervals()
    if (this.hintReg.length < this.count) {
      this.hintReg = new Int32Array(this.count * 2)
      this.hintVreg = new Int32Array(this.count * 2)
      this.hintVreg2 = new Int32Array(this.count * 2)
      this.nextTurn = new Int32Array(this.count * 2)
      this.isKept = new Uint8Array(this.count * 2)
    }
    for (let v = 0; v < this.count; v++) {
      this.vreg[v] = v
      this.firstRange[v] = -1
      this.lastTo[v] = -1
      this.firstUse[v] = -1
      this.next[v] = -1
      this.loc[v] = UNASSIGNED
      this.hintReg[v] = -1
      this.hintVreg[v] = -1
      this.hintVreg2[v] = -1
      this.nextTurn[v] = -1
      this.isKept[v] = 0
    }
    for (let block = code.blockCount - 1; block >= 0; block--) this.walkBlock(code, live, block, loops, rare)
    this.clobbers.reverse()
  }

  start(interval: number): number {
    return this.from[this.firstRange[interval]]
  }

  end(interval: number): number {
    return this.lastTo[interval]
  }

  private walkBlock(code: VCode, live: Liveness, block: number, loops: BlockLoops, rare: RareCalls): void {
    const blockFrom = code.blockStart[block] * 4
    const blockTo = code.blockEnd[block] * 4
    let edge = code.blockSuccs[block]
    let previous = -1
    for (let i = 0; i < code.blockSuccCount[block]; i++) {
      const succ = code.pool[edge]
      const params = code.blockParams[succ]
      const args = code.pool[edge + 1]
      // The runs of equal targets in a table count once.
      if (succ !== previous) {
        for (let at = live.start[succ]; at < live.start[succ + 1]; at++)
          this.addRange(live.live[at], blockFrom, blockTo)
      }
      previous = succ
      for (let k = 0; k < args; k++) {
        const arg = code.pool[edge + 2 + k]
        this.addRange(arg, blockFrom, blockTo)
        this.addUse(arg, blockTo - 1, USE_IS_REAL)
        if (arg === code.pool[params + k]) this.isKept[arg] = 1
        else this.join(arg, code.pool[params + k])
        if (loops.isBackEdge(block, succ)) this.nextTurn[code.pool[params + k]] = arg
      }
      edge += 2 + args
    }
    for (let index = code.blockEnd[block] - 1; index > code.blockStart[block]; index--) {
      this.walkInst(code, index, blockFrom, rare, block)
    }
    const params = code.blockParams[block]
    for (let i = 0; i < code.blockParamCount[block]; i++) this.define(code.pool[params + i], blockFrom)
    if (loops.turnEnd[block] > 0) this.useAtLoopEnd(live, block, loops.turnEnd[block] - 1)
  }

  /** What a loop uses in every turn is used again after its end, as far as choosing what to spill is concerned. */
  private useAtLoopEnd(live: Liveness, block: number, pos: number): void {
    for (let at = live.start[block]; at < live.start[block + 1]; at++) {
      const first = this.firstUse[live.live[at]]
      if (first >= 0 && this.usePos[first] < pos) this.addUse(live.live[at], pos, 0)
    }
  }

  private walkInst(code: VCode, index: number, blockFrom: number, rare: RareCalls, block: number): void {
    const inst = code.order[index]
    const start = code.operandStart[inst]
    const end = start + code.operandCount[inst]
    const gap = index * 4
    if ((code.flags[inst] & InstFlag.ClobberAll) !== 0) this.clobbers.add(gap + 2, rare.from[block], rare.until[block])
    if ((code.flags[inst] & InstFlag.PreferInput) !== 0) {
      for (let at = start + 1; at < end; at++) this.join(code.opVreg[at], code.opVreg[start])
    }
    for (let at = start; at < end; at++) {
      const vreg = code.opVreg[at]
      const fixed = code.opKind[at] >> OP_FIXED_SHIFT
      switch (code.opKind[at] & OP_KIND_MASK) {
        case OpKind.Def:
          this.define(vreg, gap + 2)
          this.addUse(vreg, gap + 2, IN_REGISTER)
          break
        case OpKind.DefEarly:
          this.define(vreg, gap + 1)
          this.addUse(vreg, gap + 1, IN_REGISTER)
          break
        case OpKind.DefReuse:
          this.define(vreg, gap)
          // A result that nobody reads is written all the same, at the instruction's end.
          this.addRange(vreg, gap, gap + 3)
          this.addUse(vreg, gap + 1, IN_REGISTER)
          this.join(code.opVreg[at + 1], vreg)
          break
        case OpKind.DefFixed:
          this.define(vreg, gap + 3)
          this.addFixed(fixed, gap + 2, gap + 3)
          this.hintReg[vreg] = fixed
          break
        case OpKind.Temp:
          this.addRange(vreg, gap + 1, gap + 4)
          this.addUse(vreg, gap + 1, IN_REGISTER)
          break
        case OpKind.TempFixed:
          this.addFixed(fixed, gap + 1, gap + 3)
          break
        default:
      }
    }
    for (let at = start; at < end; at++) {
      const vreg = code.opVreg[at]
      const fixed = code.opKind[at] >> OP_FIXED_SHIFT
      switch (code.opKind[at] & OP_KIND_MASK) {
        case OpKind.Use:
          this.addRange(vreg, blockFrom, gap + 2)
          this.addUse(vreg, gap + 1, IN_REGISTER)
          break
        case OpKind.UseAny:
          this.addRange(vreg, blockFrom, gap + 2)
          this.addUse(vreg, gap + 1, USE_IS_REAL)
          break
        case OpKind.UseLate:
          this.addRange(vreg, blockFrom, gap + 3)
          this.addUse(vreg, gap + 2, IN_REGISTER)
          break
        case OpKind.UseFixed:
          this.addRange(vreg, blockFrom, gap)
          this.addUse(vreg, gap, USE_IS_REAL)
          this.addFixed(fixed, gap + 1, gap + 2)
          this.hintReg[vreg] = fixed
          break
        case OpKind.UseReuse:
          this.addRange(vreg, blockFrom, gap)
          this.addUse(vreg, gap, USE_IS_REAL)
          break
        default:
      }
    }
  }

  /** Two registers that would better be one: `from` is copied to `to`. */
  private join(from: number, to: number): void {
    this.hintVreg[from] = to
    if (this.hintVreg[to] < 0) this.hintVreg[to] = from
    else this.hintVreg2[to] = from
  }

  /** The value begins at `pos`: what was assumed to reach back to the block's begin is cut. */
  private define(vreg: number, pos: number): void {
    const range = this.firstRange[vreg]
    if (range < 0 || this.from[range] > pos) this.addRange(vreg, pos, pos + 1)
    else this.from[range] = pos
  }

  private addRange(vreg: number, from: number, to: number): void {
    const first = this.firstRange[vreg]
    if (first >= 0 && this.from[first] <= to) {
      // Ranges come in descending order, so only the first can touch this one.
      if (from < this.from[first]) this.from[first] = from
      if (to > this.to[first]) {
        this.to[first] = to
        if (this.nextRange[first] < 0) this.lastTo[vreg] = to
      }
      return
    }
    if (first < 0) this.lastTo[vreg] = to
    this.firstRange[vreg] = this.newRange(from, to, first)
  }

  private addFixed(reg: number, from: number, to: number): void {
    const first = this.fixed[reg]
    if (first >= 0 && this.from[first] <= to) {
      if (from < this.from[first]) this.from[first] = from
      if (to > this.to[first]) this.to[first] = to
      return
    }
    this.fixed[reg] = this.newRange(from, to, first)
  }

  newRange(from: number, to: number, next: number): number {
    const range = this.rangeCount++
    if (range === this.from.length) {
      this.from = grown(this.from)
      this.to = grown(this.to)
      this.nextRange = grown(this.nextRange)
    }
    this.from[range] = from
    this.to[range] = to
    this.nextRange[range] = next
    return range
  }

  private addUse(vreg: number, pos: number, kind: number): void {
    const first = this.firstUse[vreg]
    if (first >= 0 && this.usePos[first] === pos) {
      this.useKind[first] |= kind
      return
    }
    const use = this.useCount++
    if (use === this.usePos.length) {
      this.usePos = grown(this.usePos)
      this.useKind = grown(this.useKind)
      this.nextUse = grown(this.nextUse)
    }
    this.usePos[use] = pos
    this.useKind[use] = kind
    // A result and an operand of one instruction come out of order.
    let before = -1
    let after = first
    while (after >= 0 && this.usePos[after] < pos) {
      before = after
      after = this.nextUse[after]
    }
    if (after >= 0 && this.usePos[after] === pos) {
      this.useKind[after] |= kind
      this.useCount--
      return
    }
    this.nextUse[use] = after
    if (before < 0) this.firstUse[vreg] = use
    else this.nextUse[before] = use
  }

  /**
   * Splits an interval at `pos`, strictly between its start and its end: it keeps what is before, the new child has the
   * rest and no location.
   */
  split(interval: number, pos: number): number {
    const child = this.count++
    if (child === this.vreg.length) this.growIntervals()
    this.vreg[child] = this.vreg[interval]
    this.loc[child] = UNASSIGNED
    this.next[child] = this.next[interval]
    this.next[interval] = child
    this.lastTo[child] = this.lastTo[interval]
    let range = this.firstRange[interval]
    let before = -1
    while (this.to[range] <= pos) {
      before = range
      range = this.nextRange[range]
    }
    if (this.from[range] < pos) {
      const rest = this.newRange(pos, this.to[range], this.nextRange[range])
      this.to[range] = pos
      this.nextRange[range] = -1
      this.lastTo[interval] = pos
      this.firstRange[child] = rest
    } else {
      this.nextRange[before] = -1
      this.lastTo[interval] = this.to[before]
      this.firstRange[child] = range
    }
    let use = this.firstUse[interval]
    let last = -1
    while (use >= 0 && this.usePos[use] < pos) {
      last = use
      use = this.nextUse[use]
    }
    this.firstUse[child] = use
    if (last < 0) this.firstUse[interval] = -1
    else this.nextUse[last] = -1
    return child
  }

  /** True when a position is in one of an interval's ranges, not in a hole between them. */
  covers(interval: number, pos: number): boolean {
    let range = this.firstRange[interval]
    while (range >= 0 && this.to[range] <= pos) range = this.nextRange[range]
    return range >= 0 && this.from[range] <= pos
  }

  /** After splitting: makes `childAt` fast also for registers with thousands of children. */
  listChildren(vregs: number): void {
    this.childFrom = sized(this.childFrom, vregs)
    this.childEnd = sized(this.childEnd, vregs)
    this.children = sized(this.children, this.count)
    const { next, children } = this
    let at = 0
    for (let v = 0; v < vregs; v++) {
      if (next[v] < 0) continue
      this.childFrom[v] = at
      for (let child = v; child >= 0; child = next[child]) children[at++] = child
      this.childEnd[v] = at
    }
  }

  /** The child of a virtual register that has a position, if only in a hole; -1 when none does. After `listChildren`. */
  childAt(vreg: number, pos: number): number {
    if (this.firstRange[vreg] < 0) return -1
    let child = vreg
    if (this.next[vreg] >= 0) {
      const { children, firstRange, from } = this
      let low = this.childFrom[vreg]
      let high = this.childEnd[vreg] - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (from[firstRange[children[middle]]] <= pos) low = middle
        else high = middle - 1
      }
      child = children[low]
    }
    return pos < this.lastTo[child] && this.from[this.firstRange[child]] <= pos ? child : -1
  }

  private growIntervals(): void {
    this.vreg = grown(this.vreg)
    this.firstRange = grown(this.firstRange)
    this.lastTo = grown(this.lastTo)
    this.firstUse = grown(this.firstUse)
    this.next = grown(this.next)
    this.loc = grown(this.loc)
  }
}
