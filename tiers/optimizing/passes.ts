/**
 * The passes of the compiler with their arrays, one function at a time, in order: each works on what the one before has left. This is
 * all of the compiler that its Wasm program has (program/); compiler.ts adds what is for people and tests.
 *
 * Any of them may end with an error: a limit that is passed (limits.ts), or a defect. Then the arrays may be in any state, and the
 * next function needs new ones.
 */
import type { CompileEnv } from '../compiled.js'
import type { Chaos } from './egraph/chaos.js'
import { MidEnd } from './egraph/optimize.js'
import { Emitter } from './emit/emitter.js'
import type { IrFunction } from './ir/function.js'
import { limit, LimitError, MAX_BODY, MAX_VALUES } from './limits.js'
import { Lowering } from './lower/lowering.js'
import { VCode } from './lower/vcode.js'
import { Allocator } from './regalloc/allocator.js'
import { INLINE_LIMITS } from './translate/inline.js'
import { Translator } from './translate/translator.js'

export class Passes {
  readonly code: VCode = new VCode()
  readonly lowering!: Lowering
  readonly allocator: Allocator = new Allocator()
  private readonly env: CompileEnv
  private readonly translator: Translator
  private readonly midEnd: MidEnd
  readonly emitter!: Emitter
  /** What is being compiled. */
  f!: IrFunction

  /**
   * @param slack bytes that every address of the memory can be added to without leaving it (memorySlack of abi.ts)
   * @param guess see Inliner; -1 for none
   */
  constructor(env: CompileEnv, slack: number, guess: number) {
    this.env = env
    this.translator = new Translator(env, INLINE_LIMITS, guess)
    this.midEnd = new MidEnd(slack)
    this.lowering = new Lowering(env, this.code)
    this.emitter = new Emitter(env)
  }

  /** See Inliner.knowsCalls. */
  knowsCalls(): boolean {
    return this.translator.inliner.knowsCalls()
  }

  /** See Translator.translate. @throws LimitError */
  translate(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    feedback: Int32Array,
    loop: number,
    maxHeight: number,
  ): void {
    limit(end - start, MAX_BODY, 'bytes')
    const { translator } = this
    this.f = translator.translate(defined, bytes, start, end, moduleOffset, frames, feedback, loop, maxHeight)
    if (!translator.enteredAtLoop) throw new LimitError('no loop to enter at')
    limit(this.f.valueCount, MAX_VALUES, 'values')
  }

  /** @throws LimitError */
  optimize(chaos: Chaos | undefined): void {
    this.midEnd.run(this.f, chaos)
    limit(this.f.valueCount, MAX_VALUES, 'values')
  }

  /** @param isEnteredAtLoop whether `translate` was told of a loop */
  lower(defined: number, isEnteredAtLoop: boolean): void {
    const { lowering, env } = this
    const { info } = env
    lowering.entersAtLoop = isEnteredAtLoop
    lowering.ownSignature = lowering.signature(info.funcTypes[info.importedFuncs + defined])
    lowering.run(this.f)
  }

  /** @param pressure see Allocator.run */
  allocate(pressure: number): void {
    this.allocator.run(this.code, pressure)
  }

  /** @returns bytes of the frame */
  emit(frames: boolean): number {
    return this.emitter.run(this.code, this.allocator, this.lowering, frames)
  }
}
