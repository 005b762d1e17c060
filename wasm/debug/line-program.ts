/**
 * One line number program of `.debug_line`, versions 2 to 5 (DWARF 5 section 6.2): its header's file table and the rows
 * that its state machine appends. For WebAssembly an address is an offset from the start of the code section's contents.
 *
 * A row takes at least one byte of the program, so a damaged program cannot ask for more rows than it has bytes.
 */
import { DwarfReader, Kind } from './dwarf-reader.js'
import type { DebugSections } from './sections.js'

/** Standard opcodes (table 7.25) and extended ones (table 7.26). */
const Op = {
  extended: 0,
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  negateStmt: 6,
  setBasicBlock: 7,
  constAddPc: 8,
  fixedAdvancePc: 9,
  setPrologueEnd: 10,
  setEpilogueBegin: 11,
  setIsa: 12,
} as const
const Extended = { endSequence: 1, setAddress: 2, defineFile: 3 } as const
/** DW_LNCT_* of a version 5 header. */
const Content = { path: 1, directoryIndex: 2 } as const

/** What takes the rows of a program. */
export interface RowSink {
  row(address: number, file: number, line: number, column: number): void
  /** The rows since the last call are a sequence, which ends before this address. */
  endSequence(address: number): void
}

/** Longer paths no system opens: what has one is damaged. Any number of files may be in one directory. */
const MAX_PATH = 4096

interface FileEntry {
  readonly name: string
  readonly directory: number
}

export class LineProgram {
  readonly version: number
  /** Offset of the program after this one. */
  readonly next: number
  private readonly files: FileEntry[] = []
  private readonly directories: string[] = []
  private readonly reader: DwarfReader
  private readonly minInstruction: number
  private readonly lineBase: number
  private readonly lineRange: number
  private readonly opcodeBase: number
  private readonly operandCounts: Uint8Array

  /**
   * Reads the header.
   * @param offset of the program in `.debug_line`
   * @throws WasmError when it is damaged or of another version
   */
  constructor(sections: DebugSections, offset: number) {
    const r = sections.reader('.debug_line', offset)
    this.reader = r
    this.next = r.initialLength()
    r.end = this.next
    this.version = r.unsigned(2)
    if (this.version < 2 || this.version > 5) r.fail('unknown version of the line table')
    if (this.version >= 5) {
      r.addressSize = r.u8()
      r.u8()
    }
    const headerLength = r.offset()
    const start = r.pos + headerLength
    this.minInstruction = r.u8()
    // Operations of one VLIW instruction: there are none in WebAssembly.
    if (this.version >= 4) r.u8()
    r.u8()
    this.lineBase = r.s8()
    this.lineRange = r.u8()
    this.opcodeBase = r.u8()
    if (this.lineRange === 0 || this.opcodeBase === 0) r.fail('line table header makes no sense')
    this.operandCounts = new Uint8Array(this.opcodeBase)
    for (let opcode = 1; opcode < this.opcodeBase; opcode++) this.operandCounts[opcode] = r.u8()
    if (this.version >= 5) {
      for (const entry of this.readEntries(sections)) this.directories.push(entry.name)
      this.files.push(...this.readEntries(sections))
    } else {
      this.readOldTables()
    }
    if (start > r.end) r.fail('line table header is longer than the program')
    r.pos = start
  }

  /**
   * Path of a file of this program, as it numbers them.
   * @param compilationDirectory what relative paths of versions 2 to 4 start from
   */
  path(index: number, compilationDirectory: string | undefined): string | undefined {
    const isNew = this.version >= 5
    const entry = this.files[isNew ? index : index - 1] as FileEntry | undefined
    if (entry === undefined) return undefined
    const base = (isNew ? this.directories.at(0) : compilationDirectory) ?? ''
    const directory = this.directories.at(entry.directory) ?? ''
    if (base.length + directory.length + entry.name.length > MAX_PATH) return undefined
    return joinPath(base, joinPath(directory, entry.name))
  }

  private readOldTables(): void {
    const { reader: r } = this
    // Directory 0 is the compilation directory, which is not in the table.
    this.directories.push('')
    for (let name = r.string(); name !== ''; name = r.string()) this.directories.push(name)
    for (let name = r.string(); name !== ''; name = r.string()) this.files.push(this.oldFile(name))
  }

  private oldFile(name: string): FileEntry {
    const { reader: r } = this
    const directory = r.uleb()
    // Time and size.
    r.uleb()
    r.uleb()
    return { name, directory }
  }

  /** A version 5 table of directories or files (6.2.4.1). */
  private readEntries(sections: DebugSections): FileEntry[] {
    const { reader: r } = this
    const formats: { readonly content: number; readonly form: number }[] = []
    for (let rest = r.u8(); rest > 0; rest--) formats.push({ content: r.uleb(), form: r.uleb() })
    const count = r.uleb()
    const entries: FileEntry[] = []
    if (count > r.end - r.pos) r.fail('more entries than bytes')
    for (let i = 0; i < count; i++) {
      let name = ''
      let directory = 0
      for (const { content, form } of formats) {
        const value = r.value(form)
        if (content === Content.path) name = this.entryName(sections, value)
        else if (content === Content.directoryIndex) directory = value
      }
      entries.push({ name, directory })
    }
    return entries
  }

  private entryName(sections: DebugSections, value: number): string {
    const { reader: r } = this
    if (r.kind === Kind.String) return sections.string('.debug_line', r.blockStart)
    if (r.kind === Kind.LineStrOffset) return sections.string('.debug_line_str', value)
    if (r.kind === Kind.StrOffset) return sections.string('.debug_str', value)
    // Indexed strings need the unit's base, which the line table does not know: nobody writes them here.
    return ''
  }

  /** Runs the state machine (6.2.5). @throws WasmError where the program is damaged; the rows before that count */
  run(sink: RowSink): void {
    const { reader: r, minInstruction, lineBase, lineRange, opcodeBase } = this
    let address = 0
    let file = 1
    let line = 1
    let column = 0
    while (r.pos < r.end) {
      const opcode = r.u8()
      if (opcode >= opcodeBase) {
        const adjusted = opcode - opcodeBase
        address += Math.floor(adjusted / lineRange) * minInstruction
        line += lineBase + (adjusted % lineRange)
        sink.row(address, file, line, column)
        continue
      }
      switch (opcode) {
        case Op.extended: {
          const length = r.uleb()
          const end = r.pos + length
          if (end > r.end) r.fail('operation is longer than the program')
          const code = length === 0 ? 0 : r.u8()
          if (code === Extended.endSequence) {
            sink.endSequence(address)
            address = 0
            file = 1
            line = 1
            column = 0
          } else if (code === Extended.setAddress) {
            address = r.unsigned(Math.min(8, length - 1))
          } else if (code === Extended.defineFile) {
            this.files.push(this.oldFile(r.string()))
          }
          r.pos = end
          break
        }
        case Op.copy:
          sink.row(address, file, line, column)
          break
        case Op.advancePc:
          address += r.uleb() * minInstruction
          break
        case Op.advanceLine:
          line += r.sleb()
          break
        case Op.setFile:
          file = r.uleb()
          break
        case Op.setColumn:
          column = r.uleb()
          break
        case Op.constAddPc:
          address += Math.floor((255 - opcodeBase) / lineRange) * minInstruction
          break
        case Op.fixedAdvancePc:
          address += r.unsigned(2)
          break
        case Op.setIsa:
          r.uleb()
          break
        case Op.negateStmt:
        case Op.setBasicBlock:
        case Op.setPrologueEnd:
        case Op.setEpilogueBegin:
          break
        default:
          for (let rest = this.operandCounts[opcode]; rest > 0; rest--) r.uleb()
      }
    }
  }
}

/** Joins a relative path to a directory; either may be unknown or empty. */
export function joinPath(directory: string | undefined, path: string): string {
  const isAbsolute = path.startsWith('/') || /^[a-z]:[\\/]/i.test(path)
  if (directory === undefined || directory === '' || isAbsolute) return path
  if (path === '') return directory
  let end = directory.length
  while (end > 0 && directory[end - 1] === '/') end--
  return `${directory.slice(0, end)}/${path}`
}
