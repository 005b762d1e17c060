/**
 * The jump table's entries: `jmp rel32` and padding, 8 bytes at a multiple of 8, so that one store changes an entry while
 * other threads run through it (docs/architecture.md, "Words that threads share").
 */

/** Bytes of an entry: `jmp rel32` (5), padded. */
export const JUMP_SIZE = 8
/** Length of the instruction itself. */
export const JUMP_LENGTH = 5

const JMP_REL32 = 0xe9

/** The 8 bytes of an entry, as a 64-bit integer below 2^53, whose jump goes `distance` bytes from its end. */
export function jumpEntry(distance: number): number {
  return JMP_REL32 + (distance >>> 0) * 0x100
}

/** The same in two words. */
export function jumpLow(distance: number): number {
  return JMP_REL32 | (distance << 8)
}

export function jumpHigh(distance: number): number {
  return distance >>> 24
}
