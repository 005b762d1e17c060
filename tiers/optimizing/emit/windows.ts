/**
 * Where code lies in the windows of 64 bytes by which processors predict branches and cache decoded instructions. Optimized code begins at a window
 * (OPTIMIZED_ALIGN), so that all of it is known here, and how fast a function is does not depend on where it was put.
 *
 * Three things are worth padding, all in loops only, since code that runs once is better dense:
 *
 * - A jump that crosses a boundary, or is parted from the comparison that it would be decoded with, is found by its end, in a second window: on
 *   Golden Cove the kernel `ackermann` takes 17% longer for two of them.
 * - A tight loop that is in two windows takes a cycle more each turn, where a turn takes few (the kernel `sieve`: 15%).
 * - A loop that begins with a search for what a br_table selects, as a lexer's does: after each wrong prediction it reaches its first jump late when that
 *   is in a second window (the kernel `lexer` takes 10% longer), and 5% are lost at some places where it is not. It begins a window.
 *
 * Other loops need no place of their own.
 */
import { OPTIMIZED_ALIGN } from '../../compiled.js'
import { ERRATUM_WINDOW, type Assembler } from '../../isa/x64/assembler.js'
import { K } from '../lower/kinds.js'
import type { VCode } from '../lower/vcode.js'
import { branchTableBytes, hasTable, SEARCH_BYTES } from './branch-table.js'
import type { Layout } from './layout.js'
import type { Reach } from './reach.js'
import { LOOP_ALIGN } from './sizes.js'

/** Longest loops that are kept in one window: beyond, a turn has so much to do that a cycle is little, and the padding is much. */
const MAX_TIGHT = 48
/** How much the estimate of such a loop is too high, in most. */
const SURPLUS = 8

/** What jumps of a block that is not cold must not cross (Assembler.jumpWindow). */
export function jumpWindow(hasErratum: boolean, loopDepth: number): number {
  if (hasErratum) return ERRATUM_WINDOW
  return loopDepth > 0 ? OPTIMIZED_ALIGN : 0
}

/** Pads in front of the loop that begins with the block at a place. */
export function alignLoop(asm: Assembler, code: VCode, layout: Layout, reach: Reach, place: number): void {
  const size = tightBytes(code, layout, reach, place)
  asm.align(LOOP_ALIGN)
  const crosses = size > 0 && (asm.size & (OPTIMIZED_ALIGN - 1)) + size > OPTIMIZED_ALIGN
  if (crosses || searchesAtOnce(code, layout, reach, place)) asm.align(OPTIMIZED_ALIGN)
}

/** About how many bytes a tight loop has, 0 for another: one with loops in it, or too long. */
function tightBytes(code: VCode, layout: Layout, reach: Reach, place: number): number {
  const depth = code.blockLoopDepth[layout.emitted[place]]
  let end = place
  while (end < layout.count) {
    const inner = code.blockLoopDepth[layout.emitted[end]]
    if (inner < depth) break
    if (inner > depth) return 0
    end++
  }
  const size = reach.bytesBetween(place, end) - SURPLUS
  return size > MAX_TIGHT ? 0 : size
}

/** True for a loop whose first block ends with a search, and reaches its first jump in a window that it begins. */
function searchesAtOnce(code: VCode, layout: Layout, reach: Reach, place: number): boolean {
  const block = layout.emitted[place]
  if (code.kind[code.order[code.blockEnd[block] - 1]] !== K.JumpTable || hasTable(code, layout, block)) return false
  const size = reach.bytesBetween(place, place + 1) - branchTableBytes(code, layout, block) + SEARCH_BYTES
  return size <= OPTIMIZED_ALIGN
}
