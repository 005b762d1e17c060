/**
 * How many low bits of an integer can be set, found by looking a few operations up. What is known to be small may be
 * added and scaled inside of an address, and needs no wrap: an address is a 33-bit sum, and folding a 32-bit addition into
 * it is right only when that addition cannot wrap.
 *
 * Of a block's parameter it is the most of what comes along the edges. These are found before all else, from below: every
 * parameter begins as 0, and grows until no edge brings more. One that grows again and again, as a counter does, is
 * given up.
 */
import type { Cfg } from '../ir/cfg.js'
import { IrOp } from '../ir/ops.js'
import type { IrFunction } from '../ir/function.js'
import { ACCESS_SIGNED, ACCESS_WIDTH_MASK, isFloatTy, tyBits, Ty } from '../ir/types.js'

/** Operations looked at on one path; selects have two. */
const MAX_DEPTH = 4
/** Walks over the edges in which a parameter may still grow bit by bit, and after which nothing is known of any. */
const MAX_WALKS = 3
const LAST_WALK = 12

/** Bits that a constant needs, as an unsigned number of its type. */
function constBits(f: IrFunction, inst: number): number {
  const high = f.ty[inst] === Ty.I64 ? f.immHi[inst] : 0
  return high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(f.immLo[inst])
}

/** Count of a shift by a constant, -1 for any other. */
function shiftCount(f: IrFunction, value: number, width: number): number {
  const inst = f.definition(value)
  return inst >= 0 && f.op[inst] === IrOp.Iconst ? f.immLo[inst] & (width - 1) : -1
}

export class KnownBits {
  private f!: IrFunction
  /** By value that is a parameter: its bits. */
  private params = new Uint8Array(1024)

  compute(f: IrFunction, cfg: Cfg): void {
    this.f = f
    if (this.params.length < f.valueCount) this.params = new Uint8Array(f.valueCount * 2)
    this.begin(cfg, false)
    let walk = 0
    while (walk < LAST_WALK && this.walkEdges(cfg, walk >= MAX_WALKS)) walk++
    if (walk === LAST_WALK) this.begin(cfg, true)
  }

  /** @param whole whether to expect any value in any parameter, else only in those that come from outside */
  private begin(cfg: Cfg, whole: boolean): void {
    const { f } = this
    for (let i = 0; i < cfg.count; i++) {
      const block = cfg.rpo[i]
      for (let k = 0; k < f.paramCount[block]; k++) {
        const param = f.param(block, k)
        const ty = f.vType[param]
        this.params[param] = whole || block === f.entry || isFloatTy(ty) ? tyBits(ty) : 0
      }
    }
  }

  /** Lets parameters grow by what comes along the edges; false when none did. */
  private walkEdges(cfg: Cfg, givesUp: boolean): boolean {
    const { f, params } = this
    let grew = false
    for (let i = 0; i < cfg.count; i++) {
      const last = f.lastInst[cfg.rpo[i]]
      for (let k = f.successorCount(last) - 1; k >= 0; k--) {
        const call = f.successorCall(last, k)
        for (let n = 0; n < f.pool[call + 1]; n++) {
          const param = f.param(f.pool[call], n)
          const width = tyBits(f.vType[param])
          if (params[param] === width) continue
          const bits = this.activeBits(f.pool[call + 2 + n])
          if (bits <= params[param]) continue
          params[param] = givesUp ? width : bits
          grew = true
        }
      }
    }
    return grew
  }

  /** A number n such that the value, read as unsigned, is below 2^n. */
  activeBits(value: number, depth: number = MAX_DEPTH): number {
    const { f } = this
    const width = tyBits(f.vType[value])
    const inst = f.definition(value)
    if (inst < 0) return this.params[value]
    if (depth === 0) return width
    const a = f.arg0[inst]
    const b = f.arg1[inst]
    switch (f.op[inst]) {
      case IrOp.Iconst:
        return constBits(f, inst)
      case IrOp.Band:
        return Math.min(this.activeBits(a, depth - 1), this.activeBits(b, depth - 1))
      case IrOp.Bor:
      case IrOp.Bxor:
        return Math.max(this.activeBits(a, depth - 1), this.activeBits(b, depth - 1))
      case IrOp.Select:
        return Math.max(this.activeBits(b, depth - 1), this.activeBits(f.arg2[inst], depth - 1))
      case IrOp.Iadd:
        return Math.min(width, 1 + Math.max(this.activeBits(a, depth - 1), this.activeBits(b, depth - 1)))
      case IrOp.Imul:
        return Math.min(width, this.activeBits(a, depth - 1) + this.activeBits(b, depth - 1))
      case IrOp.Ushr: {
        const count = shiftCount(f, b, width)
        return count < 0 ? this.activeBits(a, depth - 1) : Math.max(0, this.activeBits(a, depth - 1) - count)
      }
      case IrOp.Ishl: {
        const count = shiftCount(f, b, width)
        return count < 0 ? width : Math.min(width, this.activeBits(a, depth - 1) + count)
      }
      case IrOp.Udiv:
      case IrOp.Uext:
        return this.activeBits(a, depth - 1)
      case IrOp.Wrap:
        return Math.min(width, this.activeBits(a, depth - 1))
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

  /** True for an instruction whose result is, in a register, its first argument as it is. */
  changesNothing(inst: number): boolean {
    const { f } = this
    switch (f.op[inst]) {
      case IrOp.Uext:
        return true
      case IrOp.Wrap:
        return this.activeBits(f.arg0[inst]) <= 32
      case IrOp.Band: {
        const mask = f.definition(f.arg1[inst])
        if (mask < 0 || f.op[mask] !== IrOp.Iconst || (f.ty[mask] === Ty.I64 && f.immHi[mask] !== 0)) return false
        const low = f.immLo[mask]
        return (low & (low + 1)) === 0 && this.activeBits(f.arg0[inst]) <= constBits(f, mask)
      }
      default:
        return false
    }
  }
}
