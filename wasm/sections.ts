/**
 * The sections of a module (specification section 5.5) but for code and segments (segment-sections.ts), each read from a complete payload
 * and checked against what came before it (3.4). A 20-byte module may claim 2^32 of anything, so nothing is allocated by
 * a count before it is checked against its limit, and flat arrays are never longer than the bytes that can fill them.
 */
import { readConstExpr, readFuncIndex, readIndex } from './const-expr.js'
import {
  MAX_EXPORTS,
  MAX_FUNCTIONS,
  MAX_GLOBALS,
  MAX_IMPORTS,
  MAX_MEMORIES,
  MAX_MEMORY_PAGES,
  MAX_PARAMS,
  MAX_RESULTS,
  MAX_TABLES,
  MAX_TYPES,
} from './limits.js'
import type { ModuleBuilder } from './module-builder.js'
import type { Reader } from './reader.js'
import {
  EXTERNREF,
  ExternKind,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  isRef,
  valTypeName,
  type Export,
  type GlobalType,
  type ImportDesc,
  type Limits,
  type MemoryType,
  type TableType,
  type ValType,
} from './types.js'

const FUNC_TYPE_FORM = 0x60

/** Reads a value type of 2.0 without vectors, given by one byte. */
export function readValType(r: Reader): ValType {
  const at = r.pos
  if (at >= r.end) r.fail('value type opcode')
  const type = r.u8()
  switch (type) {
    case I32:
    case I64:
    case F32:
    case F64:
    case FUNCREF:
    case EXTERNREF:
      return type
    default:
      return r.fail(`invalid value type 0x${type.toString(16)}`, at)
  }
}

export function readValTypes(r: Reader, what: string, limit: number): ValType[] {
  const count = r.count(what, limit)
  const types: ValType[] = []
  for (let i = 0; i < count; i++) types.push(readValType(r))
  return types
}

export function readTypeSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('types count', MAX_TYPES)
  for (let i = 0; i < count; i++) {
    const at = r.pos
    if (at >= r.end) r.fail('signature definition')
    const form = r.u8()
    if (form !== FUNC_TYPE_FORM) r.fail(`Expected signature definition 0x60, got 0x${form.toString(16)}`, at)
    const params = readValTypes(r, 'param count', MAX_PARAMS)
    const results = readValTypes(r, 'return count', MAX_RESULTS)
    module.types.push({ kind: 'func', params, results })
  }
}

function readTypeIndex(r: Reader, module: ModuleBuilder): number {
  const at = r.pos
  const index = r.u32('signature index')
  const size = module.types.length
  if (index >= size) r.fail(`no signature at index ${index} (${size} signatures)`, at)
  return index
}

function readTableType(r: Reader): TableType {
  const at = r.pos
  if (at >= r.end) r.fail('expected 1 bytes, fell off end')
  const element = readValType(r)
  if (!isRef(element)) r.fail(`Invalid table type ${valTypeName(element)}`, at)
  const flagsAt = r.pos
  const flags = r.u8()
  if (flags > 1) r.fail('invalid element count limits flags', flagsAt)
  const min = r.u32('initial size')
  if (flags === 0) return { element, min, max: -1 }
  const maxAt = r.pos
  const max = r.u32('maximum size')
  if (max < min) {
    r.fail(`maximum table elements size (${max} elements) is less than initial (${min} elements)`, maxAt)
  }
  return { element, min, max }
}

function readMemoryType(r: Reader): MemoryType {
  const flagsAt = r.pos
  const flags = r.u8()
  if (flags > 1) r.fail(`invalid memory limits flags 0x${flags.toString(16)}`, flagsAt)
  const limits = readPageLimits(r, flags === 1)
  return { ...limits, shared: false, index64: false }
}

function readPageLimits(r: Reader, hasMax: boolean): Limits {
  const limit = `implementation limit (${MAX_MEMORY_PAGES} pages)`
  const minAt = r.pos
  const min = r.u32('initial size')
  if (min > MAX_MEMORY_PAGES) r.fail(`initial memory size (${min} pages) is larger than ${limit}`, minAt)
  if (!hasMax) return { min, max: -1 }
  const maxAt = r.pos
  const max = r.u32('maximum size')
  if (max > MAX_MEMORY_PAGES) r.fail(`maximum memory size (${max} pages) is larger than ${limit}`, maxAt)
  if (max < min) r.fail(`maximum memory size (${max} pages) is less than initial (${min} pages)`, maxAt)
  return { min, max }
}

function readGlobalType(r: Reader): GlobalType {
  const type = readValType(r)
  const at = r.pos
  const mutable = r.u8()
  if (mutable > 1) r.fail('invalid mutability', at)
  return { type, mutable: mutable === 1 }
}

export function readImportSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('imports count', MAX_IMPORTS)
  const funcs: number[] = []
  for (let i = 0; i < count; i++) {
    const at = r.pos
    const from = r.name('module name')
    const name = r.name('field name')
    module.imports.push({ module: from, name, desc: readImportDesc(r, module, at, funcs) })
  }
  module.importedTables = module.tables.length
  module.importedMemories = module.memories.length
  module.importedGlobals = module.globals.length
  module.setFunctions(Uint32Array.from(funcs), funcs.length)
}

function readImportDesc(r: Reader, module: ModuleBuilder, at: number, funcs: number[]): ImportDesc {
  const kind = r.u8()
  switch (kind) {
    case ExternKind.Func: {
      const typeIndex = readTypeIndex(r, module)
      funcs.push(typeIndex)
      return { kind, typeIndex }
    }
    case ExternKind.Table: {
      if (module.tables.length === MAX_TABLES) r.fail(`At most ${MAX_TABLES} tables are supported`)
      const type = readTableType(r)
      module.tables.push(type)
      return { kind, type }
    }
    case ExternKind.Memory: {
      if (module.memories.length === MAX_MEMORIES) r.fail('At most one memory is supported')
      const type = readMemoryType(r)
      module.memories.push(type)
      return { kind, type }
    }
    case ExternKind.Global: {
      const type = readGlobalType(r)
      module.globals.push(type)
      return { kind, type }
    }
    default:
      return r.fail(`unknown import kind 0x${kind.toString(16).padStart(2, '0')}`, at)
  }
}

export function readFunctionSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('functions count', MAX_FUNCTIONS)
  const imported = module.importedFuncs
  // One byte a function at least: a count beyond the payload fails in the loop.
  const all = new Uint32Array(imported + Math.min(count, r.end - r.pos))
  all.set(module.funcTypes)
  for (let i = 0; i < count; i++) all[imported + i] = readTypeIndex(r, module)
  module.setFunctions(all, imported)
}

export function readTableSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('table count', MAX_TABLES - module.tables.length)
  for (let i = 0; i < count; i++) module.tables.push(readTableType(r))
}

export function readMemorySection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('memory count', MAX_MEMORIES)
  for (let i = 0; i < count; i++) {
    if (module.memories.length === MAX_MEMORIES) r.fail('At most one memory is supported')
    module.memories.push(readMemoryType(r))
  }
}

export function readGlobalSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('globals count', MAX_GLOBALS)
  for (let i = 0; i < count; i++) {
    const { type, mutable } = readGlobalType(r)
    module.globals.push({ type, mutable, init: readConstExpr(r, module, type) })
  }
}

const KIND_NAMES: readonly string[] = ['function', 'table', 'memory', 'global']
/** Longer names are shortened in messages, as V8 does. */
const SHOWN_NAME = 50

export function readExportSection(r: Reader, module: ModuleBuilder): void {
  const count = r.count('exports count', MAX_EXPORTS)
  const offsets: number[] = []
  for (let i = 0; i < count; i++) {
    const start = r.pos
    const name = r.name('field name')
    offsets.push(start)
    module.exports.push(readExportDesc(r, module, name))
  }
  // After the section, as in V8: a duplicate is only reported when every entry is well-formed.
  const byName = new Map<string, Export>()
  for (let i = 0; i < count; i++) {
    const entry = module.exports[i]
    const other = byName.get(entry.name)
    if (other === undefined) byName.set(entry.name, entry)
    else {
      r.pos = offsets[i]
      const length = r.u32('field name length')
      const shown = length > SHOWN_NAME ? `${entry.name.slice(0, SHOWN_NAME - 3)}...` : entry.name
      const both = `${KIND_NAMES[other.kind]} ${other.index} and ${KIND_NAMES[entry.kind]} ${entry.index}`
      r.fail(`Duplicate export name '${shown}' for ${both}`)
    }
  }
}

function readExportDesc(r: Reader, module: ModuleBuilder, name: string): Export {
  const at = r.pos
  const kind = r.u8()
  switch (kind) {
    case ExternKind.Func: {
      const index = readFuncIndex(r, module)
      module.declaredRefs[index] = 1
      return { name, kind, index }
    }
    case ExternKind.Table:
      return { name, kind, index: readIndex(r, 'table', module.tables.length) }
    case ExternKind.Memory: {
      const index = r.u32('index:')
      if (index >= module.memories.length) r.fail('invalid memory index != 0')
      return { name, kind, index }
    }
    case ExternKind.Global:
      return { name, kind, index: readIndex(r, 'global', module.globals.length) }
    default:
      return r.fail(`invalid export kind 0x${kind.toString(16).padStart(2, '0')}`, at)
  }
}

export function readStartSection(r: Reader, module: ModuleBuilder): void {
  const at = r.pos
  const index = readFuncIndex(r, module)
  const type = module.types[module.funcTypes[index]]
  if (type.params.length !== 0 || type.results.length !== 0) {
    r.fail('invalid start function: non-zero parameter or return count', at)
  }
  module.start = index
}

/** `r` spans the section's contents: a name, then bytes that nobody checks. */
export function readCustomSection(r: Reader, module: ModuleBuilder): void {
  const name = r.name('section name')
  module.customs.push({ name, start: r.pos, end: r.end })
  r.pos = r.end
}
