/** egraph/fold.ts in AssemblyScript. */
import { evaluate, evaluated, whole } from './evaluate'
import { IrFunction } from './tiers_optimizing_ir_function'
import { opArgs } from './tiers_optimizing_ir_ops'
import { tyBits } from './tiers_optimizing_ir_types'
import { RuleContext } from './tiers_optimizing_rules_context'

function bitsOf(f: IrFunction, inst: i32): u64 {
  return whole(f.immLo[inst], tyBits(f.ty[inst]) == 32 ? 0 : f.immHi[inst])
}

/** The constant that an instruction computes, -1 when it is not known. */
export function foldConstants(g: RuleContext, inst: i32): i32 {
  const f = g.f
  const op = f.op[inst]
  const count = opArgs[op]
  if (count == 0) return -1
  for (let i = 0; i < count; i++) if (g.constant[f.arg(inst, i)] < 0) return -1
  const a = bitsOf(f, g.constant[f.arg0[inst]])
  const b = count > 1 ? bitsOf(f, g.constant[f.arg1[inst]]) : 0
  const c = count > 2 ? bitsOf(f, g.constant[f.arg2[inst]]) : 0
  if (!evaluate(op, f.ty[inst], f.aux[inst], f.vType[f.arg0[inst]], a, b, c)) return -1
  const ty = f.vType[f.firstResult[inst]]
  const bits = evaluated()
  return g.constantOfBits(ty, <i32>bits, tyBits(ty) == 32 ? 0 : <i32>(bits >> 32))
}
