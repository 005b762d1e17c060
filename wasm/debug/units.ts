/**
 * All units of a module's debug information, and which of them an address belongs to. Opening them reads headers and
 * roots only; a unit of split DWARF is fetched when an address of its skeleton is asked for.
 */
import { customSectionsOf } from '../custom-sections.js'
import { Abbreviations } from './abbreviations.js'
import { At, UnitType } from './dwarf-names.js'
import { undamaged } from './dwarf-reader.js'
import { joinPath } from './line-program.js'
import { RangeReader } from './ranges.js'
import { lastAtMost } from './search.js'
import { DebugSections } from './sections.js'
import { Unit } from './unit.js'

/** Gives the bytes of a file that debug information names, undefined when there is none. */
export type LoadFile = (name: string) => Uint8Array | undefined

/** A unit with what belongs to it elsewhere. */
export interface UnitPlace {
  /** The unit with the entries: the split one where there is a skeleton. */
  readonly unit: Unit
  /** Offset of its line program, -1 without one. */
  readonly lineProgram: number
}

interface UnitRange {
  readonly low: number
  readonly high: number
  readonly index: number
}

export class Units {
  readonly ranges = new RangeReader()
  private readonly units: Unit[] = []
  private readonly places: (UnitPlace | undefined)[] = []
  private readonly byAddress: UnitRange[] = []
  private readonly byProgram = new Map<number, Unit>()
  private readonly load: LoadFile

  constructor(sections: DebugSections, load: LoadFile) {
    this.load = load
    const abbreviations = new Abbreviations(sections)
    const size = sections.reader('.debug_info').end
    // One question: what its budget is for are many units that share a list.
    this.ranges.reset()
    undamaged(() => {
      for (let offset = 0; offset < size;) {
        const end = sections.reader('.debug_info', offset).initialLength()
        // initialLength gives the end of the unit, counted from the start of the section.
        undamaged(() => this.add(new Unit(sections, abbreviations, offset)), undefined)
        offset = end
      }
    }, undefined)
    this.byAddress.sort((a, b) => a.low - b.low)
  }

  private add(unit: Unit): void {
    const index = this.units.push(unit) - 1
    const program = unit.attribute(0, At.stmtList)?.number
    if (program !== undefined) this.byProgram.set(program, unit)
    this.ranges.each(unit, 0, (low, high) => {
      if (low > 0 && low < high) this.byAddress.push({ low, high, index })
    })
  }

  /** The compilation directory of the unit that has a line program. */
  directoryOf(program: number): string | undefined {
    const unit = this.byProgram.get(program)
    return unit === undefined ? undefined : undamaged(() => unit.text(0, At.compDir), undefined)
  }

  /** The unit that an address is in. */
  find(address: number): UnitPlace | undefined {
    const { byAddress } = this
    const found = lastAtMost(byAddress.length, (i) => byAddress[i].low, address)
    if (found < 0 || address >= byAddress[found].high) return undefined
    return this.place(byAddress[found].index)
  }

  private place(index: number): UnitPlace {
    let place = this.places[index]
    if (place === undefined) {
      const unit = this.units[index]
      const lineProgram = unit.attribute(0, At.stmtList)?.number ?? -1
      place = { unit: undamaged(() => this.splitUnit(unit), undefined) ?? unit, lineProgram }
      this.places[index] = place
    }
    return place
  }

  /** The unit in the file that a skeleton names, undefined when this is no skeleton or the file is not there. */
  private splitUnit(skeleton: Unit): Unit | undefined {
    const name = skeleton.text(0, At.dwoName) ?? skeleton.text(0, At.gnuDwoName)
    if (name === undefined || (skeleton.version >= 5 && skeleton.type !== UnitType.skeleton)) return undefined
    const bytes = this.load(joinPath(skeleton.text(0, At.compDir), name))
    if (bytes === undefined) return undefined
    const sections = new DebugSections(bytes, customSectionsOf(bytes))
    const unit = new Unit(sections, new Abbreviations(sections), 0)
    unit.adopt(skeleton)
    return unit
  }
}
