/**
 * Which blocks are not expected to run, by what a traced guest passed and called (tiers/feedback.ts).
 *
 * While a function is translated, blocks are marked: Missed, where a call was not made or a loop not come to although the *context* was
 * passed often; Seen, where a call was made or a loop come to. The context of a place is the innermost loop around it that was passed, else the
 * start of its body; that of an inlined body is always its own start, since of how often this one call was made nothing is known.
 * Afterwards what was missed and not seen is cold, and so is what leads only there or comes only from there.
 *
 * It is a hint: cold blocks stand at the end and get what registers others leave, nothing else. What two traces or samples of another time say may
 * contradict itself; then what was seen counts. Without passes nothing is marked, and the code is the same as without this.
 */
import { feedbackFrom, FEEDBACK_WORDS, isOfCall, PASSED, timesPassed } from '../../feedback.js'
import { grown, grownBytes, sized } from '../../grown.js'
import { Cfg } from '../ir/cfg.js'
import type { IrFunction } from '../ir/function.js'

/**
 * Passes of a context from which on what was not seen counts as rare. What happens once in ten times is then overlooked once in five
 * contexts, and costs little there; a trace has some 64 events (runtime/call-trace.ts), so more would leave out most loops that call.
 */
export const OFTEN = 16

/** Marks of blocks, as bits. */
const SEEN = 1
const MISSED = 2

/** Context of what is inlined for a call that was missed: what is known of its body comes from other calls. */
const NOWHERE = -1
const NO_LOOP = -1
/** As the seed of made up passes: there are none. */
const NO_GUESS = -1

export class Likelihood {
  private readonly guess: number
  private feedback: Int32Array = new Int32Array(0)
  /** Whether there is anything to tell. */
  private isActive = false
  /** How often the place at hand's context was passed. */
  private context = 0
  // Of the open loops and bodies, the function's own left out: the context around, and the loop's header.
  private depth = 0
  private outer = new Int32Array(64)
  private header = new Int32Array(64)
  private marks = new Uint8Array(64)
  private readonly cfg: Cfg = new Cfg()
  // By block: edges from and to blocks that are not cold. Those that close loops do not count from the header's side.
  private waysIn = new Int32Array(64)
  private waysOut = new Int32Array(64)
  private queue = new Int32Array(64)
  private queued = 0

  /** @param guess seed of passes and calls made up (tests), -1 without */
  constructor(guess: number) {
    this.guess = guess
  }

  /** To call before a function is translated, whose body starts at an offset in the module. */
  begin(feedback: Int32Array, start: number): void {
    this.feedback = feedback
    this.isActive = this.guess !== NO_GUESS
    for (let at = 0; at < feedback.length; at += FEEDBACK_WORDS) if (feedback[at + 1] === PASSED) this.isActive = true
    if (!this.isActive) return
    this.depth = 0
    this.marks.fill(0)
    this.context = this.passes(start)
  }

  private passes(offset: number): number {
    const { guess } = this
    if (guess === NO_GUESS) return timesPassed(this.feedback, offset)
    return (Math.imul(offset + guess * 31, 0x9e3779b1) >>> 20) & 31
  }

  private isMade(offset: number): boolean {
    const { feedback, guess } = this
    if (guess === NO_GUESS) return isOfCall(feedback, feedbackFrom(feedback, offset), offset)
    return (Math.imul(offset + guess * 31, 0x9e3779b1) & 0x10000) !== 0
  }

  /** Whether a call of a defined function, at an offset in the module, is not expected to be made. */
  isRare(call: number): boolean {
    if (!this.isActive) return false
    return this.context === NOWHERE || (this.context >= OFTEN && !this.isMade(call))
  }

  private mark(block: number, mark: number): void {
    if (block >= this.marks.length) this.marks = grownBytes(this.marks, block + 1)
    this.marks[block] |= mark
  }

  /** A block is come to, and so are the loops around. */
  see(block: number): void {
    if (!this.isActive || this.context === NOWHERE) return
    this.mark(block, SEEN)
    // Around one that was seen all were.
    for (let i = this.depth - 1; i >= 0; i--) {
      const header = this.header[i]
      if (header === NO_LOOP) continue
      if ((this.marks[header] & SEEN) !== 0) return
      this.mark(header, SEEN)
    }
  }

  /** A block makes a call of a defined function, at an offset in the module. */
  call(block: number, offset: number): void {
    if (!this.isActive || this.context === NOWHERE) return
    if (this.isMade(offset)) this.see(block)
    else if (this.isRare(offset)) this.mark(block, MISSED)
  }

  openLoop(header: number, offset: number): void {
    if (!this.isActive) return
    // So that it has a place in `marks`.
    this.mark(header, 0)
    const count = this.passes(offset)
    let inside = count
    if (this.context === NOWHERE) inside = NOWHERE
    else if (count > 0) this.see(header)
    else if ((this.marks[header] & SEEN) === 0) {
      if (this.context >= OFTEN) this.mark(header, MISSED)
      inside = this.context
    }
    this.open(header, inside)
  }

  /** The body that starts at an offset in the module is inlined. @param isRare the call is */
  openBody(isRare: boolean, start: number): void {
    if (this.isActive) this.open(NO_LOOP, isRare ? NOWHERE : this.passes(start))
  }

  private open(header: number, context: number): void {
    if (this.depth === this.outer.length) {
      this.outer = grown(this.outer)
      this.header = grown(this.header)
    }
    this.outer[this.depth] = this.context
    this.header[this.depth++] = header
    this.context = context
  }

  /** The innermost loop or inlined body ends. */
  close(): void {
    if (this.isActive) this.context = this.outer[--this.depth]
  }

  /** Marks blocks of the translated function cold. */
  settle(f: IrFunction): void {
    if (!this.isActive) return
    const { cfg } = this
    if (f.blockCount > this.marks.length) this.marks = grownBytes(this.marks, f.blockCount)
    cfg.compute(f)
    this.countWays(f)
    this.queued = 0
    for (let i = 0; i < cfg.count; i++) {
      const block = cfg.rpo[i]
      if (f.cold[block] !== 0) this.queue[this.queued++] = block
      else if ((this.marks[block] & MISSED) !== 0) this.chill(f, block)
    }
    while (this.queued > 0) this.spread(f, this.queue[--this.queued])
  }

  private countWays(f: IrFunction): void {
    const { cfg } = this
    this.waysIn = sized(this.waysIn, f.blockCount)
    this.waysOut = sized(this.waysOut, f.blockCount)
    this.queue = sized(this.queue, f.blockCount)
    for (let i = 0; i < cfg.count; i++) {
      const block = cfg.rpo[i]
      let ways = 0
      for (let e = cfg.predStart[block]; e < cfg.predStart[block + 1]; e++) {
        if (cfg.rpoIndex[cfg.preds[e]] < i) ways++
      }
      this.waysIn[block] = ways
      this.waysOut[block] = f.successorCount(f.lastInst[block])
    }
  }

  private chill(f: IrFunction, block: number): void {
    if (block === f.entry || f.cold[block] !== 0 || (this.marks[block] & SEEN) !== 0) return
    f.cold[block] = 1
    this.queue[this.queued++] = block
  }

  /** What has no other way in or out than by a cold block is cold. */
  private spread(f: IrFunction, block: number): void {
    const { cfg, waysIn, waysOut } = this
    const last = f.lastInst[block]
    for (let k = f.successorCount(last) - 1; k >= 0; k--) {
      const next = f.successor(last, k)
      if (cfg.rpoIndex[next] > cfg.rpoIndex[block] && --waysIn[next] === 0) this.chill(f, next)
    }
    for (let e = cfg.predStart[block]; e < cfg.predStart[block + 1]; e++) {
      const from = cfg.preds[e]
      if (--waysOut[from] === 0) this.chill(f, from)
    }
  }
}
