/**
 * The operand and control stacks of the validator (specification appendix "Validation Algorithm") and every rule about
 * them, in their general form: unreachable code, several values, and the words of V8 when a rule is broken.
 *
 * Operand types and control frames live in int32 arrays that are reused for every function. The array of types always has
 * room for one more operand for each byte that the body has left (`reserveOperands`), so pushing one never asks.
 */
import { FunctionFacts } from './facts.js'
import { MAX_OPERANDS } from './limits.js'
import { FC_BASE, opcodeInfo, PREFIX_FC } from './opcodes.js'
import { BOT, valTypeName, type ModuleInfo, type ValType } from './types.js'
import { BodyReader } from './validator-reader.js'

export const FrameKind = { Func: 0, Block: 1, Loop: 2, If: 3, Else: 4 } as const

/**
 * A control frame is a record of int32 words in one array, so that pushing one touches one cache line. Frames are named
 * by the index of their first word; the function's is 0.
 */
export const Frame = {
  kind: 0,
  /** Signature id of the block type. */
  sig: 1,
  /** Height of the operand stack below the frame's parameters. */
  base: 2,
  /** 1 when the rest of the frame cannot be reached: its operands are then whatever is needed. */
  dead: 3,
  /** Position of the opcode that opened it. */
  at: 4,
  /** The one type that a branch to the frame carries, 0 for none, -1 for several. */
  label: 5,
  /**
   * What its `end` must find: one type, or 0 for nothing. -1 when there is more to it: several values, a loop, the
   * function, an `if` that has a result and no `else` yet.
   */
  end: 6,
  /** Of a loop: its ordinal. */
  loop: 7,
  words: 8,
} as const

/**
 * Where the operand stack begins. The scan reads two operands before it knows whether there are any; these below the
 * stack have no type.
 */
export const STACK_BOTTOM = 2

/** Room for results of calls and blocks, so that few functions have to enlarge the operand stack. */
const OPERAND_SLACK = 1024

export abstract class ValidatorStacks extends BodyReader {
  protected facts = new FunctionFacts()
  /** Position of the opcode at work. */
  protected at = 0

  // --- operands ---
  protected types = new Int32Array(2 * OPERAND_SLACK)
  protected sp = STACK_BOTTOM
  /** The greatest `sp` so far. */
  protected height = STACK_BOTTOM
  /** Position of the opcode that pushed each operand; only kept while tracing. */
  protected sources = new Int32Array(0)
  protected tracing = false

  // --- control frames ---
  protected frame = 0
  protected frames = new Int32Array(64 * Frame.words)

  /** The br_table that last checked a label of this type, by signature id (twice: parameters, results). */
  protected readonly labelChecked: Int32Array
  protected brTables = 0

  constructor(info: ModuleInfo) {
    super(info)
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

  /** Validates the current body from its start. */
  protected abstract walk(): void

  /**
   * The operand `slot` does not have the type that the opcode at work needs for its operand number `index`. V8 says what
   * made the operand and points at it. That is not worth remembering for every operand of a valid body: the body, now
   * known to be invalid, is walked again up to here with the sources traced.
   */
  protected failType(index: number, expected: string, slot: number): never {
    if (!this.tracing) {
      this.tracing = true
      this.sources = new Int32Array(this.types.length)
      try {
        this.walk()
      } finally {
        this.tracing = false
        this.sources = new Int32Array(0)
      }
    }
    const source = this.sources[slot]
    const found = `found ${this.opName(source)} of type ${valTypeName(this.types[slot])}`
    return this.fail(`${this.opName(this.at)}[${index}] expected ${expected}, ${found}`, source)
  }

  private failCount(need: number, got: number): never {
    const what = `not enough arguments on the stack for ${this.opName(this.at)}`
    return this.fail(`${what} (need ${need}, got ${got})`, this.at)
  }

  // --- operands -----------------------------------------------------------------------------------------------------

  protected get base(): number {
    return this.frames[this.frame + Frame.base]
  }

  protected get dead(): boolean {
    return this.frames[this.frame + Frame.dead] !== 0
  }

  /** The rest of the frame cannot be reached. */
  protected setDead(): void {
    this.frames[this.frame + Frame.dead] = 1
    this.sp = this.base
  }

  protected push(type: ValType): void {
    this.types[this.sp] = type
    if (this.tracing) this.sources[this.sp] = this.at
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
      const type = this.types[this.sp - 1]
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
      const type = this.types[slot]
      if (type !== sigTypes[from + i] && type !== BOT) this.failType(i, `type ${valTypeName(sigTypes[from + i])}`, slot)
    }
    this.sp -= popped
  }

  /** Pushes `sigTypes[from, from + count)`, made by the opcode at `source`. */
  protected pushRange(from: number, count: number, source: number): void {
    this.reserveOperands(this.sp + count, this.at)
    const { sigTypes } = this.tables
    for (let i = 0; i < count; i++) {
      this.types[this.sp + i] = sigTypes[from + i]
      if (this.tracing) this.sources[this.sp + i] = source
    }
    this.sp += count
    if (this.sp > this.height) this.height = this.sp
  }

  /** Makes room for `height` operands and for one more for each byte of the body from `pos` on. */
  protected reserveOperands(height: number, pos: number): void {
    const need = height + this.end - pos + 1
    if (need <= this.types.length) return
    if (height - STACK_BOTTOM > MAX_OPERANDS)
      this.fail(`operand stack exceeds internal limit of ${MAX_OPERANDS} elements`, pos)
    const size = Math.max(need, 2 * this.types.length)
    this.types = enlarge(this.types, size)
    if (this.tracing) this.sources = enlarge(this.sources, size)
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
      const type = this.types[slot]
      const expected = sigTypes[from + i]
      if (type === expected || type === BOT) continue
      const wanted = valTypeName(expected)
      if (dead) this.failType(i, `type ${wanted}`, slot)
      this.fail(`type error in ${merge}[${i}] (expected ${wanted}, got ${valTypeName(type)})`, this.at)
    }
  }

  // --- control frames -----------------------------------------------------------------------------------------------

  /** Opens the frame of the function itself, whose code starts at `pos`. */
  protected openFunction(sig: number, pos: number): void {
    this.sp = STACK_BOTTOM
    this.height = STACK_BOTTOM
    this.frame = -Frame.words
    this.reserveOperands(OPERAND_SLACK, pos)
    this.at = this.start
    this.addFrame(FrameKind.Func, sig)
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
      for (let i = 0; i < params; i++) this.types[base + i] = this.tables.sigTypes[from + i]
      this.sp = there
    }
  }

  private addFrame(kind: number, sig: number): void {
    const { sigParam, sigParamCount, sigResult } = this.tables
    this.frame += Frame.words
    const { frame } = this
    if (frame === this.frames.length) this.frames = enlarge(this.frames, 2 * this.frames.length)
    const { frames } = this
    const result = sigResult[sig]
    const oneArmed = kind === FrameKind.If && (result !== 0 || sigParamCount[sig] !== 0)
    const simple = kind !== FrameKind.Loop && kind !== FrameKind.Func && !oneArmed
    frames[frame + Frame.kind] = kind
    frames[frame + Frame.sig] = sig
    frames[frame + Frame.base] = this.sp
    frames[frame + Frame.dead] = 0
    frames[frame + Frame.at] = this.at
    frames[frame + Frame.label] = kind === FrameKind.Loop ? sigParam[sig] : result
    frames[frame + Frame.end] = simple ? result : -1
  }

  /** What a branch to a frame carries: first index in `sigTypes`. */
  protected labelTypes(frame: number): number {
    const sig = this.frames[frame + Frame.sig]
    const loop = this.frames[frame + Frame.kind] === FrameKind.Loop
    return loop ? this.tables.sigParams[sig] : this.tables.sigResults[sig]
  }

  /** How many values a branch to a frame carries. */
  protected labelCount(frame: number): number {
    const sig = this.frames[frame + Frame.sig]
    const loop = this.frames[frame + Frame.kind] === FrameKind.Loop
    return loop ? this.tables.sigParamCount[sig] : this.tables.sigResultCount[sig]
  }

  /** Checks what the innermost frame leaves and makes it its results; the frame stays open. */
  protected endFrame(): void {
    const { frame, frames } = this
    const { sigResults, sigResultCount } = this.tables
    const kind = frames[frame + Frame.kind]
    const sig = frames[frame + Frame.sig]
    if (kind === FrameKind.If) this.checkOneArmed(sig)
    const results = sigResultCount[sig]
    this.checkMerge(sigResults[sig], results, true, 'fallthru')
    // What falls out of a loop is named by what made it, other results by the block, as in V8's messages.
    if (kind === FrameKind.Loop && !this.dead) return
    this.sp = this.base
    this.pushRange(sigResults[sig], results, frames[frame + Frame.at])
  }

  /** The second arm of an `if` starts. */
  protected elseFrame(): void {
    const { frame, frames } = this
    const { sigParams, sigParamCount, sigResults, sigResultCount } = this.tables
    const kind = frames[frame + Frame.kind]
    if (kind !== FrameKind.If) {
      this.fail(kind === FrameKind.Else ? 'else already present for if' : 'else does not match an if', this.at)
    }
    const sig = frames[frame + Frame.sig]
    this.checkMerge(sigResults[sig], sigResultCount[sig], true, 'fallthru')
    frames[frame + Frame.kind] = FrameKind.Else
    frames[frame + Frame.dead] = 0
    frames[frame + Frame.end] = this.tables.sigResult[sig]
    this.sp = this.base
    this.pushRange(sigParams[sig], sigParamCount[sig], frames[frame + Frame.at])
  }

  /** An `if` without `else` passes its parameters on as its results. */
  private checkOneArmed(sig: number): void {
    const { sigParams, sigParamCount, sigResults, sigResultCount, sigTypes } = this.tables
    const at = this.frames[this.frame + Frame.at]
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

function enlarge(from: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const into = new Int32Array(size)
  into.set(from)
  return into
}
