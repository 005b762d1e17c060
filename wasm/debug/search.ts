/**
 * Index of the last of ascending keys that is not greater than a number, -1 when there is none.
 * @param keyOf key of an index below `count`
 */
export function lastAtMost(count: number, keyOf: (index: number) => number, most: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyOf(middle) <= most) low = middle + 1
    else high = middle
  }
  return low - 1
}
