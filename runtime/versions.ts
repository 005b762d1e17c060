/**
 * The versions of a module's functions: every piece of code that was made for one of them. A function has several when
 * it was compiled by more than one tier, or when a loop of it was entered in the middle (on-stack replacement). None is
 * ever removed before its module: frames may still be in it.
 *
 * Versions are columns of typed arrays, because a module may have a million functions, and the sites of all of them (tiers/compiled.ts)
 * lie in one array.
 */
import {
  INLINE_WORDS,
  ROW_WORDS,
  SITE_WORDS,
  SiteKind,
  siteKind,
  siteNode,
  type CompiledFunction,
  type CompiledRun,
  type CompiledTier,
} from '../tiers/compiled.js'
import { NO_FEEDBACK } from '../tiers/feedback.js'
import { grown } from '../tiers/grown.js'

const TIERS: readonly CompiledTier[] = ['baseline', 'optimizing']
const BASELINE = TIERS.indexOf('baseline')
const INITIAL_CAPACITY = 64

/** What identifies a version and its frame states: enough to compile it once more. */
export interface VersionKey {
  /** Index of the function among the module's defined functions. */
  readonly defined: number
  readonly tier: CompiledTier
  /** Offset in the module of the `loop` opcode at whose header this version is entered; -1: at the function's start. */
  readonly loop: number
  /** What it was made by (tiers/feedback.ts). */
  readonly feedback: Int32Array
}

/** Longest call instruction of compiled code, with room. */
export const MAX_CALL_BYTES = 8

export class VersionTable {
  count = 0
  /** Address of each version's code, and its size in bytes. */
  start = new Float64Array(INITIAL_CAPACITY)
  size = new Int32Array(INITIAL_CAPACITY)
  defined = new Int32Array(INITIAL_CAPACITY)
  loop = new Int32Array(INITIAL_CAPACITY)
  private tierIndex = new Int32Array(INITIAL_CAPACITY)
  private siteStart = new Int32Array(INITIAL_CAPACITY)
  private siteCount = new Int32Array(INITIAL_CAPACITY)
  private sites = new Int32Array(INITIAL_CAPACITY * SITE_WORDS)
  private siteEnd = 0
  /** Where each version's inline tree (tiers/compiled.ts) begins in `inlines`. */
  private inlineStart = new Int32Array(INITIAL_CAPACITY)
  private inlines = new Int32Array(0)
  private inlineEnd = 0
  /** Of the few versions that have any. */
  private readonly feedbacks = new Map<number, Int32Array>()

  /** Adds a version whose code stands at `start`. @returns its number */
  add(
    key: VersionKey,
    start: number,
    compiled: Pick<CompiledFunction, 'codeSize' | 'sites' | 'siteCount' | 'inlines' | 'inlineCount'>,
  ): number {
    if (this.count === this.start.length) this.grow()
    const version = this.count++
    this.start[version] = start
    this.size[version] = compiled.codeSize
    this.defined[version] = key.defined
    this.loop[version] = key.loop
    this.tierIndex[version] = TIERS.indexOf(key.tier)
    const words = compiled.siteCount * SITE_WORDS
    if (this.siteEnd + words > this.sites.length) {
      this.sites = grown(this.sites, this.siteEnd + words)
    }
    this.sites.set(compiled.sites.subarray(0, words), this.siteEnd)
    this.siteStart[version] = this.siteEnd
    this.siteCount[version] = compiled.siteCount
    this.siteEnd += words
    if (key.feedback.length > 0) this.feedbacks.set(version, key.feedback)
    this.keepInlines(version, compiled.inlines, compiled.inlineCount * INLINE_WORDS)
    return version
  }

  /** Makes room for so many versions, and words of sites. */
  reserve(versions: number, siteWords: number): void {
    if (versions > this.start.length) this.grow(versions)
    if (siteWords > this.sites.length) this.sites = grown(this.sites, siteWords)
  }

  /** Adds baseline versions of functions that were compiled together, whose code stands at `address`. @returns the number of the first one */
  addRun({ first, count, rows, sites }: CompiledRun, address: number): number {
    if (this.count + count > this.start.length) this.grow(this.count + count)
    if (this.siteEnd + sites.length > this.sites.length) this.sites = grown(this.sites, this.siteEnd + sites.length)
    this.sites.set(sites, this.siteEnd)
    const version = this.count
    for (let i = 0, row = 0; i < count; i++, row += ROW_WORDS) {
      const to = version + i
      this.start[to] = address + rows[row]
      this.size[to] = rows[row + 1]
      this.defined[to] = first + i
      this.loop[to] = -1
      this.tierIndex[to] = BASELINE
      this.siteStart[to] = this.siteEnd
      this.siteCount[to] = rows[row + 2]
      this.siteEnd += rows[row + 2] * SITE_WORDS
      this.inlineStart[to] = this.inlineEnd
    }
    this.count += count
    return version
  }

  /** Calls that are inlined in a version. */
  inlinedCount(version: number): number {
    const end = version + 1 < this.count ? this.inlineStart[version + 1] : this.inlineEnd
    return (end - this.inlineStart[version]) / INLINE_WORDS
  }

  private keepInlines(version: number, nodes: Int32Array, words: number): void {
    this.inlineStart[version] = this.inlineEnd
    if (this.inlineEnd + words > this.inlines.length) this.inlines = grown(this.inlines, this.inlineEnd + words)
    this.inlines.set(nodes.subarray(0, words), this.inlineEnd)
    this.inlineEnd += words
  }

  feedback(version: number): Int32Array {
    return this.feedbacks.get(version) ?? NO_FEEDBACK
  }

  tier(version: number): CompiledTier {
    return TIERS[this.tierIndex[version]]
  }

  get metadataBytes(): number {
    return (this.siteEnd + this.inlineEnd) * 4
  }

  /**
   * The site of a version at a code offset exactly. A call's return address can be the address of an instruction that
   * traps, so the kind decides.
   * @param call look for a call site, otherwise for another one
   * @returns index of its first word for `siteWord`, -1 when there is none
   */
  findSite(version: number, offset: number, call: boolean): number {
    const first = this.siteStart[version]
    const end = first + this.siteCount[version] * SITE_WORDS
    let low = 0
    let high = this.siteCount[version] - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const at = first + middle * SITE_WORDS
      const found = this.sites[at]
      if (found < offset) {
        low = middle + 1
      } else if (found > offset) {
        high = middle - 1
      } else {
        for (let site = at - SITE_WORDS; site <= at + SITE_WORDS; site += SITE_WORDS) {
          const inside = site >= first && site < end && this.sites[site] === offset
          if (inside && (siteKind(this.sites[site + 2]) === SiteKind.Call) === call) return site
        }
        return -1
      }
    }
    return -1
  }

  /**
   * The last site at or before a code offset: the nearest known place of an instruction that has no site.
   * @returns index of its first word, -1 when the offset is before all sites
   */
  siteBefore(version: number, offset: number): number {
    const first = this.siteStart[version]
    let low = 0
    let high = this.siteCount[version]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.sites[first + middle * SITE_WORDS] <= offset) low = middle + 1
      else high = middle
    }
    return low === 0 ? -1 : first + (low - 1) * SITE_WORDS
  }

  /** The first site of a call whose code offset is above `offset` by at most `most`, -1 when there is none. */
  callAfter(version: number, offset: number, most: number): number {
    const end = this.siteStart[version] + this.siteCount[version] * SITE_WORDS
    const before = this.siteBefore(version, offset)
    for (let at = before < 0 ? this.siteStart[version] : before; at < end && this.sites[at] <= offset + most;) {
      if (this.sites[at] > offset && siteKind(this.sites[at + 2]) === SiteKind.Call) return at
      at += SITE_WORDS
    }
    return -1
  }

  /** Calls `visit` with the code offset and the wasm offset of each site that is not in inlined code, in code order. */
  eachSite(version: number, visit: (codeOffset: number, wasmOffset: number, kind: number) => void): void {
    const first = this.siteStart[version]
    const end = first + this.siteCount[version] * SITE_WORDS
    for (let at = first; at < end; at += SITE_WORDS) {
      if (siteNode(this.sites[at + 2]) === 0) visit(this.sites[at], this.sites[at + 1], siteKind(this.sites[at + 2]))
    }
  }

  /** Whether a version has polls, which are in loops. Walks over its sites. */
  hasPolls(version: number): boolean {
    const first = this.siteStart[version]
    const end = first + this.siteCount[version] * SITE_WORDS
    for (let at = first; at < end; at += SITE_WORDS) if (siteKind(this.sites[at + 2]) === SiteKind.Poll) return true
    return false
  }

  /** Word `index` of the site table. */
  siteWord(index: number): number {
    return this.sites[index]
  }

  /**
   * The guest's frames that a site stands for, the innermost first: of code that is inlined, and then of its callers.
   * @param site as `findSite` gives it
   * @returns pairs of a defined function and the offset in the module where it is
   */
  framesAt(version: number, site: number): readonly (readonly [defined: number, offset: number])[] {
    const frames: [number, number][] = []
    let offset = this.sites[site + 1]
    for (let node = siteNode(this.sites[site + 2]); node !== 0;) {
      const at = this.inlineStart[version] + (node - 1) * INLINE_WORDS
      frames.push([this.inlines[at + 1], offset])
      node = this.inlines[at]
      offset = this.inlines[at + 2]
    }
    frames.push([this.defined[version], offset])
    return frames
  }

  private grow(need = 0): void {
    const start = new Float64Array(Math.max(this.start.length * 2, need))
    start.set(this.start)
    this.start = start
    this.size = grown(this.size, need)
    this.defined = grown(this.defined, need)
    this.loop = grown(this.loop, need)
    this.tierIndex = grown(this.tierIndex, need)
    this.siteStart = grown(this.siteStart, need)
    this.siteCount = grown(this.siteCount, need)
    this.inlineStart = grown(this.inlineStart, need)
  }
}
