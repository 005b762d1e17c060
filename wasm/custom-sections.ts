/** Finds custom sections by the frames of the sections alone, in modules that nobody has decoded (or can decode). */
import { WasmError } from './error.js'
import { Reader } from './reader.js'
import type { CustomSection } from './types.js'

/** Magic and version. */
export const PREAMBLE_SIZE = 8

/** All custom sections up to where the bytes end or make no sense. Never throws. */
export function customSectionsOf(bytes: Uint8Array): CustomSection[] {
  const customs: CustomSection[] = []
  try {
    const r = new Reader(bytes, PREAMBLE_SIZE, bytes.length)
    while (r.pos < r.end) {
      const id = r.u8()
      const size = r.u32('section length')
      const section = new Reader(bytes, r.skip(size), r.pos)
      if (id === 0) customs.push({ name: section.name('section name'), start: section.pos, end: section.end })
    }
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
  }
  return customs
}
