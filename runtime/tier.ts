/** Which compilers there are; which one compiles a function, and when, is decided in tiering.ts. */
import { BaselineCompiler } from '../tiers/baseline/compiler.js'
import type { CompileEnv, FunctionCompiler } from '../tiers/compiled.js'
import { OptimizingCompiler } from '../tiers/optimizing/compiler.js'
import type { EngineOptions } from './options.js'

export type Tier = NonNullable<EngineOptions['tier']>

/** What compiles a function first. */
export function createCompiler(env: CompileEnv, tier: Tier): FunctionCompiler {
  return tier === 'optimizing' ? createOptimizer(env) : new BaselineCompiler(env)
}

export function createOptimizer(env: CompileEnv): OptimizingCompiler {
  // `checked` engines (tests) also have every register allocation verified.
  return new OptimizingCompiler(env, new BaselineCompiler(env), { check: env.checked })
}
