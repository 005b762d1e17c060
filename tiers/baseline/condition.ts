/**
 * Conditions: comparisons and what is done with their outcome. A comparison leaves a condition in the flags; the next
 * opcode decides what becomes of it (br_if, if, select: used from the flags; eqz: negated; anything else: a 0 or 1).
 */
import { Reg, XMM } from '../abi.js'
import { Cc, Form, WIDE } from '../isa/x64/forms.js'
import { I32 } from '../../wasm/types.js'
import { CC_FLOAT_EQ, CC_FLOAT_NE, jumpIfShort, negate } from './jumps.js'
import { beforeBranchIf, branch, branchIf, enterIf } from './control.js'
import { finish, NONE, target } from './locals.js'
import { readS32, readU32 } from './reader.js'
import { emitSource, popFloatSource, popSource, releaseSource, sourceReg } from './source.js'
import { isFloat, Kind } from './kinds.js'
import { drop, memoryOperand, NOT_IN_MEMORY, popReg, pushConst, swapTop } from './operands.js'
import { move, release, type State } from './state.js'
import { lessUnsigned } from '../unsigned.js'

/** Opcodes that a condition is looked ahead for. */
const IF = 0x04
const BR_IF = 0x0d
const SELECT = 0x1b
const SELECT_T = 0x1c
const I32_EQZ = 0x45
const I64_EQZ = 0x50

/** The condition for exchanged operands, by condition. */
// oxfmt-ignore
const SWAPPED = Int32Array.of(
  Cc.o, Cc.no, Cc.a, Cc.be, Cc.e, Cc.ne, Cc.ae, Cc.b, Cc.s, Cc.ns, Cc.p, Cc.np, Cc.g, Cc.le, Cc.ge, Cc.l,
)

/** True when a 64-bit constant is the sign extension of its low half (any 32-bit one, too, if not `wide`). */
export function fitsImm32(s: State, h: number, wide: number): boolean {
  return wide === 0 || s.hi[h] === s.lo[h] >> 31
}

/** Must come before an instruction that sets flags for `consume`. */
export function beforeCondition(s: State): void {
  if ((s.pins & ~(s.inReg | s.stored)) !== 0) beforeBranchIf(s)
}

// --- comparisons -----------------------------------------------------------------------------------------------------------------

/** An integer comparison of the two top operands; `wide` is 0 or WIDE. */
export function compareInt(s: State, cc: number, wide: number): void {
  let condition = cc
  const b = s.sp - 1
  const a = b - 1
  if (s.kind[a] === Kind.Const) {
    if (s.kind[b] === Kind.Const && wide === 0) {
      s.sp = a
      pushConst(s, I32, holds(cc, s.lo[a], s.lo[b]) ? 1 : 0, 0)
      return
    }
    swapTop(s)
    condition = SWAPPED[cc]
  }
  beforeCondition(s)
  if (s.kind[b] === Kind.Const && fitsImm32(s, b, wide)) {
    s.sp = b
    compareImmediate(s, s.lo[b], wide, condition === Cc.e || condition === Cc.ne)
  } else {
    popSource(s)
    const reg = popReg(s)
    emitSource(s, Form.cmp32RM | wide, reg)
    releaseSource(s)
    release(s, reg)
  }
  consume(s, condition)
}

/** Compares the top operand, popping it, with a constant; `equality`: only the zero flag will be used. */
function compareImmediate(s: State, imm: number, wide: number, equality: boolean): void {
  const disp = memoryOperand(s, s.sp - 1)
  if (disp !== NOT_IN_MEMORY) {
    drop(s)
    s.asm.mi(Form.cmp32MI | wide, Reg.rbp, disp, imm)
    return
  }
  const reg = popReg(s)
  release(s, reg)
  if (imm !== 0) s.asm.ri(Form.cmp32MI | wide, reg, imm)
  else if (!equality || s.zeroAt !== s.asm.size || s.zeroReg !== reg || s.zeroWide !== wide) {
    s.asm.rr(Form.test32MR | wide, reg, reg)
  }
}

/** A 32-bit comparison of constants. */
function holds(cc: number, a: number, b: number): boolean {
  switch (cc) {
    case Cc.e:
      return a === b
    case Cc.ne:
      return a !== b
    case Cc.l:
      return a < b
    case Cc.g:
      return a > b
    case Cc.le:
      return a <= b
    case Cc.ge:
      return a >= b
    case Cc.b:
      return lessUnsigned(a, b)
    case Cc.a:
      return lessUnsigned(b, a)
    case Cc.be:
      return !lessUnsigned(b, a)
    default:
      return !lessUnsigned(a, b)
  }
}

/** eqz and ref.is_null. */
export function isZero(s: State, wide: number): void {
  const h = s.sp - 1
  if (s.kind[h] === Kind.Const) {
    s.sp = h
    pushConst(s, I32, (s.lo[h] | (wide === 0 ? 0 : s.hi[h])) === 0 ? 1 : 0, 0)
    return
  }
  beforeCondition(s)
  compareImmediate(s, 0, wide, true)
  consume(s, Cc.e)
}

/** The float comparisons. */
export const FloatCompare = { Eq: 0, Ne: 1, Lt: 2, Gt: 3, Le: 4, Ge: 5 } as const

/**
 * A float comparison; `form` is ucomiss or ucomisd. Less-than is a greater-than of exchanged operands, because only
 * "above" conditions are false for unordered operands.
 */
export function compareFloat(s: State, comparison: number, form: number): void {
  if (comparison === FloatCompare.Lt || comparison === FloatCompare.Le) swapTop(s)
  beforeCondition(s)
  popFloatSource(s)
  const reg = popReg(s)
  emitSource(s, form, reg)
  releaseSource(s)
  release(s, reg)
  if (comparison === FloatCompare.Eq) consume(s, CC_FLOAT_EQ)
  else if (comparison === FloatCompare.Ne) consume(s, CC_FLOAT_NE)
  else consume(s, comparison >= FloatCompare.Le ? Cc.ae : Cc.a)
}

/**
 * `and` whose result is only compared with zero: a test instruction. False when the next opcode needs the value.
 */
export function testAnd(s: State, wide: number): boolean {
  const next = s.bytes[s.pos]
  const eqz = next === (wide === 0 ? I32_EQZ : I64_EQZ)
  if (!eqz && (wide !== 0 || (next !== BR_IF && next !== IF))) return false
  beforeCondition(s)
  const b = s.sp - 1
  if (s.kind[b - 1] === Kind.Const) swapTop(s)
  if (s.kind[b] === Kind.Const && fitsImm32(s, b, wide)) {
    s.sp = b
    const disp = memoryOperand(s, b - 1)
    if (disp !== NOT_IN_MEMORY) {
      drop(s)
      s.asm.mi(Form.test32MI | wide, Reg.rbp, disp, s.lo[b])
    } else {
      const reg = popReg(s)
      const imm = s.lo[b]
      if (imm >= 0 && imm < 128) s.asm.ri(Form.test8MI, reg, imm)
      else s.asm.ri(Form.test32MI | (imm < 0 ? wide : 0), reg, imm)
      release(s, reg)
    }
  } else {
    const reg = popReg(s)
    const disp = memoryOperand(s, s.sp - 1)
    if (disp !== NOT_IN_MEMORY) {
      drop(s)
      s.asm.mem(Form.test32MR | wide, reg, Reg.rbp, disp)
    } else {
      const other = popReg(s)
      s.asm.rr(Form.test32MR | wide, reg, other)
      release(s, other)
    }
    release(s, reg)
  }
  if (eqz) s.pos++
  consume(s, eqz ? Cc.e : Cc.ne)
  return true
}

// --- consumers -------------------------------------------------------------------------------------------------------------------

/** Does with the condition in the flags what the next opcode says. */
export function consume(s: State, cc: number): void {
  let condition = cc
  let next = s.bytes[s.pos]
  while (next === I32_EQZ) {
    condition = negate(condition)
    next = s.bytes[++s.pos]
  }
  switch (next) {
    case BR_IF:
      s.pos++
      branchIf(s, readU32(s), condition)
      return
    case IF:
      s.pos++
      enterIf(s, condition)
      return
    case SELECT:
      s.pos++
      selectIf(s, condition)
      return
    case SELECT_T:
      s.pos++
      skipTypes(s)
      selectIf(s, condition)
      return
  }
  const dst = target(s, false, NONE, NONE)
  if (condition < 16) {
    s.asm.setcc(condition, dst)
  } else {
    // e and np, or its negation: both bytes, then combined.
    const negated = condition === CC_FLOAT_NE
    s.asm.setcc(negated ? Cc.p : Cc.np, Reg.r11)
    s.asm.setcc(negated ? Cc.ne : Cc.e, dst)
    s.asm.rr(negated ? Form.or8RM : Form.and8RM, dst, Reg.r11)
  }
  s.asm.rr(Form.movzx32M8, dst, dst)
  finish(s, I32, dst)
}

/** Pops an i32 and sets the flags so that `ne` means that it is not zero. */
function testTop(s: State): void {
  beforeCondition(s)
  compareImmediate(s, 0, 0, true)
}

export function brIf(s: State): void {
  const h = s.sp - 1
  const depth = readU32(s)
  if (s.kind[h] === Kind.Const) {
    s.sp = h
    if (s.lo[h] !== 0) branch(s, depth)
    return
  }
  testTop(s)
  branchIf(s, depth, Cc.ne)
}

export function ifBlock(s: State): void {
  testTop(s)
  enterIf(s, Cc.ne)
}

export function select(s: State): void {
  testTop(s)
  selectIf(s, Cc.ne)
}

export function selectTyped(s: State): void {
  skipTypes(s)
  select(s)
}

function skipTypes(s: State): void {
  for (let count = readU32(s); count > 0; count--) readS32(s)
}

/** select with its condition in the flags: the first operand if it holds, else the second. */
function selectIf(s: State, cc: number): void {
  const type = s.type[s.sp - 1]
  if (isFloat(type)) {
    selectFloat(s, type, cc)
    return
  }
  const wide = type === I32 ? 0 : WIDE
  if (cc === CC_FLOAT_NE) {
    swapTop(s)
    selectIf(s, CC_FLOAT_EQ)
    return
  }
  if (cc !== CC_FLOAT_EQ && s.kind[s.sp - 1] === Kind.Reg && s.kind[s.sp - 2] !== Kind.Reg) {
    swapTop(s)
    selectIf(s, negate(cc))
    return
  }
  popSource(s)
  const first = popReg(s)
  const dst = target(s, false, first, sourceReg)
  move(s, type, dst, first)
  if (cc === CC_FLOAT_EQ) {
    emitSource(s, (Form.cmov32RM + Cc.p) | wide, dst)
    emitSource(s, (Form.cmov32RM + Cc.ne) | wide, dst)
  } else {
    emitSource(s, (Form.cmov32RM + negate(cc)) | wide, dst)
  }
  releaseSource(s)
  if (first !== dst) release(s, first)
  finish(s, type, dst)
}

function selectFloat(s: State, type: number, cc: number): void {
  const second = popReg(s)
  const first = popReg(s)
  const dst = target(s, true, first, second)
  move(s, type, dst, first)
  const skip = s.asm.newLabel()
  jumpIfShort(s, cc, skip)
  s.asm.rr(Form.movapsRM, dst - XMM, second - XMM)
  s.asm.bind(skip)
  release(s, second)
  if (first !== dst) release(s, first)
  finish(s, type, dst)
}
