/** Sites and traps of the function being compiled (tiers/metadata.ts). */
import { TrapCode } from '../abi.js'
import { SiteKind, siteInfo } from '../compiled.js'
import { UNPLACED } from '../metadata.js'
import { addFrame } from './frame-states.js'
import { Kind } from './kinds.js'
import type { State } from './state.js'

/** Records a site at the current code offset for the opcode being compiled. */
export function site(s: State, kind: number, trap: number, aux: number): void {
  const meta = s.meta
  if (meta.wantFrames) addFrame(s, s.asm.size, trap)
  meta.addSite(s.asm.size, s.opPos + s.moduleDelta, siteInfo(kind, trap, aux))
}

/** The next instruction accesses memory and traps when the access is out of bounds. */
export function memorySite(s: State): void {
  site(s, SiteKind.Trap, TrapCode.MemoryOutOfBounds, 0)
}

/** A label at which the opcode being compiled traps; jump to it. */
export function trapLabel(s: State, code: number, aux = 0): number {
  const label = s.asm.newLabel()
  const frame = s.meta.frameWords
  if (s.meta.wantFrames) addFrame(s, UNPLACED, code)
  s.meta.addTrap(label, s.opPos + s.moduleDelta, siteInfo(SiteKind.Trap, code, aux), frame)
  return label
}

/** Traps when the condition holds. @param aux of the site (TrapCode says what) */
export function trapIf(s: State, cc: number, code: number, aux = 0): void {
  s.asm.jcc(cc, trapLabel(s, code, aux))
}

/** Says, for frame states at traps (trap-operands.ts), that a popped operand was moved to a register; `slot` counts from the top of the stack upwards. */
export function operandMoved(s: State, slot: number, reg: number): void {
  if (!s.meta.wantFrames) return
  s.kind[s.sp + slot] = Kind.Reg
  s.lo[s.sp + slot] = reg
}
