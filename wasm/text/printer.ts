/**
 * Binary module to text: a walk over the sections that prints as it reads.
 *
 * It does not go through the decoder's module description on purpose. A listing shows where in the file each line
 * comes from and which of the equivalent encodings stands there (the forms of a segment), which the description no longer
 * knows, and it must also show a module that the decoder refuses, up to the byte at fault. Numbers, names and limits
 * are read by the decoder's own `Reader`.
 *
 * The text assembles to the same bytes, but for custom sections, LEB128 that is not minimal, local
 * declarations that are not merged, and a data count section that no instruction needs.
 */
import { SectionId } from '../decoder.js'
import { WasmError } from '../error.js'
import { MAX_LOCALS } from '../limits.js'
import { Reader } from '../reader.js'
import { ExternKind } from '../types.js'
import { ModuleIdentifiers, type NamedSpace } from './identifiers.js'
import { bytesText, nameText } from './literals.js'
import { InstructionPrinter, readValTypeName } from './print-instructions.js'

export interface PrintOptions {
  /** Begin each line with the offset in the module of what it shows: `(;@1a2b;)`. */
  readonly offsets?: boolean
  /** Use the name section's names as identifiers; true when absent. */
  readonly names?: boolean
}

/**
 * The module as text.
 * @throws WasmError with the offset in the module where the bytes are no module. Nothing is validated.
 */
export function printModule(bytes: Uint8Array, options: PrintOptions = {}): string {
  return new ModulePrinter(bytes, options).run()
}

const HEADER_SIZE = 8
/** Nesting beyond this is not indented further: the text of deep modules would be quadratic. */
const MAX_INDENT = 40
const NO_OFFSET = -1

const indents: readonly string[] = Array.from({ length: MAX_INDENT + 1 }, (_, depth) => '  '.repeat(depth))
const EXTERNS: readonly (NamedSpace | undefined)[] = ['func', 'table', 'memory', 'global']

interface Signature {
  readonly params: readonly string[]
  readonly results: readonly string[]
}

class ModulePrinter {
  private readonly r: Reader
  private readonly bytes: Uint8Array
  private readonly ids = new ModuleIdentifiers()
  private readonly instructions: InstructionPrinter
  private readonly lines: string[] = []
  /** Width of the offset column, 0 without one. */
  private readonly column: number
  private readonly types: Signature[] = []
  /** Type index of every function so far, imports first. */
  private readonly funcTypes: number[] = []
  private readonly counts = { type: 0, func: 0, table: 0, memory: 0, global: 0, elem: 0, data: 0 }
  private nextBody = 0

  constructor(bytes: Uint8Array, options: PrintOptions) {
    this.bytes = bytes
    this.r = new Reader(bytes, 0, bytes.length)
    this.column = options.offsets === true ? Math.max(bytes.length.toString(16).length, 4) + 5 : 0
    this.instructions = new InstructionPrinter(this.r, this.ids, (type) => this.signature(type))
    if (options.names !== false) this.readNames()
  }

  run(): string {
    const { r, bytes } = this
    this.checkHeader()
    this.line(0, 0, `(module${this.ids.module === undefined ? '' : ` ${this.ids.module}`}`)
    while (r.pos < bytes.length) {
      const place = r.pos
      const id = r.u8()
      const size = r.u32('section length')
      const end = r.skip(size) + size
      r.pos = end - size
      r.end = end
      this.section(id, place)
      if (r.pos !== end) throw new WasmError('section was shorter than expected size', r.pos)
      r.end = bytes.length
    }
    this.line(NO_OFFSET, 0, ')')
    return this.lines.join('\n') + '\n'
  }

  private checkHeader(): void {
    const magic = this.r.fixed32('expected magic word 00 61 73 6d')
    if (magic !== 0x6d736100) throw new WasmError('expected magic word 00 61 73 6d', 0)
    if (this.r.fixed32('expected version 01 00 00 00') !== 1) throw new WasmError('expected version 01 00 00 00', 4)
  }

  /** The name section stands at the end, its names are needed from the start. */
  private readNames(): void {
    const { bytes } = this
    const r = new Reader(bytes, Math.min(HEADER_SIZE, bytes.length), bytes.length)
    try {
      while (r.pos < bytes.length) {
        const id = r.u8()
        const size = r.u32('section length')
        const end = r.skip(size) + size
        if (id === SectionId.Custom) {
          r.pos = end - size
          if (r.name('section name') === 'name') this.ids.read(bytes, r.pos, end)
        }
        r.pos = end
      }
    } catch (error) {
      // The walk proper reports it.
      if (!(error instanceof WasmError)) throw error
    }
  }

  private line(offset: number, depth: number, text: string): void {
    const indent = indents[Math.min(depth, MAX_INDENT)]
    if (this.column === 0) {
      this.lines.push(indent + text)
      return
    }
    const place = offset === NO_OFFSET ? '' : `(;@${offset.toString(16).padStart(this.column - 5, '0')};)`
    this.lines.push(`${place.padEnd(this.column + 1)}${indent}${text}`)
  }

  private section(id: number, place: number): void {
    switch (id) {
      case SectionId.Custom:
        this.customSection(place)
        return
      case SectionId.Start:
        this.line(place, 1, `(start ${this.reference('func')})`)
        return
      case SectionId.DataCount:
        this.line(place, 1, `;; data count ${this.r.u32('data count')}`)
        return
      case SectionId.Type:
        this.vector((start) => this.type(start))
        return
      case SectionId.Import:
        this.vector((start) => this.importEntry(start))
        return
      case SectionId.Function:
        this.vector(() => this.funcTypes.push(this.r.u32('type index')))
        return
      case SectionId.Table:
        this.vector((start) => this.line(start, 1, `(table ${this.define('table')} ${this.tableType()})`))
        return
      case SectionId.Memory:
        this.vector((start) => this.line(start, 1, `(memory ${this.define('memory')} ${this.limits()})`))
        return
      case SectionId.Global:
        this.vector((start) => {
          const head = `(global ${this.define('global')} ${this.globalType()}`
          this.line(start, 1, `${head} ${this.expression('')})`)
        })
        return
      case SectionId.Export:
        this.vector((start) => this.exportEntry(start))
        return
      case SectionId.Element:
        this.vector((start) => this.elem(start))
        return
      case SectionId.Code:
        this.vector((start) => this.body(start))
        return
      case SectionId.Data:
        this.vector((start) => this.data(start))
        return
      default:
        throw new WasmError(`unknown section code #0x${id.toString(16).padStart(2, '0')}`, place)
    }
  }

  private vector(item: (start: number) => void): void {
    for (let left = this.r.u32('count'); left > 0; left--) item(this.r.pos)
  }

  private customSection(place: number): void {
    const { r } = this
    const name = r.name('section name')
    this.line(place, 1, `;; custom section ${nameText(name)}, ${r.end - r.pos} bytes`)
    r.pos = r.end
  }

  /** Takes the next index of a space: its identifier and, as a comment, its number. */
  private define(space: NamedSpace): string {
    const index = this.counts[space]++
    const id = this.ids.id(space, index)
    return id === undefined ? `(;${index};)` : `${id} (;${index};)`
  }

  /** An index in the bytes, by identifier where it has one. */
  private reference(space: NamedSpace): string {
    const index = this.r.u32(`${space} index`)
    return this.ids.id(space, index) ?? String(index)
  }

  private valType(): string {
    return readValTypeName(this.r)
  }

  private valTypes(): string[] {
    const types: string[] = []
    this.vector(() => types.push(this.valType()))
    return types
  }

  private type(start: number): void {
    const { r } = this
    const form = r.u8()
    if (form !== 0x60) throw new WasmError(`unknown type form: ${form}`, start)
    const params = this.valTypes()
    const results = this.valTypes()
    this.types.push({ params, results })
    this.line(start, 1, `(type ${this.define('type')} (func${list('param', params)}${list('result', results)}))`)
  }

  private signature(type: number): string {
    const signature = this.types[type]
    return signature === undefined ? '' : list('param', signature.params) + list('result', signature.results)
  }

  /** A type use whose parameters show their names. */
  private namedSignature(func: number, type: number): string {
    const use = `(type ${this.ids.id('type', type) ?? type})`
    const signature = this.types[type]
    if (signature === undefined) return use
    const params = this.named('param', func, 0, signature.params)
    return use + params + list('result', signature.results)
  }

  /** Parameters or locals: a form for each that has a name, one for each run of those without. */
  private named(keyword: string, func: number, first: number, types: readonly string[]): string {
    let text = ''
    let run = ''
    for (let i = 0; i < types.length; i++) {
      const id = this.ids.local(func, first + i)
      if (id === undefined) {
        run += ` ${types[i]}`
        continue
      }
      if (run !== '') text += ` (${keyword}${run})`
      run = ''
      text += ` (${keyword} ${id} ${types[i]})`
    }
    return run === '' ? text : `${text} (${keyword}${run})`
  }

  private limits(): string {
    const { r } = this
    const place = r.pos
    const flags = r.u8()
    if (flags > 1) throw new WasmError(`invalid limits flags 0x${flags.toString(16)}`, place)
    const min = r.u32('initial size')
    return flags === 0 ? String(min) : `${min} ${r.u32('maximum size')}`
  }

  private tableType(): string {
    const element = this.valType()
    return `${this.limits()} ${element}`
  }

  private globalType(): string {
    const { r } = this
    const type = this.valType()
    const place = r.pos
    const mutability = r.u8()
    if (mutability > 1) throw new WasmError(`invalid mutability bit bitmask`, place)
    return mutability === 1 ? `(mut ${type})` : type
  }

  private importEntry(start: number): void {
    const { r } = this
    const head = `(import ${nameText(r.name('module name'))} ${nameText(r.name('field name'))}`
    const place = r.pos
    const kind = r.u8()
    let what: string
    switch (kind) {
      case ExternKind.Func: {
        const type = r.u32('type index')
        const func = this.counts.func
        this.funcTypes.push(type)
        this.nextBody++
        what = `func ${this.define('func')} ${this.namedSignature(func, type)}`
        break
      }
      case ExternKind.Table:
        what = `table ${this.define('table')} ${this.tableType()}`
        break
      case ExternKind.Memory:
        what = `memory ${this.define('memory')} ${this.limits()}`
        break
      case ExternKind.Global:
        what = `global ${this.define('global')} ${this.globalType()}`
        break
      default:
        throw new WasmError(`unknown import desc code 0x${kind.toString(16)}`, place)
    }
    this.line(start, 1, `${head} (${what}))`)
  }

  private exportEntry(start: number): void {
    const { r } = this
    const name = nameText(r.name('field name'))
    const place = r.pos
    const space = EXTERNS[r.u8()]
    if (space === undefined) throw new WasmError('invalid export kind', place)
    this.line(start, 1, `(export ${name} (${space} ${this.reference(space)}))`)
  }

  /** A constant expression: folded when it is one instruction, else the instructions inside `(keyword ...)`. */
  private expression(keyword: string): string {
    const parts: string[] = []
    this.instructions.sequence(-1, { line: (_offset, _depth, text) => parts.push(text) })
    if (parts.length === 1 && !parts[0].includes(';;')) return `(${parts[0]})`
    // A block's comment would hide what follows on its line.
    const flat = parts.map((part) => part.replace(/ ;; .*$/, '')).join(' ')
    return keyword === '' ? flat : `(${keyword}${flat === '' ? '' : ` ${flat}`})`
  }

  private elem(start: number): void {
    const { r } = this
    const flags = r.u32('flag')
    if (flags > 7) throw new WasmError(`illegal flag value ${flags}`, start)
    const active = (flags & 1) === 0
    const second = (flags & 2) !== 0
    const expressions = (flags & 4) !== 0
    let text = `(elem ${this.define('elem')}`
    if (!active && second) text += ' declare'
    if (active) {
      if (second) text += ` (table ${this.reference('table')})`
      text += ` ${this.expression('offset')}`
    }
    let type = expressions ? 'funcref' : 'func'
    if (!active || second) {
      if (expressions) type = this.valType()
      else if (r.u8() !== 0) throw new WasmError('illegal element kind: must be 0x00', r.pos - 1)
    }
    const items: string[] = [`${text} ${type}`]
    this.vector(() => items.push(expressions ? this.expression('item') : this.reference('func')))
    this.line(start, 1, `${items.join(' ')})`)
  }

  private data(start: number): void {
    const { r } = this
    const flags = r.u32('flag')
    if (flags > 2) throw new WasmError(`illegal flag value ${flags}`, start)
    let text = `(data ${this.define('data')}`
    if (flags === 2) text += ` (memory ${this.reference('memory')})`
    if (flags !== 1) text += ` ${this.expression('offset')}`
    const size = r.u32('source size')
    const from = r.skip(size)
    this.line(start, 1, `${text} ${bytesText(r.bytes.subarray(from, from + size))})`)
  }

  private body(start: number): void {
    const { r } = this
    const size = r.u32('body size')
    const sectionEnd = r.end
    const first = r.skip(size)
    r.pos = first
    r.end = first + size
    const func = this.nextBody++
    const type = this.funcTypes[func]
    if (type === undefined) throw new WasmError('more function bodies than functions', start)
    this.counts.func = func
    this.line(start, 1, `(func ${this.define('func')} ${this.namedSignature(func, type)}`)
    this.locals(func, this.types[type]?.params.length ?? 0)
    this.instructions.sequence(func, { line: (offset, depth, text) => this.line(offset, depth + 2, text) })
    if (r.pos !== r.end) throw new WasmError('operators remaining after end of function', r.pos, func)
    r.end = sectionEnd
    this.line(r.pos - 1, 1, ')')
  }

  private locals(func: number, firstLocal: number): void {
    const { r } = this
    let index = firstLocal
    const start = r.pos
    const types: string[] = []
    for (let left = r.u32('local decls count'); left > 0; left--) {
      const place = r.pos
      const count = r.u32('local count')
      if (types.length + count > MAX_LOCALS) throw new WasmError('local count too large', place, func)
      const type = this.valType()
      for (let i = 0; i < count; i++) types.push(type)
      index += count
    }
    if (index > firstLocal) this.line(start, 2, this.named('local', func, firstLocal, types).slice(1))
  }
}

function list(keyword: string, types: readonly string[]): string {
  return types.length === 0 ? '' : ` (${keyword} ${types.join(' ')})`
}
