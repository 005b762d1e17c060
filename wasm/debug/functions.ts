/**
 * Which functions, inlined ones included, an address lies in: the subprograms of a unit by address, and below one of
 * them the chain of blocks and inlined calls (DWARF 5 sections 3.3.5 and 3.3.8).
 */
import { At, Tag } from './dwarf-names.js'
import { undamaged } from './dwarf-reader.js'
import type { RangeReader } from './ranges.js'
import { lastAtMost } from './search.js'
import type { Unit } from './unit.js'

interface FunctionRange {
  readonly low: number
  readonly high: number
  readonly entry: number
}

/** Inlined calls and blocks nest less deeply than this in real code; damaged trees may be one long chain. */
const MAX_DEPTH = 256

export class FunctionIndex {
  readonly unit: Unit
  private readonly ranges: RangeReader
  private readonly functions: FunctionRange[] = []

  constructor(unit: Unit, ranges: RangeReader) {
    this.unit = unit
    this.ranges = ranges
    undamaged(() => {
      for (let entry = 0; entry < unit.entryCount; entry++) {
        if (unit.tag(entry) !== Tag.subprogram) continue
        ranges.each(unit, entry, (low, high) => {
          if (low > 0 && low < high) this.functions.push({ low, high, entry })
        })
      }
    }, undefined)
    this.functions.sort((a, b) => a.low - b.low)
  }

  /**
   * The entries around an address, outermost first: a subprogram, then blocks and inlined calls. Empty when the address
   * is in no function.
   */
  scopesAt(address: number): number[] {
    const { functions } = this
    const found = lastAtMost(functions.length, (i) => functions[i].low, address)
    if (found < 0 || address >= functions[found].high) return []
    const scopes = [functions[found].entry]
    for (let inner = this.innerScope(scopes[0], address); inner >= 0 && scopes.length < MAX_DEPTH;) {
      scopes.push(inner)
      inner = this.innerScope(inner, address)
    }
    return scopes
  }

  private innerScope(scope: number, address: number): number {
    const { unit } = this
    let found = -1
    undamaged(
      () =>
        unit.eachChild(scope, (child) => {
          const tag = unit.tag(child)
          if (tag !== Tag.inlinedSubroutine && tag !== Tag.lexicalBlock) return true
          // A block may have no addresses when everything in it was optimized out; one without ranges at all is for C.
          if (this.ranges.contains(unit, child, address)) found = child
          return found < 0
        }),
      undefined,
    )
    return found
  }

  /** The name to show for a subprogram or an inlined call: the linkage name where there is one, as it is. */
  nameOf(entry: number): string | undefined {
    const { unit } = this
    return undamaged(
      () =>
        unit.inheritedText(entry, At.linkageName) ??
        unit.inheritedText(entry, At.mipsLinkageName) ??
        unit.inheritedText(entry, At.name),
      undefined,
    )
  }
}
