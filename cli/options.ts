/**
 * Parses a command's options by its entry in the command table, and defaults from `WINDLASS_OPTIONS`; errors name the option
 * and suggest the one that was meant.
 *
 * Not by parseArgs of node:util: it does not cut at the guest's module, and its two files are 2 ms of a run that has 20.
 */
import { COMMANDS } from './commands.js'
import type { CommandSpec, OptionSpec } from './default-command.js'
import { UsageError } from './errors.js'
import { suggest } from './suggest.js'

/** The environment variable that sets defaults; the engine reads its own options from it too. */
export const OPTIONS_VARIABLE = 'WINDLASS_OPTIONS'

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

/** The option of a letter: its name, the letter itself when there is none. */
function longName(letter: string, options: Readonly<Record<string, OptionSpec>>): string {
  return Object.keys(options).find((name) => options[name].short === letter) ?? letter
}

/**
 * Takes options and operands apart, as getopt_long does: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-ab` for two
 * switches, `--` before the operands.
 * @param cut end at the first operand: what follows it, whatever it looks like, are operands
 */
function parseWords(words: readonly string[], options: Readonly<Record<string, OptionSpec>>, cut: boolean): Parsed {
  const occurrences: Occurrence[] = []
  const operands: string[] = []
  let next = 0
  const add = (name: string, written: string, attached: string | undefined): void => {
    const takesValue = Object.hasOwn(options, name) && options[name].value !== undefined
    const value = attached ?? (takesValue ? words.at(next++) : undefined)
    checkOption(name, written, value, options)
    occurrences.push({ name, value })
  }
  while (next < words.length) {
    const word = words[next++]
    if (word === '--') return { occurrences, operands: [...operands, ...words.slice(next)] }
    if (word === '-' || !word.startsWith('-')) {
      if (cut) return { occurrences, operands: words.slice(next - 1) }
      operands.push(word)
    } else if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const written = equals < 0 ? word : word.slice(0, equals)
      add(written.slice(2), written, equals < 0 ? undefined : word.slice(equals + 1))
    } else {
      for (let k = 1; k < word.length; k++) {
        const name = longName(word[k], options)
        const takesValue = Object.hasOwn(options, name) && options[name].value !== undefined
        const rest = word.slice(k + 1).replace(/^=/, '')
        add(name, `-${word[k]}`, takesValue && k + 1 < word.length ? rest : undefined)
        if (takesValue) break
      }
    }
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
  const text = process.env[OPTIONS_VARIABLE]?.trim()
  if (text === undefined || text === '') return []
  try {
    const parsed = parseWords(text.split(/\s+/), allOptions(), false)
    if (parsed.operands.length > 0) throw new UsageError(`'${parsed.operands[0]}' is not an option`)
    return parsed.occurrences.filter((occurrence) => Object.hasOwn(command.options, occurrence.name))
  } catch (error) {
    if (error instanceof UsageError) error.message = `in ${OPTIONS_VARIABLE}: ${error.message}`
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
