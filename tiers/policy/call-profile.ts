/**
 * Who calls whom, from samples of the stack: two frames next to each other are a call and its target. That costs the code
 * nothing, and weighs calls by the time spent in them, which is what inlining wants to know (a counter knows how often a call
 * was made, but not whether it matters).
 */
import { FEEDBACK_WORDS, MAX_INLINED_BYTES, MAX_TARGETS, NO_FEEDBACK, OTHERS } from '../feedback.js'
import type { ModuleInfo } from '../../wasm/types.js'

/** Entries of one function's feedback: more calls than this are never worth inlining. */
const MAX_ENTRIES = 256

/** See `fade`: enough to keep what is inlined. */
const REMEMBERED = 16

/** Targets of a call with their weights, by its offset in the module. */
type Calls = Map<number, Map<number, number>>

export class CallProfile {
  private readonly functions = new Map<number, Calls>()

  /** A defined function was seen in a call of another at an offset in the module. */
  record(caller: number, offset: number, callee: number): void {
    let calls = this.functions.get(caller)
    if (calls === undefined) this.functions.set(caller, (calls = new Map()))
    let targets = calls.get(offset)
    if (targets === undefined) calls.set(offset, (targets = new Map()))
    targets.set(callee, (targets.get(callee) ?? 0) + 1)
  }

  /** What was seen so far of a function's calls counts no more from now on than so many samples of each: what comes shows. */
  fade(caller: number): void {
    for (const targets of this.functions.get(caller)?.values() ?? []) {
      let total = 0
      for (const weight of targets.values()) total += weight
      if (total <= REMEMBERED) continue
      for (const [callee, weight] of targets) targets.set(callee, (weight * REMEMBERED) / total)
    }
  }

  /** The feedback (tiers/feedback.ts) to compile a function with. */
  feedback(info: ModuleInfo, defined: number): Int32Array {
    const entries: [offset: number, callee: number, weight: number][] = []
    const known = new Set([defined])
    // The set grows while it is walked: breadth first.
    for (const caller of known) {
      if (entries.length >= MAX_ENTRIES) break
      for (const [offset, targets] of this.functions.get(caller) ?? []) {
        const best = [...targets].toSorted((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MAX_TARGETS)
        for (const [callee, weight] of best) {
          entries.push([offset, callee, Math.ceil(weight)])
          if (info.bodyEnd[callee] - info.bodyStart[callee] <= MAX_INLINED_BYTES) known.add(callee)
        }
        let rest = 0
        for (const weight of targets.values()) rest += weight
        for (const [, weight] of best) rest -= weight
        if (targets.size > best.length) entries.push([offset, OTHERS, Math.ceil(rest)])
      }
    }
    if (entries.length === 0) return NO_FEEDBACK
    const result = new Int32Array(entries.length * FEEDBACK_WORDS)
    const isOther = (entry: readonly number[]): number => (entry[1] === OTHERS ? 1 : 0)
    const ordered = entries.toSorted((a, b) => a[0] - b[0] || isOther(a) - isOther(b) || b[2] - a[2] || a[1] - b[1])
    ordered.forEach((entry, i) => result.set(entry, i * FEEDBACK_WORDS))
    return result
  }
}
