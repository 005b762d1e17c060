/** What operations cost, as values are chosen by it (cost.ts): Cranelift's numbers (egraph/cost.rs). */
import { IrOp, opArgs } from '../ir/ops.js'

const DEFAULT_COST = 4

/** By operation. */
export const opCost: Uint8Array = costTable()

function costTable(): Uint8Array {
  const costs = new Uint8Array(opArgs.length).fill(DEFAULT_COST)
  for (const op of [IrOp.Iconst, IrOp.Fconst, IrOp.Uext, IrOp.Sext, IrOp.Wrap, IrOp.Sext8, IrOp.Sext16, IrOp.Sext32]) {
    costs[op] = 1
  }
  for (const op of [
    IrOp.Iadd, IrOp.Isub, IrOp.Band, IrOp.Bor, IrOp.Bxor, IrOp.Ishl, IrOp.Ushr, IrOp.Sshr, IrOp.Rotl, IrOp.Rotr, IrOp.Bswap,
  ]) costs[op] = 3 // oxfmt-ignore
  for (const op of [IrOp.Imul, IrOp.Umulh, IrOp.Smulh]) costs[op] = 10
  return costs
}
