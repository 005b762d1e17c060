/**
 * What the translator wants to know of a validated body before it starts, from a walk over its opcodes: the types of its locals, and
 * for each loop which locals are assigned in it. The validator finds out the same and more (wasm/facts.ts); what is inlined
 * was validated long ago, though, and this compiler shall need nothing of it.
 *
 * Loops are counted as they stand, in unreachable code, too. Locals are hashed into 64 bits (`index & 63`): a set bit means
 * "maybe assigned", a clear bit "surely not".
 */
import { grown } from '../../grown.js'
import { Op } from '../../../wasm/opcodes.js'
import type { FuncType } from '../../../wasm/types.js'
import { Cursor } from '../../../wasm/cursor.js'

const INITIAL_CAPACITY = 64

/** What the stack of open blocks says of those that are no loops. */
const NO_LOOP = -1

export class BodyFacts {
  /** Value type of every local, parameters first; valid up to `localCount`. */
  localTypes = new Int32Array(INITIAL_CAPACITY)
  localCount = 0
  /** By loop, in the order of the `loop` opcodes: locals assigned in it or in loops inside of it. */
  loopCount = 0
  loopAssignedLo = new Int32Array(INITIAL_CAPACITY)
  loopAssignedHi = new Int32Array(INITIAL_CAPACITY)
  /** By open block: its loop, or NO_LOOP. */
  private open = new Int32Array(INITIAL_CAPACITY)
  /** By loop: the loop around it, or NO_LOOP. */
  private around = new Int32Array(INITIAL_CAPACITY)
  private readonly cursor = new Cursor()

  /** Learns about the body `bytes[start, end)` of a function of this type. */
  learn(type: FuncType, bytes: Uint8Array, start: number, end: number): void {
    const { cursor } = this
    cursor.bytes = bytes
    cursor.pos = start
    this.readLocals(type)
    this.loopCount = 0
    let depth = 0
    let loop = NO_LOOP
    while (cursor.pos < end) {
      const op = cursor.opcode()
      if (op === Op.LocalSet || op === Op.LocalTee) {
        this.assign(loop, cursor.u32())
        continue
      }
      cursor.skipImmediates(op)
      if (op === Op.Block || op === Op.If || op === Op.Loop) {
        if (depth === this.open.length) this.open = grown(this.open)
        if (op === Op.Loop) loop = this.addLoop(loop)
        this.open[depth++] = op === Op.Loop ? loop : NO_LOOP
      } else if (op === Op.End && depth > 0) {
        const closed = this.open[--depth]
        if (closed !== NO_LOOP) loop = this.closeLoop(closed)
      }
    }
  }

  private readLocals(type: FuncType): void {
    const { cursor } = this
    const params = type.params.length
    this.localCount = 0
    this.reserveLocals(params)
    for (let i = 0; i < params; i++) this.localTypes[i] = type.params[i]
    this.localCount = params
    for (let groups = cursor.u32(); groups > 0; groups--) {
      const count = cursor.u32()
      const local = cursor.bytes[cursor.pos]
      cursor.s32()
      this.reserveLocals(this.localCount + count)
      this.localTypes.fill(local, this.localCount, this.localCount + count)
      this.localCount += count
    }
  }

  private reserveLocals(count: number): void {
    if (count > this.localTypes.length) this.localTypes = grown(this.localTypes, count)
  }

  private addLoop(around: number): number {
    const loop = this.loopCount++
    if (loop === this.around.length) {
      this.around = grown(this.around)
      this.loopAssignedLo = grown(this.loopAssignedLo)
      this.loopAssignedHi = grown(this.loopAssignedHi)
    }
    this.around[loop] = around
    this.loopAssignedLo[loop] = 0
    this.loopAssignedHi[loop] = 0
    return loop
  }

  private assign(loop: number, local: number): void {
    if (loop === NO_LOOP) return
    const bit = 1 << (local & 31)
    if ((local & 32) === 0) this.loopAssignedLo[loop] |= bit
    else this.loopAssignedHi[loop] |= bit
  }

  /** @returns the loop around it */
  private closeLoop(loop: number): number {
    const outer = this.around[loop]
    if (outer !== NO_LOOP) {
      this.loopAssignedLo[outer] |= this.loopAssignedLo[loop]
      this.loopAssignedHi[outer] |= this.loopAssignedHi[loop]
    }
    return outer
  }
}
