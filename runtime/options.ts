/**
 * Options of an Engine, and the one parser of their spellings: the `windlass` command and the environment variable
 * `WINDLASS_OPTIONS` (defaults for command and API alike) read engine options through `parseEngineOptions`.
 */
import { dumpPasses, type DumpPass } from '../tiers/optimizing/options.js'
import { addon } from './context.js'

export interface EngineOptions {
  /** Which compiler: the one-pass one, the optimizing one, or first the one and then, for what is hot, the other. */
  readonly tier?: 'baseline' | 'optimizing' | 'auto'
  /** Threads that may optimize in the background with `tier: 'auto'`; 0: it is done between times on the caller's. */
  readonly compileThreads?: number
  /** Test modes of `tier: 'auto'` that make rare things common. */
  readonly force?: readonly ForcedMode[]
  /** 'lazy' validates at load and compiles a function at its first call; 'eager' compiles everything at load. */
  readonly compile?: 'lazy' | 'eager'
  /** Bytes of stack of a guest (at least 64 KiB). */
  readonly maxWasmStack?: number
  /** How out-of-bounds accesses are found: by guard pages, or by a comparison before each access. */
  readonly bounds?: 'guard' | 'explicit'
  /** Greatest size of one memory in bytes; growth beyond it fails, a greater minimum is refused. */
  readonly maxMemoryBytes?: number
  /** Greatest number of elements of one table. */
  readonly maxTableElements?: number
  /** Count the instructions that the guest executes, and stop it when its store's fuel is used up (Store.setFuel). */
  readonly consumeFuel?: boolean
  /** Assert the 32-bit zero-extension rule in generated code (tests). */
  readonly checked?: boolean
  /** `PASS[,FUNC]`: print what a pass of the optimizing compiler makes, of one function (index or name) or of all. */
  readonly dumpIr?: string
  /** Say on standard error which functions the optimizing compiler left to the baseline tier, and why. */
  readonly reportRefusals?: boolean
}

/**
 * optimize: a job for each function as soon as it is compiled;
 * osr: frames of baseline code go on in optimized code at every loop header;
 * climb: as osr, but those that are found at an inner loop, at a loop around it (runtime/climb.ts);
 * publish: as optimize, and workers make code reachable at random moments.
 */
export type ForcedMode = (typeof FORCED_MODES)[number]
const FORCED_MODES = ['optimize', 'osr', 'climb', 'publish'] as const

/** 65,536 pages of 64 KiB: all that 32 bits address. */
const MAX_MEMORY_BYTES = 2 ** 32
/** The JS API's limit on table elements. */
const MAX_TABLE_ELEMENTS = 10_000_000
/** More threads than this only get in each other's way. */
const MAX_COMPILE_THREADS = 64
const DEFAULT_WASM_STACK = 1 << 20
/** Below this the stubs and one probed frame would not fit. */
const MIN_WASM_STACK = 64 << 10
/** A fiber larger than this is surely a slip of the pen. */
const MAX_WASM_STACK = 2 ** 32

export const DEFAULT_OPTIONS: Required<EngineOptions> = {
  tier: 'auto',
  // One core stays for the thread that waits for the code; with a single core they take turns.
  compileThreads: Math.max(1, addon.processors - 1),
  force: [],
  compile: 'lazy',
  maxWasmStack: DEFAULT_WASM_STACK,
  bounds: 'guard',
  maxMemoryBytes: MAX_MEMORY_BYTES,
  maxTableElements: MAX_TABLE_ELEMENTS,
  consumeFuel: false,
  checked: false,
  dumpIr: '',
  reportRefusals: false,
}

/** An option that cannot be used; the message names it and says what it takes. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
}

export interface ParsedEngineOptions {
  readonly options: EngineOptions
  /** The words that are not engine options, in order. */
  readonly rest: readonly string[]
}

const TIERS = ['baseline', 'optimizing', 'auto'] as const
const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** Parses a size: bytes, or with a binary unit (`64k`, `1MiB`, `2g`). */
export function parseBytes(text: string, option: string): number {
  const match = /^(\d+)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim())
  if (match === null) throw new OptionError(`${option} takes a size such as 65536, 512k or 1MiB, not '${text}'`)
  return Number(match[1]) * BYTE_UNITS[match[2].toLowerCase()]
}

function parseThreads(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new OptionError(`--compile-threads takes a number of threads, not '${text}'`)
  return Number(text)
}

function choice<T extends string>(text: string, option: string, choices: readonly T[]): T {
  const found = choices.find((each) => each === text)
  if (found === undefined) throw new OptionError(`${option} takes ${choices.join(' or ')}, not '${text}'`)
  return found
}

/** What `--dump-ir=PASS[,FUNC]` asks for; all functions without FUNC. @throws OptionError */
export function parseDump(text: string): { readonly pass: DumpPass; readonly func: string | undefined } {
  const comma = text.indexOf(',')
  const name = comma < 0 ? text : text.slice(0, comma)
  const pass = dumpPasses.find((each) => each === name)
  if (pass === undefined) throw new OptionError(`--dump-ir takes ${dumpPasses.join(', ')}, not '${name}'`)
  return { pass, func: comma < 0 ? undefined : text.slice(comma + 1) }
}

/** The options of some objects, of which the last that has one says what it is; undefined is as if it were not there. */
function merged(layers: readonly EngineOptions[]): Required<EngineOptions> {
  const all: Record<string, unknown> = { ...DEFAULT_OPTIONS }
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) if (value !== undefined) all[name] = value
  }
  return all as unknown as Required<EngineOptions>
}

/** Checks option objects, the more important behind, and fills in the defaults. @throws OptionError */
export function resolveOptions(...layers: readonly EngineOptions[]): Required<EngineOptions> {
  const all = merged(layers)
  choice(all.tier, 'tier', TIERS)
  choice(all.compile, 'compile', ['lazy', 'eager'])
  choice(all.bounds, 'bounds', ['guard', 'explicit'])
  const range = (value: number, name: string, low: number, high: number): void => {
    if (!(value >= low && value <= high)) throw new OptionError(`${name} must be from ${low} to ${high}, not ${value}`)
  }
  range(all.compileThreads, 'compile-threads', 0, MAX_COMPILE_THREADS)
  if (all.dumpIr !== '') parseDump(all.dumpIr)
  range(all.maxWasmStack, 'max-wasm-stack', MIN_WASM_STACK, MAX_WASM_STACK)
  range(all.maxMemoryBytes, 'max-memory-size', 0, MAX_MEMORY_BYTES)
  range(all.maxTableElements, 'max-table-elements', 0, MAX_TABLE_ELEMENTS)
  return all
}

/**
 * Takes the engine's options out of a list of words: `--tier=baseline|optimizing|auto`, `--compile=lazy|eager`,
 * `--compile-threads=N`, `--force=MODE,...`, `--bounds=guard|explicit`, `--dump-ir=PASS[,FUNC]`,
 * `-W max-wasm-stack=SIZE,max-memory-size=SIZE,max-table-elements=N`. The value of a long
 * option may also be the next word; other keys of a `-W` group stay in `rest`.
 * @throws OptionError for a known option with a value that it does not take
 */
export function parseEngineOptions(words: readonly string[]): ParsedEngineOptions {
  const options: { -readonly [K in keyof EngineOptions]: EngineOptions[K] } = {}
  const rest: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    const long = /^(--tier|--compile|--bounds|--compile-threads|--force|--dump-ir)(?:=(.*))?$/s.exec(word)
    if (long !== null) {
      const value = long[2] ?? words[++i]
      if (value === undefined) throw new OptionError(`${long[1]} needs a value`)
      if (long[1] === '--tier') options.tier = choice(value, '--tier', TIERS)
      else if (long[1] === '--compile') options.compile = choice(value, '--compile', ['lazy', 'eager'])
      else if (long[1] === '--compile-threads') options.compileThreads = parseThreads(value)
      else if (long[1] === '--dump-ir') options.dumpIr = value
      else if (long[1] === '--force') {
        options.force = value.split(',').map((mode) => choice(mode, '--force', FORCED_MODES))
      } else options.bounds = choice(value, '--bounds', ['guard', 'explicit'])
      continue
    }
    const group = /^-W(.*)$/s.exec(word)
    if (group === null) {
      rest.push(word)
      continue
    }
    const text = group[1] === '' ? words[++i] : group[1]
    if (text === undefined) throw new OptionError('-W needs a value, for example -W max-wasm-stack=2MiB')
    const others: string[] = []
    for (const setting of text.split(',')) {
      const [key, value = ''] = setting.split('=', 2)
      if (key === 'max-wasm-stack') options.maxWasmStack = parseBytes(value, '-W max-wasm-stack')
      else if (key === 'max-memory-size') options.maxMemoryBytes = parseBytes(value, '-W max-memory-size')
      else if (key === 'max-table-elements') options.maxTableElements = parseBytes(value, '-W max-table-elements')
      else others.push(setting)
    }
    if (others.length > 0) rest.push('-W', others.join(','))
  }
  return { options, rest }
}

/** Engine options from `WINDLASS_OPTIONS`; words that are not about the engine are the command's business. */
export function environmentOptions(text: string | undefined = process.env['WINDLASS_OPTIONS']): EngineOptions {
  if (text === undefined || text.trim() === '') return {}
  try {
    return parseEngineOptions(text.trim().split(/\s+/)).options
  } catch (error) {
    throw error instanceof OptionError ? new OptionError(`in WINDLASS_OPTIONS: ${error.message}`) : error
  }
}
