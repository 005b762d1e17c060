/**
 * The option groups of wasmtime's spelling (`-W key=value,key`): which keys each group has, and what they mean here.
 * What belongs to the engine is parsed by runtime/options.ts; this file knows the rest and tells about all of them.
 */
import { UsageError } from './errors.js'
import type { ParsedOptions } from './options.js'
import { suggest } from './suggest.js'
import { print } from './terminal.js'

interface Key {
  readonly value?: string
  readonly help: string
  /** Accepted for compatibility, or not there yet. */
  readonly status?: 'engine' | 'no effect'
}

const GROUPS: Readonly<Record<string, { readonly letter: string; readonly keys: Readonly<Record<string, Key>> }>> = {
  wasm: {
    letter: 'W',
    keys: {
      'max-wasm-stack': { value: 'SIZE', help: 'stack of the guest, for example 512k or 8MiB', status: 'engine' },
      'max-memory-size': { value: 'SIZE', help: 'greatest size of one memory', status: 'engine' },
      'max-table-elements': { value: 'N', help: 'greatest number of elements of one table', status: 'engine' },
      timeout: { value: 'DURATION', help: 'stop the guest after 2, 2s, 100ms or 1m' },
      timeslice: { value: 'DURATION', help: 'let the event loop have a turn every 10ms or so' },
      fuel: { value: 'N', help: 'stop the guest after N instructions' },
    },
  },
  codegen: {
    letter: 'C',
    keys: {
      compiler: { value: 'NAME', help: 'auto, baseline (or winch), optimizing (or cranelift)' },
      cache: { value: 'y|n', help: 'keep compiled code; --cache says where' },
    },
  },
  optimize: {
    letter: 'O',
    keys: {
      'opt-level': {
        value: '0|1|2|s',
        help: 'how much to optimize; --tier says which compilers',
        status: 'no effect',
      },
    },
  },
  wasi: {
    letter: 'S',
    keys: {
      'inherit-env': { value: 'y|n', help: 'give all our environment variables to the program' },
      cli: { value: 'y|n', help: 'WASI itself; always on', status: 'no effect' },
    },
  },
  debug: {
    letter: 'D',
    keys: {
      'max-backtrace': { value: 'N', help: 'greatest number of frames that a trap prints' },
      compiler: { value: 'y|n', help: 'say which functions the optimizing compiler left to the baseline tier' },
      coredump: { value: 'PATH', help: 'write a core dump if the guest fails; %p pid, %t time, %e program' },
      format: { value: 'NAME', help: 'encoding of the core dump: spec (default) or wasmgdb' },
      'debug-info': { value: 'y|n', help: 'tell gdb and lldb the names and source lines of compiled code' },
    },
  },
}

/** The settings of one group that are not the engine's, last one wins; and the engine's words as they were. */
export interface GroupSettings {
  get(key: string): string | undefined
  /** Value of a y/n key: `key`, `key=y`, `key=true`; undefined when not given. */
  flag(key: string): boolean | undefined
  /** `key=value` texts that runtime/options.ts parses. */
  readonly engineSettings: readonly string[]
}

function groupHelp(name: string): string {
  const { letter, keys } = GROUPS[name]
  const lines = Object.entries(keys).map(([key, { value, help, status }]) => {
    const note = status === 'no effect' ? ' (no effect)' : ''
    return `  -${letter} ${`${key}${value === undefined ? '' : `=${value}`}`.padEnd(30)}${help}${note}`
  })
  return [`Keys of -${letter} (--${name}), several separated by commas:`, ...lines].join('\n')
}

/** True when a `help` key was given; its answer is printed then. */
export function answerGroupHelp(parsed: ParsedOptions): boolean {
  for (const name of Object.keys(GROUPS)) {
    if (parsed.values(name).some((text) => text.split(',').includes('help'))) {
      print(groupHelp(name))
      return true
    }
  }
  return false
}

/** @throws UsageError for an unknown key */
export function groupSettings(parsed: ParsedOptions, name: string): GroupSettings {
  const { letter, keys } = GROUPS[name]
  const settings = new Map<string, string>()
  const engineSettings: string[] = []
  for (const setting of parsed.values(name).flatMap((text) => text.split(','))) {
    const equals = setting.indexOf('=')
    const key = equals < 0 ? setting : setting.slice(0, equals)
    if (!Object.hasOwn(keys, key)) {
      const meant = suggest(key, Object.keys(keys))
      throw new UsageError(
        `unknown key '${key}' of -${letter}${meant === undefined ? '' : `; did you mean ${meant}?`} (-${letter} help lists them)`,
      )
    }
    const { status } = keys[key]
    if (status === 'engine') engineSettings.push(setting)
    else settings.set(key, equals < 0 ? 'y' : setting.slice(equals + 1))
  }
  return {
    engineSettings,
    get: (key) => settings.get(key),
    flag: (key) => {
      const value = settings.get(key)
      if (value === undefined) return undefined
      if (['y', 'yes', 'true', '1', 'on'].includes(value)) return true
      if (['n', 'no', 'false', '0', 'off'].includes(value)) return false
      throw new UsageError(`-${letter} ${key} takes y or n, not '${value}'`)
    },
  }
}

const DURATION_UNITS: Readonly<Record<string, number>> = { '': 1000, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** Longest time that a timer takes (2^31 - 1 ms). */
const MAX_DURATION = 2 ** 31 - 1

/** Milliseconds of a duration such as `1` (seconds), `2s`, `100ms`, `1.5m`. @throws UsageError */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text)
  const milliseconds = match === null ? NaN : Number(match[1]) * DURATION_UNITS[match[2] ?? '']
  if (!(milliseconds > 0 && milliseconds <= MAX_DURATION)) {
    throw new UsageError(`${option} takes a duration such as 2s, 100ms or 1m, not '${text}'`)
  }
  return Math.max(1, Math.round(milliseconds))
}
