/**
 * Source maps (ECMA-426) of WebAssembly modules: one generated line, whose columns are byte offsets in the module.
 * A damaged map gives what was read before the damage.
 */
import type { SourcePosition } from './debug-info.js'
import { lastAtMost } from './search.js'
import type { LoadFile } from './units.js'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUE_OF = new Int8Array(128).fill(-1)
for (let i = 0; i < DIGITS.length; i++) VALUE_OF[DIGITS.charCodeAt(i)] = i
const COMMA = ','.charCodeAt(0)
const SEMICOLON = ';'.charCodeAt(0)
/** Values are 32 bits; longer ones are damaged. */
const MAX_SHIFT = 30

interface Mapping {
  readonly offset: number
  readonly source: number
  readonly line: number
  readonly column: number
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Text of a map: of a data URL, or of the file that is named. */
function textOf(url: string, load: LoadFile): string | undefined {
  const data = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url)
  const utf8 = new TextDecoder()
  if (data === null) {
    const bytes = load(url)
    return bytes === undefined ? undefined : utf8.decode(bytes)
  }
  try {
    if (data[1] === undefined) return decodeURIComponent(data[2])
    return utf8.decode(Uint8Array.from(atob(data[2]), (char) => char.charCodeAt(0)))
  } catch {
    return undefined
  }
}

export class SourceMap {
  private readonly sources: string[] = []
  private readonly mappings: Mapping[] = []

  /** Reads the map at a URL. Never fails: what is missing or damaged leaves an empty map. */
  static open(url: string | undefined, load: LoadFile): SourceMap {
    const map = new SourceMap()
    const text = url === undefined ? undefined : textOf(url, load)
    if (text === undefined) return map
    try {
      map.read(object(JSON.parse(text)), 0)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    map.mappings.sort((a, b) => a.offset - b.offset)
    return map
  }

  get exists(): boolean {
    return this.mappings.length > 0
  }

  /** The position that an offset in the module is mapped to. */
  find(offset: number): SourcePosition | undefined {
    const { mappings } = this
    const found = mappings[lastAtMost(mappings.length, (i) => mappings[i].offset, offset)] as Mapping | undefined
    if (found === undefined || found.source < 0 || found.source >= this.sources.length) return undefined
    return { file: this.sources[found.source], line: found.line + 1, column: found.column + 1 }
  }

  /** @param base offset that the map's columns are relative to, in a map of sections */
  private read(map: Readonly<Record<string, unknown>>, base: number): void {
    for (const each of list(map['sections'])) {
      const section = object(each)
      const column = object(section['offset'])['column']
      const inner = object(section['map'])
      // Sections do not nest.
      if (typeof column === 'number' && inner['sections'] === undefined) this.read(inner, column)
    }
    const root = map['sourceRoot']
    const prefix = typeof root === 'string' && root !== '' ? `${root.replace(/\/$/, '')}/` : ''
    const firstSource = this.sources.length
    for (const source of list(map['sources'])) this.sources.push(typeof source === 'string' ? prefix + source : '')
    if (typeof map['mappings'] === 'string') this.decode(map['mappings'], base, firstSource)
  }

  /** Decodes the first generated line; a module has no other. */
  private decode(text: string, base: number, firstSource: number): void {
    const fields = [0, 0, 0, 0]
    let field = 0
    let value = 0
    let shift = 0
    for (let i = 0; i <= text.length; i++) {
      const code = i < text.length ? text.charCodeAt(i) : SEMICOLON
      if (code === COMMA || code === SEMICOLON) {
        const [offset, source, line, column] = fields
        // Segments of one field end what was mapped before.
        if (field > 0)
          this.mappings.push({ offset: base + offset, source: field >= 4 ? firstSource + source : -1, line, column })
        if (code === SEMICOLON) return
        field = 0
        continue
      }
      const digit = code < 128 ? VALUE_OF[code] : -1
      if (digit < 0 || shift > MAX_SHIFT) return
      value += (digit & 31) * 2 ** shift
      shift += 5
      if (digit >= 32) continue
      const delta = value % 2 === 1 ? -Math.floor(value / 2) : value / 2
      // A fifth field names the original identifier.
      if (field < 4) fields[field] += delta
      field++
      value = 0
      shift = 0
    }
  }
}
