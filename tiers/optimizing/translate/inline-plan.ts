/**
 * What a function inlines by feedback: a tree of calls, chosen before it is translated, the most time for the least code
 * first. So a budget is spent on hot loops wherever they stand, and not on what comes first in the bytes.
 *
 * A call inside of what is inlined is a candidate when its caller has been chosen. It counts for no more than that caller's own
 * call: the weights are times, and the time of a call holds those of the calls in it.
 */
import { FEEDBACK_WORDS, feedbackFrom, OTHERS } from '../../feedback.js'
import type { ModuleInfo } from '../../../wasm/types.js'
import type { InlineLimits } from './inline.js'

/** Candidates looked at: bounds the time of planning, which is quadratic in them. */
const MAX_CANDIDATES = 256
/** Bodies of one tree. */
const MAX_BODIES = 64

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
    return this.children.find((child) => child.call === call && child.defined === defined)
  }
}

/** How often a function stands among a body and those that it is within. */
function occurrences(body: PlannedBody, defined: number): number {
  let count = 0
  for (let at: PlannedBody | undefined = body; at !== undefined; at = at.parent) if (at.defined === defined) count++
  return count
}

function depthOf(body: PlannedBody): number {
  return body.parent === undefined ? 0 : 1 + depthOf(body.parent)
}

/** The tree of a function; its root stands for the function itself. */
export function planInlining(
  info: ModuleInfo,
  feedback: Int32Array,
  defined: number,
  limits: InlineLimits,
): PlannedBody {
  const size = (func: number): number => info.bodyEnd[func] - info.bodyStart[func]
  const candidates: PlannedBody[] = []
  const open = (body: PlannedBody): void => {
    const end = info.bodyEnd[body.defined]
    for (let at = feedbackFrom(feedback, info.bodyStart[body.defined]); feedback[at] < end; at += FEEDBACK_WORDS) {
      if (candidates.length >= MAX_CANDIDATES) return
      const callee = feedback[at + 1]
      const weight = Math.min(feedback[at + 2], body.weight)
      const isTooDeep = depthOf(body) >= limits.depth || occurrences(body, callee) > limits.recursion
      if (callee === OTHERS || weight < limits.hotWeight || size(callee) > limits.hot || isTooDeep) continue
      candidates.push(new PlannedBody(body, feedback[at], callee, weight))
    }
  }
  const root = new PlannedBody(undefined, -1, defined, Infinity)
  open(root)
  let budget = Math.min(limits.hotGrowth + 2 * size(defined), limits.most)
  for (let bodies = 0; candidates.length > 0 && bodies < MAX_BODIES;) {
    let best = 0
    const worth = ({ weight, defined: func }: PlannedBody): number => weight / (size(func) + limits.callBytes)
    for (let i = 1; i < candidates.length; i++) if (worth(candidates[i]) > worth(candidates[best])) best = i
    const [chosen] = candidates.splice(best, 1)
    if (size(chosen.defined) > budget) continue
    budget -= size(chosen.defined)
    bodies++
    chosen.parent?.children.push(chosen)
    open(chosen)
  }
  return root
}
