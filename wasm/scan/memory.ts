/**
 * The memory of the scan and the step (layout.ts), and the program that scans in it; the same program compiles there, too, and gives out the
 * memory: what is claimed stays, and what has become too small is left behind.
 *
 * There is one with a program a thread, since every memory of the host reserves gigabytes of addresses: a body is validated from start to
 * end before the next one comes, so all that must be kept from one to the next is the module's tables, and those are
 * copied in again when another module's body comes. The window holds the body, or many that stand one behind the
 * other. Room for loops, frames and operands follows from its size: an opcode that opens a frame takes two bytes,
 * one that pushes an operand takes one. Pages that nothing was written to cost nothing.
 */
import type { ModuleTables } from '../module-tables.js'
import { FC_BASE, opcodes } from '../opcodes.js'
import { FUNCREF } from '../types.js'
import { naturalAlign, operandTypes, resultTypes } from '../validator-ops.js'
import { createScan, type ScanProgram } from './program.js'
import * as Layout from './layout.js'

const PAGE = 1 << 16
/** Bodies in the window at once, in bytes: as much as stays in the processor's cache with what is written about them. */
export const BATCH = 1 << 17
/** A body with its size in front takes at least this. */
const SMALLEST_BODY = 3
/** What opens a block takes this. */
const SMALLEST_BLOCK = 2
/** The scan reads this far beyond a body. */
const READ_AHEAD = 16
/** It also reads two operands below the first before it asks whether they are there. */
const BELOW_BOTTOM = 16
/** Room for results of calls and blocks, so that few functions have to enlarge the operand stack. */
const OPERAND_SLACK = 1024
/** What the step needs for the modules that it has to itself: pages that are not written to cost nothing, a larger copy later does. */
const PLAIN_BYTES = Layout.FREE + (1 << 18)
const CLAIM_ALIGN = 8

export class ScanMemory {
  /** The whole memory; replaced when it grows. */
  bytes: Uint8Array
  words: Int32Array
  readonly program: ScanProgram | undefined
  /** Where bodies go; how much room there is. */
  window = 0
  private windowSize = 0
  /** Where ranges of bodies are written. */
  ranges = 0
  /** Index of the function's frame and of the first operand among `words`. */
  firstFrame = 0
  bottom = 0
  private operandsEnd = 0
  private tables: ModuleTables | undefined
  /** Where the module's tables are, and how much room they have. */
  private tablesAt = 0
  private tablesSize = 0
  /** Without a program: the end of what was given out. */
  private end = Layout.FREE

  /** @param program undefined: nothing is scanned, the step does everything */
  constructor(program: ScanProgram | undefined) {
    this.program = program
    this.bytes = new Uint8Array(program?.memory.buffer ?? new ArrayBuffer(PLAIN_BYTES))
    this.words = new Int32Array(this.bytes.buffer)
    // The program has brought it.
    if (program === undefined) this.describeOpcodes()
  }

  /**
   * Prepares for a body of a module, or for several.
   * @param size how many bytes have to fit into the window
   */
  open(tables: ModuleTables, size: number): void {
    this.look()
    if (this.tables !== tables) {
      const { image } = tables
      const { funcSigs, globals, blocks } = image
      const { byteLength } = image.words
      if (byteLength > this.tablesSize) {
        this.tablesSize = 2 * byteLength
        this.tablesAt = this.claim(this.tablesSize)
      }
      const at = this.tablesAt
      this.tables = tables
      image.writeTo(this.words, at)
      this.words.set(blocks, Layout.BLOCKS >> 2)
      this.words[Layout.MEMORIES >> 2] = tables.memories
      this.words[Layout.FUNC_TABLE >> 2] = tables.tableTypes.length > 0 && tables.tableTypes[0] === FUNCREF ? 1 : 0
      this.words[Layout.SIGS >> 2] = at
      this.words[Layout.SIG_COUNT >> 2] = tables.typeCount
      this.words[Layout.FUNC_SIGS >> 2] = at + funcSigs
      this.words[Layout.FUNC_COUNT >> 2] = tables.funcSig.length
      this.words[Layout.GLOBALS >> 2] = at + globals
      this.words[Layout.GLOBAL_COUNT >> 2] = tables.globalTypes.length
    }
    this.openWindow(size)
  }

  /** Prepares for bytes that may belong to no body. @param size how many have to fit into the window */
  openWindow(size: number): void {
    this.look()
    if (size > this.windowSize) this.layOut(size)
  }

  /** Room for that many bytes of bodies, and for what is kept about them. */
  private layOut(size: number): void {
    this.windowSize = size
    const blocks = Math.ceil(size / SMALLEST_BLOCK) + 2
    this.ranges = this.claim(8 * Math.ceil(Math.min(size, BATCH) / SMALLEST_BODY))
    const loops = this.claim(Layout.LOOP_SIZE * blocks)
    const frames = this.claim(Layout.FRAME_SIZE * blocks)
    this.window = this.claim(size + READ_AHEAD)
    this.firstFrame = frames >> 2
    this.words[Layout.LOOPS >> 2] = loops
    this.words[Layout.FIRST_FRAME >> 2] = frames
    this.placeOperands(size + OPERAND_SLACK)
  }

  private placeOperands(count: number): void {
    const at = this.claim(BELOW_BOTTOM + 4 * count) + BELOW_BOTTOM
    this.bottom = at >> 2
    this.operandsEnd = this.bottom + count
    this.words[Layout.BOTTOM >> 2] = at
  }

  /**
   * Makes room for operands up to index `end` among the words.
   * @param frame index of the innermost frame: frames know where their operands begin
   * @returns by how much all operands have moved
   */
  reserveOperands(end: number, frame: number): number {
    if (end <= this.operandsEnd) return 0
    const { bottom, operandsEnd } = this
    this.placeOperands(2 * (end - bottom))
    const { words } = this
    const delta = this.bottom - bottom
    words.copyWithin(this.bottom, bottom, operandsEnd)
    for (let at = this.firstFrame; at <= frame; at += Layout.FRAME_SIZE >> 2)
      words[at + (Layout.FRAME_BASE >> 2)] += 4 * delta
    return delta
  }

  /** Address of so many bytes, which stay; a multiple of 8. */
  private claim(size: number): number {
    const { program } = this
    if (program !== undefined) {
      const at = program.allocate(size + CLAIM_ALIGN)
      this.look()
      return (at + CLAIM_ALIGN - 1) & -CLAIM_ALIGN
    }
    const at = this.end
    this.end = (at + size + CLAIM_ALIGN - 1) & -CLAIM_ALIGN
    if (this.end > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(Math.ceil(this.end / PAGE) * PAGE, 2 * this.bytes.length))
      bytes.set(this.bytes)
      this.bytes = bytes
      this.words = new Int32Array(bytes.buffer)
    }
    return at
  }

  /** Looks at the program's memory as large as it is now: the program may have made it grow. */
  look(): void {
    if (this.program === undefined) return
    const { buffer } = this.program.memory
    if (buffer === this.bytes.buffer) return
    this.bytes = new Uint8Array(buffer)
    this.words = new Int32Array(buffer)
  }

  /** What the program's table of opcodes is made from, too (npm run scan). */
  private describeOpcodes(): void {
    const { words, bytes } = this
    for (const { id } of opcodes) {
      const prefixed = id >= FC_BASE && id < FC_BASE + Layout.OP_COUNT - Layout.OPS_FC
      if (id >= Layout.OPS_FC && !prefixed) continue
      const operands = operandTypes[id]
      if (operands === undefined || operands.length < 1 || operands.length > 2) continue
      const at = Layout.OPS + Layout.OP_SIZE * (prefixed ? id - FC_BASE + Layout.OPS_FC : id)
      const two = operands.length === 2
      words[at >> 2] = two ? operands[0] : 0
      words[(at >> 2) + 1] = operands[operands.length - 1]
      words[(at + Layout.OP_MASK) >> 2] = two ? -1 : 0
      words[((at + Layout.OP_MASK) >> 2) + 1] = -1
      words[(at + Layout.OP_RESULT) >> 2] = resultTypes[id]
      bytes[at + Layout.OP_POPS] = 4 * operands.length
      bytes[at + Layout.OP_PUSHES] = resultTypes[id] === 0 ? 0 : 4
      bytes[at + Layout.OP_ALIGN] = Math.max(0, naturalAlign[id])
    }
  }
}

/** Bytes of a module's code from which on the program saves more than the host takes to start it, a millisecond or two. */
const WORTH_HOSTING = 2048

/** A memory that a huge body has made larger than this, in bytes, goes with its module. */
const MOST_KEPT = 64 << 20

let plain: ScanMemory | undefined
let scanned: ScanMemory | undefined
/** Only the host runs the program. */
let onlyHosted = false

/**
 * The memory of this thread for bodies of a module.
 * @param codeSize of the module's code: small ones are not worth having the host start the scan
 */
export function memoryFor(codeSize: number): ScanMemory {
  if (scanned !== undefined && scanned.bytes.length <= MOST_KEPT) return scanned
  if (codeSize >= WORTH_HOSTING) return startScan()
  const own = onlyHosted ? undefined : createScan(false)
  onlyHosted = own === undefined
  if (own !== undefined) return (scanned = new ScanMemory(own))
  plain ??= new ScanMemory(undefined)
  return plain
}

/** Starts the scan now, for modules of any size. */
export function startScan(): ScanMemory {
  if (scanned === undefined || scanned.bytes.length > MOST_KEPT) scanned = new ScanMemory(createScan(true))
  return scanned
}

/** Starts a new one for what comes next, after the program has failed. */
export function dropScan(): void {
  scanned = undefined
}
