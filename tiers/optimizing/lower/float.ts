/**
 * Lowering of floats. With AVX an operation has a destination of its own, so that nothing is copied; results of
 * conversions take the upper bits from a register that nobody waits for, instead of from their destination's old value.
 */
import { TrapCode } from '../../abi.js'
import { Form, VEX } from '../../isa/x64/forms.js'
import { Ty, isFloatTy } from '../ir/types.js'
import { binary, unary, wideOf } from './integer.js'
import { K } from './kinds.js'
import { WIDE, type Lowering } from './lowering.js'
import { OpKind } from './vcode.js'

/** a op b; forms of the SSE instructions, of which the AVX ones are variants. */
export function floatBinary(l: Lowering, inst: number, single: number, double: number): void {
  const { f, code, env } = l
  const form = f.ty[inst] === Ty.F32 ? single : double
  if (!env.features.avx) {
    binary(l, inst, form, 0, false)
    return
  }
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  if (l.tryLoad(f.arg1[inst])) {
    code.inst(K.AvxMem, form | VEX)
    code.operand(dst, OpKind.Def)
    code.operand(x, OpKind.Use)
    l.addAddress()
    return
  }
  const y = l.use(f.arg1[inst])
  code.inst(K.Avx, form | VEX)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.Use)
  code.operand(y, OpKind.UseAny)
}

/** Square root and conversions between the float types. */
export function floatUnary(l: Lowering, inst: number, form: number): void {
  const { f, code, env } = l
  if (!env.features.avx) {
    unary(l, inst, form, 1)
    return
  }
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  code.inst(K.Avx, form | VEX)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.Use)
  code.operand(x, OpKind.Use)
}

/** d = f(a, b) over a, by a sequence. */
export function overTwo(l: Lowering, inst: number, kind: number, imm: number): void {
  const { f, code } = l
  const dst = l.result(inst)
  const a = l.use(f.arg0[inst])
  const b = l.use(f.arg1[inst])
  code.inst(kind, 0, imm, f.ty[inst] === Ty.F64 ? 1 : 0)
  code.operand(dst, OpKind.DefReuse)
  code.operand(a, OpKind.UseReuse)
  code.operand(b, OpKind.Use)
}

export function round(l: Lowering, inst: number, mode: number): void {
  const { f, code } = l
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  code.inst(K.Round, f.ty[inst] === Ty.F64 ? Form.roundsdRMI : Form.roundssRMI, mode)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

export function floatToInt(l: Lowering, inst: number, saturating: boolean): void {
  const { f, code } = l
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  const double = f.vType[f.arg0[inst]] === Ty.F64
  const bits = (f.aux[inst] !== 0 ? 1 : 0) | (saturating ? 2 : 0) | (double ? 4 : 0) | (f.ty[inst] === Ty.I64 ? 8 : 0)
  const made = code.inst(K.FloatToInt, 0, bits)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.Use)
  code.trap[made] = TrapCode.FloatUnrepresentable
}

export function intToFloat(l: Lowering, inst: number): void {
  const { f, code, env } = l
  const double = f.ty[inst] === Ty.F64
  const fromWide = f.vType[f.arg0[inst]] === Ty.I64
  const signed = f.aux[inst] !== 0
  if (fromWide && !signed) {
    const dst = l.result(inst)
    const x = l.use(f.arg0[inst])
    code.inst(K.UintToFloat, 0, double ? 1 : 0)
    code.operand(dst, OpKind.Def)
    code.operand(x, OpKind.Use)
    code.operand(l.gpr(), OpKind.Temp)
    return
  }
  // An unsigned i32 is a 64-bit integer already.
  const wide = fromWide || !signed ? WIDE : 0
  const form = (double ? Form.cvtsi2sd32RM : Form.cvtsi2ss32RM) | wide
  const dst = l.result(inst)
  const x = wide === 0 ? l.useLow(f.arg0[inst]) : l.use(f.arg0[inst])
  code.inst(env.features.avx ? K.AvxConvert : K.Unary, env.features.avx ? form | VEX : form, 1)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

export function bitcast(l: Lowering, inst: number): void {
  const { f, code } = l
  const ty = f.ty[inst]
  const wide = ty === Ty.F64 ? WIDE : wideOf(ty === Ty.F32 ? Ty.I32 : ty)
  if (isFloatTy(ty)) {
    unary(l, inst, Form.movdRM | wide)
    return
  }
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  code.inst(K.Move, Form.movdMR | wide)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.Use)
}
