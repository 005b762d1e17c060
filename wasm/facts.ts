/**
 * What the validator learns about a function body on its way and the tiers want to know before they start: weights of
 * locals, the extent and contents of loops, the height of the operand stack.
 *
 * A one-pass code generator meets a loop header before it has seen the loop. Since every body is walked once for
 * validation anyway, that walk leaves these facts behind in reused typed arrays (nothing is allocated for a function),
 * and the code generator can keep the hottest locals in registers across loops and calls.
 *
 * Locals are hashed into 64 bits (`index & 63`) for the per-loop sets: a set bit means "maybe", a clear bit "surely not".
 */
import { declareMutable } from './mutable-fields.js'

export class FunctionFacts {
  /** Value type of every local, parameters first; valid up to `localCount`. */
  localTypes = new Int32Array(64)
  localCount = 0
  /** Uses and assignments of every local, each weighted by loop depth; valid up to `localCount`. */
  localWeight = new Int32Array(64)
  /** Greatest number of operands on the stack at once. */
  maxHeight = 0
  /** True when the body has any call (direct or indirect). */
  hasCalls = false
  /** Loops in the order in which their `loop` opcodes stand in the body. */
  loopCount = 0
  loopUsedLo = new Int32Array(32)
  loopUsedHi = new Int32Array(32)
  loopAssignedLo = new Int32Array(32)
  loopAssignedHi = new Int32Array(32)
  /** 1 when the loop, inner loops included, has any call. */
  loopHasCall = new Uint8Array(32)

  constructor() {
    declareMutable(this)
  }

  /** Makes room for `count` locals and forgets the previous function. */
  reset(count: number): void {
    if (this.localTypes.length < count) {
      const size = Math.max(count, this.localTypes.length * 2)
      this.localTypes = new Int32Array(size)
      this.localWeight = new Int32Array(size)
    }
    this.localCount = count
    this.loopCount = 0
  }

  /** Adds the record of the next loop: locals used, locals assigned (each in 64 bits), and whether it has calls. */
  addLoop(usedLo: number, usedHi: number, assignedLo: number, assignedHi: number, hasCall: number): void {
    const loop = this.loopCount++
    if (loop === this.loopUsedLo.length) this.growLoops()
    this.loopUsedLo[loop] = usedLo
    this.loopUsedHi[loop] = usedHi
    this.loopAssignedLo[loop] = assignedLo
    this.loopAssignedHi[loop] = assignedHi
    this.loopHasCall[loop] = hasCall
  }

  private growLoops(): void {
    const size = this.loopUsedLo.length * 2
    const grow = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const next = new Int32Array(size)
      next.set(old)
      return next
    }
    this.loopUsedLo = grow(this.loopUsedLo)
    this.loopUsedHi = grow(this.loopUsedHi)
    this.loopAssignedLo = grow(this.loopAssignedLo)
    this.loopAssignedHi = grow(this.loopAssignedHi)
    const calls = new Uint8Array(size)
    calls.set(this.loopHasCall)
    this.loopHasCall = calls
  }
}
