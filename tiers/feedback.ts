/**
 * What a run has shown of a function's calls, as the optimizing compiler takes it: plain data that crosses threads and is
 * kept with the code that was made by it, since the same feedback makes the same code.
 *
 * A flat Int32Array of entries, three words each: offset of a call in the module, the defined function that it was seen to
 * call (or OTHERS for all that are not named), and how often (samples, so it weighs a call by the time spent in it). Ordered
 * by offset, then by weight, the greatest first, then OTHERS, then PASSED. The entries are those of the function itself and of what it may inline.
 *
 * Traces of calls and loops give entries of a second kind: PASSED instead of a function, and how often the traced guest came by. The
 * offset is that of a `loop` opcode, whose header it came to, or where a body starts: the function was entered. A
 * call that was made in a trace has an entry as well, with weight 1 at least. So where a place was passed often, a call without an entry, or a
 * loop that was not passed, is not on the usual way (translate/likelihood.ts). This holds if every event of the code that was traced is there: of
 * the passes of a function in which calls have been inlined it would not be so. Calls of imports are no events.
 * Of a function that may be inlined all is there or nothing: what is left out must not look like what never ran.
 */
export const FEEDBACK_WORDS = 3
export const OTHERS = -1
export const PASSED = -2
/** Bodies larger than this are not inlined, whatever was seen of them: V8's limit. */
export const MAX_INLINED_BYTES = 500
/** Targets kept of one call: with more, a chain of guards costs as much as the call. */
export const MAX_TARGETS = 4

export const NO_FEEDBACK: Int32Array = new Int32Array(0)

/** Index of the first word of the first entry at or behind an offset. */
export function feedbackFrom(feedback: Int32Array, offset: number): number {
  let low = 0
  let high = feedback.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = middle - (middle % FEEDBACK_WORDS)
    if (feedback[entry] < offset) low = entry + FEEDBACK_WORDS
    else high = entry
  }
  return low
}

/** Whether there is an entry at an index, and of the call at an offset. */
export function isOfCall(feedback: Int32Array, at: number, offset: number): boolean {
  return at < feedback.length && feedback[at] === offset && feedback[at + 1] !== PASSED
}

/** How often the traced guest passed the place at an offset. */
export function timesPassed(feedback: Int32Array, offset: number): number {
  let at = feedbackFrom(feedback, offset)
  while (isOfCall(feedback, at, offset)) at += FEEDBACK_WORDS
  return at < feedback.length && feedback[at] === offset ? feedback[at + 2] : 0
}

/** Whether two feedbacks name the same targets of the same calls, whatever the weights: then they make much the same code. */
export function namesSameTargets(a: Int32Array, b: Int32Array): boolean {
  const named = (feedback: Int32Array): string[] => {
    const names: string[] = []
    for (let at = 0; at < feedback.length; at += FEEDBACK_WORDS) {
      if (feedback[at + 2] > 1 && feedback[at + 1] >= 0) names.push(`${feedback[at]}:${feedback[at + 1]}`)
    }
    return names.toSorted()
  }
  return named(a).join() === named(b).join()
}

/** How often a call was seen to reach a function. */
export function feedbackWeight(feedback: Int32Array, offset: number, callee: number): number {
  for (let at = feedbackFrom(feedback, offset); isOfCall(feedback, at, offset); at += FEEDBACK_WORDS) {
    if (feedback[at + 1] === callee) return feedback[at + 2]
  }
  return 0
}
