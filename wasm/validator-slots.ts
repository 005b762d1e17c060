/**
 * Where the validator's scan finds the types of locals, and notes their uses for the facts (facts.ts).
 *
 * A slot is an index into three parallel arrays. `local.get` has slots apart from those of `local.set` and `local.tee`,
 * so uses are told from assignments; a loop contains one when the slot's newest position is inside it. So noting one
 * is two stores, however many loops there are around it and whatever the index.
 *
 * The arrays are one for all validators: each prepares them when it starts a body, and bodies are validated one at a time.
 */

/** Locals that have slots: those whose index is one byte. The general step knows the others. */
export const SLOTS = 0x80

/** The first slots of uses and of assignments; the slots of a local are these plus its index. */
export const USE = 0
export const ASSIGNMENT = SLOTS

export const slotTypes = new Int32Array(2 * SLOTS)
/** Sum of the weights of what was noted, up to a limit: integers, because V8's interpreter allocates every float. */
export const slotWeights = new Int32Array(2 * SLOTS)
export const MAX_SLOT_WEIGHT = 0x3fffffff
/** Position of what was noted last, -1 for never. */
export const slotPositions = new Int32Array(2 * SLOTS)
