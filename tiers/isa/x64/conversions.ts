/**
 * Conversions between floats and integers that take more than one instruction, as both tiers make them: the hardware knows
 * signed integers of 64 bits only, and gives one number, 0x8000..., for NaN and for what does not fit. The specification's
 * section 4.3.4 says what the numbers must be.
 *
 * 32-bit results are made by the 64-bit instruction: its range holds all of i32 and u32, so the result is right exactly when
 * extending its low half gives it back. For 64 bits the bounds are compared. Saturation and traps share these tests and differ
 * in what follows: a conversion gets the labels of its traps, one for each jump there, or SATURATES.
 */
import { SCRATCH, SCRATCH_XMM } from '../../abi.js'
import type { Assembler } from './assembler.js'
import { Cc, Form } from './forms.js'

/** Instead of a trap's label. */
export const SATURATES = -1

export function floatToInt32(
  asm: Assembler,
  dst: number,
  x: number,
  double: boolean,
  signed: boolean,
  trap: number,
): void {
  asm.rr(convertForm(double), dst, x)
  asm.rr(signed ? Form.movsxd64M32 : Form.mov32RM, SCRATCH, dst)
  asm.rr(Form.cmp64RM, SCRATCH, dst)
  if (trap !== SATURATES) {
    asm.jcc(Cc.ne, trap)
    if (signed) asm.rr(Form.mov32RM, dst, dst)
    return
  }
  const done = asm.newLabel()
  asm.jccShort(Cc.e, done)
  compareWithZero(asm, x, double)
  saturate(asm, done, dst, signed ? 0x7fffffff : -1, 0, signed ? -0x80000000 : 0, 0)
  asm.bind(done)
  asm.rr(Form.mov32RM, dst, dst)
}

/** @param trapNaN, trapRange where to go for NaN, and for what does not fit */
export function floatToInt64(
  asm: Assembler,
  dst: number,
  x: number,
  double: boolean,
  trapNaN: number,
  trapRange: number,
): void {
  const done = asm.newLabel()
  asm.rr(convertForm(double), dst, x)
  // Only 0x8000... overflows when 1 is subtracted.
  asm.ri(Form.cmp64MI, dst, 1)
  asm.jccShort(Cc.no, done)
  if (trapNaN === SATURATES) {
    compareWithZero(asm, x, double)
    saturate(asm, done, dst, -1, 0x7fffffff, 0, -0x80000000)
  } else {
    // -2^63 itself is right.
    asm.rip(compareForm(double), x, minusTwoTo63(asm, double))
    asm.jcc(Cc.p, trapNaN)
    asm.jcc(Cc.ne, trapRange)
  }
  asm.bind(done)
}

/**
 * From 2^63 on, 2^63 is subtracted before and added after (as the top bit).
 * @param trapBelow, trapAbove where to go below 0 and for NaN, and for 2^64 and more
 */
export function floatToUint64(
  asm: Assembler,
  dst: number,
  x: number,
  double: boolean,
  trapBelow: number,
  trapAbove: number,
): void {
  const done = asm.newLabel()
  asm.rip(double ? Form.movsdRM : Form.movssRM, SCRATCH_XMM, minusTwoTo63(asm, double))
  asm.rr(double ? Form.addsdRM : Form.addssRM, SCRATCH_XMM, x)
  asm.rr(convertForm(double), dst, x)
  asm.rr(Form.test64MR, dst, dst)
  asm.jccShort(Cc.ns, done)
  // Negative, too big or NaN. x - 2^63 is in the scratch register; it is >= 0 exactly for the big ones.
  asm.rr(convertForm(double), dst, SCRATCH_XMM)
  compareWithZero(asm, x, double)
  if (trapBelow === SATURATES) {
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
    asm.jcc(Cc.b, trapBelow)
    asm.rr(Form.test64MR, dst, dst)
    asm.jcc(Cc.s, trapAbove)
  }
  asm.ri(Form.btc64MI, dst, 63)
  asm.bind(done)
}

/** Above 2^63 half of it, with the lowest bit kept for rounding, is converted and doubled. `half` is changed. */
export function uint64ToFloat(asm: Assembler, x: number, source: number, half: number, double: boolean): void {
  const form = double ? Form.cvtsi2sd64RM : Form.cvtsi2ss64RM
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

function convertForm(double: boolean): number {
  return double ? Form.cvttsd2si64RM : Form.cvttss2si64RM
}

function compareForm(double: boolean): number {
  return double ? Form.ucomisdRM : Form.ucomissRM
}

function compareWithZero(asm: Assembler, x: number, double: boolean): void {
  asm.rr(Form.xorpsRM, SCRATCH_XMM, SCRATCH_XMM)
  asm.rr(compareForm(double), x, SCRATCH_XMM)
}

function minusTwoTo63(asm: Assembler, double: boolean): number {
  return double ? asm.f64Const(0, 0xc3e00000 | 0) : asm.f32Const(0xdf000000 | 0)
}

/** After a comparison with 0: dst = 0 for NaN, else the maximum if above, else the minimum. */
function saturate(
  asm: Assembler,
  done: number,
  dst: number,
  maxLo: number,
  maxHi: number,
  minLo: number,
  minHi: number,
): void {
  asm.movImmKeepFlags(dst, 0, 0)
  asm.jccShort(Cc.p, done)
  asm.movImmKeepFlags(dst, maxLo, maxHi)
  asm.jccShort(Cc.a, done)
  asm.movImmKeepFlags(dst, minLo, minHi)
}
