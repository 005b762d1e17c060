/** The command lines of the benchmarks: `--help` prints the usage, a mistake one line and the usage, before anything is measured. */
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** As of other commands: the command line cannot be understood. */
const USAGE_EXIT = 2

/** Ends the process with the usage when it was asked for. */
function answerHelp(usage: string): void {
  if (!process.argv.slice(2).some((word) => word === '--help' || word === '-h')) return
  console.log(`usage: ${usage}`)
  process.exit(0)
}

/** Says what is wrong with the command line, and ends the process. */
export function misused(reason: string, usage: string): never {
  console.error(`${reason}\nusage: ${usage}`)
  process.exit(USAGE_EXIT)
}

/** The number that an option was given. @param least smallest that makes sense */
export function numberOption(text: string, option: string, least: number, usage: string): number {
  const number = text.trim() === '' ? NaN : Number(text)
  return number >= least && number < Infinity ? number : misused(`${option} takes a number from ${least} on, not '${text}'`, usage) // oxfmt-ignore
}

/** The process's options and operands; it ends here when there is nothing to do. */
export function commandLine<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  answerHelp(usage)
  try {
    return parseArgs(config)
  } catch (error) {
    // Its first sentence: the others are about operands that begin with a dash.
    return misused(String(error instanceof Error ? error.message : error).split('. ')[0], usage)
  }
}
