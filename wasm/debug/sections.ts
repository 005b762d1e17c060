/**
 * The DWARF sections of a module: custom sections named `.debug_*` (tool-conventions, "DWARF for WebAssembly"). Offsets
 * between them are relative to the start of each, so a section is handed out as its own array.
 */
import type { CustomSection } from '../types.js'
import { DwarfReader } from './dwarf-reader.js'

/** Custom sections by name. A section of split DWARF (`.debug_info.dwo`) is found by the plain name. */
export class DebugSections {
  private readonly byName = new Map<string, Uint8Array>()
  readonly isSplit: boolean

  constructor(bytes: Uint8Array, customs: readonly CustomSection[]) {
    let split = false
    for (const { name, start, end } of customs) {
      if (!name.startsWith('.debug_')) continue
      const dwo = name.endsWith('.dwo')
      split ||= dwo
      this.byName.set(dwo ? name.slice(0, -'.dwo'.length) : name, bytes.subarray(start, end))
    }
    this.isSplit = split
  }

  get isEmpty(): boolean {
    return this.byName.size === 0
  }

  has(name: string): boolean {
    return this.byName.has(name)
  }

  /** A reader of a section's bytes from an offset on; of no bytes when there is no such section. */
  reader(name: string, offset = 0): DwarfReader {
    const bytes = this.byName.get(name) ?? new Uint8Array(0)
    return new DwarfReader(bytes, Math.min(offset, bytes.length), bytes.length)
  }

  /** The string at an offset of a section of strings. */
  string(section: string, offset: number): string {
    return this.reader(section, offset).string()
  }
}
