/** What `--profile` and `--profile-serve` ask for. */
import { UsageError } from './errors.js'
import type { ParsedOptions } from './options.js'
import { suggest } from './suggest.js'

const KINDS = ['guest', 'top', 'cpuprofile', 'perfmap', 'jitdump'] as const
export type ProfileKind = (typeof KINDS)[number]

/** Where perf looks for what it reads: nowhere else. The list of the hottest is printed where no file is named. */
const DEFAULT_PATHS: Readonly<Record<ProfileKind, () => string>> = {
  guest: () => 'windlass-guest-profile.json',
  top: () => '',
  cpuprofile: () => 'windlass-guest.cpuprofile',
  perfmap: () => `/tmp/perf-${process.pid}.map`,
  jitdump: () => `jit-${process.pid}.dump`,
}

export interface ProfileRequest {
  readonly kind: ProfileKind
  /** Empty for standard error. */
  readonly path: string
  /** Undefined for the usual one. */
  readonly intervalUs: number | undefined
}

const MICROSECONDS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 }

/** Microseconds of an interval such as `1ms`, `100us` or `0.5` (milliseconds). */
function parseInterval(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s)?$/.exec(text)
  if (match === null) throw new UsageError(`the interval of --profile is a time such as 1ms or 100us, not '${text}'`)
  return Math.round(Number(match[1]) * MICROSECONDS[match[2] ?? 'ms'])
}

function parseRequest(text: string): ProfileRequest {
  const [word, path = '', interval, ...rest] = text.split(',')
  const kind = KINDS.find((each) => each === word)
  if (kind === undefined) {
    const meant = suggest(word, KINDS)
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`
    throw new UsageError(`--profile takes ${KINDS.join(', ')}, not '${word}'${hint}`)
  }
  if (rest.length > 0) throw new UsageError(`--profile takes KIND[,PATH[,INTERVAL]], not '${text}'`)
  if (interval !== undefined && (kind === 'perfmap' || kind === 'jitdump')) {
    throw new UsageError(`--profile=${kind} does not sample, so it takes no interval`)
  }
  return {
    kind,
    path: path === '' ? DEFAULT_PATHS[kind]() : path,
    intervalUs: interval === undefined ? undefined : parseInterval(interval),
  }
}

/** @throws UsageError */
export function profileRequests(parsed: ParsedOptions): ProfileRequest[] {
  const requests = parsed.values('profile').map(parseRequest)
  const needsGuest = parsed.has('profile-serve') && guestProfile(requests) === undefined
  return needsGuest ? [...requests, parseRequest('guest')] : requests
}

/** Where the profile that can be served will be. */
export function guestProfile(requests: readonly ProfileRequest[]): string | undefined {
  return requests.find(({ kind }) => kind === 'guest')?.path
}
