/** What `windlass run` is to give the program: directories, environment, arguments. */
import type { Preopen } from '../wasi/wasi.js'
import { UsageError } from './errors.js'
import { groupSettings } from './groups.js'
import { STDIN } from './load.js'
import type { ParsedOptions } from './options.js'

const SEPARATOR = '::'
const READ_ONLY = 'ro'

/** `HOST[::GUEST][::ro]` */
function parseDir(text: string): Preopen {
  const parts = text.split(SEPARATOR)
  const readOnly = parts.length > 1 && parts.at(-1) === READ_ONLY
  if (readOnly) parts.pop()
  const [host, guest = host] = parts
  if (host === '' || guest === '' || parts.length > 2) {
    throw new UsageError(`--dir takes HOST[::GUEST][::ro], not '${text}'`)
  }
  return { host, guest, readOnly }
}

/** `GUEST::HOST[::ro]` */
function parseMapdir(text: string): Preopen {
  const [guest = '', host = '', ...rest] = text.split(SEPARATOR)
  if (guest === '' || host === '') throw new UsageError(`--mapdir takes GUEST::HOST, not '${text}'`)
  return parseDir([host, guest, ...rest].join(SEPARATOR))
}

export function preopens(parsed: ParsedOptions): Preopen[] {
  return [...parsed.values('dir').map(parseDir), ...parsed.values('mapdir').map(parseMapdir)]
}

export function environment(parsed: ParsedOptions): Record<string, string> {
  const env: Record<string, string> = {}
  const add = (key: string, value: string | undefined): void => {
    if (value !== undefined) env[key] = value
  }
  if (groupSettings(parsed, 'wasi').flag('inherit-env') === true) {
    for (const [key, value] of Object.entries(process.env)) add(key, value)
  }
  for (const text of parsed.values('env')) {
    const equals = text.indexOf('=')
    if (equals === 0 || text === '') throw new UsageError(`--env takes KEY or KEY=VALUE, not '${text}'`)
    if (equals < 0) add(text, process.env[text])
    else add(text.slice(0, equals), text.slice(equals + 1))
  }
  return env
}

/** The program's arguments, its own name first. */
export function programArgs(parsed: ParsedOptions): string[] {
  const [file, ...args] = parsed.operands
  // Not by node:path, which Node would have to load: a file's path does not end with a slash.
  return [parsed.value('argv0') ?? (file === STDIN ? 'stdin.wasm' : file.slice(file.lastIndexOf('/') + 1)), ...args]
}

/** `NAME=FILE` pairs, in order. */
export function preloads(parsed: ParsedOptions): { readonly name: string; readonly file: string }[] {
  return parsed.values('preload').map((text) => {
    const equals = text.indexOf('=')
    if (equals < 0 || equals === text.length - 1) throw new UsageError(`--preload takes NAME=FILE, not '${text}'`)
    return { name: text.slice(0, equals), file: text.slice(equals + 1) }
  })
}
