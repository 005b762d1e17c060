/** How the optimizing compiler is to work, and what it tells about its work. */
import type { VCode } from './lower/vcode.js'
import type { Moves } from './regalloc/moves.js'

/** The passes, in order; each is also the name of what it makes, for `--dump-ir`. */
export const passNames = ['translate', 'optimize', 'lower', 'allocate', 'emit'] as const
export type PassName = (typeof passNames)[number]
/** After these there is something to print. */
export const dumpPasses = ['translate', 'optimize', 'lower', 'allocate'] as const
export type DumpPass = (typeof dumpPasses)[number]

export interface OptimizingOptions {
  /** Check every allocation (tests). */
  readonly check?: boolean
  /** Allocate only so many registers of each class (tests; at least 6). */
  readonly pressure?: number
  /** Seed of the mid-end's disorder (tests): the rules' order and the choice among equal values become arbitrary. */
  readonly chaos?: number
  /** Choose the dearest of equal values instead of the cheapest (tests). */
  readonly worst?: boolean
  /** Seed of targets that are made up for indirect calls without feedback, and of passes (tests): guards that fail or not, and cold blocks, at random. */
  readonly guess?: number
  /** An internal error or a refusal ends the compile with an error, instead of asking the fallback (tests). */
  readonly strict?: boolean
  /** Told that a pass has ended; `print` gives the text of what it made, while the call lasts. */
  readonly dump?: (pass: DumpPass, defined: number, print: () => string) => void
  /** Told of each allocation (measurements); what it is given is valid while the call lasts. */
  readonly allocated?: (code: VCode, moves: Moves) => void
  /** Told of each function that is left to the fallback, and why. */
  readonly onRefusal?: (defined: number, reason: string) => void
  /** Clock of the statistics and of the limit on time, in milliseconds; without one times stay 0. */
  readonly clock?: () => number
}

/** What a compiler has done since it was made. */
export interface OptimizingStats {
  /** Milliseconds in each pass. */
  readonly passes: Record<PassName, number>
  /** Functions that it compiled, and the bytes of their bodies. */
  functions: number
  bytes: number
  /** Functions that it left to the fallback because of a limit. */
  refused: number
  /** Functions that it left to the fallback because of an error of its own. */
  failed: number
}

export function emptyStats(): OptimizingStats {
  const passes = { translate: 0, optimize: 0, lower: 0, allocate: 0, emit: 0 }
  return { passes, functions: 0, bytes: 0, refused: 0, failed: 0 }
}
