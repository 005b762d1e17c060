/**
 * The blocks of the machine code: those of the IR (calls-last.ts says in which order), and one for each critical edge, right after the
 * block it leaves, so that moves along an edge always have a place. Also the order in which they are emitted.
 */
import { sized } from '../../grown.js'
import type { Cfg } from '../ir/cfg.js'
import type { IrFunction } from '../ir/function.js'
import { IrOp } from '../ir/ops.js'
import type { Loops } from '../ir/loops.js'
import type { CallsLast } from './calls-last.js'
import type { VCode } from './vcode.js'

export class BlockOrder {
  /** IR block of each machine block, -1 for that of an edge. */
  irBlock = new Int32Array(64)
  /** Block call (offset in the IR's pool) of an edge's block. */
  edgeCall = new Int32Array(64)
  /** Machine block by IR block. */
  blockOf = new Int32Array(64)
  /** First entry in `target` of each machine block's terminator. */
  targetStart = new Int32Array(64)
  /** Machine blocks that the block calls of terminators lead to: an edge's block or the IR block's. */
  target = new Int32Array(64)
  private targetCount = 0
  /** By loop header: the block of its last critical back edge, -1 for none. */
  private turnOf = new Int32Array(64)
  /** Edge block to an IR block without arguments, from the terminator at hand; shared by the entries of a table. */
  private shared = new Int32Array(64)

  compute(f: IrFunction, cfg: Cfg, loops: Loops, callsLast: CallsLast, code: VCode): void {
    const { order } = callsLast
    let edges = 0
    for (let i = 0; i < cfg.count; i++) edges += f.successorCount(f.lastInst[cfg.rpo[i]])
    const most = cfg.count + edges
    this.irBlock = sized(this.irBlock, most)
    this.edgeCall = sized(this.edgeCall, most)
    this.targetStart = sized(this.targetStart, most)
    this.target = sized(this.target, edges)
    this.blockOf = sized(this.blockOf, f.blockCount)
    this.shared = sized(this.shared, f.blockCount)
    this.shared.fill(-1, 0, f.blockCount)
    code.reserveBlocks(most)
    this.targetCount = 0
    let count = 0
    for (let i = 0; i < cfg.count; i++) {
      const block = order[i]
      const number = count++
      this.irBlock[number] = block
      this.blockOf[block] = number
      code.blockLoopDepth[number] = loops.depthOf(block)
      code.blockIsHeader[number] = loops.isHeader(block) ? 1 : 0
      code.blockIsCold[number] = f.cold[block]
      this.targetStart[number] = this.targetCount
      count = this.splitEdges(f, cfg, loops, code, block, count)
    }
    code.blockCount = count
    // Now that all numbers are known, plain edges get their blocks.
    for (let k = 0; k < this.targetCount; k++) {
      if (this.target[k] < 0) this.target[k] = this.blockOf[~this.target[k]]
    }
    this.layOut(f, cfg, callsLast, code)
  }

  private splitEdges(f: IrFunction, cfg: Cfg, loops: Loops, code: VCode, block: number, first: number): number {
    const last = f.lastInst[block]
    const successors = f.successorCount(last)
    let count = first
    for (let k = 0; k < successors; k++) {
      const call = f.successorCall(last, k)
      const to = f.pool[call]
      const critical = successors > 1 && cfg.predStart[to + 1] - cfg.predStart[to] > 1
      if (!critical) {
        this.target[this.targetCount++] = ~to
        continue
      }
      const plain = f.pool[call + 1] === 0
      if (plain && this.shared[to] >= first) {
        this.target[this.targetCount++] = this.shared[to]
        continue
      }
      if (plain) this.shared[to] = count
      this.irBlock[count] = -1
      this.edgeCall[count] = call
      this.targetStart[count] = this.targetCount
      code.blockLoopDepth[count] = Math.min(loops.depthOf(block), loops.depthOf(to))
      code.blockIsHeader[count] = 0
      code.blockIsCold[count] = f.cold[block] | f.cold[to]
      this.target[this.targetCount++] = count++
    }
    return count
  }

  private findTurns(f: IrFunction, cfg: Cfg, callsLast: CallsLast, code: VCode): void {
    this.turnOf = sized(this.turnOf, f.blockCount)
    this.turnOf.fill(-1, 0, f.blockCount)
    for (let number = 0, from = f.entry; number < code.blockCount; number++) {
      if (this.irBlock[number] >= 0) {
        from = this.irBlock[number]
        continue
      }
      const to = f.pool[this.edgeCall[number]]
      // In reverse postorder, what leads backwards closes a loop. Where a turn calls, entering counts as much.
      if (cfg.rpoIndex[to] <= cfg.rpoIndex[from] && callsLast.avoided[from] === 0) this.turnOf[to] = number
    }
  }

  /**
   * The IR's layout. An edge's block follows the block it leaves, or stands at the end when it leads to cold code. That of a
   * back edge stands before its loop, so that a turn takes one jump and not two; who enters the loop jumps over it.
   */
  private layOut(f: IrFunction, cfg: Cfg, callsLast: CallsLast, code: VCode): void {
    let at = 0
    this.findTurns(f, cfg, callsLast, code)
    for (let pass = 0; pass < 2; pass++) {
      for (let block = f.entry; block >= 0; block = f.blockNext[block]) {
        if (!cfg.isReachable(block)) continue
        const number = this.blockOf[block]
        if (pass === 0) {
          if (this.turnOf[block] >= 0) code.blockLayout[at++] = this.turnOf[block]
          code.blockLayout[at++] = number
        }
        // The edge taken when a branch is not comes first: it can follow without a jump.
        let end = number + 1
        while (end < code.blockCount && this.irBlock[end] < 0) end++
        const table = f.op[f.lastInst[block]] === IrOp.BrTable
        for (let i = number + 1; i < end; i++) {
          const edge = table ? i : end + number - i
          if (this.turnOf[f.pool[this.edgeCall[edge]]] === edge) continue
          const cold = f.cold[f.pool[this.edgeCall[edge]]] !== 0 && f.cold[block] === 0
          if (cold === (pass === 1)) code.blockLayout[at++] = edge
        }
      }
    }
  }
}
