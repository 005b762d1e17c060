/**
 * All line number programs of a module as one table: rows in typed arrays, grouped into sequences that are sorted by
 * address. Read as a whole at the first question, since a program does not say which addresses it is about.
 */
import { undamaged } from './dwarf-reader.js'
import { LineProgram, type RowSink } from './line-program.js'
import { lastAtMost } from './search.js'
import type { DebugSections } from './sections.js'

/** A row's file that the program does not name. */
const NO_FILE = -1

export class LineTable implements RowSink {
  /** Paths by file id. */
  readonly files: string[] = []
  /** By row. Lines and columns count from 1, 0 is unknown. */
  address = new Uint32Array(1024)
  file = new Int32Array(1024)
  line = new Uint32Array(1024)
  column = new Uint32Array(1024)
  rowCount = 0
  private readonly ids = new Map<string, number>()
  private readonly programs = new Map<number, LineProgram>()
  private readonly codeSize: number
  private readonly directoryOf: (program: number) => string | undefined
  /** The program that is being run, and the file ids of its file numbers. */
  private current: LineProgram | undefined
  private currentOffset = 0
  private fileIds = new Map<number, number>()
  private firstRow = 0
  /** Sequences sorted by their lowest address: that, one past the highest, first row, one past the last row. */
  private sequences: { low: number; high: number; first: number; end: number }[] = []

  /**
   * @param codeSize size of the code section's contents: rows beyond it are of functions that the linker dropped
   * @param directoryOf compilation directory of the unit whose line program is at an offset
   */
  constructor(sections: DebugSections, codeSize: number, directoryOf: (program: number) => string | undefined) {
    this.codeSize = codeSize
    this.directoryOf = directoryOf
    const size = sections.reader('.debug_line').end
    undamaged(() => {
      for (let offset = 0; offset < size;) {
        const program = new LineProgram(sections, offset)
        this.programs.set(offset, program)
        this.current = program
        this.currentOffset = offset
        this.fileIds = new Map()
        undamaged(() => program.run(this), undefined)
        // What the damaged end of a program left behind is no sequence.
        this.rowCount = this.firstRow
        offset = program.next
      }
    }, undefined)
    this.current = undefined
    this.sequences.sort((a, b) => a.low - b.low)
  }

  /** Path of a file as the line program at `program` numbers it. */
  path(program: number, index: number): string | undefined {
    return this.programs.get(program)?.path(index, this.directoryOf(program))
  }

  /** The row that an address belongs to, -1 when there is none. */
  find(address: number): number {
    const { sequences } = this
    const found = lastAtMost(sequences.length, (i) => sequences[i].low, address)
    if (found < 0 || address >= sequences[found].high) return -1
    const { first, end } = sequences[found]
    const row = lastAtMost(end - first, (i) => this.address[first + i], address)
    return row < 0 ? -1 : first + row
  }

  /** @internal */
  row(address: number, file: number, line: number, column: number): void {
    const at = this.rowCount
    if (at === this.address.length) this.grow()
    let id = this.fileIds.get(file)
    if (id === undefined) {
      id = this.fileId(file)
      this.fileIds.set(file, id)
    }
    this.address[at] = address
    this.file[at] = id
    this.line[at] = line
    this.column[at] = column
    this.rowCount++
  }

  /** @internal */
  endSequence(address: number): void {
    const first = this.firstRow
    const end = this.rowCount
    const low = this.address[first]
    // Functions that the linker dropped are at address 0 or near the end of the address space (its tombstones).
    const live = end > first && low > 0 && low < address && address <= this.codeSize
    if (live) this.sequences.push({ low, high: address, first, end })
    else this.rowCount = first
    this.firstRow = this.rowCount
  }

  private fileId(file: number): number {
    const path = this.current?.path(file, this.directoryOf(this.currentOffset))
    if (path === undefined) return NO_FILE
    let id = this.ids.get(path)
    if (id === undefined) {
      id = this.files.push(path) - 1
      this.ids.set(path, id)
    }
    return id
  }

  private grow(): void {
    const size = this.address.length * 2
    const grown = <T extends Uint32Array | Int32Array>(into: T, from: T): T => {
      into.set(from)
      return into
    }
    this.address = grown(new Uint32Array(size), this.address)
    this.file = grown(new Int32Array(size), this.file)
    this.line = grown(new Uint32Array(size), this.line)
    this.column = grown(new Uint32Array(size), this.column)
  }
}
