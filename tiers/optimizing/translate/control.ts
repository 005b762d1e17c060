/**
 * Control: the frames of open constructs, what their ends and branches make, and the entry at a loop.
 *
 * A Wasm label becomes a block whose parameters are the label's operands; a label that nothing branches to becomes nothing. Blocks
 * are placed in the order of the bytes, which keeps loops together. Every loop header begins with a poll.
 *
 * Nesting is kept in arrays, never on the JavaScript stack; work is linear in the size of the body.
 */
import { TrapCode } from '../../abi.js'
import type { ModuleInfo, ValType } from '../../../wasm/types.js'
import { grown } from '../../grown.js'
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import { BodyBuilder, INITIAL_CAPACITY } from './builder.js'
import type { Activation } from './inline.js'
import type { Likelihood } from './likelihood.js'
import { tyOfWasm } from './value-types.js'

/**
 * Inline: the body of another function, whose results its label takes. Guard: the call of a function that an indirect call
 * is expected to reach, and Missed: what is done when it does not.
 */
export const Kind = { Block: 0, Loop: 1, If: 2, Else: 3, Func: 4, Inline: 5, Guard: 6, Missed: 7 } as const

/** Block type without parameters and results (specification section 5.4.1, as s33). */
const EMPTY_BLOCK_TYPE = -64
const NO_TYPES: readonly ValType[] = []

/** Lists of one value type, by its code as the s33 of a block type, negated. */
function makeSingleTypes(): ValType[][] {
  const lists: ValType[][] = []
  for (let code = 0; code <= -EMPTY_BLOCK_TYPE; code++) lists.push([128 - code])
  return lists
}
const singleTypes = makeSingleTypes()

export abstract class ControlBuilder extends BodyBuilder {
  // Control frames, the function's own at 0.
  protected depth = 0
  protected kind = new Int32Array(INITIAL_CAPACITY)
  /** Where branches to the label go: the header of a loop, otherwise the block after `end`. */
  protected target = new Int32Array(INITIAL_CAPACITY)
  /** The block of an `else` that has not come yet. */
  protected otherwise = new Int32Array(INITIAL_CAPACITY)
  /** Height of the stack below the parameters. */
  protected base = new Int32Array(INITIAL_CAPACITY)
  protected blockType = new Int32Array(INITIAL_CAPACITY)
  /** Parameters of an `if`, for its `else`: where they begin in `saved`. */
  protected savedAt = new Int32Array(INITIAL_CAPACITY)
  protected saved = new Int32Array(INITIAL_CAPACITY)
  protected savedCount = 0
  /** The poll of a loop. */
  protected pollOf = new Int32Array(INITIAL_CAPACITY)
  /** The block in which a frame was opened, and the locals assigned before it in the frame around (ssa.ts). */
  protected entered = new Int32Array(INITIAL_CAPACITY)
  protected outerLo = new Int32Array(INITIAL_CAPACITY)
  protected outerHi = new Int32Array(INITIAL_CAPACITY)

  /** Bodies that the one being read is within. */
  protected level = 0
  /** Open loops, of all bodies. */
  protected loopDepth = 0
  /**
   * Entry at a loop (on-stack replacement): offset of the `loop` opcode in the module, -1 when it is entered at its start or the loop
   * has been passed. Until then every operand below a construct is kept in a slot, since it may turn out to come from the entry.
   */
  protected entryLoop = -1
  protected readonly likelihood: Likelihood

  constructor(info: ModuleInfo, activation: Activation, likelihood: Likelihood) {
    super(info, activation)
    this.likelihood = likelihood
  }

  /** The body of an inlined function has ended: back to its caller. */
  protected abstract leaveInlined(): void
  /** The way with the expected function of an indirect call has come to its end: what is done otherwise. */
  protected abstract missGuard(): void

  // --- frames ----------------------------------------------------------------------------------------------------------

  protected pushFrame(kind: number, target: number, params: number, blockType: number): void {
    const frame = this.depth++
    if (frame === this.kind.length) this.growFrames()
    this.kind[frame] = kind
    this.target[frame] = target
    this.otherwise[frame] = -1
    this.base[frame] = this.sp - params
    this.blockType[frame] = blockType
    this.savedAt[frame] = this.savedCount
    this.pollOf[frame] = -1
    this.entered[frame] = this.block
    this.outerLo[frame] = this.ssa.assignedLo
    this.outerHi[frame] = this.ssa.assignedHi
    this.ssa.assignedLo = 0
    this.ssa.assignedHi = 0
  }

  protected growFrames(): void {
    this.kind = grown(this.kind)
    this.target = grown(this.target)
    this.otherwise = grown(this.otherwise)
    this.base = grown(this.base)
    this.blockType = grown(this.blockType)
    this.savedAt = grown(this.savedAt)
    this.pollOf = grown(this.pollOf)
    this.entered = grown(this.entered)
    this.outerLo = grown(this.outerLo)
    this.outerHi = grown(this.outerHi)
  }

  protected paramTypes(blockType: number): readonly ValType[] {
    return blockType < 0 ? NO_TYPES : this.info.types[blockType].params
  }

  protected resultTypes(blockType: number): readonly ValType[] {
    if (blockType >= 0) return this.info.types[blockType].results
    return blockType === EMPTY_BLOCK_TYPE ? NO_TYPES : singleTypes[-blockType]
  }

  /** Types of the results of a frame; a body's frame has the function's type. */
  protected frameResults(frame: number): readonly ValType[] {
    return this.resultTypes(this.blockType[frame])
  }

  /** Types of the operands that a branch to a frame's label takes. */
  protected labelTypes(frame: number): readonly ValType[] {
    return this.kind[frame] === Kind.Loop ? this.paramTypes(this.blockType[frame]) : this.frameResults(frame)
  }

  /** The edge of a terminator's block call to a block, with the top `count` operands, which stay. */
  protected edge(inst: number, slot: number, to: number, count: number): void {
    this.ssa.addEdge(this.block, inst, slot, to)
    for (let i = this.sp - count; i < this.sp; i++) this.ssa.passOperand(this.stack[i])
  }

  protected labelEdge(inst: number, slot: number, label: number): void {
    const frame = this.depth - 1 - label
    this.edge(inst, slot, this.target[frame], this.labelTypes(frame).length)
  }

  protected jump(to: number, count: number): void {
    this.edge(this.inst(IrOp.Jump, Ty.None), 0, to, count)
  }

  /** Offset in the module of the opcode at hand. */
  protected moduleOffset(): number {
    return this.f.inlines.offsetOf(this.f.currentPos)
  }

  // --- entry at a loop -------------------------------------------------------------------------------------------------

  /** A loop to enter at may come yet. Not in what is inlined: a frame of baseline code is never there. */
  protected isSeeking(): boolean {
    return this.entryLoop >= 0 && this.level === 0
  }

  /** Keeps the operands below a construct with so many parameters in slots. */
  protected keepOperands(params: number): void {
    for (let i = this.base[this.depth - 1]; i < this.sp - params; i++) {
      this.slotTy[i] = this.f.vType[this.stack[i]]
      this.ssa.assignSlot(i, this.stack[i])
      this.stack[i] = -2 - i
    }
  }

  /** Gets the operands of a frame that are in slots back, at the end of a construct in it. */
  protected fetchOperands(frame: number): void {
    for (let i = this.base[frame]; i < this.sp; i++) {
      if (this.stack[i] < 0) this.stack[i] = this.ssa.readSlot(i, this.slotTy[i])
    }
  }

  /** The header is where the function is entered: an edge from the entry with all locals and operands. */
  protected enterAt(header: number, params: readonly ValType[]): void {
    const { f, ssa } = this
    const { localCount, localTypes } = this.activation.facts
    const below = this.sp - params.length
    for (let i = 0; i < localCount; i++) ssa.seed(f.entry, i, false, f.addParam(f.entry, tyOfWasm(localTypes[i])))
    for (let i = 0; i < below; i++) ssa.seed(f.entry, i, true, f.addParam(f.entry, this.slotTy[i]))
    const jump = f.addInst(IrOp.Jump, Ty.None)
    f.append(f.entry, jump)
    ssa.addEdge(f.entry, jump, 0, header)
    for (let i = 0; i < params.length; i++) ssa.passOperand(f.addParam(f.entry, tyOfWasm(params[i])))
    this.entryLoop = -1
    this.likelihood.see(header)
  }

  // --- constructs ------------------------------------------------------------------------------------------------------

  openBlock(): void {
    const blockType = this.cursor.s32()
    if (this.isSeeking()) this.keepOperands(this.paramTypes(blockType).length)
    this.pushFrame(Kind.Block, this.newBlock(), this.paramTypes(blockType).length, blockType)
  }

  openLoop(): void {
    const blockType = this.cursor.s32()
    const params = this.paramTypes(blockType)
    const header = this.newBlock()
    const soughtAt = this.level === 0 ? this.entryLoop : -1
    if (soughtAt >= 0) this.keepOperands(params.length)
    this.jump(header, params.length)
    if (soughtAt >= 0 && soughtAt === this.f.currentPos) this.enterAt(header, params)
    this.sp -= params.length
    this.place(header)
    this.ssa.enterLoop(header, this.activation.loops++)
    // The loops before the one that is sought may be around it.
    if (soughtAt >= 0) this.ssa.forgetBefore(header)
    if (soughtAt >= 0 && this.entryLoop < 0) this.ssa.forgetInOpenConstructs()
    this.loopDepth++
    this.likelihood.openLoop(header, this.moduleOffset())
    this.pushParams(header, params)
    this.pushFrame(Kind.Loop, header, params.length, blockType)
    this.state = -1
    this.opHeight = this.sp
    this.pollOf[this.depth - 1] = this.inst(IrOp.Poll, Ty.None)
  }

  openIf(): void {
    const blockType = this.cursor.s32()
    const condition = this.pop()
    if (this.isSeeking()) this.keepOperands(this.paramTypes(blockType).length)
    this.openCondition(Kind.If, condition, blockType)
  }

  /** Opens a frame with two ways, and goes on in that for a condition that is not zero. */
  protected openCondition(kind: number, condition: number, blockType: number): void {
    const params = this.paramTypes(blockType).length
    const inst = this.inst(IrOp.Brif, Ty.None, condition)
    const then = this.newBlock()
    const otherwise = this.newBlock()
    this.edge(inst, 0, then, 0)
    this.edge(inst, 1, otherwise, 0)
    this.pushFrame(kind, this.newBlock(), params, blockType)
    this.otherwise[this.depth - 1] = otherwise
    for (let i = this.sp - params; i < this.sp; i++) {
      if (this.savedCount === this.saved.length) this.saved = grown(this.saved)
      this.saved[this.savedCount++] = this.stack[i]
    }
    this.enter(then)
  }

  openElse(): void {
    this.otherwiseOf(this.depth - 1, Kind.Else)
  }

  /** Ends the first way of a frame and goes on in the second. */
  protected otherwiseOf(frame: number, kind: number): void {
    if (this.block >= 0) this.jump(this.target[frame], this.frameResults(frame).length)
    this.kind[frame] = kind
    this.sp = this.base[frame]
    for (let i = this.savedAt[frame]; i < this.savedCount; i++) this.push(this.saved[i])
    this.enter(this.otherwise[frame])
  }

  close(): void {
    const frame = this.depth - 1
    const kind = this.kind[frame]
    const target = this.target[frame]
    const results = this.frameResults(frame)
    this.savedCount = this.savedAt[frame]
    if (kind === Kind.Loop) {
      this.loopDepth--
      this.likelihood.close()
      // A loop that nothing repeats needs no poll.
      if (this.ssa.edgesTo(target) === 1) this.f.unlink(this.pollOf[frame])
    } else {
      if (kind === Kind.If) this.passElse(frame, target)
      // What is inlined assigns no locals of its caller.
      if (kind === Kind.Inline) this.ssa.assignedLo = this.ssa.assignedHi = 0
      if (this.ssa.edgesTo(target) > 0) {
        if (this.block >= 0) this.jump(target, results.length)
        this.sp = this.base[frame]
        this.place(target)
        this.ssa.enterJoin(target, this.entered[frame])
        this.pushParams(target, results)
      }
    }
    if (this.block < 0) this.sp = this.base[frame]
    else if (frame > 0 && this.base[frame - 1] < this.sp && this.stack[this.base[frame - 1]] < 0) {
      this.fetchOperands(frame - 1)
    }
    this.ssa.assignedLo |= this.outerLo[frame]
    this.ssa.assignedHi |= this.outerHi[frame]
    if (kind === Kind.Func && this.block >= 0) this.emitReturn(results.length)
    if (kind === Kind.Inline) this.leaveInlined()
    this.depth = frame
    if (kind === Kind.Inline && this.kind[frame - 1] === Kind.Guard) this.missGuard()
  }

  /** An `if` without `else` passes its parameters on as results when the condition is zero. */
  protected passElse(frame: number, target: number): void {
    this.ssa.redirect(this.otherwise[frame], target)
    const from = this.savedAt[frame]
    const count = this.paramTypes(this.blockType[frame]).length
    for (let i = from; i < from + count; i++) this.ssa.passOperand(this.saved[i])
  }

  // --- branches --------------------------------------------------------------------------------------------------------

  protected emitReturn(count: number): void {
    this.inst(IrOp.Return, Ty.None, -1, -1, -1, this.list(count))
    this.block = -1
  }

  /** `br`. */
  branch(label: number): void {
    const frame = this.depth - 1 - label
    const count = this.labelTypes(frame).length
    if (this.kind[frame] === Kind.Func) {
      this.emitReturn(count)
      return
    }
    this.jump(this.target[frame], count)
    this.block = -1
  }

  /** `return`: a branch to the outermost label of the body. */
  return(): void {
    this.branch(this.depth - 1 - this.activation.frame)
  }

  branchIf(label: number): void {
    const inst = this.inst(IrOp.Brif, Ty.None, this.pop())
    const next = this.newBlock()
    this.labelEdge(inst, 0, label)
    this.edge(inst, 1, next, 0)
    this.enter(next)
  }

  branchTable(): void {
    const { cursor, f } = this
    const index = this.pop()
    const count = cursor.u32() + 1
    const table = f.startList()
    for (let i = 0; i < count; i++) f.pushPool(-1)
    f.endList(table)
    const inst = this.inst(IrOp.BrTable, Ty.None, index, -1, -1, table)
    for (let i = 0; i < count; i++) this.labelEdge(inst, i, cursor.u32())
    this.block = -1
  }

  unreachable(): void {
    this.inst(IrOp.Trap, Ty.None, -1, -1, -1, TrapCode.Unreachable)
    if (this.block !== this.f.entry) this.f.cold[this.block] = 1
    this.block = -1
  }
}
