/**
 * The yield loop: what JavaScript does whenever guest code switches to the host (design section 3).
 *
 * Whoever entered the guest runs the loop until the entered call is done. The loop never abandons the call: it throws,
 * and the function that called `enter` catches, abandons and rethrows. So there is exactly one place that unwinds the
 * fiber, also when V8 runs out of stack on the way into the loop.
 */
import { ExecContext, Vmctx, YieldReason } from '../tiers/abi.js'
import { LEARN_ENTRY, boundary, learnEntry } from './boundary.js'
import { Word, control, controlAddress } from './context.js'
import { load32 } from './data.js'
import { rootOf, type Group } from './group.js'
import { makeHostLoop } from './host-loop.js'
import type { Instance } from './instance.js'
import { answerPoll } from './interrupts.js'
import { runRuntimeOp } from './ops.js'
import { throwTrap } from './traps.js'

/** Calls of host functions after which a group is worth a loop of its own: making one takes as long as these. */
const HOT_CALLS = 2000

/** The instance whose code yielded last. */
function yieldingInstance(group: Group): Instance {
  return rootOf(group).instances[load32(controlAddress(ExecContext.vmctx) + Vmctx.id)]
}

/**
 * Serves the guest until the call that was entered last returns; its results are in the cells then.
 * @param group that of the entered function
 * @throws what a host function throws; RuntimeError or RangeError on a trap
 */
export function drive(group: Group): void {
  // Locals, since an imported binding is looked up and checked at every use; and no receiver for `resume`, or V8 checks it.
  const words = control
  const reasonAt = Word.reason
  const operandAt = Word.operand
  const hostCall = YieldReason.HostCall
  const { resume } = boundary
  let root = rootOf(group)
  if (traced(root)) {
    driveSlowly(group)
    return
  }
  const { hostLoop } = root
  if (hostLoop !== undefined) hostLoop(group, root)
  for (;;) {
    const reason = words[reasonAt]
    if (reason === hostCall) {
      // Serving may merge groups.
      if (root.parent !== root) root = rootOf(root)
      if (++root.hostCalls === HOT_CALLS) {
        root.hostLoop = makeHostLoop(traced, serve)
        drive(group)
        return
      }
      root.hosts[words[operandAt]].invoke()
    } else if (reason === YieldReason.Done) {
      return
    } else {
      serve(group, reason)
    }
    resume()
  }
}

/** Does somebody listen to the host calls of the engine of a root? What begins during a call counts from the next one on. */
function traced(root: Group): boolean {
  return root.instances.at(0)?.store.engine.events.wants('hostCall') ?? false
}

/** As `drive`, telling of each host call. @param afterHost called after each of them */
export function driveSlowly(group: Group, afterHost?: () => void): void {
  for (;;) {
    const reason = control[Word.reason]
    if (reason === YieldReason.Done) return
    if (reason === YieldReason.HostCall) {
      const isTraced = traced(rootOf(group))
      // Nobody listens any more: the rest of a long call is served as fast as ever.
      if (!isTraced && afterHost === undefined) {
        drive(group)
        return
      }
      if (isTraced) traceHostCall(group)
      else rootOf(group).hosts[control[Word.operand]].invoke()
      afterHost?.()
    } else {
      serve(group, reason)
    }
    boundary.resume()
  }
}

function traceHostCall(group: Group): void {
  const { invoke, func } = rootOf(group).hosts[control[Word.operand]]
  const start = performance.now()
  let threw = true
  try {
    invoke()
    threw = false
  } finally {
    func.store.engine.events.emit('hostCall', { func, start, duration: performance.now() - start, threw })
  }
}

function serve(group: Group, reason: number): void {
  if (reason === YieldReason.Lazy) yieldingInstance(group).module.compileNow(control[Word.operand])
  else if (reason === YieldReason.Runtime) runRuntimeOp(yieldingInstance(group), control[Word.operand])
  else if (reason === YieldReason.Poll) answerPoll()
  else if (reason === YieldReason.Learn) learn(group, control[Word.operand])
  else throwTrap()
}

function learn(group: Group, operand: number): void {
  if (operand === LEARN_ENTRY) learnEntry()
  else rootOf(group).hosts[0].func.store.engine.learnReturn(operand)
}
