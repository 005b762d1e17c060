/**
 * The streaming decoder: bytes of a module in chunks of any size in, sections and function bodies out as soon as they
 * are complete (specification section 5.5). It only frames the module; `sections.ts` reads the sections and the
 * validator the bodies.
 *
 * Invariants: `pos` is the next byte to decode and never passes `length`, the number of bytes received. A state is left
 * only when all its bytes are there, so a suspended decoder holds no half-read value and a chunk boundary cannot be
 * told from the result. A section other than code is read when its payload is complete; in the code section that
 * holds for each body.
 *
 * The module's bytes stay in one buffer, since lazy compilation, custom sections, data segments and backtraces need them
 * by module offset. A module that is pushed at once is not copied.
 */
import { WasmError } from './error.js'
import { MAX_BODY_SIZE, MAX_FUNCTIONS, MAX_MODULE_SIZE } from './limits.js'
import { ModuleBuilder } from './module-builder.js'
import { Reader } from './reader.js'
import {
  readCustomSection,
  readExportSection,
  readFunctionSection,
  readGlobalSection,
  readImportSection,
  readMemorySection,
  readStartSection,
  readTableSection,
  readTypeSection,
} from './sections.js'
import { readDataCountSection, readDataSection, readElementSection } from './segment-sections.js'
import type { ModuleInfo } from './types.js'

export const SectionId = {
  Custom: 0,
  Type: 1,
  Import: 2,
  Function: 3,
  Table: 4,
  Memory: 5,
  Global: 6,
  Export: 7,
  Start: 8,
  Element: 9,
  Code: 10,
  Data: 11,
  DataCount: 12,
} as const

interface Section {
  readonly name: string
  /** Place in the order of non-custom sections. */
  readonly order: number
  readonly read: (r: Reader, module: ModuleBuilder) => void
}

/** Code bodies are framed by the decoder itself. */
function readNothing(): void {}

/** By section id. */
const SECTIONS: readonly Section[] = [
  { name: 'Custom', order: 0, read: readCustomSection },
  { name: 'Type', order: 1, read: readTypeSection },
  { name: 'Import', order: 2, read: readImportSection },
  { name: 'Function', order: 3, read: readFunctionSection },
  { name: 'Table', order: 4, read: readTableSection },
  { name: 'Memory', order: 5, read: readMemorySection },
  { name: 'Global', order: 6, read: readGlobalSection },
  { name: 'Export', order: 7, read: readExportSection },
  { name: 'Start', order: 8, read: readStartSection },
  { name: 'Element', order: 9, read: readElementSection },
  { name: 'Code', order: 11, read: readNothing },
  { name: 'Data', order: 12, read: readDataSection },
  { name: 'DataCount', order: 10, read: readDataCountSection },
]
const CODE_ORDER = SECTIONS[SectionId.Code].order

const MAGIC = [0x00, 0x61, 0x73, 0x6d]
const VERSION = [0x01, 0x00, 0x00, 0x00]

const State = { Magic: 0, Version: 1, SectionHead: 2, Payload: 3, BodyCount: 4, Body: 5 } as const
type State = (typeof State)[keyof typeof State]

/** What a decoder tells while it decodes. An exception thrown by a handler leaves through `push`. */
export interface DecodeHandler {
  /** The sections before the code section are complete: everything that bodies may refer to is in `info`. */
  onCodeStart?(info: ModuleInfo, bodies: number): void
  /**
   * A function body is complete: `bytes[start, end)`, locals declaration to final `end`, not yet validated.
   * `bytes` is only valid during the call; keep offsets and use `ModuleDecoder.bytes` at the end.
   * @param defined function index minus `info.importedFuncs`
   * @param moduleOffset offset in the module of `bytes[start]`
   */
  onBody?(defined: number, bytes: Uint8Array, start: number, end: number, moduleOffset: number): void
  /**
   * Bodies stand one behind the other in `bytes[start, end)`, each with its size in front; `start` is an offset in the module.
   * @param first defined function of the first one
   * @param left how many bodies may follow at most
   * @returns how many the handler has taken, whose ranges it has written to `info`; the next one goes to `onBody`
   */
  onBodies?(bytes: Uint8Array, start: number, end: number, first: number, left: number): number
}

export class ModuleDecoder {
  /** The module as far as it is decoded. */
  readonly info: ModuleInfo
  private readonly module = new ModuleBuilder()
  private readonly handler: DecodeHandler
  private buffer: Uint8Array = new Uint8Array(0)
  /** False while `buffer` is the caller's one chunk. */
  private owned = false
  private length = 0
  private pos = 0
  private state: State = State.Magic
  private last = false
  private error: unknown = undefined
  /** Order of the newest non-custom section. */
  private order = 0
  private sectionId = 0
  /** Where the current section's id stands, and where its contents start and end. */
  private sectionAt = 0
  private sectionStart = 0
  private sectionEnd = 0
  private bodies = 0
  private bodiesLeft = 0
  private sawCode = false
  private sawData = false

  constructor(handler: DecodeHandler = {}) {
    this.handler = handler
    this.info = this.module
  }

  /** The module's bytes received so far, a view without copying. */
  get bytes(): Uint8Array {
    return this.length === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.length)
  }

  /**
   * Takes the next bytes of the module and decodes what they complete. The first chunk is used in place, and so are those that
   * follow it in the same buffer: their owner must not change them. From the first that stands elsewhere on all are copied.
   * @param last the module ends with this chunk: sections that claim more are refused at once
   * @throws WasmError when the module is malformed or invalid; the decoder then throws the same error for ever
   */
  push(chunk: Uint8Array, last = false): void {
    if (this.error !== undefined) throw this.error
    try {
      this.append(chunk)
      this.last = last
      if (last && this.state >= State.Payload) this.checkSectionSize()
      this.advance()
    } catch (error) {
      this.error = error
      throw error
    }
  }

  /**
   * Ends the module.
   * @throws WasmError when it is incomplete
   */
  finish(): ModuleInfo {
    if (!this.last) this.push(new Uint8Array(0), true)
    else if (this.error !== undefined) throw this.error
    return this.info
  }

  /** The bytes that were pushed are now in `copy`, and the pushed ones may change. */
  moveTo(copy: Uint8Array): void {
    this.buffer = copy
  }

  private append(chunk: Uint8Array): void {
    const length = this.length + chunk.length
    if (length > MAX_MODULE_SIZE) {
      throw new WasmError(`size > maximum module size (${MAX_MODULE_SIZE}): ${length}`, 0)
    }
    if (this.length === 0 && !this.owned) {
      // A plain view, whatever subclass came (Buffer): loops over it then see one kind of object.
      this.buffer = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      this.length = length
      return
    }
    if (chunk.length === 0) return
    const { buffer, byteOffset } = this.buffer
    if (!this.owned && chunk.buffer === buffer && chunk.byteOffset === byteOffset + this.length) {
      this.buffer = new Uint8Array(buffer, byteOffset, length)
      this.length = length
      return
    }
    if (!this.owned || length > this.buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.length))
      grown.set(this.buffer.subarray(0, this.length))
      this.buffer = grown
      this.owned = true
    }
    this.buffer.set(chunk, this.length)
    this.length = length
  }

  /** Decodes until bytes are missing. */
  private advance(): void {
    while (this.step());
  }

  /** Leaves the current state if its bytes are there. */
  private step(): boolean {
    switch (this.state) {
      case State.Magic:
        return this.expectWord('magic word', MAGIC, State.Version)
      case State.Version:
        return this.expectWord('version', VERSION, State.SectionHead)
      case State.SectionHead:
        if (this.pos < this.length) return this.sectionHead()
        if (this.last) this.checkEnd()
        return false
      case State.Payload:
        if (this.length < this.sectionEnd) return false
        this.payload()
        return true
      case State.BodyCount:
        return this.bodyCount()
      default:
        return this.bodiesLeft > 0 ? this.takeBodies() || this.body() : this.endCode()
    }
  }

  private fail(message: string, offset: number): never {
    throw new WasmError(message, offset)
  }

  private expectWord(what: string, expected: readonly number[], next: State): boolean {
    const at = this.pos
    if (this.length - at < 4) {
      if (this.last) this.fail('expected 4 bytes, fell off end', at)
      return false
    }
    const found = this.buffer.subarray(at, at + 4)
    if (expected.some((byte, i) => byte !== found[i])) {
      this.fail(`expected ${what} ${hexBytes(expected)}, found ${hexBytes(found)}`, at)
    }
    this.pos += 4
    this.state = next
    return true
  }

  /** True when the LEB128 that starts at `at` can be read, well-formed or not, without waiting for more bytes. */
  private lebComplete(at: number, end: number): boolean {
    if (this.last || end <= this.length) return true
    for (let i = at; i < this.length; i++) {
      if (this.buffer[i] < 0x80 || i - at === 4) return true
    }
    return false
  }

  private sectionHead(): boolean {
    const at = this.pos
    if (!this.lebComplete(at + 1, Infinity)) return false
    const id = this.buffer[at]
    const r = new Reader(this.buffer, at + 1, this.length)
    const size = r.u32('section length')
    const start = r.pos
    this.sectionId = id
    this.sectionAt = at
    this.sectionStart = start
    this.sectionEnd = start + size
    if (this.last) this.checkSectionSize()
    this.checkOrder(id, start)
    this.pos = start
    this.state = State.Payload
    if (id === SectionId.Code) {
      this.sawCode = true
      this.module.codeStart = start
      this.module.codeEnd = this.sectionEnd
      this.state = State.BodyCount
    } else if (id === SectionId.Data) this.sawData = true
    return true
  }

  /** Refuses a section that goes on behind the module's end, which is known. */
  private checkSectionSize(): void {
    const rest = this.length - this.sectionStart
    const size = this.sectionEnd - this.sectionStart
    if (size <= rest) return
    const section = `section (code ${this.sectionId}, "${SECTIONS[this.sectionId]?.name ?? 'Unknown'}")`
    const sizes = `(length ${size}, remaining bytes ${rest})`
    this.fail(`${section} extends past end of the module ${sizes}`, this.sectionAt)
  }

  private checkOrder(id: number, at: number): void {
    const section = SECTIONS[id]
    if (section === undefined) {
      this.fail(`unknown section code #0x${id.toString(16).padStart(2, '0')}`, at)
    }
    if (id === SectionId.Custom) return
    if (id === SectionId.DataCount) {
      if (this.module.dataCount >= 0) this.fail('Multiple DataCount sections not allowed', at)
      if (this.order >= CODE_ORDER) this.fail('The DataCount section must appear before the Code section', at)
    }
    if (section.order <= this.order) this.fail(`unexpected section <${section.name}>`, at)
    this.order = section.order
  }

  private payload(): void {
    const r = new Reader(this.buffer, this.pos, this.sectionEnd)
    SECTIONS[this.sectionId].read(r, this.module)
    this.endSection(r.pos)
  }

  /** Checks that the section ends at `pos`, and goes on behind it. */
  private endSection(pos: number): void {
    if (pos !== this.sectionEnd) {
      const { sectionStart, sectionEnd } = this
      const sizes = `${sectionEnd - sectionStart} bytes expected, ${pos - sectionStart} decoded`
      this.fail(`section was shorter than expected size (${sizes})`, pos)
    }
    this.pos = pos
    this.state = State.SectionHead
  }

  private bodyCount(): boolean {
    if (!this.lebComplete(this.pos, this.sectionEnd)) return false
    const r = new Reader(this.buffer, this.pos, Math.min(this.sectionEnd, this.length))
    const count = r.count('functions count', MAX_FUNCTIONS)
    const expected = this.module.bodyStart.length
    if (count !== expected) this.fail(`function body count ${count} mismatch (${expected} expected)`, this.pos)
    this.pos = r.pos
    this.bodies = count
    this.bodiesLeft = count
    this.state = State.Body
    this.handler.onCodeStart?.(this.info, count)
    return true
  }

  /** Offers the handler all bodies that are there. */
  private takeBodies(): boolean {
    const { handler, bodies, bodiesLeft } = this
    if (handler.onBodies === undefined) return false
    const end = Math.min(this.sectionEnd, this.length)
    const taken = handler.onBodies(this.buffer, this.pos, end, bodies - bodiesLeft, bodiesLeft)
    if (taken === 0) return false
    this.bodiesLeft -= taken
    this.pos = this.module.bodyEnd[bodies - this.bodiesLeft - 1]
    return true
  }

  private body(): boolean {
    const at = this.pos
    if (!this.lebComplete(at, this.sectionEnd)) return false
    const r = new Reader(this.buffer, at, Math.min(this.sectionEnd, this.length))
    const size = r.u32('body size')
    if (size > MAX_BODY_SIZE) this.fail(`size ${size} > maximum function size ${MAX_BODY_SIZE}`, at)
    const start = r.pos
    const end = start + size
    if (end > this.sectionEnd) this.fail(`expected ${size} bytes, fell off end`, start)
    if (end > this.length) return false
    const defined = this.bodies - this.bodiesLeft--
    this.module.bodyStart[defined] = start
    this.module.bodyEnd[defined] = end
    this.pos = end
    this.handler.onBody?.(defined, this.buffer, start, end, start)
    return true
  }

  private endCode(): boolean {
    this.endSection(this.pos)
    return true
  }

  /** The checks of a module's end, which is between two sections. */
  private checkEnd(): void {
    const { bodyStart, dataCount } = this.module
    if (!this.sawCode && bodyStart.length > 0) {
      this.fail(`function count is ${bodyStart.length}, but code section is absent`, this.pos)
    }
    if (!this.sawData && dataCount > 0) {
      this.fail(`data segments count 0 mismatch (${dataCount} expected)`, this.pos)
    }
  }
}

function hexBytes(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

/**
 * Decodes a whole module, function bodies unvalidated.
 * @throws WasmError when it is malformed or invalid outside bodies
 */
export function decodeModule(bytes: Uint8Array): ModuleInfo {
  const decoder = new ModuleDecoder()
  decoder.push(bytes, true)
  return decoder.finish()
}
