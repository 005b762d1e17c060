/** Which tier compiles. One line today; the tiering policy will stand here. */
import type { CompileEnv, FunctionCompiler } from '../tiers/compiled.js'

export function createCompiler(env: CompileEnv): FunctionCompiler {
  return {
    compile: () => {
      throw new Error(`no compiler for ${env.info.funcTypes.length} functions yet`)
    },
  }
}
