/**
 * The name section (specification appendix "Custom Sections", with the subsections of the extended-names proposal): names
 * of the module, its functions and its locals, for backtraces, profiles and the text format.
 *
 * Names never decide anything, so nothing in them is an error: what is malformed is ignored from the fault to the end
 * of its subsection (or of the section, when the subsection's own frame is damaged), what is unknown is skipped. Names
 * are read when they are asked for: opening the section only walks its frame, function names are indexed at the first
 * question, and text is made for one name at a time.
 */
import { customSectionsOf } from './custom-sections.js'
import { WasmError } from './error.js'
import { decodeUtf8, Reader } from './reader.js'
import type { ModuleInfo } from './types.js'

const SUBSECTION_MODULE = 0
const SUBSECTION_FUNCTIONS = 1
const SUBSECTION_LOCALS = 2
/** Subsections are looked up by id; higher ones than this are not in any proposal. */
const MAX_SUBSECTION = 11

/** Byte ranges of names by index: `starts[i]` is 0 where index i has none. */
interface NameMap {
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** Reads until the bytes end or make no sense. */
function tolerant(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
  }
}

export class ModuleNames {
  private readonly bytes: Uint8Array
  private readonly funcCount: number
  /** Byte ranges of the subsections by id, 0 and 0 where absent; the last one counts. */
  private readonly starts = new Uint32Array(MAX_SUBSECTION + 1)
  private readonly ends = new Uint32Array(MAX_SUBSECTION + 1)
  private functions: NameMap | undefined

  /** @param bytes the module's bytes, not changed while the names are used */
  constructor(info: ModuleInfo, bytes: Uint8Array) {
    this.bytes = bytes
    this.funcCount = info.funcTypes.length
    const section = info.customs.findLast((custom) => custom.name === 'name')
    if (section === undefined) return
    tolerant(() => {
      const r = new Reader(bytes, section.start, section.end)
      while (r.pos < r.end) {
        const id = r.u8()
        const size = r.u32('subsection size')
        const start = r.skip(size)
        if (id > MAX_SUBSECTION) continue
        this.starts[id] = start
        this.ends[id] = start + size
      }
    })
  }

  /** The module's name, undefined when it has none. */
  get module(): string | undefined {
    const r = this.subsection(SUBSECTION_MODULE)
    let name: string | undefined
    tolerant(() => (name = this.text(r.pos, r.end)))
    return name
  }

  /** Name of a function by its index (imports first), undefined when it has none. */
  func(index: number): string | undefined {
    this.functions ??= this.readMap(this.subsection(SUBSECTION_FUNCTIONS), this.funcCount)
    return this.entry(this.functions, index)
  }

  /** Names of a function's locals, parameters first; indices without a name are left out. */
  locals(func: number): ReadonlyMap<number, string> {
    const names = new Map<number, string>()
    tolerant(() => {
      const r = this.subsection(SUBSECTION_LOCALS)
      const count = r.u32('count')
      for (let i = 0; i < count; i++) {
        const index = r.u32('function index')
        this.eachName(r, (local, start, end) => {
          if (index !== func) return
          const name = this.name(start, end)
          if (name !== undefined) names.set(local, name)
        })
      }
    })
    return names
  }

  private subsection(id: number): Reader {
    return new Reader(this.bytes, this.starts[id], this.ends[id])
  }

  private readMap(r: Reader, size: number): NameMap {
    const map = { starts: new Uint32Array(size), ends: new Uint32Array(size) }
    tolerant(() =>
      this.eachName(r, (index, start, end) => {
        if (index >= size) return
        map.starts[index] = start
        map.ends[index] = end
      }),
    )
    return map
  }

  /** Reads a name map and hands on the index and the byte range of each name. */
  private eachName(r: Reader, visit: (index: number, start: number, end: number) => void): void {
    const count = r.u32('count')
    for (let i = 0; i < count; i++) {
      const index = r.u32('index')
      const length = r.u32('name length')
      const start = r.skip(length)
      visit(index, start, start + length)
    }
  }

  private entry(map: NameMap, index: number): string | undefined {
    if (index >= map.starts.length || map.starts[index] === 0) return undefined
    return this.name(map.starts[index], map.ends[index])
  }

  /** A name whose length stands before it, in `[pos, end)`. */
  private text(pos: number, end: number): string | undefined {
    const r = new Reader(this.bytes, pos, end)
    const length = r.u32('name length')
    const start = r.skip(length)
    return this.name(start, start + length)
  }

  private name(start: number, end: number): string | undefined {
    try {
      return decodeUtf8(this.bytes, start, end)
    } catch {
      return undefined
    }
  }
}

/**
 * Name of a function in a module that could not be decoded to its end, for the message that says so: the name section
 * stands behind the code. Only the frames of the sections are looked at.
 * @param info what was decoded before the fault
 */
export function funcNameInBrokenModule(info: ModuleInfo, bytes: Uint8Array, func: number): string | undefined {
  const customs = customSectionsOf(bytes)
  return new ModuleNames({ ...info, customs }, bytes).func(func)
}
