/**
 * Integer division and remainder (specification section 4.3.2: idiv, irem).
 *
 * The hardware faults for a zero divisor and for an unrepresentable quotient, so no check is emitted: the site of the
 * div instruction says what the fault means. Only the remainder by -1, which is 0 in Wasm and a fault in hardware, is
 * tested for. Division by a constant becomes shifts or a multiplication by the scaled reciprocal (Granlund and
 * Montgomery, "Division by Invariant Integers using Multiplication", PLDI 1994); 32-bit ones have the exact product
 * in one 64-bit register.
 */
import { Reg, TrapCode } from '../abi.js'
import { SiteKind } from '../compiled.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { I32, I64 } from '../../wasm/types.js'
import { finish, NONE, target } from './locals.js'
import { operandMoved, site } from './metadata.js'
import { GPRS, Kind } from './kinds.js'
import { popReg, pushConst, pushReg } from './operands.js'
import { allocFrom, allocGpr, isTemp, move, release, take, type State } from './state.js'
import { lessUnsigned } from '../unsigned.js'

const RAX_RDX = (1 << Reg.rax) | (1 << Reg.rdx)

/** div or rem, signed or not; `wide` is 0 or WIDE. */
export function divide(s: State, signed: boolean, remainder: boolean, wide: number): void {
  const h = s.sp - 1
  if (s.kind[h] === Kind.Const && divideByConst(s, signed, remainder, wide)) return
  const type = wide === 0 ? I32 : I64
  const checked = signed && remainder && (s.kind[h] !== Kind.Const || s.lo[h] === -1)
  let divisor = popReg(s)
  if (((RAX_RDX >>> divisor) & 1) !== 0) {
    const moved = allocFrom(s, GPRS & ~RAX_RDX)
    move(s, type, moved, divisor)
    release(s, divisor)
    divisor = moved
  }
  const dividend = popReg(s)
  if (dividend !== Reg.rax) {
    take(s, Reg.rax)
    move(s, type, Reg.rax, dividend)
    release(s, dividend)
  }
  take(s, Reg.rdx)
  const done = s.asm.newLabel()
  if (checked) {
    const other = s.asm.newLabel()
    s.asm.ri(Form.cmp32MI | wide, divisor, -1)
    s.asm.jccShort(Cc.ne, other)
    s.asm.rr(Form.xor32RM, Reg.rdx, Reg.rdx)
    s.asm.jmpShort(done)
    s.asm.bind(other)
  }
  if (signed) s.asm.op(Form.cdq | wide)
  else s.asm.rr(Form.xor32RM, Reg.rdx, Reg.rdx)
  operandMoved(s, 0, Reg.rax)
  operandMoved(s, 1, divisor)
  if (remainder) site(s, SiteKind.Trap, TrapCode.RemainderByZero, 0)
  else if (signed) site(s, SiteKind.Trap, TrapCode.DivideFault, divisor)
  else site(s, SiteKind.Trap, TrapCode.DivideByZero, 0)
  s.asm.r((signed ? Form.idiv32M : Form.div32M) | wide, divisor)
  s.asm.bind(done)
  release(s, divisor)
  release(s, remainder ? Reg.rax : Reg.rdx)
  pushReg(s, type, remainder ? Reg.rdx : Reg.rax)
}

/** Handles the divisors that need no division; false (and nothing done) for the others. */
function divideByConst(s: State, signed: boolean, remainder: boolean, wide: number): boolean {
  const h = s.sp - 1
  const lo = s.lo[h]
  const hi = wide === 0 ? (signed ? lo >> 31 : 0) : s.hi[h]
  if ((lo | hi) === 0 || (lo === -1 && hi === -1 && signed)) return false
  const power = powerOfTwo(lo, hi)
  if (power >= 0 && (!signed || power < (wide === 0 ? 31 : 63))) {
    s.sp = h
    if (signed) shiftSigned(s, power, remainder, wide)
    else shiftUnsigned(s, power, remainder, wide)
    return true
  }
  if (wide !== 0) return false
  s.sp = h
  const n = popReg(s)
  const q = allocGpr(s)
  if (signed) reciprocalSigned(s, q, n, lo)
  else reciprocalUnsigned(s, q, n, lo)
  if (remainder) {
    // n - q * d
    const dst = target(s, false, NONE, n)
    s.asm.rri(Form.imul32RMI, q, q, lo)
    move(s, I32, dst, n)
    s.asm.rr(Form.sub32RM, dst, q)
    release(s, q)
    release(s, n)
    finish(s, I32, dst)
  } else {
    release(s, n)
    pushReg(s, I32, q)
  }
  return true
}

/** Exponent of a power of two given as halves, -1 for other numbers. */
function powerOfTwo(lo: number, hi: number): number {
  if (hi === 0) return lo !== 0 && (lo & (lo - 1)) === 0 ? 31 - Math.clz32(lo) : -1
  return lo === 0 && (hi & (hi - 1)) === 0 ? 63 - Math.clz32(hi) : -1
}

function shiftUnsigned(s: State, power: number, remainder: boolean, wide: number): void {
  const type = wide === 0 ? I32 : I64
  if (power === 0) {
    if (!remainder) return
    release(s, popReg(s))
    pushConst(s, type, 0, 0)
    return
  }
  const n = popReg(s)
  const dst = target(s, false, n, NONE)
  move(s, type, dst, n)
  if (!remainder) {
    s.asm.shift(Form.shr32MI | wide, dst, power)
  } else if (power < 32) {
    s.asm.ri(Form.and32MI, dst, power === 31 ? 0x7fffffff : (1 << power) - 1)
  } else {
    s.asm.shift(Form.shl64MI, dst, 64 - power)
    s.asm.shift(Form.shr64MI, dst, 64 - power)
  }
  if (dst !== n) release(s, n)
  finish(s, type, dst)
}

/** Rounds toward zero: 2^power - 1 is added to a negative dividend. */
function shiftSigned(s: State, power: number, remainder: boolean, wide: number): void {
  if (power === 0) {
    shiftUnsigned(s, 0, remainder, wide)
    return
  }
  const type = wide === 0 ? I32 : I64
  const width = wide === 0 ? 32 : 64
  const n = popReg(s)
  const q = allocGpr(s)
  move(s, type, q, n)
  if (power > 1) s.asm.shift(Form.sar32MI | wide, q, width - 1)
  s.asm.shift(Form.shr32MI | wide, q, width - power)
  s.asm.rr(Form.add32RM | wide, q, n)
  if (!remainder) {
    s.asm.shift(Form.sar32MI | wide, q, power)
    release(s, n)
    pushReg(s, type, q)
    return
  }
  // n - (q rounded down to a multiple)
  if (power < 32) {
    s.asm.ri(Form.and32MI | wide, q, power === 31 ? -0x80000000 : -(1 << power))
  } else {
    s.asm.shift(Form.shr64MI, q, power)
    s.asm.shift(Form.shl64MI, q, power)
  }
  const dst = isTemp(s, n) ? n : allocGpr(s)
  move(s, type, dst, n)
  s.asm.rr(Form.sub32RM | wide, dst, q)
  release(s, q)
  pushReg(s, type, dst)
}

/** What `scaledReciprocal` leaves. */
let remainder = 0

/** The low 32 bits of 2^(31+k) / d, rounded down, where 2^(k-1) < d <= 2^k; d is a u32. */
function scaledReciprocal(k: number, d: number): number {
  let quotient = 0
  let rest = 1 << (k - 1)
  for (let bit = 0; bit < 32; bit++) {
    quotient <<= 1
    const reaches = doubleReaches(rest, d)
    rest <<= 1
    if (!reaches) continue
    rest = (rest - d) | 0
    quotient |= 1
  }
  remainder = rest
  return quotient
}

/** True when 2 * n >= d, all u32. */
function doubleReaches(n: number, d: number): boolean {
  return n < 0 || !lessUnsigned(n << 1, d)
}

/** q = n / d for d that is no power of two, a u32: the high part of n * ceil(2^(32+k) / d). */
function reciprocalUnsigned(s: State, q: number, n: number, d: number): void {
  const asm = s.asm
  const k = 32 - Math.clz32(d - 1)
  const quotient = scaledReciprocal(k, d)
  // Without the last bit the magic number has 32 bits; it is exact enough when the error allows (theorem 4.2).
  if (!lessUnsigned(1 << (k - 1), (d - remainder) | 0)) {
    asm.movImm(q, (quotient + 1) | 0, 0)
    asm.rr(Form.imul64RM, q, n)
    asm.shift(Form.shr64MI, q, 31 + k)
    return
  }
  // The magic number has 33 bits: its low 32 give t, and q = ((n - t) / 2 + t) >> (k - 1).
  asm.movImm(q, ((quotient << 1) + (doubleReaches(remainder, d) ? 2 : 1)) | 0, 0)
  asm.rr(Form.imul64RM, q, n)
  asm.shift(Form.shr64MI, q, 32)
  asm.rr(Form.mov32RM, Reg.r11, n)
  asm.rr(Form.sub32RM, Reg.r11, q)
  asm.shift(Form.shr32MI, Reg.r11, 1)
  asm.rr(Form.add32RM, q, Reg.r11)
  if (k > 1) asm.shift(Form.shr32MI, q, k - 1)
}

/** q = n / d, rounded toward zero, for |d| that is no power of two but 2^31 (theorem 5.1). */
function reciprocalSigned(s: State, q: number, n: number, d: number): void {
  const asm = s.asm
  const size = d < 0 ? -d | 0 : d
  const k = 32 - Math.clz32(size - 1)
  asm.movImm(Reg.r11, (scaledReciprocal(k, size) + 1) | 0, 0)
  asm.rr(Form.movsxd64M32, q, n)
  asm.rr(Form.imul64RM, q, Reg.r11)
  asm.shift(Form.sar64MI, q, 31 + k)
  asm.rr(Form.mov32RM, Reg.r11, n)
  asm.shift(Form.shr32MI, Reg.r11, 31)
  asm.rr(Form.add32RM, q, Reg.r11)
  if (d < 0) asm.r(Form.neg32M, q)
}
