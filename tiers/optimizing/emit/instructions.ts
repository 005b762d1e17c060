/**
 * Emission of machine instructions that are one x86 instruction each: operands where the allocator put them, in registers or in slots,
 * and addresses. Some choose between two encodings by where their operands are: an add or a lea.
 */
import { MEMBASE, Reg, SCRATCH, SCRATCH_XMM, VMCTX, Vmctx } from '../../abi.js'
import type { CompileEnv } from '../../compiled.js'
import { Assembler } from '../../isa/x64/assembler.js'
import { Form, WIDE } from '../../isa/x64/forms.js'
import { Address, addressMode, addressOperands, addressScale, CONST_SINGLE, K } from '../lower/kinds.js'
import { SLOT_BASE, XMM_BASE, type VCode } from '../lower/vcode.js'
import { slotOffset } from './frame.js'

/** Whether a sum is a lea, which leaves the flags alone: its summands are in registers, and not in the result's. */
export function isLea(dst: number, a: number, b: number = a): boolean {
  return a < SLOT_BASE && b < SLOT_BASE && a !== dst && b !== dst
}

export abstract class InstructionEmitter {
  readonly env: CompileEnv
  readonly asm: Assembler
  code!: VCode
  /** Index being emitted, and its instruction. */
  index = 0
  inst = 0

  constructor(env: CompileEnv) {
    this.env = env
    this.asm = new Assembler(env.checked)
  }

  /** The instruction that follows traps by a fault. @param aux of the site (TrapCode says what) */
  abstract trapSite(trap: number, aux: number): void

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

  /** The same for a VEX form of three operands. */
  private vexAny(form: number, reg: number, second: number, n: number): void {
    const loc = this.code.loc(this.inst, n)
    if (loc >= SLOT_BASE) this.asm.vmem(form, reg, second, Reg.rbp, slotOffset(loc))
    else this.asm.vrr(form, reg, second, loc & 15)
  }

  protected anyImm(form: number, reg: number, n: number, imm: number): void {
    const loc = this.code.loc(this.inst, n)
    if (loc >= SLOT_BASE) this.asm.memi(form, reg, Reg.rbp, slotOffset(loc), imm)
    else this.asm.rri(form, reg, loc & 15, imm)
  }

  /** Emits `form reg, address`; with `imm` an instruction with an immediate. The site is the instruction's own. */
  private address(form: number, reg: number, imm: number, hasImm: boolean): void {
    const { code, asm, inst } = this
    const mode = addressMode(code.flags[inst])
    const scale = addressScale(code.flags[inst])
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

  /** A move of the allocator between two places. */
  protected move(src: number, dst: number): void {
    const { asm } = this
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

  // --- instructions ------------------------------------------------------------------------------------------------------------

  /** Emits the instruction at hand when it is a single one; false for all others. */
  protected single(): boolean {
    const { code, asm, inst } = this
    const form = code.form[inst]
    const imm = code.imm[inst]
    switch (code.kind[inst]) {
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
      case K.AvxMem:
      case K.Load:
      case K.Lea:
      case K.Store:
      case K.Update:
      case K.CmpMem:
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
      case K.SwapBytes:
        if (imm === 64) asm.bswap64(this.reg(0))
        else asm.bswap32(this.reg(0))
        break
      case K.ShiftCl:
      case K.Digit:
        asm.r(form, this.reg(0))
        break
      case K.ShiftX:
      case K.Bmi:
        this.vexAny(form, this.reg(0), this.reg(2), 1)
        break
      case K.BmiUnary:
        // The form's digit is in the reg field.
        this.vexAny(form, 0, this.reg(0), 1)
        break
      case K.Bit:
        asm.rr(form, this.reg(2), this.reg(0))
        break
      case K.Scale:
        this.scale(form, imm)
        break
      case K.Unary:
        if (imm !== 0) this.breakDependency()
        this.any(form, this.reg(0), 1)
        break
      case K.Round:
        this.breakDependency()
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
        this.vexAny(form, this.reg(0), this.reg(1), 2)
        break
      case K.AvxConvert:
        this.vexAny(form, this.reg(0), SCRATCH_XMM, 1)
        break
      case K.Cmp:
        this.any(form, this.reg(0), 1)
        break
      case K.CmpImm:
        this.anyImm(form, 0, 0, imm)
        break
      case K.Test:
        this.any(form, this.reg(1), 0)
        break
      default:
        return false
    }
    return true
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

  /** Zeroes the destination of an instruction that would wait for its old value. */
  private breakDependency(): void {
    const { asm } = this
    const dst = this.code.loc(this.inst, 0)
    if (dst === this.code.loc(this.inst, 1)) return
    if (dst >= XMM_BASE) asm.rr(Form.xorpsRM, dst & 15, dst & 15)
    else asm.rr(Form.xor32RM, dst, dst)
  }

  /** A sum; an add when the result takes the place of a summand or a summand is in its slot. */
  private sum(form: number): void {
    const { asm, code, inst } = this
    const dst = this.reg(0)
    const wide = form & WIDE
    const a = code.loc(inst, 1)
    const b = code.loc(inst, 2)
    if (isLea(dst, a, b)) {
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
    if (isLea(dst, loc)) {
      asm.mem(form, dst, loc, imm)
      return
    }
    if (loc >= SLOT_BASE) asm.mem(Form.mov32RM | wide, dst, Reg.rbp, slotOffset(loc))
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
}
