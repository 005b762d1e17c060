/**
 * Finds what of a memory is not zero without touching the rest of it: the kernel's page map (proc(5), /proc/PID/pagemap)
 * says which pages exist, and only those are looked at. So a sparse memory of 4 GiB costs 8 bytes a page of page map and
 * the pages that it has.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { addon } from '../context.js'

const PAGE = 4096
const WORDS_PER_PAGE = PAGE / 8
/** Present in RAM, or swapped out: bits 63 and 62, in the upper half of an entry. */
const PRESENT = 0xc000_0000
/** Pages of page map read at a time. */
const BATCH = 1 << 16
/** Engines refuse modules with more data segments than 100,000; a dump is a module. */
const MAX_RUNS = 50_000

/** A run of bytes of a memory. */
export interface MemoryRun {
  readonly start: number
  readonly end: number
}

/**
 * The runs of a memory that hold something, in order, whole 8-byte words.
 * @param base address of byte 0 @param bytes a multiple of the page size
 */
export function memoryRuns(base: number, bytes: number): MemoryRun[] {
  const runs: MemoryRun[] = []
  eachPresentRange(base, bytes, (start, end) => {
    const words = new Float64Array(addon.view(base + start, end - start))
    const halves = new Int32Array(words.buffer)
    for (let page = 0; page < words.length; page += WORDS_PER_PAGE) {
      let first = page * 2
      let last = (page + WORDS_PER_PAGE) * 2 - 1
      while (first <= last && halves[first] === 0) first++
      if (first > last) continue
      while (halves[last] === 0) last--
      add(runs, start + (first >> 1) * 8, start + (last >> 1) * 8 + 8)
    }
  })
  return coalesce(runs)
}

function add(runs: MemoryRun[], start: number, end: number): void {
  const previous = runs.at(-1)
  // A short gap costs less as zeros than as a segment of its own.
  if (previous !== undefined && start - previous.end <= SEGMENT_COST)
    runs[runs.length - 1] = { start: previous.start, end }
  else runs.push({ start, end })
}

/** About what another data segment takes. */
const SEGMENT_COST = 16

/** Joins runs across ever larger gaps until there are few enough. */
function coalesce(runs: MemoryRun[]): MemoryRun[] {
  let result = runs
  for (let gap = PAGE; result.length > MAX_RUNS; gap *= 2) {
    const joined: MemoryRun[] = []
    for (const { start, end } of result) {
      const previous = joined.at(-1)
      if (previous !== undefined && start - previous.end <= gap)
        joined[joined.length - 1] = { start: previous.start, end }
      else joined.push({ start, end })
    }
    result = joined
  }
  return result
}

/** Ranges of whole pages that may hold something; all of it where there is no page map (a sandbox without /proc). */
function eachPresentRange(base: number, bytes: number, visit: (start: number, end: number) => void): void {
  const pages = Math.floor(bytes / PAGE)
  let file: number
  try {
    file = openSync('/proc/self/pagemap', 'r')
  } catch {
    for (let at = 0; at < bytes; at += BATCH * PAGE) visit(at, Math.min(bytes, at + BATCH * PAGE))
    return
  }
  try {
    const entries = new Uint8Array(Math.min(pages, BATCH) * 8)
    const words = new Uint32Array(entries.buffer)
    for (let first = 0; first < pages; first += BATCH) {
      const count = Math.min(BATCH, pages - first)
      const read = readSync(file, entries, 0, count * 8, (base / PAGE + first) * 8) / 8
      let start = -1
      for (let i = 0; i < count; i++) {
        // What could not be read may be there.
        const present = i >= read || (words[i * 2 + 1] & PRESENT) !== 0
        if (present && start < 0) start = i
        if (!present && start >= 0) {
          visit((first + start) * PAGE, (first + i) * PAGE)
          start = -1
        }
      }
      if (start >= 0) visit((first + start) * PAGE, (first + count) * PAGE)
    }
  } finally {
    closeSync(file)
  }
}
