/**
 * Which virtual registers are live where a block begins: backward data flow over bit sets, to a fixed point. Exact for
 * any order of the blocks, so that neither loops nor cold code need be contiguous.
 */
import { isDefKind, OP_KIND_MASK, OpKind, type VCode } from '../lower/vcode.js'

export class Liveness {
  /** Words of one block's set. */
  words = 0
  /** Sets by block: live on entry, without and at the end with nothing of the block's own parameters. */
  liveIn: Int32Array = new Int32Array(0)
  liveOut: Int32Array = new Int32Array(0)
  private gen: Int32Array = new Int32Array(0)
  private kill: Int32Array = new Int32Array(0)

  compute(code: VCode): void {
    const words = (code.vregCount + 31) >> 5
    const total = words * code.blockCount
    this.words = words
    if (this.liveIn.length < total) {
      const size = Math.max(total, this.liveIn.length * 2)
      this.liveIn = new Int32Array(size)
      this.liveOut = new Int32Array(size)
      this.gen = new Int32Array(size)
      this.kill = new Int32Array(size)
    } else {
      this.liveOut.fill(0, 0, total)
      this.gen.fill(0, 0, total)
      this.kill.fill(0, 0, total)
    }
    for (let block = 0; block < code.blockCount; block++) this.local(code, block)
    this.liveIn.set(this.gen.subarray(0, total))
    for (let changed = true; changed;) {
      changed = false
      for (let block = code.blockCount - 1; block >= 0; block--) if (this.flow(code, block)) changed = true
    }
  }

  /** True when a register is live where a block begins. */
  isLiveIn(block: number, vreg: number): boolean {
    return ((this.liveIn[block * this.words + (vreg >> 5)] >>> (vreg & 31)) & 1) !== 0
  }

  /** What a block reads before it writes it, and what it writes. */
  private local(code: VCode, block: number): void {
    const { kill } = this
    const base = block * this.words
    const params = code.blockParams[block]
    for (let i = 0; i < code.blockParamCount[block]; i++) {
      const vreg = code.pool[params + i]
      kill[base + (vreg >> 5)] |= 1 << (vreg & 31)
    }
    for (let index = code.blockStart[block]; index < code.blockEnd[block]; index++) {
      const inst = code.order[index]
      const start = code.operandStart[inst]
      const end = start + code.operandCount[inst]
      for (let at = start; at < end; at++) {
        const kind = code.opKind[at] & OP_KIND_MASK
        if (isDefKind(kind) || kind >= OpKind.Temp) continue
        this.use(base, code.opVreg[at])
      }
      for (let at = start; at < end; at++) {
        if (!isDefKind(code.opKind[at] & OP_KIND_MASK)) continue
        const vreg = code.opVreg[at]
        kill[base + (vreg >> 5)] |= 1 << (vreg & 31)
      }
    }
    let edge = code.blockSuccs[block]
    for (let i = 0; i < code.blockSuccCount[block]; i++) {
      const args = code.pool[edge + 1]
      for (let k = 0; k < args; k++) {
        const vreg = code.pool[edge + 2 + k]
        this.use(base, vreg)
        this.liveOut[base + (vreg >> 5)] |= 1 << (vreg & 31)
      }
      edge += 2 + args
    }
  }

  private use(base: number, vreg: number): void {
    const word = base + (vreg >> 5)
    const bit = 1 << (vreg & 31)
    if ((this.kill[word] & bit) === 0) this.gen[word] |= bit
  }

  private flow(code: VCode, block: number): boolean {
    const { words, liveIn, liveOut, gen, kill } = this
    const base = block * words
    let changed = false
    let edge = code.blockSuccs[block]
    for (let i = 0; i < code.blockSuccCount[block]; i++) {
      const from = code.pool[edge] * words
      for (let w = 0; w < words; w++) {
        const next = liveOut[base + w] | liveIn[from + w]
        if (next === liveOut[base + w]) continue
        liveOut[base + w] = next
        changed = true
      }
      edge += 2 + code.pool[edge + 1]
    }
    if (!changed) return false
    for (let w = 0; w < words; w++) liveIn[base + w] = gen[base + w] | (liveOut[base + w] & ~kill[base + w])
    return true
  }
}
