/**
 * Constant folding: an operation whose arguments are all constants becomes the constant that semantics.ts says. Uses
 * BigInt: constants among themselves are rare, since producers fold them too.
 *
 * An operation that traps is not folded. Nor is a float operation whose result is NaN: the specification leaves its bits
 * open, and they should be those that the processor gives in the other tier.
 */
import type { IrFunction } from '../ir/function.js'
import { opArgs } from '../ir/ops.js'
import { evaluateOp } from '../ir/semantics.js'
import { isFloatTy, Ty, tyBits } from '../ir/types.js'
import type { RuleContext } from '../rules/context.js'

const LOW_MASK = 0xffffffffn
const F32_INFINITY = 0x7f800000n
const F64_INFINITY = 0x7ff0000000000000n

function bitsOf(f: IrFunction, inst: number): bigint {
  const bits = (BigInt(f.immHi[inst] >>> 0) << 32n) | BigInt(f.immLo[inst] >>> 0)
  return BigInt.asUintN(tyBits(f.ty[inst]), bits)
}

function isNan(bits: bigint, ty: number): boolean {
  const width = tyBits(ty)
  return BigInt.asUintN(width - 1, bits) > (width === 32 ? F32_INFINITY : F64_INFINITY)
}

/** The constant that an instruction computes, -1 when it is not known. */
export function foldConstants(g: RuleContext, inst: number): number {
  const { f } = g
  const count = opArgs[f.op[inst]]
  if (count === 0) return -1
  for (let i = 0; i < count; i++) if (g.constant[f.arg(inst, i)] < 0) return -1
  const types: number[] = []
  const args: bigint[] = []
  for (let i = 0; i < count; i++) {
    const value = f.arg(inst, i)
    types.push(f.vType[value])
    args.push(bitsOf(f, g.constant[value]))
  }
  const outcome = evaluateOp(f.op[inst], f.ty[inst], f.aux[inst], types, args)
  if (outcome === undefined || 'trap' in outcome) return -1
  const ty = f.vType[f.firstResult[inst]]
  if (isFloatTy(ty) && isNan(outcome.bits, ty)) return -1
  const hi = ty === Ty.I32 || ty === Ty.F32 ? 0 : Number(outcome.bits >> 32n) | 0
  return g.constantOfBits(ty, Number(outcome.bits & LOW_MASK) | 0, hi)
}
