/** What the optimizing compiler is asked for, and what it answers when it refuses. */
import { NO_FEEDBACK } from '../feedback.js'

/** Why a function was not compiled. */
export interface Refusal {
  readonly refused: string
  /** It was an error of the compiler, not a limit. */
  readonly failed: boolean
}

/** Which version of a function is to be made. */
export interface Variant {
  /**
   * Offset in the module of a `loop` opcode: the version is entered at that loop's header (docs/abi.md, "On-stack
   * replacement"); -1: at the function's start.
   */
  readonly loop: number
  /** What is known of its calls (tiers/feedback.ts). */
  readonly feedback: Int32Array
}

/** The whole function, nothing known of its calls. */
export const WHOLE: Variant = { loop: -1, feedback: NO_FEEDBACK }
