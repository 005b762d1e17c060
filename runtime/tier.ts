/** Which compilers there are; which one compiles a function, and when, is decided in tiering.ts. */
import { HostedCompiler } from '../tiers/baseline/hosted.js'
import type { CompileEnv, FunctionCompiler } from '../tiers/compiled.js'
import { HostedOptimizer } from '../tiers/optimizing/hosted.js'
import { isForProgram, OptimizerRecord } from '../tiers/optimizing/program/record.js'
import type { OptimizingStats } from '../tiers/optimizing/options.js'
import type { ProgramFailure } from '../wasm/programs.js'
import { optimizerOptions, type OptimizerSettings } from './optimizer-options.js'
import type { EngineOptions } from './options.js'
import { optimizerProgram } from './own-programs.js'

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

/** A failure of one of the engine's programs: in tests it is an error, `WINDLASS_TEST_PROGRAM=strict`. */
function take(failure: ProgramFailure): void {
  if (process.env['WINDLASS_TEST_PROGRAM'] === 'strict') throw failure
}

function createBaseline(env: CompileEnv): HostedCompiler {
  return new HostedCompiler(env, take)
}

export function createOptimizer(env: CompileEnv, settings: OptimizerSettings = {}): HostedOptimizer {
  return new HostedOptimizer(env, createBaseline(env), optimizerOptions(env, settings), optimizerProgram, take)
}

/** What the optimizing compiler's program is told of a module; undefined when that leaves the module to JavaScript. */
export function createRecord(env: CompileEnv, settings: OptimizerSettings): OptimizerRecord | undefined {
  return isForProgram(env, optimizerOptions(env, settings)) ? new OptimizerRecord(env) : undefined
}
