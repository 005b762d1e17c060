/**
 * Moves that the allocation asks for: between the children of a split interval, into fixed registers, over inputs that a
 * result overwrites, along control flow edges, and stores of values that need their slot. All moves of one key happen at
 * once; `resolve` puts them in an order, through the reserved registers where they form cycles.
 *
 * A key is a position (4i: before instruction i; 4i+3: after it) or, for edges, 4i+1: at the end of the gap before a
 * block's last jump, or behind the head of a block with one predecessor; there 4i+2 are the stores of parameters.
 */
import { SCRATCH, SCRATCH_XMM } from '../../abi.js'
import { limit, MAX_MOVES } from '../limits.js'
import { SLOT_BASE, XMM_BASE } from '../lower/vcode.js'
import { grown, grownBytes } from '../../grown.js'
import { firstOf, pairKey, secondOf, sortKeys } from './sort.js'

export const SCRATCH_GPR_LOC = SCRATCH
export const SCRATCH_XMM_LOC = XMM_BASE + SCRATCH_XMM

const INITIAL = 256

export class Moves {
  /** Resolved moves in order, ready to be emitted one after the other. */
  count = 0
  key = new Int32Array(INITIAL)
  src = new Int32Array(INITIAL)
  dst = new Int32Array(INITIAL)

  private wantedCount = 0
  private wantedKey = new Int32Array(INITIAL)
  private wantedSrc = new Int32Array(INITIAL)
  private wantedDst = new Int32Array(INITIAL)
  private wantedXmm = new Uint8Array(INITIAL)
  /** Key, class and number of each; sorted by them. */
  private sorted = new Float64Array(INITIAL)

  /** The group being resolved: pending moves, and by location how many of them still read it. */
  private groupSize = 0
  private groupSrc = new Int32Array(INITIAL)
  private groupDst = new Int32Array(INITIAL)
  private readers = new Int32Array(INITIAL)

  reset(): void {
    this.count = 0
    this.wantedCount = 0
  }

  /** Asks for a move; `xmm` is the class of the value (a slot does not tell). */
  want(key: number, src: number, dst: number, xmm: boolean): void {
    if (src === dst) return
    const at = this.wantedCount++
    if (at === this.wantedKey.length) {
      this.wantedKey = grown(this.wantedKey)
      this.wantedSrc = grown(this.wantedSrc)
      this.wantedDst = grown(this.wantedDst)
      this.wantedXmm = grownBytes(this.wantedXmm)
      this.sorted = new Float64Array(at * 2)
    }
    this.wantedKey[at] = key
    this.wantedSrc[at] = src
    this.wantedDst[at] = dst
    this.wantedXmm[at] = xmm ? 1 : 0
  }

  /** Orders everything wanted; `slots` is the number of slots in use. */
  resolve(slots: number): void {
    const n = this.wantedCount
    limit(n, MAX_MOVES - 1, 'moves')
    if (this.readers.length < SLOT_BASE + slots) this.readers = new Int32Array(2 * (SLOT_BASE + slots))
    const { sorted } = this
    for (let i = 0; i < n; i++) sorted[i] = pairKey(this.wantedKey[i] * 2 + this.wantedXmm[i], i)
    sortKeys(sorted, n)
    let at = 0
    while (at < n) {
      const group = firstOf(sorted[at])
      this.groupSize = 0
      for (; at < n && firstOf(sorted[at]) === group; at++) {
        const i = secondOf(sorted[at])
        this.addToGroup(this.wantedSrc[i], this.wantedDst[i])
      }
      this.resolveGroup(group >> 1, (group & 1) !== 0)
    }
  }

  private addToGroup(src: number, dst: number): void {
    if (this.groupSize === this.groupSrc.length) {
      this.groupSrc = grown(this.groupSrc)
      this.groupDst = grown(this.groupDst)
    }
    this.groupSrc[this.groupSize] = src
    this.groupDst[this.groupSize++] = dst
    this.readers[src]++
  }

  /** Moves whose destination nobody reads any more go first; what then remains are cycles. */
  private resolveGroup(key: number, xmm: boolean): void {
    const { groupSrc, groupDst, readers } = this
    const scratch = xmm ? SCRATCH_XMM_LOC : SCRATCH_GPR_LOC
    // Between two slots the other class's scratch register is used: this one may hold a value of a broken cycle.
    const through = xmm ? SCRATCH_GPR_LOC : SCRATCH_XMM_LOC
    while (this.groupSize > 0) {
      let kept = 0
      for (let i = 0; i < this.groupSize; i++) {
        const src = groupSrc[i]
        const dst = groupDst[i]
        if (readers[dst] !== 0) {
          groupSrc[kept] = src
          groupDst[kept++] = dst
          continue
        }
        readers[src]--
        if (src >= SLOT_BASE && dst >= SLOT_BASE) {
          this.emit(key, src, through)
          this.emit(key, through, dst)
        } else {
          this.emit(key, src, dst)
        }
      }
      if (kept === this.groupSize) {
        // The victim's value is saved, so that the move into the victim can go.
        const victim = groupDst[0]
        this.emit(key, victim, scratch)
        for (let i = 0; i < kept; i++) {
          if (groupSrc[i] !== victim) continue
          groupSrc[i] = scratch
          readers[victim]--
          readers[scratch]++
        }
      }
      this.groupSize = kept
    }
  }

  private emit(key: number, src: number, dst: number): void {
    const at = this.count++
    if (at === this.key.length) {
      this.key = grown(this.key)
      this.src = grown(this.src)
      this.dst = grown(this.dst)
    }
    this.key[at] = key
    this.src[at] = src
    this.dst[at] = dst
  }
}
