/** Charges fuel (tiers/fuel.ts); emitted only for engines that count it. */
import { SCRATCH, TrapCode, VMCTX, Vmctx } from '../abi.js'
import type { RunMeter } from '../fuel.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { trapIf } from './metadata.js'
import type { State } from './state.js'

/** Charges the run that begins with the opcode at hand. Nothing is in the flags here: a run begins behind a branch or call. */
export function chargeRun(s: State, fuel: RunMeter): void {
  const cost = fuel.run(s.bytes, s.opPos)
  if (cost === 0) return
  s.asm.mem(Form.mov64RM, SCRATCH, VMCTX, Vmctx.fuel)
  s.asm.mi(Form.sub64MI, SCRATCH, 0, cost)
  trapIf(s, Cc.s, TrapCode.OutOfFuel)
}
