/** Sorting numbers in place; the compiler's Wasm program has its own (program/sort.as.ts). */

/** Sorts the first `count` keys, the least first. */
export function sortKeys(keys: Float64Array, count: number): void {
  keys.subarray(0, count).sort()
}
