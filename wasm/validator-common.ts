/**
 * Common cases that are too rare for the scan (validator.ts) and too frequent for the general step (validator-step.ts): loops,
 * `select`, indirect calls, indices of two bytes, long constants and offsets. They stand apart from the scan so that V8
 * optimizes it sooner, and keeps that code when one of them first comes. Like the scan they only ever say "surely valid":
 * at anything else they change nothing, and the step decides.
 *
 * `pos` and `sp` are fields here; the scan brings them up to date before it asks and reads them again afterwards.
 */
import { Op } from './opcodes.js'
import { F32, F64, FUNCREF, I32, I64 } from './types.js'
import {
  naturalAlign,
  opDescriptions,
  RESULT_SHIFT,
  RESULTS_SHIFT,
  OPERANDS_SHIFT,
  TYPE_MASK,
} from './validator-ops.js'
import { Frame, FrameKind } from './validator-stacks.js'
import { StepValidator } from './validator-step.js'

type Ops = typeof Op

// V8 embeds a module's own constants in optimized code; imported ones are loaded through a cell at every use.
const TYPE_I32 = I32
const TYPE_I64 = I64
const TYPE_F32 = F32
const TYPE_F64 = F64
const TYPE_FUNCREF = FUNCREF
const FRAME_BASE = Frame.base
const FRAME_WORDS = Frame.words

export abstract class CommonValidator extends StepValidator {
  /**
   * Moves over the opcode at `pos` if it is one of these.
   * @returns whether it was
   */
  protected common(): boolean {
    if (this.pos >= this.end) return false
    // Opcode and the three bytes behind it, lowest first.
    const word = this.view.getInt32(this.pos, true)
    switch (word & 0xff) {
      case 0x03 satisfies Ops['Loop']:
        return this.loop(word)
      case 0x0b satisfies Ops['End']:
        return this.endLoop()
      case 0x11 satisfies Ops['CallIndirect']:
        return this.indirectCall(word)
      case 0x1b satisfies Ops['Select']:
        return this.selectNumber()
      case 0x41 satisfies Ops['I32Const']:
        return this.longConst(TYPE_I32, 5)
      case 0x42 satisfies Ops['I64Const']:
        return this.longConst(TYPE_I64, 10)
      case 0x43 satisfies Ops['F32Const']:
        return this.floatConst(TYPE_F32, 5)
      case 0x44 satisfies Ops['F64Const']:
        return this.floatConst(TYPE_F64, 9)
      default:
        return naturalAlign[word & 0xff] >= 0 && this.farAccess(word)
    }
  }

  /** A loop without parameters. */
  private loop(word: number): boolean {
    const sig = this.tables.plainBlockSig[(word >> 8) & 0xff]
    if (sig < 0) return false
    this.at = this.pos
    this.openFrame(FrameKind.Loop, sig)
    this.enterLoop()
    this.pos += 2
    return true
  }

  /** The end of a loop that surely leaves its result, of which at most one. */
  private endLoop(): boolean {
    const { frame, frames, tables, sp } = this
    if (frames[frame + Frame.kind] !== FrameKind.Loop) return false
    const result = tables.sigResult[frames[frame + Frame.sig]]
    const there = sp - frames[frame + FRAME_BASE]
    if (there !== (result === 0 ? 0 : 1) || (result !== 0 && this.types[sp - 1] !== result)) return false
    this.leaveLoop()
    this.frame = frame - FRAME_WORDS
    this.pos++
    return true
  }

  /** A call of a function with at most one result through table 0, the type index being one byte. */
  private indirectCall(word: number): boolean {
    const { types, tables } = this
    const { tableTypes, sigTypes } = tables
    const sig = (word >> 8) & 0xff
    if (sig >= 0x80 || sig >= this.info.types.length || (word & 0xff0000) !== 0) return false
    const result = tables.sigResult[sig]
    const index = this.sp - 1
    const bottom = index - tables.sigParamCount[sig]
    if (result < 0 || tableTypes.length === 0 || tableTypes[0] !== TYPE_FUNCREF) return false
    if (bottom < this.frames[this.frame + FRAME_BASE] || types[index] !== TYPE_I32) return false
    const from = tables.sigParams[sig] - bottom
    for (let i = bottom; i < index; i++) if (types[i] !== sigTypes[from + i]) return false
    types[bottom] = result
    this.sp = result === 0 ? bottom : bottom + 1
    this.lastCall = this.pos
    this.pos += 3
    return true
  }

  private selectNumber(): boolean {
    const { types } = this
    const sp = this.sp - 3
    if (sp < this.frames[this.frame + FRAME_BASE] || types[sp + 2] !== TYPE_I32) return false
    const type = types[sp]
    if (types[sp + 1] !== type || type < TYPE_F64) return false
    this.sp = sp + 1
    this.pos++
    return true
  }

  /** A constant that is shorter than `most` bytes, opcode included: only the last one may have bits to be checked. */
  private longConst(type: number, most: number): boolean {
    const { pos, bytes } = this
    let last = pos + 1
    while (last < pos + most && bytes[last] >= 0x80) last++
    if (last === pos + most) return false
    this.push(type)
    this.pos = last + 1
    return true
  }

  private floatConst(type: number, length: number): boolean {
    if (this.end - this.pos < length) return false
    this.push(type)
    this.pos += length
    return true
  }

  /** A memory access with an offset of three or four bytes. */
  private farAccess(word: number): boolean {
    const { pos, bytes, types, info } = this
    const op = word & 0xff
    const description = opDescriptions[op]
    const operands = description >> OPERANDS_SHIFT
    const bottom = this.sp - operands
    if (((word >> 8) & 0xff) > naturalAlign[op] || info.memories.length === 0) return false
    if (bottom < this.frames[this.frame + FRAME_BASE] || types[bottom] !== TYPE_I32) return false
    if (operands === 2 && types[bottom + 1] !== (description & TYPE_MASK)) return false
    let last = pos + 2
    while (last < pos + 6 && bytes[last] >= 0x80) last++
    if (last === pos + 6) return false
    types[bottom] = (description >> RESULT_SHIFT) & TYPE_MASK
    this.sp = bottom + ((description >> RESULTS_SHIFT) & 1)
    this.pos = last + 1
    return true
  }
}
