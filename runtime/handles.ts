/**
 * Externref values: compiled code holds a *handle*, JavaScript the value.
 *
 * A handle is a 64-bit word: index in the low half, `HANDLE_TAG` in the high one, so that no address and hardly any
 * number looks like one. Handles are freed by a sweep when many have been made since the last: live is what lies in a
 * table or global that registered itself as a root, or anywhere on a fiber or in the cells (scanned conservatively,
 * as compiled code has no stack maps yet; a false hit only keeps a value longer). The newest handles are spared,
 * because JavaScript may be in the middle of storing them.
 */
import { addon, fibers, slab } from './context.js'

/** High half of every handle: above any user-space address, and a subnormal double (see context.ts). */
const HANDLE_TAG = 0xe57ef
/** At least as many as one call can pass (1,000 parameters). */
const SPARED = 1024
const FIRST_SWEEP = 4096

/** Something that holds handles: marks them by calling `mark` with each index. */
export interface HandleRoot {
  markHandles(): void
}

/** Value by index; index 0 is never used, null is the all-zero word. */
const values: unknown[] = [undefined]
const freeList: number[] = []
const newest = new Uint32Array(SPARED)
let made = 0
let sweepAt = FIRST_SWEEP
let live = 0
let marks = new Uint8Array(0)
const roots = new Set<WeakRef<HandleRoot>>()

const bits64 = new Float64Array(1)
const bits32 = new Uint32Array(bits64.buffer)

/** The handle of a JavaScript value, as the bits of a double. */
export function externToBits(value: unknown): number {
  if (value === null) return 0
  if (live >= sweepAt) sweep()
  const index = freeList.pop() ?? values.length
  values[index] = value
  live++
  newest[made++ % SPARED] = index
  bits32[0] = index
  bits32[1] = HANDLE_TAG
  return bits64[0]
}

/** The value of a handle. */
export function bitsToExtern(bits: number): unknown {
  if (bits === 0) return null
  bits64[0] = bits
  return values[bits32[0]]
}

export function addHandleRoot(root: HandleRoot): void {
  roots.add(new WeakRef(root))
}

/** Marks every handle among the 8-byte words that begin at `words[from]`; `words` is a view in 4-byte units. */
export function markWords(words: Uint32Array, from: number, to: number): void {
  for (let i = from; i < to; i += 2) {
    if (words[i + 1] === HANDLE_TAG && words[i] < marks.length) marks[words[i]] = 1
  }
}

/** Number of values that handles keep alive (for tests and statistics). */
export function liveHandles(): number {
  return live
}

export function sweep(): void {
  marks = new Uint8Array(values.length)
  for (const index of newest) marks[index] = 1
  for (const weak of roots) {
    const root = weak.deref()
    if (root === undefined) roots.delete(weak)
    else root.markHandles()
  }
  markWords(slab.u32, 0, slab.u32.length)
  for (const fiber of fibers.values()) {
    const words = new Uint32Array(addon.view(fiber.low, fiber.high - fiber.low))
    markWords(words, 0, words.length)
  }
  for (const index of freeList) marks[index] = 1
  for (let index = 1; index < values.length; index++) {
    if (marks[index] !== 0) continue
    values[index] = undefined
    freeList.push(index)
    live--
  }
  sweepAt = Math.max(FIRST_SWEEP, live * 2)
}
