/**
 * Reads the immediates of opcodes in a function body, each with all its checks (specification section 5.4). Positions are
 * indices into `bytes`, the memory that the scan works in (scan/memory.ts); `origin` makes them offsets in the module. A method that reads at `pos` leaves the position
 * behind what it read in `next`.
 */
import { WasmError } from './error.js'
import { ModuleTables } from './module-tables.js'
import type { ScanMemory } from './scan/memory.js'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, type ModuleInfo, type ValType } from './types.js'

export class BodyReader {
  protected readonly info: ModuleInfo
  protected readonly tables: ModuleTables
  protected readonly memory: ScanMemory
  /** All of the memory, by bytes and by words. */
  protected bytes: Uint8Array
  protected words: Int32Array
  /** The body's range, locals declaration to final `end`. */
  protected start = 0
  protected end = 0
  /** Offset in the module of position 0 of `bytes`. */
  protected origin = 0
  protected funcIndex = 0
  protected next = 0

  constructor(info: ModuleInfo, memory: ScanMemory) {
    this.info = info
    this.tables = new ModuleTables(info)
    this.memory = memory
    this.bytes = memory.bytes
    this.words = memory.words
  }

  protected fail(message: string, pos: number): never {
    throw new WasmError(message, pos + this.origin, this.funcIndex)
  }

  /** The index at `pos` of one of `size` entities; `expected` and `invalid` word the errors. */
  protected index(pos: number, size: number, expected: string, invalid: string): number {
    const index = this.u32(pos, expected)
    if (index >= size) this.fail(`${invalid}: ${index}`, pos)
    return index
  }

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

  /** Steps over the signed LEB128 of 32 bits at `pos`. */
  protected skipS32(pos: number): void {
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
      if (byte < 0x80) break
    }
    this.next = pos
  }

  /** Steps over the signed LEB128 of 64 bits at `pos`. */
  protected skipS64(pos: number): void {
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
      if (byte < 0x80) break
    }
    this.next = pos
  }

  /** Steps over the immediates of a memory access at `pos`: an alignment exponent up to the `natural` one, an offset. */
  protected memArg(natural: number, pos: number): void {
    const align = this.u32(pos, 'alignment')
    if (align > natural) {
      this.fail(`invalid alignment; expected maximum alignment is ${natural}, actual alignment is ${align}`, pos)
    }
    this.u32(this.next, 'offset')
    if (this.info.memories.length === 0) this.fail('memory instruction with no memory', pos)
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

  /** The signature id of the block type at `pos`. */
  protected blockType(pos: number): number {
    const { bytes, end } = this
    if (pos < end && bytes[pos] < 0x80) {
      const byte = bytes[pos]
      this.next = pos + 1
      if (this.tables.blockSig[byte] >= 0) return this.tables.blockSig[byte]
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
}
