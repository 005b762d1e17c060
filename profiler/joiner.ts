/**
 * Puts the stacks of guests and of JavaScript together. Both were taken at the same moments, one after the other in one signal
 * handler (native/src/followed_profiler.h), but by two profilers: ours knows the guest's frames and where JavaScript entered, V8's
 * knows JavaScript's and where it entered guests. So the two stacks are cut at the entries and laid into each
 * other: JavaScript, guest, JavaScript called by the guest, guest, ...
 *
 * Records wait here until V8's profile of their time is there. The clock says which belong together: there may be records without a
 * sample of V8's (the signal was another profiler's, or V8 had no room), and samples without a record (our ring was full).
 */
import { grown } from '../tiers/grown.js'
import { Kind } from './categories.js'
import { ENTRY, IDLE, JsStacks } from './js-stacks.js'
import type { FrameTable } from './frame-table.js'
import { PairTable } from './pair-table.js'
import type { V8Profile } from './v8-profiler.js'

const INITIAL_CAPACITY = 1 << 12
/** Words of a record that waits: time and processor time in nanoseconds, the guest's stack, whether it runs. */
const ROW = 4
const NS_PER_US = 1000
/** V8 cuts its times to whole microseconds. */
const TOLERANCE_US = 2

/** Gets each sample with its whole stack; times in nanoseconds as the record had them. */
export type JoinedVisitor = (stack: number, time: number, cpu: number) => void

export class Joiner {
  /** Records that wait. */
  count = 0
  /** Records without a sample of V8's. They are left out; their time goes to the next one. */
  unmatched = 0
  /** The frame that stands for an entry in the guest's stacks. */
  readonly entryFrame: number
  private readonly stacks: PairTable
  private readonly js: JsStacks
  private rows = new Float64Array(INITIAL_CAPACITY * ROW)
  /** Pairs of a guest's stack and JavaScript's (doubled, odd where the guest runs), and the stack that they make. */
  private readonly pairs = new PairTable()
  private joined = new Int32Array(INITIAL_CAPACITY)

  constructor(table: FrameTable, stacks: PairTable) {
    this.stacks = stacks
    this.js = new JsStacks(table)
    this.entryFrame = table.other({ name: '(entry)', kind: Kind.Other })
  }

  /** @param running whether the guest's code, or a routine that it called, was what ran */
  add(stack: number, time: number, cpu: number, running: boolean): void {
    const at = this.count++ * ROW
    if (at === this.rows.length) {
      const { rows } = this
      this.rows = new Float64Array(rows.length * 2)
      this.rows.set(rows)
    }
    this.rows[at] = time
    this.rows[at + 1] = cpu
    this.rows[at + 2] = stack
    this.rows[at + 3] = running ? 1 : 0
  }

  /** Gives away what waits. @param profile V8's of that time, undefined when it could not be had */
  take(profile: V8Profile | undefined, visit: JoinedVisitor): void {
    const nodes = profile?.samples ?? []
    const deltas = profile?.timeDeltas ?? []
    const stackOf = profile === undefined ? new Map<number, number>() : this.js.stacksOf(profile)
    let next = 0
    let clock = (profile?.startTime ?? 0) + (deltas[0] ?? 0)
    const { rows } = this
    const last = this.count * ROW
    for (let row = 0; row < last; row += ROW) {
      const begin = rows[row] / NS_PER_US - TOLERANCE_US
      const end = row + ROW < last ? rows[row + ROW] / NS_PER_US - TOLERANCE_US : Infinity
      for (; next < nodes.length && clock < begin; clock += deltas[next] ?? 0) next++
      const found = next < nodes.length && clock < end
      if (profile !== undefined && !found) {
        this.unmatched++
        continue
      }
      const js = found ? (stackOf.get(nodes[next]) ?? -1) : -1
      visit(this.join(rows[row + 2], js, rows[row + 3]), rows[row], rows[row + 1])
    }
    this.count = 0
  }

  private join(guest: number, js: number, running: number): number {
    const { pairs } = this
    const known = pairs.count
    const pair = pairs.intern(guest, js * 2 + running)
    if (pair < known) return this.joined[pair]
    if (pair === this.joined.length) this.joined = grown(this.joined)
    this.joined[pair] = this.layAll(guest, js, running !== 0)
    return this.joined[pair]
  }

  private layAll(guest: number, js: number, running: boolean): number {
    const { collecting, native, stacks } = this.js
    if (js === collecting && !running) return this.stacks.intern(this.lay(guest, -1, running), stacks.second[js])
    if (js === IDLE || js === collecting || (js === native && guest >= 0)) return this.lay(guest, -1, running)
    return this.lay(guest, js, running)
  }

  /** The whole stack, from parts between entries. */
  private lay(guest: number, js: number, running: boolean): number {
    const guests = partsOf(this.stacks, guest, this.entryFrame)
    const scripts = partsOf(this.js.stacks, js, ENTRY)
    const entries = guests.length - 1
    let stack = -1
    const push = (frames: readonly number[] = []): void => {
      for (const frame of frames) stack = this.stacks.intern(stack, frame)
    }
    // What the guest has before its first entry: what is known when no guest is active, or a mark where frames are missing.
    if (entries > 0) push(guests[0])
    for (let i = 0; i < Math.max(guests.length, scripts.length); i++) {
      if (i > 0) push(guests[i])
      // Whatever V8 says, nothing was called by a guest that ran.
      if (i < entries || !running) push(scripts[i])
    }
    if (entries === 0) push(guests[0])
    return stack
  }
}

/** The frames of a stack, outermost first, in parts between marks. */
function partsOf(stacks: PairTable, stack: number, mark: number): number[][] {
  const parts: number[][] = [[]]
  for (let at = stack; at >= 0; at = stacks.first[at]) {
    const frame = stacks.second[at]
    if (frame === mark) parts.unshift([])
    else parts[0].unshift(frame)
  }
  return parts
}
