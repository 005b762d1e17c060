/**
 * Frame states (tiers/compiled.ts): where each local and operand is at a site. Written only on request, by compiling a function
 * once more.
 */
import { I64 } from '../../wasm/types.js'
import { TrapCode, XMM } from '../abi.js'
import { BETWEEN_SITES, FRAME_VALUE_WORDS, Where } from '../compiled.js'
import { Kind } from './kinds.js'
import type { State } from './state.js'
import { poppedAtTrap } from './trap-operands.js'

/** Appends the present state of all locals and operands, at a trap with those that the opcode has popped. */
export function addFrame(s: State, code: number, trap: number): void {
  const operands = trap === TrapCode.None || trap === TrapCode.OutOfFuel ? s.sp : s.sp + poppedAtTrap(s)
  const at = describe(s, code, 0, operands)
  // The index has become the address of the entry, which the site names (TrapCode).
  if (trap === TrapCode.FuncSigMismatch) s.meta.setValue(at - FRAME_VALUE_WORDS, s.type[operands - 1], Where.Gone, 0, 0)
}

/** A call begins to save values, at a height without its operands; `endSaving` follows. */
export function beginSaving(s: State, height: number): void {
  describe(s, s.asm.size, BETWEEN_SITES, height)
}

/** Registers are given away from here to the call. */
export function endSaving(s: State): void {
  s.meta.addFrame(s.asm.size, BETWEEN_SITES, 0, 0)
}

/** Appends where all locals and the lowest operands are now. @returns where the last value ends */
function describe(s: State, code: number, node: number, operands: number): number {
  let at = s.meta.addFrame(code, node, s.localCount, operands)
  for (let local = 0; local < s.localCount; local++, at += FRAME_VALUE_WORDS)
    placeLocal(s, at, local, s.facts.localTypes[local])
  for (let h = 0; h < operands; h++, at += FRAME_VALUE_WORDS) {
    const kind = s.kind[h]
    if (kind === Kind.Const) s.meta.setValue(at, s.type[h], Where.Const, s.lo[h], s.hi[h])
    else if (kind === Kind.Reg) placeRegister(s, at, s.type[h], s.lo[h])
    else if (kind === Kind.Home) s.meta.setValue(at, s.type[h], Where.Frame, s.operandBase - 8 * s.lo[h], 0)
    else placeLocal(s, at, s.lo[h], s.type[h])
  }
  return at
}

/** @param type of the local, or of the operand that stands for it: an i32 that is extended, an i64 that is wrapped */
function placeLocal(s: State, at: number, local: number, type: number): void {
  const pin = s.pin[local]
  if (pin >= 0 && ((s.inReg >>> pin) & 1) !== 0) placeRegister(s, at, type, pin)
  else if (pin >= 0 && ((s.stored >>> pin) & 1) === 0) s.meta.setValue(at, type, Where.Const, 0, 0)
  // Only the local's own width is in its home.
  else if (s.localHome[local] !== 0) {
    const own = s.facts.localTypes[local]
    s.meta.setValue(at, type === I64 ? own : type, Where.Frame, s.localHome[local], 0)
  } else if (local < s.paramCount) s.meta.setValue(at, type, Where.Gone, 0, 0)
  else s.meta.setValue(at, type, Where.Const, 0, 0)
}

function placeRegister(s: State, at: number, type: number, reg: number): void {
  s.meta.setValue(at, type, reg < XMM ? Where.Gpr : Where.Xmm, reg & 15, 0)
}
