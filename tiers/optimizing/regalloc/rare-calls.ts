/**
 * Which calls in loops are rare: so rare that what the loop keeps in registers is better saved and brought back around
 * them than left in slots all the time, as a call on the way of every turn would have it.
 *
 * Frequencies are guesses: a turn of a loop counts 1, a branch goes each way as often, and leaving the loop is not counted.
 * The calls of a loop are rare together or not at all, since each costs a store and a load for every value.
 */
import { sized } from '../../grown.js'
import { InstFlag, type VCode } from '../lower/vcode.js'

/** Calls in a turn up to which they are rare. */
const MAX_CALLS_A_TURN = 0.5

export class RareCalls {
  /** By block: where the loop begins and ends in which the block's calls are rare; the end is 0 for other blocks. */
  from = new Int32Array(64)
  until = new Int32Array(64)
  /** By block: how often it runs in a turn of its innermost loop; of a header first how often the loop is entered in one of the outer. */
  private frequency = new Float64Array(64)
  private calls = new Float64Array(64)
  /** By block: header of its innermost loop, -1 for none; by header: that of the loop around. */
  private header = new Int32Array(64)
  private outer = new Int32Array(64)
  /** By header: end of its last block, 0 for blocks that are none. */
  private loopEnd = new Int32Array(64)

  compute(code: VCode): void {
    const { blockCount } = code
    this.from = sized(this.from, blockCount)
    this.until = sized(this.until, blockCount)
    this.header = sized(this.header, blockCount)
    this.outer = sized(this.outer, blockCount)
    this.loopEnd = sized(this.loopEnd, blockCount)
    if (this.frequency.length < blockCount) {
      this.frequency = new Float64Array(blockCount * 2)
      this.calls = new Float64Array(blockCount * 2)
    }
    this.until.fill(0, 0, blockCount)
    if (!this.findLoops(code)) return
    this.header.fill(-1, 0, blockCount)
    this.frequency.fill(0, 0, blockCount)
    this.calls.fill(0, 0, blockCount)
    this.frequency[0] = 1
    for (let block = 0; block < blockCount; block++) this.flow(code, block)
    this.findEnds(code)
    for (let block = 0; block < blockCount; block++) {
      const header = this.header[block]
      if (header < 0 || this.calls[header] > MAX_CALLS_A_TURN) continue
      this.from[block] = code.blockStart[header] * 4
      this.until[block] = this.loopEnd[header]
    }
  }

  /** Cold blocks of a loop may stand behind all others. */
  private findEnds(code: VCode): void {
    const { header, outer, loopEnd } = this
    for (let block = code.blockCount - 1; block >= 0; block--) {
      const own = header[block]
      if (own < 0) continue
      loopEnd[own] = Math.max(loopEnd[own], code.blockEnd[block] * 4)
      // All blocks of inner loops have been seen when their header is: it is the first.
      if (own === block && outer[own] >= 0) loopEnd[outer[own]] = Math.max(loopEnd[outer[own]], loopEnd[own])
    }
  }

  /** @returns whether there are any */
  private findLoops(code: VCode): boolean {
    this.loopEnd.fill(0, 0, code.blockCount)
    let any = false
    for (let block = 0; block < code.blockCount; block++) {
      let edge = code.blockSuccs[block]
      for (let i = code.blockSuccCount[block]; i > 0; i--) {
        const succ = code.pool[edge]
        // Blocks stand in ascending order, so that the last one stays.
        if (succ <= block) {
          this.loopEnd[succ] = code.blockEnd[block] * 4
          any = true
        }
        edge += 2 + code.pool[edge + 1]
      }
    }
    return any
  }

  private flow(code: VCode, block: number): void {
    const { frequency, header, outer, loopEnd } = this
    const depth = code.blockLoopDepth[block]
    if (loopEnd[block] > 0) {
      outer[block] = header[block]
      header[block] = block
    }
    const own = header[block]
    // A header is entered so often from outside; in its own loop it runs once a turn.
    const f = own === block ? 1 : Math.min(1, frequency[block])
    if (own >= 0) this.calls[own] += f * countCalls(code, block)
    let staying = 0
    let edge = code.blockSuccs[block]
    for (let i = code.blockSuccCount[block]; i > 0; i--) {
      if (code.blockLoopDepth[code.pool[edge]] >= depth) staying++
      edge += 2 + code.pool[edge + 1]
    }
    edge = code.blockSuccs[block]
    for (let i = code.blockSuccCount[block]; i > 0; i--) {
      const succ = code.pool[edge]
      edge += 2 + code.pool[edge + 1]
      if (succ <= block) continue
      let part = f
      let loop = own
      if (code.blockLoopDepth[succ] >= depth) part = f / staying
      for (; loop >= 0 && code.blockLoopDepth[loop] > code.blockLoopDepth[succ]; loop = outer[loop]) {
        part = Math.min(1, frequency[loop])
      }
      frequency[succ] += part
      header[succ] = loop
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
