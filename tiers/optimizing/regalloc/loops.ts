/**
 * The loops of machine code, and how often each block is expected to run.
 *
 * Blocks are numbered in the order in which they are allocated, which is not one of control flow: blocks that call stand behind all
 * others (lower/calls-last.ts), so an edge to a smaller number may just lead back from there. What closes a loop is an edge backwards
 * in a reverse postorder; as control flow is reducible, its target is the loop's header and dominates it.
 *
 * Frequencies are guesses from the shape of the code alone: the entry runs once, a loop turns TURNS times, a branch goes each way as
 * often, but out of loops and into cold blocks rarely (Wu and Larus, "Static Branch Frequency and Program Profile Analysis", 1994).
 */
import { sized } from '../../grown.js'
import { ratio, type Float } from '../../numbers.js'
import type { VCode } from '../lower/vcode.js'

/** Turns that a loop takes each time it is entered. */
const TURNS = 8
/** Parts of a block's frequency that its ways out get: within its loop, out of it (one turn's), into cold code (1 in 256). */
const STAY: Float = 1
const EXIT: Float = 0.125
const COLD: Float = 0.00390625
/** Loops within loops stop adding up here, long before a number ends. */
const MAX_FREQUENCY: Float = 1e12

export class BlockLoops {
  /** All blocks in reverse postorder, the entry first; `count` of them. */
  order = new Int32Array(64)
  count = 0
  /** By block: header of its innermost loop (a header's is its own), -1 for none. */
  header = new Int32Array(64)
  /** By header: that of the loop around it, -1 for none. */
  outer = new Int32Array(64)
  /** By header: position where the last of the blocks ends that go back to it, 0 for other blocks. */
  turnEnd = new Int32Array(64)
  /** By header: position where the loop's last block ends, wherever that stands; 0 for other blocks. */
  end = new Int32Array(64)
  /** By block: how often it runs for each time that the function does. */
  frequency = new Float64Array(64)
  /** Place of each block in `order`. */
  private place = new Int32Array(64)
  private stack = new Int32Array(64)
  /** Of the blocks on the stack: edges not yet followed, and the next one in the pool. */
  private edgesLeft = new Int32Array(64)
  private edgeAt = new Int32Array(64)

  compute(code: VCode): void {
    const { blockCount } = code
    this.order = sized(this.order, blockCount)
    this.place = sized(this.place, blockCount)
    this.stack = sized(this.stack, blockCount)
    this.edgesLeft = sized(this.edgesLeft, blockCount)
    this.edgeAt = sized(this.edgeAt, blockCount)
    this.header = sized(this.header, blockCount)
    this.outer = sized(this.outer, blockCount)
    this.turnEnd = sized(this.turnEnd, blockCount)
    this.end = sized(this.end, blockCount)
    if (this.frequency.length < blockCount) this.frequency = new Float64Array(blockCount * 2)
    this.header.fill(-1, 0, blockCount)
    this.outer.fill(-1, 0, blockCount)
    this.turnEnd.fill(0, 0, blockCount)
    this.end.fill(0, 0, blockCount)
    this.frequency.fill(0, 0, blockCount)
    this.sort(code)
    for (let i = 0; i < this.count; i++) this.findTurns(code, this.order[i])
    this.frequency[0] = 1
    for (let i = 0; i < this.count; i++) this.flow(code, this.order[i])
    this.findEnds(code)
  }

  /** True for an edge that closes a loop. */
  isBackEdge(from: number, to: number): boolean {
    return this.place[to] <= this.place[from]
  }

  /** Frequency of the edge between two blocks; none is critical. */
  edgeFrequency(code: VCode, from: number, to: number): Float {
    return this.frequency[code.blockPredCount[to] === 1 ? to : from]
  }

  /** Reverse postorder by a depth-first search with an explicit stack. */
  private sort(code: VCode): void {
    const { order, place, stack, edgesLeft, edgeAt } = this
    place.fill(-1, 0, code.blockCount)
    let at = code.blockCount
    let top = this.meet(code, 0, 0)
    while (top > 0) {
      const block = stack[top - 1]
      if (edgesLeft[block] === 0) {
        top--
        order[--at] = block
        place[block] = at
        continue
      }
      edgesLeft[block]--
      const edge = edgeAt[block]
      edgeAt[block] = edge + 2 + code.pool[edge + 1]
      if (place[code.pool[edge]] < 0) top = this.meet(code, code.pool[edge], top)
    }
    // What cannot be reached is nowhere.
    this.count = code.blockCount - at
    order.copyWithin(0, at, code.blockCount)
  }

  /** Puts a block on the stack, whose new size is returned. It has no place yet, but is known. */
  private meet(code: VCode, block: number, top: number): number {
    this.place[block] = code.blockCount
    this.edgesLeft[block] = code.blockSuccCount[block]
    this.edgeAt[block] = code.blockSuccs[block]
    this.stack[top] = block
    return top + 1
  }

  private findTurns(code: VCode, block: number): void {
    let edge = code.blockSuccs[block]
    for (let i = code.blockSuccCount[block]; i > 0; i--) {
      const succ = code.pool[edge]
      if (this.isBackEdge(block, succ)) this.turnEnd[succ] = Math.max(this.turnEnd[succ], code.blockEnd[block] * 4)
      edge += 2 + code.pool[edge + 1]
    }
  }

  /** Hands a block's frequency on, and tells those after it their loops: all but a header are in loops of any block before it. */
  private flow(code: VCode, block: number): void {
    const { frequency, header, outer, turnEnd } = this
    if (turnEnd[block] > 0) {
      outer[block] = header[block]
      header[block] = block
      frequency[block] = Math.min(frequency[block] * TURNS, MAX_FREQUENCY)
    }
    const depth = code.blockLoopDepth[block]
    let whole: Float = 0
    for (let pass = 0; pass < 2; pass++) {
      let edge = code.blockSuccs[block]
      for (let i = code.blockSuccCount[block]; i > 0; i--) {
        const succ = code.pool[edge]
        edge += 2 + code.pool[edge + 1]
        let part: Float = STAY
        if (code.blockIsCold[succ] > code.blockIsCold[block]) part = COLD
        else if (code.blockLoopDepth[succ] < depth) part = EXIT
        if (pass === 0) whole += part
        else if (!this.isBackEdge(block, succ)) {
          frequency[succ] = Math.min(frequency[succ] + ratio(frequency[block] * part, whole), MAX_FREQUENCY)
          let loop = header[block]
          const around = code.blockLoopDepth[succ] - (turnEnd[succ] > 0 ? 1 : 0)
          while (loop >= 0 && code.blockLoopDepth[loop] > around) loop = outer[loop]
          header[succ] = loop
        }
      }
    }
  }

  private findEnds(code: VCode): void {
    const { header, outer, end, order } = this
    for (let i = this.count - 1; i >= 0; i--) {
      const block = order[i]
      const own = header[block]
      if (own < 0) continue
      end[own] = Math.max(end[own], code.blockEnd[block] * 4)
      // All blocks of a loop come after its header.
      if (own === block && outer[own] >= 0) end[outer[own]] = Math.max(end[outer[own]], end[own])
    }
  }
}
