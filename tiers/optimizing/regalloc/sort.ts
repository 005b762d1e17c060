/** Sorting numbers in place, and pairs of them that are one number each; the compiler's Wasm program has its own (program/sort.as.ts). */
import type { Float } from '../../numbers.js'

/** The second number of a pair is less than this: MAX_VREGS and MAX_MOVES (limits.ts) must not be above it. */
const PAIR_RANGE = 1 << 22

/** A key of two numbers that are not negative: the order goes by the first, then by the second. */
export function pairKey(first: number, second: number): Float {
  return first * PAIR_RANGE + second
}

export function firstOf(key: Float): number {
  return Math.floor(key / PAIR_RANGE)
}

export function secondOf(key: Float): number {
  return key % PAIR_RANGE
}

/** Sorts the first `count` keys, the least first. */
export function sortKeys(keys: Float64Array, count: number): void {
  keys.subarray(0, count).sort()
}
