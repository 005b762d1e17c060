/** Charges fuel (tiers/fuel.ts); emitted only for engines that count it. */
import { SCRATCH, TrapCode, VMCTX, Vmctx } from '../abi.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { trapIf } from './metadata.js'
import type { State } from './state.js'

/** End of a run that is not metered: behind every body. */
const NEVER = 0x7fffffff

/** Begins a body. */
export function beginRuns(s: State): void {
  s.runEnd = NEVER
  const meter = s.meter
  if (meter === null) return
  meter.enter()
  s.runEnd = meter.end
}

/** Charges the run that begins with the opcode at hand. Nothing is in the flags here: a run begins behind a branch or call. */
export function chargeRun(s: State): void {
  const meter = s.meter
  if (meter === null) return
  const cost = meter.run(s.bytes, s.opPos, s.asm.size)
  s.runEnd = meter.end
  if (cost === 0) return
  s.asm.mem(Form.mov64RM, SCRATCH, VMCTX, Vmctx.fuel)
  s.asm.mi(Form.sub64MI, SCRATCH, 0, cost)
  trapIf(s, Cc.s, TrapCode.OutOfFuel)
}
