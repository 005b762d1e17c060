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
import type { VCode } from '../lower/vcode.js'
import { bytesOf, hasField, LOOP_ALIGN, MOVE_BYTES, SEARCH_BYTES, WIDE_FIELD_BYTES } from './sizes.js'

/** How far a jump may be estimated to go: less than the 127 bytes that it can, for what was estimated too low. */
const NEAR = 112

export class Reach {
  /** Set when distances are certain enough: not after a jump has proved too short, nor with jumps that are padded to small windows. */
  isUsed = false
  /** Estimated offset of the block at each place, and at the end. */
  private start = new Int32Array(64)
  /** By block: its place. */
  private placeOf = new Int32Array(64)

  /**
   * @param emitted the blocks in order, `count` of them: their indices are places
   * @param firstMove by block: number of its first move
   */
  begin(code: VCode, emitted: Int32Array, count: number, firstMove: Int32Array): void {
    if (this.placeOf.length < code.blockCount + 1) {
      this.start = new Int32Array(code.blockCount * 2)
      this.placeOf = new Int32Array(code.blockCount * 2)
    }
    let at = 0
    for (let place = 0; place < count; place++) {
      const block = emitted[place]
      if (code.blockIsHeader[block] !== 0) at += LOOP_ALIGN
      this.start[place] = at
      this.placeOf[block] = place
      at += MOVE_BYTES * (firstMove[block + 1] - firstMove[block])
      for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++)
        at += bytesAt(code, code.order[index])
    }
    this.start[count] = at
  }

  /** Bytes that the blocks from one place up to another are expected to take. */
  bytesBetween(from: number, to: number): number {
    return this.start[to] - this.start[from]
  }

  /** Whether jumps over so many bytes are short. */
  isNearBy(bytes: number): boolean {
    return this.isUsed && bytes <= NEAR
  }

  /** Whether a jump at the end of the block at a place is expected to reach a block that comes later. */
  isNear(place: number, target: number): boolean {
    const to = this.placeOf[target]
    return this.isUsed && to > place && this.start[to] - this.start[place + 1] <= NEAR
  }
}

function bytesAt(code: VCode, inst: number): number {
  const kind = code.kind[inst]
  let bytes = bytesOf[kind]
  if (kind === K.JumpTable) return Math.min(bytes + code.imm[inst] * SEARCH_BYTES, 2 * NEAR)
  if (hasField[kind] === 0) return bytes
  const imm = code.imm[inst]
  if ((imm << 24) >> 24 !== imm) bytes += WIDE_FIELD_BYTES
  // A scale, an escape, or a prefix.
  if (kind !== K.Const && addressMode(code.flags[inst]) !== Address.Context) bytes++
  return bytes
}
