/**
 * The `windlass` command: finds the subcommand, parses its options, runs it and turns what goes wrong into a message
 * and an exit code. Everything that a subcommand needs is loaded by the subcommand.
 */
import { existsSync } from 'node:fs'
import { codeOf } from '../runtime/system-errors.js'
import { COMMANDS, findCommand } from './commands.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { OPTIONS_VARIABLE, parseOptions } from './options.js'
import { runCommand, type CommandSpec } from './default-command.js'
import { suggest } from './suggest.js'
import { complain, print, printError } from './terminal.js'

/** Whether a word looks like a path or an option: no command is called so. */
function isNoName(word: string): boolean {
  return /[./\\]|^-/.test(word)
}

/** The word for a command, or nearly, that is no file: then it is hardly meant as a program to run. */
function checkFile(word: string): void {
  if (existsSync(word)) return
  const meant = suggest(word, [...COMMANDS.map(({ name }) => name), 'version'])
  if (meant === undefined) return
  const spelling = meant === 'version' ? '--version' : meant
  throw new UsageError(`there is no command or file '${word}'; did you mean ${spelling}?`)
}

/**
 * The command that the words name, and the words that are its own. Without a name it is `run`.
 * @throws UsageError
 */
function chooseCommand(words: readonly string[]): { command: CommandSpec; rest: readonly string[] } {
  const [word] = words
  if (word === runCommand.name) return { command: runCommand, rest: words.slice(1) }
  if (isNoName(word)) return { command: runCommand, rest: words }
  const command = findCommand(word)
  if (command !== undefined) return { command, rest: words.slice(1) }
  checkFile(word)
  return { command: runCommand, rest: words }
}

interface Outcome {
  readonly code: number
  /** Ends the process at once; absent where something may go on. */
  readonly end?: (code: number) => void
}

async function dispatch(words: readonly string[]): Promise<Outcome> {
  const first = words.at(0)
  if (first === '--version' || first === '-V') {
    const { packageVersion } = await import('../runtime/version.js')
    print(`windlass ${packageVersion()}`)
    return { code: ExitCode.ok }
  }
  if (first === undefined || first === '--help' || first === '-h') {
    const { overview } = await import('./help.js')
    if (first !== undefined) print(overview())
    else printError(overview())
    return { code: first === undefined ? ExitCode.usage : ExitCode.ok }
  }
  const { command, rest } = chooseCommand(words)
  try {
    const parsed = parseOptions(command, rest)
    if (parsed.has('help')) {
      const { commandHelp } = await import('./help.js')
      print(commandHelp(command))
      return { code: ExitCode.ok }
    }
    const code = await command.run(parsed)
    if (command.endsProcess?.(parsed) !== true) return { code }
    return { code, end: (await import('../runtime/process-end.js')).endProcess }
  } catch (error) {
    if (error instanceof UsageError) error.command = command.name
    throw error
  }
}

/** Prints what a host error says about itself: it is a bug of ours or of the machine, so all of it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `uncaught exception: ${String(error)}`
  if (codeOf(error) === 'ERR_WINDLASS_ADDON') return error.message
  return error.stack ?? error.message
}

/**
 * Runs the command line `words` and sets the process's exit code.
 * @returns what ends the process at once, when it need not wait for anything else
 */
export async function main(words: readonly string[]): Promise<(() => void) | undefined> {
  try {
    const { code, end } = await dispatch(words)
    process.exitCode = code
    return end === undefined ? undefined : () => end(code)
  } catch (error) {
    if (error instanceof UsageError) {
      complain(error.message)
      const defaults = process.env[OPTIONS_VARIABLE] ?? ''
      if (defaults !== '') printError(`(${OPTIONS_VARIABLE} adds: ${defaults})`)
      printError(`Try 'windlass ${error.command === '' ? '' : `${error.command} `}--help'.`)
      process.exitCode = ExitCode.usage
    } else {
      complain(error instanceof CommandError ? error.message : describe(error))
      process.exitCode = ExitCode.failed
    }
    return undefined
  }
}
