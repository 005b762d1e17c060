/**
 * Instruction selection: IR to machine code with virtual registers, blocks and instructions backwards (Cranelift's
 * machinst/lower.rs). An instruction that nobody has asked for is skipped, so dead code costs nothing; a user may swallow
 * what computes its operand: compares go into branches and selects, loads into arithmetic, constants into immediates.
 *
 * A load moves down to its user only when the user is the only one, in the same block, and nothing with an effect lies
 * between: every instruction that is not pure begins a new *color*.
 *
 * Constants are made anew for every user, so none lives long. This file has the walk and what all operations share;
 * integer.ts, float.ts, memory.ts, calls.ts and control.ts lower the operations.
 */
import { ExecContext, FRAME_ARGS, MemoryRecord, signatureOf, TrapCode, Vmctx, type Signature } from '../../abi.js'
import type { CompileEnv } from '../../compiled.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import { Cfg } from '../ir/cfg.js'
import { DomTree } from '../ir/domtree.js'
import type { IrFunction } from '../ir/function.js'
import { Loops } from '../ir/loops.js'
import { Effect, IrOp, opArgs, opEffect, Form as IrForm, opForm } from '../ir/ops.js'
import { ACCESS_SIGNED, ACCESS_WIDTH_MASK, Ty, accessMemory, isFloatTy } from '../ir/types.js'
import { KnownBits } from './bits.js'
import { BlockOrder } from './blocks.js'
import { CallsLast } from './calls-last.js'
import { ADDRESS_SHIFT, Address, CONST_SINGLE, K, SCALE_SHIFT } from './kinds.js'
import { Scheduler } from './schedule.js'
import { OpKind, RegClass, type VCode } from './vcode.js'

/** REX.W of a form: turns the 32-bit instruction into that for 64 bits. */
export const WIDE = 1 << 12

/** Largest displacement of an address: it is a signed 32-bit number. */
const MAX_DISPLACEMENT = 0x7fffffff

/** Constants kept in registers through a loop; more would crowd out what the loop computes. */
const MAX_KEPT = 4
const KEPT_WORDS = 4

/** The function has something that this tier does not compile; the caller uses the baseline tier. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported'
}

export class Lowering {
  readonly env: CompileEnv
  readonly code: VCode
  f!: IrFunction
  readonly cfg = new Cfg()
  private readonly dom = new DomTree()
  private readonly loops = new Loops()
  private readonly callsLast = new CallsLast()
  readonly blocks = new BlockOrder()
  private readonly bits = new KnownBits()
  private readonly scheduler = new Scheduler()
  private readonly signatures = new Map<number, Signature>()

  /** Machine block at hand, and the IR instruction. */
  block = 0
  inst = 0
  /** Virtual register of each value, -1 when nobody has asked for it. */
  private vregOf = new Int32Array(1024)
  private uses = new Int32Array(1024)
  /** 1 for values that something lowered so far reads. */
  private asked = new Uint8Array(1024)
  /** Number of effects before each instruction. */
  private color = new Int32Array(1024)
  private sunk = new Uint8Array(1024)
  private reversed = new Int32Array(1024)
  private reversedCount = 0
  /** Constants to be made before loops: machine block, low and high half, virtual register. */
  private readonly kept = new Int32Array(MAX_KEPT * 8 * KEPT_WORDS)
  private keptCount = 0

  // The address that `address` or `tryLoad` made.
  private addressMode = 0
  private addressDisp = 0
  private addressBase = -1
  private addressIndex = -1
  private addressScale = 0
  private addressHigh = 0
  private addressFlags = 0

  private readonly lowerInst: (l: Lowering, inst: number) => void

  constructor(env: CompileEnv, code: VCode, lowerInst: (l: Lowering, inst: number) => void) {
    this.env = env
    this.code = code
    this.lowerInst = lowerInst
  }

  signature(typeIndex: number): Signature {
    let signature = this.signatures.get(typeIndex)
    if (signature === undefined) {
      signature = signatureOf(this.env.info.types[typeIndex])
      this.signatures.set(typeIndex, signature)
    }
    return signature
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
    this.keptCount = 0
    this.makeParams()
    for (let block = code.blockCount - 1; block >= 0; block--) this.lowerBlock(block)
    this.finishOrder()
  }

  /** Virtual register that holds a value after all, or -1: for frame states. */
  placedVreg(value: number): number {
    const source = this.source(value)
    return this.vregOf[source]
  }

  private countUses(): void {
    const { f, cfg } = this
    if (this.vregOf.length < f.valueCount) {
      this.vregOf = new Int32Array(f.valueCount * 2)
      this.uses = new Int32Array(f.valueCount * 2)
      this.asked = new Uint8Array(f.valueCount * 2)
    }
    if (this.color.length < f.instCount) {
      this.color = new Int32Array(f.instCount * 2)
      this.sunk = new Uint8Array(f.instCount * 2)
    }
    this.vregOf.fill(-1, 0, f.valueCount)
    this.uses.fill(0, 0, f.valueCount)
    this.asked.fill(0, 0, f.valueCount)
    this.sunk.fill(0, 0, f.instCount)
    for (let i = 0; i < cfg.count; i++) {
      for (let inst = f.firstInst[cfg.rpo[i]]; inst >= 0; inst = f.next[inst]) {
        const op = f.op[inst]
        for (let k = 0; k < opArgs[op]; k++) this.uses[f.arg(inst, k)]++
        const form = opForm[op]
        if (form === IrForm.Call || form === IrForm.CallIndirect || form === IrForm.Return) this.countList(f.aux[inst])
        for (let k = f.successorCount(inst) - 1; k >= 0; k--) this.countList(f.successorCall(inst, k) + 1)
      }
    }
  }

  private colorEffects(): void {
    const { f, cfg } = this
    let color = 0
    for (let i = 0; i < cfg.count; i++) {
      for (let inst = f.firstInst[cfg.rpo[i]]; inst >= 0; inst = f.next[inst]) {
        this.color[inst] = color
        if (opEffect[f.op[inst]] !== Effect.Pure) color++
      }
    }
  }

  private countList(at: number): void {
    const { pool } = this.f
    for (let i = 1; i <= pool[at]; i++) this.uses[pool[at + i]]++
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
        if (this.sunk[inst] !== 0 || !this.isNeeded(inst)) continue
        this.inst = inst
        const first = code.instCount
        this.lowerInst(this, inst)
        this.reverse(first)
        if (this.keptCount !== 0 && inst === f.lastInst[ir]) this.makeKept()
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

  private isNeeded(inst: number): boolean {
    const { f } = this
    if (opEffect[f.op[inst]] !== Effect.Pure) return true
    return this.vregOf[f.firstResult[inst]] >= 0
  }

  /** Appends the instructions made since `first`, which are in program order, to the reversed list. */
  private reverse(first: number): void {
    const { code } = this
    const count = code.instCount - first
    if (this.reversedCount + count > this.reversed.length) {
      const next = new Int32Array(Math.max(this.reversed.length * 2, this.reversedCount + count))
      next.set(this.reversed)
      this.reversed = next
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
      const load = code.inst(K.Load, loadForm(types[i]), FRAME_ARGS + 8 * sig.params[i].stack)
      code.flags[load] |= Address.Frame << ADDRESS_SHIFT
      code.operand(vreg, OpKind.Def)
    }
    this.inst = -1
    this.reverse(first)
    const entry = code.instCount
    code.inst(K.Entry)
    for (let i = 0; i < params; i++) {
      const vreg = this.vregOf[f.param(f.entry, i)]
      if (vreg < 0 || sig.params[i].reg < 0) continue
      code.operand(vreg, OpKind.DefFixed, isFloatTy(types[i]) ? 16 + sig.params[i].reg : sig.params[i].reg)
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
      const load = code.inst(K.Load, loadForm(f.vType[value]), ExecContext.cells + 8 * i)
      code.flags[load] |= Address.Execution << ADDRESS_SHIFT
      code.operand(vreg, OpKind.Def)
    }
    this.inst = -1
    this.reverse(first)
    const entry = code.instCount
    code.inst(K.Entry)
    this.reverse(entry)
  }

  /** Whether the version is entered at a loop, with the values of `loopEntry`, instead of at its start. */
  entersAtLoop = false
  /** Signature of the function being lowered. */
  ownSignature: Signature = { params: [], results: [], stackParams: 0, stackResults: 0 }

  // --- values --------------------------------------------------------------------------------------------------------------

  /** The value itself behind extensions, and wraps and masks of what is small enough already, that cost nothing. */
  source(value: number): number {
    const { f } = this
    let v = value
    for (;;) {
      const def = f.definition(v)
      if (def < 0 || !this.bits.changesNothing(def)) return v
      v = f.arg0[def]
    }
  }

  classOf(value: number): number {
    return isFloatTy(this.f.vType[value]) ? RegClass.Xmm : RegClass.Gpr
  }

  isConst(value: number): boolean {
    const def = this.f.definition(this.source(value))
    return def >= 0 && this.f.op[def] === IrOp.Iconst
  }

  /** Low and high half of an integer constant; the low half of a float one. */
  constLo(value: number): number {
    return this.f.immLo[this.f.definition(this.source(value))]
  }
  constHi(value: number): number {
    const source = this.source(value)
    return this.f.vType[source] === Ty.I32 ? 0 : this.f.immHi[this.f.definition(source)]
  }

  /** True when a value is a constant that a sign-extended 32-bit immediate can stand for at the value's own width. */
  isImm(value: number): boolean {
    if (!this.isConst(value)) return false
    if (this.f.vType[value] === Ty.I32) return true
    return this.constHi(value) === this.constLo(value) >> 31
  }

  /** The virtual register of a value; asks for it to be computed. */
  use(value: number): number {
    const { f, code } = this
    const v = this.source(value)
    const def = f.definition(v)
    if (def >= 0 && f.op[def] === IrOp.Iconst) {
      const high = f.vType[v] === Ty.I32 ? 0 : f.immHi[def]
      const kept = high !== 0 && high !== f.immLo[def] >> 31 ? this.keptConst(f.immLo[def], high) : -1
      if (kept >= 0) return kept
      const vreg = code.newVreg(RegClass.Gpr)
      code.inst(K.Const, 0, f.immLo[def], high)
      code.operand(vreg, OpKind.Def)
      return vreg
    }
    if (def >= 0 && f.op[def] === IrOp.Fconst) {
      const vreg = code.newVreg(RegClass.Xmm)
      code.inst(K.FloatConst, f.vType[v] === Ty.F64 ? 1 : 0, f.immLo[def], f.immHi[def])
      code.operand(vreg, OpKind.Def)
      return vreg
    }
    this.asked[v] = 1
    return this.place(v)
  }

  /**
   * A constant of 64 bits takes 10 bytes to make, so in a loop it is made once, before the outermost one, as long as there
   * are few; under pressure the allocator leaves it in its slot. -1 outside of loops or when there are too many.
   */
  private keptConst(low: number, high: number): number {
    const { loops, kept, code } = this
    const block = this.blocks.irBlock[this.block]
    let loop = block < 0 ? -1 : loops.loopOf[block]
    if (loop < 0) return -1
    while (loops.parent[loop] >= 0) loop = loops.parent[loop]
    const before = this.blocks.blockOf[this.dom.idom[loops.header[loop]]]
    let inLoop = 0
    for (let i = 0; i < this.keptCount; i += KEPT_WORDS) {
      if (kept[i] !== before) continue
      if (kept[i + 1] === low && kept[i + 2] === high) return kept[i + 3]
      inLoop++
    }
    if (inLoop >= MAX_KEPT || this.keptCount + KEPT_WORDS > kept.length) return -1
    const vreg = code.newVreg(RegClass.Gpr)
    kept[this.keptCount++] = before
    kept[this.keptCount++] = low
    kept[this.keptCount++] = high
    kept[this.keptCount++] = vreg
    return vreg
  }

  /** Makes the constants of the loops behind a block at its end. */
  private makeKept(): void {
    const { kept, code } = this
    const first = code.instCount
    let left = 0
    for (let i = 0; i < this.keptCount; i += KEPT_WORDS) {
      if (kept[i] === this.block) {
        code.inst(K.Const, 0, kept[i + 1], kept[i + 2])
        code.operand(kept[i + 3], OpKind.Def)
        continue
      }
      kept.copyWithin(left, i, i + KEPT_WORDS)
      left += KEPT_WORDS
    }
    this.keptCount = left
    this.reverse(first)
  }

  /** The virtual register of a parameter or result. */
  private place(value: number): number {
    if (this.vregOf[value] < 0) this.vregOf[value] = this.code.newVreg(this.classOf(value))
    return this.vregOf[value]
  }

  /** As `use` for an instruction that reads no more than the low 32 bits of its operand. */
  useLow(value: number): number {
    const { f } = this
    const def = f.definition(value)
    return this.use(def >= 0 && f.op[def] === IrOp.Wrap && this.isPrivate(value) ? f.arg0[def] : value)
  }

  /** True when something after the instruction at hand reads a value, or the instruction itself has asked for it. */
  isWanted(value: number): boolean {
    return this.asked[this.source(value)] !== 0
  }

  /** As `isWanted`, and also true for what is defined outside of the loop at hand: its next turn may read it. */
  livesOn(value: number): boolean {
    const { f, loops } = this
    const v = this.source(value)
    if (this.asked[v] !== 0) return true
    const def = f.definition(v)
    const block = def >= 0 ? f.block[def] : f.vA[v]
    return loops.depthOf(block) < this.code.blockLoopDepth[this.block]
  }

  /** Register that the instruction at hand is to write its n-th result to; a fresh one when nobody wants it. */
  result(inst: number, n = 0): number {
    return this.place(this.f.firstResult[inst] + n)
  }

  gpr(): number {
    return this.code.newVreg(RegClass.Gpr)
  }

  /** True when only one instruction, in the block at hand, uses a value: it may be computed there instead. */
  isPrivate(value: number): boolean {
    const def = this.f.definition(value)
    return def >= 0 && this.uses[value] === 1 && this.inst >= 0 && this.f.block[def] === this.f.block[this.inst]
  }

  /** As `isPrivate` for a user that is itself computed at the instruction at hand. */
  isPrivateIn(value: number, user: number): boolean {
    const def = this.f.definition(value)
    return def >= 0 && this.uses[value] === 1 && this.f.block[def] === this.f.block[user]
  }

  /** True when `tryLoad` will merge a value into the instruction at hand. */
  isPrivateLoad(value: number): boolean {
    const { f } = this
    const def = f.definition(value)
    if (def < 0 || f.op[def] !== IrOp.Load || !this.isPrivate(value) || this.vregOf[value] >= 0) return false
    const ty = f.vType[value]
    const wide = ty === Ty.I64 || ty === Ty.F64
    if ((f.aux[def] & ACCESS_WIDTH_MASK) !== (wide ? 3 : 2) || (f.aux[def] & ACCESS_SIGNED) !== 0) return false
    return this.color[def] + 1 === this.color[this.inst] && this.env.bounds !== 'explicit'
  }

  /** How often the function uses a value. */
  useCount(value: number): number {
    return this.uses[value]
  }

  /** Whether an instruction is computed at one of its users. */
  isSunk(inst: number): boolean {
    return this.sunk[inst] !== 0
  }

  /** The instruction at hand computes another of its block. */
  sink(inst: number): void {
    this.sunk[inst] = 1
  }

  isSameBlock(value: number): boolean {
    const def = this.f.definition(value)
    return def >= 0 && this.inst >= 0 && this.f.block[def] === this.f.block[this.inst]
  }

  /**
   * When a value is a load of its whole width that can move to the instruction at hand, or a float constant, makes its
   * address and is true.
   */
  tryLoad(value: number): boolean {
    if (this.tryConst(value)) return true
    if (!this.isPrivateLoad(value)) return false
    const { f } = this
    const def = f.definition(value)
    this.sunk[def] = 1
    this.address(def, 1 << (f.aux[def] & ACCESS_WIDTH_MASK))
    this.loadOf = def
    return true
  }

  /** When a value is a float constant, makes the address of its place in the constant pool and is true. */
  tryConst(value: number): boolean {
    const { f } = this
    const def = f.definition(value)
    if (def < 0 || f.op[def] !== IrOp.Fconst) return false
    this.addressMode = Address.Constant
    this.addressDisp = f.immLo[def]
    this.addressHigh = f.immHi[def]
    this.addressFlags = f.vType[value] === Ty.F32 ? CONST_SINGLE : 0
    this.addressBase = -1
    this.addressIndex = -1
    this.addressScale = 0
    return true
  }

  /** The IR load that `tryLoad` merged. */
  loadOf = -1

  // --- addresses -----------------------------------------------------------------------------------------------------------

  /** Makes the address of a load or store of `bytes` bytes; with explicit bounds emits the check. */
  address(access: number, bytes: number): void {
    const { f, code } = this
    if (accessMemory(f.aux[access]) !== 0) throw new Unsupported('more than one memory')
    let pointer = f.arg0[access]
    let offset = f.immLo[access] >>> 0
    if (f.immHi[access] !== 0) throw new Unsupported('64-bit offset')
    this.addressBase = -1
    this.addressIndex = -1
    this.addressScale = 0
    if (this.isConst(pointer)) {
      const at = (this.constLo(pointer) >>> 0) + offset
      if (at < MAX_DISPLACEMENT - bytes && this.env.bounds !== 'explicit') {
        this.addressMode = Address.Memory
        this.addressDisp = at
        return
      }
    }
    if (this.env.bounds !== 'explicit') {
      const sum = this.foldableSum(pointer, offset + bytes)
      if (sum >= 0) {
        offset += this.constLo(f.arg1[sum])
        pointer = f.arg0[sum]
      }
      const shift = this.foldableShift(pointer)
      if (shift >= 0 && offset <= MAX_DISPLACEMENT) {
        this.addressScale = this.constLo(f.arg1[shift]) & 31
        pointer = f.arg0[shift]
      }
    }
    let index = this.use(pointer)
    this.addressMode = Address.MemoryIndex
    this.addressDisp = offset
    if (this.env.bounds === 'explicit') this.checkBounds(index, offset + bytes)
    if (offset > MAX_DISPLACEMENT) {
      const sum = this.gpr()
      const far = this.gpr()
      code.inst(K.Const, 0, offset | 0, 0)
      code.operand(far, OpKind.Def)
      code.inst(K.Sum, Form.lea64RM)
      code.operand(sum, OpKind.Def)
      code.operand(index, OpKind.Use)
      code.operand(far, OpKind.Use)
      index = sum
      this.addressMode = Address.MemorySum
      this.addressDisp = 0
    }
    this.addressIndex = index
  }

  /** The instruction of a pointer that nobody else needs: a sum with a constant that does not wrap. -1 for none. */
  private foldableSum(pointer: number, last: number): number {
    const { f } = this
    const def = f.definition(pointer)
    if (def < 0 || f.op[def] !== IrOp.Iadd || f.ty[def] !== Ty.I32 || this.isWanted(pointer)) return -1
    if (!this.isConst(f.arg1[def])) return -1
    const more = this.constLo(f.arg1[def])
    if (more < 0 || last + more > MAX_DISPLACEMENT) return -1
    return 2 ** this.bits.activeBits(f.arg0[def]) + more <= 2 ** 32 ? def : -1
  }

  /** The same for a shift to the left by 1 to 3. */
  private foldableShift(pointer: number): number {
    const { f } = this
    const def = f.definition(pointer)
    if (def < 0 || f.op[def] !== IrOp.Ishl || f.ty[def] !== Ty.I32 || this.isWanted(pointer)) return -1
    if (!this.isConst(f.arg1[def])) return -1
    const count = this.constLo(f.arg1[def]) & 31
    return count >= 1 && count <= 3 && this.bits.activeBits(f.arg0[def]) + count <= 32 ? def : -1
  }

  private checkBounds(index: number, last: number): void {
    const { code } = this
    const end = this.gpr()
    const far = this.gpr()
    const record = this.gpr()
    code.inst(K.Const, 0, last | 0, last > 0xffffffff ? 1 : 0)
    code.operand(far, OpKind.Def)
    code.inst(K.Sum, Form.lea64RM)
    code.operand(end, OpKind.Def)
    code.operand(index, OpKind.Use)
    code.operand(far, OpKind.Use)
    this.loadFrom(record, Form.mov64RM, Address.Context, Vmctx.memory0, -1)
    const compare = code.inst(K.CmpMem, Form.cmp64RM, MemoryRecord.bytes)
    code.flags[compare] |= Address.Base << ADDRESS_SHIFT
    code.operand(end, OpKind.Use)
    code.operand(record, OpKind.Use)
    this.trapIf(Cc.a, TrapCode.MemoryOutOfBounds)
  }

  /** Gives the last instruction the address made, as its last operands. */
  addAddress(): void {
    const { code } = this
    const inst = code.instCount - 1
    code.flags[inst] |= (this.addressMode << ADDRESS_SHIFT) | (this.addressScale << SCALE_SHIFT)
    code.imm[inst] = this.addressDisp
    if (this.addressMode === Address.Constant) {
      code.imm2[inst] = this.addressHigh
      code.flags[inst] |= this.addressFlags
      return
    }
    if (this.addressBase >= 0) code.operand(this.addressBase, OpKind.Use)
    if (this.addressIndex >= 0) code.operand(this.addressIndex, OpKind.Use)
    code.trap[inst] = TrapCode.MemoryOutOfBounds
    if (this.loadOf < 0) return
    // The fault is the load's, not its user's.
    code.wasmPos[inst] = this.f.wasmPos[this.loadOf]
    code.frame[inst] = this.f.frame[this.loadOf]
    this.loadOf = -1
  }

  /** A load that does not trap, from [mode + disp] with at most one operand. */
  loadFrom(dst: number, form: number, mode: number, disp: number, base: number): void {
    const { code } = this
    const inst = code.inst(K.Load, form, disp)
    code.flags[inst] |= mode << ADDRESS_SHIFT
    code.operand(dst, OpKind.Def)
    if (base >= 0) code.operand(base, OpKind.Use)
  }

  trapIf(cc: number, trap: number): void {
    const { code } = this
    const inst = code.inst(K.TrapIf, 0, cc)
    code.trap[inst] = trap
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

/** The move that loads a value of a type whole. */
export function loadForm(ty: number): number {
  return ty === Ty.I32 ? Form.mov32RM : ty === Ty.F32 ? Form.movssRM : ty === Ty.F64 ? Form.movsdRM : Form.mov64RM
}
