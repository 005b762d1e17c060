/**
 * The baseline compiler as a Wasm program (program.as.ts), one a thread: the same source as the JavaScript one, compiled ahead of
 * time, so that it is fast from the first function on. Its memory holds its buffers, and what it is told: the module's
 * description (env.ts), and facts and bytes of one body after the other. Another module's description is copied in when one of its bodies comes.
 */
import type { FunctionFacts } from '../../../wasm/facts.js'
import { bytesOfProgram, startInHost, type HostProgram } from '../../../wasm/host-program.js'
import type { BaselineEnv } from '../env.js'
import { BASELINE_CODE } from './code.gen.js'
import { roomFor, writeRecord, type Room } from './record.js'

interface BaselineExports extends HostProgram {
  envRecord(): number
  factsRecord(): number
  allocate(bytes: number): number
  compile(typeIndex: number, body: number, moduleOffset: number): number
  code(): number
  codeSize(): number
  relocs(): number
  relocCount(): number
  sites(): number
  siteCount(): number
}

/** What the program reads behind a body, and a little more. */
const READ_AHEAD = 16
/** Room for a body and its facts at first. */
const FIRST_ROOM = 1 << 16
/** A memory that a huge body has made larger than this, in bytes, goes with its module. */
const MOST_KEPT = 64 << 20

export class BaselineProgram implements Room {
  readonly exports: BaselineExports
  /** The whole memory; replaced when it grows. */
  bytes: Uint8Array
  words: Int32Array
  at = 0
  private env: BaselineEnv | undefined
  private envRoom = 0
  private envSize = 0
  private room = 0
  private roomSize = 0

  constructor(exports: BaselineExports) {
    this.exports = exports
    this.bytes = new Uint8Array(exports.memory.buffer)
    this.words = new Int32Array(exports.memory.buffer)
  }

  /** True while it is worth keeping. */
  get isSmall(): boolean {
    return this.bytes.length <= MOST_KEPT
  }

  /**
   * Compiles `bytes[start, end)`; what came out is in the program's memory until the next compile.
   * @returns the size of its frame
   */
  compile(
    env: BaselineEnv,
    facts: FunctionFacts,
    typeIndex: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
  ): number {
    const { exports } = this
    if (env !== this.env) this.describe(env)
    this.reserve(end - start + READ_AHEAD + roomFor(facts))
    this.at = this.room
    writeRecord(facts, exports.factsRecord(), this)
    this.bytes.set(bytes.subarray(start, end), this.at)
    const frameSize = exports.compile(typeIndex, this.at, moduleOffset)
    this.look()
    return frameSize
  }

  /** The bytes from an address on. */
  bytesAt(address: number, length: number): Uint8Array {
    return this.bytes.subarray(address, address + length)
  }

  /** The words from an address on. */
  wordsAt(address: number, length: number): Int32Array {
    return this.words.subarray(address >> 2, (address >> 2) + length)
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

let program: BaselineProgram | undefined
/** The host runs none. */
let isMissing = false

/** The thread's program; undefined where the host runs none. */
export function baselineProgram(): BaselineProgram | undefined {
  if (program?.isSmall === true || isMissing) return program
  const exports = startInHost<BaselineExports>(bytesOfProgram(BASELINE_CODE))
  program = exports === undefined ? undefined : new BaselineProgram(exports)
  isMissing = program === undefined
  return program
}

/** Forgets the thread's program, after an error: its state may be anything. */
export function dropBaselineProgram(): void {
  program = undefined
}
