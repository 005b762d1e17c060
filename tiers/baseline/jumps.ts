/** Conditional jumps on a condition of the hardware or a float equality. */
import { Cc } from '../isa/x64/forms.js'
import type { State } from './state.js'

/** Condition codes beyond the hardware's: float equality, where unordered clears and sets the parity flag. */
export const CC_FLOAT_EQ = 16
export const CC_FLOAT_NE = 17

export function negate(cc: number): number {
  return cc ^ 1
}

/** Jumps to a label when a condition, of the hardware or a float equality, holds. */
export function jumpIf(s: State, cc: number, label: number): void {
  if (cc < 16) {
    s.asm.jcc(cc, label)
  } else if (cc === CC_FLOAT_NE) {
    s.asm.jcc(Cc.p, label)
    s.asm.jcc(Cc.ne, label)
  } else {
    const skip = s.asm.newLabel()
    s.asm.jccShort(Cc.p, skip)
    s.asm.jcc(Cc.e, label)
    s.asm.bind(skip)
  }
}

/** As `jumpIf` to an unbound label within 127 bytes. */
export function jumpIfShort(s: State, cc: number, label: number): void {
  if (cc < 16) {
    s.asm.jccShort(cc, label)
  } else if (cc === CC_FLOAT_NE) {
    s.asm.jccShort(Cc.p, label)
    s.asm.jccShort(Cc.ne, label)
  } else {
    const skip = s.asm.newLabel()
    s.asm.jccShort(Cc.p, skip)
    s.asm.jccShort(Cc.e, label)
    s.asm.bind(skip)
  }
}
