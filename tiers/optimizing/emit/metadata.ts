/**
 * Sites, frame states and out-of-line traps of an optimized function (tiers/compiled.ts). A frame state names IR values;
 * where the allocation has them at the site is where they are, and what is not there any more is Gone.
 */
import {
  FRAME_HEAD_WORDS, FRAME_VALUE_WORDS, SITE_WORDS, SiteKind, siteInfo, Where,
} from '../../compiled.js' // oxfmt-ignore
import type { Assembler } from '../../isa/x64/assembler.js'
import { Form } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS } from '../ir/function.js'
import type { Lowering } from '../lower/lowering.js'
import { SLOT_BASE, XMM_BASE } from '../lower/vcode.js'
import type { Allocator } from '../regalloc/allocator.js'
import { slotOffset } from './frame.js'
import { grown } from '../../grown.js'

/** Code offset of the states of a trap whose code is not emitted yet. */
const UNPLACED = -1

export class Metadata {
  sites = new Int32Array(256 * SITE_WORDS)
  siteCount = 0
  frames = new Int32Array(1024)
  frameWords = 0
  private wantFrames = false
  private trapCount = 0
  private trapLabel = new Int32Array(64)
  private trapCode = new Int32Array(64)
  private trapPosition = new Int32Array(64)
  /** Its frame states: from where to where in `frames`. */
  private trapFrame = new Int32Array(64)
  private trapFrameEnd = new Int32Array(64)
  private lowering!: Lowering
  private allocator!: Allocator

  reset(wantFrames: boolean, lowering: Lowering, allocator: Allocator): void {
    this.siteCount = 0
    this.frameWords = 0
    this.trapCount = 0
    this.wantFrames = wantFrames
    this.lowering = lowering
    this.allocator = allocator
  }

  /**
   * Records a site at a code offset. @param position of its opcode (ir/inline-tree.ts)
   * @param state offset in the IR's states or -1 @param pos where the state's values are looked up
   */
  site(code: number, position: number, info: number, state: number, pos: number): void {
    if (this.siteCount * SITE_WORDS === this.sites.length) this.sites = grown(this.sites)
    const at = this.siteCount++ * SITE_WORDS
    this.sites[at] = code
    const { inlines } = this.lowering.f
    this.sites[at + 1] = inlines.offsetOf(position)
    this.sites[at + 2] = info | siteInfo(0, 0, 0, inlines.nodeOf(position))
    if (this.wantFrames) this.addFrames(code, state, pos)
  }

  /** A trap out of line: bind and emit it by `emitTraps`. */
  addTrap(label: number, code: number, position: number, state: number, pos: number): void {
    const at = this.trapCount++
    if (at === this.trapLabel.length) {
      this.trapLabel = grown(this.trapLabel)
      this.trapCode = grown(this.trapCode)
      this.trapPosition = grown(this.trapPosition)
      this.trapFrame = grown(this.trapFrame)
      this.trapFrameEnd = grown(this.trapFrameEnd)
    }
    this.trapLabel[at] = label
    this.trapCode[at] = code
    this.trapPosition[at] = position
    this.trapFrame[at] = this.frameWords
    if (this.wantFrames) this.addFrames(UNPLACED, state, pos)
    this.trapFrameEnd[at] = this.frameWords
  }

  emitTraps(asm: Assembler): void {
    for (let i = 0; i < this.trapCount; i++) {
      asm.bind(this.trapLabel[i])
      this.placeFrames(this.trapFrame[i], this.trapFrameEnd[i], asm.size)
      this.site(asm.size, this.trapPosition[i], siteInfo(SiteKind.Trap, this.trapCode[i]), -1, 0)
      asm.op(Form.ud2)
    }
  }

  /** Writes a state and those of the callers that it is inlined into. */
  private addFrames(code: number, state: number, pos: number): void {
    const { states } = this.lowering.f
    for (let at = state; at >= 0; at = states[at + 1]) this.addFrame(code, at, pos)
  }

  /** Gives frame states between two places in `frames` their code offset. */
  private placeFrames(from: number, end: number, code: number): void {
    for (let at = from; at < end;) {
      this.frames[at] = code
      at += FRAME_HEAD_WORDS + (this.frames[at + 2] + this.frames[at + 3]) * FRAME_VALUE_WORDS
    }
  }

  private addFrame(code: number, state: number, pos: number): void {
    const { f } = this.lowering
    const locals = f.states[state + 2]
    const operands = f.states[state + 3]
    const words = FRAME_HEAD_WORDS + (locals + operands) * FRAME_VALUE_WORDS
    if (this.frameWords + words > this.frames.length) this.frames = grown(this.frames, this.frameWords + words)
    let at = this.frameWords
    this.frameWords += words
    this.frames[at] = code
    this.frames[at + 1] = f.inlines.nodeOf(f.states[state])
    this.frames[at + 2] = locals
    this.frames[at + 3] = operands
    at += FRAME_HEAD_WORDS
    let from = state + STATE_HEAD_WORDS
    for (let i = 0; i < locals + operands; i++, at += FRAME_VALUE_WORDS, from += STATE_VALUE_WORDS) {
      this.frames[at] = f.states[from]
      this.placeValue(at + 1, f.states[from + 1], pos)
    }
  }

  private placeValue(at: number, value: number, pos: number): void {
    if (value < 0) {
      this.place(at, Where.Gone, 0, 0)
      return
    }
    const { f } = this.lowering
    const def = f.definition(this.lowering.source(value))
    if (def >= 0 && (f.op[def] === IrOp.Iconst || f.op[def] === IrOp.Fconst)) {
      this.place(at, Where.Const, f.immLo[def], f.immHi[def])
      return
    }
    const vreg = this.lowering.placedVreg(value)
    const loc = vreg < 0 ? -1 : this.allocator.locationAt(vreg, pos)
    if (loc < 0) this.place(at, Where.Gone, 0, 0)
    else if (loc >= SLOT_BASE) this.place(at, Where.Frame, slotOffset(loc), 0)
    else if (loc >= XMM_BASE) this.place(at, Where.Xmm, loc - XMM_BASE, 0)
    else this.place(at, Where.Gpr, loc, 0)
  }

  private place(at: number, where: number, payload: number, high: number): void {
    this.frames[at] = where
    this.frames[at + 1] = payload
    this.frames[at + 2] = high
  }
}
