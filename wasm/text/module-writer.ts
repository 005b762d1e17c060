/**
 * The sections of a module while they are written, and the module they make (specification section 5.5.16).
 *
 * Each vector section has a buffer of its own and a count, so the fields of a text may come in any order.
 */
import { SectionId } from '../decoder.js'
import { ByteWriter } from './bytes.js'
import { writeName } from './names.js'

const MAGIC_AND_VERSION = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])

/** Contents of a section that is a vector: the items and their number. */
export class Items {
  readonly bytes = new ByteWriter()
  count = 0

  /** Counts one more item; the caller writes it. */
  next(): ByteWriter {
    this.count++
    return this.bytes
  }
}

/** What does not stand in one of the vectors that fields write to. */
export interface ModuleRest {
  readonly typeCount: number
  /** The type section after its count. */
  readonly types: Uint8Array
  /** Index of the start function, -1 without one. */
  readonly start: number
  readonly needsDataCount: boolean
  /** The name section after its own name; empty for none. */
  readonly names: Uint8Array
}

export class ModuleWriter {
  readonly imports = new Items()
  readonly functions = new Items()
  readonly tables = new Items()
  readonly memories = new Items()
  readonly globals = new Items()
  readonly exports = new Items()
  readonly elems = new Items()
  readonly codes = new Items()
  readonly datas = new Items()

  /** The whole module. */
  finish(rest: ModuleRest): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(1024)
    const part = new ByteWriter(1024)
    const section = (id: number, count: number, contents: Uint8Array): void => {
      if (count === 0) return
      part.clear()
      part.u32(count)
      part.bytes(contents)
      out.byte(id)
      out.vector(part.view())
    }
    const items = (id: number, list: Items): void => section(id, list.count, list.bytes.view())
    const single = (id: number, value: number): void => {
      part.clear()
      part.u32(value)
      out.byte(id)
      out.vector(part.view())
    }

    out.bytes(MAGIC_AND_VERSION)
    section(SectionId.Type, rest.typeCount, rest.types)
    items(SectionId.Import, this.imports)
    items(SectionId.Function, this.functions)
    items(SectionId.Table, this.tables)
    items(SectionId.Memory, this.memories)
    items(SectionId.Global, this.globals)
    items(SectionId.Export, this.exports)
    if (rest.start >= 0) single(SectionId.Start, rest.start)
    items(SectionId.Element, this.elems)
    if (rest.needsDataCount) single(SectionId.DataCount, this.datas.count)
    items(SectionId.Code, this.codes)
    items(SectionId.Data, this.datas)
    if (rest.names.length > 0) {
      part.clear()
      writeName(part, 'name')
      part.bytes(rest.names)
      out.byte(SectionId.Custom)
      out.vector(part.view())
    }
    return out.take()
  }
}

/** Limits (specification section 5.3.7). */
export function writeLimits(out: ByteWriter, min: number, max: number | undefined): void {
  out.byte(max === undefined ? 0 : 1)
  out.u32(min)
  if (max !== undefined) out.u32(max)
}
