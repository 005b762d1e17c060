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
import { Heights } from './height.js'
import { LimitError, MAX_BODY } from './limits.js'
import { emptyStats, type OptimizingOptions } from './options.js'
import { PassClock } from './pass-clock.js'
import { ProgramOptimizer, type ProgramSource } from './program/program.js'
import { isForProgram } from './program/record.js'
import { refuse, WHOLE, type Refusal, type Variant } from './variant.js'

export class HostedOptimizer implements FunctionCompiler {
  readonly stats = emptyStats()
  private readonly env: CompileEnv
  private readonly fallback: FunctionCompiler
  private readonly options: OptimizingOptions
  private readonly onFailure: (failure: ProgramFailure) => void
  private readonly program: ProgramOptimizer | undefined
  private readonly clock: PassClock
  private readonly heights: Heights
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
    this.env = env
    this.fallback = fallback
    this.options = options
    this.onFailure = onFailure
    this.clock = new PassClock(this.stats, options.clock)
    this.heights = new Heights(env.info)
    if (isForProgram(env, options)) this.program = new ProgramOptimizer(env, source)
  }

  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null = null,
  ): CompiledFunction {
    const made = this.tryCompile(defined, bytes, start, end, moduleOffset, frames, facts)
    if (!('refused' in made)) return made
    return this.fallback.compile(defined, bytes, start, end, moduleOffset, frames, facts)
  }

  /** As `compile`, but says why it refuses a function. */
  tryCompile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null,
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
    stats.functions++
    stats.bytes += end - start
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
    const { clock, heights, options, program, stats } = this
    if (program === undefined) return undefined
    const maxHeight = loop < 0 ? 0 : heights.of(defined, bytes, start, end, moduleOffset, facts)
    clock.begin()
    try {
      return program.compile(defined, loop, maxHeight, feedback, (pass) => clock.end(pass, true))
    } catch (error) {
      if (error instanceof LimitError) return refuse(defined, error.message, false, stats, options)
      if (!(error instanceof ProgramFailure)) throw error
      ProgramOptimizer.drop()
      this.onFailure(error)
      return undefined
    }
  }
}
