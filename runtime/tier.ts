/** Which tier compiles. One line today; the tiering policy will stand here. */
import { BaselineCompiler } from '../tiers/baseline/compiler.js'
import type { CompileEnv, FunctionCompiler } from '../tiers/compiled.js'

export function createCompiler(env: CompileEnv): FunctionCompiler {
  return new BaselineCompiler(env)
}
