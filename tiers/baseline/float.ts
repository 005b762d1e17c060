/**
 * Float arithmetic (specification section 4.3.3). NaNs: an operation on a NaN gives a quiet NaN with the payload of an
 * operand, which the hardware does and the specification allows ("arithmetic NaN"); sign operations keep all bits.
 */
import { Cc, Form } from '../isa/x64/forms.js'
import { F32, F64 } from '../../wasm/types.js'
import { finish, NONE, target } from './locals.js'
import { emitSource, emitSourceVex, popFloatSource, popSource, releaseSource, sourceReg } from './source.js'
import { Kind, XMM } from './kinds.js'
import { popReg, swapTop } from './operands.js'
import { isTemp, move, release, type State } from './state.js'

const SCRATCH_X = 15
/** The bit that turns a scalar form into its VEX form. */
const VEX = Form.vaddsdRVM & ~Form.addsdRM

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

/**
 * min and max. The hardware's give the second operand when either is NaN or both are zeros, so these are separate:
 * an addition makes the NaN, or/and of the bits the right zero.
 */
export function minMax(s: State, max: boolean, type: number): void {
  const asm = s.asm
  const wide = type === F64
  const second = popReg(s)
  const first = popReg(s)
  const dst = target(s, true, first, second)
  move(s, type, dst, first)
  const d = dst - XMM
  const b = second - XMM
  const ordered = asm.newLabel()
  const nan = asm.newLabel()
  const done = asm.newLabel()
  asm.rr(wide ? Form.ucomisdRM : Form.ucomissRM, d, b)
  asm.jccShort(Cc.ne, ordered)
  asm.jccShort(Cc.p, nan)
  asm.rr(max ? Form.andpsRM : Form.orpsRM, d, b)
  asm.jmpShort(done)
  asm.bind(nan)
  asm.rr(wide ? Form.addsdRM : Form.addssRM, d, b)
  asm.jmpShort(done)
  asm.bind(ordered)
  if (max) asm.rr(wide ? Form.maxsdRM : Form.maxssRM, d, b)
  else asm.rr(wide ? Form.minsdRM : Form.minssRM, d, b)
  asm.bind(done)
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

/** Loads a mask with the sign bit set (or all others, if `inverted`) into the scratch register. */
function signMask(s: State, type: number, inverted: boolean): void {
  const asm = s.asm
  if (type === F32) asm.rip(Form.movssRM, SCRATCH_X, asm.f32Const(inverted ? 0x7fffffff : -0x80000000))
  else asm.rip(Form.movsdRM, SCRATCH_X, asm.f64Const(inverted ? -1 : 0, inverted ? 0x7fffffff : -0x80000000))
}

/** abs and neg. */
export function changeSign(s: State, negate: boolean, type: number): void {
  const source = popReg(s)
  const dst = target(s, true, source, NONE)
  signMask(s, type, !negate)
  move(s, type, dst, source)
  s.asm.rr(negate ? Form.xorpsRM : Form.andpsRM, dst - XMM, SCRATCH_X)
  if (dst !== source) release(s, source)
  finish(s, type, dst)
}

/** The first operand with the sign of the second. */
export function copySign(s: State, type: number): void {
  const asm = s.asm
  const second = popReg(s)
  const first = popReg(s)
  const dst = target(s, true, first, second)
  move(s, type, dst, first)
  signMask(s, type, true)
  asm.rr(Form.andpsRM, dst - XMM, SCRATCH_X)
  // The complement of the mask selects the sign of the second operand.
  asm.rr(Form.andnpsRM, SCRATCH_X, second - XMM)
  asm.rr(Form.orpsRM, dst - XMM, SCRATCH_X)
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
