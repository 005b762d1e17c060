/**
 * Gives an error that ends guest code what explains it: `trap` (trap-info.ts), worked out when it is first read, and
 * `coredump()`. None of it is enumerable, since an uncaught error is printed with its enumerable properties.
 */
import type { TrapCode } from '../../tiers/abi.js'
import { addon } from '../context.js'
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

/**
 * Whether `abandonCall` has more to do than to abandon. Read where JavaScript's stack may be used up: a call more could fail
 * there, and the guest's frames would stay.
 */
export const capture = { hostErrors: false }

/** From now on errors of host functions and deadlines leave a dump behind, too (Coredump.of), on this thread. */
export function captureHostErrors(): void {
  capture.hostErrors = true
}

/** Drops the guest's frames down to the newest entry, because of an error. */
export function abandonCall(error: unknown): void {
  if (capture.hostErrors && error instanceof Error && remainsOf(error) === undefined) {
    keepRemains(error, { snapshot: new GuestSnapshot(false), trap: () => undefined })
  }
  addon.abandon()
}
