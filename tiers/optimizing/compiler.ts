/**
 * The optimizing compiler: translate, optimize (egraph/), lower, allocate registers, emit. Same calling convention, relocations, sites and
 * frame states as the baseline tier, so that the runtime need not know which tier made a function.
 *
 * What it does not take (a function over limits.ts, or one on which a pass fails) it refuses: `compile` then asks the
 * fallback compiler that it was given, so that a caller always gets code. After a failure all passes are made anew: their
 * arrays may be in any state.
 */
import { memorySlack } from '../abi.js'
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import { compiledFunction } from '../compiled-function.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { Chaos } from './egraph/chaos.js'
import { printFunction } from './ir/print.js'
import { copiesOf, stateValues } from './ir/states.js'
import type { Lowering } from './lower/lowering.js'
import { printVCode } from './lower/print.js'
import { UnsupportedError } from './lower/values.js'
import type { Allocator } from './regalloc/allocator.js'
import { checkAllocation, type FrameView } from './regalloc/checker.js'
import { Heights } from './height.js'
import { LimitError } from './limits.js'
import { emptyStats, type OptimizingOptions, type OptimizingStats } from './options.js'
import { SLOT_BASE } from './lower/vcode.js'
import { PassClock } from './pass-clock.js'
import { Passes } from './passes.js'
import { refuse, WHOLE, type Refusal, type Variant } from './variant.js'

export class OptimizingCompiler implements FunctionCompiler {
  readonly stats: OptimizingStats
  private readonly env: CompileEnv
  private readonly fallback: FunctionCompiler
  private readonly options: OptimizingOptions
  private readonly clock: PassClock
  private readonly heights: Heights
  /** Made when first needed: it has large arrays. */
  private passes: Passes | undefined
  /** @param fallback compiles what this one refuses */
  constructor(env: CompileEnv, fallback: FunctionCompiler, options: OptimizingOptions = {}, stats = emptyStats()) {
    this.env = env
    this.fallback = fallback
    this.options = options
    this.stats = stats
    this.clock = new PassClock(stats, options.clock)
    this.heights = new Heights(env.info)
  }

  /** @throws what made a pass fail, with `strict`; otherwise nothing */
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
    const { stats, options } = this
    try {
      const made = this.run(defined, bytes, start, end, moduleOffset, frames, facts, variant)
      stats.functions++
      stats.bytes += end - start
      return made
    } catch (error) {
      if (options.strict === true && !(error instanceof LimitError)) throw error
      const failed = !(error instanceof LimitError || error instanceof UnsupportedError)
      const refused = error instanceof Error ? error.message : String(error)
      if (failed) this.passes = undefined
      return refuse(defined, refused, failed, stats, options)
    }
  }

  /** @throws LimitError, UnsupportedError, or what a defect makes */
  private run(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null,
    { loop, feedback }: Variant,
  ): CompiledFunction {
    const { clock, options } = this
    this.passes ??= this.newPasses()
    const { passes } = this
    const { code, lowering, allocator, emitter } = passes
    const maxHeight = loop < 0 ? 0 : this.heights.of(defined, bytes, start, end, moduleOffset, facts)
    clock.begin()
    passes.translate(defined, bytes, start, end, moduleOffset, frames, feedback, loop, maxHeight)
    const { f } = passes
    clock.end('translate', !frames)
    options.dump?.('translate', defined, () => printFunction(f))
    passes.optimize(options.chaos === undefined ? undefined : new Chaos(options.chaos + defined, options.worst))
    clock.end('optimize', !frames)
    options.dump?.('optimize', defined, () => printFunction(f))
    passes.lower(defined, loop >= 0)
    clock.end('lower', !frames)
    options.dump?.('lower', defined, () => printVCode(code))
    passes.allocate(options.pressure ?? SLOT_BASE)
    clock.end('allocate', !frames)
    if (options.check === true)
      checkAllocation(code, allocator.moves, allocator.slotCount, frameView(lowering, allocator))
    options.dump?.('allocate', defined, () => printVCode(code, allocator.moves))
    options.allocated?.(code, allocator.moves)
    const frameSize = passes.emit(frames)
    clock.end('emit', !frames)
    const { nodes: inlines, count: inlineCount } = f.inlines
    return compiledFunction(emitter.asm, emitter.meta.table, {
      tier: 'optimizing',
      inlines,
      inlineCount,
      frameSize,
      feedback,
    })
  }

  private newPasses(): Passes {
    const { env, options } = this
    const { memories } = env.info
    return new Passes(env, memorySlack(memories.length > 0 ? memories[0].min : 0), options.guess ?? -1)
  }
}

/** For the checker: what frame states will say. */
function frameView(lowering: Lowering, allocator: Allocator): FrameView {
  return {
    vregsOf: (frame) =>
      stateValues(lowering.f, frame)
        .flatMap((value) => copiesOf(lowering.f, value))
        .map((value) => lowering.placedVreg(value))
        .filter((vreg) => vreg >= 0),
    locationAt: (vreg, pos) => allocator.locationAt(vreg, pos),
  }
}
