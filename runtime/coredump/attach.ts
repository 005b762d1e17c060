/**
 * Gives an error that ends guest code what explains it: `trap` (trap-info.ts), worked out when it is first read, and
 * `coredump()`. None of it is enumerable, since an uncaught error is printed with its enumerable properties.
 */
import type { TrapCode } from '../../tiers/abi.js'
import type { RuntimeError } from '../errors.js'
import { Coredump, type CoredumpOptions } from './coredump.js'
import { GuestSnapshot, keepRemains, remainsOf } from './snapshot.js'
import { opOperands, trapInfo, type TrapInfo } from './trap-info.js'

/** How a trap was found. */
export const Found = {
  /** By a signal. */
  Fault: 0,
  /** By the runtime, in an operation that it did for the guest. */
  RuntimeOp: 1,
} as const
export type Found = (typeof Found)[keyof typeof Found]

/** Attaches the explanation to the error of a trap while the guest's frames are still there. */
export function explainTrap(error: RuntimeError, found: Found, code: TrapCode): void {
  const snapshot = new GuestSnapshot(found === Found.Fault)
  const operands = found === Found.RuntimeOp ? opOperands() : undefined
  let known: TrapInfo | undefined
  const trap = (): TrapInfo => {
    known ??= trapInfo(code, snapshot, operands)
    return known
  }
  keepRemains(error, { snapshot, trap })
  Object.defineProperties(error, {
    trap: { get: trap, enumerable: false, configurable: true },
    coredump: {
      value: (options?: CoredumpOptions) => Coredump.of(error)?.encode(options),
      writable: true,
      enumerable: false,
      configurable: true,
    },
  })
}

/** Keeps what a host function's error, or a deadline's, leaves of the guest. The first call that it ends knows the most. */
export function keepHostError(error: Error): void {
  if (remainsOf(error) === undefined) keepRemains(error, { snapshot: new GuestSnapshot(false), trap: () => undefined })
}
