/**
 * How many low bits of an integer can be set, found by looking a few operations up. What is known to be small may be
 * added and scaled inside of an address, and needs no wrap: an address is a 33-bit sum, and folding a 32-bit addition into
 * it is right only when that addition cannot wrap.
 */
import { IrOp } from '../ir/ops.js'
import type { IrFunction } from '../ir/function.js'
import { ACCESS_SIGNED, ACCESS_WIDTH_MASK, tyBits, Ty } from '../ir/types.js'

/** Operations looked at on one path; selects have two. */
const MAX_DEPTH = 4

/** Bits that a constant needs, as an unsigned number of its type. */
function constBits(f: IrFunction, inst: number): number {
  const high = f.ty[inst] === Ty.I64 ? f.immHi[inst] : 0
  return high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(f.immLo[inst])
}

/** A number n such that the value, read as unsigned, is below 2^n. */
export function activeBits(f: IrFunction, value: number, depth: number = MAX_DEPTH): number {
  const width = tyBits(f.vType[value])
  const inst = f.definition(value)
  if (inst < 0 || depth === 0) return width
  const a = f.arg0[inst]
  const b = f.arg1[inst]
  switch (f.op[inst]) {
    case IrOp.Iconst:
      return constBits(f, inst)
    case IrOp.Band:
      return Math.min(activeBits(f, a, depth - 1), activeBits(f, b, depth - 1))
    case IrOp.Bor:
    case IrOp.Bxor:
      return Math.max(activeBits(f, a, depth - 1), activeBits(f, b, depth - 1))
    case IrOp.Select:
      return Math.max(activeBits(f, b, depth - 1), activeBits(f, f.arg2[inst], depth - 1))
    case IrOp.Iadd:
      return Math.min(width, 1 + Math.max(activeBits(f, a, depth - 1), activeBits(f, b, depth - 1)))
    case IrOp.Imul:
      return Math.min(width, activeBits(f, a, depth - 1) + activeBits(f, b, depth - 1))
    case IrOp.Ushr: {
      const count = shiftCount(f, b, width)
      return count < 0 ? activeBits(f, a, depth - 1) : Math.max(0, activeBits(f, a, depth - 1) - count)
    }
    case IrOp.Ishl: {
      const count = shiftCount(f, b, width)
      return count < 0 ? width : Math.min(width, activeBits(f, a, depth - 1) + count)
    }
    case IrOp.Udiv:
    case IrOp.Uext:
      return activeBits(f, a, depth - 1)
    case IrOp.Wrap:
      return Math.min(width, activeBits(f, a, depth - 1))
    case IrOp.Icmp:
    case IrOp.Fcmp:
    case IrOp.Ieqz:
      return 1
    case IrOp.Clz:
    case IrOp.Ctz:
    case IrOp.Popcnt:
      return 7
    case IrOp.Load:
      return (f.aux[inst] & ACCESS_SIGNED) !== 0 ? width : Math.min(width, 8 << (f.aux[inst] & ACCESS_WIDTH_MASK))
    default:
      return width
  }
}

/** Count of a shift by a constant, -1 for any other. */
function shiftCount(f: IrFunction, value: number, width: number): number {
  const inst = f.definition(value)
  return inst >= 0 && f.op[inst] === IrOp.Iconst ? f.immLo[inst] & (width - 1) : -1
}

/** True for an instruction whose result is, in a register, its first argument as it is. */
export function changesNothing(f: IrFunction, inst: number): boolean {
  switch (f.op[inst]) {
    case IrOp.Uext:
      return true
    case IrOp.Wrap:
      return activeBits(f, f.arg0[inst]) <= 32
    case IrOp.Band: {
      const mask = f.definition(f.arg1[inst])
      if (mask < 0 || f.op[mask] !== IrOp.Iconst || (f.ty[mask] === Ty.I64 && f.immHi[mask] !== 0)) return false
      const low = f.immLo[mask]
      return (low & (low + 1)) === 0 && activeBits(f, f.arg0[inst]) <= constBits(f, mask)
    }
    default:
      return false
  }
}
