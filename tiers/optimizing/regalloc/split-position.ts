/**
 * Where an interval is split that has to leave its register, or is to come back to one. Splits are in gaps, at the beginnings of
 * blocks that stand in fewer loops than the place where the split is wanted, if that does no harm.
 */
import type { VCode } from '../lower/vcode.js'
import type { Intervals } from './intervals.js'

/** Blocks looked at for a better place to leave a register. */
const MAX_RELEASE_SEARCH = 64
/** The same for coming back, where a loop's begin may be farther: beyond it the work for a huge loop would be quadratic. */
const MAX_RETURN_SEARCH = 4096

/** Position of an interval's last use before `pos`, -1 when there is none. */
export function lastUseBefore(intervals: Intervals, interval: number, pos: number): number {
  const { usePos, nextUse, firstUse } = intervals
  let last = -1
  for (let use = firstUse[interval]; use >= 0 && usePos[use] < pos; use = nextUse[use]) last = usePos[use]
  return last
}

/**
 * Where an interval that must leave its register by `limit` leaves it for its slot: right after its last use before, so
 * that the result of that instruction can have the register, but not deeper in loops than need be, so that no turn of
 * a loop brings it back.
 */
export function releasePosition(
  code: VCode,
  intervals: Intervals,
  blockOf: Int32Array,
  interval: number,
  limit: number,
): number {
  const start = intervals.start(interval)
  const use = lastUseBefore(intervals, interval, limit)
  const earliest = use >> 2 > start >> 2 ? use + 1 : (start & ~3) + 4
  if (earliest >= limit) return limit
  const first = blockOf[earliest >> 2]
  let block = blockOf[limit >> 2]
  let depth = code.blockLoopDepth[block]
  let best = limit
  for (const last = Math.max(first, block - MAX_RELEASE_SEARCH); block > last; block--) {
    if (code.blockLoopDepth[block] > depth) continue
    depth = code.blockLoopDepth[block]
    best = code.blockStart[block] * 4
  }
  return block === first && code.blockLoopDepth[block] <= depth ? earliest : best
}

/**
 * The best gap for a split after `after` and at or before `gap`: the last beginning of a block in the outermost loop
 * among those since the interval's last use, otherwise `gap` itself.
 */
export function returnPosition(
  code: VCode,
  intervals: Intervals,
  blockOf: Int32Array,
  interval: number,
  after: number,
  gap: number,
): number {
  const low = Math.max(after, lastUseBefore(intervals, interval, gap))
  const first = blockOf[gap >> 2]
  const last = first - MAX_RETURN_SEARCH
  let best = gap
  let depth = code.blockLoopDepth[first]
  for (let block = first; block > last && depth > 0 && code.blockStart[block] * 4 > low; block--) {
    if (block > 0 && code.blockLoopDepth[block - 1] < depth) {
      depth = code.blockLoopDepth[block - 1]
      best = code.blockStart[block] * 4
    }
  }
  return best
}
