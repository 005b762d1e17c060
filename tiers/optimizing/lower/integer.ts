/** Lowering of integer arithmetic, shifts, divisions and bit counts, and what other files share of it. */
import { Reg } from '../../abi.js'
import { Form } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import { ADDRESS_SHIFT, Address, K, SCALE_SHIFT } from './kinds.js'
import { Unsupported, WIDE, type Lowering } from './lowering.js'
import { InstFlag, OpKind } from './vcode.js'

/** Largest scale of an address, as a logarithm. */
const MAX_SCALE = 3

export function wideOf(ty: number): number {
  return ty === Ty.I32 ? 0 : WIDE
}

/** An operand of an instruction of a type's width: a 32-bit one reads the low half of whatever is there. */
export function useNarrow(l: Lowering, value: number): number {
  return l.f.vType[value] === Ty.I32 ? l.useLow(value) : l.use(value)
}

/** Two-operand instruction d = a op b; `imm` the form with an immediate, 0 for none. */
export function binary(l: Lowering, inst: number, form: number, imm: number, commutes: boolean): void {
  const { code, f } = l
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  if (commutes && l.isConst(a)) [a, b] = [b, a]
  const dst = l.result(inst)
  if (imm !== 0 && l.isImm(b)) {
    const x = useNarrow(l, a)
    code.inst(K.Ri, imm, l.constLo(b))
    code.operand(dst, OpKind.DefReuse)
    code.operand(x, OpKind.UseReuse)
    return
  }
  if (commutes && !l.isPrivateLoad(b)) {
    // The result takes the place of one that is not needed afterwards.
    if (l.isPrivateLoad(a) || (l.livesOn(a) && !l.livesOn(b))) [a, b] = [b, a]
  }
  const x = useNarrow(l, a)
  if (l.tryLoad(b)) {
    code.inst(K.RmMem, form)
    code.operand(dst, OpKind.DefReuse)
    code.operand(x, OpKind.UseReuse)
    l.addAddress()
    return
  }
  const y = useNarrow(l, b)
  code.inst(K.Rm, form)
  code.operand(dst, OpKind.DefReuse)
  code.operand(x, OpKind.UseReuse)
  code.operand(y, OpKind.UseAny)
}

/** d = f(a) by R from M. */
export function unary(l: Lowering, inst: number, form: number, breaks = 0, value: number = l.f.arg0[inst]): void {
  const { code } = l
  const dst = l.result(inst)
  const x = useNarrow(l, value)
  code.inst(K.Unary, form, breaks)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

/** d = f(a) over a. */
export function over(l: Lowering, inst: number, kind: number, form: number, imm = 0, imm2 = 0): void {
  const { code } = l
  const dst = l.result(inst)
  const x = useNarrow(l, l.f.arg0[inst])
  code.inst(kind, form, imm, imm2)
  code.operand(dst, OpKind.DefReuse)
  code.operand(x, OpKind.UseReuse)
}

/** d = base + index << scale + disp; without a base when it is -1. */
function lea(l: Lowering, dst: number, wide: number, base: number, index: number, scale: number, disp: number): void {
  const { code } = l
  const made = code.inst(K.Lea, Form.lea32RM | wide, disp)
  const mode = base < 0 ? Address.Scaled : Address.BaseIndex
  code.flags[made] |= (mode << ADDRESS_SHIFT) | (scale << SCALE_SHIFT)
  code.operand(dst, OpKind.Def)
  if (base >= 0) code.operand(base, OpKind.Use)
  code.operand(index, OpKind.Use)
}

/** The instruction of a private shift to the left by 1 to 3, -1 for anything else. */
function scaling(l: Lowering, value: number): number {
  const { f } = l
  const def = f.definition(value)
  if (def < 0 || f.op[def] !== IrOp.Ishl || !l.isConst(f.arg1[def]) || !l.isPrivate(value)) return -1
  const count = l.constLo(f.arg1[def]) & (f.vType[value] === Ty.I32 ? 31 : 63)
  return count >= 1 && count <= MAX_SCALE ? def : -1
}

function addImmediate(l: Lowering, inst: number, value: number, imm: number): void {
  const { f, code } = l
  const wide = wideOf(f.ty[inst])
  const dst = l.result(inst)
  const shift = scaling(l, value)
  if (shift >= 0) {
    lea(l, dst, wide, -1, useNarrow(l, f.arg0[shift]), l.constLo(f.arg1[shift]), imm)
    return
  }
  const x = useNarrow(l, value)
  const made = code.inst(K.AddImm, Form.lea32RM | wide, imm)
  code.flags[made] |= InstFlag.PreferInput
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

export function add(l: Lowering, inst: number): void {
  const { f, code } = l
  const wide = wideOf(f.ty[inst])
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  if (l.isConst(a)) [a, b] = [b, a]
  if (l.isImm(b)) {
    addImmediate(l, inst, a, l.constLo(b))
    return
  }
  if (l.isConst(b) || l.isPrivateLoad(a) || l.isPrivateLoad(b)) {
    binary(l, inst, Form.add32RM | wide, Form.add32MI | wide, true)
    return
  }
  const dst = l.result(inst)
  if (scaling(l, b) < 0) [a, b] = [b, a]
  const shift = scaling(l, b)
  const x = useNarrow(l, a)
  if (shift >= 0) {
    lea(l, dst, wide, x, useNarrow(l, f.arg0[shift]), l.constLo(f.arg1[shift]), 0)
    return
  }
  const y = useNarrow(l, b)
  const made = code.inst(K.Sum, Form.lea32RM | wide)
  code.flags[made] |= InstFlag.PreferInput
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
  code.operand(y, OpKind.UseAny)
}

export function subtract(l: Lowering, inst: number): void {
  const { f } = l
  const wide = wideOf(f.ty[inst])
  const b = f.arg1[inst]
  if (l.isImm(b) && l.constLo(b) !== -0x80000000) addImmediate(l, inst, f.arg0[inst], -l.constLo(b))
  else binary(l, inst, Form.sub32RM | wide, Form.sub32MI | wide, false)
}

export function multiply(l: Lowering, inst: number): void {
  const { f, code } = l
  const wide = wideOf(f.ty[inst])
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  if (l.isConst(a)) [a, b] = [b, a]
  if (!l.isImm(b)) {
    binary(l, inst, Form.imul32RM | wide, 0, true)
    return
  }
  const dst = l.result(inst)
  const x = useNarrow(l, a)
  const factor = l.constLo(b)
  if (factor === 3 || factor === 5 || factor === 9) {
    lea(l, dst, wide, x, x, 31 - Math.clz32(factor - 1), 0)
    return
  }
  code.inst(K.ImulImm, Form.imul32RMI | wide, factor)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

/** `a & mask` that only keeps low bytes is a zero extension, from any register to any other. */
export function and(l: Lowering, inst: number): void {
  const { f } = l
  const wide = wideOf(f.ty[inst])
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  if (l.isConst(a)) [a, b] = [b, a]
  const mask = l.isImm(b) ? l.constLo(b) : 0
  if (mask === 0xff) unary(l, inst, Form.movzx32M8, 0, a)
  else if (mask === 0xffff) unary(l, inst, Form.movzx32M16, 0, a)
  else binary(l, inst, Form.and32RM | wide, Form.and32MI | wide, true)
}

/** Shifts and rotates; `x` the BMI2 form or 0. */
export function shift(l: Lowering, inst: number, byImm: number, byCl: number, x: number): void {
  const { f, code, env } = l
  const ty = f.ty[inst]
  const wide = wideOf(ty)
  const count = f.arg1[inst]
  if (l.isConst(count)) {
    over(l, inst, K.ShiftImm, byImm | wide, l.constLo(count) & (ty === Ty.I32 ? 31 : 63))
    return
  }
  const dst = l.result(inst)
  const a = useNarrow(l, f.arg0[inst])
  const c = l.useLow(count)
  if (x !== 0 && env.features.bmi2) {
    code.inst(K.ShiftX, x | wide)
    code.operand(dst, OpKind.Def)
    code.operand(a, OpKind.UseAny)
    code.operand(c, OpKind.Use)
    return
  }
  code.inst(K.ShiftCl, byCl | wide)
  code.operand(dst, OpKind.DefReuse)
  code.operand(a, OpKind.UseReuse)
  code.operand(c, OpKind.UseFixed, Reg.rcx)
}

/** A rotation to the left by a constant goes from any register to any other where BMI2 has rorx. */
export function rotateLeft(l: Lowering, inst: number): void {
  const { f, code, env } = l
  const ty = f.ty[inst]
  if (!env.features.bmi2 || !l.isConst(f.arg1[inst])) {
    shift(l, inst, Form.rol32MI, Form.rol32MC, 0)
    return
  }
  const width = ty === Ty.I32 ? 32 : 64
  const dst = l.result(inst)
  const x = useNarrow(l, f.arg0[inst])
  const made = code.inst(K.RorX, Form.rorx32RMI | wideOf(ty), -l.constLo(f.arg1[inst]) & (width - 1))
  code.flags[made] |= InstFlag.PreferInput
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

/** High half of a product of i64. */
export function multiplyHigh(l: Lowering, inst: number, signed: boolean): void {
  const { f, code } = l
  if (f.ty[inst] === Ty.I32) throw new Unsupported('high half of a product of i32')
  const dst = l.result(inst)
  const a = l.use(f.arg0[inst])
  const b = l.use(f.arg1[inst])
  if (!signed && l.env.features.bmi2) {
    code.inst(K.MulX)
    code.operand(dst, OpKind.Def)
    code.operand(a, OpKind.UseFixed, Reg.rdx)
    code.operand(b, OpKind.Use)
    return
  }
  code.inst(K.MulHigh, 0, signed ? 1 : 0)
  code.operand(dst, OpKind.DefFixed, Reg.rdx)
  code.operand(a, OpKind.UseFixed, Reg.rax)
  code.operand(-1, OpKind.TempFixed, Reg.rax)
  code.operand(b, OpKind.Use)
}

export function divide(l: Lowering, inst: number, signed: boolean, remainder: boolean): void {
  const { f, code } = l
  const wide = f.ty[inst] !== Ty.I32
  const dst = l.result(inst)
  const a = l.use(f.arg0[inst])
  const b = l.use(f.arg1[inst])
  code.inst(K.Divide, 0, (signed ? 1 : 0) | (remainder ? 2 : 0) | (wide ? 4 : 0))
  code.operand(dst, OpKind.DefFixed, remainder ? Reg.rdx : Reg.rax)
  code.operand(a, OpKind.UseFixed, Reg.rax)
  code.operand(-1, OpKind.TempFixed, remainder ? Reg.rax : Reg.rdx)
  code.operand(-1, OpKind.TempFixed, Reg.rdx)
  code.operand(b, OpKind.Use)
}

export function countZeros(l: Lowering, inst: number, trailing: boolean): void {
  const { f, code, env } = l
  const wide = wideOf(f.ty[inst])
  if (trailing ? env.features.bmi1 : env.features.lzcnt) {
    unary(l, inst, (trailing ? Form.tzcnt32RM : Form.lzcnt32RM) | wide, 2)
    return
  }
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  code.inst(K.BitScan, 0, wide === 0 ? 32 : 64, trailing ? 1 : 0)
  code.operand(dst, OpKind.DefEarly)
  code.operand(x, OpKind.Use)
}
