/**
 * The optimizing compiler as the runtime has it: the Wasm program (program/program.ts), or the JavaScript compiler where there is no
 * program, for what it leaves out (frame states, fuel, what is for people and tests), and to say why a function is refused. Both are
 * one source and give the same code (tests/optimizing/program.test.ts).
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { ProgramFailure } from '../../wasm/programs.js'
import { OptimizingCompiler, type Variant } from './compiler.js'
import { MAX_BODY } from './limits.js'
import { passNames, type OptimizingOptions } from './options.js'
import { ProgramOptimizer, type ProgramSource } from './program/program.js'

/** What the program cannot be asked for. */
function isPlain({ check, chaos, pressure, guess, dump, allocated }: OptimizingOptions): boolean {
  const wanted = [chaos, pressure, guess, dump, allocated].some((each) => each !== undefined)
  return !wanted && check !== true
}

export class HostedOptimizer extends OptimizingCompiler {
  private readonly onFailure: (failure: ProgramFailure) => void
  private readonly program: ProgramOptimizer | undefined

  /**
   * @param source makes instances of the program
   * @param onFailure is told of a failure of the program; may throw it. Functions beyond most limits fail, too
   */
  constructor(
    env: CompileEnv,
    fallback: FunctionCompiler,
    options: OptimizingOptions,
    source: ProgramSource,
    onFailure: (failure: ProgramFailure) => void,
  ) {
    super(env, fallback, options)
    const { moduleBytes, fuel } = env
    this.onFailure = onFailure
    if (moduleBytes === undefined || fuel === true || !isPlain(options)) return
    this.program = new ProgramOptimizer({ ...env, moduleBytes }, source)
  }

  protected override run(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null,
    variant: Variant,
  ): CompiledFunction {
    // JavaScript refuses a body beyond the limit before it does anything.
    const isPossible = !frames && end - start <= MAX_BODY
    const made = isPossible ? this.byProgram(defined, bytes, start, end, moduleOffset, facts, variant) : undefined
    return made ?? super.run(defined, bytes, start, end, moduleOffset, frames, facts, variant)
  }

  /** Undefined when the program cannot, or has failed: then JavaScript does it once more, and says what is wrong. @throws LimitError */
  private byProgram(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
    { loop, feedback }: Variant,
  ): CompiledFunction | undefined {
    if (this.program === undefined) return undefined
    const maxHeight = loop < 0 ? 0 : this.heightOf(defined, bytes, start, end, moduleOffset, facts)
    this.begin()
    try {
      return this.program.compile(defined, loop, maxHeight, feedback, (pass) => this.end(passNames[pass], false))
    } catch (error) {
      if (!(error instanceof ProgramFailure)) throw error
      ProgramOptimizer.drop()
      this.onFailure(error)
      return undefined
    }
  }
}
