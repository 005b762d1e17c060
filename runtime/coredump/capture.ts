/**
 * Dropping a guest's frames because of an error, with or without a look at what they were. Apart from attach.ts because every
 * call needs it and hardly any program the rest: that is loaded at the first trap (scripts/bundle.mjs).
 */
import { addon } from '../context.js'
import { keepHostError } from './attach.js'

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
  if (capture.hostErrors && error instanceof Error) keepHostError(error)
  addon.abandon()
}
