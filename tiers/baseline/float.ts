/**
 * Float arithmetic (specification section 4.3.3). NaNs: an operation on a NaN gives a quiet NaN with the payload of an
 * operand, which the hardware does and the specification allows ("arithmetic NaN"); sign operations keep all bits.
 */
import { SCRATCH_XMM, XMM } from '../abi.js'
import { copySignOf, floatMinMax, loadSignMask } from '../isa/x64/floats.js'
import { Form, VEX } from '../isa/x64/forms.js'
import { F32, F64 } from '../../wasm/types.js'
import { finish, NONE, target } from './locals.js'
import { emitSource, emitSourceVex, popFloatSource, popSource, releaseSource, sourceReg } from './source.js'
import { Kind } from './kinds.js'
import { popReg, swapTop } from './operands.js'
import { isTemp, move, release, type State } from './state.js'

/** add, sub, mul, div; `form` is the SSE instruction. */
export function arithmetic(s: State, form: number, type: number, commutes: boolean): void {
  if (commutes) {
    const b = s.sp - 1
    if (s.kind[b - 1] === Kind.Const || (s.kind[b] === Kind.Reg && s.kind[b - 1] !== Kind.Reg)) swapTop(s)
  }
  popFloatSource(s)
  const first = popReg(s)
  const avx = s.env.avx
  const source = sourceReg
  const reuse = avx && source >= 0 && !isTemp(s, first) ? source : first
  const dst = target(s, true, reuse, avx || source === first ? NONE : source)
  if (dst === first) {
    emitSource(s, form, dst)
  } else if (avx) {
    emitSourceVex(s, form | VEX, dst, first)
  } else {
    move(s, type, dst, first)
    emitSource(s, form, dst)
  }
  if (source !== dst) releaseSource(s)
  if (first !== dst) release(s, first)
  finish(s, type, dst)
}

export function minMax(s: State, max: boolean, type: number): void {
  const second = popReg(s)
  const first = popReg(s)
  const dst = target(s, true, first, second)
  move(s, type, dst, first)
  floatMinMax(s.asm, dst - XMM, second - XMM, type === F64, max)
  release(s, second)
  if (first !== dst) release(s, first)
  finish(s, type, dst)
}

/** Rounding modes of roundss/roundsd, with the inexact exception suppressed. */
export const Round = { Nearest: 8, Floor: 9, Ceil: 10, Trunc: 11 } as const

export function round(s: State, mode: number, type: number): void {
  const source = popReg(s)
  const dst = target(s, true, source, NONE)
  breakDependency(s, dst, source)
  s.asm.rri(type === F64 ? Form.roundsdRMI : Form.roundssRMI, dst - XMM, source - XMM, mode)
  if (dst !== source) release(s, source)
  finish(s, type, dst)
}

export function squareRoot(s: State, type: number): void {
  const source = popReg(s)
  const dst = target(s, true, source, NONE)
  breakDependency(s, dst, source)
  s.asm.rr(type === F64 ? Form.sqrtsdRM : Form.sqrtssRM, dst - XMM, source - XMM)
  if (dst !== source) release(s, source)
  finish(s, type, dst)
}

/** f32.demote_f64 and f64.promote_f32. */
export function changePrecision(s: State, type: number): void {
  const source = popReg(s)
  const dst = target(s, true, source, NONE)
  breakDependency(s, dst, source)
  s.asm.rr(type === F64 ? Form.cvtss2sdRM : Form.cvtsd2ssRM, dst - XMM, source - XMM)
  if (dst !== source) release(s, source)
  finish(s, type, dst)
}

/** Scalar instructions keep the upper part of their destination and so wait for it; a zeroed one is ready. */
export function breakDependency(s: State, dst: number, source: number): void {
  if (dst !== source) s.asm.rr(Form.xorpsRM, dst - XMM, dst - XMM)
}

/** abs and neg. */
export function changeSign(s: State, negate: boolean, type: number): void {
  const source = popReg(s)
  const dst = target(s, true, source, NONE)
  loadSignMask(s.asm, type === F64, !negate)
  move(s, type, dst, source)
  s.asm.rr(negate ? Form.xorpsRM : Form.andpsRM, dst - XMM, SCRATCH_XMM)
  if (dst !== source) release(s, source)
  finish(s, type, dst)
}

/** The first operand with the sign of the second. */
export function copySign(s: State, type: number): void {
  const second = popReg(s)
  const first = popReg(s)
  const dst = target(s, true, first, second)
  move(s, type, dst, first)
  copySignOf(s.asm, dst - XMM, second - XMM, type === F64)
  release(s, second)
  if (first !== dst) release(s, first)
  finish(s, type, dst)
}

/** Reinterpretations: the same bits in the other class of register. */
export function reinterpret(s: State, form: number, type: number): void {
  const h = s.sp - 1
  if (s.kind[h] === Kind.Const || s.kind[h] === Kind.Home) {
    s.type[h] = type
    return
  }
  const toFloat = type === F32 || type === F64
  if (toFloat) {
    popSource(s)
    const dst = target(s, true, NONE, NONE)
    emitSource(s, form, dst)
    releaseSource(s)
    finish(s, type, dst)
    return
  }
  const source = popReg(s)
  const dst = target(s, false, NONE, NONE)
  s.asm.rr(form, source - XMM, dst)
  release(s, source)
  finish(s, type, dst)
}
