/** The constants that globals are; apart from the rest, since the compiler's Wasm program has globals of another form (program/env.as.ts). */
import type { Global } from '../../../wasm/types.js'

/** True for a global that is always one number. */
export function constantInit({ mutable, init }: Global): boolean {
  return !mutable && init?.kind === 'const'
}

/** The halves of the number of such a global. */
export function initLow({ init }: Global): number {
  return init?.kind === 'const' ? init.lo : 0
}

export function initHigh({ init }: Global): number {
  return init?.kind === 'const' ? init.hi : 0
}
