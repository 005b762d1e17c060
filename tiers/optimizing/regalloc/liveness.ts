/**
 * Which virtual registers are live where a block begins: for each use that is not in its definition's block, the blocks
 * before it are marked back to the definition (Boissinot and others, "Computing Liveness Sets for SSA-Form Programs",
 * 2011). The code is in SSA form, so no fixed point is needed; time and memory are what the answer has, not registers
 * times blocks. Exact for any order of the blocks, so that neither loops nor cold code need be contiguous.
 */
import { grown, sized } from '../../grown.js'
import { limit, MAX_LIVE } from '../limits.js'
import { isDefKind, OP_KIND_MASK, OpKind, type VCode } from '../lower/vcode.js'

const INITIAL = 1024

export class Liveness {
  /** Registers live where block b begins, ascending: `live[start[b]]` up to, not including, `live[start[b + 1]]`. */
  start = new Int32Array(INITIAL)
  live = new Int32Array(INITIAL)

  /** Block that defines each register. */
  private defBlock = new Int32Array(INITIAL)
  /** Uses outside of the definition's block: by register a list of blocks, each block once. */
  private firstUse = new Int32Array(INITIAL)
  private useBlock = new Int32Array(INITIAL)
  private nextUse = new Int32Array(INITIAL)
  private useCount = 0
  /** Predecessors of block b: `preds[predStart[b]]` up to, not including, `preds[predStart[b + 1]]`. */
  predStart = new Int32Array(INITIAL)
  preds = new Int32Array(INITIAL)
  /** By block: the register that was found live there last. */
  private marked = new Int32Array(INITIAL)
  private stack = new Int32Array(INITIAL)
  /** What was found, in the order of registers. */
  private foundBlock = new Int32Array(INITIAL)
  private foundVreg = new Int32Array(INITIAL)
  private foundCount = 0

  /** @throws LimitError */
  compute(code: VCode): void {
    const { blockCount, vregCount } = code
    this.defBlock = sized(this.defBlock, vregCount)
    this.firstUse = sized(this.firstUse, vregCount)
    this.marked = sized(this.marked, blockCount)
    this.start = sized(this.start, blockCount + 1)
    this.defBlock.fill(-1, 0, vregCount)
    this.firstUse.fill(-1, 0, vregCount)
    this.marked.fill(-1, 0, blockCount)
    this.useCount = 0
    this.foundCount = 0
    this.findPredecessors(code)
    for (let block = 0; block < blockCount; block++) this.findDefinitions(code, block)
    for (let block = 0; block < blockCount; block++) this.findUses(code, block)
    for (let vreg = 0; vreg < vregCount; vreg++) {
      for (let use = this.firstUse[vreg]; use >= 0; use = this.nextUse[use]) this.mark(vreg, this.useBlock[use])
      limit(this.foundCount, MAX_LIVE, 'values live where blocks begin')
    }
    this.sortByBlock(blockCount)
  }

  private findPredecessors(code: VCode): void {
    const { blockCount } = code
    this.predStart = sized(this.predStart, blockCount + 1)
    const { predStart } = this
    let total = 0
    for (let block = 0; block < blockCount; block++) {
      total += code.blockPredCount[block]
      // The end for now: filling goes backwards and leaves the start.
      predStart[block] = total
    }
    predStart[blockCount] = total
    this.preds = sized(this.preds, total)
    for (let block = blockCount - 1; block >= 0; block--) {
      let edge = code.blockSuccs[block]
      for (let i = 0; i < code.blockSuccCount[block]; i++) {
        this.preds[--predStart[code.pool[edge]]] = block
        edge += 2 + code.pool[edge + 1]
      }
    }
  }

  private findDefinitions(code: VCode, block: number): void {
    const { defBlock } = this
    const { order, operandStart, operandCount, opKind, opVreg, pool } = code
    const params = code.blockParams[block]
    const paramsEnd = params + code.blockParamCount[block]
    for (let at = params; at < paramsEnd; at++) defBlock[pool[at]] = block
    const last = code.blockEnd[block]
    for (let index = code.blockStart[block]; index < last; index++) {
      const inst = order[index]
      const end = operandStart[inst] + operandCount[inst]
      for (let at = operandStart[inst]; at < end; at++) {
        if (isDefKind(opKind[at] & OP_KIND_MASK)) defBlock[opVreg[at]] = block
      }
    }
  }

  private findUses(code: VCode, block: number): void {
    const { defBlock } = this
    const { order, operandStart, operandCount, opKind, opVreg, pool } = code
    const last = code.blockEnd[block]
    for (let index = code.blockStart[block]; index < last; index++) {
      const inst = order[index]
      const end = operandStart[inst] + operandCount[inst]
      for (let at = operandStart[inst]; at < end; at++) {
        if ((opKind[at] & OP_KIND_MASK) < OpKind.Def && defBlock[opVreg[at]] !== block) this.addUse(opVreg[at], block)
      }
    }
    let edge = code.blockSuccs[block]
    for (let i = code.blockSuccCount[block]; i > 0; i--) {
      const args = pool[edge + 1]
      edge += 2
      for (let k = 0; k < args; k++) {
        const vreg = pool[edge + k]
        if (defBlock[vreg] !== block) this.addUse(vreg, block)
      }
      edge += args
    }
  }

  private addUse(vreg: number, block: number): void {
    const first = this.firstUse[vreg]
    if (first >= 0 && this.useBlock[first] === block) return
    const use = this.useCount++
    if (use === this.useBlock.length) {
      this.useBlock = grown(this.useBlock)
      this.nextUse = grown(this.nextUse)
    }
    this.useBlock[use] = block
    this.nextUse[use] = first
    this.firstUse[vreg] = use
  }

  /** The register is live where `block` begins, and so where those before it end, back to its definition. */
  private mark(vreg: number, block: number): void {
    const { marked, preds, predStart } = this
    const definition = this.defBlock[vreg]
    if (marked[block] === vreg) return
    marked[block] = vreg
    let depth = 0
    let at = block
    for (;;) {
      this.found(vreg, at)
      for (let i = predStart[at]; i < predStart[at + 1]; i++) {
        const pred = preds[i]
        if (pred === definition || marked[pred] === vreg) continue
        marked[pred] = vreg
        if (depth === this.stack.length) this.stack = grown(this.stack)
        this.stack[depth++] = pred
      }
      if (depth === 0) return
      at = this.stack[--depth]
    }
  }

  private found(vreg: number, block: number): void {
    const at = this.foundCount++
    if (at === this.foundBlock.length) {
      this.foundBlock = grown(this.foundBlock)
      this.foundVreg = grown(this.foundVreg)
    }
    this.foundBlock[at] = block
    this.foundVreg[at] = vreg
  }

  private sortByBlock(blockCount: number): void {
    const { start, foundBlock, foundVreg, foundCount } = this
    this.live = sized(this.live, foundCount)
    const { live } = this
    start.fill(0, 0, blockCount + 1)
    for (let i = 0; i < foundCount; i++) start[foundBlock[i]]++
    for (let block = 1; block <= blockCount; block++) start[block] += start[block - 1]
    for (let i = foundCount - 1; i >= 0; i--) live[--start[foundBlock[i]]] = foundVreg[i]
  }
}
