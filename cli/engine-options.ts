/** From the command line to the options of an Engine. */
import { Engine } from '../runtime/engine.js'
import { OptionError, parseEngineOptions, type EngineOptions } from '../runtime/options.js'
import { UsageError } from './errors.js'
import { groupSettings } from './groups.js'
import type { ParsedOptions } from './options.js'

/** Tiers and compilers that later versions will have; asking for one must not silently give another. */
const FUTURE_TIERS: readonly string[] = ['auto']
/** Names of compilers, ours and wasmtime's, and the tier that each means. */
const COMPILERS: Readonly<Record<string, EngineOptions['tier']>> = {
  baseline: 'baseline',
  winch: 'baseline',
  optimizing: 'optimizing',
  cranelift: 'optimizing',
  auto: undefined,
}

/**
 * The engine options that were given; the Engine itself adds the defaults of `WINDLASS_OPTIONS`.
 * @throws UsageError, OptionError
 */
function engineOptions(parsed: ParsedOptions): EngineOptions {
  const tier = parsed.value('tier')
  if (tier !== undefined && FUTURE_TIERS.includes(tier)) {
    throw new UsageError(`--tier=${tier} is not there yet: this version has --tier=baseline and --tier=optimizing`)
  }
  const compiler = groupSettings(parsed, 'codegen').get('compiler')
  if (compiler !== undefined && !Object.hasOwn(COMPILERS, compiler)) {
    throw new UsageError(`-C compiler takes ${Object.keys(COMPILERS).join(', ')}, not '${compiler}'`)
  }
  groupSettings(parsed, 'optimize')
  const words: string[] = []
  for (const name of ['tier', 'compile', 'bounds', 'dump-ir']) {
    const value = parsed.value(name)
    if (value !== undefined) words.push(`--${name}=${value}`)
  }
  const { engineSettings } = groupSettings(parsed, 'wasm')
  if (engineSettings.length > 0) words.push('-W', engineSettings.join(','))
  const { options } = parseEngineOptions(words)
  const named = compiler === undefined ? undefined : COMPILERS[compiler]
  return {
    ...(named === undefined ? {} : { tier: named }),
    ...options,
    ...(groupSettings(parsed, 'debug').flag('compiler') === true ? { reportRefusals: true } : {}),
  }
}

/**
 * An engine as the command line asks for it.
 * @param forced options that this command sets itself
 * @throws UsageError
 */
export function createEngine(parsed: ParsedOptions, forced: EngineOptions = {}): Engine {
  try {
    return new Engine({ ...engineOptions(parsed), ...forced })
  } catch (error) {
    throw error instanceof OptionError ? new UsageError(error.message) : error
  }
}

/** True when everything is to be compiled before it runs. */
export function compilesEagerly(parsed: ParsedOptions): boolean {
  return parsed.value('compile') === 'eager'
}
