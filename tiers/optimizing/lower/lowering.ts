/**
 * Instruction selection: IR to machine code with virtual registers, blocks and instructions backwards (Cranelift's
 * machinst/lower.rs). An instruction that nobody has asked for is skipped, so dead code costs nothing; a user may swallow
 * what computes its operand: compares go into branches and selects, loads into arithmetic, constants into immediates.
 *
 * The rules of rules/lower say which instructions an operation becomes; selection.ts has what they are made of. This file has
 * the walk, which ends blocks and turns the instructions around.
 */
import { ExecContext, FRAME_ARGS, type Signature } from '../../abi.js'
import type { CompileEnv } from '../../compiled.js'
import { grown } from '../../grown.js'
import type { IrFunction } from '../ir/function.js'
import { address } from '../rules/lower/select.gen.js'
import { CallsLast } from './calls-last.js'
import { lowerInst } from './control.js'
import { Address, K } from './kinds.js'
import { loadForm } from './matchers.js'
import { Scheduler } from './schedule.js'
import { Selection } from './selection.js'
import { Signatures } from './signatures.js'
import { OpKind, registerLocation, type VCode } from './vcode.js'

export class Lowering extends Selection {
  private readonly callsLast = new CallsLast()
  private readonly scheduler = new Scheduler()
  private readonly signatures: Signatures
  private reversed = new Int32Array(1024)
  private reversedCount = 0

  /** Whether the version is entered at a loop, with the values of `loopEntry`, instead of at its start. */
  entersAtLoop = false
  /** Signature of the function being lowered. */
  ownSignature!: Signature

  constructor(env: CompileEnv, code: VCode) {
    super(env, code)
    this.signatures = new Signatures(env)
  }

  signature(typeIndex: number): Signature {
    return this.signatures.get(typeIndex)
  }

  run(f: IrFunction): void {
    this.f = f
    const { code } = this
    code.reset()
    this.cfg.compute(f)
    this.dom.compute(f, this.cfg)
    this.loops.compute(f, this.cfg, this.dom)
    this.callsLast.compute(f, this.cfg, this.dom, this.loops)
    this.blocks.compute(f, this.cfg, this.loops, this.callsLast, code)
    this.bits.compute(f, this.cfg)
    this.countUses()
    this.scheduler.run(f, this.cfg, this.loops, this.uses)
    this.colorEffects()
    this.reversedCount = 0
    this.kept.reset()
    this.resetAddress()
    this.makeParams()
    for (let block = code.blockCount - 1; block >= 0; block--) this.lowerBlock(block)
    this.finishOrder()
  }

  private makeParams(): void {
    const { f, code, blocks } = this
    for (let block = 0; block < code.blockCount; block++) {
      const ir = blocks.irBlock[block]
      code.blockParams[block] = code.poolSize
      code.blockParamCount[block] = 0
      code.blockPredCount[block] = 0
      if (ir < 0 || ir === f.entry) continue
      const count = f.paramCount[ir]
      code.blockParamCount[block] = count
      for (let i = 0; i < count; i++) code.push(this.place(f.param(ir, i)))
    }
  }

  private lowerBlock(block: number): void {
    const { f, blocks, code } = this
    const ir = blocks.irBlock[block]
    this.block = block
    const end = this.reversedCount
    if (ir < 0) {
      this.inst = -1
      this.edgeJump(blocks.edgeCall[block])
    } else {
      for (let inst = f.lastInst[ir]; inst >= 0; inst = f.prev[inst]) {
        if (!this.isNeeded(inst)) continue
        this.inst = inst
        const first = code.instCount
        lowerInst(this, inst)
        this.reverse(first)
        if (inst === f.lastInst[ir] && !this.kept.isEmpty) this.makeKept(block)
      }
      if (ir === f.entry) this.entry()
    }
    const first = code.instCount
    code.inst(K.Head)
    this.reverse(first)
    // In reverse for now; finishOrder turns them around.
    code.blockEnd[block] = end
    code.blockStart[block] = this.reversedCount
  }

  private makeKept(block: number): void {
    const first = this.code.instCount
    this.kept.make(block)
    this.reverse(first)
  }

  /** Appends the instructions made since `first`, which are in program order, to the reversed list. */
  private reverse(first: number): void {
    const { code } = this
    const count = code.instCount - first
    if (this.reversedCount + count > this.reversed.length) {
      this.reversed = grown(this.reversed, this.reversedCount + count)
    }
    const { f, inst } = this
    for (let at = code.instCount - 1; at >= first; at--) {
      if (inst >= 0 && code.wasmPos[at] === 0) {
        code.wasmPos[at] = f.wasmPos[inst]
        code.frame[at] = f.frame[inst]
      }
      this.reversed[this.reversedCount++] = at
    }
  }

  private finishOrder(): void {
    const { code } = this
    const total = this.reversedCount
    code.reserveOrder(total)
    for (let i = 0; i < total; i++) code.order[i] = this.reversed[total - 1 - i]
    code.indexCount = total
    for (let block = 0; block < code.blockCount; block++) {
      const end = total - code.blockEnd[block]
      code.blockStart[block] = total - code.blockStart[block]
      code.blockEnd[block] = end
      let edge = code.blockSuccs[block]
      for (let i = 0; i < code.blockSuccCount[block]; i++) {
        code.blockPredCount[code.pool[edge]]++
        edge += 2 + code.pool[edge + 1]
      }
    }
  }

  /** The parameters arrive where the calling convention says. */
  private entry(): void {
    const { f, code } = this
    if (this.entersAtLoop) {
      this.loopEntry()
      return
    }
    const params = f.paramCount[f.entry]
    const first = code.instCount
    const types: number[] = []
    for (let i = 0; i < params; i++) types.push(f.vType[f.param(f.entry, i)])
    const sig = this.ownSignature
    for (let i = 0; i < params; i++) {
      const vreg = this.vregOf[f.param(f.entry, i)]
      if (vreg < 0 || sig.params[i].reg >= 0) continue
      this.loadFrom(vreg, loadForm(types[i]), Address.Frame, FRAME_ARGS + 8 * sig.params[i].stack, -1)
    }
    this.inst = -1
    this.reverse(first)
    const entry = code.instCount
    code.inst(K.Entry)
    for (let i = 0; i < params; i++) {
      const vreg = this.vregOf[f.param(f.entry, i)]
      if (vreg < 0 || sig.params[i].reg < 0) continue
      code.operand(vreg, OpKind.DefFixed, registerLocation(types[i], sig.params[i].reg))
    }
    this.reverse(entry)
  }

  /** The parameters (locals and operands at the loop) are in the cells, in order. */
  private loopEntry(): void {
    const { f, code } = this
    const first = code.instCount
    for (let i = 0; i < f.paramCount[f.entry]; i++) {
      const value = f.param(f.entry, i)
      const vreg = this.vregOf[value]
      if (vreg < 0) continue
      this.loadFrom(vreg, loadForm(f.vType[value]), Address.Execution, ExecContext.cells + 8 * i, -1)
    }
    this.inst = -1
    this.reverse(first)
    const entry = code.instCount
    code.inst(K.Entry)
    this.reverse(entry)
  }

  protected addressOf(pointer: number, offset: number, bytes: number): number {
    return address(this, pointer, offset, bytes)
  }

  // --- edges ---------------------------------------------------------------------------------------------------------------

  /** Ends an edge's block. */
  private edgeJump(call: number): void {
    const first = this.code.instCount
    this.beginSuccessors()
    const args = this.arguments(call)
    this.code.inst(K.Jump)
    this.successor(this.blocks.blockOf[this.f.pool[call]], args)
    this.reverse(first)
  }

  private readonly argBuffer: number[] = []

  /** Asks for the arguments of a block call; constants among them are made here. */
  arguments(call: number): number {
    const { pool } = this.f
    const count = pool[call + 1]
    this.argBuffer.length = 0
    for (let i = 0; i < count; i++) this.argBuffer.push(this.use(pool[call + 2 + i]))
    return count
  }

  beginSuccessors(): void {
    this.code.blockSuccs[this.block] = this.code.poolSize
    this.code.blockSuccCount[this.block] = 0
  }

  successor(block: number, args: number): void {
    const { code } = this
    code.push(block)
    code.push(args)
    for (let i = 0; i < args; i++) code.push(this.argBuffer[i])
    code.blockSuccCount[this.block]++
  }
}
