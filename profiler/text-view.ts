/** What the terminal's views of a profile (top.ts, tree.ts, annotate.ts) have in common: shares, widths, sums over stacks. */
import type { ReadProfile } from './read-firefox.js'

export type Style = 'bold' | 'red' | 'dim'

export interface ViewOptions {
  /** Rows of each list. */
  readonly rows: number
  /** Columns of the terminal; undefined where lines may be of any length. */
  readonly width?: number | undefined
  /** Colours a text; without it texts stay as they are. */
  readonly paint?: ((style: Style, text: string) => string) | undefined
  /** The text of a source file, undefined where it cannot be read. */
  readonly readSource?: (file: string) => string | undefined
}

/** From here on a share is hot, or worth a look; below the last nobody cares. */
const HOT = 0.2
const WARM = 0.05
const COLD = 0.005

/** A share as six characters. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`.padStart(6)
}

/** The same in the colour of its size. */
export function paintedPercent(share: number, { paint }: ViewOptions): string {
  const text = percent(share)
  if (paint === undefined) return text
  if (share >= HOT) return paint('red', text)
  if (share >= WARM) return paint('bold', text)
  return share < COLD ? paint('dim', text) : text
}

export function heading(text: string, { paint }: ViewOptions): string {
  return paint === undefined ? text : paint('bold', text)
}

/** A text from a profile, without what a terminal would take for a command. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ')
}

/** At most `width` characters of a text; what is left out is in the middle, since both ends tell names apart. */
export function shortened(text: string, width: number): string {
  if (text.length <= width) return text
  const end = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - end)}…${end === 0 ? '' : text.slice(-end)}`
}

/** The name of a source file without its folders; nothing for a module that is its own source (`wasm://...`). */
export function baseName(file: string): string {
  return file.startsWith('wasm:') ? '' : file.slice(file.lastIndexOf('/') + 1)
}

/** All samples that have a stack. */
export function sampleCount(profile: ReadProfile): number {
  return profile.counts.reduce((sum, count) => sum + count, 0)
}

/** The tier of a frame of a guest, the category of any other. */
export function kindName(profile: ReadProfile, frame: number): string {
  const { category, subcategory } = profile.frames[frame]
  const known = profile.categories.at(category)
  const sub = known?.subcategories.at(subcategory) ?? ''
  return sub === 'Other' || sub === '' ? (known?.name ?? '') : sub
}

/** Samples by the frame that was innermost. */
export function selfCounts(profile: ReadProfile): Float64Array {
  const counts = new Float64Array(profile.frames.length)
  profile.stacks.forEach(({ frame }, i) => {
    counts[frame] += profile.counts[i]
  })
  return counts
}
