/**
 * Static single assignment form for locals and label operands, made while the body is read.
 *
 * The method is that of Braun et al. ("Simple and Efficient Construction of Static Single Assignment Form", CC 2013):
 * a read looks for the definition backwards through single predecessors and makes a block parameter where paths meet
 * or may yet meet. Two things differ, both to need neither recursion nor repair of what has been emitted:
 *
 * - Arguments of the parameters are only collected at the end, when every edge is known (edges.ts).
 * - Redundant parameters are found then, all at once (phis.ts).
 *
 * Structured control says where paths can meet with different values: a read passes a join to the block before the
 * construct when nothing in the construct assigns the local, and a loop's header when the loop does not (which a
 * walk has found out before: `BodyFacts`). So parameters are only made where a local may really have changed. The sets
 * of assigned locals are 64 bits, a local's bit is its index modulo 64.
 */
import { FrameValue, STATE_HEAD_WORDS, STATE_VALUE_WORDS } from '../ir/arrays.js'
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import type { BodyFacts } from './body-facts.js'
import { Definitions } from './definitions.js'
import { grown, grownBytes } from '../../grown.js'
import { INITIAL_CAPACITY } from './edges.js'
import { Phis } from './phis.js'
import { tyOfWasm } from './value-types.js'

/** The first of the notes that frame states hold until `finish`. */
const OPEN = FrameValue.Zero - 1

export class SsaBuilder extends Phis {
  private readonly definitions = new Definitions()
  /** Facts of the body being read, and the number of its first local among those of the bodies that it is within. */
  private facts!: BodyFacts
  private firstLocal = 0

  /** Locals of the block being filled: the value, valid where `stamp` is that block. */
  private current = new Int32Array(INITIAL_CAPACITY)
  private stamp = new Int32Array(INITIAL_CAPACITY)
  private block = -1

  // By block.
  /** The block whose values hold at the start of a block too, but for the locals in the set. */
  private before = new Int32Array(INITIAL_CAPACITY)
  private changedLo = new Int32Array(INITIAL_CAPACITY)
  private changedHi = new Int32Array(INITIAL_CAPACITY)
  /** 1 when a block assigns a local. */
  private assigns = new Uint8Array(INITIAL_CAPACITY)
  /** Locals that may have an entry in `definitions` for a block: spares most of the look-ups. */
  private definedLo = new Int32Array(INITIAL_CAPACITY)
  private definedHi = new Int32Array(INITIAL_CAPACITY)
  /** Locals assigned since the innermost open construct began (the translator saves and restores them). */
  assignedLo = 0
  assignedHi = 0

  /** What frame states left open, by number: the block and the local whose value at its start is asked for. */
  private openCount = 0
  private openBlock = new Int32Array(INITIAL_CAPACITY)
  private openLocal = new Int32Array(INITIAL_CAPACITY)

  /** @param slots locals beyond the function's own, with the first numbers: operands that `assignSlot` keeps */
  begin(facts: BodyFacts, slots = 0): void {
    this.facts = facts
    this.definitions.clear()
    this.beginEdges()
    this.beginPhis()
    this.openCount = 0
    this.block = -1
    this.assignedLo = 0
    this.assignedHi = 0
    this.firstLocal = slots
    this.reserveLocals(slots + facts.localCount)
    this.stamp.fill(-1, 0, slots + facts.localCount)
  }

  private reserveLocals(count: number): void {
    if (this.current.length >= count) return
    this.current = grown(this.current, count)
    this.stamp = grown(this.stamp, count)
  }

  /**
   * From now on locals are those of a body that is inlined; all of them must be assigned first. Their numbers follow those
   * of the caller, and are used again when another body is inlined there: since it begins by assigning them, no read
   * gets past its beginning.
   * @param callerLocals number of the caller's locals
   */
  enterActivation(callerLocals: number, facts: BodyFacts): void {
    this.firstLocal += callerLocals
    this.facts = facts
    this.reserveLocals(this.firstLocal + facts.localCount)
  }

  leaveActivation(caller: BodyFacts): void {
    this.firstLocal -= caller.localCount
    this.facts = caller
  }

  // --- blocks and edges ------------------------------------------------------------------------------------------------

  /** Must be called for every block of the function. */
  declareBlock(block: number): void {
    if (block >= this.before.length) {
      this.before = grown(this.before)
      this.changedLo = grown(this.changedLo)
      this.changedHi = grown(this.changedHi)
      this.assigns = grownBytes(this.assigns)
      this.definedLo = grown(this.definedLo)
      this.definedHi = grown(this.definedHi)
    }
    this.declareEdges(block)
    this.declarePhis(block)
    this.before[block] = -1
    this.changedLo[block] = 0
    this.changedHi[block] = 0
    this.assigns[block] = 0
    this.definedLo[block] = 0
    this.definedHi[block] = 0
  }

  /** From now on locals are read and assigned in this block: the entry, or one that a single edge leads to. */
  enterBlock(block: number): void {
    this.block = block
    const edge = this.firstEdge[block]
    this.before[block] = edge < 0 ? -1 : this.significant(this.edgeFrom[edge])
  }

  /** A finished block, or the one before it when it changes nothing: chains stay as short as they can be. */
  private significant(block: number): number {
    const changes = this.changedLo[block] | this.changedHi[block] | this.assigns[block]
    return changes === 0 && this.before[block] >= 0 ? this.before[block] : block
  }

  /** As `enterBlock`, for a loop's header with only the edge from outside yet; `loop` is its ordinal in the facts. */
  enterLoop(block: number, loop: number): void {
    this.enterBlock(block)
    const lo = this.facts.loopAssignedLo[loop]
    const hi = this.facts.loopAssignedHi[loop]
    // The sets' bits are the locals' numbers in their own body: turned by the number of the first.
    const isUpper = (this.firstLocal & 32) !== 0
    const turn = this.firstLocal & 31
    const first = isUpper ? hi : lo
    const second = isUpper ? lo : hi
    this.changedLo[block] = turn === 0 ? first : (first << turn) | (second >>> (32 - turn))
    this.changedHi[block] = turn === 0 ? second : (second << turn) | (first >>> (32 - turn))
  }

  /**
   * As `enterBlock`, for a block at the end of a construct, all of whose edges are known. `before` is the block in which
   * the construct began; what has been assigned since are `assignedLo` and `assignedHi`.
   */
  enterJoin(block: number, before: number): void {
    this.enterBlock(block)
    if (this.edges[block] === 1) return
    this.before[block] = this.significant(before)
    this.changedLo[block] = this.assignedLo
    this.changedHi[block] = this.assignedHi
  }

  // --- entry at a loop -------------------------------------------------------------------------------------------------

  /** Nothing that held before a block is known to hold in it: another way leads to or into what it begins. */
  forgetBefore(block: number): void {
    this.changedLo[block] = -1
    this.changedHi[block] = -1
  }

  /** As `forgetBefore`, for the joins at the ends of all open constructs. */
  forgetInOpenConstructs(): void {
    this.assignedLo = -1
    this.assignedHi = -1
  }

  /** Gives a local (or with `isSlot` a slot) a value at the end of a block that is not being filled. */
  seed(block: number, index: number, isSlot: boolean, value: number): void {
    this.assigns[block] = 1
    this.define(block, isSlot ? index : this.firstLocal + index, value)
  }

  // --- values ----------------------------------------------------------------------------------------------------------

  /** A parameter for the next operand of a block's label. */
  operandParam(block: number, index: number, ty: number): number {
    return this.addPhi(block, -1 - index, ty)
  }

  assign(index: number, value: number): void {
    this.assignNumber(this.firstLocal + index, value)
  }

  /** Keeps an operand in a slot of `begin`, as if in a local. */
  assignSlot(slot: number, value: number): void {
    this.assignNumber(slot, value)
  }

  readSlot(slot: number, ty: number): number {
    return this.stamp[slot] === this.block ? this.current[slot] : this.readAtEnd(this.block, slot, ty)
  }

  private assignNumber(local: number, value: number): void {
    this.current[local] = value
    this.stamp[local] = this.block
    if ((local & 32) === 0) this.assignedLo |= 1 << (local & 31)
    else this.assignedHi |= 1 << (local & 31)
    this.assigns[this.block] = 1
    this.define(this.block, local, value)
  }

  private define(block: number, local: number, value: number): void {
    if ((local & 32) === 0) this.definedLo[block] |= 1 << (local & 31)
    else this.definedHi[block] |= 1 << (local & 31)
    this.definitions.set(block, local, value)
  }

  /** The value that is known for a local at the end of a block, or -1. */
  private defined(block: number, local: number): number {
    const set = (local & 32) === 0 ? this.definedLo[block] : this.definedHi[block]
    return ((set >>> (local & 31)) & 1) === 0 ? -1 : this.definitions.get(block, local)
  }

  read(index: number): number {
    const local = this.firstLocal + index
    if (this.stamp[local] === this.block) return this.current[local]
    return this.readAtEnd(this.block, local, tyOfWasm(this.facts.localTypes[index]))
  }

  /** The value that a local has at the end of a block (so far). */
  protected override readAtEnd(start: number, local: number, ty: number): number {
    let block = start
    let value = this.defined(block, local)
    while (value < 0) {
      const up = this.passable(block, local)
      if (up < 0) {
        value = block === this.f.entry ? this.zero(ty) : this.addPhi(block, local, ty)
        this.define(block, local, value)
        break
      }
      block = up
      value = this.defined(block, local)
    }
    if (block !== start) this.define(start, local, value)
    if (start === this.block) {
      this.current[local] = value
      this.stamp[local] = start
    }
    return value
  }

  // --- frame states ------------------------------------------------------------------------------------------------------

  /**
   * What a frame state of this place says of a local: its value, or a note (below FrameValue.Zero) that `finish` replaces, since a read
   * that is yet to come may make the parameter that the state wants. Makes nothing itself: states leave the code as it is.
   */
  describe(index: number): number {
    return this.describeNumber(this.firstLocal + index)
  }

  /** As `describe`, for a slot of `begin`. */
  describeSlot(slot: number): number {
    return this.describeNumber(slot)
  }

  private describeNumber(local: number): number {
    const { block } = this
    const value = this.defined(block, local)
    if (value >= 0) return value
    if (this.openCount === this.openBlock.length) {
      this.openBlock = grown(this.openBlock)
      this.openLocal = grown(this.openLocal)
    }
    const open = this.openCount++
    this.openBlock[open] = block
    this.openLocal[open] = local
    return OPEN - open
  }

  /** The value of a local at the start of a block, when all reads have been seen: FrameValue.Gone where none asked for it. */
  private atStart(start: number, local: number): number {
    let block = start
    let value = this.phiAtStart(block, local)
    while (value < 0) {
      const up = this.passable(block, local)
      if (up < 0) return block === this.f.entry ? FrameValue.Zero : FrameValue.Gone
      block = up
      value = this.defined(block, local)
      if (value < 0) value = this.phiAtStart(block, local)
    }
    return this.renamed(value)
  }

  /** The parameter of a block that a local is in, or -1. */
  private phiAtStart(block: number, local: number): number {
    for (let phi = this.firstPhi[block]; phi >= 0; phi = this.phiNext[phi]) {
      if (this.phiLocal[phi] === local) return this.phiValue[phi]
    }
    return -1
  }

  private described(value: number): number {
    return value <= OPEN
      ? this.atStart(this.openBlock[OPEN - value], this.openLocal[OPEN - value])
      : this.renamed(value)
  }

  /** The block before `block` with the same value of a local, -1 when `block` itself decides about it. */
  private passable(block: number, local: number): number {
    const set = (local & 32) === 0 ? this.changedLo[block] : this.changedHi[block]
    return ((set >>> (local & 31)) & 1) !== 0 ? -1 : this.before[block]
  }

  /** The initial value of a declared local, at the start of the entry block. */
  private zero(ty: number): number {
    const { f } = this
    const inst = f.addInst(ty === Ty.F32 || ty === Ty.F64 ? IrOp.Fconst : IrOp.Iconst, ty)
    const first = f.firstInst[f.entry]
    if (first < 0) f.append(f.entry, inst)
    else f.insertBefore(inst, first)
    return f.firstResult[inst]
  }

  // --- the end ---------------------------------------------------------------------------------------------------------

  /** Makes the function whole: parameters, block calls, and the names of what was dropped. */
  finish(): void {
    this.block = -1
    this.finishPhis()
    this.rename()
  }

  private rename(): void {
    const { f } = this
    const { arg0, arg1, arg2, pool, states } = f
    for (let inst = 0; inst < f.instCount; inst++) {
      if (arg0[inst] >= 0) arg0[inst] = this.renamed(arg0[inst])
      if (arg1[inst] >= 0) arg1[inst] = this.renamed(arg1[inst])
      if (arg2[inst] >= 0) arg2[inst] = this.renamed(arg2[inst])
      if (!f.hasList(inst)) continue
      const list = f.aux[inst]
      for (let i = list + pool[list]; i > list; i--) pool[i] = this.renamed(pool[i])
    }
    for (let at = 0; at < f.stateSize;) {
      const values = states[at + 2] + states[at + 3]
      at += STATE_HEAD_WORDS
      for (let i = 0; i < values; i++, at += STATE_VALUE_WORDS) states[at + 1] = this.described(states[at + 1])
    }
  }
}
