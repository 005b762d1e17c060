/** Growth of the tiers' reused arrays: by doubling, so that filling one costs linear time. */

/** A copy of `old` with at least twice its length, and at least `need` words; the new ones are 0. */
export function grown(old: Int32Array, need = 0): Int32Array<ArrayBuffer> {
  const next = new Int32Array(Math.max(old.length * 2, need))
  next.set(old)
  return next
}
