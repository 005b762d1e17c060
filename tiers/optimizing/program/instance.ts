/**
 * An instance of the optimizing compiler's Wasm program (program.as.ts): what it is told, and where what it has made is.
 *
 * What the compiler knows of a module, and the module's bytes, are copied in when one of its bodies comes after another module's. The
 * program frees nothing: a new instance takes its place when much is in use.
 */
import type { CompiledFunction } from '../../compiled.js'
import type { Program } from '../../../wasm/programs.js'
import { MadeRecord } from '../../program/made.js'
import { roomFor, writeRecord } from '../../program/record.js'
import { Ask } from './layout.js'
import type { OptimizerRecord } from './record.js'

/** What program.as.ts exports. The passes have their names (passNames of options.ts). */
export interface OptimizerProgram extends Program {
  moduleRecord(): number
  askRecord(): number
  madeRecord(): number
  roomForRecord(size: number): number
  used(): number
  roomForBytes(size: number): number
  roomForFeedback(words: number): number
  describe(): void
  knowsCalls(): number
  translate(): void
  optimize(): void
  lower(): void
  allocate(): void
  emit(): void
  /** For tests: what a constant operation gives, see Fold. */
  foldRecord(): number
  fold(): number
}

/** Bytes that functions may leave behind: then a new instance takes over. What one leaves is next to nothing, but for arrays that grew. */
const MOST_USED = 256 << 20
/** Bytes in use up to which another module may come, which leaves the description of the one before behind. */
const MOST_LEFT = 16 << 20

/** Bytes of a module's bodies that are walked over in less than half a millisecond. */
const FEW_BYTES = 64 << 10

const NOTHING = new Uint8Array(0)

/** An instance, and the module that it knows. */
export class ProgramInstance {
  readonly program: OptimizerProgram
  private words = new Int32Array(0)
  private readonly ask: number
  private readonly made: number
  private module: OptimizerRecord | undefined
  /** Bytes of the module that are not in its memory yet, and where they go. Nothing is compiled before they are there. */
  missing: Uint8Array = NOTHING
  missingAt = 0
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

  /** Whether a small function is sure to be compiled soon: the first one that asks for the calls in a large module waits for a walk over all of it. */
  isSwift(module: OptimizerRecord): boolean {
    const { bodyStart, bodyEnd } = module
    const last = bodyEnd.length - 1
    if (last < 0 || bodyEnd[last] - bodyStart[0] <= FEW_BYTES) return true
    return module === this.module && this.program.knowsCalls() !== 0
  }

  /** Describes a module, but for its bytes: of a large one, copying them takes milliseconds, most of it for pages that nobody wrote before. */
  describe(module: OptimizerRecord, bytes: Uint8Array): void {
    if (module === this.module) return
    const { program } = this
    const { bodyEnd } = module
    const end = bodyEnd.length === 0 ? 0 : bodyEnd[bodyEnd.length - 1]
    const bytesAt = program.roomForBytes(end) >>> 0
    const recordAt = program.roomForRecord(roomFor(module)) >>> 0
    this.missing = bytes.subarray(0, end)
    this.missingAt = bytesAt
    writeRecord(module, program.moduleRecord(), { bytes: this.bytes(), words: this.words, at: recordAt })
    program.describe()
    this.module = module
    this.described = program.used() >>> 0
  }

  /** Puts in what is missing. */
  fill(): void {
    if (this.missing.length === 0) return
    this.bytes().set(this.missing, this.missingAt)
    this.filled()
  }

  /** Somebody else puts in what is missing. */
  filled(): void {
    this.missing = NOTHING
  }

  request(defined: number, loop: number, maxHeight: number, feedback: Int32Array): void {
    const at = this.program.roomForFeedback(feedback.length) >>> 2
    const words = this.look()
    words.set(feedback, at)
    words[this.ask + Ask.defined] = defined
    words[this.ask + Ask.loop] = loop
    words[this.ask + Ask.maxHeight] = maxHeight
  }

  /** What was compiled last, valid until the next compile. @param feedback that it was compiled with */
  result(feedback: Int32Array): CompiledFunction {
    return new MadeRecord(this.look(), this.made).compiled('optimizing', feedback)
  }
}
