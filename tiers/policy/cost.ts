/**
 * What optimizing costs, learned from the optimizing compiler's own speed in this process.
 *
 * Functions differ by more than their size says, and where the compiler's program cannot be had, the one in JavaScript is slow until V8 has
 * optimized it, so the model is one number, nanoseconds a byte, that follows the last compilations: an average in which a
 * compilation weighs by its bytes, and the past half as much after every `MEMORY_BYTES`.
 */

/** Before the first measurement: what the compiler needs as a program (optimizing/program), which is as fast at first as later. */
const INITIAL_NS_PER_BYTE = 600
const MEMORY_BYTES = 20_000
/** What the first measurements are worth less: they hold pages that nobody wrote before, or a compiler that is cold. */
const INITIAL_WEIGHT_BYTES = 4000
/** Whatever its size, a job has to be posted, decoded, published. */
const JOB_NS = 50_000

/** Milliseconds of the thread that has a worker compile a function: posting the job, taking in what comes of it. */
export const JOB_FOREGROUND_MS = 0.2

/** What the first compile thread costs: milliseconds of the thread that starts it, and until it has done its first small job. */
export interface StartPrice {
  readonly foreground: number
  readonly background: number
}

/** A thread that runs the compiler's program: an instance of it, pages that nobody wrote before, and what is cold around the first job. */
export const THREAD_START: StartPrice = { foreground: 3, background: 1 }

/** What the first small job costs that the guest's thread does itself: an instance of the compiler's program. */
export const FIRST_JOB: StartPrice = { foreground: 0.5, background: 0 }

/**
 * Milliseconds that the first compile worker costs: those of the thread that starts it, and those until the worker, with the compiler loaded, has
 * done its first small job. Half of the first is Node, which compiles its library of worker threads. The rest is spread over the worker's start,
 * in which its heap is mapped and protected piece by piece: each time the processors that run other threads of the process are interrupted.
 */
export const WORKER_START: StartPrice = { foreground: 12, background: 100 }

export class CostModel {
  private weight = INITIAL_WEIGHT_BYTES
  private sum = INITIAL_WEIGHT_BYTES * INITIAL_NS_PER_BYTE

  /** Takes in a compilation of a body of `bytes` that took `milliseconds`. */
  learn(bytes: number, milliseconds: number): void {
    const fade = 0.5 ** (bytes / MEMORY_BYTES)
    this.weight = this.weight * fade + bytes
    this.sum = this.sum * fade + milliseconds * 1e6
  }

  get nanosecondsPerByte(): number {
    return this.sum / this.weight
  }

  /** Milliseconds that optimizing a body of so many bytes is expected to take. */
  estimate(bytes: number): number {
    return (JOB_NS + bytes * this.nanosecondsPerByte) / 1e6
  }
}
