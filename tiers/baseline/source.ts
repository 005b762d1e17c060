/**
 * The second operand of a two-operand instruction: a register, a slot of the frame, or a constant (in the pool for
 * floats). It is popped before the first operand but used after it, so it rests in these variables meanwhile; one at
 * a time, which is why they are not in the state.
 */
import { Reg } from '../abi.js'
import { F32 } from '../../wasm/types.js'
import { Kind } from './kinds.js'
import { drop, memoryOperand, NOT_IN_MEMORY, popReg } from './operands.js'
import { release, type State } from './state.js'

/** Register of the source, or -1. */
export let sourceReg = -1
let disp = NOT_IN_MEMORY
let label = -1

/** Pops the top operand as a source. Integer constants are loaded into a register. */
export function popSource(s: State): void {
  const h = s.sp - 1
  sourceReg = -1
  disp = memoryOperand(s, h)
  if (disp === NOT_IN_MEMORY) sourceReg = popReg(s)
  else drop(s)
}

/** As `popSource` for a float operand: constants are used from the pool. */
export function popFloatSource(s: State): void {
  const h = s.sp - 1
  if (s.kind[h] !== Kind.Const) {
    popSource(s)
    return
  }
  s.sp = h
  sourceReg = -1
  disp = NOT_IN_MEMORY
  label = s.type[h] === F32 ? s.asm.f32Const(s.lo[h]) : s.asm.f64Const(s.lo[h], s.hi[h])
}

/** Emits `form reg, source`. */
export function emitSource(s: State, form: number, reg: number): void {
  if (sourceReg >= 0) s.asm.rr(form, reg & 15, sourceReg & 15)
  else if (disp !== NOT_IN_MEMORY) s.asm.mem(form, reg & 15, Reg.rbp, disp)
  else s.asm.rip(form, reg & 15, label)
}

/** Emits the VEX encoded `form reg, first, source`. */
export function emitSourceVex(s: State, form: number, reg: number, first: number): void {
  if (sourceReg >= 0) s.asm.vrr(form, reg & 15, first & 15, sourceReg & 15)
  else if (disp !== NOT_IN_MEMORY) s.asm.vmem(form, reg & 15, first & 15, Reg.rbp, disp)
  else s.asm.vrip(form, reg & 15, first & 15, label)
}

export function releaseSource(s: State): void {
  if (sourceReg >= 0) release(s, sourceReg)
}
