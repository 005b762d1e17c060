/** The hottest functions and source lines of a profile, as text for a terminal. */
import type { ReadProfile } from './read-firefox.js'

interface Entry {
  readonly label: string
  readonly place: string
  readonly tier: string
  self: number
  total: number
}

export interface TopOptions {
  /** Rows of each list. */
  readonly rows: number
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`.padStart(6)
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
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

function table(entries: readonly Entry[], all: number, rows: number): string[] {
  const width = Math.max(...entries.slice(0, rows).map(({ label }) => label.length), 8)
  return entries.slice(0, rows).map(({ label, place, tier, self, total }) => {
    const line = `${percent(self / all)} ${percent(total / all)}  ${label.padEnd(Math.min(width, 60))}  ${tier.padEnd(10)}  ${place}`
    return line.trimEnd()
  })
}

/** @returns lines of text */
export function topText(profile: ReadProfile, { rows }: TopOptions): string[] {
  const all = profile.counts.reduce((sum, count) => sum + count, 0)
  const head = `${profile.product}: ${all} samples, one each ${profile.interval} ms`
  if (all === 0) return [`${head}; the guest never ran when one was taken`]
  const tierOf = (frame: number): string => {
    const { category, subcategory } = profile.frames[frame]
    const known = profile.categories.at(category)
    const sub = known?.subcategories.at(subcategory) ?? ''
    return sub === 'Other' || sub === '' ? (known?.name ?? '') : sub
  }
  const functions = addUp(profile, (i) => {
    const { name, file } = profile.functions[profile.frames[i].func]
    return { label: name, place: file === undefined ? '' : baseName(file), tier: tierOf(i) }
  })
  const lines = addUp(profile, (i) => {
    const { func, line } = profile.frames[i]
    const { name, file } = profile.functions[func]
    if (line === null || file === undefined) return undefined
    return { label: `${baseName(file)}:${line}`, place: name, tier: '' }
  })
  const losses = profile.notes.filter(({ label, value }) => value > 0 && /dropped|Halvings/.test(label))
  return [
    head,
    ...losses.map(({ label, value }) => `${label}: ${value}`),
    '',
    '  self  total  function',
    ...table(functions, all, rows),
    ...(lines.length === 0 ? [] : ['', '  self  total  line', ...table(lines, all, rows)]),
  ]
}
