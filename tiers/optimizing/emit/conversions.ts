/**
 * Conversions between floats and integers, as far as they are more than one instruction: the hardware knows signed integers of 64 bits
 * only, and gives one number for all that does not fit. The specification's section 4.3 says what the numbers must be.
 */
import { SCRATCH, SCRATCH_XMM, TrapCode } from '../../abi.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import type { Emitter } from './emitter.js'

/**
 * cvtt...2si gives 0x8000... for NaN and what does not fit. 32-bit results are made by the 64-bit instruction: the result
 * is right exactly when extending its low half gives it back.
 */
export function floatToInt(e: Emitter, bits: number): void {
  const signed = (bits & 1) !== 0
  const saturating = (bits & 2) !== 0
  const double = (bits & 4) !== 0
  const convert = double ? Form.cvttsd2si64RM : Form.cvttss2si64RM
  const compare = double ? Form.ucomisdRM : Form.ucomissRM
  if ((bits & 8) === 0) toInt32(e, signed, saturating, convert, compare)
  else if (signed) toInt64(e, saturating, double, convert, compare)
  else toUint64(e, saturating, double, convert, compare)
}

function toInt32(e: Emitter, signed: boolean, saturating: boolean, convert: number, compare: number): void {
  const { asm } = e
  const dst = e.reg(0)
  const x = e.reg(1)
  asm.rr(convert, dst, x)
  asm.rr(signed ? Form.movsxd64M32 : Form.mov32RM, SCRATCH, dst)
  asm.rr(Form.cmp64RM, SCRATCH, dst)
  if (!saturating) {
    e.trapWhen(Cc.ne, TrapCode.FloatUnrepresentable)
  } else {
    const done = asm.newLabel()
    asm.jccShort(Cc.e, done)
    compareWithZero(e, x, compare)
    saturate(e, done, dst, signed ? 0x7fffffff : -1, 0, signed ? -0x80000000 : 0, 0)
    asm.bind(done)
  }
  if (signed || saturating) asm.rr(Form.mov32RM, dst, dst)
}

function compareWithZero(e: Emitter, x: number, compare: number): void {
  e.asm.rr(Form.xorpsRM, SCRATCH_XMM, SCRATCH_XMM)
  e.asm.rr(compare, x, SCRATCH_XMM)
}

/** After a comparison with 0: 0 for NaN, else the maximum when above, else the minimum. */
function saturate(
  e: Emitter,
  done: number,
  dst: number,
  maxLo: number,
  maxHi: number,
  minLo: number,
  minHi: number, // oxfmt-ignore
): void {
  const { asm } = e
  asm.movImmKeepFlags(dst, 0, 0)
  asm.jccShort(Cc.p, done)
  asm.movImmKeepFlags(dst, maxLo, maxHi)
  asm.jccShort(Cc.a, done)
  asm.movImmKeepFlags(dst, minLo, minHi)
}

function minusTwoTo63(e: Emitter, double: boolean): number {
  return double ? e.asm.f64Const(0, 0xc3e00000 | 0) : e.asm.f32Const(0xdf000000 | 0)
}

function toInt64(e: Emitter, saturating: boolean, double: boolean, convert: number, compare: number): void {
  const { asm } = e
  const dst = e.reg(0)
  const x = e.reg(1)
  const done = asm.newLabel()
  asm.rr(convert, dst, x)
  // Only 0x8000... overflows when 1 is subtracted.
  asm.ri(Form.cmp64MI, dst, 1)
  asm.jccShort(Cc.no, done)
  if (saturating) {
    compareWithZero(e, x, compare)
    saturate(e, done, dst, -1, 0x7fffffff, 0, -0x80000000)
  } else {
    // -2^63 itself is right.
    asm.rip(compare, x, minusTwoTo63(e, double))
    e.trapWhen(Cc.p, TrapCode.FloatUnrepresentable)
    e.trapWhen(Cc.ne, TrapCode.FloatUnrepresentable)
  }
  asm.bind(done)
}

/** From 2^63 on, 2^63 is subtracted before and added, as the top bit, after. */
function toUint64(e: Emitter, saturating: boolean, double: boolean, convert: number, compare: number): void {
  const { asm } = e
  const dst = e.reg(0)
  const x = e.reg(1)
  const done = asm.newLabel()
  asm.rip(double ? Form.movsdRM : Form.movssRM, SCRATCH_XMM, minusTwoTo63(e, double))
  asm.rr(double ? Form.addsdRM : Form.addssRM, SCRATCH_XMM, x)
  asm.rr(convert, dst, x)
  asm.rr(Form.test64MR, dst, dst)
  asm.jccShort(Cc.ns, done)
  asm.rr(convert, dst, SCRATCH_XMM)
  asm.rr(Form.xorpsRM, SCRATCH_XMM, SCRATCH_XMM)
  asm.rr(compare, x, SCRATCH_XMM)
  if (saturating) {
    const big = asm.newLabel()
    const fits = asm.newLabel()
    asm.jccShort(Cc.a, big)
    asm.rr(Form.xor32RM, dst, dst)
    asm.jmpShort(done)
    asm.bind(big)
    asm.rr(Form.test64MR, dst, dst)
    asm.jccShort(Cc.ns, fits)
    asm.movImm(dst, -1, -1)
    asm.jmpShort(done)
    asm.bind(fits)
  } else {
    // Unordered sets the carry, too.
    e.trapWhen(Cc.b, TrapCode.FloatUnrepresentable)
    asm.rr(Form.test64MR, dst, dst)
    e.trapWhen(Cc.s, TrapCode.FloatUnrepresentable)
  }
  asm.ri(Form.btc64MI, dst, 63)
  asm.bind(done)
}

/** Above 2^63 half of it, with the lowest bit kept for rounding, is converted and doubled. */
export function uintToFloat(e: Emitter, double: boolean): void {
  const { asm } = e
  const form = double ? Form.cvtsi2sd64RM : Form.cvtsi2ss64RM
  const x = e.reg(0)
  const source = e.reg(1)
  const half = e.reg(2)
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
  asm.rr(Form.mov32RM, SCRATCH, source)
  asm.ri(Form.and32MI, SCRATCH, 1)
  asm.rr(Form.or64RM, half, SCRATCH)
  asm.rr(form, x, half)
  asm.rr(double ? Form.addsdRM : Form.addssRM, x, x)
  asm.bind(done)
}
