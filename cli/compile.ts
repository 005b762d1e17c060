/** `windlass compile`: compiles every function of some modules and shows sizes and times. */
import { statSync } from 'node:fs'
import type { Engine } from '../runtime/engine.js'
import { CompileError } from '../runtime/errors.js'
import { Module, type ModuleStats } from '../runtime/module.js'
import { parseDump } from '../runtime/options.js'
import { createEngine } from './engine-options.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { answerGroupHelp } from './groups.js'
import { displayName, loadModule, refusal } from './load.js'
import type { ParsedOptions } from './options.js'
import { complain, print, Progress, styled } from './terminal.js'

const MEGABYTE = 1e6

function perSecond(bytes: number, milliseconds: number): number {
  return milliseconds > 0 ? bytes / MEGABYTE / (milliseconds / 1000) : 0
}

function report(file: string, stats: ModuleStats): string {
  const rows: readonly (readonly [string, string])[] = [
    ['functions', String(stats.functions)],
    ['module', `${stats.wasmBytes} bytes, ${stats.bodyBytes} of them function bodies`],
    [
      'machine code',
      `${stats.codeBytes} bytes (${(stats.codeBytes / Math.max(1, stats.bodyBytes)).toFixed(2)} a body byte)`,
    ],
    ['metadata', `${stats.metadataBytes} bytes`],
    [
      'validation',
      `${stats.validateMs.toFixed(1)} ms (${perSecond(stats.bodyBytes, stats.validateMs).toFixed(1)} MB/s)`,
    ],
    [
      'compilation',
      `${stats.compileMs.toFixed(1)} ms (${perSecond(stats.bodyBytes, stats.compileMs).toFixed(1)} MB/s)`,
    ],
  ]
  return [
    styled('bold', file),
    ...[...rows, ...optimizingRows(stats)].map(([name, value]) => `  ${name.padEnd(14)}${value}`),
  ].join('\n')
}

/** What the optimizing compiler did: each pass's share of its time. */
function optimizingRows({ optimizing }: ModuleStats): readonly (readonly [string, string])[] {
  if (optimizing === undefined) return []
  const { passes, functions, bytes, refused, failed } = optimizing
  const total = Object.values(passes).reduce((sum, ms) => sum + ms, 0)
  const left =
    refused + failed === 0 ? '' : `; left to the baseline tier: ${refused} over a limit, ${failed} by an error`
  return [
    ['optimized', `${functions} functions, ${((total * 1e6) / Math.max(1, bytes)).toFixed(0)} ns a body byte${left}`],
    ...Object.entries(passes).map(
      ([name, ms]) =>
        [`  ${name}`, `${ms.toFixed(1)} ms (${((100 * ms) / Math.max(total, 1e-9)).toFixed(0)}%)`] as const,
    ),
  ]
}

/** Is there a function that `--dump-ir` can show? @throws CommandError when not: nothing would be printed */
async function checkDump(engine: Engine, file: string, module: Module): Promise<void> {
  if (engine.options.dumpIr === '') return
  const { func } = parseDump(engine.options.dumpIr)
  if (func === undefined) return
  const { isFunction } = await import('../runtime/optimizer-options.js')
  const { info, names } = module
  for (let defined = 0; defined < module.code.functionCount; defined++)
    if (isFunction(info, names, defined, func)) return
  throw new CommandError(`${displayName(file)} has no function '${func}' of its own (--dump-ir=PASS,FUNC)`)
}

/** @param output where the code goes, if anywhere */
async function compileFile(engine: Engine, file: string, output: string | undefined): Promise<ModuleStats> {
  const name = displayName(file)
  const bytes = await loadModule(file)
  try {
    const module = new Module(engine, bytes, '', true)
    await checkDump(engine, file, module)
    if (output !== undefined) module.record()
    const progress = new Progress(`compiling ${name}`)
    module.compileAll((done, total) => progress.update(done, total))
    progress.end()
    if (output !== undefined) (await import('./write-image.js')).writeImage(module, output)
    return module.stats()
  } catch (error) {
    throw error instanceof CompileError ? refusal(file, error) : error
  }
}

/** What came of a file: its statistics, or why there are none. */
type Outcome = { readonly file: string } & (ModuleStats | { readonly error: string })

async function outcomeOf(engine: Engine, file: string, output: string | undefined): Promise<Outcome> {
  const name = displayName(file)
  try {
    return { file: name, ...(await compileFile(engine, file, output)) }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { file: name, error: error.message }
  }
}

/** A file may have several names. */
function isSameFile(a: string, b: string): boolean {
  try {
    const first = statSync(a)
    const second = statSync(b)
    return first.dev === second.dev && first.ino === second.ino
  } catch {
    // What is not there, or cannot be asked, is told where it is read or written.
    return false
  }
}

export async function compile(parsed: ParsedOptions): Promise<number> {
  if (answerGroupHelp(parsed)) return ExitCode.ok
  if (parsed.operands.length === 0) throw new UsageError('no file given: windlass compile FILE...')
  const output = parsed.value('output')
  if (output !== undefined && parsed.operands.length > 1) throw new UsageError('-o takes one module at a time')
  if (output !== undefined && isSameFile(output, parsed.operands[0]))
    throw new UsageError(`-o ${output} would overwrite the module: name another file`)
  const engine = createEngine(parsed, { compile: 'lazy' })
  if (engine.options.dumpIr !== '' && engine.options.tier !== 'optimizing')
    throw new UsageError('--dump-ir shows the optimizing compiler at work: add --tier=optimizing')
  const outcomes: Outcome[] = []
  for (const file of parsed.operands) {
    const outcome = await outcomeOf(engine, file, output)
    outcomes.push(outcome)
    if (parsed.has('json')) continue
    if ('error' in outcome) complain(outcome.error)
    else print(report(outcome.file, outcome))
  }
  if (parsed.has('json')) print(JSON.stringify(outcomes, null, 2))
  return outcomes.some((outcome) => 'error' in outcome) ? ExitCode.failed : ExitCode.ok
}
