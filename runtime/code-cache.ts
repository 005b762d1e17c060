/**
 * The code cache: compiled code of modules on disk (code-image.ts), so that a program's second run starts with the code
 * that the first one ended with, and need not be validated again.
 *
 * One file a module and identity, named by their digests; written beside its place and renamed, so that no
 * reader sees half of one. A file's time of modification is that of its last use; the oldest go when the directory
 * grows over its limit. Nothing here fails a program: a cache that cannot be read or written is none.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { codeIdentity, digestOf, digestWith } from './code-identity.js'
import { CodeImage, type ImageBuilder } from './code-image.js'
import { addon } from './context.js'
import type { Engine } from './engine.js'

/** Default limit of the directory: some dozens of large programs. */
export const DEFAULT_CACHE_BYTES = 512 << 20
/** And of its files, since each is looked at when one is added. */
export const MAX_CACHE_FILES = 500
const SUFFIX = '.wlcode'
/** Readable and writable for the owner alone: who can write it can run code as the user. */
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600
/** Instead of nanoseconds: the system's time (utimensat). */
const UTIME_NOW = (1n << 30n) - 1n
const NOW = BigInt64Array.of(0n, UTIME_NOW, 0n, UTIME_NOW)
/** Of each digest, in a file's name. */
const NAME_BYTES = 16

/** Where the command keeps code: `$XDG_CACHE_HOME/windlass`, or `~/.cache/windlass`. */
export function defaultCacheDirectory(): string {
  const { HOME: home = '', XDG_CACHE_HOME: base = '' } = process.env
  // What homedir() looks at first itself: Node compiles its module when it is first asked for.
  return `${base === '' ? `${home === '' ? homedir() : home}/.cache` : base}/windlass`
}

/**
 * Makes a directory and those above it. Not by mkdirSync's `recursive`: where the system has no directory to give, as in /proc, it
 * tries forever.
 */
function makeDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return
  const above = dirname(directory)
  if (above !== directory) makeDirectory(above)
  try {
    mkdirSync(directory, DIRECTORY_MODE)
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/** The beginning of a digest in hexadecimal. */
function nameOf(digest: Uint8Array): string {
  let name = ''
  for (let i = 0; i < NAME_BYTES; i++) name += (digest[i] >> 4).toString(16) + (digest[i] & 15).toString(16)
  return name
}

export class CodeCache {
  private readonly directory: string
  private readonly maxBytes: number
  private readonly identity: Uint8Array

  constructor(engine: Engine, directory: string, maxBytes = DEFAULT_CACHE_BYTES) {
    this.directory = directory
    this.maxBytes = maxBytes
    // What one tier has made is not what a run that asks for another wants.
    this.identity = digestWith(codeIdentity(engine), engine.options.tier)
  }

  /** The code kept of a module; undefined when there is none, or none that can be used. */
  find(module: Uint8Array): CodeImage | undefined {
    const digest = digestOf(module)
    const file = this.fileOf(digest)
    const bytes = addon.readFile(file)
    if (bytes === undefined) return undefined
    try {
      const image = CodeImage.read(new Uint8Array(bytes), this.identity, digestOf)
      if (!image.isOf(digest)) return undefined
      // Where it may not be changed it is of use all the same.
      addon.setTimes(file, NOW)
      return image
    } catch {
      return undefined
    }
  }

  /** Keeps the code of a module. @returns the error that says why it could not be written, undefined when it was */
  keep(module: Uint8Array, functions: number, builder: ImageBuilder): unknown {
    const digest = digestOf(module)
    const bytes = builder.finish(this.identity, digest, functions, new Uint8Array(0), digestOf)
    try {
      makeDirectory(this.directory)
      this.write(this.fileOf(digest), bytes)
      this.evict()
      return undefined
    } catch (error) {
      return error
    }
  }

  private write(file: string, bytes: Uint8Array): void {
    const draft = `${file}.${process.pid}`
    try {
      writeFileSync(draft, bytes, { mode: FILE_MODE })
      renameSync(draft, file)
    } catch (error) {
      // A full disk keeps what was written of it.
      rmSync(draft, { force: true })
      throw error
    }
  }

  private fileOf(digest: Uint8Array): string {
    return `${this.directory}/${nameOf(digest)}-${nameOf(this.identity)}${SUFFIX}`
  }

  /** Removes the files that were not used for longest until the rest is within the limit. */
  private evict(): void {
    const files = readdirSync(this.directory)
      .filter((name) => name.includes(SUFFIX))
      .map((name) => {
        const file = join(this.directory, name)
        const { size, mtimeMs } = statSync(file)
        return { file, size, mtimeMs }
      })
      .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    let total = 0
    files.forEach(({ file, size }, i) => {
      total += size
      if (total > this.maxBytes || i >= MAX_CACHE_FILES) rmSync(file, { force: true })
    })
  }
}
