/** One function of a profile in detail: its source lines and its machine code, with the share of the samples of each. */
import { disassemble } from './disassemble.js'
import type { ReadProfile } from './read-firefox.js'
import {
  heading,
  kindName,
  paintedPercent,
  percent,
  printable,
  sampleCount,
  selfCounts,
  shortened,
  type ViewOptions,
} from './text-view.js'

/** Around what was sampled so many rows are shown as well; of what is not longer than the second number, everything. */
const CONTEXT = 3
const SHORT = 120
const NO_SHARE = ' '.repeat(6)

/** No function of that name. */
export class NoSuchFunctionError extends Error {
  override readonly name = 'NoSuchFunctionError'
}

interface Row {
  readonly count: number
  readonly text: string
}

/** Rows near the sampled ones, with a mark where some are left out. */
function excerpt(rows: readonly Row[], all: number, options: ViewOptions): string[] {
  const near = rows.map(() => rows.length <= SHORT)
  rows.forEach(({ count }, i) => {
    if (count > 0) near.fill(true, Math.max(0, i - CONTEXT), i + CONTEXT + 1)
  })
  const room = options.width === undefined ? Infinity : options.width - NO_SHARE.length - 2
  const lines: string[] = []
  rows.forEach(({ count, text }, i) => {
    if (!near[i]) {
      if (i === 0 || near[i - 1]) lines.push(`${NO_SHARE}  ...`)
      return
    }
    const share = count === 0 ? NO_SHARE : paintedPercent(count / all, options)
    lines.push(`${share}  ${shortened(printable(text), room)}`.trimEnd())
  })
  return lines
}

/** The function that is meant: of that name, or the hottest whose name has the text in it. @throws NoSuchFunctionError */
function choose(profile: ReadProfile, wanted: string, self: Float64Array): number {
  const times = new Float64Array(profile.functions.length)
  profile.frames.forEach(({ func }, i) => {
    times[func] += self[i]
  })
  const byTime = profile.functions
    .map(({ name }, func) => ({ name, func }))
    .toSorted((a, b) => times[b.func] - times[a.func])
  const found = byTime.find(({ name }) => name === wanted) ?? byTime.find(({ name }) => name.includes(wanted))
  if (found !== undefined) return found.func
  const hottest = byTime.slice(0, 3).map(({ name }) => printable(name))
  throw new NoSuchFunctionError(
    `no function with '${wanted}' in its name was sampled; the hottest: ${hottest.join(', ')}`,
  )
}

function sourceRows(text: string, counts: ReadonlyMap<number, number>): Row[] {
  const first = Math.max(1, Math.min(...counts.keys()) - CONTEXT)
  const last = Math.max(...counts.keys()) + CONTEXT
  return text
    .split('\n')
    .slice(first - 1, last)
    .map((line, i) => ({
      count: counts.get(first + i) ?? 0,
      text: `${String(first + i).padStart(5)}  ${line.replaceAll('\t', '  ')}`,
    }))
}

/** Each instruction of a piece of code, with what was sampled in it. */
function codeRows(profile: ReadProfile, code: number, self: Float64Array): Row[] {
  const { address, bytes } = profile.codes[code]
  const counts = new Float64Array(bytes.length)
  const lines = new Uint32Array(bytes.length)
  profile.frames.forEach((frame, i) => {
    const offset = frame.address - address
    if (frame.nativeSymbol !== code || offset < 0 || offset >= bytes.length || self[i] === 0) return
    counts[offset] += self[i]
    lines[offset] = frame.line ?? 0
  })
  const instructions = disassemble(bytes)
  return instructions.map(([offset, text], i) => {
    const end = instructions[i + 1]?.[0] ?? bytes.length
    const count = counts.subarray(offset, end).reduce((sum, each) => sum + each, 0)
    const line = lines.subarray(offset, end).find((each) => each > 0)
    const place = line === undefined ? '' : `   ; line ${line}`
    return { count, text: `${offset.toString(16).padStart(5)}  ${text}${place}` }
  })
}

interface Sampled {
  time: number
  /** Samples by line. */
  readonly lines: Map<number, number>
  /** Pieces of code with the tier of each. */
  readonly codes: Map<number, string>
}

function sampledOf(profile: ReadProfile, func: number, self: Float64Array): Sampled {
  const sampled: Sampled = { time: 0, lines: new Map(), codes: new Map() }
  profile.frames.forEach((frame, i) => {
    if (frame.func !== func) return
    const { nativeSymbol, line } = frame
    sampled.time += self[i]
    if (nativeSymbol !== null && profile.codes[nativeSymbol] !== undefined) {
      sampled.codes.set(nativeSymbol, kindName(profile, i))
    }
    if (line !== null && self[i] > 0) sampled.lines.set(line, (sampled.lines.get(line) ?? 0) + self[i])
  })
  return sampled
}

/** @param wanted name of a function, or part of one @returns lines of text @throws NoSuchFunctionError */
export function annotateText(profile: ReadProfile, wanted: string, options: ViewOptions): string[] {
  const all = Math.max(1, sampleCount(profile))
  const self = selfCounts(profile)
  const func = choose(profile, wanted, self)
  const { name, file } = profile.functions[func]
  const { time, lines, codes } = sampledOf(profile, func, self)
  const out = [heading(`${printable(name)}: ${percent(time / all).trim()} of ${all} samples`, options)]
  const text = file === undefined || lines.size === 0 ? undefined : options.readSource?.(file)
  if (text !== undefined)
    out.push(
      '',
      heading(shortened(printable(file ?? ''), options.width ?? Infinity), options),
      ...excerpt(sourceRows(text, lines), all, options),
    )
  for (const [code, kind] of codes) {
    const { name: owner } = profile.codes[code]
    const where = owner === name ? '' : `, inlined into ${printable(owner)}`
    out.push('', heading(`machine code, ${kind}${where}`, options))
    out.push(...excerpt(codeRows(profile, code, self), all, options))
  }
  if (out.length === 1) out.push('there is no source and no machine code of it in the profile')
  return out
}
