/**
 * How the engine's options, and test modes in the environment, set the optimizing compiler up.
 *
 * `WINDLASS_TEST_OPTIMIZER=chaos=SEED,worst,pressure=N,guess=SEED,check,strict` makes rare paths common: the mid-end's choices
 * arbitrary (or the worst), registers scarce, arbitrary targets behind guards and blocks cold, every allocation checked, every fallback to the baseline tier an error. An engine with `checked` is strict.
 */
import { writeSync } from 'node:fs'
import type { CompileEnv } from '../tiers/compiled.js'
import type { OptimizingOptions } from '../tiers/optimizing/options.js'
import { ModuleNames } from '../wasm/names.js'
import { ExternKind, type ModuleInfo } from '../wasm/types.js'
import { OptionError, parseDump, type EngineOptions } from './options.js'

/** The engine's options that are the optimizing compiler's business. */
export type OptimizerSettings = Pick<EngineOptions, 'dumpIr' | 'reportRefusals'>

const STDERR = 2

interface TestModes {
  readonly chaos?: number
  readonly pressure?: number
  readonly guess?: number
  readonly worst?: boolean
  readonly strict?: boolean
  readonly check?: boolean
}

/** @throws OptionError */
function testModes(text: string | undefined): TestModes {
  const modes: { -readonly [K in keyof TestModes]: TestModes[K] } = {}
  for (const word of (text ?? '').split(',').filter((each) => each !== '')) {
    const [, name, value] = /^(\w+)(?:=(\d+))?$/.exec(word) ?? []
    if (name === 'worst' || name === 'strict' || name === 'check') modes[name] = true
    else if ((name === 'chaos' || name === 'pressure' || name === 'guess') && value !== undefined)
      modes[name] = Number(value)
    else
      throw new OptionError(
        `WINDLASS_TEST_OPTIMIZER takes chaos=SEED, pressure=N, guess=SEED, worst, check and strict, not '${word}'`,
      )
  }
  return modes
}

/** Is `wanted` the index, the name or an export's name of this defined function? So `--dump-ir` names functions. */
export function isFunction(info: ModuleInfo, names: ModuleNames | undefined, defined: number, wanted: string): boolean {
  const index = info.importedFuncs + defined
  if (wanted === String(index)) return true
  const { exports } = info
  if (exports.some((each) => each.kind === ExternKind.Func && each.index === index && each.name === wanted)) return true
  return names?.func(index) === wanted
}

function dumper(env: CompileEnv, request: string): NonNullable<OptimizingOptions['dump']> {
  const { pass, func } = parseDump(request)
  let names: ModuleNames | undefined
  return (made, defined, print) => {
    if (made !== pass) return
    if (env.moduleBytes !== undefined) names ??= new ModuleNames(env.info, env.moduleBytes())
    if (func !== undefined && !isFunction(env.info, names, defined, func)) return
    const index = env.info.importedFuncs + defined
    const name = names?.func(index)
    writeSync(STDERR, `; ${pass}: function ${index}${name === undefined ? '' : ` "${name}"`}\n${print()}`)
  }
}

/** @throws OptionError */
export function optimizerOptions(
  env: CompileEnv,
  { dumpIr = '', reportRefusals = false }: OptimizerSettings,
): OptimizingOptions {
  const { chaos, pressure, guess, worst, strict, check } = testModes(process.env['WINDLASS_TEST_OPTIMIZER'])
  const report = (defined: number, reason: string): void => {
    writeSync(STDERR, `windlass: function ${env.info.importedFuncs + defined} stays in the baseline tier: ${reason}\n`)
  }
  return {
    check: check ?? env.checked,
    strict: strict ?? env.checked,
    ...(chaos === undefined ? {} : { chaos }),
    ...(pressure === undefined ? {} : { pressure }),
    ...(guess === undefined ? {} : { guess }),
    ...(worst === undefined ? {} : { worst }),
    ...(dumpIr === '' ? {} : { dump: dumper(env, dumpIr) }),
    ...(reportRefusals ? { onRefusal: report } : {}),
    clock: () => performance.now(),
  }
}
