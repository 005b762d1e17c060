/**
 * The addresses of an entry: low and high pc, or a list of ranges in `.debug_ranges` (version 4 section 2.17.3) or
 * `.debug_rnglists` (version 5 section 2.17.3). Lists may be shared by many entries, so a question has a budget of
 * list items; a module that needs more of them is not what a compiler writes.
 */
import { At } from './dwarf-names.js'
import { Form, Kind } from './dwarf-reader.js'
import type { Unit } from './unit.js'

const RangeList = {
  end: 0,
  baseIndex: 1,
  startEndIndex: 2,
  startLengthIndex: 3,
  offsetPair: 4,
  base: 5,
  startEnd: 6,
  startLength: 7,
} as const

/** List items that one question may read. */
const MAX_ITEMS = 1 << 20

export class RangeReader {
  private budget = MAX_ITEMS

  /** Starts a new question. */
  reset(): void {
    this.budget = MAX_ITEMS
  }

  /** Calls `visit` with each range `[low, high)` of an entry. @throws WasmError when they are damaged */
  each(unit: Unit, entry: number, visit: (low: number, high: number) => void): void {
    const low = unit.attribute(entry, At.lowPc)
    const high = unit.attribute(entry, At.highPc)
    if (low !== undefined && high !== undefined) {
      const start = unit.address(low)
      // A constant is a length, an address is an address (2.17.2).
      const isLength = high.kind === Kind.Number && high.form !== Form.addr
      visit(start, isLength ? start + high.number : unit.address(high))
      return
    }
    const ranges = unit.attribute(entry, At.ranges)
    if (ranges === undefined) return
    if (unit.version >= 5) this.eachOfList(unit, unit.listOffset(ranges, '.debug_rnglists'), visit)
    else this.eachOfOldList(unit, unit.rangesBase + ranges.number, visit)
  }

  /** True when an address is in a range of an entry. */
  contains(unit: Unit, entry: number, address: number): boolean {
    let inside = false
    this.each(unit, entry, (low, high) => {
      inside ||= address >= low && address < high
    })
    return inside
  }

  private eachOfList(unit: Unit, offset: number, visit: (low: number, high: number) => void): void {
    const r = unit.sections.reader('.debug_rnglists', offset)
    r.addressSize = unit.addressSize
    let base = unit.lowPc
    for (;;) {
      if (this.budget-- <= 0) r.fail('too many ranges')
      switch (r.u8()) {
        case RangeList.end:
          return
        case RangeList.baseIndex:
          base = unit.addressAt(r.uleb())
          break
        case RangeList.startEndIndex:
          visit(unit.addressAt(r.uleb()), unit.addressAt(r.uleb()))
          break
        case RangeList.startLengthIndex: {
          const low = unit.addressAt(r.uleb())
          visit(low, low + r.uleb())
          break
        }
        case RangeList.offsetPair:
          visit(base + r.uleb(), base + r.uleb())
          break
        case RangeList.base:
          base = r.unsigned(r.addressSize)
          break
        case RangeList.startEnd:
          visit(r.unsigned(r.addressSize), r.unsigned(r.addressSize))
          break
        case RangeList.startLength: {
          const low = r.unsigned(r.addressSize)
          visit(low, low + r.uleb())
          break
        }
        default:
          r.fail('unknown kind of range')
      }
    }
  }

  private eachOfOldList(unit: Unit, offset: number, visit: (low: number, high: number) => void): void {
    const r = unit.addressSections.reader('.debug_ranges', offset)
    const size = unit.addressSize
    const selectBase = 256 ** size - 1
    let base = unit.lowPc
    for (;;) {
      if (this.budget-- <= 0) r.fail('too many ranges')
      const low = r.unsigned(size)
      const high = r.unsigned(size)
      if (low === 0 && high === 0) return
      // 2^64 - 1 is not a double: compare as one.
      if (low >= selectBase) base = high
      else visit(base + low, base + high)
    }
  }
}
