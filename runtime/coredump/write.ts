/** Writes a dump to a file whose name may be a pattern, as one stream. */
import { closeSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { reasonOf } from '../system-errors.js'
import type { Coredump, CoredumpOptions } from './coredump.js'

/** A dump cannot be written. The message is one line that says why. */
export class CoredumpError extends Error {
  override readonly name = 'CoredumpError'
}

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'its directory does not exist' }

/**
 * Fills in a name pattern: `%p` process id, `%t` seconds since 1970, `%e` the program's name without directory and
 * extension, `%%` a percent sign. Anything else stays as it is.
 */
export function coredumpPath(pattern: string, program: string): string {
  const values: Readonly<Record<string, string>> = {
    p: String(process.pid),
    t: String(Math.floor(Date.now() / 1000)),
    e: basename(program).replace(/\.[^.]*$/, ''),
    '%': '%',
  }
  return pattern.replaceAll(/%(.)/g, (whole, letter: string) => values[letter] ?? whole)
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}

/**
 * Writes a dump, replacing the file. A file that could not be finished is removed.
 * @param pattern see coredumpPath
 * @returns the path
 * @throws CoredumpError
 */
export function writeCoredump(dump: Coredump, pattern: string, options: CoredumpOptions = {}): string {
  const path = coredumpPath(pattern, options.program ?? 'wasm')
  let file = -1
  try {
    file = openSync(path, 'w', 0o600)
    for (const piece of dump.pieces(options)) writeAll(file, piece)
    closeSync(file)
    return path
  } catch (error) {
    if (file >= 0) discard(file, path)
    throw new CoredumpError(`cannot write the core dump to ${path}: ${reasonOf(error, REASONS)}`, { cause: error })
  }
}

function discard(file: number, path: string): void {
  try {
    // A device or a pipe that was written to stays where it is.
    const isFile = fstatSync(file).isFile()
    closeSync(file)
    if (isFile) rmSync(path, { force: true })
  } catch {
    // What could not be written cannot be removed either; the first error is the one to tell.
  }
}
