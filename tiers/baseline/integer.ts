/**
 * Integer arithmetic but division. 32- and 64-bit opcodes share code: `wide` is 0 or the REX.W bit, or-ed into the form.
 * 32-bit instructions zero the upper half of their result, which is the rule for i32 in registers (docs/abi.md).
 */
import { Reg } from '../abi.js'
import { Form } from '../isa/x64/forms.js'
import { I32, I64 } from '../../wasm/types.js'
import { fitsImm32, testAnd } from './condition.js'
import { finish, NONE, target } from './locals.js'
import { emitSource, popSource, releaseSource, sourceReg } from './source.js'
import { Kind } from './kinds.js'
import { memoryOperand, NOT_IN_MEMORY, popReg, pushConst, pushReg, swapTop } from './operands.js'
import { allocGpr, isTemp, move, release, setsZeroFlag, take, type State } from './state.js'

/** The /digit of an arithmetic instruction; all its forms follow from it (SDM volume 2, ADD ff). */
export const Alu = { Add: 0, Or: 1, And: 4, Sub: 5, Xor: 6 } as const
const ALU_RM = Int32Array.of(Form.add32RM, Form.or32RM, 0, 0, Form.and32RM, Form.sub32RM, Form.xor32RM)
const ALU_MI = Int32Array.of(Form.add32MI, Form.or32MI, 0, 0, Form.and32MI, Form.sub32MI, Form.xor32MI)

function typeOf(wide: number): number {
  return wide === 0 ? I32 : I64
}

/** add, sub, and, or, xor. */
export function alu(s: State, op: number, wide: number): void {
  if (op === Alu.And && testAnd(s, wide)) return
  const b = s.sp - 1
  const a = b - 1
  if (s.kind[a] === Kind.Const && op !== Alu.Sub) swapTop(s)
  if (s.kind[b] === Kind.Const) {
    if (wide === 0 && s.kind[a] === Kind.Const) {
      s.sp = a
      pushConst(s, I32, fold(op, s.lo[a], s.lo[b]), 0)
      return
    }
    if (fitsImm32(s, b, wide)) {
      s.sp = b
      aluImmediate(s, op, wide, s.lo[b])
      return
    }
  }
  // A temporary on the right only: use it as the destination if the operation allows.
  if (op !== Alu.Sub && s.kind[b] === Kind.Reg && s.kind[a] !== Kind.Reg) swapTop(s)
  const type = typeOf(wide)
  popSource(s)
  const first = popReg(s)
  const source = sourceReg
  if (op !== Alu.Sub && source >= 0) {
    const dst = target(s, false, first, NONE)
    if (dst === source) {
      s.asm.rr(ALU_RM[op] | wide, dst, first)
    } else if (dst === first) {
      s.asm.rr(ALU_RM[op] | wide, dst, source)
    } else if (op === Alu.Add) {
      s.asm.memx(Form.lea32RM | wide, dst, first, source, 0, 0)
    } else {
      move(s, type, dst, first)
      s.asm.rr(ALU_RM[op] | wide, dst, source)
    }
    if (op !== Alu.Add || dst === source || dst === first) setsZeroFlag(s, dst, wide)
    if (dst !== source) release(s, source)
    if (dst !== first) release(s, first)
    finish(s, type, dst)
    return
  }
  const dst = target(s, false, first, source === first ? NONE : source)
  move(s, type, dst, first)
  emitSource(s, ALU_RM[op] | wide, dst)
  setsZeroFlag(s, dst, wide)
  releaseSource(s)
  if (dst !== first) release(s, first)
  finish(s, type, dst)
}

/** A constant on the right; the first operand is on top. */
function aluImmediate(s: State, op: number, wide: number, imm: number): void {
  const type = typeOf(wide)
  const first = popReg(s)
  const dst = target(s, false, first, NONE)
  if (op === Alu.And && (imm === 0xff || imm === 0xffff)) {
    s.asm.rr(imm === 0xff ? Form.movzx32M8 : Form.movzx32M16, dst, first)
  } else if (dst === first) {
    s.asm.ri(ALU_MI[op] | wide, dst, imm)
    setsZeroFlag(s, dst, wide)
  } else if (op === Alu.Add) {
    s.asm.mem(Form.lea32RM | wide, dst, first, imm)
  } else if (op === Alu.Sub && imm !== -0x80000000) {
    s.asm.mem(Form.lea32RM | wide, dst, first, -imm)
  } else {
    move(s, type, dst, first)
    s.asm.ri(ALU_MI[op] | wide, dst, imm)
    setsZeroFlag(s, dst, wide)
  }
  if (dst !== first) release(s, first)
  finish(s, type, dst)
}

function fold(op: number, a: number, b: number): number {
  switch (op) {
    case Alu.Add:
      return (a + b) | 0
    case Alu.Sub:
      return (a - b) | 0
    case Alu.And:
      return a & b
    case Alu.Or:
      return a | b
    default:
      return a ^ b
  }
}

export function multiply(s: State, wide: number): void {
  const b = s.sp - 1
  const a = b - 1
  const type = typeOf(wide)
  if (s.kind[a] === Kind.Const) swapTop(s)
  if (s.kind[b] === Kind.Const) {
    if (wide === 0 && s.kind[a] === Kind.Const) {
      s.sp = a
      pushConst(s, I32, Math.imul(s.lo[a], s.lo[b]), 0)
      return
    }
    if (fitsImm32(s, b, wide)) {
      s.sp = b
      multiplyImmediate(s, type, wide, s.lo[b])
      return
    }
  }
  if (s.kind[b] === Kind.Reg && s.kind[a] !== Kind.Reg) swapTop(s)
  popSource(s)
  const first = popReg(s)
  const source = sourceReg
  const dst = target(s, false, first, NONE)
  if (dst === source && dst !== first) {
    s.asm.rr(Form.imul32RM | wide, dst, first)
  } else {
    move(s, type, dst, first)
    emitSource(s, Form.imul32RM | wide, dst)
  }
  if (source >= 0 && source !== dst) release(s, source)
  if (first !== dst) release(s, first)
  finish(s, type, dst)
}

function multiplyImmediate(s: State, type: number, wide: number, imm: number): void {
  const first = popReg(s)
  const dst = target(s, false, first, NONE)
  const shift = 31 - Math.clz32(imm)
  if (imm > 0 && (imm & (imm - 1)) === 0) {
    move(s, type, dst, first)
    if (shift > 0) s.asm.shift(Form.shl32MI | wide, dst, shift)
  } else if (imm === 3 || imm === 5 || imm === 9) {
    s.asm.memx(Form.lea32RM | wide, dst, first, first, shift, 0)
  } else {
    s.asm.rri(Form.imul32RMI | wide, dst, first, imm)
  }
  if (dst !== first) release(s, first)
  finish(s, type, dst)
}

// --- shifts ----------------------------------------------------------------------------------------------------------------------

export const Shift = { Shl: 0, ShrS: 1, ShrU: 2, Rotl: 3, Rotr: 4 } as const
const SHIFT_MI = Int32Array.of(Form.shl32MI, Form.sar32MI, Form.shr32MI, Form.rol32MI, Form.ror32MI)
const SHIFT_MC = Int32Array.of(Form.shl32MC, Form.sar32MC, Form.shr32MC, Form.rol32MC, Form.ror32MC)
const SHIFT_VEX = Int32Array.of(Form.shlx32RMV, Form.sarx32RMV, Form.shrx32RMV)

export function shift(s: State, op: number, wide: number): void {
  const b = s.sp - 1
  if (s.kind[b] === Kind.Const) {
    s.sp = b
    shiftImmediate(s, op, wide, s.lo[b] & (wide === 0 ? 31 : 63))
    return
  }
  const type = typeOf(wide)
  const count = popReg(s)
  let first = popReg(s)
  if (op <= Shift.ShrU && s.env.bmi2) {
    const dst = target(s, false, isTemp(s, first) ? first : count, NONE)
    s.asm.vrr(SHIFT_VEX[op] | wide, dst, count, first)
    if (dst !== count) release(s, count)
    if (dst !== first) release(s, first)
    finish(s, type, dst)
    return
  }
  if (count !== Reg.rcx) {
    if (first === Reg.rcx) {
      const moved = allocGpr(s)
      move(s, type, moved, first)
      first = moved
    } else {
      take(s, Reg.rcx)
    }
    s.asm.rr(Form.mov32RM, Reg.rcx, count)
    release(s, count)
  }
  const dst = target(s, false, first, NONE)
  move(s, type, dst, first)
  s.asm.r(SHIFT_MC[op] | wide, dst)
  release(s, Reg.rcx)
  if (dst !== first) release(s, first)
  finish(s, type, dst)
}

function shiftImmediate(s: State, op: number, wide: number, count: number): void {
  const type = typeOf(wide)
  const h = s.sp - 1
  if (count === 0) return
  if (s.kind[h] === Kind.Const && wide === 0 && op <= Shift.ShrU) {
    const value = s.lo[h]
    s.lo[h] = op === Shift.Shl ? value << count : op === Shift.ShrS ? value >> count : (value >>> count) | 0
    return
  }
  const first = popReg(s)
  const dst = target(s, false, first, NONE)
  if (dst === first) {
    s.asm.shift(SHIFT_MI[op] | wide, dst, count)
  } else if (op >= Shift.Rotl && s.env.bmi2) {
    const right = op === Shift.Rotr ? count : (wide === 0 ? 32 : 64) - count
    s.asm.vrri(Form.rorx32RMI | wide, dst, 0, first, right)
  } else if (op === Shift.Shl && count === 1) {
    s.asm.memx(Form.lea32RM | wide, dst, first, first, 0, 0)
  } else {
    move(s, type, dst, first)
    s.asm.shift(SHIFT_MI[op] | wide, dst, count)
  }
  if (dst !== first) release(s, first)
  finish(s, type, dst)
}

// --- one operand -----------------------------------------------------------------------------------------------------------------

/** clz, ctz and popcnt. */
export const Count = { Leading: 0, Trailing: 1, Ones: 2 } as const

export function countBits(s: State, op: number, wide: number): void {
  popSource(s)
  const direct = op === Count.Ones || (op === Count.Leading ? s.env.lzcnt : s.env.bmi1)
  const source = sourceReg
  const dst = target(s, false, source, direct ? NONE : source)
  if (direct) {
    const form = op === Count.Ones ? Form.popcnt32RM : op === Count.Leading ? Form.lzcnt32RM : Form.tzcnt32RM
    // These wait for the old value of their destination on several microarchitectures.
    if (dst !== source) s.asm.rr(Form.xor32RM, dst, dst)
    emitSource(s, form | wide, dst)
  } else {
    scan(s, op, wide, dst)
  }
  if (dst !== source) releaseSource(s)
  finish(s, typeOf(wide), dst)
}

/** clz and ctz by bsr and bsf, which leave their destination undefined for 0. */
function scan(s: State, op: number, wide: number, dst: number): void {
  const width = wide === 0 ? 32 : 64
  if (op === Count.Trailing) {
    emitSource(s, Form.bsf32RM | wide, Reg.r11)
    s.asm.movImmKeepFlags(dst, width, 0)
    s.asm.rr((Form.cmov32RM + 5) | wide, dst, Reg.r11)
    return
  }
  emitSource(s, Form.bsr32RM | wide, Reg.r11)
  s.asm.movImmKeepFlags(dst, 2 * width - 1, 0)
  s.asm.rr((Form.cmov32RM + 5) | wide, dst, Reg.r11)
  s.asm.ri(Form.xor32MI | wide, dst, width - 1)
}

/** Extensions by `form`, from an operand of any integer type to a result of `type`. */
export function extend(s: State, form: number, type: number): void {
  popSource(s)
  const source = sourceReg
  const dst = target(s, false, source, NONE)
  emitSource(s, form, dst)
  if (dst !== source) releaseSource(s)
  finish(s, type, dst)
}

/** i64.extend_i32_u: registers hold i32 values zero-extended already, so only a home must be loaded. */
export function extendUnsigned(s: State): void {
  const h = s.sp - 1
  if (memoryOperand(s, h) !== NOT_IN_MEMORY) pushReg(s, I32, popReg(s))
  s.type[h] = I64
}

/** i32.wrap_i64: a home is simply read with 32 bits, a register must be copied. */
export function wrap(s: State): void {
  const h = s.sp - 1
  const kind = s.kind[h]
  if (kind === Kind.Const) s.hi[h] = 0
  else if (memoryOperand(s, h) === NOT_IN_MEMORY) {
    extend(s, Form.mov32RM, I32)
    return
  }
  s.type[h] = I32
}
