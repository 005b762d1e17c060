/**
 * Reads core dumps (tool-conventions, Coredump.md; names in coredump-format.ts): those of the specified encoding, ours and
 * Wasmtime's among them, and those in the dialect of wasmgdb. A dump is read section by section and not validated as a
 * module: other engines write indices that do not exist, and 64-bit memories. It may be damaged or hostile: everything
 * is bounded by its bytes, and what makes no sense is a WasmError with its offset.
 */
import {
  CORE_SECTION, INSTANCES_SECTION, MISSING_VALUE, MODULES_SECTION, NOTES_SECTION, STACK_SECTION, TABLES_SECTION,
  type CoredumpDialect, type CoredumpNotes,
} from './coredump-format.js' // oxfmt-ignore
import { CoreMemory } from './coredump-memory.js'
import { PREAMBLE_SIZE } from './custom-sections.js'
import { WasmError } from './error.js'
import { decodeUtf8, Reader } from './reader.js'
import { F32, F64, FUNCREF, I32, I64 } from './types.js'

/** A local, operand or global; the bits of 32-bit values are in `lo`. */
export interface CoreValue {
  /** Value type; 0 when the value is missing. */
  readonly type: number
  readonly lo: number
  readonly hi: number
}

export interface CoreFrame {
  readonly instance: number
  readonly funcIndex: number
  /** From the function's body (its declaration of locals), 0 when not known. */
  readonly codeOffset: number
  readonly locals: readonly CoreValue[]
  readonly stack: readonly CoreValue[]
}

export interface CoreThread {
  readonly name: string
  /** Innermost first. */
  readonly frames: readonly CoreFrame[]
}

export interface CoreInstance {
  readonly module: number
  readonly memories: readonly number[]
  readonly globals: readonly number[]
  /** Only in our own dumps. */
  readonly tables: readonly number[]
}

export interface CoreTable {
  /** Type of the elements. */
  readonly element: number
  readonly length: number
  /** Elements that are not null. */
  readonly entries: readonly CoreTableEntry[]
}

export interface CoreTableEntry {
  readonly index: number
  /** Instance of a function, -1 for a function of the host and for other references. */
  readonly instance: number
  /** Function index there, or the handle of another reference. */
  readonly value: number
}

const Section = { Custom: 0, Memory: 5, Global: 6, Data: 11 } as const
const Code = { I32Const: 0x41, I64Const: 0x42, F32Const: 0x43, F64Const: 0x44, RefNull: 0xd0, End: 0x0b } as const
const LimitFlag = { Max: 1, Index64: 4 } as const
const MISSING: CoreValue = { type: 0, lo: 0, hi: 0 }
/** Reading one list item takes at least one byte; so does this many of anything. */
const NO_LIMIT = 0xffff_ffff

export class Coredump {
  program = ''
  readonly modules: string[] = []
  readonly instances: CoreInstance[] = []
  readonly threads: CoreThread[] = []
  readonly memories: CoreMemory[] = []
  readonly globals: CoreValue[] = []
  readonly tables: CoreTable[] = []
  /** How the frames are encoded. */
  dialect: CoredumpDialect = 'spec'
  /** What only our own dumps say. */
  notes: CoredumpNotes | undefined
  private readonly bytes: Uint8Array
  private readonly tableLists: number[][] = []

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** @throws WasmError when the bytes are no core dump, or a damaged one */
  static read(bytes: Uint8Array): Coredump {
    const dump = new Coredump(bytes)
    const r = new Reader(bytes, 0, bytes.length)
    if (bytes.length < PREAMBLE_SIZE || r.fixed32('magic') !== 0x6d736100) r.fail('this is no WebAssembly file', 0)
    r.fixed32('version')
    let isDump = false
    while (r.pos < r.end) {
      const id = r.u8()
      const size = r.u32('section length')
      const section = new Reader(bytes, r.skip(size), r.pos)
      if (id === Section.Custom) isDump = dump.readCustom(section) || isDump
      else dump.readStandard(id, section)
    }
    if (!isDump) throw new WasmError("this is a module, not a core dump: it has no 'core' section", 0)
    dump.tableLists.forEach((list, i) => {
      if (i < dump.instances.length) dump.instances[i] = { ...dump.instances[i], tables: list }
    })
    return dump
  }

  /** @returns true for the section that makes a file a core dump */
  private readCustom(r: Reader): boolean {
    const name = r.name('section name')
    switch (name) {
      case CORE_SECTION:
        zero(r)
        this.program = r.name('program')
        return true
      case MODULES_SECTION:
        eachItem(r, 'modules', () => {
          zero(r)
          this.modules.push(r.name('module'))
        })
        return false
      case INSTANCES_SECTION:
        eachItem(r, 'instances', () => {
          zero(r)
          const module = r.u32('module')
          this.instances.push({ module, memories: indices(r), globals: indices(r), tables: [] })
        })
        return false
      case STACK_SECTION:
        this.readStack(r)
        return false
      case NOTES_SECTION:
        this.notes = readNotes(r)
        return false
      case TABLES_SECTION:
        this.readTables(r)
        return false
      default:
        return false
    }
  }

  private readStandard(id: number, r: Reader): void {
    if (id === Section.Memory) eachItem(r, 'memories', () => this.readMemory(r))
    else if (id === Section.Global) eachItem(r, 'globals', () => this.readGlobal(r))
    else if (id === Section.Data) eachItem(r, 'data segments', () => this.readData(r))
  }

  private readMemory(r: Reader): void {
    const flags = r.u8()
    const wide = (flags & LimitFlag.Index64) !== 0
    const pages = wide ? unsigned64(r) : r.u32('pages')
    if ((flags & LimitFlag.Max) !== 0) {
      if (wide) unsigned64(r)
      else r.u32('maximum')
    }
    this.memories.push(new CoreMemory(this.bytes, pages))
  }

  private readGlobal(r: Reader): void {
    r.u8()
    r.u8()
    this.globals.push(constant(r))
  }

  private readData(r: Reader): void {
    const mode = r.u32('segment mode')
    if (mode === 1) {
      r.skip(r.u32('segment length'))
      return
    }
    const memory = mode === 2 ? r.u32('memory') : 0
    const { lo, hi } = constant(r)
    const offset = (hi >>> 0) * 2 ** 32 + (lo >>> 0)
    const length = r.u32('segment length')
    const start = r.skip(length)
    // A segment for a memory that is not there is nobody's.
    this.memories.at(memory)?.addSegment(offset, start, start + length)
  }

  private readStack(r: Reader): void {
    zero(r)
    const name = r.name('thread')
    const start = r.pos
    try {
      this.threads.push({ name, frames: readFrames(r, 'spec') })
    } catch (error) {
      if (!(error instanceof WasmError)) throw error
      r.pos = start
      try {
        this.threads.push({ name, frames: readFrames(r, 'wasmgdb') })
        this.dialect = 'wasmgdb'
      } catch (second) {
        // Neither: the specified encoding is what the file was meant to be.
        throw second instanceof WasmError ? error : second
      }
    }
  }

  private readTables(r: Reader): void {
    eachItem(r, 'tables', () => {
      const element = r.u8()
      const length = r.u32('table length')
      const entries: CoreTableEntry[] = []
      eachItem(r, 'entries', () => {
        const index = r.u32('index')
        const instance = element === FUNCREF ? r.u32('instance') - 1 : -1
        entries.push({ index, instance, value: r.u32('reference') })
      })
      this.tables.push({ element, length, entries })
    })
    eachItem(r, 'instances', () => {
      this.tableLists.push(indices(r))
    })
  }
}

function zero(r: Reader): void {
  if (r.u8() !== 0) r.fail('unknown version of a core dump section', r.pos - 1)
}

/** Reads a vector; nothing is allocated for what its count says but its bytes do not. */
function eachItem(r: Reader, what: string, read: () => void): void {
  const count = r.count(what, NO_LIMIT)
  for (let i = 0; i < count; i++) read()
}

function indices(r: Reader): number[] {
  const list: number[] = []
  eachItem(r, 'indices', () => {
    list.push(r.u32('index'))
  })
  return list
}

function unsigned64(r: Reader): number {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = r.u8()
    value += (byte & 0x7f) * scale
    if (byte < 0x80 || scale > 2 ** 63) return value
  }
}

/** The value of a constant expression; one that is no constant is missing. */
function constant(r: Reader): CoreValue {
  let value = MISSING
  switch (r.u8()) {
    case Code.I32Const:
      value = { type: I32, lo: r.s32('constant') >>> 0, hi: 0 }
      break
    case Code.I64Const: {
      const lo = r.s64('constant') >>> 0
      value = { type: I64, lo, hi: r.hi >>> 0 }
      break
    }
    case Code.F32Const:
      value = { type: F32, lo: r.fixed32('constant') >>> 0, hi: 0 }
      break
    case Code.F64Const: {
      const lo = r.fixed32('constant') >>> 0
      value = { type: F64, lo, hi: r.fixed32('constant') >>> 0 }
      break
    }
    case Code.RefNull:
      r.s32('heap type')
      break
    default:
      r.fail('a core dump has only constants here', r.pos - 1)
  }
  if (r.u8() !== Code.End) r.fail('a constant ends with end', r.pos - 1)
  return value
}

function readFrames(r: Reader, dialect: CoredumpDialect): CoreFrame[] {
  const frames: CoreFrame[] = []
  eachItem(r, 'frames', () => {
    zero(r)
    const instance = r.u32('instance')
    const funcIndex = r.u32('function')
    const codeOffset = r.u32('code offset')
    if (dialect === 'spec') {
      const locals = values(r, r.u32('locals'), specValue)
      frames.push({ instance, funcIndex, codeOffset, locals, stack: values(r, r.u32('operands'), specValue) })
    } else {
      const localCount = r.u32('locals')
      const stackCount = r.u32('operands')
      const locals = values(r, localCount, fixedValue)
      frames.push({ instance, funcIndex, codeOffset, locals, stack: values(r, stackCount, fixedValue) })
    }
  })
  if (r.pos !== r.end) r.fail('bytes behind the last frame')
  return frames
}

function values(r: Reader, count: number, read: (r: Reader, type: number) => CoreValue): CoreValue[] {
  const list: CoreValue[] = []
  for (let i = 0; i < count; i++) {
    const type = r.u8()
    list.push(type === MISSING_VALUE ? MISSING : read(r, type))
  }
  return list
}

function specValue(r: Reader, type: number): CoreValue {
  if (type === I32) return { type, lo: r.s32('value') >>> 0, hi: 0 }
  if (type === I64) {
    const lo = r.s64('value') >>> 0
    return { type, lo, hi: r.hi >>> 0 }
  }
  if (type === F32 || type === F64) return fixedValue(r, type)
  return r.fail(`unknown type 0x${type.toString(16)} of a value`, r.pos - 1)
}

/** A value of its full width, little-endian. */
function fixedValue(r: Reader, type: number): CoreValue {
  if (type !== I32 && type !== I64 && type !== F32 && type !== F64) {
    return r.fail(`unknown type 0x${type.toString(16)} of a value`, r.pos - 1)
  }
  const lo = r.fixed32('value') >>> 0
  return { type, lo, hi: type === I64 || type === F64 ? r.fixed32('value') >>> 0 : 0 }
}

/** Our own notes, as far as they have the shape that we give them. */
function readNotes(r: Reader): CoredumpNotes | undefined {
  try {
    const parsed: unknown = JSON.parse(decodeUtf8(r.bytes, r.pos, r.end))
    const isObject = typeof parsed === 'object' && parsed !== null
    if (!isObject || !('modules' in parsed) || !Array.isArray(parsed.modules)) return undefined
    if (!('frames' in parsed) || !Array.isArray(parsed.frames)) return undefined
    return parsed as CoredumpNotes
  } catch {
    return undefined
  }
}
