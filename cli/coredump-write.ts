/** Core dumps of `windlass run`: from the options to a file, when the guest has failed. */
import { captureHostErrors } from '../runtime/coredump/capture.js'
import { Coredump } from '../runtime/coredump/coredump.js'
import { CoredumpError, writeCoredump } from '../runtime/coredump/write.js'
import type { CoredumpDialect, CoredumpReason } from '../wasm/coredump-format.js'
import { UsageError } from './errors.js'
import { groupSettings } from './groups.js'
import type { ParsedOptions } from './options.js'
import { complain, printError } from './terminal.js'

export interface CoredumpPlan {
  /** Path, or a pattern of one. */
  readonly pattern: string
  readonly format: CoredumpDialect
}

/** What the options say about core dumps. @throws UsageError */
export function coredumpPlan(parsed: ParsedOptions): CoredumpPlan | undefined {
  const settings = groupSettings(parsed, 'debug')
  const pattern = settings.get('coredump') ?? parsed.value('coredump-on-trap')
  const format = settings.get('format') ?? 'spec'
  if (format !== 'spec' && format !== 'wasmgdb')
    throw new UsageError(`-D format takes spec or wasmgdb, not '${format}'`)
  if (pattern === undefined) return undefined
  if (pattern === '') throw new UsageError('-D coredump needs a path, for example -D coredump=core.%p')
  captureHostErrors()
  return { pattern, format }
}

/** Writes the dump of a guest that an error ended, if one is wanted, and says so; a failure is said in a line of its own. */
export function dumpCore(
  plan: CoredumpPlan | undefined,
  error: unknown,
  program: string,
  reason?: CoredumpReason,
): void {
  if (plan === undefined) return
  const dump = Coredump.of(error, reason)
  if (dump === undefined) return
  try {
    printError(`core dumped to ${writeCoredump(dump, plan.pattern, { program, format: plan.format })}`)
  } catch (failure) {
    if (!(failure instanceof CoredumpError)) throw failure
    complain(failure.message)
  }
}
