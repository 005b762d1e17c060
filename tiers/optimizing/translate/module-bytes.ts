/**
 * The module's bytes, for inlining; apart from the rest, since the compiler's Wasm program has them in another form (program/env.as.ts).
 */
import type { CompileEnv } from '../../compiled.js'

const NONE = new Uint8Array(0)

/** Whether there are bytes to inline from. */
export function hasBytes(env: Pick<CompileEnv, 'moduleBytes'>): boolean {
  return env.moduleBytes !== undefined
}

export function bytesOf(env: Pick<CompileEnv, 'moduleBytes'>): Uint8Array {
  return env.moduleBytes?.() ?? NONE
}
