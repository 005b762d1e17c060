/** Abbreviation tables: what the entries of a unit look like (DWARF 5 section 7.5.3). */
import { Form, type DwarfReader } from './dwarf-reader.js'
import type { DebugSections } from './sections.js'

export interface Abbreviation {
  readonly tag: number
  readonly hasChildren: boolean
  /** Attribute, form and implicit constant, three numbers each. */
  readonly attributes: readonly number[]
}

export type AbbreviationTable = ReadonlyMap<number, Abbreviation>

/** Tables may overlap, so a damaged module could have a whole section read for each of many small units. */
const MAX_READINGS = 16
const LEAST_BUDGET = 1 << 20

export class Abbreviations {
  private readonly sections: DebugSections
  private readonly tables = new Map<number, AbbreviationTable>()
  /** Bytes that may still be read. */
  private budget: number

  constructor(sections: DebugSections) {
    this.sections = sections
    this.budget = LEAST_BUDGET + MAX_READINGS * sections.reader('.debug_abbrev').end
  }

  /** The table at an offset. @throws WasmError when it is damaged */
  table(offset: number): AbbreviationTable {
    let table = this.tables.get(offset)
    if (table === undefined) {
      table = this.read(offset)
      this.tables.set(offset, table)
    }
    return table
  }

  private read(offset: number): AbbreviationTable {
    const r = this.sections.reader('.debug_abbrev', offset)
    if (this.budget <= 0) r.fail('abbreviation tables overlap too much')
    const start = r.pos
    try {
      return readTable(r)
    } finally {
      // Also of a table without an end: it is read anew for each unit that names it.
      this.budget -= r.pos - start
    }
  }
}

function readTable(r: DwarfReader): AbbreviationTable {
  const table = new Map<number, Abbreviation>()
  for (let code = r.uleb(); code !== 0; code = r.uleb()) {
    const tag = r.uleb()
    const hasChildren = r.u8() !== 0
    const attributes: number[] = []
    for (;;) {
      const name = r.uleb()
      const form = r.uleb()
      const implicit = form === Form.implicitConst ? r.sleb() : 0
      if (name === 0 && form === 0) break
      attributes.push(name, form, implicit)
    }
    table.set(code, { tag, hasChildren, attributes })
  }
  return table
}
