/**
 * The operand and control stacks of the validator (specification appendix "Validation Algorithm") and every rule about
 * them, in their general form: unreachable code, several values, and the words of V8 when a rule is broken.
 *
 * They live in the memory of the scan (scan/memory.ts), which goes on where the step leaves them. It always has
 * room for one more operand for each byte that the body has left (`reserveOperands`), so pushing one never asks.
 */
import { MAX_OPERANDS } from './limits.js'
import { FC_BASE, opcodeInfo, PREFIX_FC } from './opcodes.js'
import {
  FRAME_AT,
  FRAME_BASE,
  FRAME_DEAD,
  FRAME_END,
  FRAME_KIND,
  FRAME_LABEL,
  FRAME_LOOP,
  FRAME_SIG,
  FRAME_SIZE,
  KIND_ELSE,
  KIND_FUNC,
  KIND_IF,
  KIND_LOOP,
} from './scan/layout.js'
import type { ScanMemory } from './scan/memory.js'
import { BOT, valTypeName, type ModuleInfo, type ValType } from './types.js'
import { BodyReader } from './validator-reader.js'

/** Fields of a control frame (scan/layout.ts), as words. */
export const Frame = {
  kind: FRAME_KIND >> 2,
  sig: FRAME_SIG >> 2,
  base: FRAME_BASE >> 2,
  dead: FRAME_DEAD >> 2,
  at: FRAME_AT >> 2,
  label: FRAME_LABEL >> 2,
  end: FRAME_END >> 2,
  loop: FRAME_LOOP >> 2,
  words: FRAME_SIZE >> 2,
} as const

export abstract class ValidatorStacks extends BodyReader {
  /** Position of the opcode at work. */
  protected at = 0

  // Operands and frames are named by the index of their first word.
  protected sp = 0
  /** The greatest `sp` so far. */
  protected height = 0
  protected frame = 0
  /** What made each operand, by its number; only kept while tracing. */
  protected readonly sources: number[] = []
  protected tracing = false

  /** The br_table that last checked a label of this type, by signature id (twice: parameters, results). */
  protected readonly labelChecked: Int32Array
  protected brTables = 0

  constructor(info: ModuleInfo, memory: ScanMemory) {
    super(info, memory)
    this.labelChecked = new Int32Array(2 * this.tables.sigParams.length)
  }

  // --- errors -------------------------------------------------------------------------------------------------------

  private opName(pos: number): string {
    const { bytes } = this
    const byte = bytes[pos]
    let id = byte
    if (byte === PREFIX_FC) id = FC_BASE + this.u32(pos + 1, 'prefixed opcode index')
    return opcodeInfo[id]?.name ?? `<0x${byte.toString(16)}>`
  }

  /** Validates the current body from its start, step by step. */
  protected abstract stepAll(): void

  /**
   * The operand `slot` does not have the type that the opcode at work needs for its operand number `index`. V8 says what
   * made the operand and points at it. That is not worth remembering for every operand of a valid body: the body, now
   * known to be invalid, is walked again up to here with the sources traced.
   */
  protected failType(index: number, expected: string, slot: number): never {
    if (!this.tracing) {
      this.tracing = true
      try {
        this.stepAll()
      } finally {
        this.tracing = false
      }
    }
    const source = this.sources[slot - this.memory.bottom]
    const found = `found ${this.opName(source)} of type ${valTypeName(this.words[slot])}`
    return this.fail(`${this.opName(this.at)}[${index}] expected ${expected}, ${found}`, source)
  }

  private failCount(need: number, got: number): never {
    const what = `not enough arguments on the stack for ${this.opName(this.at)}`
    return this.fail(`${what} (need ${need}, got ${got})`, this.at)
  }

  // --- operands -----------------------------------------------------------------------------------------------------

  protected get base(): number {
    return this.words[this.frame + Frame.base] >> 2
  }

  protected get dead(): boolean {
    return this.words[this.frame + Frame.dead] !== 0
  }

  /** The rest of the frame cannot be reached. */
  protected setDead(): void {
    this.words[this.frame + Frame.dead] = 1
    this.sp = this.base
  }

  protected push(type: ValType): void {
    this.words[this.sp] = type
    if (this.tracing) this.sources[this.sp - this.memory.bottom] = this.at
    this.sp++
    if (this.sp > this.height) this.height = this.sp
  }

  /**
   * Pops operand number `index` of the opcode at work, of which `popped` are popped already.
   * @param expected BOT for any type
   * @returns the type found, BOT when unreachable code left the operand out
   */
  protected pop(expected: ValType, index: number, popped: number): ValType {
    if (this.sp > this.base) {
      const type = this.words[this.sp - 1]
      if (type !== expected && type !== BOT && expected !== BOT) {
        this.failType(index, `type ${valTypeName(expected)}`, this.sp - 1)
      }
      this.sp--
      return type
    }
    if (!this.dead) this.failCount(popped + 1, popped)
    return BOT
  }

  /** Pops the operands of `sigTypes[from, from + count)`; `extra` are popped already (for the message). */
  protected popRange(from: number, count: number, extra: number): void {
    const { sigTypes } = this.tables
    const there = this.sp - this.base
    if (there < count && !this.dead) this.failCount(count + extra, there + extra)
    const popped = Math.min(there, count)
    for (let i = count - popped; i < count; i++) {
      const slot = this.sp - count + i
      const type = this.words[slot]
      if (type !== sigTypes[from + i] && type !== BOT) this.failType(i, `type ${valTypeName(sigTypes[from + i])}`, slot)
    }
    this.sp -= popped
  }

  /** Pushes `sigTypes[from, from + count)`, made by the opcode at `source`. */
  protected pushRange(from: number, count: number, source: number): void {
    this.reserveOperands(this.sp + count, this.at)
    const { sigTypes } = this.tables
    for (let i = 0; i < count; i++) {
      this.words[this.sp + i] = sigTypes[from + i]
      if (this.tracing) this.sources[this.sp + i - this.memory.bottom] = source
    }
    this.sp += count
    if (this.sp > this.height) this.height = this.sp
  }

  /** Makes room for operands up to `sp`, and for one more for each byte of the body from `pos` on. */
  protected reserveOperands(sp: number, pos: number): void {
    if (sp - this.memory.bottom > MAX_OPERANDS)
      this.fail(`operand stack exceeds internal limit of ${MAX_OPERANDS} elements`, pos)
    const moved = this.memory.reserveOperands(sp + this.end - pos + 1, this.frame)
    this.sp += moved
    this.height += moved
    this.bytes = this.memory.bytes
    this.words = this.memory.words
  }

  /**
   * Checks the operands that a branch or the end of a frame takes: the topmost `count` of the current frame must be
   * `sigTypes[from, from + count)`.
   * @param exact there must be no more of them (fall-through)
   */
  protected checkMerge(from: number, count: number, exact: boolean, merge: string): void {
    const there = this.sp - this.base
    const { dead } = this
    if ((there < count && !dead) || (exact && there > count)) {
      this.fail(`expected ${count} elements on the stack for ${merge}, found ${there}`, this.at)
    }
    const { sigTypes } = this.tables
    for (let i = Math.max(0, count - there); i < count; i++) {
      const slot = this.sp - count + i
      const type = this.words[slot]
      const expected = sigTypes[from + i]
      if (type === expected || type === BOT) continue
      const wanted = valTypeName(expected)
      if (dead) this.failType(i, `type ${wanted}`, slot)
      this.fail(`type error in ${merge}[${i}] (expected ${wanted}, got ${valTypeName(type)})`, this.at)
    }
  }

  // --- control frames -----------------------------------------------------------------------------------------------

  /** Opens the frame of the function itself. */
  protected openFunction(sig: number): void {
    this.sp = this.memory.bottom
    this.height = this.memory.bottom
    this.frame = this.memory.firstFrame - Frame.words
    this.at = this.start
    this.addFrame(KIND_FUNC, sig)
  }

  /**
   * Opens the frame of a block that the opcode at work starts. Its parameters stay on the stack; those that unreachable
   * code left out are put there.
   */
  protected openFrame(kind: number, sig: number): void {
    const from = this.tables.sigParams[sig]
    const params = this.tables.sigParamCount[sig]
    const there = this.sp
    this.popRange(from, params, 0)
    const base = this.sp
    this.addFrame(kind, sig)
    if (there - base < params) this.pushRange(from, params, this.at)
    else {
      for (let i = 0; i < params; i++) this.words[base + i] = this.tables.sigTypes[from + i]
      this.sp = there
    }
  }

  private addFrame(kind: number, sig: number): void {
    const { sigParam, sigParamCount, sigResult } = this.tables
    this.frame += Frame.words
    const { frame, words } = this
    const result = sigResult[sig]
    const oneArmed = kind === KIND_IF && (result !== 0 || sigParamCount[sig] !== 0)
    words[frame + Frame.kind] = kind
    words[frame + Frame.sig] = sig
    words[frame + Frame.base] = 4 * this.sp
    words[frame + Frame.dead] = 0
    words[frame + Frame.at] = this.at
    words[frame + Frame.label] = kind === KIND_LOOP ? sigParam[sig] : result
    words[frame + Frame.end] = oneArmed ? -1 : result
  }

  /** What a branch to a frame carries: first index in `sigTypes`. */
  protected labelTypes(frame: number): number {
    const sig = this.words[frame + Frame.sig]
    const loop = this.words[frame + Frame.kind] === KIND_LOOP
    return loop ? this.tables.sigParams[sig] : this.tables.sigResults[sig]
  }

  /** How many values a branch to a frame carries. */
  protected labelCount(frame: number): number {
    const sig = this.words[frame + Frame.sig]
    const loop = this.words[frame + Frame.kind] === KIND_LOOP
    return loop ? this.tables.sigParamCount[sig] : this.tables.sigResultCount[sig]
  }

  /** Checks what the innermost frame leaves and makes it its results; the frame stays open. */
  protected endFrame(): void {
    const { frame, words } = this
    const { sigResults, sigResultCount } = this.tables
    const kind = words[frame + Frame.kind]
    const sig = words[frame + Frame.sig]
    if (kind === KIND_IF) this.checkOneArmed(sig)
    const results = sigResultCount[sig]
    this.checkMerge(sigResults[sig], results, true, 'fallthru')
    // What falls out of a loop is named by what made it, other results by the block, as in V8's messages.
    if (kind === KIND_LOOP && !this.dead) return
    this.sp = this.base
    this.pushRange(sigResults[sig], results, words[frame + Frame.at])
  }

  /** The second arm of an `if` starts. */
  protected elseFrame(): void {
    const { frame, words } = this
    const { sigParams, sigParamCount, sigResults, sigResultCount } = this.tables
    const kind = words[frame + Frame.kind]
    if (kind !== KIND_IF) {
      this.fail(kind === KIND_ELSE ? 'else already present for if' : 'else does not match an if', this.at)
    }
    const sig = words[frame + Frame.sig]
    this.checkMerge(sigResults[sig], sigResultCount[sig], true, 'fallthru')
    words[frame + Frame.kind] = KIND_ELSE
    words[frame + Frame.dead] = 0
    words[frame + Frame.end] = this.tables.sigResult[sig]
    this.sp = this.base
    this.pushRange(sigParams[sig], sigParamCount[sig], words[frame + Frame.at])
  }

  /** An `if` without `else` passes its parameters on as its results. */
  private checkOneArmed(sig: number): void {
    const { sigParams, sigParamCount, sigResults, sigResultCount, sigTypes } = this.tables
    const at = this.words[this.frame + Frame.at]
    const count = sigParamCount[sig]
    if (count !== sigResultCount[sig]) this.fail('start-arity and end-arity of one-armed if must match', at)
    for (let i = 0; i < count; i++) {
      const param = sigTypes[sigParams[sig] + i]
      const result = sigTypes[sigResults[sig] + i]
      if (param === result) continue
      this.fail(`type error in merge[${i}] (expected ${valTypeName(result)}, got ${valTypeName(param)})`, at)
    }
  }
}
