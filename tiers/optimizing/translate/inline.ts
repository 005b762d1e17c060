/**
 * Which calls are replaced by the body of the function called, and what the translator keeps of each body that it is in.
 *
 * A call clobbers every register (docs/abi.md), so all that lives across it goes through memory; a small body costs
 * less than that, and what it knows of its arguments is lost without inlining. The decision is made while the caller is
 * translated, from sizes alone, so that it depends on nothing but the module. Limits keep the growth of a function in
 * proportion to its size: code and compile time stay linear.
 */
import type { CompileEnv } from '../../compiled.js'
import { FunctionFacts } from '../../../wasm/facts.js'
import { Op } from '../../../wasm/opcodes.js'
import { validateBody } from '../../../wasm/validator.js'
import type { InlineTree } from '../ir/inline-tree.js'

/** Sizes are of bodies, in bytes. */
export interface InlineLimits {
  /** A body up to this size is inlined. */
  readonly small: number
  /** The same in loops. */
  readonly smallInLoop: number
  /** What may be inlined into a function: so much, and as much again as its own body has, but never more than `most`. */
  readonly growth: number
  readonly most: number
  /** Bodies within bodies. */
  readonly depth: number
}

export const INLINE_LIMITS: InlineLimits = {
  // Hardly larger than a call, the moves of its arguments and what it makes the caller save.
  small: 32,
  // The call is likely to run often.
  smallInLoop: 100,
  growth: 200,
  // Compile time and registers suffer before more of it wins anything.
  most: 16_384,
  // Chains of wrappers are rarely longer.
  depth: 6,
}

const NO_BYTES = new Uint8Array(0)

/** A body being translated: the function's own, or one that is inlined. */
export class Activation {
  facts: FunctionFacts = new FunctionFacts()
  /** Defined function. */
  defined = -1
  /** What leads from an offset in the bytes to a position (ir/inline-tree.ts). */
  delta = 0
  /** Loops met so far, as the validator counted them. */
  loops = 0
  /** Its control frame. */
  frame = 0
  /** Operands below its own. */
  base = 0
  /** State of the caller at the call, -1 without. */
  callerState = -1
  /** Where it goes on after a call that is inlined. */
  bytes: Uint8Array = NO_BYTES
  returnTo = 0
}

export class Inliner {
  private readonly env: Pick<CompileEnv, 'info' | 'moduleBytes'>
  private readonly activations: Activation[] = []
  private readonly limits: InlineLimits
  private budget = 0

  constructor(env: Pick<CompileEnv, 'info' | 'moduleBytes'>, limits: InlineLimits) {
    this.env = env
    this.limits = limits
  }

  /** The activation at a depth, 0 for the function's own. */
  at(depth: number): Activation {
    while (this.activations.length <= depth) this.activations.push(new Activation())
    return this.activations[depth]
  }

  /** To call before a function of so many bytes is translated. */
  begin(bytes: number): void {
    const { growth, most } = this.limits
    this.budget = this.env.moduleBytes === undefined ? 0 : Math.min(growth + bytes, most)
  }

  /**
   * True when a call is to be inlined.
   * @param func function index
   * @param depth of the activation that calls
   * @param next the opcode after the call
   */
  wants(func: number, depth: number, inLoop: boolean, next: number, tree: InlineTree): boolean {
    const { info } = this.env
    const { small, smallInLoop, depth: most } = this.limits
    const defined = func - info.importedFuncs
    // What is followed by `unreachable` is how compilers call what does not return: it is not expected to run.
    if (defined < 0 || depth >= most || next === Op.Unreachable) return false
    const size = info.bodyEnd[defined] - info.bodyStart[defined]
    if (size > (inLoop ? smallInLoop : small) || size > this.budget || !tree.hasRoom(size)) return false
    for (let i = 0; i <= depth; i++) if (this.activations[i].defined === defined) return false
    this.budget -= size
    return true
  }

  /** Learns about the body of an activation, which is none that `begin` was called for. @returns the bytes it is in */
  learn(activation: Activation): Uint8Array {
    const { info, moduleBytes } = this.env
    const bytes = moduleBytes?.() ?? NO_BYTES
    const { defined, facts } = activation
    validateBody(info, defined, bytes, info.bodyStart[defined], info.bodyEnd[defined], info.bodyStart[defined], facts)
    return bytes
  }
}
