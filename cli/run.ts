/** `windlass run`: loads a module, gives it what it imports, runs it, ends with its exit code. */
import { basename } from 'node:path'
import type { Engine } from '../runtime/engine.js'
import { CompileError, LinkError } from '../runtime/errors.js'
import { Instance } from '../runtime/instance.js'
import { EndSignal, endAtSignal } from '../runtime/interrupts.js'
import type { Func } from '../runtime/func.js'
import type { Module } from '../runtime/module.js'
import { expectNoTurns } from '../runtime/sampling.js'
import { Store } from '../runtime/store.js'
import { Wasi, WasiSetupError, type WasiOptions } from '../wasi/wasi.js'
import { ExternKind } from '../wasm/types.js'
import { CodeStore } from './code-store.js'
import { coredumpPlan, dumpCore, type CoredumpPlan } from './coredump-write.js'
import { compilesEagerly, createEngine } from './engine-options.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { answerGroupHelp, groupSettings, parseDuration } from './groups.js'
import { kindName, resolveImports, type Resolve } from './link.js'
import { STDIN, displayName, refusal } from './load.js'
import type { ParsedOptions } from './options.js'
import { profileRequests, type ProfileRequest } from './profile-requests.js'
import { environment, preloads, preopens, programArgs } from './run-settings.js'
import { complain, print, printError, Progress } from './terminal.js'
import { DEFAULT_MAX_BACKTRACE, describeTrap, isTrap } from './trap-report.js'
import { formatFuncType, formatValue, parseValue } from './values.js'

/** The guest's time is up. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** A signal has ended the guest: somebody wants its core dump now, or its profile. */
class SignalError extends Error {
  override readonly name = 'SignalError'
  readonly signal: EndSignal

  constructor(name: keyof typeof EndSignal) {
    super(`the program was ended by ${name}`)
    this.signal = EndSignal[name]
  }
}

/** Everything that is read from the options before anything is loaded, so that mistakes show at once. */
interface Plan {
  readonly file: string
  readonly engine: Engine
  readonly code: CodeStore
  readonly eager: boolean
  readonly wasi: Wasi
  readonly invoke: string | undefined
  readonly timeout: number | undefined
  readonly timeslice: number | undefined
  readonly fuel: number | undefined
  readonly maxBacktrace: number
  readonly profiles: readonly ProfileRequest[]
  /** Show the profile in a browser afterwards. */
  readonly serve: boolean
  /** Tell native debuggers about compiled code. */
  readonly debugInfo: boolean
  readonly coredump: CoredumpPlan | undefined
  /** What has been loaded so far, and from where: a backtrace names files. */
  readonly modules: { readonly module: Module; readonly file: string }[]
}

function planOf(parsed: ParsedOptions): Plan {
  const file = parsed.operands.at(0)
  if (file === undefined) {
    // An option that has swallowed the file as its value is told first.
    createEngine(parsed)
    throw new UsageError('no module given: windlass run [OPTIONS] FILE [ARGS...]')
  }
  const timeout = groupSettings(parsed, 'wasm').get('timeout')
  const timeslice = groupSettings(parsed, 'wasm').get('timeslice')
  const backtrace = groupSettings(parsed, 'debug').get('max-backtrace')
  if (backtrace !== undefined && !/^\d+$/.test(backtrace)) {
    throw new UsageError(`-D max-backtrace takes a number, not '${backtrace}'`)
  }
  // Eager compilation happens in `load`, function by function, so that progress can be shown.
  const fuel = parseFuel(groupSettings(parsed, 'wasm').get('fuel'))
  const engine = createEngine(parsed, { compile: 'lazy', consumeFuel: fuel !== undefined })
  return {
    file,
    engine,
    code: new CodeStore(engine, parsed),
    eager: compilesEagerly(parsed),
    wasi: makeWasi({
      args: programArgs(parsed),
      env: environment(parsed),
      preopens: preopens(parsed),
    }),
    invoke: parsed.value('invoke'),
    fuel,
    timeslice: timeslice === undefined ? undefined : parseDuration(timeslice, '-W timeslice'),
    timeout: timeout === undefined ? undefined : parseDuration(timeout, '-W timeout'),
    debugInfo: groupSettings(parsed, 'debug').flag('debug-info') === true,
    coredump: coredumpPlan(parsed),
    maxBacktrace: backtrace === undefined ? DEFAULT_MAX_BACKTRACE : Number(backtrace),
    modules: [],
    profiles: profileRequests(parsed),
    serve: parsed.has('profile-serve'),
  }
}

function parseFuel(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const fuel = /^\d+$/.test(text) ? Number(text) : NaN
  if (!Number.isSafeInteger(fuel)) throw new UsageError(`-W fuel takes a number up to 2^53 - 1, not '${text}'`)
  return fuel
}

function makeWasi(options: WasiOptions): Wasi {
  try {
    return new Wasi(options)
  } catch (error) {
    throw error instanceof WasiSetupError ? new CommandError(error.message) : error
  }
}

async function load(plan: Plan, file: string): Promise<Module> {
  const module = await plan.code.load(file)
  if (file !== STDIN) module.file = file
  plan.modules.push({ module, file })
  if (plan.eager) {
    const progress = new Progress(`compiling ${displayName(file)}`)
    module.compileAll((done, total) => progress.update(done, total))
    progress.end()
  }
  return module
}

function named(file: string, error: unknown): unknown {
  if (error instanceof CompileError) return refusal(file, error)
  if (error instanceof LinkError) return new CommandError(`${displayName(file)} cannot be linked: ${error.message}`)
  if (isTrap(error)) return error
  if (error instanceof RangeError) {
    return new CommandError(`${displayName(file)} cannot be instantiated: ${error.message}`)
  }
  return error
}

async function instantiate(plan: Plan, store: Store, file: string, resolve: Resolve): Promise<Instance> {
  try {
    const module = await load(plan, file)
    const imports = resolveImports(module, displayName(file), resolve)
    return new Instance(store, module, imports)
  } catch (error) {
    throw named(file, error)
  }
}

/** Exported functions with their types, for a user who does not know what to call. */
function describeExports(instance: Instance): string {
  const lines = Array.from(instance.exports, ([name, extern]) => {
    const type = extern.kind === ExternKind.Func ? ` ${formatFuncType(extern.type)}` : ''
    return `  ${kindName(extern.kind)} ${JSON.stringify(name)}${type}`
  })
  return lines.length === 0 ? 'It exports nothing.' : `It exports:\n${lines.join('\n')}`
}

function exportedFunc(instance: Instance, file: string, name: string): Func {
  const func = instance.getFunc(name)
  if (func !== undefined) return func
  throw new CommandError(`${displayName(file)} exports no function '${name}'. ${describeExports(instance)}`)
}

async function invoke(plan: Plan, instance: Instance, name: string, texts: readonly string[]): Promise<void> {
  const func = exportedFunc(instance, plan.file, name)
  const { params, results } = func.type
  if (texts.length !== params.length) {
    throw new UsageError(
      `${name} ${formatFuncType(func.type)} takes ${params.length} argument${params.length === 1 ? '' : 's'}, not ${texts.length}`,
    )
  }
  const args = texts.map((text, i) => parseValue(text, params[i], `argument ${i + 1} of ${name}`))
  const { timeslice } = plan
  const result = timeslice === undefined ? func.callable(...args) : await func.promising({ timeslice })(...args)
  // Several results come as an array (JS API, section 5.6).
  const values: readonly unknown[] = Array.isArray(result) ? result : [result]
  results.forEach((type, i) => print(formatValue(values[i], type)))
}

async function start(plan: Plan, instance: Instance, args: readonly string[]): Promise<number> {
  const { wasi, invoke: name, timeslice } = plan
  if (name !== undefined) {
    const code = wasi.initialize(instance)
    return code === 0 ? wasi.runAsync(() => invoke(plan, instance, name, args)) : code
  }
  if (instance.getFunc('_start') !== undefined) {
    return timeslice === undefined ? wasi.start(instance) : wasi.startAsync(instance, { timeslice })
  }
  const canCall = Array.from(instance.exports, ([, extern]) => extern.kind).includes(ExternKind.Func)
  throw new CommandError(
    `${displayName(plan.file)} has no _start function, so there is nothing to run by itself. ` +
      describeExports(instance) +
      (canCall ? `\nCall one with: windlass run --invoke NAME ${plan.file} ARGS...` : ''),
  )
}

/** Starts the clock of -W timeout. @returns a function that stops it */
function limitTime(plan: Plan, store: Store): () => void {
  const { timeout, wasi } = plan
  if (timeout === undefined) return () => undefined
  wasi.setTimeout(timeout)
  return store.deadline(timeout, () => new TimeoutError(`the program ran longer than ${timeout} ms (-W timeout)`))
}

/** Instantiates the preloaded modules and the program, and runs it. @returns its exit code */
async function execute(plan: Plan, parsed: ParsedOptions): Promise<number> {
  const store = new Store(plan.engine)
  if (plan.fuel !== undefined) store.fuel = plan.fuel
  const callOff = limitTime(plan, store)
  try {
    const wasiImports = plan.wasi.importsFor(store)
    const loaded = new Map<string, Instance>()
    const resolve: Resolve = (from, name) => loaded.get(from)?.exports.get(name) ?? wasiImports(from, name)
    for (const { name, file } of preloads(parsed)) loaded.set(name, await instantiate(plan, store, file, resolve))
    const instance = await instantiate(plan, store, plan.file, resolve)
    return await start(plan, instance, parsed.operands.slice(1))
  } finally {
    callOff()
  }
}

/** Signals after which there is something to write: they end the program, not the process. */
function watchedSignals({ coredump, profiles }: Plan): (keyof typeof EndSignal)[] {
  const signals: (keyof typeof EndSignal)[] = coredump === undefined ? [] : ['SIGQUIT']
  if (profiles.length > 0) signals.push('SIGINT', 'SIGTERM')
  return signals
}

/** Runs the program and tells about its end. @returns the exit code */
async function executeAndReport(plan: Plan, parsed: ParsedOptions): Promise<number> {
  const callOffs = watchedSignals(plan).map((name) => endAtSignal(EndSignal[name], () => new SignalError(name)))
  let ended = false
  try {
    const code = await execute(plan, parsed)
    ended = true
    return code
  } catch (error) {
    const isStopped = error instanceof TimeoutError || error instanceof SignalError
    if (isStopped) {
      complain(error.message)
    } else if (isTrap(error)) {
      const fileOf = (url: string): string | undefined => plan.modules.find((each) => each.module.url === url)?.file
      complain(describeTrap(error, plan.maxBacktrace, fileOf))
    }
    dumpCore(plan.coredump, error, plan.file, isStopped ? 'interrupt' : undefined)
    if (!isStopped && !isTrap(error)) throw error
    return error instanceof SignalError ? ExitCode.signal + error.signal : ExitCode.trap
  } finally {
    for (const callOff of callOffs) callOff()
    plan.code.save(ended)
  }
}

export async function run(parsed: ParsedOptions): Promise<number> {
  if (answerGroupHelp(parsed)) return ExitCode.ok
  const plan = planOf(parsed)
  if (plan.timeslice === undefined) expectNoTurns()
  if (plan.debugInfo) (await import('../profiler/gdb.js')).exposeToDebuggers(plan.engine)
  if (!parsed.has('stats')) return profiled(plan, parsed)
  const { TierStats } = await import('./tier-stats.js')
  const stats = new TierStats(plan.engine)
  try {
    return await profiled(plan, parsed)
  } finally {
    printError(stats.report())
  }
}

/** Runs the program with the profiles that were asked for. */
async function profiled(plan: Plan, parsed: ParsedOptions): Promise<number> {
  const { profiles, serve, engine, file } = plan
  if (profiles.length === 0) return executeAndReport(plan, parsed)
  const { startProfiles } = await import('./profiling.js')
  const stop = await startProfiles(engine, profiles, basename(displayName(file)))
  let code: number
  try {
    code = await executeAndReport(plan, parsed)
  } finally {
    await stop(plan.modules.length > 0)
  }
  // Who wants the process to end does not want a server.
  const isOver = code === ExitCode.signal + EndSignal.SIGTERM
  if (serve && !isOver) await (await import('./profile.js')).serveWritten(profiles)
  return code
}
