/**
 * From a validated function body to the intermediate representation, in one pass over the bytes.
 *
 * Operands live on a stack of values at translation time. A Wasm label becomes a block whose parameters are the label's
 * operands; a label that nothing branches to becomes nothing. Code that cannot be reached is skipped. Locals are
 * ssa.ts's business, what each opcode means is in opcodes.ts.
 *
 * The body of a function that is inlined is translated where its call stands, as a block with locals of its own:
 * inline.ts decides, an activation holds what belongs to one body. An indirect call whose targets are known from feedback
 * becomes a chain of guards: `if` the table's entry is that function of this instance, it is called or inlined, `else` the next;
 * at the end stands the ordinary call, so nothing need be undone when a guess was wrong.
 *
 * Blocks are placed in the order of the bytes, which keeps loops together; blocks that end in a trap, or are reached when all
 * guards have failed, are marked cold and moved to the end. Every loop header begins with a poll.
 *
 * Nesting is kept in arrays, never on the JavaScript stack; work is linear in the size of the body.
 */
import { TrapCode } from '../../abi.js'
import type { FunctionFacts } from '../../../wasm/facts.js'
import { Op } from '../../../wasm/opcodes.js'
import { EXTERNREF, F32, F64, I32, I64, type ModuleInfo, type ValType } from '../../../wasm/types.js'
import type { CompileEnv } from '../../compiled.js'
import { NO_FEEDBACK } from '../../feedback.js'
import { FuelMeter } from '../../fuel.js'
import { FrameValue, IrFunction } from '../ir/function.js'
import { Effect, IrOp, opEffect } from '../ir/ops.js'
import { Ty, tyOfWasm } from '../ir/types.js'
import { Cursor } from './cursor.js'
import { INLINE_LIMITS, Inliner, type Activation, type InlineLimits } from './inline.js'
import { handlers } from './opcodes.js'
import { plainArgs, plainAux, plainOp, plainTy } from './plain.js'
import { SsaBuilder } from './ssa.js'
import { grown } from '../../grown.js'

/**
 * Inline: the body of another function, whose results its label takes. Guard: the call of a function that an indirect call
 * is expected to reach, and Missed: what is done when it does not.
 */
const Kind = { Block: 0, Loop: 1, If: 2, Else: 3, Func: 4, Inline: 5, Guard: 6, Missed: 7 } as const

/** An indirect call whose targets are being tried. */
interface GuardedCall {
  readonly type: number
  readonly table: number
  /** Values: the index in the table, and the entry's address. */
  readonly index: number
  readonly entry: number
  readonly targets: readonly number[]
  /** How many have been tried. */
  tried: number
  /** What belongs to the call's opcode, for what follows an inlined body. */
  readonly position: number
  readonly state: number
  readonly opHeight: number
}

const INITIAL_CAPACITY = 64
/** Block type without parameters and results (specification section 5.4.1, as s33). */
const EMPTY_BLOCK_TYPE = -64
const NO_TYPES: readonly ValType[] = []
const NO_TARGETS: readonly number[] = []
/** Value types by their code as the s33 of a block type, negated. */
const singleTypes: readonly (readonly ValType[])[] = Array.from({ length: 65 }, (_, i) => [128 - i])

/** Wasm type of an operand by its IR type, for frame states; of a reference only the general form is known. */
const operandTypes: readonly ValType[] = [0, I32, I64, F32, F64, EXTERNREF]

/** 1 for operations at which the guest may stop, so that its state may be wanted. */
const mayStop = opEffect.map((effect, op) =>
  effect === Effect.Pure || (effect === Effect.Control && op !== IrOp.Trap) ? 0 : 1,
)

/** The body found no code for an opcode: a defect of the engine, not of the guest. */
export class TranslationError extends Error {
  override readonly name = 'TranslationError'
}

export class Translator {
  readonly info: ModuleInfo
  readonly f = new IrFunction()
  readonly cursor = new Cursor()
  readonly ssa = new SsaBuilder(this.f)
  /** The block being filled; -1 in unreachable code. */
  block = -1

  private stack = new Int32Array(INITIAL_CAPACITY)
  private sp = 0

  // Control frames, the function's own at 0.
  private depth = 0
  private kind = new Int32Array(INITIAL_CAPACITY)
  /** Where branches to the label go: the header of a loop, otherwise the block after `end`. */
  private target = new Int32Array(INITIAL_CAPACITY)
  /** The block of an `else` that has not come yet. */
  private otherwise = new Int32Array(INITIAL_CAPACITY)
  /** Height of the stack below the parameters. */
  private base = new Int32Array(INITIAL_CAPACITY)
  private blockType = new Int32Array(INITIAL_CAPACITY)
  /** Parameters of an `if`, for its `else`: where they begin in `saved`. */
  private savedAt = new Int32Array(INITIAL_CAPACITY)
  private saved = new Int32Array(INITIAL_CAPACITY)
  private savedCount = 0
  /** The poll of a loop. */
  private pollOf = new Int32Array(INITIAL_CAPACITY)
  /** The block in which a frame was opened, and the locals assigned before it in the frame around (ssa.ts). */
  private entered = new Int32Array(INITIAL_CAPACITY)
  private outerLo = new Int32Array(INITIAL_CAPACITY)
  private outerHi = new Int32Array(INITIAL_CAPACITY)

  private readonly fuel: FuelMeter | undefined
  /** Of the open Guard and Missed frames, the innermost last; a chain is there once for each of its frames. */
  private readonly guardedCalls: GuardedCall[] = []

  private readonly inliner: Inliner
  /** The body being read, and how many it is within. */
  private activation: Activation
  private level = 0
  /** Open loops, of all bodies. */
  private loopDepth = 0
  private recordStates = false
  /**
   * Entry at a loop (on-stack replacement): offset of the `loop` opcode in the module, -1 when it is entered at its start or the loop
   * has been passed. Until then every operand below a construct is kept in a slot of the SSA builder, since it may turn
   * out to come from the entry; `stack` has -2 - slot for it meanwhile.
   */
  private entryLoop = -1
  /** IR types of the slots. */
  private slotTy = new Int32Array(INITIAL_CAPACITY)
  /** State of the current opcode in `f.states`, -1 before one is asked for. */
  private state = -1
  /** Height of the stack before the current opcode. */
  private opHeight = 0

  /** @param guess see Inliner */
  constructor(
    env: Pick<CompileEnv, 'info' | 'moduleBytes' | 'fuel'>,
    limits: InlineLimits = INLINE_LIMITS,
    guess?: number,
  ) {
    this.info = env.info
    this.fuel = env.fuel === true ? new FuelMeter() : undefined
    this.inliner = new Inliner(env, limits, guess)
    this.activation = this.inliner.at(0)
  }

  /**
   * Translates the body `bytes[start, end)` of a defined function; the result is valid until the next call.
   * @param moduleOffset offset in the module of `bytes[start]`
   * @param facts what the validator learned about this body
   * @param states record frame states
   * @param feedback what is known of its calls (tiers/feedback.ts)
   * @param loop offset in the module of the `loop` opcode at whose header the function is entered, -1: at its start. The parameters of
   *   the entry block are then all locals and all operands at that loop, deepest first.
   *   `enteredAtLoop` says afterwards whether there is such a loop that can be reached: else the result means nothing.
   */
  translate(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts,
    states: boolean,
    feedback: Int32Array = NO_FEEDBACK,
    loop = -1,
  ): IrFunction {
    const { f, ssa, info, cursor, inliner } = this
    const funcIndex = info.importedFuncs + defined
    const type = info.types[info.funcTypes[funcIndex]]
    f.reset(`f${funcIndex}`, type.results.map(tyOfWasm))
    inliner.begin(defined, end - start, feedback)
    const activation = inliner.at(0)
    this.activation = activation
    this.level = 0
    activation.defined = defined
    activation.facts = facts
    activation.delta = moduleOffset - start
    activation.loops = 0
    ssa.begin(facts, loop < 0 ? 0 : facts.maxHeight)
    this.entryLoop = loop
    if (loop >= 0 && this.slotTy.length < facts.maxHeight) this.slotTy = grown(this.slotTy, facts.maxHeight)
    this.recordStates = states
    this.loopDepth = 0
    this.sp = 0
    this.depth = 0
    this.savedCount = 0
    this.guardedCalls.length = 0
    cursor.bytes = bytes
    cursor.pos = start
    // The facts have them.
    cursor.skipLocals()
    this.enter(this.newBlock())
    if (loop < 0) type.params.forEach((param, i) => ssa.assign(i, f.addParam(0, tyOfWasm(param))))
    // What is before the loop hangs from a block that nothing leads to.
    else this.enter(this.newBlock())
    this.pushFrame(Kind.Func, this.newBlock(), 0, info.funcTypes[funcIndex])
    this.fuel?.enter()
    this.body()
    if (loop >= 0) ssa.removeUnreachable()
    ssa.finish()
    this.sink()
    return f
  }

  get enteredAtLoop(): boolean {
    return this.entryLoop < 0
  }

  private body(): void {
    const { f, cursor, fuel } = this
    while (this.depth > 0) {
      if (this.block < 0) this.skipUnreachable()
      f.currentPos = cursor.pos + this.activation.delta
      this.state = -1
      this.opHeight = this.sp
      if (fuel !== undefined && cursor.pos > fuel.end) this.chargeRun(fuel)
      const op = cursor.opcode()
      const plain = plainOp[op]
      if (plain !== 0) {
        const second = plainArgs[op] === 2 ? this.pop() : -1
        const first = this.pop()
        this.push(this.value(plain, plainTy[op], first, second, -1, plainAux[op]))
        continue
      }
      const handler = handlers[op]
      if (handler === undefined) throw new TranslationError(`no translation of opcode 0x${op.toString(16)}`)
      handler(this)
    }
  }

  private chargeRun(fuel: FuelMeter): void {
    const cost = fuel.run(this.cursor.bytes, this.cursor.pos)
    if (cost > 0) this.inst(IrOp.Fuel, Ty.None, -1, -1, -1, 0, cost)
  }

  /** Moves on to the `else` or `end` that closes the innermost frame. */
  private skipUnreachable(): void {
    const { cursor } = this
    for (let nested = 0; ;) {
      const at = cursor.pos
      const op = cursor.opcode()
      if (op === Op.End || op === Op.Else) {
        if (nested === 0) {
          cursor.pos = at
          return
        }
        if (op === Op.End) nested--
        continue
      }
      if (op === Op.Block || op === Op.Loop || op === Op.If) nested++
      // The validator has counted this loop.
      if (op === Op.Loop) this.activation.loops++
      cursor.skipImmediates(op)
    }
  }

  /** Moves what is not expected to run behind everything else. Such blocks dominate none of the others. */
  private sink(): void {
    const { f } = this
    const last = f.lastBlock
    for (let block = f.blockNext[f.entry]; block >= 0 && block !== last;) {
      const next = f.blockNext[block]
      if (f.cold[block] !== 0) {
        f.removeBlock(block)
        f.placeBlock(block)
      }
      block = next
    }
  }

  // --- operands and instructions ---------------------------------------------------------------------------------------

  push(value: number): void {
    if (this.sp === this.stack.length) this.stack = grown(this.stack)
    this.stack[this.sp++] = value
  }

  pop(): number {
    return this.stack[--this.sp]
  }

  /** Operand `index` counted from the top. */
  peek(index: number): number {
    return this.stack[this.sp - 1 - index]
  }

  drop(count: number): void {
    this.sp -= count
  }

  /** Appends an instruction to the current block. */
  inst(op: number, ty: number, arg0 = -1, arg1 = -1, arg2 = -1, aux = 0, immLo = 0, immHi = 0): number {
    const { f } = this
    const inst = f.addInst(op, ty, arg0, arg1, arg2, aux, immLo, immHi)
    f.append(this.block, inst)
    if (this.recordStates && mayStop[op] !== 0) f.frame[inst] = this.frameState()
    return inst
  }

  /** As `inst`, for one with one result. */
  value(op: number, ty: number, arg0 = -1, arg1 = -1, arg2 = -1, aux = 0, immLo = 0, immHi = 0): number {
    const inst = this.inst(op, ty, arg0, arg1, arg2, aux, immLo, immHi)
    return this.f.firstResult[inst]
  }

  iconst(ty: number, lo: number, hi = 0): number {
    return this.value(IrOp.Iconst, ty, -1, -1, -1, 0, lo, hi)
  }

  /** A list in the pool of the top operands, the deepest first, after up to two other values (-1: none); pops them. */
  list(count: number, first = -1, second = -1): number {
    const { f, stack } = this
    const list = f.startList()
    if (first >= 0) f.pushPool(first)
    if (second >= 0) f.pushPool(second)
    this.sp -= count
    for (let i = 0; i < count; i++) f.pushPool(stack[this.sp + i])
    f.endList(list)
    return list
  }

  /** The state before the current opcode, which has popped its operands. */
  private frameState(): number {
    const { f, ssa, activation } = this
    if (this.state >= 0) {
      // An opcode may pop the rest only now.
      f.states[this.state + 4] = Math.max(f.states[this.state + 4], this.opHeight - this.sp)
      return this.state
    }
    const { localCount, localTypes } = activation.facts
    this.state = f.stateSize
    f.pushState(f.currentPos)
    f.pushState(activation.callerState)
    f.pushState(localCount)
    f.pushState(this.opHeight - activation.base)
    f.pushState(this.opHeight - this.sp)
    for (let i = 0; i < localCount; i++) {
      f.pushState(localTypes[i])
      f.pushState(ssa.describe(i))
    }
    for (let i = activation.base; i < this.opHeight; i++) {
      const value = this.stack[i]
      const ty = value < 0 ? this.slotTy[-2 - value] : f.vType[value]
      f.pushState(operandTypes[ty])
      f.pushState(ty === Ty.Ref ? FrameValue.Gone : value < 0 ? ssa.describeSlot(-2 - value) : value)
    }
    return this.state
  }

  // --- blocks and frames -----------------------------------------------------------------------------------------------

  private newBlock(): number {
    const block = this.f.addBlock()
    this.ssa.declareBlock(block)
    return block
  }

  /** Puts a block at the end of the layout and goes on in it. */
  private place(block: number): void {
    this.f.placeBlock(block)
    this.block = block
  }

  /** Goes on in a block with a single edge. */
  private enter(block: number): void {
    this.place(block)
    this.ssa.enterBlock(block)
  }

  /** The parameters of a label's block become operands. */
  private pushParams(block: number, types: readonly ValType[]): void {
    for (let i = 0; i < types.length; i++) this.push(this.ssa.operandParam(block, i, tyOfWasm(types[i])))
  }

  private pushFrame(kind: number, target: number, params: number, blockType: number): void {
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

  private growFrames(): void {
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

  private paramTypes(blockType: number): readonly ValType[] {
    return blockType < 0 ? NO_TYPES : this.info.types[blockType].params
  }

  private resultTypes(blockType: number): readonly ValType[] {
    if (blockType >= 0) return this.info.types[blockType].results
    return blockType === EMPTY_BLOCK_TYPE ? NO_TYPES : singleTypes[-blockType]
  }

  /** Types of the results of a frame; a body's frame has the function's type. */
  private frameResults(frame: number): readonly ValType[] {
    return this.resultTypes(this.blockType[frame])
  }

  /** Types of the operands that a branch to a frame's label takes. */
  private labelTypes(frame: number): readonly ValType[] {
    return this.kind[frame] === Kind.Loop ? this.paramTypes(this.blockType[frame]) : this.frameResults(frame)
  }

  /** The edge of a terminator's block call to a block, with the top `count` operands, which stay. */
  private edge(inst: number, slot: number, to: number, count: number): void {
    this.ssa.addEdge(this.block, inst, slot, to)
    for (let i = this.sp - count; i < this.sp; i++) this.ssa.passOperand(this.stack[i])
  }

  private labelEdge(inst: number, slot: number, label: number): void {
    const frame = this.depth - 1 - label
    this.edge(inst, slot, this.target[frame], this.labelTypes(frame).length)
  }

  private jump(to: number, count: number): void {
    this.edge(this.inst(IrOp.Jump, Ty.None), 0, to, count)
  }

  // --- entry at a loop -------------------------------------------------------------------------------------------------

  /** A loop to enter at may come yet. Not in what is inlined: a frame of baseline code is never there. */
  private isSeeking(): boolean {
    return this.entryLoop >= 0 && this.level === 0
  }

  /** Keeps the operands below a construct with so many parameters in slots. */
  private keepOperands(params: number): void {
    for (let i = this.base[this.depth - 1]; i < this.sp - params; i++) {
      this.slotTy[i] = this.f.vType[this.stack[i]]
      this.ssa.assignSlot(i, this.stack[i])
      this.stack[i] = -2 - i
    }
  }

  /** Gets the operands of a frame that are in slots back, at the end of a construct in it. */
  private fetchOperands(frame: number): void {
    for (let i = this.base[frame]; i < this.sp; i++) {
      if (this.stack[i] < 0) this.stack[i] = this.ssa.readSlot(i, this.slotTy[i] as Ty)
    }
  }

  /** The header is where the function is entered: an edge from the entry with all locals and operands. */
  private enterAt(header: number, params: readonly ValType[]): void {
    const { f, ssa } = this
    const { localCount, localTypes } = this.activation.facts
    const below = this.sp - params.length
    for (let i = 0; i < localCount; i++) ssa.seed(f.entry, i, false, f.addParam(f.entry, tyOfWasm(localTypes[i])))
    for (let i = 0; i < below; i++) ssa.seed(f.entry, i, true, f.addParam(f.entry, this.slotTy[i]))
    const jump = f.addInst(IrOp.Jump, Ty.None)
    f.append(f.entry, jump)
    const operands = params.map((param) => f.addParam(f.entry, tyOfWasm(param)))
    ssa.addEdge(f.entry, jump, 0, header)
    for (const operand of operands) ssa.passOperand(operand)
    this.entryLoop = -1
  }

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
  private openCondition(kind: number, condition: number, blockType: number): void {
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
  private otherwiseOf(frame: number, kind: number): void {
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
  private passElse(frame: number, target: number): void {
    this.ssa.redirect(this.otherwise[frame], target)
    const from = this.savedAt[frame]
    const count = this.paramTypes(this.blockType[frame]).length
    for (let i = from; i < from + count; i++) this.ssa.passOperand(this.saved[i])
  }

  // --- branches --------------------------------------------------------------------------------------------------------

  private emitReturn(count: number): void {
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

  // --- inlining --------------------------------------------------------------------------------------------------------

  /** Goes on in the body of the function that a call names, when it is to be inlined; false otherwise. */
  private enterInlined(func: number): boolean {
    const { f, cursor, info, inliner, activation: caller } = this
    const next = cursor.bytes[cursor.pos]
    if (!inliner.wants(func, this.callOffset(), this.level, this.loopDepth > 0, next, f.inlines)) return false
    const typeIndex = info.funcTypes[func]
    const { params } = info.types[typeIndex]
    const defined = func - info.importedFuncs
    const start = info.bodyStart[defined]
    caller.returnTo = cursor.pos
    caller.bytes = cursor.bytes
    this.sp -= params.length
    const callerState = this.recordStates ? this.frameState() : -1
    const callee = inliner.at(++this.level)
    this.activation = callee
    callee.defined = defined
    callee.callerState = callerState
    callee.base = this.sp
    callee.loops = 0
    callee.frame = this.depth
    callee.delta = f.inlines.open(f.currentPos, defined, start, info.bodyEnd[defined])
    cursor.bytes = inliner.learn(callee)
    cursor.pos = start
    cursor.skipLocals()
    this.fuel?.enter()
    this.pushFrame(Kind.Inline, this.newBlock(), 0, typeIndex)
    this.ssa.enterActivation(caller.facts.localCount, callee.facts)
    for (let i = 0; i < params.length; i++) this.ssa.assign(i, this.stack[this.sp + i])
    const { localCount, localTypes } = callee.facts
    for (let i = params.length; i < localCount; i++) this.ssa.assign(i, this.zero(tyOfWasm(localTypes[i])))
    return true
  }

  /** Back to the caller, whose operands are now followed by the results. */
  private leaveInlined(): void {
    const { cursor, inliner } = this
    const caller = inliner.at(--this.level)
    this.activation = caller
    this.ssa.leaveActivation(caller.facts)
    cursor.bytes = caller.bytes
    cursor.pos = caller.returnTo
    this.fuel?.leave()
  }

  /** Offset in the module of the opcode at hand. */
  private callOffset(): number {
    return this.f.inlines.offsetOf(this.f.currentPos)
  }

  call(func: number): void {
    if (this.enterInlined(func)) return
    this.emitCall(IrOp.Call, this.info.funcTypes[func], -1, func, 0)
  }

  callIndirect(type: number, table: number): void {
    const index = this.pop()
    // While a loop is sought, operands may be in slots, and what comes before it hardly runs.
    const targets = this.isSeeking() ? NO_TARGETS : this.inliner.targets(this.callOffset(), type)
    if (targets.length === 0) {
      this.emitCall(IrOp.CallIndirect, type, index, type, table)
      return
    }
    const entry = this.value(IrOp.TableEntry, Ty.I64, index, -1, -1, 0, table)
    const { state, opHeight } = this
    const position = this.f.currentPos
    this.tryTarget({ type, table, index, entry, targets, tried: 0, position, state, opHeight })
  }

  /** Appends a call with the operands of a function type, and pushes its results. */
  private emitCall(op: number, type: number, arg0: number, immLo: number, immHi: number): void {
    const { params, results } = this.info.types[type]
    const inst = this.inst(op, Ty.None, arg0, -1, -1, this.list(params.length), immLo, immHi)
    for (let i = 0; i < results.length; i++) this.push(this.f.addResult(inst, tyOfWasm(results[i])))
  }

  /** The next target of an indirect call: `if` the entry is that function. */
  private tryTarget(call: GuardedCall): void {
    const func = call.targets[call.tried++]
    const differs = this.value(IrOp.EntryDiffers, Ty.I64, call.entry, -1, -1, 0, func)
    this.openCondition(Kind.Guard, this.value(IrOp.Ieqz, Ty.I64, differs), call.type)
    this.guardedCalls.push(call)
    if (this.enterInlined(func)) return
    this.emitCall(IrOp.Call, this.info.funcTypes[func], -1, func, 0)
    this.missGuard()
  }

  /** The way with the expected function has come to its end: what is done otherwise. */
  private missGuard(): void {
    const { f } = this
    const call = this.guardedCalls[this.guardedCalls.length - 1]
    this.otherwiseOf(this.depth - 1, Kind.Missed)
    f.currentPos = call.position
    this.state = call.state
    this.opHeight = call.opHeight
    if (call.tried < call.targets.length) {
      this.tryTarget(call)
      return
    }
    f.cold[this.block] = 1
    this.inst(IrOp.GuardFailed, Ty.None)
    this.emitCall(IrOp.CallIndirect, call.type, call.index, call.type, call.table)
    // The chain's frames end one in the other; a frame of another chain below is still in its Guard part.
    while (this.kind[this.depth - 1] === Kind.Missed && this.guardedCalls.at(-1) === call) {
      this.guardedCalls.pop()
      this.close()
    }
  }

  private zero(ty: Ty): number {
    return this.value(ty === Ty.F32 || ty === Ty.F64 ? IrOp.Fconst : IrOp.Iconst, ty)
  }

  unreachable(): void {
    this.inst(IrOp.Trap, Ty.None, -1, -1, -1, TrapCode.Unreachable)
    if (this.block !== this.f.entry) this.f.cold[this.block] = 1
    this.block = -1
  }
}
