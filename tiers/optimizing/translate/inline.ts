/**
 * Which calls are replaced by the body of the function called, and what the translator keeps of each body that it is in.
 *
 * A call clobbers every register (docs/abi.md), so all that lives across it goes through memory; a small body costs
 * less than that, and what it knows of its arguments is lost without inlining. What a run has shown to be hot is planned
 * before the caller is translated (inline-plan.ts); the rest is decided on the way, from sizes alone. So code depends on nothing
 * but the module and the feedback. Limits keep the growth of a function in proportion to its size: code and compile time stay linear.
 */
import type { CompileEnv } from '../../compiled.js'
import { FEEDBACK_WORDS, MAX_INLINED_BYTES, OTHERS, feedbackFrom, isOfCall } from '../../feedback.js'
import type { Float } from '../../numbers.js'
import { Op } from '../../../wasm/opcodes.js'
import type { FuncType, ValType } from '../../../wasm/types.js'
import type { InlineTree } from '../ir/inline-tree.js'
import { BodyFacts } from './body-facts.js'
import { countCalls } from './callers.js'
import { planInlining, type PlannedBody } from './inline-plan.js'
import { bytesOf, hasBytes } from './module-bytes.js'

/** Sizes are of bodies, in bytes. */
export class InlineLimits {
  /** A body up to this size is inlined: hardly larger than a call, the moves of its arguments and what it makes the caller save. */
  readonly small: number = 32
  /** The same in loops, where the call is likely to run often. */
  readonly smallInLoop: number = 100
  /**
   * The same where no other call of the function is in the module: nothing else grows; but beyond this a call is a small part of the
   * body's time, and registers get scarce.
   */
  readonly single: number = 150
  /** What may be inlined into a function: so much, and as much again as its own body has, but never more than `most`. */
  readonly growth: number = 200
  /** Compile time and registers suffer before more of it wins anything. */
  readonly most: number = 16_384
  /** Bodies within bodies: chains of wrappers are rarely longer. */
  readonly depth: number = 6

  /** A body up to this size is inlined where it was seen `hotWeight` times to be called. */
  readonly hot: number = MAX_INLINED_BYTES
  /** Once may be chance. */
  readonly hotWeight: number = 2
  /** What may be inlined by feedback: so much, and twice as much as the function's own body has, but never more than `most`. */
  readonly hotGrowth: number = 800
  /** What a call costs besides the body called, in bytes of body: weighs small bodies against large ones. */
  readonly callBytes: number = 30
  /**
   * How often a function may be inlined into itself, one in the other. Each time halves the calls of a recursion that branches; beyond
   * twice, code grows faster than anything is won.
   */
  readonly recursion: number = 2
  /**
   * Part of a call's weight that a target of `call_indirect` needs to get a guard: that costs one or two cycles, the indirect call that it
   * spares four to twenty.
   */
  readonly share: Float = 0.1
  /** Part of a call's weight that its guarded targets must have together. Otherwise the guards are in vain more often than not. */
  readonly coverage: Float = 0.5
}

export const INLINE_LIMITS: InlineLimits = new InlineLimits()

/** As the seed of made up targets: there are none. */
const NO_GUESS = -1

/** A body being translated: the function's own, or one that is inlined. */
export class Activation {
  readonly facts: BodyFacts = new BodyFacts()
  /** Defined function. */
  defined = -1
  /** What leads from an offset in the bytes to a position (ir/inline-tree.ts). */
  delta = 0
  /** Loops met so far, as the facts count them. */
  loops = 0
  /** What of its calls is to be inlined by feedback. */
  plan: PlannedBody | undefined
  /** Its control frame. */
  frame = 0
  /** Operands below its own. */
  base = 0
  /** State of the caller at the call, -1 without. */
  callerState = -1
  /** Where it goes on after a call that is inlined. */
  bytes: Uint8Array = new Uint8Array(0)
  returnTo = 0
}

export class Inliner {
  private readonly env: Pick<CompileEnv, 'info' | 'moduleBytes'>
  private readonly activations: Activation[] = []
  private readonly limits: InlineLimits
  private readonly guess: number
  private budget = 0
  /** By defined function, how often it is called (callers.ts); found when it is first wanted. */
  private calls: Uint8Array | undefined
  private feedback: Int32Array = new Int32Array(0)
  /** What `wants` found planned, for the activation that is entered next. */
  private planned: PlannedBody | undefined

  /** @param guess seed of targets made up for calls that no feedback is known of (tests), -1 without */
  constructor(env: Pick<CompileEnv, 'info' | 'moduleBytes'>, limits: InlineLimits, guess: number) {
    this.env = env
    this.limits = limits
    this.guess = guess
  }

  /** The activation at a depth, 0 for the function's own. */
  at(depth: number): Activation {
    while (this.activations.length <= depth) this.activations.push(new Activation())
    return this.activations[depth]
  }

  /** To call before a function whose body has so many bytes is translated. */
  begin(defined: number, bytes: number, feedback: Int32Array): void {
    const { limits, env } = this
    const isPossible = hasBytes(env)
    this.feedback = feedback
    this.budget = isPossible ? Math.min(limits.growth + bytes, limits.most) : 0
    const isPlanned = isPossible && feedback.length > 0
    this.at(0).plan = isPlanned ? planInlining(env.info, feedback, defined, limits) : undefined
  }

  /**
   * True when a call is to be inlined.
   * @param func function index
   * @param call offset of the call in the module
   * @param depth of the activation that calls
   * @param isRare it was not made where others were (likelihood.ts)
   * @param next the opcode after the call
   */
  wants(
    func: number,
    call: number,
    depth: number,
    inLoop: boolean,
    isRare: boolean,
    next: number,
    tree: InlineTree,
  ): boolean {
    const { info } = this.env
    const { small, smallInLoop, single, recursion, depth: most } = this.limits
    const defined = func - info.importedFuncs
    // What is followed by `unreachable` is how compilers call what does not return: it is not expected to run.
    if (defined < 0 || depth >= most || next === Op.Unreachable) return false
    const size = info.bodyEnd[defined] - info.bodyStart[defined]
    const { plan } = this.activations[depth]
    this.planned = plan === undefined ? undefined : plan.find(call, defined)
    if (this.planned !== undefined) return tree.hasRoom(size)
    let within = 0
    for (let i = 0; i <= depth; i++) if (this.activations[i].defined === defined) within++
    // A function that calls itself is a loop, too.
    const isOften = !isRare && (inLoop || within > 0)
    if (size > this.budget || !tree.hasRoom(size) || within > recursion) return false
    if (size > (isOften ? smallInLoop : small) && (isRare || size > single || !this.isSingle(defined))) return false
    this.budget -= size
    return true
  }

  /** True when only one call in the module names a function. */
  private isSingle(defined: number): boolean {
    let calls = this.calls
    if (calls === undefined) {
      calls = countCalls(this.env.info, bytesOf(this.env))
      this.calls = calls
    }
    return calls[defined] === 1
  }

  /** Whether it has been found how often functions are called, which takes a walk over all bodies. */
  knowsCalls(): boolean {
    return this.calls !== undefined
  }

  /** Learns about the body of an activation, which is none that `begin` was called for. @returns the bytes it is in */
  learn(activation: Activation): Uint8Array {
    const { env } = this
    const { info } = env
    const { defined, facts } = activation
    activation.plan = this.planned
    const bytes = bytesOf(env)
    const type = info.types[info.funcTypes[info.importedFuncs + defined]]
    facts.learn(type, bytes, info.bodyStart[defined], info.bodyEnd[defined])
    return bytes
  }

  /**
   * Functions that an indirect call is expected to reach, the likeliest first: function indices, none when nothing is known.
   * @param call its offset in the module
   * @param type of the call, by its index in the module
   */
  targets(call: number, type: number): readonly number[] {
    const { feedback, limits, env, guess } = this
    const { importedFuncs } = env.info
    const found: number[] = []
    let total = 0
    const first = feedbackFrom(feedback, call)
    for (let at = first; isOfCall(feedback, at, call); at += FEEDBACK_WORDS) total += feedback[at + 2]
    if (total === 0 && guess !== NO_GUESS) return this.guessed(call, type, guess)
    let covered = 0
    for (let at = first; isOfCall(feedback, at, call) && feedback[at + 1] !== OTHERS; at += FEEDBACK_WORDS) {
      const weight = feedback[at + 2]
      const isLikely = weight >= limits.hotWeight && weight >= total * limits.share
      if (!isLikely || !this.hasType(feedback[at + 1], type)) continue
      found.push(importedFuncs + feedback[at + 1])
      covered += weight
    }
    if (covered < total * limits.coverage) found.length = 0
    return found
  }

  /** Whether calls through a type reach a defined function. Feedback may be of another module's table. */
  private hasType(defined: number, type: number): boolean {
    const { info } = this.env
    const own = info.funcTypes[info.importedFuncs + defined]
    return own === type || isSameType(info.types[own], info.types[type])
  }

  /** Up to three functions of the type, arbitrary ones. */
  private guessed(call: number, type: number, seed: number): readonly number[] {
    const { info } = this.env
    const { importedFuncs, funcTypes } = info
    const fitting: number[] = []
    for (let i = importedFuncs; i < funcTypes.length; i++) if (this.hasType(i - importedFuncs, type)) fitting.push(i)
    const found: number[] = []
    for (let i = 0; i < 3 && fitting.length > 0; i++) {
      const hash = Math.imul(call + i + seed * 31, 0x9e3779b1) >>> 8
      found.push(fitting.splice(hash % fitting.length, 1)[0])
    }
    return found
  }
}

function isSameType(a: FuncType, b: FuncType): boolean {
  return areSame(a.params, b.params) && areSame(a.results, b.results)
}

function areSame(a: readonly ValType[], b: readonly ValType[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
