/**
 * Sites, out-of-line traps and frame states of an optimized function (tiers/metadata.ts). A frame state names IR values; where the
 * allocation has one at the site, or a copy of it, is where it is. What is computed only after the site, or was folded into another
 * instruction, is described as an expression of values that are somewhere; the rest is Gone.
 *
 * States keep nothing alive: what is said here is found in code that was made without asking.
 */
import {
  EXPRESSION_HEAD_WORDS, FRAME_HEAD_WORDS, FRAME_VALUE_WORDS, frameExpressions, SiteKind, siteInfo, siteKind, Where,
} from '../../compiled.js' // oxfmt-ignore
import { FunctionMetadata, UNPLACED } from '../../metadata.js'
import { isPure } from '../egraph/graph.js'
import { FrameValue, STATE_HEAD_WORDS, STATE_VALUE_WORDS } from '../ir/arrays.js'
import { IrOp, opArgs } from '../ir/ops.js'
import type { Lowering } from '../lower/lowering.js'
import { SLOT_BASE, XMM_BASE } from '../lower/vcode.js'
import type { Allocator } from '../regalloc/allocator.js'
import { slotOffset } from './frame.js'

/** Operations in the expression of one value: more is rare, and a reader has to work through them. */
const MAX_OPERATIONS = 32

export class Metadata {
  readonly table = new FunctionMetadata()
  private lowering!: Lowering
  private allocator!: Allocator
  /** Where values are looked up: position of the site (regalloc/intervals.ts). */
  private pos = 0
  /** Operations that the expression being tried may still have. */
  private fuel = 0

  reset(wantFrames: boolean, lowering: Lowering, allocator: Allocator): void {
    this.table.reset(wantFrames)
    this.lowering = lowering
    this.allocator = allocator
  }

  /**
   * Records a site at a code offset. @param position of its opcode (ir/inline-tree.ts)
   * @param state offset in the IR's states or -1 @param pos where the state's values are looked up
   */
  site(code: number, position: number, info: number, state: number, pos: number): void {
    const { inlines } = this.lowering.f
    this.table.addSite(code, inlines.offsetOf(position), info | siteInfo(0, 0, 0, inlines.nodeOf(position)))
    if (this.table.wantFrames) this.addFrames(code, state, pos, siteKind(info) === SiteKind.Call)
  }

  /** A trap out of line, to which a jump leads. @param info of its site, without the node */
  addTrap(label: number, info: number, position: number, state: number, pos: number): void {
    const { table } = this
    const { inlines } = this.lowering.f
    const frame = table.frameWords
    if (table.wantFrames) this.addFrames(UNPLACED, state, pos, false)
    table.addTrap(label, inlines.offsetOf(position), info | siteInfo(0, 0, 0, inlines.nodeOf(position)), frame)
  }

  /** Writes a state and those of the callers that it is inlined into. @param isCall the operands of the instruction are the callee's */
  private addFrames(code: number, state: number, pos: number, isCall: boolean): void {
    const { states } = this.lowering.f
    this.pos = pos
    for (let at = state; at >= 0; at = states[at + 1]) this.addFrame(code, at, isCall || at !== state)
  }

  private addFrame(code: number, state: number, isCall: boolean): void {
    const { table } = this
    const { states, inlines } = this.lowering.f
    const locals = states[state + 2]
    const operands = states[state + 3] - (isCall ? states[state + 4] : 0)
    let at = table.addFrame(code, inlines.nodeOf(states[state]), locals, operands)
    const frame = at - FRAME_HEAD_WORDS
    let from = state + STATE_HEAD_WORDS
    for (let i = 0; i < locals + operands; i++, at += FRAME_VALUE_WORDS, from += STATE_VALUE_WORDS) {
      const value = states[from + 1]
      this.fuel = MAX_OPERATIONS
      if (value === FrameValue.Zero) table.setValue(at, states[from], Where.Const, 0, 0)
      else if (value >= 0 && this.isKnown(value)) this.describe(frame, at, states[from], value)
      else table.setValue(at, states[from], Where.Gone, 0, 0)
    }
  }

  /** The location of a value or a copy of it at the site, -1 when nothing holds it there. */
  private locationOf(value: number): number {
    const { nextCopy } = this.lowering.f
    let copy = value
    do {
      const vreg = this.lowering.placedVreg(copy)
      const loc = vreg < 0 ? -1 : this.allocator.locationAt(vreg, this.pos)
      if (loc >= 0) return loc
      copy = nextCopy[copy]
    } while (copy !== value)
    return -1
  }

  private isConstant(def: number): boolean {
    const op = def < 0 ? -1 : this.lowering.f.op[def]
    return op === IrOp.Iconst || op === IrOp.Fconst
  }

  /** True when a value is somewhere at the site, or can be computed from what is. Uses fuel. */
  private isKnown(value: number): boolean {
    const { f } = this.lowering
    const def = f.definition(this.lowering.source(value))
    if (this.isConstant(def) || this.locationOf(value) >= 0) return true
    if (def < 0 || !isPure(f, def) || this.fuel-- <= 0) return false
    for (let i = 0; i < opArgs[f.op[def]]; i++) if (!this.isKnown(f.arg(def, i))) return false
    return true
  }

  /** Writes where a known value is. @param frame the state that it belongs to, or whose expressions it is in */
  private describe(frame: number, at: number, type: number, value: number): void {
    const { table, lowering } = this
    const { f } = lowering
    const def = f.definition(lowering.source(value))
    if (this.isConstant(def)) {
      table.setValue(at, type, Where.Const, f.immLo[def], f.immHi[def])
      return
    }
    const loc = this.locationOf(value)
    if (loc >= SLOT_BASE) table.setValue(at, type, Where.Frame, slotOffset(loc), 0)
    else if (loc >= XMM_BASE) table.setValue(at, type, Where.Xmm, loc - XMM_BASE, 0)
    else if (loc >= 0) table.setValue(at, type, Where.Gpr, loc, 0)
    else table.setValue(at, type, Where.Computed, this.express(frame, def), 0)
  }

  /** Adds the expression of an instruction. @returns the word among the state's expressions where it is */
  private express(frame: number, inst: number): number {
    const { table } = this
    const { f } = this.lowering
    const count = opArgs[f.op[inst]]
    const at = table.addExpressionWords(frame, EXPRESSION_HEAD_WORDS + count * FRAME_VALUE_WORDS)
    const { frames } = table
    frames[at] = f.op[inst]
    frames[at + 1] = f.ty[inst]
    frames[at + 2] = f.aux[inst]
    frames[at + 3] = count
    for (let i = 0; i < count; i++) {
      const arg = f.arg(inst, i)
      this.describe(frame, at + EXPRESSION_HEAD_WORDS + i * FRAME_VALUE_WORDS, f.vType[arg], arg)
    }
    return at - frameExpressions(table.frames, frame)
  }
}
