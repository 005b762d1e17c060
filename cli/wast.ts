/** `windlass wast`: runs specification test scripts and reports what fails. */
import type { Engine } from '../runtime/engine.js'
import { WasmError } from '../wasm/error.js'
import { createEngine } from './engine-options.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { answerGroupHelp } from './groups.js'
import { displayName, readInput } from './load.js'
import type { ParsedOptions } from './options.js'
import { complain, print, styled } from './terminal.js'
import { runScript, type WastReport } from './wast-runner.js'

interface FileReport extends WastReport {
  readonly file: string
  /** Why there was no script to run. */
  readonly error?: string
}

function runFile(engine: Engine, file: string): FileReport {
  const nothing = { file: displayName(file), passed: 0, skipped: 0, failures: [] }
  try {
    return { ...nothing, ...runScript(engine, new TextDecoder().decode(readInput(file))) }
  } catch (error) {
    if (error instanceof CommandError) return { ...nothing, error: error.message }
    if (!(error instanceof WasmError)) throw error
    return { ...nothing, failures: [{ line: 0, command: 'script', reason: error.message }] }
  }
}

function summary(report: FileReport): string {
  const { file, passed, failures, skipped } = report
  const counts = [`${passed} passed`]
  if (failures.length > 0) counts.push(styled('red', `${failures.length} failed`))
  if (skipped > 0) counts.push(`${skipped} skipped`)
  return `${file}: ${counts.join(', ')}`
}

export async function wast(parsed: ParsedOptions): Promise<number> {
  if (answerGroupHelp(parsed)) return ExitCode.ok
  if (parsed.operands.length === 0) throw new UsageError('no file given: windlass wast FILE...')
  const engine = createEngine(parsed)
  const reports: FileReport[] = []
  for (const file of parsed.operands) {
    const report = runFile(engine, file)
    reports.push(report)
    if (parsed.has('json')) continue
    if (report.error !== undefined) {
      complain(report.error)
      continue
    }
    for (const { line, command, reason } of report.failures) print(`${report.file}:${line}: ${command}: ${reason}`)
    print(summary(report))
  }
  const unread = reports.filter(({ error }) => error !== undefined).length
  const total = (count: (report: FileReport) => number): number => reports.reduce((sum, each) => sum + count(each), 0)
  const failed = total((report) => report.failures.length)
  if (parsed.has('json')) {
    print(JSON.stringify(reports, null, 2))
  } else if (reports.length > 1) {
    const missing = unread === 0 ? '' : `, ${unread} not read`
    print(`${reports.length} files: ${total((report) => report.passed)} passed, ${failed} failed${missing}`)
  }
  return failed + unread === 0 ? ExitCode.ok : ExitCode.failed
}
