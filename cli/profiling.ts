/** Profiles of `windlass run`: starting them, and writing them when the program has ended. */
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Engine } from '../runtime/engine.js'
import { codeOf, reasonOf } from '../runtime/system-errors.js'
import { CommandError, UsageError } from './errors.js'
import type { ProfileData } from '../profiler/profile.js'
import { readSource } from '../profiler/source-file.js'
import { DEFAULT_ROWS } from './profile.js'
import type { ProfileKind, ProfileRequest } from './profile-requests.js'
import { printError, styledError } from './terminal.js'

/** Runs what writes files. @throws CommandError for what the system refuses, UsageError for a bad interval */
function reporting<T>(path: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--profile: ${error.message}`)
    throw codeOf(error) === '' ? error : new CommandError(`cannot write the profile to ${path}: ${reasonOf(error)}`)
  }
}

/** Finds out now rather than when the program has run for an hour; leaves no file that may stay empty. */
function checkWritable(path: string): void {
  const isThere = existsSync(path)
  closeSync(openSync(path, 'a'))
  if (!isThere) rmSync(path)
}

function writePieces(path: string, pieces: Iterable<string>): void {
  const file = openSync(path, 'w')
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece)
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
    }
  } finally {
    closeSync(file)
  }
}

/** What is written of a profile. */
async function textOf(kind: ProfileKind, profile: ProfileData, isPrinted: boolean): Promise<Iterable<string>> {
  const { jsonText } = await import('../profiler/json.js')
  if (kind === 'cpuprofile') {
    const { cpuProfile } = await import('../profiler/cpuprofile.js')
    return jsonText(cpuProfile(profile, profile.threads[0]))
  }
  const { firefoxProfile } = await import('../profiler/firefox.js')
  const document = jsonText(firefoxProfile(profile))
  if (kind === 'guest') return document
  // By way of the document, which is what the views read.
  const { readFirefox } = await import('../profiler/read-firefox.js')
  const { topText } = await import('../profiler/top.js')
  const read = readFirefox(Buffer.from(Array.from(document).join('')))
  const width = isPrinted && process.stderr.isTTY ? process.stderr.columns : undefined
  const paint = isPrinted ? styledError : undefined
  return [`${topText(read, { rows: DEFAULT_ROWS, width, paint, readSource }).join('\n')}\n`]
}

/** Ends a profile and writes it. `hasRun`: a program was loaded; else there is nothing to tell, and its error is enough. */
type Stop = (hasRun: boolean) => void | Promise<void>

async function startSampling(engine: Engine, request: ProfileRequest, name: string): Promise<Stop> {
  const { kind, path, intervalUs } = request
  const { ProfileSession } = await import('../profiler/session.js')
  if (path !== '') reporting(path, () => checkWritable(path))
  const options = { name, hostCalls: 'slow' as const, ...(intervalUs === undefined ? {} : { intervalUs }) }
  const session = reporting(path, () => new ProfileSession(engine, options))
  return async (hasRun) => {
    const profile = session.stop()
    if (!hasRun) return
    const text = await textOf(kind, profile, path === '')
    if (path === '') {
      for (const piece of text) printError(piece.trimEnd())
      return
    }
    reporting(path, () => writePieces(path, text))
    const { samples, dropped } = profile.stats
    const lost = dropped > 0 ? `, ${dropped} lost because the buffer was full` : ''
    const see = kind === 'guest' ? `; look at it with: windlass profile [--top] ${path}` : ''
    printError(`profile: ${samples} samples${lost}, in ${path}${see}`)
  }
}

async function start(engine: Engine, request: ProfileRequest, name: string): Promise<Stop> {
  const { kind, path } = request
  if (kind === 'perfmap') {
    const { writePerfMap } = await import('../profiler/perf-map.js')
    const stop = reporting(path, () => writePerfMap(engine, path))
    return () => reporting(path, stop)
  }
  if (kind === 'jitdump') {
    const { writeJitDump } = await import('../profiler/jitdump.js')
    const stop = reporting(path, () => writeJitDump(engine, path))
    return () => reporting(path, stop)
  }
  return startSampling(engine, request, name)
}

/**
 * Starts all profiles that were asked for. @returns a function that ends them and writes what there is to write
 * @throws UsageError, CommandError
 */
export async function startProfiles(
  engine: Engine,
  requests: readonly ProfileRequest[],
  name: string,
): Promise<(hasRun: boolean) => Promise<void>> {
  const stops: Stop[] = []
  for (const request of requests) stops.push(await start(engine, request, name))
  return async (hasRun) => {
    let failure: { readonly error: unknown } | undefined
    // One that cannot be written is no reason to lose the others.
    for (const stop of stops) {
      try {
        await stop(hasRun)
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure !== undefined) throw failure.error
  }
}
