/**
 * What compiled code depends on besides its module: the build of Windlass, the CPU features it may use, and the options that change
 * code. Code is kept on disk under a digest of all that, so an older build's code is never run.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DIGEST } from './code-image.js'
import { addon } from './context.js'
import type { Engine } from './engine.js'

/** What the compiler writes about a build: a digest of every source file is in it. In `dist`, above this file and the bundle. */
const BUILD_INFO = fileURLToPath(new URL('../build.tsbuildinfo', import.meta.url))
/** Its digest, which scripts/bundle.mjs writes: packages have only that, and it is read in a tenth of the time. */
const BUILD_ID = fileURLToPath(new URL('../build.id', import.meta.url))

export function digestOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(addon.digest(bytes), 0, DIGEST)
}

/** Digest of some bytes with a text of ASCII behind them. Byte by byte: the first uses of Buffer's functions take longer than all of it. */
export function digestWith(bytes: Uint8Array, text: string): Uint8Array {
  const all = new Uint8Array(bytes.length + text.length)
  all.set(bytes)
  for (let i = 0; i < text.length; i++) all[bytes.length + i] = text.charCodeAt(i)
  return digestOf(all)
}

let build: Uint8Array | undefined

/** A digest of all sources. @throws Error (ENOENT) when the build is not complete */
export function buildDigest(): Uint8Array {
  build ??= readBuildDigest()
  return build
}

function readBuildDigest(): Uint8Array {
  const made = addon.changedAt(BUILD_ID)
  // An older one is of the build before: only the compiler ran since.
  const isFresh = made !== undefined && !(made < (addon.changedAt(BUILD_INFO) ?? 0))
  const id = isFresh ? addon.readFile(BUILD_ID) : undefined
  return id === undefined ? digestOf(readFileSync(BUILD_INFO)) : new Uint8Array(id)
}

/** @throws Error (ENOENT) when the build is not complete */
export function codeIdentity(engine: Engine): Uint8Array {
  const { features, bounds, options } = engine
  return digestWith(
    buildDigest(),
    JSON.stringify([process.arch, bounds, options.checked, options.consumeFuel, features]),
  )
}
