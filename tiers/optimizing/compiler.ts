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
import { operandHeight } from './height.js'
import { LimitError } from './limits.js'
import { emptyStats, type OptimizingOptions } from './options.js'
import { SLOT_BASE } from './lower/vcode.js'
import { Passes } from './passes.js'
import { RefusingCompiler } from './refusing.js'
import { WHOLE, type Refusal, type Variant } from './variant.js'

/** `compile` throws what made a pass fail, with `strict`; otherwise nothing. */
export class OptimizingCompiler extends RefusingCompiler {
  /** Made when first needed: it has large arrays. */
  private passes: Passes | undefined

  constructor(env: CompileEnv, fallback: FunctionCompiler, options: OptimizingOptions = {}, stats = emptyStats()) {
    super(env, fallback, options, stats)
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
    const { options } = this
    try {
      const made = this.run(defined, bytes, start, end, moduleOffset, frames, facts, variant)
      this.count(end - start)
      return made
    } catch (error) {
      if (options.strict === true && !(error instanceof LimitError)) throw error
      const failed = !(error instanceof LimitError || error instanceof UnsupportedError)
      const refused = error instanceof Error ? error.message : String(error)
      if (failed) this.passes = undefined
      return this.refuse(defined, refused, failed)
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
    const { clock, env, options } = this
    this.passes ??= this.newPasses()
    const { passes } = this
    const { code, lowering, allocator, emitter } = passes
    let maxHeight = 0
    if (loop >= 0) maxHeight = facts?.maxHeight ?? operandHeight(env.info, defined, bytes, start, end, moduleOffset)
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
