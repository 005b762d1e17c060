/** `windlass profile`: shows a profile that `--profile=guest` wrote, in the terminal or in the Firefox profiler. */
import { readFirefox, ProfileFormatError, type ReadProfile } from '../profiler/read-firefox.js'
import { readSource } from '../profiler/source-file.js'
import type { ViewOptions } from '../profiler/text-view.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { displayName, readInput } from './load.js'
import type { ParsedOptions } from './options.js'
import { guestProfile, type ProfileRequest } from './profile-requests.js'
import { print, styled } from './terminal.js'

export const DEFAULT_ROWS = 20
/** A tree has more rows than a list before it says anything. */
const DEFAULT_TREE_ROWS = 60

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

/** A view for standard output: as wide as the terminal, of any width where it goes to a file or a pipe. */
function viewOptions(rows: number): ViewOptions {
  const { isTTY, columns } = process.stdout
  return { rows, width: isTTY ? columns : undefined, paint: styled, readSource }
}

const VIEWS = ['top', 'tree', 'folded', 'annotate'] as const
type View = (typeof VIEWS)[number]

/** @throws UsageError */
function viewOf(parsed: ParsedOptions): View | undefined {
  const [view, other] = VIEWS.filter((name) => parsed.has(name))
  if (other !== undefined) throw new UsageError(`--${view} and --${other} are two views: ask for one`)
  return view
}

async function annotation(profile: ReadProfile, wanted: string): Promise<string[]> {
  const { annotateText, NoSuchFunctionError } = await import('../profiler/annotate.js')
  try {
    return annotateText(profile, wanted, viewOptions(DEFAULT_ROWS))
  } catch (error) {
    throw error instanceof NoSuchFunctionError ? new CommandError(error.message) : error
  }
}

async function viewText(view: View, profile: ReadProfile, parsed: ParsedOptions): Promise<string[]> {
  const rows = parsed.value('rows')
  if (view === 'annotate') return annotation(profile, parsed.value('annotate') ?? '')
  if (view === 'top') {
    return (await import('../profiler/top.js')).topText(profile, viewOptions(Number(rows ?? DEFAULT_ROWS)))
  }
  const { foldedText, treeText } = await import('../profiler/tree.js')
  return view === 'folded' ? foldedText(profile) : treeText(profile, viewOptions(Number(rows ?? DEFAULT_TREE_ROWS)))
}

export async function profile(parsed: ParsedOptions): Promise<number> {
  const file = parsed.operands.at(0)
  if (file === undefined) throw new UsageError('no file given: windlass profile FILE')
  if (parsed.operands.length > 1) throw new UsageError('one file at a time: windlass profile FILE')
  const rows = parsed.value('rows')
  if (rows !== undefined && !/^[1-9]\d*$/.test(rows)) throw new UsageError(`--rows takes a number, not '${rows}'`)
  const view = viewOf(parsed)
  if (view === undefined) await serve(file)
  else print((await viewText(view, read(file, readInput(file)), parsed)).join('\n'))
  return ExitCode.ok
}

/** Serves the profile that was just written. */
export async function serveWritten(requests: readonly ProfileRequest[]): Promise<void> {
  const file = guestProfile(requests)
  if (file !== undefined) await serve(file)
}
