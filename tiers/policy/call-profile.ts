/**
 * Who calls whom, from samples of the stack: two frames next to each other are a call and its target. That costs the code
 * nothing, and weighs calls by the time spent in them, which is what inlining wants to know (a counter knows how often a call
 * was made, but not whether it matters).
 *
 * Traces add how often places were passed, and that a call was made at all (tiers/feedback.ts). What was once seen never becomes what
 * was never seen: a call that is forgotten would be taken for one that does not happen.
 */
import { FEEDBACK_WORDS, MAX_INLINED_BYTES, MAX_TARGETS, NO_FEEDBACK, OTHERS, PASSED } from '../feedback.js'
import type { ModuleInfo } from '../../wasm/types.js'

/**
 * Entries of one function's feedback before the last function that is taken in: twice the calls that planning looks at (inline-plan.ts), since
 * a trace has some dozens of entries that only tell what runs.
 */
export const MAX_ENTRIES = 512

/** See `fade`: enough to keep what is inlined. */
const REMEMBERED = 16

/** Targets of a call, OTHERS among them, with their weights (0 when it was only traced). */
type Targets = Map<number, number>
type Entry = readonly [offset: number, callee: number, weight: number]

/** By the offset in the module: the calls of a function, and how often places in it were passed. */
class Seen {
  readonly calls = new Map<number, Targets>()
  readonly passes = new Map<number, number>()

  targets(offset: number): Targets {
    let targets = this.calls.get(offset)
    if (targets === undefined) this.calls.set(offset, (targets = new Map()))
    return targets
  }
}

const total = (weights: Iterable<readonly [callee: number, weight: number]>): number => {
  let sum = 0
  for (const [, weight] of weights) sum += weight
  return sum
}

/** Where the entries of one offset stand among each other: functions, OTHERS, PASSED. */
const rank = (entry: Entry): number => Math.max(0, -entry[1])

/** Adds the entries of a function. @returns the functions that they name, with their weights */
function addEntries(seen: Seen, entries: Entry[]): Targets {
  const named: Targets = new Map()
  for (const [offset, count] of seen.passes) entries.push([offset, PASSED, count])
  for (const [offset, targets] of seen.calls) {
    const functions = [...targets].filter(([callee]) => callee !== OTHERS)
    const rest = functions.toSorted((a, b) => b[1] - a[1] || a[0] - b[0])
    for (const [callee, weight] of rest.splice(0, MAX_TARGETS)) {
      entries.push([offset, callee, Math.max(1, Math.ceil(weight))])
      named.set(callee, Math.max(weight, named.get(callee) ?? 0))
    }
    const others = targets.get(OTHERS)
    if (rest.length === 0 && others === undefined) continue
    entries.push([offset, OTHERS, Math.max(1, Math.ceil(total(rest) + (others ?? 0)))])
  }
  return named
}

export class CallProfile {
  private readonly functions = new Map<number, Seen>()

  private seen(defined: number): Seen {
    let seen = this.functions.get(defined)
    if (seen === undefined) this.functions.set(defined, (seen = new Seen()))
    return seen
  }

  /** A defined function was seen in a call of another at an offset in the module. */
  record(caller: number, offset: number, callee: number): void {
    const targets = this.seen(caller).targets(offset)
    targets.set(callee, (targets.get(callee) ?? 0) + 1)
  }

  /** The same in a trace, which says that the call happens but not what it weighs. @param callee may be OTHERS */
  traced(caller: number, offset: number, callee: number): void {
    const targets = this.seen(caller).targets(offset)
    if (!targets.has(callee)) targets.set(callee, 0)
  }

  /** A traced guest passed a place of a function (tiers/feedback.ts) so many times. */
  pass(defined: number, offset: number, count = 1): void {
    const { passes } = this.seen(defined)
    passes.set(offset, (passes.get(offset) ?? 0) + count)
  }

  /**
   * What was seen so far of a function's calls counts no more from now on than so many samples of each: what comes shows. Passes stay: they
   * are no weights, they say how far to trust that a call was not seen.
   */
  fade(caller: number): void {
    for (const targets of this.functions.get(caller)?.calls.values() ?? []) {
      const sum = total(targets)
      if (sum <= REMEMBERED) continue
      for (const [callee, weight] of targets) targets.set(callee, (weight * REMEMBERED) / sum)
    }
  }

  /** The feedback (tiers/feedback.ts) to compile a function with. */
  feedback(info: ModuleInfo, defined: number): Int32Array {
    const entries: Entry[] = []
    const sampled = new Set([defined])
    const traced = new Set<number>()
    // The sets grow while they are walked: breadth first, and what has a weight before what has none.
    for (const callers of [sampled, traced]) {
      for (const caller of callers) {
        if (entries.length >= MAX_ENTRIES) break
        const seen = this.functions.get(caller)
        if (seen === undefined || (callers === traced && sampled.has(caller))) continue
        for (const [callee, weight] of addEntries(seen, entries)) {
          if (info.bodyEnd[callee] - info.bodyStart[callee] > MAX_INLINED_BYTES) continue
          if (weight > 0 && callers === sampled) sampled.add(callee)
          else traced.add(callee)
        }
      }
    }
    if (entries.length === 0) return NO_FEEDBACK
    const result = new Int32Array(entries.length * FEEDBACK_WORDS)
    const ordered = entries.toSorted((a, b) => a[0] - b[0] || rank(a) - rank(b) || b[2] - a[2] || a[1] - b[1])
    ordered.forEach((entry, i) => result.set(entry, i * FEEDBACK_WORDS))
    return result
  }
}
