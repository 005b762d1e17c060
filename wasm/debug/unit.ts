/**
 * One unit of `.debug_info`: its header, its tree of entries as typed arrays, and attribute values on demand (DWARF 5
 * sections 7.5.1 to 7.5.6, version 2 to 5). An entry is named by its number in the unit; its children are the entries
 * between it and `subtreeEnd`. Only the root is read until somebody asks for more.
 */
import { undamaged, Kind, type DwarfReader } from './dwarf-reader.js'
import { At, UnitType } from './dwarf-names.js'
import type { Abbreviation, Abbreviations, AbbreviationTable } from './abbreviations.js'
import { lastAtMost } from './search.js'
import type { DebugSections } from './sections.js'

/** A chain of references from entry to entry longer than this is a damaged one, most likely a circle. */
const MAX_CHAIN = 16

/** An attribute's value: see `Kind`. */
export interface Attribute {
  readonly kind: number
  /** DW_FORM_*. */
  readonly form: number
  readonly number: number
  /** Byte range in `.debug_info` of a block; where a string starts. */
  readonly start: number
  readonly end: number
}

/** The entries of a unit in order. */
interface Entries {
  readonly count: number
  /** Where the attributes start, in `.debug_info`. */
  readonly at: Uint32Array
  readonly code: Uint32Array
  readonly parent: Int32Array
  readonly subtreeEnd: Uint32Array
}

export class Unit {
  readonly sections: DebugSections
  readonly offset: number
  readonly end: number
  readonly version: number
  readonly type: number
  readonly addressSize: number
  readonly offsetSize: number
  /** Where `.debug_addr` entries of this unit start; a split unit's come from its skeleton. */
  private addressBase: number
  /** Of the DW_AT_GNU_ranges_base of a version 4 skeleton. */
  rangesBase: number
  /** Sections that addresses and old range lists are in: the skeleton's file, for split units. */
  addressSections: DebugSections
  /** What offsets in lists are relative to. */
  lowPc: number
  private readonly table: AbbreviationTable
  private readonly root: number
  private tree: Entries | undefined
  private readonly stringBase: number
  private readonly rangeListBase: number
  private readonly locationListBase: number

  /** @throws WasmError when the header or the root is damaged */
  constructor(sections: DebugSections, abbreviations: Abbreviations, offset: number) {
    this.sections = sections
    this.addressSections = sections
    this.offset = offset
    const r = sections.reader('.debug_info', offset)
    this.end = r.initialLength()
    this.offsetSize = r.offsetSize
    this.version = r.unsigned(2)
    if (this.version < 2 || this.version > 5) r.fail('unknown version of a unit')
    let table = 0
    if (this.version >= 5) {
      this.type = r.u8()
      this.addressSize = r.u8()
      table = r.offset()
      if (this.type === UnitType.skeleton || this.type === UnitType.splitCompile) r.skip(8)
      // A type unit's signature and the offset of its type.
      else if (this.type === 2 || this.type === 6) r.skip(8 + this.offsetSize)
    } else {
      this.type = 1
      table = r.offset()
      this.addressSize = r.u8()
    }
    if (this.addressSize !== 4 && this.addressSize !== 8) r.fail('unknown size of addresses')
    this.root = r.pos
    this.table = abbreviations.table(table)
    // The headers of these sections' contributions, where the unit does not say where its own starts (7.26 to 7.29).
    const header = this.offsetSize === 8 ? 16 : 8
    const split = sections.isSplit && this.version >= 5
    this.stringBase = this.offsetOf(At.strOffsetsBase) ?? (split ? header : 0)
    this.addressBase = this.offsetOf(At.addrBase) ?? this.offsetOf(At.gnuAddrBase) ?? (this.version >= 5 ? header : 0)
    this.rangeListBase = this.offsetOf(At.rnglistsBase) ?? header + 4
    this.locationListBase = this.offsetOf(At.loclistsBase) ?? header + 4
    this.rangesBase = this.offsetOf(At.gnuRangesBase) ?? 0
    const lowPc = this.attribute(0, At.lowPc)
    this.lowPc = lowPc === undefined ? 0 : undamaged(() => this.address(lowPc), 0)
  }

  /** Takes over what a split unit has from its skeleton (DWARF 5 section 3.1.3). */
  adopt(skeleton: Unit): void {
    this.addressSections = skeleton.addressSections
    this.addressBase = skeleton.addressBase
    this.rangesBase = skeleton.rangesBase
    this.lowPc = skeleton.lowPc
  }

  private offsetOf(name: number): number | undefined {
    return this.attribute(0, name)?.number
  }

  /** Number of entries; the root is 0. */
  get entryCount(): number {
    return this.entries.count
  }

  /** One past the last entry below `entry`. */
  subtreeEnd(entry: number): number {
    return this.entries.subtreeEnd[entry]
  }

  /** The entry that `entry` is a child of, -1 for the root. */
  parent(entry: number): number {
    return this.entries.parent[entry]
  }

  /** DW_TAG_* of an entry. */
  tag(entry: number): number {
    return this.abbreviation(entry).tag
  }

  /** Calls `visit` with each child until it returns false. */
  eachChild(entry: number, visit: (child: number) => boolean | void): void {
    const { subtreeEnd } = this.entries
    for (let child = entry + 1; child < subtreeEnd[entry]; child = subtreeEnd[child]) {
      if (visit(child) === false) return
    }
  }

  /** The value of an attribute (DW_AT_*), undefined when the entry has none. */
  attribute(entry: number, name: number): Attribute | undefined {
    const r = this.reader(entry === 0 ? this.root : this.entries.at[entry])
    if (entry === 0) r.uleb()
    const { attributes } = this.abbreviation(entry)
    for (let i = 0; i < attributes.length; i += 3) {
      const number = r.value(attributes[i + 1], attributes[i + 2])
      if (attributes[i] !== name) continue
      return { kind: r.kind, form: attributes[i + 1], number, start: r.blockStart, end: r.blockEnd }
    }
    return undefined
  }

  /** A number, undefined when the attribute is missing or something else. */
  number(entry: number, name: number): number | undefined {
    const value = this.attribute(entry, name)
    return value?.kind === Kind.Number ? value.number : undefined
  }

  text(entry: number, name: number): string | undefined {
    const value = this.attribute(entry, name)
    if (value === undefined) return undefined
    switch (value.kind) {
      case Kind.String:
        return this.sections.string('.debug_info', value.start)
      case Kind.StrOffset:
        return this.sections.string('.debug_str', value.number)
      case Kind.LineStrOffset:
        return this.sections.string('.debug_line_str', value.number)
      case Kind.StrIndex: {
        const r = this.sections.reader('.debug_str_offsets', this.stringBase + value.number * this.offsetSize)
        return this.sections.string('.debug_str', r.unsigned(this.offsetSize))
      }
      default:
        return undefined
    }
  }

  /** The address that a value is or names. @throws WasmError when it names none */
  address(value: Attribute): number {
    return value.kind === Kind.AddressIndex ? this.addressAt(value.number) : value.number
  }

  /** Entry of `.debug_addr`. @throws WasmError when there is none */
  addressAt(index: number): number {
    return this.addressSections
      .reader('.debug_addr', this.addressBase + index * this.addressSize)
      .unsigned(this.addressSize)
  }

  /** Where a list of ranges or locations (version 5) starts, in its section. */
  listOffset(value: Attribute, section: '.debug_rnglists' | '.debug_loclists'): number {
    if (value.kind !== Kind.ListIndex) return value.number
    const base = section === '.debug_rnglists' ? this.rangeListBase : this.locationListBase
    const r = this.sections.reader(section, base + value.number * this.offsetSize)
    return base + r.unsigned(this.offsetSize)
  }

  /** The entry of this unit at an offset of `.debug_info`, -1 when there is none. */
  entryAt(offset: number): number {
    const { at, count } = this.entries
    // `at` is behind the abbreviation code, so it is greater than the entry's own offset and not beyond the next one's.
    const entry = lastAtMost(count, (i) => at[i], offset) + 1
    return entry < count ? entry : -1
  }

  /** The entry that an attribute refers to, -1 when there is none in this unit. */
  referred(entry: number, name: number): number {
    const value = this.attribute(entry, name)
    if (value?.kind === Kind.UnitRef) return this.entryAt(this.offset + value.number)
    const isHere = value?.kind === Kind.SectionRef && value.number > this.offset && value.number < this.end
    return isHere ? this.entryAt(value.number) : -1
  }

  /** The first of an entry and those that it is an instance or the definition of that has an attribute, -1 if none. */
  withAttribute(entry: number, name: number): number {
    let at = entry
    for (let steps = 0; at >= 0 && steps < MAX_CHAIN; steps++) {
      if (this.attribute(at, name) !== undefined) return at
      const origin = this.referred(at, At.abstractOrigin)
      at = origin >= 0 ? origin : this.referred(at, At.specification)
    }
    return -1
  }

  /** Text of an attribute that an entry may have from where it was declared. */
  inheritedText(entry: number, name: number): string | undefined {
    const at = this.withAttribute(entry, name)
    return at < 0 ? undefined : this.text(at, name)
  }

  /** A reader of this unit's part of `.debug_info`. */
  reader(at: number): DwarfReader {
    const r = this.sections.reader('.debug_info', at)
    r.end = this.end
    r.addressSize = this.addressSize
    r.offsetSize = this.offsetSize
    return r
  }

  private abbreviation(entry: number): Abbreviation {
    const code = entry === 0 ? this.reader(this.root).uleb() : this.entries.code[entry]
    const found = this.table.get(code)
    return found ?? this.reader(this.root).fail('unknown abbreviation')
  }

  private get entries(): Entries {
    this.tree ??= this.readTree()
    return this.tree
  }

  /** Walks all entries, as far as they make sense. */
  private readTree(): Entries {
    const at: number[] = []
    const code: number[] = []
    const parent: number[] = []
    const subtreeEnd: number[] = []
    const open: number[] = []
    const r = this.reader(this.root)
    undamaged(() => {
      while (r.pos < r.end) {
        const found = r.uleb()
        if (found === 0) {
          const closed = open.pop()
          if (closed !== undefined) subtreeEnd[closed] = at.length
        } else {
          const shape = this.table.get(found) ?? r.fail('unknown abbreviation')
          const start = r.pos
          for (let i = 0; i < shape.attributes.length; i += 3) r.value(shape.attributes[i + 1])
          const entry = at.push(start) - 1
          code.push(found)
          parent.push(open.at(-1) ?? -1)
          subtreeEnd.push(entry + 1)
          if (shape.hasChildren) open.push(entry)
        }
        if (open.length === 0) break
      }
    }, undefined)
    for (const entry of open) subtreeEnd[entry] = at.length
    return {
      count: at.length,
      at: Uint32Array.from(at),
      code: Uint32Array.from(code),
      parent: Int32Array.from(parent),
      subtreeEnd: Uint32Array.from(subtreeEnd),
    }
  }
}
