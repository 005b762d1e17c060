/**
 * What the processor's flags tell at the place of emission, so that a test of a value just computed, or the same
 * comparison for a second select, need not be emitted. Known within a block only.
 */
import { DIGIT_SHIFT, Form, WIDE } from '../../isa/x64/forms.js'
import { CC_FLOAT_EQ, K } from '../lower/kinds.js'
import { isDefKind, OP_KIND_MASK, XMM_BASE, type VCode } from '../lower/vcode.js'
import { Effect, effects } from './effects.js'
import { isLea } from './instructions.js'

const Known = { Nothing: 0, Result: 1, Comparison: 2 } as const

/** Shifts (not rotates) among the /digit forms, as a mask of digits: shl, shr, sar. */
const SHIFT_DIGITS = (1 << 4) | (1 << 5) | (1 << 7)

/** The digit of neg; the other one of its group that is used is not. */
const NEG_DIGIT = 3

export class Flags {
  private known: number = Known.Nothing
  /** Result: its location. Comparison: the locations compared. */
  private a = 0
  private b = 0
  private wide = false
  private kind = 0
  private form = 0
  private imm = 0
  /** In the checking mode every access is preceded by a comparison. */
  private readonly checked: boolean

  constructor(checked: boolean) {
    this.checked = checked
  }

  forget(): void {
    this.known = Known.Nothing
  }

  /** A location gets another value. */
  written(loc: number): void {
    if (this.known !== Known.Nothing && (loc === this.a || loc === this.b)) this.known = Known.Nothing
  }

  /** True when the comparison or test `inst` would only set the flags to what they are. */
  has(code: VCode, inst: number): boolean {
    const kind = code.kind[inst]
    const a = code.loc(inst, 0)
    const b = kind === K.CmpImm ? a : code.loc(inst, 1)
    if (this.known === Known.Comparison) {
      return (
        kind === this.kind &&
        a === this.a &&
        b === this.b &&
        code.form[inst] === this.form &&
        code.imm[inst] === this.imm
      )
    }
    // A 32-bit result is zero exactly when its 64-bit extension is.
    return (
      this.known === Known.Result &&
      kind === K.Test &&
      code.imm[inst] === 1 &&
      a === this.a &&
      b === a &&
      (!this.wide || (code.form[inst] & WIDE) !== 0)
    )
  }

  /** Takes note of an instruction that has been emitted. */
  after(code: VCode, inst: number): void {
    let effect = effects[code.kind[inst]]
    if (effect === Effect.Depends) effect = depends(code, inst)
    if (effect === Effect.Access) effect = this.checked ? Effect.Changes : Effect.Keeps
    if (effect === Effect.Changes) {
      this.known = Known.Nothing
    } else if (effect === Effect.Compares) {
      this.compared(code, inst)
    } else if (effect === Effect.Result) {
      this.known = Known.Result
      this.a = code.loc(inst, 0)
      this.b = this.a
      this.wide = (code.form[inst] & WIDE) !== 0
    } else {
      this.writes(code, inst)
    }
  }

  private writes(code: VCode, inst: number): void {
    const end = code.operandStart[inst] + code.operandCount[inst]
    for (let at = code.operandStart[inst]; at < end; at++) {
      if (isDefKind(code.opKind[at] & OP_KIND_MASK)) this.written(code.opLoc[at])
    }
  }

  private compared(code: VCode, inst: number): void {
    this.known = Known.Comparison
    this.kind = code.kind[inst]
    this.form = code.form[inst]
    this.imm = code.imm[inst]
    this.a = code.loc(inst, 0)
    this.b = this.kind === K.CmpImm ? this.a : code.loc(inst, 1)
  }
}

/** The effect of kinds for which it depends on form and operands. */
function depends(code: VCode, inst: number): number {
  const form = code.form[inst]
  const dst = code.loc(inst, 0)
  switch (code.kind[inst]) {
    case K.Rm:
    case K.RmMem:
      if (dst >= XMM_BASE) return Effect.Keeps
      return isArithmetic(form) ? Effect.Result : Effect.Changes
    case K.Ri:
      return isArithmetic(form) ? Effect.Result : Effect.Changes
    case K.ShiftImm:
      if (code.imm[inst] === 0) return Effect.Keeps
      return ((SHIFT_DIGITS >> ((form >> DIGIT_SHIFT) & 7)) & 1) !== 0 ? Effect.Result : Effect.Changes
    case K.AddImm:
    case K.Scale:
      return isLea(dst, code.loc(inst, 1)) ? Effect.Keeps : Effect.Result
    case K.Digit:
      // `not` leaves the flags alone.
      return ((form >> DIGIT_SHIFT) & 7) === NEG_DIGIT ? Effect.Result : Effect.Keeps
    case K.Sum:
      return isLea(dst, code.loc(inst, 1), code.loc(inst, 2)) ? Effect.Keeps : Effect.Result
    case K.SetCc:
      // Equality of floats is put together of two flags.
      return code.imm[inst] >= CC_FLOAT_EQ ? Effect.Changes : Effect.Keeps
    case K.Unary:
      return code.imm[inst] !== 0 && dst < XMM_BASE ? Effect.Changes : Effect.Keeps
    default:
      // A constant 0 is made by xor.
      return (code.imm[inst] | code.imm2[inst]) === 0 ? Effect.Changes : Effect.Keeps
  }
}

/** True for operations whose flags say whether their result is zero, in both widths and all operand shapes. */
function isArithmetic(form: number): boolean {
  switch (form & ~WIDE) {
    case Form.add32RM:
    case Form.add32MI:
    case Form.sub32RM:
    case Form.sub32MI:
    case Form.and32RM:
    case Form.and32MI:
    case Form.or32RM:
    case Form.or32MI:
    case Form.xor32RM:
    case Form.xor32MI:
      return true
    default:
      return false
  }
}
