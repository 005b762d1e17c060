/**
 * Machine code as a native debugger wants to know it: an ELF object in memory, with a symbol for each piece of code, DWARF line
 * tables and the rule by which frames are unwound. What gdb's interface for just-in-time compilers takes (gdb.ts).
 *
 * The object is relocatable in form and final in fact: its one section of code, which has no contents here, says the address at which the
 * code already is, and DWARF has these addresses. DWARF is of version 4, which every debugger in use reads.
 */
import { ByteWriter } from '../wasm/text/bytes.js'
import type { CodeLine } from './code-lines.js'

export interface DebugPiece {
  /** As people read it. */
  readonly name: string
  /** As the compiler gave it: debuggers demangle for themselves, and find a function by parts of what comes out. */
  readonly symbol: string
  readonly start: number
  readonly size: number
  /** In the order of the code, each until the next. */
  readonly lines: readonly CodeLine[]
}

const ELF_HEADER_BYTES = 64
const SECTION_HEADER_BYTES = 64
const SYMBOL_BYTES = 24
const ALIGN = 8

const SectionType = { Null: 0, Progbits: 1, Symtab: 2, Strtab: 3, Nobits: 8 } as const
const ALLOC = 2
const EXECUTABLE = 4
/** ET_REL, EM_X86_64; a global function (STB_GLOBAL << 4 | STT_FUNC). */
const RELOCATABLE = 1
const X86_64 = 62
const GLOBAL_FUNCTION = 0x12
/** Index of the section of code. */
const TEXT = 1

/** DWARF 4: tags, attributes, forms, opcodes; only those in use here. */
const Tag = { CompileUnit: 0x11, Subprogram: 0x2e } as const
const At = {
  Name: 0x03,
  StmtList: 0x10,
  LowPc: 0x11,
  HighPc: 0x12,
  Language: 0x13,
  Producer: 0x25,
  External: 0x3f,
  LinkageName: 0x6e,
} as const
const DwForm = { Addr: 0x01, Data2: 0x05, Data8: 0x07, String: 0x08, SecOffset: 0x17, FlagPresent: 0x19 } as const
/** Demangled names are C++'s, Rust's are like them. */
const C_PLUS_PLUS = 0x04
const LineOp = { Copy: 1, AdvancePc: 2, AdvanceLine: 3, SetFile: 4, SetColumn: 5 } as const
const LineExtended = { EndSequence: 1, SetAddress: 2 } as const
/** Operands of the standard opcodes 1 to 12; 13 is the first special one, which we do without. */
const OPCODE_LENGTHS = Uint8Array.of(0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1)
const Cfa = { AdvanceLoc: 0x40, Offset: 0x80, DefCfa: 0x0c, DefCfaRegister: 0x0d, DefCfaOffset: 0x0e } as const
const RBP = 6
const RSP = 7
const RETURN_ADDRESS = 16
/** Every frame begins with `push rbp; mov rbp, rsp` (docs/abi.md). */
const PUSH_BYTES = 1
const MOVE_BYTES = 3

const utf8 = new TextEncoder()

function u16(out: ByteWriter, value: number): void {
  out.byte(value & 0xff)
  out.byte(value >>> 8)
}

/** A 64-bit word; addresses of user space are below 2^47. */
function u64(out: ByteWriter, value: number): void {
  out.word(value % 2 ** 32)
  out.word(Math.floor(value / 2 ** 32))
}

/** A text with its end, without what would end it early. */
function text(out: ByteWriter, value: string): void {
  out.bytes(utf8.encode(value.replaceAll('\0', ' ')))
  out.byte(0)
}

/** What follows a length of 32 bits that counts it. */
function counted(out: ByteWriter, write: (body: ByteWriter) => void): void {
  const body = new ByteWriter(256)
  write(body)
  out.word(body.length)
  out.bytes(body.view())
}

class Strings {
  readonly out = new ByteWriter(256)

  constructor() {
    this.out.byte(0)
  }

  add(value: string): number {
    const at = this.out.length
    text(this.out, value)
    return at
  }
}

function abbreviations(): Uint8Array {
  const out = new ByteWriter()
  const entry = (code: number, tag: number, children: boolean, pairs: readonly (readonly [number, number])[]): void => {
    out.u32(code)
    out.u32(tag)
    out.byte(children ? 1 : 0)
    for (const [attribute, form] of pairs) {
      out.u32(attribute)
      out.u32(form)
    }
    out.byte(0)
    out.byte(0)
  }
  entry(1, Tag.CompileUnit, true, [
    [At.Producer, DwForm.String],
    [At.Language, DwForm.Data2],
    [At.Name, DwForm.String],
    [At.StmtList, DwForm.SecOffset],
    [At.LowPc, DwForm.Addr],
    [At.HighPc, DwForm.Data8],
  ])
  entry(2, Tag.Subprogram, false, [
    [At.External, DwForm.FlagPresent],
    [At.Name, DwForm.String],
    [At.LinkageName, DwForm.String],
    [At.LowPc, DwForm.Addr],
    [At.HighPc, DwForm.Data8],
  ])
  out.byte(0)
  return out.view()
}

function information(unit: string, pieces: readonly DebugPiece[], low: number, high: number): Uint8Array {
  const out = new ByteWriter(1024)
  counted(out, (body) => {
    u16(body, 4)
    body.word(0)
    body.byte(8)
    body.u32(1)
    text(body, 'Windlass')
    u16(body, C_PLUS_PLUS)
    text(body, unit)
    body.word(0)
    u64(body, low)
    u64(body, high - low)
    for (const { name, symbol, start, size } of pieces) {
      body.u32(2)
      text(body, name)
      text(body, symbol)
      u64(body, start)
      u64(body, size)
    }
    body.byte(0)
  })
  return out.view()
}

/** A sequence of rows for each piece. */
function lineTable(pieces: readonly DebugPiece[]): Uint8Array {
  const files = new Map<string, number>()
  for (const { lines } of pieces) for (const { file } of lines) if (!files.has(file)) files.set(file, files.size + 1)
  const out = new ByteWriter(1024)
  counted(out, (body) => {
    u16(body, 4)
    counted(body, (head) => {
      head.byte(1) // bytes of the shortest instruction
      head.byte(1) // operations of an instruction
      head.byte(1) // rows are statements
      head.byte(0) // line base and range of special opcodes
      head.byte(1)
      head.byte(OPCODE_LENGTHS.length + 1)
      head.bytes(OPCODE_LENGTHS)
      head.byte(0) // no directories: files have whole paths
      for (const file of files.keys()) {
        text(head, file)
        for (let k = 0; k < 3; k++) head.byte(0)
      }
      head.byte(0)
    })
    for (const piece of pieces) if (piece.lines.length > 0) lineSequence(body, piece, files)
  })
  return out.view()
}

function lineSequence(out: ByteWriter, { start, size, lines }: DebugPiece, files: ReadonlyMap<string, number>): void {
  const extended = (bytes: number, op: number): void => {
    out.byte(0)
    out.byte(bytes)
    out.byte(op)
  }
  extended(9, LineExtended.SetAddress)
  u64(out, start)
  let at = 0
  let file = 1
  let line = 1
  const row = (offset: number, to: CodeLine): void => {
    out.byte(LineOp.AdvancePc)
    out.u32(offset - at)
    const number = files.get(to.file) ?? 1
    if (number !== file) {
      out.byte(LineOp.SetFile)
      out.u32(number)
    }
    out.byte(LineOp.AdvanceLine)
    out.s32(to.line - line)
    out.byte(LineOp.SetColumn)
    out.u32(to.column)
    out.byte(LineOp.Copy)
    at = offset
    file = number
    line = to.line
  }
  // What is before the first known place belongs to it. Debuggers take a function's second row for the end of what makes its frame.
  const [first, ...rest] = lines
  row(0, first)
  if (first.offset >= PUSH_BYTES + MOVE_BYTES) row(PUSH_BYTES + MOVE_BYTES, first)
  for (const next of rest) row(next.offset, next)
  out.byte(LineOp.AdvancePc)
  out.u32(size - at)
  extended(1, LineExtended.EndSequence)
}

function padTo(out: ByteWriter, alignment: number): void {
  while (out.length % alignment !== 0) out.byte(0)
}

/** .debug_frame: the caller of a frame, before, between and after the two instructions that make it. */
function frameRules(pieces: readonly DebugPiece[]): Uint8Array {
  const out = new ByteWriter(1024)
  counted(out, (body) => {
    body.word(0xffffffff)
    body.byte(3)
    body.byte(0)
    body.u32(1)
    body.s32(-8)
    body.u32(RETURN_ADDRESS)
    body.byte(Cfa.DefCfa)
    body.u32(RSP)
    body.u32(8)
    body.byte(Cfa.Offset | RETURN_ADDRESS)
    body.u32(1)
    // The length does not count itself.
    while ((body.length + 4) % ALIGN !== 0) body.byte(0)
  })
  for (const { start, size } of pieces) {
    counted(out, (body) => {
      body.word(0)
      u64(body, start)
      u64(body, size)
      body.byte(Cfa.AdvanceLoc | PUSH_BYTES)
      body.byte(Cfa.DefCfaOffset)
      body.u32(16)
      body.byte(Cfa.Offset | RBP)
      body.u32(2)
      body.byte(Cfa.AdvanceLoc | MOVE_BYTES)
      body.byte(Cfa.DefCfaRegister)
      body.u32(RBP)
      while ((body.length + 4) % ALIGN !== 0) body.byte(0)
    })
  }
  return out.view()
}

function symbols(pieces: readonly DebugPiece[], low: number, names: Strings): Uint8Array {
  const out = new ByteWriter((pieces.length + 1) * SYMBOL_BYTES)
  out.bytes(new Uint8Array(SYMBOL_BYTES))
  for (const { symbol, start, size } of pieces) {
    out.word(names.add(symbol))
    out.byte(GLOBAL_FUNCTION)
    out.byte(0)
    u16(out, TEXT)
    // Relative to the section.
    u64(out, start - low)
    u64(out, size)
  }
  return out.view()
}

interface Section {
  readonly name: string
  readonly type: number
  readonly contents: Uint8Array
  readonly link?: number
  readonly info?: number
  readonly entryBytes?: number
}

/**
 * The object.
 * @param unit name of the module, as the debugger's compilation unit
 * @param pieces at least one
 */
export function debugObject(unit: string, pieces: readonly DebugPiece[]): Uint8Array<ArrayBuffer> {
  // Not by arguments of a call: there may be more pieces than those can be.
  const low = pieces.reduce((least, { start }) => Math.min(least, start), Infinity)
  const high = pieces.reduce((most, { start, size }) => Math.max(most, start + size), 0)
  const names = new Strings()
  const table = symbols(pieces, low, names)
  const progbits = (name: string, contents: Uint8Array): Section => ({ name, type: SectionType.Progbits, contents })
  const sections: Section[] = [
    { name: '.symtab', type: SectionType.Symtab, contents: table, link: 3, info: 1, entryBytes: SYMBOL_BYTES },
    { name: '.strtab', type: SectionType.Strtab, contents: names.out.view() },
    progbits('.debug_abbrev', abbreviations()),
    progbits('.debug_info', information(unit, pieces, low, high)),
    progbits('.debug_line', lineTable(pieces)),
    progbits('.debug_frame', frameRules(pieces)),
  ]
  const sectionNames = new Strings()
  const out = new ByteWriter(4096)
  // The null section, the code, these, and their names.
  const count = sections.length + 3
  elfHeader(out, count)
  const headers = new ByteWriter(count * SECTION_HEADER_BYTES)
  headers.bytes(new Uint8Array(SECTION_HEADER_BYTES))
  const code = { type: SectionType.Nobits, flags: ALLOC | EXECUTABLE, address: low, size: high - low }
  sectionHeader(headers, sectionNames.add('.text'), code)
  const place = (name: number, section: Omit<Section, 'name'>): void => {
    padTo(out, ALIGN)
    const { contents, ...rest } = section
    sectionHeader(headers, name, { ...rest, offset: out.length, size: contents.length })
    out.bytes(contents)
  }
  for (const { name, ...section } of sections) place(sectionNames.add(name), section)
  const own = sectionNames.add('.shstrtab')
  place(own, { type: SectionType.Strtab, contents: sectionNames.out.view() })
  padTo(out, ALIGN)
  const headersAt = out.length
  out.bytes(headers.view())
  const object = out.take()
  new DataView(object.buffer).setUint32(SECTION_HEADERS_FIELD, headersAt, true)
  return object
}

/** Offset of e_shoff in the header. */
const SECTION_HEADERS_FIELD = 40

function elfHeader(out: ByteWriter, sectionCount: number): void {
  out.bytes(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
  u16(out, RELOCATABLE)
  u16(out, X86_64)
  out.word(1)
  u64(out, 0) // entry
  u64(out, 0) // program headers
  u64(out, 0) // section headers: written last
  out.word(0)
  u16(out, ELF_HEADER_BYTES)
  u16(out, 0)
  u16(out, 0)
  u16(out, SECTION_HEADER_BYTES)
  u16(out, sectionCount)
  u16(out, sectionCount - 1)
}

interface SectionFields {
  readonly type: number
  readonly flags?: number
  readonly address?: number
  readonly offset?: number
  readonly size: number
  readonly link?: number
  readonly info?: number
  readonly entryBytes?: number
}

function sectionHeader(out: ByteWriter, name: number, fields: SectionFields): void {
  const { type, flags = 0, address = 0, offset = 0, size, link = 0, info = 0, entryBytes = 0 } = fields
  out.word(name)
  out.word(type)
  u64(out, flags)
  u64(out, address)
  u64(out, offset)
  u64(out, size)
  out.word(link)
  out.word(info)
  u64(out, ALIGN)
  u64(out, entryBytes)
}
