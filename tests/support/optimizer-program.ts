/** The optimizing compiler's Wasm program as `npm run scan` wrote it. */
import { readFileSync } from 'node:fs'

export function programBytes(): Uint8Array {
  return new Uint8Array(readFileSync(new URL('../../tiers/optimizing/program/program.wasm', import.meta.url)))
}
