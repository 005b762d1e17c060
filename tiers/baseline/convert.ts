/**
 * Conversions between integers and floats (specification section 4.3.4).
 *
 * cvtt...2si gives 0x8000... for NaN and for what does not fit. 32-bit results are made by the 64-bit instruction: its
 * range holds all of i32 and u32, so the result is right exactly when extending its low half gives it back. For 64 bits the
 * bounds are compared. Saturation and traps share these tests and differ in what follows.
 */
import { TrapCode } from '../abi.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { F32, I32 } from '../../wasm/types.js'
import { finish, NONE, target } from './locals.js'
import { trapIf } from './metadata.js'
import { XMM } from './kinds.js'
import { popReg, pushReg } from './operands.js'
import { allocGpr, release, type State } from './state.js'

const SCRATCH_X = 15
const R11 = 11

/** Float to integer; `from` and `to` are value types. */
export function truncate(s: State, from: number, to: number, signed: boolean, saturate: boolean): void {
  const source = popReg(s)
  const dst = allocGpr(s)
  if (to === I32) truncate32(s, dst, source, from, signed, saturate)
  else if (signed) truncate64(s, dst, source, from, saturate)
  else truncateUnsigned64(s, dst, source, from, saturate)
  release(s, source)
  pushReg(s, to, dst)
}

function convertForm(from: number): number {
  return from === F32 ? Form.cvttss2si64RM : Form.cvttsd2si64RM
}

function compareForm(from: number): number {
  return from === F32 ? Form.ucomissRM : Form.ucomisdRM
}

function truncate32(s: State, dst: number, source: number, from: number, signed: boolean, saturate: boolean): void {
  const asm = s.asm
  const x = source - XMM
  asm.rr(convertForm(from), dst, x)
  asm.rr(signed ? Form.movsxd64M32 : Form.mov32RM, R11, dst)
  asm.rr(Form.cmp64RM, R11, dst)
  if (!saturate) {
    trapIf(s, Cc.ne, TrapCode.FloatUnrepresentable)
    if (signed) asm.rr(Form.mov32RM, dst, dst)
    return
  }
  const done = asm.newLabel()
  asm.jccShort(Cc.e, done)
  compareWithZero(s, x, from)
  saturated(s, done, dst, signed ? 0x7fffffff : -1, 0, signed ? -0x80000000 : 0, 0)
  asm.bind(done)
  asm.rr(Form.mov32RM, dst, dst)
}

function compareWithZero(s: State, x: number, from: number): void {
  s.asm.rr(Form.xorpsRM, SCRATCH_X, SCRATCH_X)
  s.asm.rr(compareForm(from), x, SCRATCH_X)
}

/** After a comparison with 0: dst = 0 for NaN, else the maximum if above, else the minimum. */
function saturated(
  s: State,
  done: number,
  dst: number,
  maxLo: number,
  maxHi: number,
  minLo: number,
  minHi: number,
): void {
  const asm = s.asm
  asm.movImmKeepFlags(dst, 0, 0)
  asm.jccShort(Cc.p, done)
  asm.movImmKeepFlags(dst, maxLo, maxHi)
  asm.jccShort(Cc.a, done)
  asm.movImmKeepFlags(dst, minLo, minHi)
}

function truncate64(s: State, dst: number, source: number, from: number, saturate: boolean): void {
  const asm = s.asm
  const x = source - XMM
  const done = asm.newLabel()
  asm.rr(convertForm(from), dst, x)
  // Only 0x8000... overflows when 1 is subtracted.
  asm.ri(Form.cmp64MI, dst, 1)
  asm.jccShort(Cc.no, done)
  if (saturate) {
    compareWithZero(s, x, from)
    saturated(s, done, dst, -1, 0x7fffffff, 0, -0x80000000)
  } else {
    // -2^63 itself is right.
    asm.rip(compareForm(from), x, minusTwoTo63(s, from))
    trapIf(s, Cc.p, TrapCode.FloatUnrepresentable)
    trapIf(s, Cc.ne, TrapCode.FloatUnrepresentable)
  }
  asm.bind(done)
}

function minusTwoTo63(s: State, from: number): number {
  return from === F32 ? s.asm.f32Const(0xdf000000 | 0) : s.asm.f64Const(0, 0xc3e00000 | 0)
}

/** From 2^63 on, 2^63 is subtracted before and added after (as the top bit). */
function truncateUnsigned64(s: State, dst: number, source: number, from: number, saturate: boolean): void {
  const asm = s.asm
  const x = source - XMM
  const done = asm.newLabel()
  const big = asm.newLabel()
  asm.rip(from === F32 ? Form.movssRM : Form.movsdRM, SCRATCH_X, minusTwoTo63(s, from))
  asm.rr(from === F32 ? Form.addssRM : Form.addsdRM, SCRATCH_X, x)
  asm.rr(convertForm(from), dst, x)
  asm.rr(Form.test64MR, dst, dst)
  asm.jccShort(Cc.ns, done)
  // Negative, too big or NaN. x - 2^63 is in the scratch register; it is >= 0 exactly for the big ones.
  asm.rr(convertForm(from), dst, SCRATCH_X)
  asm.rr(Form.xorpsRM, SCRATCH_X, SCRATCH_X)
  if (saturate) {
    asm.rr(compareForm(from), x, SCRATCH_X)
    asm.jccShort(Cc.a, big)
    asm.rr(Form.xor32RM, dst, dst)
    asm.jmpShort(done)
    asm.bind(big)
    asm.rr(Form.test64MR, dst, dst)
    const fits = asm.newLabel()
    asm.jccShort(Cc.ns, fits)
    asm.movImm(dst, -1, -1)
    asm.jmpShort(done)
    asm.bind(fits)
  } else {
    asm.rr(compareForm(from), x, SCRATCH_X)
    // Unordered sets the carry, too.
    trapIf(s, Cc.b, TrapCode.FloatUnrepresentable)
    asm.rr(Form.test64MR, dst, dst)
    trapIf(s, Cc.s, TrapCode.FloatUnrepresentable)
  }
  asm.ri(Form.btc64MI, dst, 63)
  asm.bind(done)
}

/** Signed integer to float, and u32 to float by the 64-bit instruction. */
export function convert(s: State, form: number, to: number): void {
  const source = popReg(s)
  const dst = target(s, true, NONE, NONE)
  s.asm.rr(Form.xorpsRM, dst - XMM, dst - XMM)
  s.asm.rr(form, dst - XMM, source)
  release(s, source)
  finish(s, to, dst)
}

/** u64 to float: above 2^63 half of it, with the lowest bit kept for rounding, is converted and doubled. */
export function convertUnsigned64(s: State, to: number): void {
  const asm = s.asm
  const form = to === F32 ? Form.cvtsi2ss64RM : Form.cvtsi2sd64RM
  const source = popReg(s)
  const half = allocGpr(s)
  const dst = target(s, true, NONE, NONE)
  const x = dst - XMM
  const big = asm.newLabel()
  const done = asm.newLabel()
  asm.rr(Form.xorpsRM, x, x)
  asm.rr(Form.test64MR, source, source)
  asm.jccShort(Cc.s, big)
  asm.rr(form, x, source)
  asm.jmpShort(done)
  asm.bind(big)
  asm.rr(Form.mov64RM, half, source)
  asm.shift(Form.shr64MI, half, 1)
  asm.rr(Form.mov32RM, R11, source)
  asm.ri(Form.and32MI, R11, 1)
  asm.rr(Form.or64RM, half, R11)
  asm.rr(form, x, half)
  asm.rr(to === F32 ? Form.addssRM : Form.addsdRM, x, x)
  asm.bind(done)
  release(s, source)
  release(s, half)
  finish(s, to, dst)
}
