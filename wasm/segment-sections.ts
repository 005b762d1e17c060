/**
 * The sections of segments: elements of tables, bytes of memories (specification sections 5.5.12, 5.5.14 and 5.5.16). A module may have
 * hundreds of thousands of data segments, so that plain ones are read many at once by the scan.
 */
import { readConstExpr, readFuncIndex } from './const-expr.js'
import { DataSegments } from './data-segments.js'
import { MAX_DATA_SEGMENTS, MAX_ELEM_ENTRIES } from './limits.js'
import type { ModuleBuilder } from './module-builder.js'
import type { Reader } from './reader.js'
import { readPlainSegments } from './scan/segments.js'
import { readValType } from './sections.js'
import { FUNCREF, I32, isRef, SegmentMode, valTypeName, type ConstExpr, type ValType } from './types.js'

/** Bits of an element segment's flags (5.5.12). */
const ELEM_PASSIVE_OR_DECLARATIVE = 1
/** With the bit above: declarative; without: the table index is written out. */
const ELEM_EXPLICIT = 2
const ELEM_EXPRESSIONS = 4

export function readElementSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('segment count', MAX_ELEM_ENTRIES)
  for (let i = 0; i < count; i++) readElemSegment(r, module)
}

function readElemSegment(r: Reader, module: ModuleBuilder): void {
  const at = r.pos
  const flags = r.u32('flag: ')
  if (flags > 7) r.fail(`illegal flag value ${flags}. Must be between 0 and 7`, at)
  const active = (flags & ELEM_PASSIVE_OR_DECLARATIVE) === 0
  const explicit = (flags & ELEM_EXPLICIT) !== 0
  const expressions = (flags & ELEM_EXPRESSIONS) !== 0
  let table = 0
  let offset: ConstExpr | undefined
  if (active) {
    if (explicit) table = r.u32('table index')
    if (table >= module.tables.length) r.fail(`out of bounds table index ${table}`, at)
    offset = readConstExpr(r, module, I32)
  }
  let type: ValType = FUNCREF
  // The short active forms leave the type out: it is funcref.
  if (!active || explicit) {
    if (expressions) {
      const typeAt = r.pos
      type = readValType(r)
      if (!isRef(type)) r.fail(`Invalid element segment type ${valTypeName(type)}`, typeAt)
    } else {
      const kind = r.u8()
      if (kind !== 0) r.fail(`illegal element kind 0x${kind.toString(16)}. Must be 0x0`, at)
    }
  }
  if (active) checkElemTable(r, at, type, expressions, table, module.tables[table].element)
  const passive = explicit ? SegmentMode.Declarative : SegmentMode.Passive
  const mode = active ? SegmentMode.Active : passive
  const items = readElemItems(r, module, type, expressions)
  module.elems.push({ mode, type, table, ...(offset === undefined ? {} : { offset }), ...items })
}

function checkElemTable(
  r: Reader,
  at: number,
  type: ValType,
  expressions: boolean,
  table: number,
  tableType: ValType,
): void {
  if (type === tableType) return
  const of = valTypeName(tableType)
  const message = expressions
    ? `Element segment of type ${valTypeName(type)} is not a subtype of referenced table ${table} (of type ${of})`
    : 'An active element segment with function indices as elements must reference a table of type funcref. ' +
      `Instead, table ${table} of type ${of} is referenced.`
  r.fail(message, at)
}

function readElemItems(
  r: Reader,
  module: ModuleBuilder,
  type: ValType,
  expressions: boolean,
): { funcs: Uint32Array } | { items: ConstExpr[] } {
  const count = r.count('number of elements', MAX_ELEM_ENTRIES)
  if (expressions) {
    const items: ConstExpr[] = []
    for (let i = 0; i < count; i++) items.push(readConstExpr(r, module, type))
    return compactItems(items)
  }
  const funcs = new Uint32Array(Math.min(count, r.end - r.pos))
  for (let i = 0; i < count; i++) {
    const index = readFuncIndex(r, module)
    module.declaredRefs[index] = 1
    funcs[i] = index
  }
  return { funcs }
}

/** Items as function indices when all of them are `ref.func`. */
function compactItems(items: ConstExpr[]): { funcs: Uint32Array } | { items: ConstExpr[] } {
  const funcs = new Uint32Array(items.length)
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    if (item.kind !== 'ref.func') return { items }
    funcs[i] = item.index
  }
  return { funcs }
}

export function readDataCountSection(r: Reader, module: ModuleBuilder): void {
  module.dataCount = r.count('data segments count', MAX_DATA_SEGMENTS)
}

/** Segments that are read one by one before many at once are tried again: a try that finds none is not free. */
const PLAIN_STEP = 64

export function readDataSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('data segments count', MAX_DATA_SEGMENTS)
  if (module.dataCount >= 0 && count !== module.dataCount) {
    r.fail(`data segments count ${count} mismatch (${module.dataCount} expected)`)
  }
  // Each takes two bytes at least, so a count that lies takes no memory.
  const datas = new DataSegments(Math.min(count, r.end - r.pos))
  module.datas = datas
  const hasMemory = module.memories.length > 0
  while (datas.length < count) {
    if (hasMemory && datas.length % PLAIN_STEP === 0) readPlainSegments(r, datas, count - datas.length)
    if (datas.length < count) readSegment(r, module, datas)
  }
}

function readSegment(r: Reader, module: ModuleBuilder, datas: DataSegments): void {
  const at = r.pos
  const flags = r.u32('flag: ')
  if (flags > 2) r.fail(`illegal flag value ${flags}. Must be 0, 1, or 2`, at)
  const active = flags !== 1
  let memory = 0
  let offset: ConstExpr | undefined
  if (active) {
    if (flags === 2) memory = r.u32('memory index')
    if (memory !== 0) r.fail(`illegal memory index ${memory} != 0`, at)
    offset = readConstExpr(r, module, I32)
    if (module.memories.length === 0) r.fail('cannot load data without memory')
  }
  const size = r.u32('source size')
  const start = r.skip(size)
  if (offset === undefined) datas.addPassive(start, size)
  else datas.addActive(memory, offset, start, size)
}
