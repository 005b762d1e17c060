/**
 * Where a variable is at an address: an expression, or an item of a location list in `.debug_loc` (version 4 section 2.6.2)
 * or `.debug_loclists` (version 5 section 2.6.2).
 */
import { Kind } from './dwarf-reader.js'
import type { Unit } from './unit.js'

/** An expression: bytes of a section. */
export interface ExpressionRange {
  readonly section: string
  readonly start: number
  readonly end: number
}

const List = {
  end: 0,
  baseIndex: 1,
  startEndIndex: 2,
  startLengthIndex: 3,
  offsetPair: 4,
  defaultLocation: 5,
  base: 6,
  startEnd: 7,
  startLength: 8,
} as const

/** Items of one list that are read. Every variable of a function may name the same list. */
const MAX_ITEMS = 1 << 16

/** The expression of an attribute at an address, undefined when there is none. @throws WasmError */
export function locationAt(unit: Unit, entry: number, name: number, pc: number): ExpressionRange | undefined {
  const value = unit.attribute(entry, name)
  if (value === undefined) return undefined
  if (value.kind === Kind.Block) return { section: '.debug_info', start: value.start, end: value.end }
  if (unit.version >= 5) return inList(unit, unit.listOffset(value, '.debug_loclists'), pc)
  return inOldList(unit, value.number, pc)
}

function inList(unit: Unit, offset: number, pc: number): ExpressionRange | undefined {
  const section = '.debug_loclists'
  const r = unit.sections.reader(section, offset)
  r.addressSize = unit.addressSize
  let base = unit.lowPc
  let otherwise: ExpressionRange | undefined
  for (let items = 0; items < MAX_ITEMS; items++) {
    const kind = r.u8()
    let low = 0
    let high = 0
    switch (kind) {
      case List.end:
        return otherwise
      case List.baseIndex:
        base = unit.addressAt(r.uleb())
        continue
      case List.base:
        base = r.unsigned(r.addressSize)
        continue
      case List.startEndIndex:
        low = unit.addressAt(r.uleb())
        high = unit.addressAt(r.uleb())
        break
      case List.startLengthIndex:
        low = unit.addressAt(r.uleb())
        high = low + r.uleb()
        break
      case List.offsetPair:
        low = base + r.uleb()
        high = base + r.uleb()
        break
      case List.defaultLocation:
        break
      case List.startEnd:
        low = r.unsigned(r.addressSize)
        high = r.unsigned(r.addressSize)
        break
      case List.startLength:
        low = r.unsigned(r.addressSize)
        high = low + r.uleb()
        break
      default:
        r.fail('unknown kind of location')
    }
    const start = r.skip(r.uleb())
    const range = { section, start, end: r.pos }
    if (kind === List.defaultLocation) otherwise = range
    else if (pc >= low && pc < high) return range
  }
  return r.fail('too many locations')
}

function inOldList(unit: Unit, offset: number, pc: number): ExpressionRange | undefined {
  const section = '.debug_loc'
  const r = unit.sections.reader(section, offset)
  const size = unit.addressSize
  const selectBase = 256 ** size - 1
  let base = unit.lowPc
  for (let items = 0; items < MAX_ITEMS; items++) {
    const low = r.unsigned(size)
    const high = r.unsigned(size)
    if (low === 0 && high === 0) return undefined
    if (low >= selectBase) {
      base = high
      continue
    }
    const start = r.skip(r.unsigned(2))
    if (pc >= base + low && pc < base + high) return { section, start, end: r.pos }
  }
  return r.fail('too many locations')
}
