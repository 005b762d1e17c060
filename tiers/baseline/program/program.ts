/**
 * The baseline compiler as a Wasm program (program.as.ts), one a thread: the same source as the JavaScript one, compiled ahead of
 * time, so that it is fast from the first function on. Its memory holds its buffers, and what it is told: the module's
 * description (env.ts), and facts and bytes of one body after the other. Another module's description is copied in when one of its bodies comes.
 */
import { RELOC_WORDS, SITE_WORDS, type CompiledFunction, type CompileEnv } from '../../compiled.js'
import { NO_FEEDBACK } from '../../feedback.js'
import { FunctionFacts } from '../../../wasm/facts.js'
import { bytesOfProgram, startInHost, startProvided, type Program } from '../../../wasm/programs.js'
import type { ModuleInfo } from '../../../wasm/types.js'
import { validateBody } from '../../../wasm/validator.js'
import { BaselineEnv } from '../env.js'
import { BASELINE_CODE } from './code.gen.js'
import { layoutOf, roomFor, writeRecord, type Room } from './record.js'

export interface BaselineExports extends Program {
  envRecord(): number
  factsRecord(): number
  jobRecord(): number
  allocate(bytes: number): number
  compile(): void
}

/** By what name providers know the program. */
export const BASELINE = 'baseline'

/** The program's bytes. */
export function baselineCode(): Uint8Array {
  return bytesOfProgram(BASELINE_CODE)
}

/** Words of the job's record: what is to be compiled, and what came out. */
const Job = {
  typeIndex: 0,
  body: 1,
  moduleOffset: 2,
  frameSize: 3,
  code: 4,
  codeSize: 5,
  relocs: 6,
  relocCount: 7,
  sites: 8,
  siteCount: 9,
} as const

/** What the program reads behind a body, and a little more. */
const READ_AHEAD = 16
/** Room for a body and its facts at first. */
const FIRST_ROOM = 1 << 16
/** A memory that a huge body has made larger than this, in bytes, is not kept for the next body. */
const MOST_KEPT = 64 << 20

const NOTHING = new Int32Array(0)
/** Where the program has the facts about a body, and the bytes that those about a local or a loop take at most. */
const FACTS = layoutOf(new FunctionFacts())
const LOCAL_FACTS = 4 * 2
const LOOP_FACTS = 4 * 5

export class BaselineProgram implements Room {
  /** The whole memory; replaced when it grows. */
  bytes: Uint8Array
  words: Int32Array
  at = 0
  private readonly exports: BaselineExports
  private readonly factsRecord: number
  /** Index of the job's record among the words. */
  private readonly job: number
  private env: BaselineEnv | undefined
  private envRoom = 0
  private envSize = 0
  private room = 0
  private roomSize = 0

  constructor(exports: BaselineExports) {
    this.exports = exports
    this.factsRecord = exports.factsRecord()
    this.job = exports.jobRecord() >> 2
    this.bytes = new Uint8Array(exports.memory.buffer)
    this.words = new Int32Array(exports.memory.buffer)
  }

  /** True while it is worth keeping. */
  get isSmall(): boolean {
    return this.bytes.length <= MOST_KEPT
  }

  /**
   * Compiles `bytes[start, end)`; what came out is in the program's memory until the next compile.
   * @throws what a trap is to who runs the program: the memory is full, or there is an error in the compiler
   */
  compile(
    env: BaselineEnv,
    facts: FunctionFacts,
    typeIndex: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
  ): CompiledFunction {
    const { exports } = this
    if (env !== this.env) this.describe(env)
    this.reserve(LOCAL_FACTS * facts.localCount + LOOP_FACTS * facts.loopCount + end - start + READ_AHEAD)
    this.at = this.room
    this.writeFacts(facts)
    this.bytes.set(bytes.subarray(start, end), this.at)
    this.words[this.job + Job.typeIndex] = typeIndex
    this.words[this.job + Job.body] = this.at
    this.words[this.job + Job.moduleOffset] = moduleOffset
    exports.compile()
    this.look()
    const { job, words } = this
    const codeSize = words[job + Job.codeSize]
    const relocCount = words[job + Job.relocCount]
    const siteCount = words[job + Job.siteCount]
    return {
      tier: 'baseline',
      code: this.bytesAt(words[job + Job.code], codeSize),
      codeSize,
      relocs: this.wordsAt(words[job + Job.relocs], RELOC_WORDS * relocCount),
      relocCount,
      sites: this.wordsAt(words[job + Job.sites], SITE_WORDS * siteCount),
      siteCount,
      frames: NOTHING,
      frameWords: 0,
      inlines: NOTHING,
      inlineCount: 0,
      frameSize: words[job + Job.frameSize],
      feedback: NO_FEEDBACK,
    }
  }

  private bytesAt(address: number, length: number): Uint8Array {
    return this.bytes.subarray(address, address + length)
  }

  private wordsAt(address: number, length: number): Int32Array {
    return this.words.subarray(address >> 2, (address >> 2) + length)
  }

  /** Field by field, only what is valid, and without allocating: this is done for every function. */
  private writeFacts(facts: FunctionFacts): void {
    const { factsRecord, bytes, words } = this
    const { localCount, loopCount } = facts
    words[(factsRecord + FACTS.localTypes) >> 2] = this.put(facts.localTypes, localCount)
    words[(factsRecord + FACTS.localCount) >> 2] = localCount
    words[(factsRecord + FACTS.localWeight) >> 2] = this.put(facts.localWeight, localCount)
    words[(factsRecord + FACTS.maxHeight) >> 2] = facts.maxHeight
    bytes[factsRecord + FACTS.hasCalls] = facts.hasCalls ? 1 : 0
    words[(factsRecord + FACTS.loopCount) >> 2] = loopCount
    words[(factsRecord + FACTS.loopUsedLo) >> 2] = this.put(facts.loopUsedLo, loopCount)
    words[(factsRecord + FACTS.loopUsedHi) >> 2] = this.put(facts.loopUsedHi, loopCount)
    words[(factsRecord + FACTS.loopAssignedLo) >> 2] = this.put(facts.loopAssignedLo, loopCount)
    words[(factsRecord + FACTS.loopAssignedHi) >> 2] = this.put(facts.loopAssignedHi, loopCount)
    words[(factsRecord + FACTS.loopHasCall) >> 2] = this.at
    for (let i = 0; i < loopCount; i++) bytes[this.at++] = facts.loopHasCall[i]
  }

  /** Puts words into the room. @returns their address */
  private put(from: Int32Array, count: number): number {
    const { at, words } = this
    for (let i = 0, to = at >> 2; i < count; i++, to++) words[to] = from[i]
    this.at = at + 4 * count
    return at
  }

  private describe(env: BaselineEnv): void {
    const { exports } = this
    const size = roomFor(env)
    if (size > this.envSize) {
      this.envSize = 2 * size
      this.envRoom = exports.allocate(this.envSize)
      this.look()
    }
    this.at = this.envRoom
    writeRecord(env, exports.envRecord(), this)
    this.env = env
  }

  private reserve(size: number): void {
    if (size <= this.roomSize) return
    this.roomSize = Math.max(FIRST_ROOM, 2 * size)
    this.room = this.exports.allocate(this.roomSize)
    this.look()
  }

  /** Looks at the memory that there is now. */
  private look(): void {
    const { buffer } = this.exports.memory
    if (buffer === this.bytes.buffer) return
    this.bytes = new Uint8Array(buffer)
    this.words = new Int32Array(buffer)
  }
}

/** Compiles the functions of a module by a program: as FunctionCompiler says, without frame states. */
export class ProgramCompiler {
  private readonly info: ModuleInfo
  private readonly env: BaselineEnv
  private readonly ownFacts = new FunctionFacts()

  constructor(env: CompileEnv) {
    this.info = env.info
    this.env = new BaselineEnv(env)
  }

  /** @throws as BaselineProgram.compile; the program is of no use then */
  compile(
    program: BaselineProgram,
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
  ): CompiledFunction {
    const { info, ownFacts } = this
    if (facts === null) validateBody(info, defined, bytes, start, end, moduleOffset, ownFacts)
    const typeIndex = info.funcTypes[info.importedFuncs + defined]
    return program.compile(this.env, facts ?? ownFacts, typeIndex, bytes, start, end, moduleOffset)
  }
}

let program: BaselineProgram | undefined
/** The host runs none. */
let isMissing = false

/**
 * The thread's program; undefined where it cannot be had.
 * @param mayHost the host may run it where the engine's own machine code of it is missing
 */
export function baselineProgram(mayHost = true): BaselineProgram | undefined {
  if (program?.isSmall === true || isMissing) return program
  const code = baselineCode()
  const own = startProvided<BaselineExports>(BASELINE, code)
  const exports = own ?? (mayHost ? startInHost<BaselineExports>(code) : undefined)
  program = exports === undefined ? undefined : new BaselineProgram(exports)
  isMissing = mayHost && program === undefined
  return program
}

/** Forgets the thread's program, after an error: its state may be anything. */
export function dropBaselineProgram(): void {
  program = undefined
}
