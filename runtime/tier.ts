/** Which compilers there are; which one compiles a function, and when, is decided in tiering.ts. */
import { HostedCompiler } from '../tiers/baseline/hosted.js'
import type { CompileEnv, FunctionCompiler } from '../tiers/compiled.js'
import { OptimizingCompiler } from '../tiers/optimizing/compiler.js'
import type { OptimizingStats } from '../tiers/optimizing/options.js'
import { optimizerOptions, type OptimizerSettings } from './optimizer-options.js'
import type { EngineOptions } from './options.js'

export type Tier = NonNullable<EngineOptions['tier']>

/** A compiler; the optimizing one counts what it does, the baseline one can compile many functions at once. */
export interface TierCompiler extends FunctionCompiler {
  readonly compileRun?: HostedCompiler['compileRun']
  readonly stats?: OptimizingStats
}

/** What compiles a function first. */
export function createCompiler(env: CompileEnv, tier: Tier, settings: OptimizerSettings = {}): TierCompiler {
  return tier === 'optimizing' ? createOptimizer(env, settings) : createBaseline(env)
}

/** In tests a failure of the engine's program is an error: `WINDLASS_TEST_PROGRAM=strict`. */
function createBaseline(env: CompileEnv): HostedCompiler {
  const isStrict = process.env['WINDLASS_TEST_PROGRAM'] === 'strict'
  return new HostedCompiler(env, (failure) => {
    if (isStrict) throw failure
  })
}

export function createOptimizer(env: CompileEnv, settings: OptimizerSettings = {}): OptimizingCompiler {
  return new OptimizingCompiler(env, createBaseline(env), optimizerOptions(env, settings))
}
