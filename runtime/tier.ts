/** Which tier compiles. The tiering policy will stand here. */
import { BaselineCompiler } from '../tiers/baseline/compiler.js'
import type { CompileEnv, FunctionCompiler } from '../tiers/compiled.js'
import { OptimizingCompiler } from '../tiers/optimizing/compiler.js'
import type { EngineOptions } from './options.js'

export type Tier = NonNullable<EngineOptions['tier']>

export function createCompiler(env: CompileEnv, tier: Tier): FunctionCompiler {
  const baseline = new BaselineCompiler(env)
  // `checked` engines (tests) also have every register allocation verified.
  return tier === 'optimizing' ? new OptimizingCompiler(env, baseline, { check: env.checked }) : baseline
}
