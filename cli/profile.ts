/** `windlass profile`: shows a profile that `--profile=guest` wrote, in the terminal or in the Firefox profiler. */
import { readFirefox, ProfileFormatError, type ReadProfile } from '../profiler/read-firefox.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { displayName, readInput } from './load.js'
import type { ParsedOptions } from './options.js'
import { guestProfile, type ProfileRequest } from './profile-requests.js'
import { print } from './terminal.js'

const DEFAULT_ROWS = 20

/** @throws CommandError */
function read(file: string, bytes: Uint8Array): ReadProfile {
  try {
    return readFirefox(bytes)
  } catch (error) {
    throw error instanceof ProfileFormatError ? new CommandError(`${displayName(file)}: ${error.message}`) : error
  }
}

/** Serves a profile until the process is ended. @throws CommandError */
async function serve(file: string): Promise<void> {
  const bytes = readInput(file)
  const profile = read(file, bytes)
  const { serveProfile } = await import('../profiler/server.js')
  const { link, closed } = await serveProfile(bytes, profile)
  print(`Open this in a browser (Ctrl-C ends it):\n${link}`)
  await closed
}

export async function profile(parsed: ParsedOptions): Promise<number> {
  const [file, ...more] = parsed.operands
  if (file === undefined || more.length > 0) throw new UsageError('windlass profile takes one FILE')
  const count = parsed.value('rows') ?? String(DEFAULT_ROWS)
  if (!/^[1-9]\d*$/.test(count)) throw new UsageError(`--rows takes a number, not '${count}'`)
  if (!parsed.has('top')) {
    await serve(file)
    return ExitCode.ok
  }
  const { topText } = await import('../profiler/top.js')
  for (const line of topText(read(file, readInput(file)), { rows: Number(count) })) print(line)
  return ExitCode.ok
}

/** Serves the profile that was just written. */
export async function serveWritten(requests: readonly ProfileRequest[]): Promise<void> {
  const file = guestProfile(requests)
  if (file !== undefined) await serve(file)
}
