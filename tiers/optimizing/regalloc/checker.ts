/**
 * The symbolic checker of an allocation (after regalloc2's): runs the allocated code with sets of virtual registers for
 * values and demands that every operand is read where its register's value is. It sees the code, the operands' locations
 * and the resolved moves, and nothing of how they came about; so it checks liveness, splitting, slots, edges and the order
 * of moves alike. Of instructions it also checks what they demand of their operands (classes, fixed registers, results
 * over inputs, places that are written while others are still needed), of moves that each is where it will be emitted,
 * and of frame states that a value is where the tables will say. Always on in tests; not for hot paths.
 *
 * What it takes for granted: the code itself, and that the emitter reads operands and writes results when their
 * constraints say.
 */
import {
  InstFlag, isDefKind, OP_FIXED_SHIFT, OP_KIND_MASK, OpKind, RegClass, SLOT_BASE, XMM_BASE, type VCode,
} from '../lower/vcode.js' // oxfmt-ignore
import { Liveness } from './liveness.js'
import { SCRATCH_GPR_LOC, SCRATCH_XMM_LOC, type Moves } from './moves.js'
import { ALLOCATABLE, AllocatorError } from './registers.js'

/** By location: the virtual registers whose value it has. */
type State = Map<number, readonly number[]>

/** What frame states will say: the registers in a state, and where each is told to be, -1 for nowhere. */
export interface FrameView {
  readonly vregsOf: (frame: number) => readonly number[]
  readonly locationAt: (vreg: number, pos: number) => number
}

const isAllocatable = new Uint8Array(SLOT_BASE)
for (const list of ALLOCATABLE) for (const reg of list) isAllocatable[reg] = 1

/**
 * Throws AllocatorError when an operand of `code` would read anything but its virtual register.
 * @param frames where given, frame states are checked, too
 */
export function checkAllocation(code: VCode, moves: Moves, slotCount: number, frames?: FrameView): void {
  new Checker(code, moves, slotCount, frames).run()
}

class Checker {
  private readonly code: VCode
  private readonly moves: Moves
  private readonly frames: FrameView | undefined
  private readonly places: number
  /**
   * State at the start of each block, as far as known: only of what is live there, so that huge functions can be checked.
   * Wrong liveness makes the checker refuse what is right, never accept what is wrong.
   */
  private readonly entry: (State | undefined)[] = []
  private readonly liveness = new Liveness()
  /** By virtual register: the last edge along which it is live. */
  private readonly liveAlong: Int32Array
  /** The state at hand by location, and by virtual register in how many places it is there. */
  private readonly state: (readonly number[] | undefined)[]
  private readonly held: Int32Array
  /** First move of each index's gap and after; one more at the end. */
  private readonly firstMove: Int32Array
  private readonly single: (readonly number[])[] = []

  constructor(code: VCode, moves: Moves, slotCount: number, frames: FrameView | undefined) {
    this.code = code
    this.moves = moves
    this.frames = frames
    this.places = SLOT_BASE + slotCount
    this.held = new Int32Array(code.vregCount)
    this.liveAlong = new Int32Array(code.vregCount).fill(-1)
    this.state = Array.from({ length: this.places }, () => undefined)
    this.firstMove = new Int32Array(code.indexCount + 1)
    for (let vreg = 0; vreg < code.vregCount; vreg++) this.single.push([vreg])
  }

  run(): void {
    const { code, entry } = this
    this.findMoves()
    this.liveness.compute(code)
    for (let block = 0; block < code.blockCount; block++) {
      for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) this.constraints(index)
    }
    entry[0] = new Map()
    const work = [0]
    for (let block = work.pop(); block !== undefined; block = work.pop()) {
      this.begin(entry[block] ?? new Map())
      this.block(block)
      let edge = code.blockSuccs[block]
      for (let i = 0; i < code.blockSuccCount[block]; i++) {
        const succ = code.pool[edge]
        if (this.join(succ, this.alongEdge(edge))) work.push(succ)
        edge += 2 + code.pool[edge + 1]
      }
    }
  }

  // --- moves -----------------------------------------------------------------------------------------------------------

  /** The emitter walks moves and code side by side: keys must ascend, and be where it looks for them. */
  private findMoves(): void {
    const { code, moves, firstMove } = this
    const isHead = new Uint8Array(code.indexCount)
    for (let block = 0; block < code.blockCount; block++) isHead[code.blockStart[block]] = 1
    let at = 0
    for (let index = 0; index < code.indexCount; index++) {
      firstMove[index] = at
      for (; at < moves.count && moves.key[at] < index * 4 + 4; at++) {
        const key = moves.key[at]
        const part = key & 3
        if (key < index * 4 || (at > 0 && moves.key[at - 1] > key)) throw new AllocatorError(`move ${at}: out of order`)
        if (isHead[index] !== 0 ? part === 3 : part === 2) throw new AllocatorError(`move ${at}: at no place (${key})`)
        for (const loc of [moves.src[at], moves.dst[at]]) this.checkPlace(loc, true)
        if (moves.src[at] >= SLOT_BASE && moves.dst[at] >= SLOT_BASE)
          throw new AllocatorError(`move ${at}: from slot to slot`)
      }
    }
    firstMove[code.indexCount] = at
    if (at !== moves.count) throw new AllocatorError(`move ${at}: beyond the code`)
  }

  private checkPlace(loc: number, scratch: boolean): void {
    if (loc >= SLOT_BASE && loc < this.places) return
    if (loc >= 0 && loc < SLOT_BASE && isAllocatable[loc] !== 0) return
    if (scratch && (loc === SCRATCH_GPR_LOC || loc === SCRATCH_XMM_LOC)) return
    throw new AllocatorError(`${loc} is no place for a value`)
  }

  /** Runs the moves of an index with keys from 4i + `from` to 4i + `to`. */
  private runMoves(index: number, from: number, to: number): void {
    const { moves, firstMove } = this
    for (let i = firstMove[index]; i < firstMove[index + 1]; i++) {
      const part = moves.key[i] & 3
      if (part >= from && part <= to) this.put(moves.dst[i], this.state[moves.src[i]])
    }
  }

  // --- states ----------------------------------------------------------------------------------------------------------

  private begin(at: State): void {
    this.held.fill(0)
    this.state.fill(undefined)
    for (const [loc, set] of at) this.put(loc, set)
  }

  private put(loc: number, set: readonly number[] | undefined): void {
    const old = this.state[loc]
    if (old !== undefined) for (const vreg of old) this.held[vreg]--
    if (set !== undefined) for (const vreg of set) this.held[vreg]++
    this.state[loc] = set
  }

  /** A register gets another value: what has the old one does not have it any more. */
  private forget(vreg: number): void {
    for (let loc = 0; loc < this.places && this.held[vreg] > 0; loc++) {
      const set = this.state[loc]
      if (set?.includes(vreg) === true)
        this.put(
          loc,
          set.filter((each) => each !== vreg),
        )
    }
  }

  /** Adds what holds on an edge to what is known at its target; true when that changes. */
  private join(block: number, next: State): boolean {
    const before = this.entry[block]
    if (before === undefined) {
      this.entry[block] = next
      return true
    }
    let changed = false
    for (const [loc, set] of before) {
      const other = next.get(loc)
      const both = other === undefined ? [] : set.filter((vreg) => other.includes(vreg))
      if (both.length === set.length) continue
      if (both.length === 0) before.delete(loc)
      else before.set(loc, both)
      changed = true
    }
    return changed
  }

  /** Where an argument's value is, the parameter's is too; old values of the parameters are gone. */
  private alongEdge(edge: number): State {
    const { code, liveness, liveAlong } = this
    const succ = code.pool[edge]
    const args = code.pool[edge + 1]
    if (args !== code.blockParamCount[succ]) throw new AllocatorError(`an edge to block ${succ} has ${args} arguments`)
    for (let at = liveness.start[succ]; at < liveness.start[succ + 1]; at++) liveAlong[liveness.live[at]] = edge
    const paramsOf = new Map<number, number[]>()
    for (let k = 0; k < args; k++) {
      const arg = code.pool[edge + 2 + k]
      paramsOf.set(arg, [...(paramsOf.get(arg) ?? []), code.pool[code.blockParams[succ] + k]])
    }
    const next: State = new Map()
    for (let loc = 0; loc < this.places; loc++) {
      const set = this.state[loc]
      if (set === undefined) continue
      const kept = set.every((vreg) => liveAlong[vreg] === edge) ? set : set.filter((vreg) => liveAlong[vreg] === edge)
      const added = args === 0 ? [] : set.flatMap((vreg) => paramsOf.get(vreg) ?? [])
      if (kept.length + added.length > 0) next.set(loc, added.length === 0 ? kept : [...kept, ...added])
    }
    return next
  }

  // --- code ------------------------------------------------------------------------------------------------------------

  private block(block: number): void {
    const { code } = this
    this.runMoves(code.blockStart[block], 0, 2)
    for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) {
      this.runMoves(index, 0, 1)
      this.instruction(index)
      this.runMoves(index, 3, 3)
    }
  }

  private instruction(index: number): void {
    const { code } = this
    const inst = code.order[index]
    const start = code.operandStart[inst]
    const end = start + code.operandCount[inst]
    for (let at = start; at < end; at++) {
      const kind = code.opKind[at] & OP_KIND_MASK
      if (isDefKind(kind) || kind >= OpKind.Temp) continue
      if (this.state[code.opLoc[at]]?.includes(code.opVreg[at]) !== true)
        this.fail(index, at, `is not in ${code.opLoc[at]}`)
    }
    this.frame(index, 1)
    const clobbers = (code.flags[inst] & InstFlag.ClobberAll) !== 0
    if (clobbers) for (const list of ALLOCATABLE) for (const reg of list) this.put(reg, undefined)
    // Scratch registers are the instruction's own.
    this.put(SCRATCH_GPR_LOC, undefined)
    this.put(SCRATCH_XMM_LOC, undefined)
    for (let at = start; at < end; at++) {
      const kind = code.opKind[at] & OP_KIND_MASK
      if (kind >= OpKind.Temp) this.put(code.opLoc[at], undefined)
      if (isDefKind(kind)) this.forget(code.opVreg[at])
    }
    if (clobbers) this.frame(index, 2)
    for (let at = start; at < end; at++) {
      if (isDefKind(code.opKind[at] & OP_KIND_MASK)) this.put(code.opLoc[at], this.single[code.opVreg[at]])
    }
  }

  /** Frame states are asked for where an instruction begins, and within a call. */
  private frame(index: number, phase: number): void {
    const { code, frames } = this
    const inst = code.order[index]
    if (frames === undefined || code.frame[inst] < 0) return
    for (const vreg of frames.vregsOf(code.frame[inst])) {
      const loc = frames.locationAt(vreg, index * 4 + phase)
      if (loc >= 0 && this.state[loc]?.includes(vreg) !== true) {
        throw new AllocatorError(`index ${index}: the frame state has v${vreg} in ${loc}, it is not there`)
      }
    }
  }

  // --- what instructions demand, whatever is where ---------------------------------------------------------------------

  private constraints(index: number): void {
    const { code } = this
    const inst = code.order[index]
    const start = code.operandStart[inst]
    const end = start + code.operandCount[inst]
    for (let at = start; at < end; at++) {
      const kind = code.opKind[at] & OP_KIND_MASK
      const loc = code.opLoc[at]
      const isFixed = kind === OpKind.UseFixed || kind === OpKind.DefFixed || kind === OpKind.TempFixed
      if (isFixed && loc !== code.opKind[at] >> OP_FIXED_SHIFT) this.fail(index, at, 'is not in its fixed register')
      this.checkPlace(loc, false)
      if (loc >= SLOT_BASE && kind !== OpKind.UseAny) this.fail(index, at, 'is not in a register')
      if (kind === OpKind.UseReuse && loc !== code.opLoc[at - 1])
        this.fail(index, at, 'is not where the result will be')
      if (kind !== OpKind.TempFixed && loc < SLOT_BASE) {
        const cls = loc >= XMM_BASE ? RegClass.Xmm : RegClass.Gpr
        if (cls !== code.vregClass[code.opVreg[at]]) this.fail(index, at, 'has the wrong class')
      }
      for (let other = start; other < end; other++) {
        if (other !== at && code.opLoc[other] === loc) this.checkShared(index, at, other)
      }
    }
  }

  /** Two operands of an instruction have one place: is `other` written while `at` is needed there? */
  private checkShared(index: number, at: number, other: number): void {
    const { code } = this
    const kind = code.opKind[at] & OP_KIND_MASK
    const otherKind = code.opKind[other] & OP_KIND_MASK
    if (!isDefKind(otherKind) && otherKind < OpKind.Temp) return
    const isWritten = isDefKind(kind) || kind >= OpKind.Temp
    // Registers that are only spoiled may be named twice, and a fixed result may come from one of them.
    if (isWritten && (kind === OpKind.TempFixed || otherKind === OpKind.TempFixed)) {
      const fixed = kind === OpKind.TempFixed ? otherKind : kind
      if (fixed === OpKind.TempFixed || fixed === OpKind.DefFixed) return
    }
    const isEarly = otherKind === OpKind.DefEarly || otherKind === OpKind.DefReuse || otherKind >= OpKind.Temp
    if (isWritten) this.fail(index, at, `and v${code.opVreg[other]} are written to one place`)
    if (kind === OpKind.UseLate) this.fail(index, at, 'is overwritten before it is read')
    if (!isEarly || (kind === OpKind.UseReuse && other === at - 1)) return
    // An instruction reads what it wants in a fixed register before it spoils that.
    if (otherKind === OpKind.TempFixed && kind === OpKind.UseFixed) return
    this.fail(index, at, 'is overwritten before it is read')
  }

  private fail(index: number, at: number, what: string): never {
    const { code } = this
    throw new AllocatorError(`index ${index} (kind ${code.kind[code.order[index]]}): v${code.opVreg[at]} ${what}`)
  }
}
