/**
 * The largest values that 32-bit integers can have, as unsigned numbers: of loop counters by what ends their loops (counters.ts), of
 * other values by a look at a few operations.
 */
import type { Cfg } from '../ir/cfg.js'
import type { DomTree } from '../ir/domtree.js'
import { ValueKind } from '../ir/arrays.js'
import type { IrFunction } from '../ir/function.js'
import type { Loops } from '../ir/loops.js'
import { IrOp } from '../ir/ops.js'
import { ACCESS_SIGNED, ACCESS_WIDTH_MASK, Ty } from '../ir/types.js'
import { ratio, toUnsigned, wrapped, type Float } from '../../numbers.js'
import { constantOf, CounterFinder, ENDLESS } from './counters.js'

/** Of all unsigned numbers of 32 bits. */
export const MOST: Float = 0xffff_ffff
/** Operations looked at on one path; some have two. */
const MAX_DEPTH = 5
/**
 * A loop that turns at most so often has no poll when no other is within: what is around it polls often enough, and the poll's load
 * is a good part of a small loop.
 */
const UNPOLLED_TRIPS = 2048

export class Ranges {
  private f!: IrFunction
  private cfg!: Cfg
  private readonly finder = new CounterFinder()
  /** By value that is a counter: the most. 0: nothing is known. */
  private counters = new Float64Array(1024)
  /** By value: 1 when an edge back takes it to a loop's header. */
  private next = new Uint8Array(1024)

  /** Learns about a function's counters, and takes the polls out of loops that turn seldom. */
  compute(f: IrFunction, cfg: Cfg, dom: DomTree, loops: Loops): void {
    this.f = f
    this.cfg = cfg
    this.finder.reset(f, cfg)
    if (this.counters.length < f.valueCount) {
      this.counters = new Float64Array(2 * f.valueCount)
      this.next = new Uint8Array(2 * f.valueCount)
    }
    this.counters.fill(0, 0, f.valueCount)
    this.next.fill(0, 0, f.valueCount)
    // Outer loops come first: what they count bounds where inner ones begin.
    for (let loop = 0; loop < loops.count; loop++) {
      const header = loops.header[loop]
      const trips = this.computeLoop(dom, header)
      if (trips <= UNPOLLED_TRIPS && loops.isOuter[loop] === 0) dropPoll(f, header)
    }
  }

  /** Learns about the counters of a loop. @returns how often it turns at most */
  private computeLoop(dom: DomTree, header: number): Float {
    const { f, cfg, finder } = this
    let back = -1
    let isOnly = false
    for (let e = cfg.predStart[header]; e < cfg.predStart[header + 1]; e++) {
      if (!dom.dominates(header, cfg.preds[e])) continue
      const call = f.successorCall(f.lastInst[cfg.preds[e]], cfg.predSlots[e])
      for (let i = 1; i <= f.pool[call + 1]; i++) this.next[f.pool[call + 1 + i]] = 1
      isOnly = back < 0
      back = e
    }
    if (!isOnly) return ENDLESS
    let trips = ENDLESS
    for (let index = 0; index < f.paramCount[header]; index++) {
      const param = f.param(header, index)
      if (f.vType[param] !== Ty.I32) continue
      let first: Float = 0
      let constants = 0
      for (let e = cfg.predStart[header]; e < cfg.predStart[header + 1]; e++) {
        if (e === back) continue
        const value = f.pool[f.successorCall(f.lastInst[cfg.preds[e]], cfg.predSlots[e]) + 2 + index]
        first = Math.max(first, this.most(value))
        constants += constantOf(f, value) >= 0 ? 1 : 2
      }
      if (!finder.find(header, index, back, first, constants === 1)) continue
      this.counters[param] = finder.most + 1
      trips = Math.min(trips, finder.trips)
    }
    return trips
  }

  /** True for what is a parameter of a loop's header in the next turn: it is wanted in a register, whatever else uses it. */
  isNext(value: number): boolean {
    return value < this.next.length && this.next[value] !== 0
  }

  /** The most that an i32 value can be. */
  most(value: number, depth = 0): Float {
    const { f } = this
    if (f.vKind[value] === ValueKind.Param) {
      return value < this.counters.length && this.counters[value] > 0 ? this.counters[value] - 1 : MOST
    }
    if (depth === MAX_DEPTH) return MOST
    if (f.vKind[value] === ValueKind.Union)
      return Math.min(this.most(f.vA[value], depth + 1), this.most(f.vB[value], depth + 1))
    return Math.min(MOST, this.mostOfResult(f.vA[value], depth + 1))
  }

  private mostOfResult(inst: number, depth: number): Float {
    const { f } = this
    const a = f.arg0[inst]
    const b = f.arg1[inst]
    switch (f.op[inst]) {
      case IrOp.Iconst:
        return f.ty[inst] === Ty.I32 ? toUnsigned(f.immLo[inst]) : MOST
      case IrOp.Icmp:
      case IrOp.Ieqz:
      case IrOp.Fcmp:
        return 1
      case IrOp.Load: {
        const bytes = 1 << (f.aux[inst] & ACCESS_WIDTH_MASK)
        return (f.aux[inst] & ACCESS_SIGNED) !== 0 || bytes > 2 ? MOST : toUnsigned((1 << (8 * bytes)) - 1)
      }
      case IrOp.Band:
        return f.ty[inst] === Ty.I32 ? Math.min(this.most(a, depth), this.most(b, depth)) : MOST
      case IrOp.Iadd:
        return f.ty[inst] === Ty.I32 ? orAll(this.most(a, depth) + this.most(b, depth)) : MOST
      case IrOp.Imul:
        return f.ty[inst] === Ty.I32 ? orAll(this.most(a, depth) * this.most(b, depth)) : MOST
      case IrOp.Select:
        return f.ty[inst] === Ty.I32 ? Math.max(this.most(b, depth), this.most(f.arg2[inst], depth)) : MOST
      case IrOp.Ishl:
      case IrOp.Ushr:
        return this.mostOfShift(inst, depth)
      default:
        return MOST
    }
  }

  private mostOfShift(inst: number, depth: number): Float {
    const { f } = this
    const count = constantOf(f, f.arg1[inst])
    if (f.ty[inst] !== Ty.I32 || count < 0) return MOST
    const most = this.most(f.arg0[inst], depth)
    const factor = toUnsigned(1 << wrapped(count))
    return f.op[inst] === IrOp.Ushr ? Math.floor(ratio(most, factor)) : orAll(most * factor)
  }
}

/** What wraps can be anything. */
function orAll(most: Float): Float {
  return most > MOST ? MOST : most
}

function dropPoll(f: IrFunction, header: number): void {
  for (let inst = f.firstInst[header]; inst >= 0; inst = f.next[inst]) {
    if (f.op[inst] !== IrOp.Poll) continue
    f.unlink(inst)
    return
  }
}
