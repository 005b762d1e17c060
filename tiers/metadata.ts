/**
 * Writes the metadata table of a function (tiers/compiled.ts): sites in code order, the traps that stand out of line behind
 * the code, and on request frame states. Both tiers fill one of these; what they put into a frame state they know themselves.
 *
 * Traps are one `ud2` each behind the code, so that the hot path is one untaken branch. Their frame states are written where
 * the branch is, since there the values are where the states say, and get their code offset when the trap is emitted.
 */
import { declareMutable } from '../wasm/mutable-fields.js'
import { FRAMES_START, FRAME_HEAD_WORDS, FRAME_VALUE_WORDS, SITE_WORDS, frameStateEnd } from './compiled.js'
import { grown } from './grown.js'
import type { Assembler } from './isa/x64/assembler.js'
import { Form } from './isa/x64/forms.js'

/** Code offset of the frame states of what is not emitted yet. */
export const UNPLACED = -1

export class FunctionMetadata {
  sites = new Int32Array(256 * SITE_WORDS)
  siteCount = 0
  wantFrames = false
  frames = new Int32Array(0)
  frameWords = 0

  private trapCount = 0
  private trapLabel = new Int32Array(64)
  /** Info word of the site, and its wasm offset. */
  private trapInfo = new Int32Array(64)
  private trapWasm = new Int32Array(64)
  /** Where its frame states begin and end. */
  private trapFrame = new Int32Array(64)
  private trapFrameEnd = new Int32Array(64)

  constructor() {
    declareMutable(this)
  }

  reset(wantFrames: boolean): void {
    this.siteCount = 0
    this.frameWords = 0
    this.trapCount = 0
    this.wantFrames = wantFrames
    if (wantFrames) this.reserve(FRAMES_START)
  }

  /** The prologue is emitted. */
  endPrologue(size: number): void {
    if (this.wantFrames) this.frames[0] = size
  }

  addSite(code: number, wasm: number, info: number): void {
    const at = this.siteCount++ * SITE_WORDS
    if (at === this.sites.length) this.sites = grown(this.sites)
    this.sites[at] = code
    this.sites[at + 1] = wasm
    this.sites[at + 2] = info
  }

  /** A trap that a jump to `label` leads to. @param frame where its frame states begin, which have just been written */
  addTrap(label: number, wasm: number, info: number, frame: number): void {
    const at = this.trapCount++
    if (at === this.trapLabel.length) {
      this.trapLabel = grown(this.trapLabel)
      this.trapInfo = grown(this.trapInfo)
      this.trapWasm = grown(this.trapWasm)
      this.trapFrame = grown(this.trapFrame)
      this.trapFrameEnd = grown(this.trapFrameEnd)
    }
    this.trapLabel[at] = label
    this.trapInfo[at] = info
    this.trapWasm[at] = wasm
    this.trapFrame[at] = frame
    this.trapFrameEnd[at] = this.frameWords
  }

  /** Emits the out-of-line traps. */
  emitTraps(asm: Assembler): void {
    for (let i = 0; i < this.trapCount; i++) {
      asm.bind(this.trapLabel[i])
      this.placeFrames(this.trapFrame[i], this.trapFrameEnd[i], asm.size)
      this.addSite(asm.size, this.trapWasm[i], this.trapInfo[i])
      asm.op(Form.ud2)
    }
  }

  /** Gives the frame states between two places in `frames` their code offset. */
  placeFrames(from: number, end: number, code: number): void {
    for (let at = from; at < end; at = frameStateEnd(this.frames, at)) this.frames[at] = code
  }

  /** Begins a frame state with room for its values. @returns where the first one goes: see `setValue` */
  addFrame(code: number, node: number, locals: number, operands: number): number {
    const at = this.reserve(FRAME_HEAD_WORDS + (locals + operands) * FRAME_VALUE_WORDS)
    const { frames } = this
    frames[at] = code
    frames[at + 1] = node
    frames[at + 2] = locals
    frames[at + 3] = operands
    frames[at + 4] = 0
    return at + FRAME_HEAD_WORDS
  }

  /** Room at the end of `frames`. @returns where it begins */
  private reserve(words: number): number {
    const at = this.frameWords
    if (at + words > this.frames.length) this.frames = grown(this.frames, at + words)
    this.frameWords += words
    return at
  }

  /** Writes a value of a frame state, or an operand of an expression. @param type Wasm value type, of an operand IR type */
  setValue(at: number, type: number, where: number, payload: number, high: number): void {
    const { frames } = this
    frames[at] = type
    frames[at + 1] = where
    frames[at + 2] = payload
    frames[at + 3] = high
  }

  /** Adds a word to the expressions of the frame state that begins at `state`, the last one. @returns where it is */
  addExpressionWords(state: number, words: number): number {
    const at = this.reserve(words)
    this.frames[state + 4] += words
    return at
  }
}
