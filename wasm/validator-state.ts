/**
 * The state of validating one function body, and all of it that need not be fast: reading multi-byte immediates,
 * popping where the fast checks failed (which is an error, or unreachable code), locals, growth and messages.
 *
 * The algorithm is that of the specification's appendix "Validation Algorithm". Operand types and control frames live in
 * typed arrays that are reused for every function.
 */
import { WasmError } from './error.js'
import { FunctionFacts } from './facts.js'
import { MAX_LOCALS, MAX_OPERANDS } from './limits.js'
import { ModuleTables } from './module-tables.js'
import { FC_BASE, Op, opcodeInfo, PREFIX_FC } from './opcodes.js'
import { BOT, EXTERNREF, F32, F64, FUNCREF, I32, I64, valTypeName, type ModuleInfo, type ValType } from './types.js'
import { pushesOne } from './validator-ops.js'

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
  /** What a branch to the frame carries: first index in `sigTypes`, and how many. */
  label: 5,
  labelCount: 6,
  /** Of a loop: ordinal of the loop around it, -1 for none. */
  outerLoop: 7,
  words: 8,
} as const

/** Room for results of calls and blocks, so that few functions have to start again with a larger stack. */
const OPERAND_SLACK = 1024

export abstract class ValidatorState {
  protected readonly info: ModuleInfo
  protected readonly tables: ModuleTables

  // --- the body ---
  protected bytes: Uint8Array = new Uint8Array(0)
  /** The same bytes. */
  protected view: DataView = new DataView(new ArrayBuffer(0))
  protected start = 0
  protected end = 0
  /** Offset in the module of position 0 of `bytes`. */
  protected origin = 0
  protected funcIndex = 0
  /** Position behind the immediate that a reading method read. */
  protected next = 0
  protected facts = new FunctionFacts()

  // --- operands ---
  protected types = new Int32Array(1024)
  /** Position of the opcode that pushed each operand; only kept while tracing. */
  protected sources = new Int32Array(0)
  protected tracing = false

  // --- control frames ---
  protected frame = 0
  protected frames = new Int32Array(64 * Frame.words)

  /** The br_table that last checked a label of this type, by signature id (twice: parameters, results). */
  protected labelChecked: Int32Array
  protected brTables = 0

  constructor(info: ModuleInfo) {
    this.info = info
    this.tables = new ModuleTables(info)
    this.labelChecked = new Int32Array(2 * this.tables.sigParams.length)
  }

  protected setBytes(bytes: Uint8Array): void {
    if (this.bytes === bytes) return
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  // --- errors -------------------------------------------------------------------------------------------------------

  protected fail(message: string, pos: number): never {
    throw new WasmError(message, pos + this.origin, this.funcIndex)
  }

  protected opName(pos: number): string {
    const { bytes } = this
    const byte = bytes[pos]
    let id = byte
    if (byte === PREFIX_FC) id = FC_BASE + this.u32(pos + 1, 'prefixed opcode index')
    return opcodeInfo[id]?.name ?? `<0x${byte.toString(16)}>`
  }

  /** Validates the current body, a function of signature `sig`. */
  protected abstract run(sig: number): void

  /**
   * The operand `slot` does not have the type that the opcode at `at` needs for its operand number `index`. V8 says
   * what made the operand and points at it. That is not worth remembering for every operand of a valid body: the
   * body, now known to be invalid, is run again up to here with the sources traced.
   */
  protected failType(at: number, index: number, expected: string, slot: number): never {
    if (!this.tracing) {
      this.tracing = true
      this.sources = new Int32Array(this.types.length)
      try {
        this.run(this.frames[Frame.sig])
      } finally {
        this.tracing = false
        this.sources = new Int32Array(0)
      }
    }
    const source = this.sources[slot]
    const found = `found ${this.opName(source)} of type ${valTypeName(this.types[slot])}`
    return this.fail(`${this.opName(at)}[${index}] expected ${expected}, ${found}`, source)
  }

  /** While tracing: notes what the opcode at `at` pushed, `sp` being the height behind it. */
  protected trace(at: number, sp: number): void {
    if (sp === 0 || at < this.start) return
    const { bytes } = this
    let id: number = bytes[at]
    if (id === PREFIX_FC) id = FC_BASE + this.u32(at + 1, 'prefixed opcode index')
    let pushes = pushesOne[id] !== 0
    if (id === Op.Call)
      pushes = this.tables.sigResultCount[this.tables.funcSig[this.u32(at + 1, 'function index')]] === 1
    else if (id === Op.CallIndirect) pushes = this.tables.sigResultCount[this.u32(at + 1, 'type index')] === 1
    if (pushes) this.sources[sp - 1] = at
  }

  protected failCount(at: number, need: number, got: number): never {
    return this.fail(`not enough arguments on the stack for ${this.opName(at)} (need ${need}, got ${got})`, at)
  }

  protected failLocal(at: number): never {
    return this.fail(`invalid local index: ${this.u32(at + 1, 'local index')}`, at + 1)
  }

  protected failGlobal(at: number): never {
    return this.fail(`Invalid global index: ${this.u32(at + 1, 'global index')}`, at + 1)
  }

  protected failImmutable(global: number, at: number): never {
    return this.fail(`immutable global #${global} cannot be assigned`, at)
  }

  protected failFunction(at: number): never {
    return this.fail(`function index #${this.u32(at + 1, 'function index')} is out of bounds`, at + 1)
  }

  /** The label index at `pos` names no frame. */
  protected failDepth(pos: number): never {
    return this.fail(`invalid branch depth: ${this.u32(pos, 'branch depth')}`, pos)
  }

  // --- immediates ---------------------------------------------------------------------------------------------------

  /** Unsigned LEB128 of 32 bits at `pos`; `next` is the position behind it. */
  protected u32(pos: number, what: string): number {
    const { bytes, end } = this
    let value = 0
    let shift = 0
    for (;;) {
      if (pos >= end) this.fail(`expected ${what}`, pos)
      const byte = bytes[pos]
      value |= (byte & 0x7f) << shift
      if (shift === 28) {
        if (byte >= 0x80) this.fail(`expected ${what}`, pos)
        if (byte > 0x0f) this.fail('extra bits in varint', pos)
      }
      pos++
      if (byte < 0x80) break
      shift += 7
    }
    this.next = pos
    return value >>> 0
  }

  /** An unsigned LEB128 that names something: all that an int32 cannot hold is the same out-of-bounds index. */
  protected index(pos: number, what: string): number {
    const index = this.u32(pos, what)
    return index > 0x7fff_ffff ? 0x7fff_ffff : index
  }

  /** Position behind the signed LEB128 of 32 bits at `pos`. */
  protected skipS32(pos: number): number {
    const { bytes, end } = this
    const last = pos + 4
    for (;;) {
      if (pos >= end) this.fail('expected immi32', pos)
      const byte = bytes[pos]
      if (pos === last) {
        if (byte >= 0x80) this.fail('expected immi32', pos)
        const rest = byte & 0x78
        if (rest !== 0 && rest !== 0x78) this.fail('extra bits in varint', pos)
      }
      pos++
      if (byte < 0x80) return pos
    }
  }

  /** Position behind the signed LEB128 of 64 bits at `pos`. */
  protected skipS64(pos: number): number {
    const { bytes, end } = this
    const last = pos + 9
    for (;;) {
      if (pos >= end) this.fail('expected immi64', pos)
      const byte = bytes[pos]
      if (pos === last) {
        if (byte >= 0x80) this.fail('expected immi64', pos)
        if (byte !== 0 && byte !== 0x7f) this.fail('extra bits in varint', pos)
      }
      pos++
      if (byte < 0x80) return pos
    }
  }

  /**
   * The immediates of a memory access at `pos`, when they are not the usual two bytes: an alignment exponent up to the
   * `natural` one, and an offset. Returns the position behind them.
   */
  protected memArg(natural: number, pos: number): number {
    const align = this.u32(pos, 'alignment')
    if (align > natural) {
      this.fail(`invalid alignment; expected maximum alignment is ${natural}, actual alignment is ${align}`, pos)
    }
    this.u32(this.next, 'offset')
    return this.next
  }

  /** A byte that 2.0 reserves for a memory index and that must be 0. */
  protected memoryByte(pos: number): void {
    if (pos >= this.end) this.fail('memory index', pos)
    if (this.bytes[pos] !== 0) this.fail(`expected memory index 0, found ${this.bytes[pos]}`, pos)
    if (this.info.memories.length === 0) this.fail('memory instruction with no memory', pos)
    this.next = pos + 1
  }

  protected valType(pos: number): ValType {
    if (pos >= this.end) this.fail('value type opcode', pos)
    const type = this.bytes[pos]
    this.next = pos + 1
    switch (type) {
      case I32:
      case I64:
      case F32:
      case F64:
      case FUNCREF:
      case EXTERNREF:
        return type
      default:
        return this.fail(`invalid value type 0x${type.toString(16)}`, pos)
    }
  }

  /** The signature id of a block type that is not a known single byte: a type index of several bytes, or an error. */
  protected longBlockType(pos: number): number {
    const { bytes, end } = this
    if (pos < end && bytes[pos] < 0x80) {
      const byte = bytes[pos]
      if (byte < 0x40) this.fail(`block type index ${byte} is not a signature definition`, pos)
      return this.fail(`invalid value type 0x${byte.toString(16)}`, pos)
    }
    const first = pos
    let value = 0
    // 33 signed bits; only the non-negative half names something.
    for (let scale = 1; ; scale *= 128) {
      if (pos >= end || (pos === first + 4 && bytes[pos] >= 0x80)) this.fail('expected block type', pos)
      const byte = bytes[pos]
      value += (byte & 0x7f) * scale
      if (pos === first + 4) {
        const rest = byte & 0x70
        if (rest !== 0 && rest !== 0x70) this.fail('extra bits in varint', pos)
      }
      pos++
      if (byte >= 0x80) continue
      if ((byte & 0x40) !== 0) this.fail(`invalid block type ${value - 128 * scale}`, first)
      break
    }
    if (value >= this.info.types.length) this.fail(`block type index ${value} is not a signature definition`, first)
    this.next = pos
    return value
  }

  // --- operands -----------------------------------------------------------------------------------------------------

  /**
   * Pops operand number `index` of the opcode at `at`, of which `popped` are popped already.
   * @param expected BOT for any type
   * @returns the new height; the slot there has the type found, BOT when there was none
   */
  protected pop(sp: number, expected: ValType, index: number, popped: number, at: number): number {
    if (sp > this.frames[this.frame + Frame.base]) {
      const type = this.types[sp - 1]
      if (type !== expected && type !== BOT && expected !== BOT) {
        this.failType(at, index, `type ${valTypeName(expected)}`, sp - 1)
      }
      return sp - 1
    }
    if (this.frames[this.frame + Frame.dead] === 0) this.failCount(at, popped + 1, popped)
    this.types[sp] = BOT
    return sp
  }

  /** Pops the operands of `sigTypes[from, from + count)`; `extra` are popped already (for the message). */
  protected popRange(sp: number, from: number, count: number, extra: number, at: number): number {
    const { types } = this
    const { sigTypes } = this.tables
    const there = sp - this.frames[this.frame + Frame.base]
    if (there < count && this.frames[this.frame + Frame.dead] === 0) this.failCount(at, count + extra, there + extra)
    const popped = Math.min(there, count)
    for (let i = count - popped; i < count; i++) {
      const slot = sp - count + i
      const expected = sigTypes[from + i]
      if (types[slot] !== expected && types[slot] !== BOT) {
        this.failType(at, i, `type ${valTypeName(expected)}`, slot)
      }
    }
    return sp - popped
  }

  /** Pushes `sigTypes[from, from + count)` and returns the new height; may replace `types`. */
  protected pushRange(sp: number, from: number, count: number, at: number): number {
    this.reserveOperands(sp + count, at)
    const { types, sources } = this
    const { sigTypes } = this.tables
    for (let i = 0; i < count; i++) {
      types[sp + i] = sigTypes[from + i]
      if (this.tracing) sources[sp + i] = at
    }
    return sp + count
  }

  /**
   * Makes the operands from `base` up to `sp` the parameters of a block: those that are there keep their source, those
   * that unreachable code left out get the block's. Returns the new height.
   */
  protected enter(base: number, sp: number, from: number, count: number, at: number): number {
    if (sp - base < count) return this.pushRange(base, from, count, at)
    for (let i = 0; i < count; i++) this.types[base + i] = this.tables.sigTypes[from + i]
    return sp
  }

  /** Opens the frame of the function itself, whose code starts at `pos`. */
  protected openFunction(sig: number, pos: number): void {
    this.reserveOperands(OPERAND_SLACK, pos)
    const { frames, tables } = this
    this.frame = 0
    frames[Frame.kind] = FrameKind.Func
    frames[Frame.sig] = sig
    frames[Frame.base] = 0
    frames[Frame.dead] = 0
    frames[Frame.at] = this.start
    frames[Frame.label] = tables.sigResults[sig]
    frames[Frame.labelCount] = tables.sigResultCount[sig]
  }

  /**
   * Checks the operands that a branch or the end of a frame takes: the topmost `count` of the current frame must be
   * `sigTypes[from, from + count)`.
   * @param exact there must be no more of them (fall-through)
   */
  protected checkMerge(sp: number, from: number, count: number, exact: boolean, merge: string, at: number): void {
    const there = sp - this.frames[this.frame + Frame.base]
    const dead = this.frames[this.frame + Frame.dead] !== 0
    if ((there < count && !dead) || (exact && there > count)) {
      this.fail(`expected ${count} elements on the stack for ${merge}, found ${there}`, at)
    }
    const { sigTypes } = this.tables
    for (let i = Math.max(0, count - there); i < count; i++) {
      const slot = sp - count + i
      const type = this.types[slot]
      const expected = sigTypes[from + i]
      if (type === expected || type === BOT) continue
      const wanted = valTypeName(expected)
      if (dead) this.failType(at, i, `type ${wanted}`, slot)
      this.fail(`type error in ${merge}[${i}] (expected ${wanted}, got ${valTypeName(type)})`, at)
    }
  }

  /** An `if` without `else` passes its parameters on as its results. */
  protected checkOneArmed(sig: number, at: number): void {
    const { sigParams, sigParamCount, sigResults, sigResultCount, sigTypes } = this.tables
    const count = sigParamCount[sig]
    if (count !== sigResultCount[sig]) this.fail('start-arity and end-arity of one-armed if must match', at)
    for (let i = 0; i < count; i++) {
      const param = sigTypes[sigParams[sig] + i]
      const result = sigTypes[sigResults[sig] + i]
      if (param === result) continue
      const types = `(expected ${valTypeName(result)}, got ${valTypeName(param)})`
      this.fail(`type error in merge[${i}] ${types}`, at)
    }
  }

  // --- growth -------------------------------------------------------------------------------------------------------

  /**
   * Makes room for `height` operands and for one more for each byte of the body from `at` on: then only opcodes that
   * push several have to ask.
   */
  protected reserveOperands(height: number, at: number): void {
    const need = height + this.end - at + 1
    if (need <= this.types.length) return
    if (height > MAX_OPERANDS) this.fail(`operand stack exceeds internal limit of ${MAX_OPERANDS} elements`, at)
    this.types = grow(this.types, Math.max(need, 2 * this.types.length))
    if (this.tracing) this.sources = grow(this.sources, this.types.length)
  }

  protected growFrames(): void {
    this.frames = grow(this.frames, this.frames.length * 2)
  }

  // --- locals -------------------------------------------------------------------------------------------------------

  /** Reads the locals declaration at `start` into the facts; returns the position behind it. */
  protected readLocals(sig: number): number {
    const { facts } = this
    const { sigTypes, sigParams, sigParamCount } = this.tables
    const params = sigParamCount[sig]
    const groups = this.u32(this.start, 'local decls count')
    const first = this.next
    if (groups > this.end - first) {
      this.fail('local decls count bigger than remaining function size', this.start)
    }
    let count = params
    let pos = first
    for (let i = 0; i < groups; i++) {
      const size = this.u32(pos, 'local count')
      if (size > MAX_LOCALS - count) this.fail('local count too large', pos)
      count += size
      this.valType(this.next)
      pos = this.next
    }
    facts.reset(count)
    const { localTypes } = facts
    for (let i = 0; i < params; i++) localTypes[i] = sigTypes[sigParams[sig] + i]
    let local = params
    pos = first
    for (let i = 0; i < groups; i++) {
      const size = this.u32(pos, 'local count')
      localTypes.fill(this.bytes[this.next], local, local + size)
      local += size
      pos = this.next + 1
    }
    return pos
  }
}

function grow(from: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const into = new Int32Array(size)
  into.set(from)
  return into
}
