/**
 * Which calls in loops are rare: so rare that what the loop keeps in registers is better saved and brought back around
 * them than left in slots all the time, as a call on the way of every turn would have it.
 *
 * The calls of a loop are rare together or not at all, since each costs a store and a load for every value.
 */
import { sized } from '../../grown.js'
import type { Float } from '../../numbers.js'
import { InstFlag, type VCode } from '../lower/vcode.js'
import type { BlockLoops } from './loops.js'

/** Calls in a turn up to which they are rare. */
const MAX_CALLS_A_TURN: Float = 0.5

export class RareCalls {
  /** By block: where the loop begins and ends in which the block's calls are rare; the end is 0 for other blocks. */
  from = new Int32Array(64)
  until = new Int32Array(64)
  /** By header: expected calls in all turns, not counting those of inner loops. */
  private calls = new Float64Array(64)

  compute(code: VCode, loops: BlockLoops): void {
    const { blockCount } = code
    const { header, frequency, end } = loops
    this.from = sized(this.from, blockCount)
    this.until = sized(this.until, blockCount)
    if (this.calls.length < blockCount) this.calls = new Float64Array(blockCount * 2)
    this.until.fill(0, 0, blockCount)
    this.calls.fill(0, 0, blockCount)
    for (let block = 0; block < blockCount; block++) {
      if (header[block] >= 0) this.calls[header[block]] += frequency[block] * countCalls(code, block)
    }
    for (let block = 0; block < blockCount; block++) {
      const loop = header[block]
      if (loop < 0 || this.calls[loop] > MAX_CALLS_A_TURN * frequency[loop]) continue
      this.from[block] = code.blockStart[loop] * 4
      this.until[block] = end[loop]
    }
  }
}

function countCalls(code: VCode, block: number): number {
  let count = 0
  for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) {
    if ((code.flags[code.order[index]] & InstFlag.ClobberAll) !== 0) count++
  }
  return count
}
