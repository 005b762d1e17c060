/**
 * What the optimizing tier takes on: a function beyond one of these is left to the baseline tier. They bound time and
 * memory by the size of what the passes work on, not by a clock, because a function that is compiled again (for frame
 * states, in a worker, into an image) must come out the same; the one limit on time is for what nobody foresaw.
 */

/** Bytes of a body: twice the largest that compilers are known to make. Beyond it the arrays below take over a gigabyte. */
export const MAX_BODY = 2 << 20
/** Values in the IR after the mid-end: about 100 bytes each, over all passes. */
export const MAX_VALUES = 1 << 21
/** Words of one liveness set of all blocks (there are four: 64 MiB); the allocator's time grows with them. */
export const MAX_LIVENESS_WORDS = 1 << 22
/**
 * Milliseconds for one function, asked between passes: ten times what the largest body should take. Not asked when frame
 * states are wanted, since then the code has been made before.
 */
export const MAX_MILLISECONDS = 30_000
