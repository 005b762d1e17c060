/**
 * What a function inlines by feedback: a tree of calls, chosen before it is translated, the most time for the least code
 * first. So a budget is spent on hot loops wherever they stand, and not on what comes first in the bytes.
 *
 * A call inside of what is inlined is a candidate when its caller has been chosen. It counts for no more than that caller's own
 * call: the weights are times, and the time of a call holds those of the calls in it.
 */
import { FEEDBACK_WORDS, feedbackFrom } from '../../feedback.js'
import type { ModuleInfo } from '../../../wasm/types.js'
import { ratio, type Float } from '../../numbers.js'
import type { InlineLimits } from './inline.js'

/** Candidates looked at: bounds the time of planning, which is quadratic in them. */
const MAX_CANDIDATES = 256
/** Bodies of one tree. */
const MAX_BODIES = 64
/** Of the function itself: no call in it counts for less because of this. */
const ROOT_WEIGHT = 0x7fffffff

export class PlannedBody {
  readonly parent: PlannedBody | undefined
  /** Offset in the module of the call that is inlined. */
  readonly call: number
  readonly defined: number
  readonly weight: number
  readonly children: PlannedBody[] = []

  constructor(parent: PlannedBody | undefined, call: number, defined: number, weight: number) {
    this.parent = parent
    this.call = call
    this.defined = defined
    this.weight = weight
  }

  /** What is to be inlined for a call of a function at an offset. */
  find(call: number, defined: number): PlannedBody | undefined {
    const { children } = this
    for (let i = 0; i < children.length; i++) {
      if (children[i].call === call && children[i].defined === defined) return children[i]
    }
    return undefined
  }
}

/** How often a function stands among a body and those that it is within. */
function occurrences(body: PlannedBody, defined: number): number {
  let count = 0
  for (let at: PlannedBody | undefined = body; at !== undefined; at = at.parent) if (at.defined === defined) count++
  return count
}

/** Bodies that a body is within. */
function depthOf(body: PlannedBody): number {
  let depth = -1
  for (let at: PlannedBody | undefined = body; at !== undefined; at = at.parent) depth++
  return depth
}

class Planner {
  private readonly info: ModuleInfo
  private readonly feedback: Int32Array
  private readonly limits: InlineLimits
  private readonly candidates: PlannedBody[] = []

  constructor(info: ModuleInfo, feedback: Int32Array, limits: InlineLimits) {
    this.info = info
    this.feedback = feedback
    this.limits = limits
  }

  plan(defined: number): PlannedBody {
    const { limits, candidates } = this
    const root = new PlannedBody(undefined, -1, defined, ROOT_WEIGHT)
    this.open(root)
    let budget = Math.min(limits.hotGrowth + 2 * this.size(defined), limits.most)
    for (let bodies = 0; candidates.length > 0 && bodies < MAX_BODIES;) {
      const chosen = candidates.splice(this.best(), 1)[0]
      const size = this.size(chosen.defined)
      if (size > budget) continue
      budget -= size
      bodies++
      const { parent } = chosen
      if (parent !== undefined) parent.children.push(chosen)
      this.open(chosen)
    }
    return root
  }

  private size(defined: number): number {
    return this.info.bodyEnd[defined] - this.info.bodyStart[defined]
  }

  /** Makes candidates of the calls in a body. */
  private open(body: PlannedBody): void {
    const { info, feedback, limits, candidates } = this
    const end = info.bodyEnd[body.defined]
    let at = feedbackFrom(feedback, info.bodyStart[body.defined])
    for (; at < feedback.length && feedback[at] < end; at += FEEDBACK_WORDS) {
      if (candidates.length >= MAX_CANDIDATES) return
      const callee = feedback[at + 1]
      if (callee < 0) continue
      const weight = Math.min(feedback[at + 2], body.weight)
      if (weight < limits.hotWeight || this.size(callee) > limits.hot) continue
      if (depthOf(body) >= limits.depth || occurrences(body, callee) > limits.recursion) continue
      candidates.push(new PlannedBody(body, feedback[at], callee, weight))
    }
  }

  /** Index of the candidate with the most time for its code. */
  private best(): number {
    const { candidates } = this
    let best = 0
    let most: Float = this.worth(candidates[0])
    for (let i = 1; i < candidates.length; i++) {
      const worth: Float = this.worth(candidates[i])
      if (worth <= most) continue
      best = i
      most = worth
    }
    return best
  }

  private worth(body: PlannedBody): Float {
    return ratio(body.weight, this.size(body.defined) + this.limits.callBytes)
  }
}

/** The tree of a function; its root stands for the function itself. */
export function planInlining(
  info: ModuleInfo,
  feedback: Int32Array,
  defined: number,
  limits: InlineLimits,
): PlannedBody {
  return new Planner(info, feedback, limits).plan(defined)
}
