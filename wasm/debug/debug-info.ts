/**
 * What a module's debug information says about its code: for a byte offset in the module the source position and the
 * chain of inlined calls that lead there. Reads DWARF from the module itself, from a file that its
 * `external_debug_info` section names and from split units, otherwise a source map named by `sourceMappingURL`
 * (tool-conventions; source map specification, ECMA-426).
 *
 * Everything is read at the first question about it, and nothing in it is ever an error: damaged or missing information
 * is no information.
 */
import { customSectionsOf } from '../custom-sections.js'
import { Reader } from '../reader.js'
import type { CustomSection } from '../types.js'
import { demangle } from './demangle.js'
import { At, Tag } from './dwarf-names.js'
import { undamaged } from './dwarf-reader.js'
import { FunctionIndex } from './functions.js'
import { LineTable } from './line-table.js'
import { DebugSections } from './sections.js'
import { SourceMap } from './source-map.js'
import { Units, type LoadFile, type UnitPlace } from './units.js'

export type { LoadFile } from './units.js'

/** A source position; lines and columns count from 1, a column of 0 is unknown. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `file:line:column` as editors understand it; `?` when there is none. */
export function positionText(position: SourcePosition | undefined): string {
  if (position === undefined) return '?'
  return `${position.file}:${position.line}${position.column > 0 ? `:${position.column}` : ''}`
}

/** One of the functions that an address is in, innermost first in a list. */
export interface SourceFrame {
  /** Demangled; undefined when only the position is known. */
  readonly func: string | undefined
  /** True for a call that the compiler of the module inlined into the next one of the list. */
  readonly inlined: boolean
  readonly position: SourcePosition | undefined
}

/** What is needed of a decoded module (ModuleInfo has it). */
export interface CodeLayout {
  readonly customs: readonly CustomSection[]
  /** Where the code section's contents start and end: what addresses in DWARF are relative to. */
  readonly codeStart: number
  readonly codeEnd: number
}

const NO_FILE: LoadFile = () => undefined

/** Text of a custom section that holds one name. */
function nameSection(bytes: Uint8Array, layout: CodeLayout, name: string): string | undefined {
  const section = layout.customs.findLast((custom) => custom.name === name)
  if (section === undefined) return undefined
  return undamaged(() => new Reader(bytes, section.start, section.end).name('URL'), undefined)
}

export class DebugInfo {
  private readonly bytes: Uint8Array
  private readonly layout: CodeLayout
  private readonly load: LoadFile
  private found: DebugSections | undefined
  private unitTable: Units | undefined
  private lineTable: LineTable | undefined
  private map: SourceMap | undefined
  private readonly indexes = new Map<UnitPlace, FunctionIndex>()

  /**
   * @param bytes of the module, not changed while this is used
   * @param load fetches files that the module names (external debug information, split units, source maps)
   */
  constructor(layout: CodeLayout, bytes: Uint8Array, load: LoadFile = NO_FILE) {
    this.layout = layout
    this.bytes = bytes
    this.load = load
  }

  /** What addresses in DWARF are relative to: where the code section's contents start in the module. */
  get codeStart(): number {
    return this.layout.codeStart
  }

  /** True when the module has DWARF or a source map that can be had. */
  get exists(): boolean {
    return !this.sections.isEmpty || this.sourceMap.exists
  }

  /**
   * The functions that an instruction is in, innermost first: inlined calls, then the function itself. Empty when
   * nothing is known.
   * @param offset of the instruction in the module
   */
  locate(offset: number): readonly SourceFrame[] {
    if (this.sections.isEmpty) {
      const position = this.sourceMap.find(offset)
      return position === undefined ? [] : [{ func: undefined, inlined: false, position }]
    }
    return undamaged(() => this.locateInDwarf(offset - this.layout.codeStart), [])
  }

  /** The position of the innermost function that an instruction is in. */
  position(offset: number): SourcePosition | undefined {
    return this.sections.isEmpty ? this.sourceMap.find(offset) : this.rowPosition(offset - this.layout.codeStart)
  }

  /** @internal The unit and the entries around an instruction, outermost first; for variables. */
  scopesAt(offset: number): { readonly index: FunctionIndex; readonly scopes: readonly number[] } | undefined {
    const address = offset - this.layout.codeStart
    this.units.ranges.reset()
    const place = this.units.find(address)
    if (place === undefined) return undefined
    const index = this.indexOf(place)
    const scopes = index.scopesAt(address)
    return scopes.length === 0 ? undefined : { index, scopes }
  }

  private locateInDwarf(address: number): SourceFrame[] {
    let position = this.rowPosition(address)
    this.units.ranges.reset()
    const place = this.units.find(address)
    const index = place === undefined ? undefined : this.indexOf(place)
    const scopes = index?.scopesAt(address) ?? []
    if (place === undefined || index === undefined || scopes.length === 0) {
      return position === undefined ? [] : [{ func: undefined, inlined: false, position }]
    }
    const frames: SourceFrame[] = []
    for (const entry of scopes.toReversed()) {
      const tag = index.unit.tag(entry)
      if (tag === Tag.lexicalBlock) continue
      const inlined = tag === Tag.inlinedSubroutine
      const name = index.nameOf(entry)
      frames.push({ func: name === undefined ? undefined : demangle(name), inlined, position })
      if (inlined) position = this.callPosition(place, index, entry)
    }
    return frames
  }

  /** Where an inlined call stood. */
  private callPosition(place: UnitPlace, index: FunctionIndex, entry: number): SourcePosition | undefined {
    const { unit } = index
    const file = unit.number(entry, At.callFile)
    const line = unit.number(entry, At.callLine) ?? 0
    const path = file === undefined ? undefined : this.lines.path(place.lineProgram, file)
    if (path === undefined || line === 0) return undefined
    return { file: path, line, column: unit.number(entry, At.callColumn) ?? 0 }
  }

  private rowPosition(address: number): SourcePosition | undefined {
    const { lines } = this
    const row = lines.find(address)
    const line = row < 0 ? 0 : lines.line[row]
    // Line 0: the compiler made this instruction for no line of the source.
    if (line === 0 || lines.file[row] < 0) return undefined
    return { file: lines.files[lines.file[row]], line, column: lines.column[row] }
  }

  private indexOf(place: UnitPlace): FunctionIndex {
    let index = this.indexes.get(place)
    if (index === undefined) {
      index = new FunctionIndex(place.unit, this.units.ranges)
      this.indexes.set(place, index)
    }
    return index
  }

  private get sections(): DebugSections {
    this.found ??= this.findSections()
    return this.found
  }

  private findSections(): DebugSections {
    const own = new DebugSections(this.bytes, this.layout.customs)
    if (!own.isEmpty) return own
    const url = nameSection(this.bytes, this.layout, 'external_debug_info')
    const bytes = url === undefined ? undefined : this.load(url)
    return bytes === undefined ? own : new DebugSections(bytes, customSectionsOf(bytes))
  }

  private get units(): Units {
    this.unitTable ??= new Units(this.sections, this.load)
    return this.unitTable
  }

  private get lines(): LineTable {
    const { codeStart, codeEnd } = this.layout
    this.lineTable ??= new LineTable(this.sections, codeEnd - codeStart, (program) => this.units.directoryOf(program))
    return this.lineTable
  }

  private get sourceMap(): SourceMap {
    this.map ??= SourceMap.open(nameSection(this.bytes, this.layout, 'sourceMappingURL'), this.load)
    return this.map
  }
}
