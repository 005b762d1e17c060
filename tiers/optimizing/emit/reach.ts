/**
 * Which forward jumps are short ones, of two bytes instead of five or six.
 *
 * Code is written once and never moved, so how far a forward jump goes is not known when it is emitted. It is estimated: from
 * what instructions of each kind take at most in common code, every block has a place before the first byte is written. A
 * jump that is expected to reach gets the short form. Where that proves wrong, the assembler notes it, and the function is
 * emitted once more with long jumps: seldom, since the estimate is on the high side (TurboFan does the opposite, it
 * emits functions twice to find the jumps to shorten).
 */
import { Address, addressMode, K } from '../lower/kinds.js'
import { SLOT_BASE, type VCode } from '../lower/vcode.js'
import { branchTableBytes } from './branch-table.js'
import { slotOffset } from './frame.js'
import type { Layout } from './layout.js'
import { bytesOf, FAR_MOVE_BYTES, hasField, LOOP_ALIGN, MOVE_BYTES, WIDE_FIELD_BYTES } from './sizes.js'
import type { TailDuplication } from './tails.js'

/** How far a jump may be estimated to go: less than the 127 bytes that it can, for what was estimated too low. */
const NEAR = 112
/** The least displacement of one byte. */
const MIN_SHORT = -128

export class Reach {
  /** Set when distances are certain enough: not after a jump has proved too short, nor with jumps that are padded to small windows. */
  isUsed = false
  /** Estimated offset of the block at each place, and at the end. */
  private start = new Int32Array(64)
  /** By block: its place. */
  private placeOf = new Int32Array(64)

  begin(code: VCode, layout: Layout, tails: TailDuplication): void {
    if (this.placeOf.length < code.blockCount + 1) {
      this.start = new Int32Array(code.blockCount * 2)
      this.placeOf = new Int32Array(code.blockCount * 2)
    }
    let at = 0
    for (let place = 0; place < layout.count; place++) {
      const block = layout.emitted[place]
      if (code.blockIsHeader[block] !== 0) at += LOOP_ALIGN
      this.start[place] = at
      this.placeOf[block] = place
      at += blockBytes(code, layout, tails, block, place)
    }
    this.start[layout.count] = at
  }

  /** Bytes that the blocks from one place up to another are expected to take. */
  bytesBetween(from: number, to: number): number {
    return this.start[to] - this.start[from]
  }

  /**
   * Whether a jump at the end of the block at a place is expected to reach a block that comes later.
   * @param after bytes of the block that follow the jump
   */
  isNear(place: number, target: number, after: number): boolean {
    const to = this.placeOf[target]
    return this.isUsed && to > place && after + this.start[to] - this.start[place + 1] <= NEAR
  }
}

/** Bytes of a block's instructions and moves, with the copy that it ends with in place of a jump. */
function blockBytes(code: VCode, layout: Layout, tails: TailDuplication, block: number, place: number): number {
  let bytes = 0
  const { moves } = layout
  for (let i = layout.firstMove[block]; i < layout.firstMove[block + 1]; i++)
    bytes += moveBytes(moves.src[i], moves.dst[i])
  const end = code.blockEnd[block]
  for (let index = code.blockStart[block] + 1; index < end; index++) bytes += bytesAt(code, code.order[index])
  const last = code.kind[code.order[end - 1]]
  if (last === K.JumpTable) bytes += branchTableBytes(code, layout, block)
  if (last !== K.Jump) return bytes
  const target = layout.successor(block, 0)
  if (layout.follows(target, place)) return bytes - bytesOf[K.Jump]
  if (tails.takes(block, target)) bytes += blockBytes(code, layout, tails, target, place) - bytesOf[K.Jump]
  return bytes
}

/** Bytes of a move of the allocator between two places. */
function moveBytes(src: number, dst: number): number {
  const loc = Math.max(src, dst)
  return loc >= SLOT_BASE && slotOffset(loc) < MIN_SHORT ? FAR_MOVE_BYTES : MOVE_BYTES
}

function bytesAt(code: VCode, inst: number): number {
  const kind = code.kind[inst]
  let bytes = bytesOf[kind]
  if (hasField[kind] === 0) return bytes
  const imm = code.imm[inst]
  if ((imm << 24) >> 24 !== imm) bytes += WIDE_FIELD_BYTES
  // A scale, an escape, or a prefix.
  if (kind !== K.Const && addressMode(code.flags[inst]) !== Address.Context) bytes++
  return bytes
}
