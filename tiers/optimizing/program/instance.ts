/**
 * An instance of the optimizing compiler's Wasm program (program.as.ts): what it is told, and where what it has made is.
 *
 * What the compiler knows of a module, and the module's bytes, are copied in when one of its bodies comes after another module's. The
 * program frees nothing: a new instance takes its place when much is in use.
 */
import { INLINE_WORDS, RELOC_WORDS, SITE_WORDS, type CompiledFunction } from '../../compiled.js'
import type { Program } from '../../../wasm/programs.js'
import { roomFor, writeRecord } from '../../program/record.js'
import { Ask, Made } from './layout.js'
import type { OptimizerRecord } from './record.js'

/** What program.as.ts exports. */
export interface OptimizerProgram extends Program {
  moduleRecord(): number
  askRecord(): number
  madeRecord(): number
  allocate(bytes: number): number
  used(): number
  roomForBytes(size: number): number
  roomForFeedback(words: number): number
  describe(): void
  translate(): void
  optimize(): void
  lower(): void
  allocateRegisters(): void
  emit(): void
  /** For tests: what a constant operation gives, see Fold. */
  foldRecord(): number
  fold(): number
}

/** The exports that are the passes, in the order of passNames. */
export const PASSES = ['translate', 'optimize', 'lower', 'allocateRegisters', 'emit'] as const

/** Bytes that functions may leave behind: then a new instance takes over. What one leaves is next to nothing, but for arrays that grew. */
const MOST_USED = 256 << 20
/** Bytes in use up to which another module may come, which leaves the description of the one before behind. */
const MOST_LEFT = 16 << 20

const NOTHING = new Int32Array(0)

/** An instance, and the module that it knows. */
export class ProgramInstance {
  readonly program: OptimizerProgram
  private words = new Int32Array(0)
  private readonly ask: number
  private readonly made: number
  private module: OptimizerRecord | undefined
  /** Bytes in use when the module had been described. */
  private described = 0

  constructor(program: OptimizerProgram) {
    this.program = program
    this.ask = program.askRecord() >>> 2
    this.made = program.madeRecord() >>> 2
  }

  /** The memory as words: it is another buffer when it has grown. */
  look(): Int32Array {
    const { buffer } = this.program.memory
    if (this.words.buffer !== buffer) this.words = new Int32Array(buffer)
    return this.words
  }

  private bytes(): Uint8Array {
    return new Uint8Array(this.look().buffer)
  }

  isFull(module: OptimizerRecord): boolean {
    const used = this.program.used() >>> 0
    return module === this.module ? used - this.described > MOST_USED : used > MOST_LEFT
  }

  describe(module: OptimizerRecord, bytes: Uint8Array): void {
    if (module === this.module) return
    const { program } = this
    const { bodyEnd } = module
    const end = bodyEnd.length === 0 ? 0 : bodyEnd[bodyEnd.length - 1]
    const bytesAt = program.roomForBytes(end) >>> 0
    const recordAt = program.allocate(roomFor(module)) >>> 0
    const memory = this.bytes()
    memory.set(bytes.subarray(0, end), bytesAt)
    writeRecord(module, program.moduleRecord(), { bytes: memory, words: this.words, at: recordAt })
    program.describe()
    this.module = module
    this.described = program.used() >>> 0
  }

  request(defined: number, loop: number, maxHeight: number, feedback: Int32Array): void {
    const at = this.program.roomForFeedback(feedback.length) >>> 2
    const words = this.look()
    words.set(feedback, at)
    words[this.ask + Ask.defined] = defined
    words[this.ask + Ask.loop] = loop
    words[this.ask + Ask.maxHeight] = maxHeight
  }

  result(feedback: Int32Array): CompiledFunction {
    const words = this.look()
    // Addresses may be beyond 2 GiB.
    const word = (field: number): number => words[this.made + field] >>> 0
    const wordsAt = (field: number, length: number): Int32Array => words.subarray(word(field) >>> 2, (word(field) >>> 2) + length) // oxfmt-ignore
    const codeSize = word(Made.codeSize)
    const relocCount = word(Made.relocCount)
    const siteCount = word(Made.siteCount)
    const inlineCount = word(Made.inlineCount)
    return {
      tier: 'optimizing',
      code: new Uint8Array(words.buffer, word(Made.code), codeSize),
      codeSize,
      relocs: wordsAt(Made.relocs, RELOC_WORDS * relocCount),
      relocCount,
      sites: wordsAt(Made.sites, SITE_WORDS * siteCount),
      siteCount,
      frames: NOTHING,
      frameWords: 0,
      inlines: wordsAt(Made.inlines, INLINE_WORDS * inlineCount),
      inlineCount,
      frameSize: word(Made.frameSize),
      feedback,
    }
  }
}
