/** From the command line to the options of an Engine. */
import { Engine } from '../runtime/engine.js'
import { OptionError, parseEngineOptions, type EngineOptions } from '../runtime/options.js'
import { UsageError } from './errors.js'
import { groupSettings } from './groups.js'
import type { ParsedOptions } from './options.js'

/** What `-C compiler` takes: our tiers, and Wasmtime's names for their like. */
const COMPILERS: Readonly<Record<string, string>> = {
  auto: 'auto',
  baseline: 'baseline',
  winch: 'baseline',
  optimizing: 'optimizing',
  cranelift: 'optimizing',
}

/**
 * The engine options that were given; the Engine itself adds the defaults of `WINDLASS_OPTIONS`.
 * @throws UsageError, OptionError
 */
function engineOptions(parsed: ParsedOptions): EngineOptions {
  const words: string[] = []
  const compiler = groupSettings(parsed, 'codegen').get('compiler')
  if (compiler !== undefined) {
    const tier = COMPILERS[compiler]
    if (tier === undefined) {
      throw new UsageError(`-C compiler takes ${Object.keys(COMPILERS).join(', ')}, not '${compiler}'`)
    }
    words.push(`--tier=${tier}`)
  }
  // Of no effect, but its keys have to exist.
  groupSettings(parsed, 'optimize')
  for (const name of ['tier', 'compile', 'compile-threads', 'force', 'bounds', 'dump-ir']) {
    const value = parsed.value(name)
    if (value !== undefined) words.push(`--${name}=${value}`)
  }
  const { engineSettings } = groupSettings(parsed, 'wasm')
  if (engineSettings.length > 0) words.push('-W', engineSettings.join(','))
  const { options } = parseEngineOptions(words)
  return {
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
