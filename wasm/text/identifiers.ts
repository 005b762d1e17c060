/**
 * The identifiers a printed module may use: the name section's names (specification section 7.4.1 and the extended name
 * section proposal), made unique within their space, since the text format resolves them and the binary format does
 * not promise that they differ. Damaged subsections are skipped: names are a help, never an error.
 */
import { WasmError } from '../error.js'
import { Reader } from '../reader.js'
import { idText } from './literals.js'

/** Subsections that map indices to names, by id, and the two that do so inside each function. */
const FLAT_SPACES = ['', 'func', '', '', 'type', 'table', 'memory', 'global', 'elem', 'data'] as const
const MODULE_NAME = 0
const LOCAL_NAMES = 2
const LABEL_NAMES = 3

export type NamedSpace = Exclude<(typeof FLAT_SPACES)[number], ''>
type Identifiers = Map<number, string>

export class ModuleIdentifiers {
  module: string | undefined
  private readonly spaces = new Map<string, Identifiers>()
  private readonly localsOf = new Map<number, Identifiers>()
  private readonly labelsOf = new Map<number, Identifiers>()

  /** Reads the contents of a name section, `bytes[start, end)`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    const r = new Reader(bytes, start, end)
    try {
      while (r.pos < end) {
        const id = r.u8()
        const size = r.u32('subsection size')
        const from = r.skip(size)
        this.subsection(id, new Reader(bytes, from, from + size))
      }
    } catch (error) {
      if (!(error instanceof WasmError)) throw error
    }
  }

  private subsection(id: number, r: Reader): void {
    const space = FLAT_SPACES[id] ?? ''
    try {
      if (id === MODULE_NAME) this.module = idText(r.name('name'))
      else if (id === LOCAL_NAMES) readNested(r, this.localsOf, true)
      else if (id === LABEL_NAMES) readNested(r, this.labelsOf, false)
      else if (space !== '') this.spaces.set(space, readMap(r, true))
    } catch (error) {
      if (!(error instanceof WasmError)) throw error
    }
  }

  /** The identifier of an entity, `$` included; undefined when it has none. */
  id(space: NamedSpace, index: number): string | undefined {
    return this.spaces.get(space)?.get(index)
  }

  local(func: number, index: number): string | undefined {
    return this.localsOf.get(func)?.get(index)
  }

  /** Identifiers of a function's labels, by the ordinal of the block in the body. They may repeat. */
  label(func: number, block: number): string | undefined {
    return this.labelsOf.get(func)?.get(block)
  }
}

function readNested(r: Reader, into: Map<number, Identifiers>, unique: boolean): void {
  for (let left = r.u32('count'); left > 0; left--) {
    const func = r.u32('index')
    into.set(func, readMap(r, unique))
  }
}

function readMap(r: Reader, unique: boolean): Identifiers {
  const map: Identifiers = new Map()
  const used = new Set<string>()
  for (let left = r.u32('count'); left > 0; left--) {
    const index = r.u32('index')
    const name = r.name('name')
    if (name === '') continue
    const id = unique ? unusedId(name, index, used) : idText(name)
    used.add(id)
    map.set(index, id)
  }
  return map
}

/** A name that is taken gets its index, and the index again should even that be taken. */
function unusedId(name: string, index: number, used: ReadonlySet<string>): string {
  let id = idText(name)
  for (let tail = `#${index}`; used.has(id); tail += `#${index}`) id = idText(name + tail)
  return id
}
