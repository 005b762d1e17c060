/**
 * Parses a command's options by its entry in the command table. node:util's parseArgs does the splitting into tokens;
 * this file adds what it lacks: cutting exactly at the guest's module, defaults from `WINDLASS_OPTIONS`, errors that
 * name the option and suggest the one that was meant.
 */
import { parseArgs } from 'node:util'
import { COMMANDS, type CommandSpec, type OptionSpec } from './commands.js'
import { UsageError } from './errors.js'
import { suggest } from './suggest.js'

/** The environment variable that sets defaults; the engine reads its own options from it too. */
const VARIABLE = 'WINDLASS_OPTIONS'

export interface ParsedOptions {
  readonly command: CommandSpec
  /** Last value of an option with a value, undefined when it was not given. */
  value(name: string): string | undefined
  /** All values of an option, in order. */
  values(name: string): readonly string[]
  /** True when a switch was given. */
  has(name: string): boolean
  /** Files and other operands; for a pass-through command the module and then the guest's arguments. */
  readonly operands: readonly string[]
}

interface Occurrence {
  readonly name: string
  readonly value: string | undefined
}

interface Parsed {
  readonly occurrences: readonly Occurrence[]
  readonly operands: readonly string[]
}

function parseWords(words: readonly string[], options: Readonly<Record<string, OptionSpec>>, cut: boolean): Parsed {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, spec]) => [
      name,
      {
        type: spec.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(spec.short === undefined ? {} : { short: spec.short }),
      },
    ]),
  )
  const { tokens } = parseArgs({
    args: [...words],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const occurrences: Occurrence[] = []
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      if (cut) return { occurrences, operands: words.slice(token.index) }
      operands.push(token.value)
      continue
    }
    checkOption(token.name, token.rawName, token.value, options)
    occurrences.push({ name: token.name, value: token.value })
  }
  return { occurrences, operands }
}

function checkOption(
  name: string,
  written: string,
  value: string | undefined,
  options: Readonly<Record<string, OptionSpec>>,
): void {
  if (!Object.hasOwn(options, name)) {
    const meant = suggest(name, Object.keys(options))
    throw new UsageError(`unknown option ${written}${meant === undefined ? '' : `; did you mean --${meant}?`}`)
  }
  const spec = options[name]
  if (spec.value !== undefined && value === undefined) {
    throw new UsageError(`option ${written} needs a value: ${written} ${spec.value}`)
  }
  if (spec.value === undefined && value !== undefined) {
    throw new UsageError(`option ${written} takes no value, but got '${value}'`)
  }
}

/** Options that any command knows: what `WINDLASS_OPTIONS` may hold. */
function allOptions(): Record<string, OptionSpec> {
  return Object.fromEntries(COMMANDS.flatMap((command) => Object.entries(command.options)))
}

function environmentOccurrences(command: CommandSpec): readonly Occurrence[] {
  const text = process.env[VARIABLE]?.trim()
  if (text === undefined || text === '') return []
  try {
    const parsed = parseWords(text.split(/\s+/), allOptions(), false)
    if (parsed.operands.length > 0) throw new UsageError(`'${parsed.operands[0]}' is not an option`)
    return parsed.occurrences.filter((occurrence) => Object.hasOwn(command.options, occurrence.name))
  } catch (error) {
    if (error instanceof UsageError) error.message = `in ${VARIABLE}: ${error.message}`
    throw error
  }
}

/**
 * Parses the words after the command's name.
 * @throws UsageError
 */
export function parseOptions(command: CommandSpec, words: readonly string[]): ParsedOptions {
  const own = parseWords(words, command.options, command.passThrough === true)
  const occurrences = [...environmentOccurrences(command), ...own.occurrences]
  return {
    command,
    operands: own.operands,
    value: (name) => occurrences.findLast((each) => each.name === name)?.value,
    values: (name) => occurrences.filter((each) => each.name === name).map((each) => each.value ?? ''),
    has: (name) => occurrences.some((each) => each.name === name),
  }
}
