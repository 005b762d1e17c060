/**
 * States of memory, and of globals and tables, by number. A store or a call makes a new one, a join of different ones too, and so does
 * every loop header. A state's number is the same on all paths from where it was made to a use, and these never pass a loop
 * header, so it is one state at run time, too. (Must-alias only, as in Cranelift's alias_analysis.rs: one region for all memories,
 * one for globals and tables.)
 *
 * A state that a store made leads back to the one before it, for loads of what that store does not touch.
 */
import type { Cfg } from '../ir/cfg.js'
import type { IrFunction } from '../ir/function.js'
import { IrOp } from '../ir/ops.js'
import { toUnsigned } from '../../numbers.js'
import { accessBytes } from '../ir/types.js'
import { grown } from '../../grown.js'

/** Stores that a load looks behind: so the work stays linear. */
const MAX_STORES = 8

export class MemoryStates {
  private f!: IrFunction
  private cfg!: Cfg
  private memory = 0
  private others = 0
  private count = 0
  /** By state: the store that made it, -1 for none, and the state before that. */
  private store = new Int32Array(64)
  private before = new Int32Array(64)
  /** At the end of each block; 0: not known yet. */
  private memoryAtEnd = new Int32Array(64)
  private othersAtEnd = new Int32Array(64)

  reset(f: IrFunction, cfg: Cfg): void {
    this.f = f
    this.cfg = cfg
    this.count = 0
    if (this.memoryAtEnd.length < f.blockCount) {
      const size = Math.max(f.blockCount, 2 * this.memoryAtEnd.length)
      this.memoryAtEnd = new Int32Array(size)
      this.othersAtEnd = new Int32Array(size)
    }
    this.memoryAtEnd.fill(0, 0, f.blockCount)
    this.othersAtEnd.fill(0, 0, f.blockCount)
  }

  enterBlock(block: number): void {
    this.memory = this.joined(block, this.memoryAtEnd)
    this.others = this.joined(block, this.othersAtEnd)
  }

  leaveBlock(block: number): void {
    this.memoryAtEnd[block] = this.memory
    this.othersAtEnd[block] = this.others
  }

  private joined(block: number, atEnd: Int32Array): number {
    const { preds, predStart } = this.cfg
    const first = predStart[block]
    const end = predStart[block + 1]
    const state = first < end ? atEnd[preds[first]] : 0
    if (state === 0) return this.made(-1, 0)
    for (let e = first + 1; e < end; e++) if (atEnd[preds[e]] !== state) return this.made(-1, 0)
    return state
  }

  private made(store: number, before: number): number {
    const state = ++this.count
    if (state === this.store.length) {
      this.store = grown(this.store)
      this.before = grown(this.before)
    }
    this.store[state] = store
    this.before[state] = before
    return state
  }

  /** Something may have changed anything. */
  forget(): void {
    this.memory = this.made(-1, 0)
    this.others = this.made(-1, 0)
  }

  /** The state that a store makes. */
  writtenBy(inst: number): number {
    if (this.f.op[inst] === IrOp.Store) return (this.memory = this.made(inst, this.memory))
    return (this.others = this.made(inst, this.others))
  }

  /** The state that a load reads. */
  readBy(inst: number): number {
    let state = this.f.op[inst] === IrOp.Load ? this.memory : this.others
    for (let i = 0; i < MAX_STORES; i++) {
      const store = this.store[state]
      if (store < 0 || !this.isElsewhere(store, inst)) break
      state = this.before[state]
    }
    return state
  }

  /** True when a store and a load of its kind cannot touch the same bytes. Their addresses are in the form of addresses.ts. */
  private isElsewhere(store: number, load: number): boolean {
    const { f } = this
    const { op, arg0, aux, immLo, immHi } = f
    // Two imported globals may be one.
    if (op[store] === IrOp.GlobalSet) return op[load] !== IrOp.GlobalGet
    if (op[store] !== IrOp.Store || arg0[store] !== arg0[load] || (immHi[store] | immHi[load]) !== 0) return false
    const written = toUnsigned(immLo[store])
    const read = toUnsigned(immLo[load])
    return written + accessBytes(aux[store]) <= read || read + accessBytes(aux[load]) <= written
  }
}
