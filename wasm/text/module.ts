/**
 * One module of the text format to bytes (specification section 6.6).
 *
 * Two passes over the fields. The first (declarations.ts) gives every entity its index and its identifier and reads the type
 * definitions, stepping over everything else; the second, here, writes the sections, function bodies included, straight into
 * one buffer a section. No syntax tree stands between: the token table is cheap to read twice.
 *
 * Abbreviations (inline imports, exports, segments) are expanded where they stand. Encoding choices that the format
 * leaves open are those of wasm-tools, so that the two can be compared byte for byte.
 */
import { ExternKind, type ValType } from '../types.js'
import { ByteWriter } from './bytes.js'
import type { Cursor } from './cursor.js'
import { Declarations } from './declarations.js'
import { InstructionAssembler } from './instructions.js'
import { Token } from './lexer.js'
import { ModuleWriter, writeLimits } from './module-writer.js'
import { IndexSpace, nameSection, writeName, type NameMap } from './names.js'
import { SegmentAssembler } from './segments.js'

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

  private readonly spaces = new Declarations()
  private readonly instructions: InstructionAssembler

  private readonly segments: SegmentAssembler
  private readonly out = new ModuleWriter()
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
    this.instructions = new InstructionAssembler(cursor, this.spaces)
    this.segments = new SegmentAssembler(cursor, this.spaces, this.instructions, this.out)
  }

  run(names: boolean): Uint8Array<ArrayBuffer> {
    const { cursor, end } = this
    this.spaces.declareAll(cursor, end)
    while (cursor.at < end) {
      cursor.at++
      this.field(cursor.atom('a module field'))
      cursor.close()
    }
    return this.finish(names)
  }

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
        this.start = this.spaces.funcs.index(cursor)
        return
      case 'elem':
        this.segments.elem()
        return
      case 'data':
        this.segments.data()
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
    const out = this.out.imports.next()
    writeName(out, module)
    writeName(out, name)
    return out
  }

  private importedFunc(out: ByteWriter, index: number): void {
    const locals = new IndexSpace('local')
    out.byte(ExternKind.Func)
    out.u32(this.spaces.types.use(this.cursor, locals))
    if (locals.named.indices.length > 0) this.localNames.push({ func: index, names: locals.named })
  }

  private exportField(): void {
    const { cursor } = this
    const name = cursor.name()
    if (cursor.kind !== Token.LeftParen) cursor.unexpected()
    cursor.at++
    const kind = cursor.atom('a kind of export')
    const space = this.spaces.ofKind(cursor, kind)
    this.exportEntry(name, space, space.index(cursor))
    cursor.close()
  }

  private exportEntry(name: string, space: IndexSpace, index: number): void {
    const out = this.out.exports.next()
    writeName(out, name)
    const kinds = [this.spaces.funcs, this.spaces.tables, this.spaces.memories, this.spaces.globals]
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
    this.inlineExports(this.spaces.funcs, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      this.importedFunc(imported, index)
      return
    }
    this.define('function')
    const locals = new IndexSpace('local')
    this.out.functions.next().u32(this.spaces.types.use(cursor, locals))
    this.body.clear()
    this.localDeclarations(locals)
    this.instructions.sequence(this.body, end, locals)
    this.out.codes.next().vector(this.body.view())
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
    writeLimits(out, min, max)
  }

  private tableType(out: ByteWriter): void {
    const { cursor } = this
    const min = cursor.u32()
    const max = cursor.isNumber() ? cursor.u32() : undefined
    out.byte(cursor.refType())
    writeLimits(out, min, max)
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
    this.inlineExports(this.spaces.tables, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      imported.byte(ExternKind.Table)
      this.tableType(imported)
      return
    }
    this.define('table')
    if (!cursor.isValType()) {
      this.tableType(this.out.tables.next())
      return
    }
    const type = cursor.refType()
    const count = this.segments.inlineElem(type, index)
    const tableOut = this.out.tables.next()
    tableOut.byte(type)
    writeLimits(tableOut, count, count)
  }

  private memory(): void {
    const { cursor } = this
    const index = this.nextMemory++
    cursor.optionalId()
    this.inlineExports(this.spaces.memories, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      imported.byte(ExternKind.Memory)
      this.limits(imported)
      return
    }
    this.define('memory')
    if (!cursor.isOpen('data')) {
      this.limits(this.out.memories.next())
      return
    }
    const pages = this.segments.inlineData(index)
    writeLimits(this.out.memories.next(), pages, pages)
  }

  private global(): void {
    const { cursor } = this
    const end = cursor.tokens.close[cursor.at - 2]
    const index = this.nextGlobal++
    cursor.optionalId()
    this.inlineExports(this.spaces.globals, index)
    const imported = this.inlineImport()
    if (imported !== undefined) {
      imported.byte(ExternKind.Global)
      this.globalType(imported)
      return
    }
    this.define('global')
    const out = this.out.globals.next()
    this.globalType(out)
    this.instructions.sequence(out, end)
  }

  // The module

  private finish(names: boolean): Uint8Array<ArrayBuffer> {
    const types = new ByteWriter()
    this.spaces.types.write(types)
    return this.out.finish({
      typeCount: this.spaces.types.count,
      types: types.view(),
      start: this.start,
      needsDataCount: this.instructions.usesDataCount,
      names: names ? this.nameSection() : new Uint8Array(),
    })
  }

  private nameSection(): Uint8Array {
    return nameSection({
      module: this.id,
      funcs: this.spaces.funcs.named,
      locals: this.localNames,
      labels: this.labelNames,
      spaces: [
        this.spaces.types.space.named,
        this.spaces.tables.named,
        this.spaces.memories.named,
        this.spaces.globals.named,
        this.spaces.elems.named,
        this.spaces.datas.named,
      ],
    })
  }
}
