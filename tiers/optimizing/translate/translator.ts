/**
 * From a validated function body to the intermediate representation, in one pass over the bytes. Code that cannot be reached is
 * skipped. Operands and blocks are builder.ts's business, control is control.ts's, locals are ssa.ts's, and what each opcode means is
 * in opcodes.ts.
 *
 * The body of a function that is inlined is translated where its call stands, as a block with locals of its own:
 * inline.ts decides, an activation holds what belongs to one body. An indirect call whose targets are known from feedback
 * becomes a chain of guards: `if` the table's entry is that function of this instance, it is called or inlined, `else` the next;
 * at the end stands the ordinary call, so nothing need be undone when a guess was wrong.
 *
 * Blocks that end in a trap, or are reached when all guards have failed, are marked cold, and so are those that a trace did not come to
 * (likelihood.ts). They are moved to the end.
 */
import { Op } from '../../../wasm/opcodes.js'
import type { CompileEnv } from '../../compiled.js'
import { fuelMeter, type FuelMeter } from '../../fuel.js'
import { grown } from '../../grown.js'
import type { IrFunction } from '../ir/function.js'
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import { ControlBuilder, Kind } from './control.js'
import { INLINE_LIMITS, Inliner, type InlineLimits } from './inline.js'
import { Likelihood } from './likelihood.js'
import { translateOpcode } from './opcodes.js'
import { plainArgs, plainAux, plainOp, plainTy } from './plain.js'
import { tyOfWasm } from './value-types.js'

/** An indirect call whose targets are being tried. */
class GuardedCall {
  readonly type: number
  readonly table: number
  /** Values: the index in the table, and the entry's address. */
  readonly index: number
  readonly entry: number
  readonly targets: readonly number[]
  /** How many have been tried. */
  tried = 0
  /** What belongs to the call's opcode, for what follows an inlined body. */
  position = 0
  state = 0
  opHeight = 0

  constructor(type: number, table: number, index: number, entry: number, targets: readonly number[]) {
    this.type = type
    this.table = table
    this.index = index
    this.entry = entry
    this.targets = targets
  }
}

const NO_TARGETS: readonly number[] = []

export class Translator extends ControlBuilder {
  private readonly fuel: FuelMeter | undefined
  /** Of the open Guard and Missed frames, the innermost last; a chain is there once for each of its frames. */
  private readonly guardedCalls: GuardedCall[] = []
  readonly inliner: Inliner
  private readonly resultTys: number[] = []

  /** @param guess see Inliner */
  constructor(
    env: Pick<CompileEnv, 'info' | 'moduleBytes' | 'fuel'>,
    limits: InlineLimits = INLINE_LIMITS,
    guess = -1,
  ) {
    const inliner = new Inliner(env, limits, guess)
    super(env.info, inliner.at(0), new Likelihood(guess))
    this.fuel = fuelMeter(env)
    this.inliner = inliner
  }

  /**
   * Translates the body `bytes[start, end)` of a defined function; the result is valid until the next call.
   * @param moduleOffset offset in the module of `bytes[start]`
   * @param states record frame states
   * @param feedback what is known of its calls (tiers/feedback.ts)
   * @param loop offset in the module of the `loop` opcode at whose header the function is entered, -1: at its start. The parameters of
   *   the entry block are then all locals and all operands at that loop, deepest first.
   *   `enteredAtLoop` says afterwards whether there is such a loop that can be reached: else the result means nothing.
   * @param maxHeight greatest number of operands on the stack of this body; only needed when it is entered at a loop
   */
  translate(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    states: boolean,
    feedback: Int32Array,
    loop = -1,
    maxHeight = 0,
  ): IrFunction {
    const { f, ssa, info, cursor, inliner, fuel } = this
    const funcIndex = info.importedFuncs + defined
    const type = info.types[info.funcTypes[funcIndex]]
    this.resultTys.length = 0
    for (let i = 0; i < type.results.length; i++) this.resultTys.push(tyOfWasm(type.results[i]))
    f.reset(funcIndex, this.resultTys)
    inliner.begin(defined, end - start, feedback)
    this.likelihood.begin(feedback, moduleOffset)
    const activation = inliner.at(0)
    this.activation = activation
    this.level = 0
    activation.defined = defined
    activation.facts.learn(type, bytes, start, end)
    activation.delta = moduleOffset - start
    activation.loops = 0
    ssa.begin(activation.facts, loop < 0 ? 0 : maxHeight)
    this.entryLoop = loop
    if (loop >= 0 && this.slotTy.length < maxHeight) this.slotTy = grown(this.slotTy, maxHeight)
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
    if (loop < 0) {
      for (let i = 0; i < type.params.length; i++) ssa.assign(i, f.addParam(0, tyOfWasm(type.params[i])))
    } else {
      // What is before the loop hangs from a block that nothing leads to.
      this.enter(this.newBlock())
    }
    this.pushFrame(Kind.Func, this.newBlock(), 0, info.funcTypes[funcIndex])
    if (fuel !== undefined) fuel.enter()
    this.body()
    if (loop >= 0) ssa.removeUnreachable()
    ssa.finish()
    this.likelihood.settle(f)
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
      translateOpcode(this, op)
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
      // The facts have counted this loop.
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

  // --- inlining --------------------------------------------------------------------------------------------------------

  /** Goes on in the body of the function that a call names, when it is to be inlined; false otherwise. */
  private enterInlined(func: number): boolean {
    const { f, cursor, info, inliner, fuel, activation: caller } = this
    const next = cursor.bytes[cursor.pos]
    const call = this.moduleOffset()
    const isRare = this.likelihood.isRare(call)
    if (!inliner.wants(func, call, this.level, this.loopDepth > 0, isRare, next, f.inlines)) return false
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
    this.likelihood.openBody(isRare, start)
    callee.delta = f.inlines.open(f.currentPos, defined, start, info.bodyEnd[defined])
    cursor.bytes = inliner.learn(callee)
    cursor.pos = start
    cursor.skipLocals()
    if (fuel !== undefined) fuel.enter()
    this.pushFrame(Kind.Inline, this.newBlock(), 0, typeIndex)
    this.ssa.enterActivation(caller.facts.localCount, callee.facts)
    for (let i = 0; i < params.length; i++) this.ssa.assign(i, this.stack[this.sp + i])
    const { localCount, localTypes } = callee.facts
    for (let i = params.length; i < localCount; i++) this.ssa.assign(i, this.zero(tyOfWasm(localTypes[i])))
    return true
  }

  /** Back to the caller, whose operands are now followed by the results. */
  protected override leaveInlined(): void {
    const { cursor, inliner, fuel } = this
    const caller = inliner.at(--this.level)
    this.activation = caller
    this.ssa.leaveActivation(caller.facts)
    cursor.bytes = caller.bytes
    cursor.pos = caller.returnTo
    this.likelihood.close()
    if (fuel !== undefined) fuel.leave()
  }

  call(func: number): void {
    if (func >= this.info.importedFuncs) this.likelihood.call(this.block, this.moduleOffset())
    if (this.enterInlined(func)) return
    this.emitCall(IrOp.Call, this.info.funcTypes[func], -1, func, 0)
  }

  callIndirect(type: number, table: number): void {
    const index = this.pop()
    this.likelihood.call(this.block, this.moduleOffset())
    // While a loop is sought, operands may be in slots, and what comes before it hardly runs.
    const targets = this.isSeeking() ? NO_TARGETS : this.inliner.targets(this.moduleOffset(), type)
    if (targets.length === 0) {
      this.emitCall(IrOp.CallIndirect, type, index, type, table)
      return
    }
    const entry = this.value(IrOp.TableEntry, Ty.I64, index, -1, -1, 0, table)
    const call = new GuardedCall(type, table, index, entry, targets)
    call.position = this.f.currentPos
    call.state = this.state
    call.opHeight = this.opHeight
    this.tryTarget(call)
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
  protected override missGuard(): void {
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
    const { guardedCalls } = this
    while (this.kind[this.depth - 1] === Kind.Missed && guardedCalls[guardedCalls.length - 1] === call) {
      guardedCalls.pop()
      this.close()
    }
  }
}
