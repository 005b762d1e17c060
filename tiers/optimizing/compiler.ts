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
import { NO_FEEDBACK } from '../feedback.js'
import { FunctionFacts } from '../../wasm/facts.js'
import { ProgramFailure } from '../../wasm/programs.js'
import { validateBody } from '../../wasm/validator.js'
import { Chaos } from './egraph/chaos.js'
import { printFunction } from './ir/print.js'
import { copiesOf, stateValues } from './ir/states.js'
import type { Lowering } from './lower/lowering.js'
import { printVCode } from './lower/print.js'
import { UnsupportedError } from './lower/values.js'
import type { Allocator } from './regalloc/allocator.js'
import { checkAllocation, type FrameView } from './regalloc/checker.js'
import { limit, LimitError, MAX_MILLISECONDS } from './limits.js'
import { emptyStats, type OptimizingOptions, type OptimizingStats, type PassName } from './options.js'
import { SLOT_BASE } from './lower/vcode.js'
import { Passes } from './passes.js'

/** Why a function was not compiled. */
export interface Refusal {
  readonly refused: string
  /** It was an error of the compiler, not a limit. */
  readonly failed: boolean
}

/** Which version of a function is to be made. */
export interface Variant {
  /**
   * Offset in the module of a `loop` opcode: the version is entered at that loop's header (docs/abi.md, "On-stack
   * replacement"); -1: at the function's start.
   */
  readonly loop: number
  /** What is known of its calls (tiers/feedback.ts). */
  readonly feedback: Int32Array
}

/** The whole function, nothing known of its calls. */
export const WHOLE: Variant = { loop: -1, feedback: NO_FEEDBACK }

export class OptimizingCompiler implements FunctionCompiler {
  readonly stats: OptimizingStats = emptyStats()
  private readonly env: CompileEnv
  private readonly fallback: FunctionCompiler
  private readonly options: OptimizingOptions
  private readonly clock: () => number
  private readonly ownFacts = new FunctionFacts()
  /** Made when first needed: it has large arrays. */
  private passes: Passes | undefined
  /** When the function at hand was begun, and its last pass ended. */
  private begun = 0
  private passed = 0

  /** @param fallback compiles what this one refuses */
  constructor(env: CompileEnv, fallback: FunctionCompiler, options: OptimizingOptions = {}) {
    this.env = env
    this.fallback = fallback
    this.options = options
    this.clock = options.clock ?? zero
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
      if (error instanceof ProgramFailure || (options.strict === true && !(error instanceof LimitError))) throw error
      const failed = !(error instanceof LimitError || error instanceof UnsupportedError)
      const refused = error instanceof Error ? error.message : String(error)
      if (failed) this.passes = undefined
      if (failed) stats.failed++
      else stats.refused++
      options.onRefusal?.(defined, failed ? `internal error: ${refused}` : refused)
      return { refused, failed }
    }
  }

  /** @throws LimitError, UnsupportedError, or what a defect makes; also a ProgramFailure that is not to be taken */
  protected run(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null,
    { loop, feedback }: Variant,
  ): CompiledFunction {
    const { options } = this
    this.passes ??= this.newPasses()
    const { passes } = this
    const { code, lowering, allocator, emitter } = passes
    const maxHeight = loop < 0 ? 0 : this.heightOf(defined, bytes, start, end, moduleOffset, facts)
    this.begin()
    passes.translate(defined, bytes, start, end, moduleOffset, frames, feedback, loop, maxHeight)
    const { f } = passes
    this.end('translate', frames)
    options.dump?.('translate', defined, () => printFunction(f))
    passes.optimize(options.chaos === undefined ? undefined : new Chaos(options.chaos + defined, options.worst))
    this.end('optimize', frames)
    options.dump?.('optimize', defined, () => printFunction(f))
    passes.lower(defined, loop >= 0)
    this.end('lower', frames)
    options.dump?.('lower', defined, () => printVCode(code))
    passes.allocate(options.pressure ?? SLOT_BASE)
    this.end('allocate', frames)
    if (options.check === true)
      checkAllocation(code, allocator.moves, allocator.slotCount, frameView(lowering, allocator))
    options.dump?.('allocate', defined, () => printVCode(code, allocator.moves))
    options.allocated?.(code, allocator.moves)
    const frameSize = passes.emit(frames)
    this.end('emit', frames)
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

  /** Most operands at once in a body. */
  protected heightOf(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
  ): number {
    if (facts !== null) return facts.maxHeight
    validateBody(this.env.info, defined, bytes, start, end, moduleOffset, this.ownFacts)
    return this.ownFacts.maxHeight
  }

  /** A function's passes begin. */
  protected begin(): void {
    this.begun = this.passed = this.clock()
  }

  /** One of them has ended. @param frames see compile @throws LimitError */
  protected end(pass: PassName, frames: boolean): void {
    const now = this.clock()
    this.stats.passes[pass] += now - this.passed
    // Printing and checking count as the pass that follows: both are for people and tests.
    this.passed = now
    if (!frames) limit(Math.round(now - this.begun), MAX_MILLISECONDS, 'milliseconds behind it')
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

function zero(): number {
  return 0
}
