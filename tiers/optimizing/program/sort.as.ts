/** regalloc/sort.ts in AssemblyScript. */
import { Float64Array } from './prelude'

const PAIR_RANGE: i32 = 1 << 22

export function pairKey(first: i32, second: i32): f64 {
  return <f64>(((<i64>first) << 22) + <i64>second)
}

export function firstOf(key: f64): i32 {
  return <i32>(<i64>key >> 22)
}

export function secondOf(key: f64): i32 {
  return <i32>(<i64>key) & (PAIR_RANGE - 1)
}

function sink(keys: Float64Array, from: i32, count: i32): void {
  const key = keys[from]
  let at = from
  for (;;) {
    let child = 2 * at + 1
    if (child >= count) break
    if (child + 1 < count && keys[child + 1] > keys[child]) child++
    if (keys[child] <= key) break
    keys[at] = keys[child]
    at = child
  }
  keys[at] = key
}

/** Sorts the first `count` keys, the least first: by a heap, so that no order of them is slow. */
export function sortKeys(keys: Float64Array, count: i32): void {
  for (let i = (count >> 1) - 1; i >= 0; i--) sink(keys, i, count)
  for (let end = count - 1; end > 0; end--) {
    const last = keys[end]
    keys[end] = keys[0]
    keys[0] = last
    sink(keys, 0, end)
  }
}
