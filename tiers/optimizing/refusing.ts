/**
 * What both forms of the optimizing compiler are, the JavaScript one (compiler.ts) and the one that asks the program (hosted.ts): a
 * compiler that may refuse a function, and asks another one then. It loads neither.
 */
import type { CompiledFunction, CompileEnv, CompileRequest, FunctionCompiler } from '../compiled.js'
import type { OptimizingOptions, OptimizingStats } from './options.js'
import { PassClock } from './pass-clock.js'
import type { Refusal, Variant } from './variant.js'

export abstract class RefusingCompiler implements FunctionCompiler {
  readonly stats: OptimizingStats
  protected readonly env: CompileEnv
  protected readonly fallback: FunctionCompiler
  protected readonly options: OptimizingOptions
  protected readonly clock: PassClock

  /** @param fallback compiles what this one refuses @param stats where it counts what it does */
  constructor(env: CompileEnv, fallback: FunctionCompiler, options: OptimizingOptions, stats: OptimizingStats) {
    this.env = env
    this.fallback = fallback
    this.options = options
    this.stats = stats
    this.clock = new PassClock(stats, options.clock)
  }

  /** As `compile`, but says why it refuses a function. @param variant the whole function, nothing known of its calls, if nothing is said */
  abstract tryCompile(...request: [...CompileRequest, variant?: Variant]): CompiledFunction | Refusal

  compile(...request: CompileRequest): CompiledFunction {
    const made = this.tryCompile(...request)
    return 'refused' in made ? this.fallback.compile(...request) : made
  }

  /** Counts a function that was compiled. */
  protected count(bytes: number): void {
    this.stats.functions++
    this.stats.bytes += bytes
  }

  /** Refuses a function: counts it, and tells who wants to know. @param failed see Refusal */
  protected refuse(defined: number, refused: string, failed: boolean): Refusal {
    if (failed) this.stats.failed++
    else this.stats.refused++
    this.options.onRefusal?.(defined, failed ? `internal error: ${refused}` : refused)
    return { refused, failed }
  }
}
