/**
 * Loop counters: parameters of a loop's header to which every turn adds the same constant, and whose test ends the loop. What
 * they count from and to says how large they get (ranges.ts), and how often the loop turns at most.
 *
 * Found in the function as it was translated, before the e-graph takes its instructions, and only in the form that compilers
 * make: one edge leads back, and the branch that it leaves tests the counter or its next value.
 */
import type { Cfg } from '../ir/cfg.js'
import type { IrFunction } from '../ir/function.js'
import { IrOp } from '../ir/ops.js'
import { intCcInverse, IntCc, Ty } from '../ir/types.js'
import { ratio, toUnsigned, wrapped, type Float } from '../../numbers.js'

const TWO_32: Float = 0x1_0000_0000
const TWO_31: Float = 0x8000_0000

/** Turns of a loop of which nothing is known: more than a counter can have. */
export const ENDLESS: Float = 2 * TWO_32

/** What is no step: more than a 32-bit integer. */
const NO_STEP: Float = TWO_32

/** The constant that an i32 value is, -1 when it is none. */
function constantInst(f: IrFunction, value: number): number {
  const inst = f.definition(value)
  return inst >= 0 && f.op[inst] === IrOp.Iconst && f.ty[inst] === Ty.I32 ? inst : -1
}

/** Constant of an i32 value, unsigned; -1 when it is none. */
export function constantOf(f: IrFunction, value: number): Float {
  const inst = constantInst(f, value)
  return inst < 0 ? -1 : toUnsigned(f.immLo[inst])
}

/** What a value adds to another, signed; NO_STEP when it is not that other plus a constant. */
function stepOf(f: IrFunction, value: number, base: number): Float {
  if (value === base) return 0
  const inst = f.definition(value)
  if (inst < 0 || f.ty[inst] !== Ty.I32 || f.arg0[inst] !== base) return NO_STEP
  if (f.op[inst] !== IrOp.Iadd && f.op[inst] !== IrOp.Isub) return NO_STEP
  const constant = constantInst(f, f.arg1[inst])
  if (constant < 0) return NO_STEP
  return f.op[inst] === IrOp.Iadd ? f.immLo[constant] : -f.immLo[constant] | 0
}

function signed(value: Float): Float {
  return value < TWO_31 ? value : value - TWO_32
}

function isCount(turns: Float): boolean {
  return turns >= 0 && turns === Math.floor(turns)
}

/** Finds counters, and has what is known of the last one that it found. */
export class CounterFinder {
  /** The largest value in the header, unsigned. */
  most: Float = 0
  /** How often the loop turns at most; ENDLESS when that is not known. */
  trips: Float = 0
  private f!: IrFunction
  private cfg!: Cfg
  /** The test that a turn goes on by: `x cc limit`. */
  private cc = 0
  private x = -1
  private limit = -1

  reset(f: IrFunction, cfg: Cfg): void {
    this.f = f
    this.cfg = cfg
  }

  /**
   * True when parameter `index` of a loop's header is a counter of which something is known: `most` and `trips`.
   * @param back the entry of `cfg.preds` that is the one edge back
   * @param first the largest value that comes from outside, and `isExact` whether nothing else does
   */
  find(header: number, index: number, back: number, first: Float, isExact: boolean): boolean {
    const { f, cfg } = this
    const param = f.param(header, index)
    if (f.vType[param] !== Ty.I32) return false
    const latch = cfg.preds[back]
    const next = f.pool[f.successorCall(f.lastInst[latch], cfg.predSlots[back]) + 2 + index]
    const step = stepOf(f, next, param)
    if (step === NO_STEP || step === 0 || !this.readTest(latch, cfg.predSlots[back])) return false
    const ahead = stepOf(f, this.x, param)
    if (ahead !== 0 && ahead !== step) return false
    return this.bounded(first, isExact, step, ahead)
  }

  /** Reads what the branch of a block must find to take an edge. */
  private readTest(latch: number, slot: number): boolean {
    const { f, cfg } = this
    let block = latch
    let taken = slot
    let branch = f.lastInst[block]
    if (f.op[branch] === IrOp.Jump) {
      const entry = cfg.predStart[block]
      if (cfg.predStart[block + 1] !== entry + 1) return false
      block = cfg.preds[entry]
      taken = cfg.predSlots[entry]
      branch = f.lastInst[block]
    }
    if (f.op[branch] !== IrOp.Brif) return false
    let isInverted = taken === 1
    let condition = f.arg0[branch]
    let test = f.definition(condition)
    while (test >= 0 && f.op[test] === IrOp.Ieqz && f.ty[test] === Ty.I32) {
      isInverted = !isInverted
      condition = f.arg0[test]
      test = f.definition(condition)
    }
    const isCompared = test >= 0 && f.op[test] === IrOp.Icmp && f.ty[test] === Ty.I32
    this.x = isCompared ? f.arg0[test] : condition
    this.limit = isCompared ? f.arg1[test] : -1
    this.cc = isCompared ? f.aux[test] : IntCc.Ne
    if (isInverted) this.cc = intCcInverse[this.cc]
    return true
  }

  /** @param ahead what the value that is tested has of the step already */
  private bounded(first: Float, isExact: boolean, step: Float, ahead: Float): boolean {
    const { f, cc } = this
    const limit: Float = this.limit < 0 ? 0 : constantOf(f, this.limit)
    this.trips = ENDLESS
    if (cc === IntCc.Ne) {
      if (limit < 0 || !isExact) return false
      // The last value in the header is the one from which the test meets the limit.
      const last = toUnsigned(wrapped(limit - ahead))
      const turns = ratio(last - first, step)
      // One that passes zero on its way may be any unsigned number, but turns as often as the signed ones say.
      const signedTurns = ratio(signed(last) - signed(first), step)
      this.most = isCount(turns) ? Math.max(first, last) : TWO_32 - 1
      this.trips = isCount(turns) ? turns + 1 : signedTurns + 1
      return isCount(turns) || isCount(signedTurns)
    }
    if (step < 0) return false
    const isSigned = cc === IntCc.SLt || cc === IntCc.SLe
    if (!isSigned && cc !== IntCc.ULt && cc !== IntCc.ULe) return false
    const end = isSigned ? TWO_31 : TWO_32
    // A constant above the signed ones is negative; one that is not known is at most the largest.
    const known = limit < 0 ? end - 1 : limit
    if (first >= end || known >= end) return false
    const passing = known - (cc === IntCc.SLt || cc === IntCc.ULt ? 1 : 0)
    // The largest value that goes on to the header, and what would be tested after it: it must not wrap.
    const last = passing + step - ahead
    if (last + ahead >= end || last >= end) return false
    this.most = Math.max(first, last)
    if (limit >= 0 && isExact) this.trips = Math.max(1, Math.floor(ratio(last - first, step)) + 1)
    return true
  }
}
