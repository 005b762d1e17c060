/**
 * One module of the text format to bytes (specification section 6.6).
 *
 * Two passes over the fields. The first gives every entity its index and its identifier and reads the type
 * definitions, stepping over everything else; the second writes the sections, function bodies included, straight into
 * one buffer a section. No syntax tree stands between: the token table is cheap to read twice.
 *
 * Abbreviations (inline imports, exports, segments) are expanded where they stand. Encoding choices that the format
 * leaves open are those of wasm-tools, so that the two can be compared byte for byte.
 */
import { SectionId } from '../decoder.js'
import { Op } from '../opcodes.js'
import { ExternKind, FUNCREF, type ValType } from '../types.js'
import { ByteWriter } from './bytes.js'
import type { Cursor } from './cursor.js'
import { InstructionAssembler } from './instructions.js'
import { Token } from './lexer.js'
import { IndexSpace, nameSection, writeName, type NameMap } from './names.js'
import { TypeSpace } from './typeuses.js'

const MAGIC_AND_VERSION = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])

/** Contents of a section that is a vector: the items and their number. */
class Items {
  readonly bytes = new ByteWriter()
  count = 0

  next(): ByteWriter {
    this.count++
    return this.bytes
  }
}

/** Element segment flags (specification section 5.5.12). */
const ELEM_NOT_ACTIVE = 1
/** Active: a table index follows. Not active: the segment is declarative. */
const ELEM_TABLE_OR_DECLARATIVE = 2
const ELEM_EXPRESSIONS = 4
const ELEM_KIND_FUNC = 0

const PAGE_SIZE = 65536

export interface AssembleOptions {
  /** Write identifiers to a name section; true when absent. */
  readonly names?: boolean
}

/**
 * Assembles the module fields from the cursor up to token `end`.
 * @param id the module's own identifier
 */
export function assembleFields(
  cursor: Cursor,
  end: number,
  id: string | undefined,
  options: AssembleOptions,
): Uint8Array<ArrayBuffer> {
  return new ModuleAssembler(cursor, end, id).run(options.names ?? true)
}

interface FunctionNames {
  readonly func: number
  readonly names: NameMap
}

class ModuleAssembler {
  private readonly cursor: Cursor
  private readonly end: number
  private readonly id: string | undefined

  private readonly types = new TypeSpace()
  private readonly funcs = new IndexSpace('func')
  private readonly tables = new IndexSpace('table')
  private readonly memories = new IndexSpace('memory')
  private readonly globals = new IndexSpace('global')
  private readonly elems = new IndexSpace('elem')
  private readonly datas = new IndexSpace('data')
  private readonly instructions: InstructionAssembler

  private readonly importItems = new Items()
  private readonly functionItems = new Items()
  private readonly tableItems = new Items()
  private readonly memoryItems = new Items()
  private readonly globalItems = new Items()
  private readonly exportItems = new Items()
  private readonly elemItems = new Items()
  private readonly codeItems = new Items()
  private readonly dataItems = new Items()
  private start = -1
  private readonly localNames: FunctionNames[] = []
  private readonly labelNames: FunctionNames[] = []
  private readonly body = new ByteWriter(1024)

  /** Next index of each space in the second pass. */
  private nextFunc = 0
  private nextTable = 0
  private nextMemory = 0
  private nextGlobal = 0
  /** First kind of entity that was defined, for imports that come too late. */
  private defined = ''

  constructor(cursor: Cursor, end: number, id: string | undefined) {
    this.cursor = cursor
    this.end = end
    this.id = id
    this.instructions = new InstructionAssembler(cursor, {
      types: this.types,
      funcs: this.funcs,
      tables: this.tables,
      memories: this.memories,
      globals: this.globals,
      elems: this.elems,
      datas: this.datas,
    })
  }

  run(names: boolean): Uint8Array<ArrayBuffer> {
    const { cursor, end } = this
    const first = cursor.at
    const { close } = cursor.tokens
    for (let at = first; at < end; at = close[at] + 1) {
      cursor.at = at
      if (cursor.kind !== Token.LeftParen) cursor.unexpected()
      cursor.at++
      this.declare(cursor.atom('a module field'))
    }
    cursor.at = first
    while (cursor.at < end) {
      cursor.at++
      this.field(cursor.atom('a module field'))
      cursor.close()
    }
    return this.module(names)
  }

  // First pass

  private declare(field: string): void {
    const { cursor } = this
    switch (field) {
      case 'type':
        this.types.define(cursor)
        return
      case 'import':
        cursor.name()
        cursor.name()
        if (cursor.kind !== Token.LeftParen) cursor.unexpected()
        cursor.at++
        this.spaceOf(cursor.atom('a kind of import')).declare(cursor)
        return
      case 'func':
      case 'global':
        this.spaceOf(field).declare(cursor)
        return
      case 'table':
        this.tables.declare(cursor)
        this.declareInline('elem', this.elems)
        return
      case 'memory':
        this.memories.declare(cursor)
        this.declareInline('data', this.datas)
        return
      case 'elem':
        this.elems.declare(cursor)
        return
      case 'data':
        this.datas.declare(cursor)
        return
      case 'export':
      case 'start':
        return
      default:
        cursor.fail(`unknown module field ${field}`, cursor.at - 1)
    }
  }

  /** The segment inside a table or memory takes an index of its own. */
  private declareInline(segment: string, space: IndexSpace): void {
    const { cursor } = this
    while (cursor.isOpen('export')) cursor.at = cursor.tokens.close[cursor.at] + 1
    if (cursor.kind === Token.Atom) cursor.at++
    if (cursor.isOpen(segment)) space.count++
  }

  private spaceOf(kind: string): IndexSpace {
    switch (kind) {
      case 'func':
        return this.funcs
      case 'table':
        return this.tables
      case 'memory':
        return this.memories
      case 'global':
        return this.globals
      default:
        return this.cursor.fail(`unexpected token ${kind}`, this.cursor.at - 1)
    }
  }

  // Second pass

  private field(field: string): void {
    const { cursor } = this
    switch (field) {
      case 'type':
        // Read in the first pass: go to the parenthesis that closes it.
        cursor.at = cursor.tokens.close[cursor.at - 2]
        return
      case 'import':
        this.importField()
        return
      case 'func':
        this.func()
        return
      case 'table':
        this.table()
        return
      case 'memory':
        this.memory()
        return
      case 'global':
        this.global()
        return
      case 'export':
        this.exportField()
        return
      case 'start':
        if (this.start >= 0) cursor.fail('multiple start sections', cursor.at - 1)
        this.start = this.funcs.index(cursor)
        return
      case 'elem':
        this.elem()
        return
      case 'data':
        this.data()
        return
      default:
        cursor.unexpected()
    }
  }

  private importField(): void {
    const { cursor } = this
    const place = cursor.at - 1
    const module = cursor.name()
    const name = cursor.name()
    const out = this.importEntry(module, name, place)
    cursor.at++
    const kind = cursor.atom('a kind of import')
    cursor.optionalId()
    switch (kind) {
      case 'func':
        this.importedFunc(out, this.nextFunc++)
        break
      case 'table':
        out.byte(ExternKind.Table)
        this.tableType(out)
        this.nextTable++
        break
      case 'memory':
        out.byte(ExternKind.Memory)
        this.limits(out)
        this.nextMemory++
        break
      default:
        out.byte(ExternKind.Global)
        this.globalType(out)
        this.nextGlobal++
    }
    cursor.close()
  }

  private importEntry(module: string, name: string, place: number): ByteWriter {
    if (this.defined !== '') this.cursor.fail(`import after ${this.defined}`, place)
    const out = this.importItems.next()
    writeName(out, module)
    writeName(out, name)
    return out
  }

  private importedFunc(out: ByteWriter, index: number): void {
    const locals = new IndexSpace('local')
    out.byte(ExternKind.Func)
    out.u32(this.types.use(this.cursor, locals))
    if (locals.named.indices.length > 0) this.localNames.push({ func: index, names: locals.named })
  }

  private exportField(): void {
    const { cursor } = this
    const name = cursor.name()
    if (cursor.kind !== Token.LeftParen) cursor.unexpected()
    cursor.at++
    const kind = cursor.atom('a kind of export')
    const space = this.spaceOf(kind)
    this.exportEntry(name, space, space.index(cursor))
    cursor.close()
  }

  private exportEntry(name: string, space: IndexSpace, index: number): void {
    const out = this.exportItems.next()
    writeName(out, name)
    const kinds = [this.funcs, this.tables, this.memories, this.globals]
    out.byte(kinds.indexOf(space))
    out.u32(index)
  }

  private inlineExports(space: IndexSpace, index: number): void {
    const { cursor } = this
    while (cursor.skipOpen('export')) {
      this.exportEntry(cursor.name(), space, index)
      cursor.close()
    }
  }

  /** `(import "module" "name")` inside a definition; the entry is begun when it is there. */
  private inlineImport(): ByteWriter | undefined {
    const { cursor } = this
    const place = cursor.at + 1
    if (!cursor.skipOpen('import')) return undefined
    const module = cursor.name()
    const name = cursor.name()
    cursor.close()
    return this.importEntry(module, name, place)
  }

  private define(kind: string): void {
    if (this.defined === '') this.defined = kind
  }

  private func(): void {
    const { cursor } = this
    const end = cursor.tokens.close[cursor.at - 2]
    const index = this.nextFunc++
    cursor.optionalId()
    this.inlineExports(this.funcs, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      this.importedFunc(imported, index)
      return
    }
    this.define('function')
    const locals = new IndexSpace('local')
    this.functionItems.next().u32(this.types.use(cursor, locals))
    this.body.clear()
    this.localDeclarations(locals)
    this.instructions.sequence(this.body, end, locals)
    this.codeItems.next().vector(this.body.view())
    if (locals.named.indices.length > 0) this.localNames.push({ func: index, names: locals.named })
    const labels = this.instructions.names
    if (labels.indices.length > 0) this.labelNames.push({ func: index, names: labels })
  }

  /** `(local ...)*`, written as runs of equal types. */
  private localDeclarations(locals: IndexSpace): void {
    const { cursor, body } = this
    const counts: number[] = []
    const types: ValType[] = []
    const add = (type: ValType): void => {
      if (types.at(-1) === type) {
        counts[counts.length - 1]++
      } else {
        types.push(type)
        counts.push(1)
      }
      locals.count++
    }
    while (cursor.skipOpen('local')) {
      if (cursor.kind === Token.Id) {
        locals.bind(cursor, locals.count)
        add(cursor.valType())
      } else {
        while (cursor.kind !== Token.RightParen) add(cursor.valType())
      }
      cursor.close()
    }
    body.u32(types.length)
    for (let i = 0; i < types.length; i++) {
      body.u32(counts[i])
      body.byte(types[i])
    }
  }

  private limits(out: ByteWriter): void {
    const { cursor } = this
    const min = cursor.u32()
    const max = cursor.isNumber() ? cursor.u32() : undefined
    this.writeLimits(out, min, max)
  }

  private writeLimits(out: ByteWriter, min: number, max: number | undefined): void {
    out.byte(max === undefined ? 0 : 1)
    out.u32(min)
    if (max !== undefined) out.u32(max)
  }

  private tableType(out: ByteWriter): void {
    const { cursor } = this
    const min = cursor.u32()
    const max = cursor.isNumber() ? cursor.u32() : undefined
    out.byte(cursor.refType())
    this.writeLimits(out, min, max)
  }

  private globalType(out: ByteWriter): void {
    const { cursor } = this
    const mutable = cursor.skipOpen('mut')
    out.byte(cursor.valType())
    if (mutable) cursor.close()
    out.byte(mutable ? 1 : 0)
  }

  private table(): void {
    const { cursor } = this
    const index = this.nextTable++
    cursor.optionalId()
    this.inlineExports(this.tables, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      imported.byte(ExternKind.Table)
      this.tableType(imported)
      return
    }
    this.define('table')
    if (!cursor.isValType()) {
      this.tableType(this.tableItems.next())
      return
    }
    const type = cursor.refType()
    cursor.open('elem')
    const expressions = cursor.kind === Token.LeftParen
    const out = this.elemItems.next()
    // The explicit form even for table 0, as wasm-tools has it.
    out.byte(expressions ? ELEM_TABLE_OR_DECLARATIVE | ELEM_EXPRESSIONS : ELEM_TABLE_OR_DECLARATIVE)
    out.u32(index)
    this.zeroOffset(out)
    out.byte(expressions ? type : ELEM_KIND_FUNC)
    const count = expressions ? this.elemExpressions(out) : this.elemIndices(out)
    cursor.close()
    const tableOut = this.tableItems.next()
    tableOut.byte(type)
    this.writeLimits(tableOut, count, count)
  }

  private memory(): void {
    const { cursor } = this
    const index = this.nextMemory++
    cursor.optionalId()
    this.inlineExports(this.memories, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      imported.byte(ExternKind.Memory)
      this.limits(imported)
      return
    }
    this.define('memory')
    if (!cursor.skipOpen('data')) {
      this.limits(this.memoryItems.next())
      return
    }
    const bytes = cursor.strings()
    cursor.close()
    const pages = Math.ceil(bytes.length / PAGE_SIZE)
    this.writeLimits(this.memoryItems.next(), pages, pages)
    const out = this.dataItems.next()
    this.activeDataHead(out, index)
    this.zeroOffset(out)
    out.vector(bytes)
  }

  private zeroOffset(out: ByteWriter): void {
    out.byte(Op.I32Const)
    out.s32(0)
    out.byte(Op.End)
  }

  private global(): void {
    const { cursor } = this
    const end = cursor.tokens.close[cursor.at - 2]
    const index = this.nextGlobal++
    cursor.optionalId()
    this.inlineExports(this.globals, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      imported.byte(ExternKind.Global)
      this.globalType(imported)
      return
    }
    this.define('global')
    const out = this.globalItems.next()
    this.globalType(out)
    this.instructions.sequence(out, end)
  }

  /** `(offset instr*)` or one folded instruction. */
  private offset(out: ByteWriter): void {
    this.wrappedExpression(out, 'offset')
  }

  /** `(keyword instr*)`, or its abbreviation, one folded instruction. */
  private wrappedExpression(out: ByteWriter, keyword: string): void {
    const { cursor } = this
    const close = cursor.tokens.close[cursor.at]
    if (cursor.kind !== Token.LeftParen) cursor.unexpected()
    if (cursor.skipOpen(keyword)) {
      this.instructions.sequence(out, close)
      cursor.close()
    } else {
      this.instructions.sequence(out, close + 1)
    }
  }

  private elem(): void {
    const { cursor } = this
    const out = this.elemItems.next()
    cursor.optionalId()
    if (cursor.skipAtom('declare')) {
      this.elemList(out, ELEM_NOT_ACTIVE | ELEM_TABLE_OR_DECLARATIVE, undefined)
      return
    }
    const table = this.tableUse()
    if (table < 0 && cursor.kind !== Token.LeftParen) {
      this.elemList(out, ELEM_NOT_ACTIVE, undefined)
      return
    }
    const offset = new ByteWriter()
    this.offset(offset)
    this.elemList(out, 0, { table, offset })
  }

  /** `(table $t)` or, the older form, the bare index; -1 when there is none. */
  private tableUse(): number {
    const { cursor } = this
    if (cursor.skipOpen('table')) {
      const table = this.tables.index(cursor)
      cursor.close()
      return table
    }
    // Only a segment with an offset has a bare index in front of a parenthesis.
    const bare =
      (cursor.kind === Token.Id || cursor.isNumber()) && cursor.tokens.kinds[cursor.at + 1] === Token.LeftParen
    return bare ? this.tables.index(cursor) : -1
  }

  /** The flags, the head and the items of a segment. */
  private elemList(
    out: ByteWriter,
    mode: number,
    active: { readonly table: number; readonly offset: ByteWriter } | undefined,
  ): void {
    const { cursor } = this
    const bare = active !== undefined && active.table < 0 && !cursor.isValType() && !cursor.isAtom('func')
    const expressions = cursor.isValType()
    const type = expressions ? cursor.refType() : FUNCREF
    if (!expressions && !bare && !cursor.skipAtom('func')) cursor.unexpected()
    let flags = expressions ? mode | ELEM_EXPRESSIONS : mode
    if (active !== undefined && (active.table >= 0 || type !== FUNCREF)) flags |= ELEM_TABLE_OR_DECLARATIVE
    out.byte(flags)
    if (active !== undefined) {
      if ((flags & ELEM_TABLE_OR_DECLARATIVE) !== 0) out.u32(Math.max(active.table, 0))
      out.bytes(active.offset.view())
    }
    if ((flags & (ELEM_NOT_ACTIVE | ELEM_TABLE_OR_DECLARATIVE)) !== 0) out.byte(expressions ? type : ELEM_KIND_FUNC)
    if (expressions) this.elemExpressions(out)
    else this.elemIndices(out)
  }

  /** Function indices up to the closing parenthesis; the result is their number. */
  private elemIndices(out: ByteWriter): number {
    const { cursor } = this
    const indices: number[] = []
    while (cursor.kind !== Token.RightParen) indices.push(this.funcs.index(cursor))
    out.u32(indices.length)
    for (const index of indices) out.u32(index)
    return indices.length
  }

  private elemExpressions(out: ByteWriter): number {
    const { cursor } = this
    const items = new Items()
    while (cursor.kind !== Token.RightParen) this.wrappedExpression(items.next(), 'item')
    out.u32(items.count)
    out.bytes(items.bytes.view())
    return items.count
  }

  private activeDataHead(out: ByteWriter, memory: number): void {
    out.byte(memory === 0 ? 0 : 2)
    if (memory !== 0) out.u32(memory)
  }

  private data(): void {
    const { cursor } = this
    const out = this.dataItems.next()
    cursor.optionalId()
    let memory = -1
    if (cursor.skipOpen('memory')) {
      memory = this.memories.index(cursor)
      cursor.close()
    } else if (cursor.kind === Token.Id || cursor.isNumber()) {
      memory = this.memories.index(cursor)
    }
    if (memory >= 0 || cursor.kind === Token.LeftParen) {
      this.activeDataHead(out, Math.max(memory, 0))
      this.offset(out)
    } else {
      out.byte(1)
    }
    out.vector(cursor.strings())
  }

  // The module

  private module(names: boolean): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(1024)
    const part = new ByteWriter(1024)
    const section = (id: number, count: number, contents: Uint8Array | undefined): void => {
      if (count === 0) return
      part.clear()
      part.u32(count)
      if (contents !== undefined) part.bytes(contents)
      out.byte(id)
      out.vector(part.view())
    }
    const items = (id: number, list: Items): void => section(id, list.count, list.bytes.view())
    const types = new ByteWriter()
    this.types.write(types)

    out.bytes(MAGIC_AND_VERSION)
    section(SectionId.Type, this.types.count, types.view())
    items(SectionId.Import, this.importItems)
    items(SectionId.Function, this.functionItems)
    items(SectionId.Table, this.tableItems)
    items(SectionId.Memory, this.memoryItems)
    items(SectionId.Global, this.globalItems)
    items(SectionId.Export, this.exportItems)
    if (this.start >= 0) {
      part.clear()
      part.u32(this.start)
      out.byte(SectionId.Start)
      out.vector(part.view())
    }
    items(SectionId.Element, this.elemItems)
    if (this.instructions.usesDataCount) {
      part.clear()
      part.u32(this.dataItems.count)
      out.byte(SectionId.DataCount)
      out.vector(part.view())
    }
    items(SectionId.Code, this.codeItems)
    items(SectionId.Data, this.dataItems)
    if (names) this.names(out)
    return out.take()
  }

  private names(out: ByteWriter): void {
    const contents = nameSection({
      module: this.id,
      funcs: this.funcs.named,
      locals: this.localNames,
      labels: this.labelNames,
      spaces: [
        this.types.space.named,
        this.tables.named,
        this.memories.named,
        this.globals.named,
        this.elems.named,
        this.datas.named,
      ],
    })
    if (contents.length === 0) return
    const section = new ByteWriter(contents.length + 8)
    writeName(section, 'name')
    section.bytes(contents)
    out.byte(0)
    out.vector(section.view())
  }
}
