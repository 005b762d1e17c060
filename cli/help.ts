/** Help texts, made from the command table. */
import { COMMANDS, findCommand } from './commands.js'
import type { CommandSpec, OptionSpec } from './default-command.js'
import { ExitCode, UsageError } from './errors.js'
import type { ParsedOptions } from './options.js'
import { suggest } from './suggest.js'
import { print, styled } from './terminal.js'

/** Width of the left column. */
const LEFT = 30

function row(left: string, right: string): string {
  return left.length < LEFT ? `  ${left.padEnd(LEFT)}${right}` : `  ${left}\n  ${' '.repeat(LEFT)}${right}`
}

function optionRow(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `
  const value = spec.value === undefined ? '' : ` ${spec.value}`
  return row(`${short}--${name}${value}`, spec.help)
}

function sentence(words: string): string {
  return `${words[0].toUpperCase()}${words.slice(1)}.`
}

export function commandHelp(command: CommandSpec): string {
  const parts = [`${styled('bold', 'Usage:')} ${command.usage}`, '', command.description ?? sentence(command.summary)]
  parts.push('', styled('bold', 'Options:'))
  for (const [name, spec] of Object.entries(command.options)) parts.push(optionRow(name, spec))
  parts.push('', styled('bold', 'Examples:'), ...command.examples.map((example) => `  ${example}`))
  return parts.join('\n')
}

export function overview(): string {
  return [
    `${styled('bold', 'Windlass')} runs WebAssembly programs, compiled to machine code by itself.`,
    '',
    `${styled('bold', 'Usage:')} windlass [COMMAND] [OPTIONS] FILE...`,
    '',
    styled('bold', 'Commands:'),
    ...COMMANDS.map((command) => row(command.name, command.summary)),
    '',
    styled('bold', 'Examples:'),
    '  windlass hello.wasm',
    '  windlass run --dir . app.wasm input.txt',
    '  windlass run --invoke add math.wat 2 40',
    '',
    styled('bold', 'Exit codes:'),
    row('of the program', 'when it ran to its end'),
    row(String(ExitCode.failed), 'something is wrong with a file or module'),
    row(String(ExitCode.usage), 'the command line cannot be understood'),
    row(String(ExitCode.trap), 'the program trapped, or ran out of its time'),
    '',
    styled('bold', 'Environment:'),
    row('WINDLASS_OPTIONS', 'default options, in the same spellings'),
    row('NO_COLOR, FORCE_COLOR', 'no colours, colours even without a terminal'),
    '',
    '`windlass COMMAND --help` tells more.',
  ].join('\n')
}

export async function help(parsed: ParsedOptions): Promise<number> {
  const name = parsed.operands.at(0)
  if (name === undefined) {
    print(overview())
    return ExitCode.ok
  }
  const command = findCommand(name)
  if (command === undefined) {
    const meant = suggest(
      name,
      COMMANDS.map((each) => each.name),
    )
    throw new UsageError(`there is no command '${name}'${meant === undefined ? '' : `; did you mean ${meant}?`}`)
  }
  if (parsed.operands.length > 1) throw new UsageError('one command at a time: windlass help [COMMAND]')
  print(commandHelp(command))
  return ExitCode.ok
}
