/**
 * The way of one frame of baseline code from the inner loop in which it was found to a loop around it, where it goes on in optimized code.
 *
 * A frame is nearly always found in the innermost loop. A version that is entered there has no other way in: all loops around it come
 * back to that header, so for the compiler they are one loop with it, nothing is hoisted out of the inner one, and the frame may
 * stay for as long as the program runs. So the polls of the loops around it are armed (armed-polls.ts), and the frame goes
 * on in baseline code until it comes to the outermost one, or for some milliseconds: then it is entered at the outermost
 * one that was reached, and at the inner one only if none was.
 *
 * A frame that calls functions in its loops may be found at calls only, which are polls too, or below frames of optimized code that it has called: it
 * climbs from there.
 *
 * However it ends, each armed poll stops a frame once at most, and is as it was afterwards.
 */
import { Alarm } from './alarm.js'
import { armPoll, disarmPoll } from './armed-polls.js'
import { milliseconds as now } from './clock.js'
import type { CodeVersion, ModuleCode } from './code.js'
import type { LoopFrame } from './replace.js'

/** Longest wait for a version, in milliseconds: it may have been refused. */
const MAX_COMPILE_MS = 2000

/** For the end of a wait: one frame of a thread climbs at a time. */
const alarm = new Alarm()

export class Climb {
  /** Weakly: a frame may never come back, and what is armed ends with its code. */
  private readonly code: WeakRef<ModuleCode>
  private readonly version: number
  readonly defined: number
  private readonly fp: number
  /** The loop (or call) where the frame was found, and the loops around it, outwards. */
  private readonly loops: readonly number[]
  private readonly isAtLoop: boolean
  private readonly patience: number
  /** Of `loops`: the outermost one that was reached. */
  private reached = 0
  private readonly armed = new Set<number>()
  private until = 0
  /** The loop to enter at, once that is settled, otherwise -1. */
  target = -1

  /**
   * Begins.
   * @param loops more than one
   * @param isAtLoop it was found at a loop, otherwise at a call
   * @param patience milliseconds for coming to outer loops, and later to the one that was chosen
   */
  constructor({ version, fp }: LoopFrame, loops: readonly number[], isAtLoop: boolean, patience: number) {
    this.code = new WeakRef(version.code)
    this.version = version.version
    this.defined = version.defined
    this.fp = fp
    this.loops = loops
    this.isAtLoop = isAtLoop
    this.patience = patience
    for (const loop of loops.slice(1)) this.arm(version.code, loop)
    this.wait(patience)
  }

  /** The code, while it is there. */
  get owner(): ModuleCode | undefined {
    return this.code.deref()
  }

  private isOf({ code, version }: CodeVersion): boolean {
    return version === this.version && code === this.owner
  }

  /** Is it this frame? */
  isFrame(frame: LoopFrame): boolean {
    return frame.fp === this.fp && this.isOf(frame.version)
  }

  /** The time is over: for reaching loops, or to come to the one that was chosen. */
  get isLate(): boolean {
    return now() >= this.until
  }

  /** The loop where it began, -1 for a call. */
  get start(): number {
    return this.isAtLoop ? this.loops[0] : -1
  }

  /** It ends where it began. */
  get isInVain(): boolean {
    return this.target === this.loops[0]
  }

  /** A frame stands at a loop's poll. */
  meet(frame: LoopFrame): void {
    if (this.isOf(frame.version)) this.disarm(frame.version.code, frame.loop)
    if (!this.isFrame(frame)) return
    const at = this.loops.indexOf(frame.loop)
    // Loops inside of one that was reached are reached again.
    while (this.reached < at) this.disarm(frame.version.code, this.loops[++this.reached])
  }

  /** Chooses the loop to enter at, when nothing is left to wait for. @returns whether it was chosen now */
  settle(): boolean {
    if (this.target >= 0 || (this.reached < this.loops.length - 1 && !this.isLate)) return false
    this.target = this.loops[this.reached]
    this.end()
    this.until = now() + MAX_COMPILE_MS
    return true
  }

  /** The version for the loop is there: the frame is to stop at its header. */
  await(): void {
    const code = this.owner
    if (code === undefined || this.reached === 0) return
    this.arm(code, this.target)
    this.wait(this.patience)
  }

  /** Leaves all polls as they were. */
  end(): void {
    const code = this.owner
    if (code !== undefined) for (const loop of this.armed) disarmPoll(code, this.version, loop)
    this.armed.clear()
    alarm.clear()
  }

  private arm(code: ModuleCode, loop: number): void {
    this.armed.add(loop)
    armPoll(code, this.version, loop)
  }

  private disarm(code: ModuleCode, loop: number): void {
    if (this.armed.delete(loop)) disarmPoll(code, this.version, loop)
  }

  /** Has the frame stop at a poll when the time is over. */
  private wait(milliseconds: number): void {
    this.until = now() + milliseconds
    alarm.set(milliseconds)
  }
}
