/** Growth of the tiers' reused arrays: by doubling, so that filling one costs linear time. */

/** A copy of `old` with at least twice its length, and at least `need` words; the new ones are 0. */
export function grown(old: Int32Array, need = 0): Int32Array<ArrayBuffer> {
  const next = new Int32Array(Math.max(old.length * 2, need))
  next.set(old)
  return next
}

/** As `grown`, of bytes. */
export function grownBytes(old: Uint8Array, need = 0): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.max(old.length * 2, need))
  next.set(old)
  return next
}

/** `old` if it has room for `need` words, else a larger array; the contents are lost. */
export function sized(old: Int32Array<ArrayBuffer>, need: number): Int32Array<ArrayBuffer> {
  return old.length >= need ? old : new Int32Array(Math.max(need, old.length * 2))
}
