/** The hottest functions and source lines of a profile, as text for a terminal. */
import type { ReadProfile } from './read-firefox.js'
import {
  baseName,
  heading,
  kindName,
  paintedPercent,
  printable,
  sampleCount,
  shortened,
  type ViewOptions,
} from './text-view.js'

interface Entry {
  readonly label: string
  readonly place: string
  readonly tier: string
  self: number
  total: number
}

/** Adds up samples by a key of the frames: self for the innermost, total once a stack. */
function addUp(profile: ReadProfile, describe: (frame: number) => Omit<Entry, 'self' | 'total'> | undefined): Entry[] {
  const entries = new Map<string, Entry>()
  const keys = profile.frames.map((_, i) => {
    const described = describe(i)
    if (described === undefined) return undefined
    const key = `${described.label}\n${described.place}\n${described.tier}`
    if (!entries.has(key)) entries.set(key, { ...described, self: 0, total: 0 })
    return entries.get(key)
  })
  const { stacks, counts } = profile
  stacks.forEach((stack, i) => {
    const count = counts[i]
    if (count === 0) return
    const innermost = keys[stack.frame]
    if (innermost !== undefined) innermost.self += count
    const seen = new Set<Entry>()
    for (let at = i; at >= 0; at = stacks[at].parent) {
      const entry = keys[stacks[at].frame]
      if (entry === undefined || seen.has(entry)) continue
      seen.add(entry)
      entry.total += count
    }
  })
  return Array.from(entries.values())
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.self - a.self || b.total - a.total)
}

/** Columns of the two shares, and of the tier with what is around it. */
const SHARES_WIDTH = 15
const TIER_WIDTH = 10
const GAP = 2
const MIN_LABEL = 8
const MAX_LABEL = 60

function longest(texts: readonly string[], least: number): number {
  return texts.reduce((most, { length }) => Math.max(most, length), least)
}

/** Widths of the columns of labels and places. A terminal's room goes to the labels first, up to two thirds of it. */
function widths(
  entries: readonly Entry[],
  tierWidth: number,
  width: number | undefined,
): [label: number, place: number] {
  const labels = entries.map(({ label }) => label)
  const places = entries.map(({ place }) => place)
  const wanted = longest(labels, MIN_LABEL)
  if (width === undefined) return [Math.min(wanted, MAX_LABEL), Infinity]
  const room = width - SHARES_WIDTH - GAP - tierWidth
  const place = Math.max(Math.min(longest(places, 0), Math.floor(room / 3)), room - wanted)
  return [Math.max(MIN_LABEL, Math.min(wanted, room - Math.min(longest(places, 0), place))), place]
}

function table(entries: readonly Entry[], all: number, options: ViewOptions): string[] {
  const shown = entries.slice(0, options.rows)
  const hasTiers = shown.some(({ tier }) => tier !== '')
  const [labelWidth, placeWidth] = widths(shown, hasTiers ? TIER_WIDTH + GAP : 0, options.width)
  return shown.map(({ label, place, tier, self, total }) => {
    const name = options.width === undefined ? label : shortened(label, labelWidth)
    const columns = [
      paintedPercent(self / all, options),
      `${paintedPercent(total / all, options)} `,
      name.padEnd(labelWidth),
      ...(hasTiers ? [` ${tier.padEnd(TIER_WIDTH)}`] : []),
      ` ${shortened(place, placeWidth)}`,
    ]
    return columns.join(' ').trimEnd()
  })
}

/** Looks lines up in source files, of which it keeps the text. */
function lineReader({ readSource }: ViewOptions): (file: string, line: number) => string | undefined {
  const sources = new Map<string, readonly string[]>()
  return (file, line) => {
    let lines = sources.get(file)
    if (lines === undefined) {
      lines = readSource?.(file)?.split('\n') ?? []
      sources.set(file, lines)
    }
    return lines[line - 1]?.trim()
  }
}

/** @returns lines of text */
export function topText(profile: ReadProfile, options: ViewOptions): string[] {
  const all = sampleCount(profile)
  const head = `${printable(profile.product)}: ${all} samples, one each ${profile.interval} ms`
  if (all === 0) return [`${head}; the guest never ran when one was taken`]
  const functions = addUp(profile, (i) => {
    const { name, file } = profile.functions[profile.frames[i].func]
    return {
      label: printable(name),
      place: file === undefined ? '' : printable(baseName(file)),
      tier: kindName(profile, i),
    }
  })
  const textOf = lineReader(options)
  const lines = addUp(profile, (i) => {
    const { func, line } = profile.frames[i]
    const { name, file } = profile.functions[func]
    if (line === null || file === undefined) return undefined
    return { label: printable(`${baseName(file)}:${line}`), place: printable(textOf(file, line) ?? name), tier: '' }
  })
  const losses = profile.notes.filter(({ label, value }) => value > 0 && /dropped|Halvings/.test(label))
  return [
    heading(head, options),
    ...losses.map(({ label, value }) => `${label}: ${value}`),
    '',
    heading('  self  total  function', options),
    ...table(functions, all, options),
    ...(lines.length === 0 ? [] : ['', heading('  self  total  line', options), ...table(lines, all, options)]),
  ]
}
