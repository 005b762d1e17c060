/**
 * Index spaces of a module text and the name section that its identifiers become (specification section 7.4.1, with
 * the subsections of the extended name section proposal for the rest). The contents and their order are those of
 * wasm-tools: every identifier is written, nothing is invented.
 */
import type { ByteWriter } from './bytes.js'
import { ByteWriter as Writer } from './bytes.js'
import type { Cursor } from './cursor.js'
import { Token } from './lexer.js'

const encoder = new TextEncoder()

/** Names for indices, in the order of the indices. */
export interface NameMap {
  readonly indices: number[]
  readonly names: string[]
}

export const emptyNames = (): NameMap => ({ indices: [], names: [] })

/** One index space: how many things it has and which of them have a name. */
export class IndexSpace {
  readonly what: string
  readonly named: NameMap = emptyNames()
  private readonly byName = new Map<string, number>()
  count = 0

  constructor(what: string) {
    this.what = what
  }

  /** Takes the next index, and the identifier when one is next. */
  declare(cursor: Cursor): number {
    if (cursor.kind === Token.Id) this.bind(cursor, this.count)
    return this.count++
  }

  /** Gives `index` the identifier that is next. */
  bind(cursor: Cursor, index: number): void {
    const name = cursor.idAt(cursor.at)
    if (this.byName.has(name)) cursor.fail(`duplicate ${this.what} identifier ${cursor.text()}`)
    this.byName.set(name, index)
    this.named.indices.push(index)
    this.named.names.push(name)
    cursor.at++
  }

  /** An index by number or identifier. Numbers are not checked against the count: that is validation. */
  index(cursor: Cursor): number {
    if (cursor.kind !== Token.Id) return cursor.u32()
    const index = this.byName.get(cursor.idAt(cursor.at))
    if (index === undefined) cursor.fail(`unknown ${this.what} ${cursor.text()}`)
    cursor.at++
    return index
  }
}

export function writeName(out: ByteWriter, name: string): void {
  out.vector(encoder.encode(name))
}

function writeNameMap(out: ByteWriter, map: NameMap): void {
  out.u32(map.indices.length)
  for (let i = 0; i < map.indices.length; i++) {
    out.u32(map.indices[i])
    writeName(out, map.names[i])
  }
}

/** What a name section holds; the spaces in the order of their subsections (4 to 9) after labels. */
export interface ModuleNames {
  readonly module: string | undefined
  readonly funcs: NameMap
  /** Names inside functions, by function index, in ascending order; functions without any are left out. */
  readonly locals: readonly { readonly func: number; readonly names: NameMap }[]
  readonly labels: readonly { readonly func: number; readonly names: NameMap }[]
  readonly spaces: readonly NameMap[]
}

const FIRST_SPACE_SUBSECTION = 4

/** The contents of the name section after its own name, empty when there is nothing to write. */
export function nameSection(names: ModuleNames): Uint8Array {
  const out = new Writer()
  const part = new Writer()
  const finish = (id: number): void => {
    out.byte(id)
    out.vector(part.view())
    part.clear()
  }
  const flat = (id: number, map: NameMap): void => {
    if (map.indices.length === 0) return
    writeNameMap(part, map)
    finish(id)
  }
  const nested = (id: number, list: ModuleNames['locals']): void => {
    if (list.length === 0) return
    part.u32(list.length)
    for (const entry of list) {
      part.u32(entry.func)
      writeNameMap(part, entry.names)
    }
    finish(id)
  }
  if (names.module !== undefined) {
    writeName(part, names.module)
    finish(0)
  }
  flat(1, names.funcs)
  nested(2, names.locals)
  nested(3, names.labels)
  names.spaces.forEach((map, i) => flat(FIRST_SPACE_SUBSECTION + i, map))
  return out.take()
}
