/**
 * The optimizing compiler: translate, optimize (egraph/), lower, allocate registers, emit. Same calling convention, relocations, sites and
 * frame states as the baseline tier, so that the runtime need not know which tier made a function.
 *
 * What it does not take (a function over its limits, or with something it has no code for) it refuses: `compile` then
 * asks the fallback compiler that it was given, so that a caller always gets code.
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import { FunctionFacts } from '../../wasm/facts.js'
import { validateBody } from '../../wasm/validator.js'
import { MidEnd } from './egraph/optimize.js'
import { Emitter } from './emit/emitter.js'
import { lowerInst } from './lower/control.js'
import { Lowering, Unsupported } from './lower/lowering.js'
import { VCode } from './lower/vcode.js'
import { Allocator } from './regalloc/allocator.js'
import { checkAllocation } from './regalloc/checker.js'
import { Translator } from './translate/translator.js'

/** Largest body in bytes: beyond it compile time and memory are better spent on the baseline tier. */
const MAX_BODY = 256 * 1024
/** Most words of the liveness sets (64 MiB for the four of them). */
const MAX_LIVENESS_WORDS = 1 << 22

/** Nanoseconds spent in each pass since the compiler was made, and what it refused. */
export interface PassTimes {
  translate: number
  optimize: number
  lower: number
  allocate: number
  emit: number
  functions: number
  refused: number
}

export interface OptimizingOptions {
  /** Check every allocation (tests). */
  readonly check?: boolean
  /** Allocate only so many registers of each class (tests; at least 6). */
  readonly pressure?: number
  /** Clock for the pass times, in nanoseconds; without one they stay 0. */
  readonly clock?: () => number
}

/** Why a function was not compiled. */
export interface Refusal {
  readonly refused: string
}

export class OptimizingCompiler implements FunctionCompiler {
  readonly times: PassTimes = { translate: 0, optimize: 0, lower: 0, allocate: 0, emit: 0, functions: 0, refused: 0 }
  private readonly env: CompileEnv
  private readonly fallback: FunctionCompiler
  private readonly options: OptimizingOptions
  private readonly translator: Translator
  private readonly midEnd = new MidEnd()
  private readonly code = new VCode()
  private readonly lowering: Lowering
  private readonly allocator = new Allocator()
  private readonly emitter: Emitter
  private readonly ownFacts = new FunctionFacts()

  constructor(env: CompileEnv, fallback: FunctionCompiler, options: OptimizingOptions = {}) {
    this.env = env
    this.fallback = fallback
    this.options = options
    this.translator = new Translator(env)
    this.lowering = new Lowering(env, this.code, lowerInst)
    this.emitter = new Emitter(env)
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
    this.times.refused++
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
    loop = -1,
  ): CompiledFunction | Refusal {
    if (loop >= 0) return { refused: 'entry at a loop' }
    if (end - start > MAX_BODY) return { refused: `the body has ${end - start} bytes, the limit is ${MAX_BODY}` }
    const { env, code, lowering, allocator, emitter, times, options } = this
    const clock = options.clock ?? zero
    const { info } = env
    if (facts === null) validateBody(info, defined, bytes, start, end, moduleOffset, this.ownFacts)
    const t0 = clock()
    const f = this.translator.translate(defined, bytes, start, end, moduleOffset, facts ?? this.ownFacts, frames)
    const t1 = clock()
    this.midEnd.run(f)
    const t1b = clock()
    lowering.ownSignature = lowering.signature(info.funcTypes[info.importedFuncs + defined])
    try {
      lowering.run(f)
    } catch (error) {
      if (error instanceof Unsupported) return { refused: error.message }
      throw error
    }
    const t2 = clock()
    if (((code.vregCount + 31) >> 5) * code.blockCount > MAX_LIVENESS_WORDS) {
      return { refused: `${code.vregCount} values in ${code.blockCount} blocks` }
    }
    allocator.run(code, options.pressure)
    if (options.check === true) checkAllocation(code, allocator.moves)
    const t3 = clock()
    const frameSize = emitter.run(code, allocator, lowering, frames)
    const t4 = clock()
    times.translate += t1 - t0
    times.optimize += t1b - t1
    times.lower += t2 - t1b
    times.allocate += t3 - t2
    times.emit += t4 - t3
    times.functions++
    const { asm, meta } = emitter
    return {
      tier: 'optimizing',
      code: asm.bytes,
      codeSize: asm.size,
      relocs: asm.relocs,
      relocCount: asm.relocCount,
      sites: meta.sites,
      siteCount: meta.siteCount,
      frames: meta.frames,
      frameWords: meta.frameWords,
      inlines: f.inlines.nodes,
      inlineCount: f.inlines.count,
      frameSize,
    }
  }
}

function zero(): number {
  return 0
}
