/**
 * Emission: allocated machine code to bytes. Blocks in layout order; an edge's block without moves is jumped over, a jump
 * to the next block is nothing, a branch is turned so that one of its targets follows. sequences.ts has the kinds that
 * are more than one instruction.
 */
import { FRAME_VMCTX, MEMBASE, Reg, SCRATCH, SCRATCH_XMM, TableEntry, VMCTX, Vmctx } from '../../abi.js'
import { RelocKind, SiteKind, siteInfo, type CompileEnv } from '../../compiled.js'
import { Assembler } from '../../isa/x64/assembler.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import {
  ADDRESS_SHIFT,
  Address,
  addressOperands,
  CC_FLOAT_EQ,
  CC_FLOAT_NE,
  CONST_SINGLE,
  K,
  SCALE_SHIFT,
} from '../lower/kinds.js'
import type { Lowering } from '../lower/lowering.js'
import { WIDE } from '../lower/matchers.js'
import { SLOT_BASE, XMM_BASE, type VCode } from '../lower/vcode.js'
import type { Allocator } from '../regalloc/allocator.js'
import { emitBranchTable, emitTable, hasTable } from './branch-table.js'
import { Flags } from './flags.js'
import { emitEpilogue, emitPrologue, frameBytes, slotOffset } from './frame.js'
import { Metadata } from './metadata.js'
import { emitSequence } from './sequences.js'
import { Reach } from './reach.js'
import { TailDuplication } from './tails.js'

const LOOP_ALIGNMENT = 16

export class Emitter {
  readonly env: CompileEnv
  readonly asm: Assembler
  readonly meta = new Metadata()
  code!: VCode
  private allocator!: Allocator
  lowering!: Lowering
  /** Index being emitted, and its instruction. */
  index = 0
  inst = 0
  private blockLabel = new Int32Array(64)
  private firstMove = new Int32Array(64)
  private moveAt = 0
  /** By block: where a jump to it leads. */
  private thread = new Int32Array(64)
  /** The blocks that are emitted, in order. */
  private emitted = new Int32Array(64)
  private emittedCount = 0
  private readonly flags: Flags
  readonly reach = new Reach()
  private readonly tails = new TailDuplication((block) => hasTable(this, block))
  /** Labels of the jump tables to be placed behind the code, by the block that jumps through them. */
  private readonly tables = new Map<number, number>()
  /** Out-of-line calls of other instances' functions: label, return label, index. */
  private readonly farCalls: number[] = []

  constructor(env: CompileEnv) {
    this.env = env
    this.asm = new Assembler(env.checked)
    this.flags = new Flags(env.checked)
  }

  /** Emits the function; returns its frame size. */
  run(code: VCode, allocator: Allocator, lowering: Lowering, frames: boolean): number {
    this.code = code
    this.allocator = allocator
    this.lowering = lowering
    // Padding makes distances uncertain.
    this.reach.isUsed = !this.env.features.jumpErratum
    const size = this.emit(frames)
    if (!this.asm.overreached) return size
    this.reach.isUsed = false
    return this.emit(frames)
  }

  private emit(frames: boolean): number {
    const { asm, code, allocator, lowering } = this
    asm.reset()
    this.meta.reset(frames, lowering, allocator)
    this.farCalls.length = 0
    this.tables.clear()
    this.prepareBlocks()
    this.reach.begin(code, this.emitted, this.emittedCount, this.firstMove)
    this.tails.begin(code, this.firstMove)
    const size = frameBytes(allocator.slotCount)
    emitPrologue(asm, size)
    this.meta.table.endPrologue(asm.size)
    for (let i = 0; i < this.emittedCount; i++) this.block(i)
    asm.padJumps = false
    this.emitFarCalls()
    this.meta.table.emitTraps(asm)
    this.emitTables()
    if (!asm.overreached) asm.finish()
    return size
  }

  private prepareBlocks(): void {
    const { code, asm } = this
    const { moves } = this.allocator
    if (this.blockLabel.length < code.blockCount + 1) {
      this.blockLabel = new Int32Array(code.blockCount * 2)
      this.firstMove = new Int32Array(code.blockCount * 2)
      this.thread = new Int32Array(code.blockCount * 2)
      this.emitted = new Int32Array(code.blockCount * 2)
    }
    let move = 0
    for (let block = 0; block < code.blockCount; block++) {
      this.blockLabel[block] = asm.newLabel()
      while (move < moves.count && moves.key[move] < code.blockStart[block] * 4) move++
      this.firstMove[block] = move
    }
    this.firstMove[code.blockCount] = moves.count
    this.threadJumps()
  }

  /** True for a block that only jumps on. */
  private isEmpty(block: number): boolean {
    const { code } = this
    if (code.blockEnd[block] - code.blockStart[block] !== 2) return false
    if (this.firstMove[block] !== this.firstMove[block + 1]) return false
    return code.kind[code.order[code.blockEnd[block] - 1]] === K.Jump
  }

  /**
   * Finds where a jump to each block really leads, and the blocks to emit: one that is only jumped through is left out.
   * Successors have greater numbers but for back edges, so one backward walk follows chains of any length.
   */
  private threadJumps(): void {
    const { code, thread } = this
    for (let block = code.blockCount - 1; block >= 0; block--) {
      thread[block] = block
      if (!this.isEmpty(block)) continue
      const next = code.pool[code.blockSuccs[block]]
      if (next > block) thread[block] = thread[next]
      else if (!this.isEmpty(next)) thread[block] = next
    }
    this.emittedCount = 0
    for (let i = 0; i < code.blockCount; i++) {
      const block = code.blockLayout[i]
      if (thread[block] === block) this.emitted[this.emittedCount++] = block
    }
  }

  /** Where a jump to a block leads. */
  threaded(block: number): number {
    return this.thread[block]
  }

  labelOf(block: number): number {
    return this.blockLabel[block]
  }

  successor(block: number, n: number): number {
    const { code } = this
    let edge = code.blockSuccs[block]
    for (let i = 0; i < n; i++) edge += 2 + code.pool[edge + 1]
    return this.threaded(code.pool[edge])
  }

  private block(place: number): void {
    const { code, asm } = this
    const block = this.emitted[place]
    const previous = place === 0 ? block : this.emitted[place - 1]
    if (code.blockLoopDepth[block] > code.blockLoopDepth[previous]) asm.align(LOOP_ALIGNMENT)
    asm.padJumps = this.env.features.jumpErratum && !this.isCold(block)
    asm.bind(this.blockLabel[block])
    this.blockBody(block, place)
  }

  /** @param place where in `emitted` the block is, or that of which it is to be the end */
  private blockBody(block: number, place: number): void {
    const { code, asm } = this
    this.flags.forget()
    this.moveAt = this.firstMove[block]
    const head = code.blockStart[block]
    this.movesUpTo(head * 4 + 3)
    for (let index = head + 1; index < code.blockEnd[block]; index++) {
      this.index = index
      this.inst = code.order[index]
      this.movesUpTo(index * 4 + 1)
      const kind = code.kind[this.inst]
      const redundant = (kind === K.Test || kind === K.Cmp || kind === K.CmpImm) && this.flags.has(code, this.inst)
      if (!redundant) {
        if (asm.padJumps && kind >= K.Cmp && kind <= K.Test) this.keepWithBranch(block, place, index)
        this.instruction(block, place)
        this.flags.after(code, this.inst)
      }
      this.movesUpTo(index * 4 + 3)
    }
  }

  /**
   * The processor fuses a comparison with the branch after it, and both must stay within one window then. The length of
   * the comparison is found by emitting it once more than is needed.
   */
  private keepWithBranch(block: number, place: number, index: number): void {
    const { asm, code, inst } = this
    const kind = code.kind[inst]
    if (kind === K.CmpMem || code.kind[code.order[index + 1]] !== K.Branch) return
    const start = asm.size
    this.instruction(block, place)
    const length = asm.size - start
    asm.size = start
    const taken = this.successor(block, 0)
    asm.together(length + asm.jccLength(this.blockLabel[this.follows(taken, place) ? this.successor(block, 1) : taken]))
  }

  /** True for a block of the IR that is not expected to run. */
  private isCold(block: number): boolean {
    const { blocks, f } = this.lowering
    return blocks.irBlock[block] >= 0 && f.cold[blocks.irBlock[block]] !== 0
  }

  private movesUpTo(key: number): void {
    const { moves } = this.allocator
    const end = moves.count
    while (this.moveAt < end && moves.key[this.moveAt] <= key) {
      this.move(moves.src[this.moveAt], moves.dst[this.moveAt])
      this.moveAt++
    }
  }

  private move(src: number, dst: number): void {
    const { asm } = this
    this.flags.written(dst)
    if (src >= SLOT_BASE) {
      if (dst >= XMM_BASE) asm.mem(Form.movsdRM, dst - XMM_BASE, Reg.rbp, slotOffset(src))
      else asm.mem(Form.mov64RM, dst, Reg.rbp, slotOffset(src))
    } else if (dst >= SLOT_BASE) {
      if (src >= XMM_BASE) asm.mem(Form.movsdMR, src - XMM_BASE, Reg.rbp, slotOffset(dst))
      else asm.mem(Form.mov64MR, src, Reg.rbp, slotOffset(dst))
    } else if (src >= XMM_BASE) {
      asm.rr(Form.movapsRM, dst - XMM_BASE, src - XMM_BASE)
    } else {
      asm.rr(Form.mov64RM, dst, src)
    }
  }

  // --- operands --------------------------------------------------------------------------------------------------------------

  /** Hardware number of the register of the n-th operand. */
  reg(n: number): number {
    return this.code.loc(this.inst, n) & 15
  }

  /** Emits `form reg, operand n`, the operand in a register or its slot. */
  any(form: number, reg: number, n: number): void {
    const loc = this.code.loc(this.inst, n)
    if (loc >= SLOT_BASE) this.asm.mem(form, reg, Reg.rbp, slotOffset(loc))
    else this.asm.rr(form, reg, loc & 15)
  }

  private anyImm(form: number, reg: number, n: number, imm: number): void {
    const loc = this.code.loc(this.inst, n)
    if (loc >= SLOT_BASE) this.asm.memi(form, reg, Reg.rbp, slotOffset(loc), imm)
    else this.asm.rri(form, reg, loc & 15, imm)
  }

  /** Emits `form reg, address`; with `imm` an instruction with an immediate. The site is the instruction's own. */
  private address(form: number, reg: number, imm: number, hasImm: boolean): void {
    const { code, asm, inst } = this
    const mode = (code.flags[inst] >>> ADDRESS_SHIFT) & 15
    const scale = (code.flags[inst] >>> SCALE_SHIFT) & 3
    const first = code.operandCount[inst] - addressOperands[mode]
    const disp = code.imm[inst]
    const isAvx = code.kind[inst] === K.AvxMem
    if (mode === Address.Constant) {
      const single = (code.flags[inst] & CONST_SINGLE) !== 0
      const label = single ? asm.f32Const(disp) : asm.f64Const(disp, code.imm2[inst])
      if (isAvx) asm.vrip(form, reg, this.reg(1), label)
      else asm.rip(form, reg, label)
      return
    }
    if (mode === Address.Scaled) {
      asm.memScaled(form, reg, this.reg(first), scale, disp)
      return
    }
    let base = MEMBASE as number
    let index = -1
    if (mode === Address.MemoryIndex) {
      index = this.reg(first)
      if (code.trap[inst] !== 0) asm.assertZeroExtended(index)
    } else if (mode === Address.MemorySum) index = this.reg(first)
    else if (mode === Address.Context) base = VMCTX
    else if (mode === Address.Base) base = this.reg(first)
    else if (mode === Address.BaseIndex) {
      base = this.reg(first)
      index = this.reg(first + 1)
    } else if (mode === Address.Execution) {
      base = SCRATCH
      asm.mem(Form.mov64RM, SCRATCH, VMCTX, Vmctx.execContext)
    } else if (mode === Address.Frame) base = Reg.rbp
    else if (mode === Address.Stack) base = Reg.rsp
    if (code.trap[inst] !== 0) this.trapSite(code.trap[inst], 0)
    if (isAvx) {
      if (index < 0) asm.vmem(form, reg, this.reg(1), base, disp)
      else asm.vmemx(form, reg, this.reg(1), base, index, scale, disp)
    } else if (index < 0) {
      if (hasImm) asm.mi(form, base, disp, imm)
      else asm.mem(form, reg, base, disp)
    } else if (hasImm) asm.memxi(form, base, index, scale, disp, imm)
    else asm.memx(form, reg, base, index, scale, disp)
  }

  // --- sites -----------------------------------------------------------------------------------------------------------------

  /** The instruction that follows traps by a fault. */
  trapSite(trap: number, aux: number): void {
    this.site(siteInfo(SiteKind.Trap, trap, aux), 1)
  }

  /**
   * Where to look values up for the trap that ends a block. Nothing lives there any more; but when the block does nothing else, everything is
   * still where it was at the branch that leads there, what the other way needs included.
   */
  private trapPosition(block: number): number {
    const { code } = this
    let at = block
    while (this.isBare(at) && code.blockPredCount[at] === 1) {
      const pred = this.predecessor(at)
      if (pred < 0) break
      at = pred
    }
    return (code.blockEnd[at] - 1) * 4 + 1
  }

  /** True when a block has nothing but its last instruction. */
  private isBare(block: number): boolean {
    const { code } = this
    return code.blockEnd[block] - code.blockStart[block] === 2 && this.firstMove[block] === this.firstMove[block + 1]
  }

  /** A block that leads to another, -1 when there is none. */
  private predecessor(block: number): number {
    const { code } = this
    for (let from = 0; from < code.blockCount; from++) {
      let edge = code.blockSuccs[from]
      for (let i = 0; i < code.blockSuccCount[from]; i++) {
        if (code.pool[edge] === block) return from
        edge += 2 + code.pool[edge + 1]
      }
    }
    return -1
  }

  /** The call just emitted. */
  callSite(): void {
    this.site(siteInfo(SiteKind.Call), 2)
  }

  private site(info: number, phase: number): void {
    const { code, inst } = this
    this.meta.site(this.asm.size, code.wasmPos[inst], info, code.frame[inst], this.index * 4 + phase)
  }

  /** Jumps to a trap out of line when the condition holds. @param aux of the site (TrapCode says what) */
  trapWhen(cc: number, trap: number, aux = 0): void {
    const { asm, code, inst } = this
    const label = asm.newLabel()
    this.meta.addTrap(
      label,
      siteInfo(SiteKind.Trap, trap, aux),
      code.wasmPos[inst],
      code.frame[inst],
      this.index * 4 + 1,
    )
    this.jumpWhen(cc, label, false)
  }

  private jumpWhen(cc: number, label: number, near: boolean): void {
    const { asm } = this
    if (cc < CC_FLOAT_EQ) {
      this.jcc(cc, label, near)
    } else if (cc === CC_FLOAT_NE) {
      this.jcc(Cc.p, label, near)
      this.jcc(Cc.ne, label, near)
    } else {
      const skip = asm.newLabel()
      asm.jccShort(Cc.p, skip)
      this.jcc(Cc.e, label, near)
      asm.bind(skip)
    }
  }

  /** @param near whether the label is expected to be reached by a short jump */
  jcc(cc: number, label: number, near: boolean): void {
    if (near) this.asm.jccShort(cc, label)
    else this.asm.jcc(cc, label)
  }

  // --- instructions ------------------------------------------------------------------------------------------------------------

  private instruction(block: number, place: number): void {
    const { code, asm, inst } = this
    const form = code.form[inst]
    const imm = code.imm[inst]
    switch (code.kind[inst]) {
      case K.Entry:
        break
      case K.Const:
        // Moves for a compare's users never stand between it and them, constants do not either.
        asm.movImm(this.reg(0), imm, code.imm2[inst])
        break
      case K.FloatConst:
        this.floatConst()
        break
      case K.Move:
        // The register field holds the source: a store form between registers.
        asm.rr(form, this.reg(1), this.reg(0))
        break
      case K.Rm:
        this.any(form, this.reg(0), 2)
        break
      case K.RmMem:
      case K.Load:
      case K.Lea:
      case K.Store:
      case K.CmpMem:
        this.address(form, this.reg(0), 0, false)
        break
      case K.Update:
        this.address(form, this.reg(0), 0, false)
        break
      case K.UpdateImm:
      case K.StoreImm:
        this.address(form, 0, code.imm2[inst], true)
        break
      case K.Ri:
        asm.ri(form, this.reg(0), imm)
        break
      case K.ShiftImm:
        if (imm !== 0) asm.shift(form, this.reg(0), imm)
        break
      case K.ShiftCl:
      case K.Digit:
        asm.r(form, this.reg(0))
        break
      case K.ShiftX:
      case K.Bmi:
        this.shiftX(form)
        break
      case K.BmiUnary: {
        // The form's digit is in the reg field.
        const loc = code.loc(inst, 1)
        if (loc >= SLOT_BASE) asm.vmem(form, 0, this.reg(0), Reg.rbp, slotOffset(loc))
        else asm.vrr(form, 0, this.reg(0), loc)
        break
      }
      case K.Bit:
        asm.rr(form, this.reg(2), this.reg(0))
        break
      case K.Scale:
        this.scale(form, imm)
        break
      case K.Unary:
        this.breakDependency(imm)
        this.any(form, this.reg(0), 1)
        break
      case K.Round:
        this.breakDependency(1)
        this.anyImm(form, this.reg(0), 1, imm)
        break
      case K.ImulImm:
        this.anyImm(form, this.reg(0), 1, imm)
        break
      case K.Sum:
        this.sum(form)
        break
      case K.AddImm:
        this.addImm(form, imm)
        break
      case K.RorX:
        this.rorx(form, imm)
        break
      case K.Avx:
        this.avx(form)
        break
      case K.AvxMem:
        this.address(form, this.reg(0), 0, false)
        break
      case K.AvxConvert: {
        const loc = code.loc(inst, 1)
        if (loc >= SLOT_BASE) asm.vmem(form, this.reg(0), SCRATCH_XMM, Reg.rbp, slotOffset(loc))
        else asm.vrr(form, this.reg(0), SCRATCH_XMM, loc)
        break
      }
      case K.Cmp:
        this.any(form, this.reg(0), 1)
        break
      case K.CmpImm:
        this.anyImm(form, 0, 0, imm)
        break
      case K.Test:
        this.any(form, this.reg(1), 0)
        break
      case K.TrapIf:
        this.trapWhen(imm, code.trap[inst])
        break
      case K.Trap: {
        const pos = this.meta.table.wantFrames ? this.trapPosition(block) : 0
        this.meta.site(asm.size, code.wasmPos[inst], siteInfo(SiteKind.Trap, code.trap[inst]), code.frame[inst], pos)
        asm.op(Form.ud2)
        break
      }
      case K.Branch:
        this.branch(block, place, imm)
        break
      case K.Jump:
        this.jumpOn(block, place)
        break
      case K.JumpTable:
        emitBranchTable(this, block, place, imm)
        break
      case K.Return:
        emitEpilogue(asm, frameBytes(this.allocator.slotCount))
        asm.ret(8 * this.lowering.ownSignature.stackParams)
        break
      case K.Poll:
        this.site(SiteKind.Poll, 1)
        asm.ripReloc(Form.test32MR, Reg.rax, RelocKind.Poll, 0)
        break
      case K.Fuel:
        asm.mem(Form.mov64RM, SCRATCH, VMCTX, Vmctx.fuel)
        asm.mi(Form.sub64MI, SCRATCH, 0, imm)
        this.trapWhen(Cc.s, code.trap[inst])
        break
      default:
        emitSequence(this, code.kind[inst])
    }
  }

  private floatConst(): void {
    const { code, asm, inst } = this
    const dst = this.reg(0)
    const lo = code.imm[inst]
    const hi = code.imm2[inst]
    if (lo === 0 && hi === 0) asm.rr(Form.xorpsRM, dst, dst)
    else if (code.form[inst] === 0) asm.rip(Form.movssRM, dst, asm.f32Const(lo))
    else asm.rip(Form.movsdRM, dst, asm.f64Const(lo, hi))
  }

  /** Zeroes the destination of an instruction that would wait for its old value: 1 an xmm register, 2 a general one. */
  private breakDependency(what: number): void {
    const { asm } = this
    const dst = this.code.loc(this.inst, 0)
    if (what === 0 || dst === this.code.loc(this.inst, 1)) return
    if (what === 1) asm.rr(Form.xorpsRM, dst & 15, dst & 15)
    else asm.rr(Form.xor32RM, dst, dst)
  }

  private shiftX(form: number): void {
    const loc = this.code.loc(this.inst, 1)
    if (loc >= SLOT_BASE) this.asm.vmem(form, this.reg(0), this.reg(2), Reg.rbp, slotOffset(loc))
    else this.asm.vrr(form, this.reg(0), this.reg(2), loc)
  }

  /** A sum; an add when the result takes the place of a summand or a summand is in its slot. */
  private sum(form: number): void {
    const { asm, code, inst } = this
    const dst = this.reg(0)
    const wide = form & WIDE
    const a = code.loc(inst, 1)
    const b = code.loc(inst, 2)
    if (a < SLOT_BASE && b < SLOT_BASE && a !== dst && b !== dst) {
      asm.memx(form, dst, a, b, 0, 0)
      return
    }
    // The place of `a` is overwritten only when `b` has no better one.
    const first = b === dst ? b : a
    const second = b === dst ? a : b
    if (first >= SLOT_BASE) asm.mem(Form.mov32RM | wide, dst, Reg.rbp, slotOffset(first))
    else if (first !== dst) asm.rr(Form.mov64RM, dst, first)
    if (second >= SLOT_BASE) asm.mem(Form.add32RM | wide, dst, Reg.rbp, slotOffset(second))
    else asm.rr(Form.add32RM | wide, dst, second)
  }

  /** x + imm: an add when the result takes the place of x, otherwise a lea. */
  private addImm(form: number, imm: number): void {
    const { asm } = this
    const dst = this.reg(0)
    const loc = this.code.loc(this.inst, 1)
    const wide = form & WIDE
    if (loc >= SLOT_BASE) asm.mem(Form.mov32RM | wide, dst, Reg.rbp, slotOffset(loc))
    else if (loc !== dst) {
      asm.mem(form, dst, loc, imm)
      return
    }
    // Shorter by one byte: inc, dec, and an immediate of -128.
    if (imm === 1) asm.r(Form.inc32M | wide, dst)
    else if (imm === -1) asm.r(Form.dec32M | wide, dst)
    else if (imm === 128) asm.ri(Form.sub32MI | wide, dst, -128)
    else asm.ri(Form.add32MI | wide, dst, imm)
  }

  /** x << 1 to 3: a shift when the result takes the place of x, otherwise a lea; x + x is the shorter one. */
  private scale(form: number, count: number): void {
    const { asm } = this
    const dst = this.reg(0)
    const x = this.reg(1)
    if (dst === x) asm.shift(Form.shl32MI | (form & WIDE), dst, count)
    else if (count === 1) asm.memx(form, dst, x, x, 0, 0)
    else asm.memScaled(form, dst, x, count, 0)
  }

  private rorx(form: number, count: number): void {
    const { asm } = this
    const dst = this.reg(0)
    const loc = this.code.loc(this.inst, 1)
    if (loc >= SLOT_BASE) asm.vmemi(form, dst, 0, Reg.rbp, slotOffset(loc), count)
    else if (loc !== dst) asm.vrri(form, dst, 0, loc, count)
    else if (count !== 0) asm.shift(Form.ror32MI | (form & WIDE), dst, count)
  }

  private avx(form: number): void {
    const loc = this.code.loc(this.inst, 2)
    if (loc >= SLOT_BASE) this.asm.vmem(form, this.reg(0), this.reg(1), Reg.rbp, slotOffset(loc))
    else this.asm.vrr(form, this.reg(0), this.reg(1), loc & 15)
  }

  private jumpTo(target: number, place: number): void {
    if (!this.follows(target, place)) this.jump(target, place)
  }

  /** Jumps to a block, also to the one that follows. */
  jump(target: number, place: number): void {
    if (this.reach.isNear(place, target)) this.asm.jmpShort(this.blockLabel[target])
    else this.asm.jmp(this.blockLabel[target])
  }

  /** Jumps to a block when the condition holds. */
  branchTo(cc: number, target: number, place: number): void {
    this.jumpWhen(cc, this.blockLabel[target], this.reach.isNear(place, target))
  }

  /** The jump at the end of a block. */
  private jumpOn(block: number, place: number): void {
    const target = this.successor(block, 0)
    if (this.follows(target, place) || !this.tails.takes(block, target)) {
      this.jumpTo(target, place)
      return
    }
    const { index, inst } = this
    this.blockBody(target, place)
    this.index = index
    this.inst = inst
    this.moveAt = this.firstMove[block + 1]
  }

  /** Label of the table of the block that jumps through it. */
  tableOf(block: number): number {
    let label = this.tables.get(block)
    if (label === undefined) this.tables.set(block, (label = this.asm.newLabel()))
    return label
  }

  private emitTables(): void {
    const { asm } = this
    for (const [block, label] of this.tables) {
      while ((asm.size & 7) !== 0) asm.byte(0xcc)
      asm.bind(label)
      emitTable(this, block)
    }
  }

  /** True when `target` is emitted right after the block at `place`. */
  follows(target: number, place: number): boolean {
    return place + 1 < this.emittedCount && this.emitted[place + 1] === target
  }

  private branch(block: number, place: number, cc: number): void {
    const taken = this.successor(block, 0)
    const other = this.successor(block, 1)
    if (this.follows(taken, place)) {
      this.branchTo(cc ^ 1, other, place)
      return
    }
    // Of two jumps the first should be the one that goes on in the loop.
    const { blockLoopDepth } = this.code
    if (!this.follows(other, place) && blockLoopDepth[other] > blockLoopDepth[taken]) {
      this.branchTo(cc ^ 1, other, place)
      this.jumpTo(taken, place)
      return
    }
    this.branchTo(cc, taken, place)
    this.jumpTo(other, place)
  }

  // --- calls of other instances' functions -------------------------------------------------------------------------------------

  addFarCall(label: number, back: number): void {
    this.farCalls.push(label, back, this.index)
  }

  /** VMCTX and MEMBASE back after a call that may have been to another instance. */
  restoreInstance(): void {
    this.asm.mem(Form.mov64RM, VMCTX, Reg.rbp, FRAME_VMCTX)
    this.asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
  }

  private emitFarCalls(): void {
    const { asm, farCalls } = this
    for (let i = 0; i < farCalls.length; i += 3) {
      asm.bind(farCalls[i])
      this.index = farCalls[i + 2]
      this.inst = this.code.order[this.index]
      asm.mem(Form.mov64RM, VMCTX, Reg.r10, TableEntry.ctx)
      asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
      asm.m(Form.callM, Reg.r10, TableEntry.code)
      this.callSite()
      this.restoreInstance()
      asm.jmp(farCalls[i + 1])
    }
  }
}
