/**
 * The optimizing compiler as the runtime has it: the Wasm program (program/program.ts), or the JavaScript compiler where there is no
 * program, for what it leaves out (frame states, fuel, what is for people and tests), and to say why a function is refused. Both are
 * one source and give the same code (tests/optimizing/program.test.ts).
 *
 * The JavaScript compiler is a large file of the bundle, which takes longer to load than the program to compile the first functions: it is not
 * touched before it is needed.
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { ProgramFailure } from '../../wasm/programs.js'
import { OptimizingCompiler } from './compiler.js'
import { operandHeight } from './height.js'
import { LimitError, MAX_BODY } from './limits.js'
import { emptyStats, type OptimizingOptions } from './options.js'
import { ProgramOptimizer, type ProgramSource } from './program/program.js'
import { isForProgram } from './program/record.js'
import { RefusingCompiler } from './refusing.js'
import { WHOLE, type Refusal, type Variant } from './variant.js'

export class HostedOptimizer extends RefusingCompiler {
  private readonly onFailure: (failure: ProgramFailure) => void
  private readonly program: ProgramOptimizer | undefined
  /** In JavaScript. */
  private plain: OptimizingCompiler | undefined

  /**
   * @param fallback compiles what this one refuses
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
    super(env, fallback, options, emptyStats())
    this.onFailure = onFailure
    if (isForProgram(env, options)) this.program = new ProgramOptimizer(env, source)
  }

  override tryCompile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null = null,
    variant: Variant = WHOLE,
  ): CompiledFunction | Refusal {
    const { env, fallback, options, stats } = this
    // JavaScript refuses a body beyond the limit before it does anything.
    const isPossible = !frames && end - start <= MAX_BODY
    const made = isPossible ? this.byProgram(defined, bytes, start, end, moduleOffset, facts, variant) : undefined
    if (made === undefined) {
      this.plain ??= new OptimizingCompiler(env, fallback, options, stats)
      return this.plain.tryCompile(defined, bytes, start, end, moduleOffset, frames, facts, variant)
    }
    if ('refused' in made) return made
    this.count(end - start)
    return made
  }

  /** Undefined when the program cannot, or has failed: then JavaScript does it once more, and says what is wrong. */
  private byProgram(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
    { loop, feedback }: Variant,
  ): CompiledFunction | Refusal | undefined {
    const { clock, env, program } = this
    if (program === undefined) return undefined
    let maxHeight = 0
    if (loop >= 0) maxHeight = facts?.maxHeight ?? operandHeight(env.info, defined, bytes, start, end, moduleOffset)
    clock.begin()
    try {
      return program.compile(defined, loop, maxHeight, feedback, (pass) => clock.end(pass, true))
    } catch (error) {
      if (error instanceof LimitError) return this.refuse(defined, error.message, false)
      if (!(error instanceof ProgramFailure)) throw error
      ProgramOptimizer.drop()
      this.onFailure(error)
      return undefined
    }
  }
}
