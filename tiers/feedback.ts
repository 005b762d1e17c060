/**
 * What a run has shown of a function's calls, as the optimizing compiler takes it: plain data that crosses threads and is
 * kept with the code that was made by it, since the same feedback makes the same code.
 *
 * A flat Int32Array of entries, three words each: offset of a call in the module, the defined function that it was seen to
 * call, and how often (samples, so it weighs a call by the time spent in it). Ordered by offset, then by weight,
 * the greatest first. The entries are those of the function itself and of what it may inline.
 */
export const FEEDBACK_WORDS = 3
/** Targets kept of one call: with more, a chain of guards costs as much as the call. */
export const MAX_TARGETS = 4

export const NO_FEEDBACK: Int32Array = new Int32Array(0)

/** Index of the first word of the first entry at or behind an offset. */
export function feedbackFrom(feedback: Int32Array, offset: number): number {
  let low = 0
  let high = feedback.length / FEEDBACK_WORDS
  while (low < high) {
    const middle = (low + high) >>> 1
    if (feedback[middle * FEEDBACK_WORDS] < offset) low = middle + 1
    else high = middle
  }
  return low * FEEDBACK_WORDS
}
