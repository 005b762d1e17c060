/**
 * What the optimizing tier takes on: a function beyond one of these is left to the baseline tier. They bound time and
 * memory by the size of what the passes work on, not by a clock, because a function that is compiled again (for frame
 * states, in a worker, into an image) must come out the same; the one limit on time is for what nobody foresaw.
 */

/** Bytes of a body: twice the largest that compilers are known to make. Beyond it the arrays below take over a gigabyte. */
export const MAX_BODY = 2 << 20
/** Values in the IR after the mid-end: about 100 bytes each, over all passes. */
export const MAX_VALUES = 1 << 21
/**
 * Operands of branches, and arguments of block parameters: each label may take a thousand, and a body may branch to it half a million
 * times. Real functions have some ten thousands.
 */
export const MAX_ARGUMENTS = 1 << 22
/** Loops in each other. Compilers make some dozens; what a pass does for every loop around a block is bounded by it. */
export const MAX_LOOP_DEPTH = 128
/**
 * Pairs of a block and a value live where it begins: 12 bytes each. Real functions have 10 to 60 for each block; a body of
 * megabytes with a thousand live variables in ten thousand blocks is beyond it.
 */
export const MAX_LIVE = 1 << 24
/** Virtual registers: values, and what instructions need besides. */
export const MAX_VREGS = 1 << 22
/** Moves between the places of one value or along edges: 30 bytes each. */
export const MAX_MOVES = 1 << 22
/**
 * Milliseconds for one function, asked between passes: ten times what the largest body should take. Not asked when frame
 * states are wanted, since then the code has been made before.
 */
export const MAX_MILLISECONDS = 30_000

/** A limit is passed: no error of the compiler. */
export class LimitError extends Error {
  override readonly name = 'LimitError'
}

/** @throws LimitError */
export function limit(size: number, most: number, what: string): void {
  if (size > most) throw new LimitError(`it has ${size} ${what}, the limit is ${most}`)
}
