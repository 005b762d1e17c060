/**
 * The register allocator as the pipeline calls it: liveness, intervals, linear scan, spill placement, then slots, operand
 * locations and moves. Afterwards every operand of the code has a location and `moves` is what must be emitted between instructions.
 */
import { limit, MAX_VREGS } from '../limits.js'
import { OP_FIXED_SHIFT, OP_KIND_MASK, OpKind, RegClass, SLOT_BASE, type VCode } from '../lower/vcode.js'
import { Intervals, SPILLED } from './intervals.js'
import { LinearScan } from './linear-scan.js'
import { Liveness } from './liveness.js'
import { BlockLoops } from './loops.js'
import { Moves } from './moves.js'
import { RareCalls } from './rare-calls.js'
import { AllocatorError } from './registers.js'
import { Slots } from './slots.js'
import { SpillPlacement } from './spill-placement.js'

export class Allocator {
  readonly moves: Moves = new Moves()
  readonly liveness: Liveness = new Liveness()
  readonly intervals: Intervals = new Intervals()
  readonly loops: BlockLoops = new BlockLoops()
  private readonly rare = new RareCalls()
  private readonly scan = new LinearScan()
  private readonly placement = new SpillPlacement()
  private readonly slots = new Slots()
  /** By block: the last one whose edge to it was seen to. */
  private edgeFrom = new Int32Array(64)
  private code!: VCode

  /**
   * @param pressure see LinearScan.run; all there are, if nothing is said
   * @throws LimitError
   */
  run(code: VCode, pressure: number = SLOT_BASE): void {
    limit(code.vregCount, MAX_VREGS - 1, 'registers')
    this.code = code
    this.moves.reset()
    this.liveness.compute(code)
    this.loops.compute(code)
    this.rare.compute(code, this.loops)
    this.intervals.build(code, this.liveness, this.loops, this.rare)
    this.scan.run(code, this.intervals, pressure)
    this.placement.run(code, this.intervals, this.liveness, this.loops, this.scan.blockOf)
    this.intervals.listChildren(code.vregCount)
    this.slots.assign(code, this.intervals)
    if (this.edgeFrom.length < code.blockCount) this.edgeFrom = new Int32Array(code.blockCount * 2)
    this.edgeFrom.fill(-1, 0, code.blockCount)
    for (let block = 0; block < code.blockCount; block++) {
      this.paramStores(block)
      for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) this.placeOperands(index)
      this.edges(block)
    }
    this.splitMoves()
    this.moves.resolve(this.slots.count)
  }

  /** Slots of 8 bytes in use. */
  get slotCount(): number {
    return this.slots.count
  }

  /** Location of a virtual register's value at a position, -1 where it has none: also in a lifetime hole, where others are. */
  locationAt(vreg: number, pos: number): number {
    const child = this.intervals.childAt(vreg, pos)
    if (child < 0 || !this.intervals.covers(child, pos)) return -1
    return this.locationOf(child)
  }

  private locationOf(child: number): number {
    const loc = this.intervals.loc[child]
    return loc === SPILLED ? this.slots.of[this.intervals.vreg[child]] : loc
  }

  private required(vreg: number, pos: number): number {
    const child = this.intervals.childAt(vreg, pos)
    if (child < 0) throw new AllocatorError(`v${vreg} has no location at ${pos}`)
    return this.locationOf(child)
  }

  /** True when a value is stored to its slot where it is made. */
  private isStoredAtOnce(vreg: number): boolean {
    return this.slots.of[vreg] !== 0 && this.placement.late[vreg] === 0
  }

  private isXmm(vreg: number): boolean {
    return this.code.vregClass[vreg] === RegClass.Xmm
  }

  /** Parameters that arrive in a register but also need their slot, unless that was written on the edges. */
  private paramStores(block: number): void {
    const { code } = this
    const pos = code.blockStart[block] * 4
    for (let i = 0; i < code.blockParamCount[block]; i++) {
      const vreg = code.pool[code.blockParams[block] + i]
      if (this.isStoredAtOnce(vreg) && this.intervals.isKept[vreg] === 0)
        this.moves.want(pos + 2, this.required(vreg, pos), this.slots.of[vreg], this.isXmm(vreg))
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
          if (this.isStoredAtOnce(vreg) && this.required(vreg, gap + 3) !== this.slots.of[vreg]) {
            moves.want(gap + 3, fixed, this.slots.of[vreg], this.isXmm(vreg))
          }
          break
        case OpKind.Def:
        case OpKind.DefEarly:
        case OpKind.DefReuse: {
          const loc = this.required(vreg, kind === OpKind.Def ? gap + 2 : gap + 1)
          code.opLoc[at] = loc
          if (this.isStoredAtOnce(vreg)) moves.want(gap + 3, loc, this.slots.of[vreg], this.isXmm(vreg))
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
        if (to >= SLOT_BASE && this.placement.late[vreg] === 0) continue
        this.moves.want(key, this.required(vreg, end), to, this.isXmm(vreg))
      }
      for (let k = 0; k < args; k++) {
        const vreg = code.pool[edge + 2 + k]
        const param = code.pool[code.blockParams[succ] + k]
        this.moves.want(key, this.required(vreg, end), this.required(param, start), this.isXmm(vreg))
        if (vreg === param || intervals.isKept[param] === 0 || !this.isStoredAtOnce(param)) continue
        if (this.required(param, start) < SLOT_BASE)
          this.moves.want(key, this.required(vreg, end), this.slots.of[param], this.isXmm(vreg))
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
        else if (this.placement.late[v] !== 0) this.lateStore(v, child, pos, to)
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
