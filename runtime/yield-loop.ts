/**
 * The yield loop: what JavaScript does whenever guest code switches to the host (design section 3).
 *
 * Whoever entered the guest runs the loop until the entered call is done. The loop never abandons the call: it throws,
 * and the function that called `enter` catches, abandons and rethrows. So there is exactly one place that unwinds the
 * fiber, also when V8 runs out of stack on the way into the loop.
 */
import { ExecContext, Vmctx, YieldReason } from '../tiers/abi.js'
import { Word, addon, control, controlAddress } from './context.js'
import { load32 } from './data.js'
import { rootOf, type Group } from './group.js'
import type { Instance } from './instance.js'
import { answerPoll } from './interrupts.js'
import { runRuntimeOp } from './ops.js'
import { throwTrap } from './traps.js'

/** The instance whose code yielded last. */
export function yieldingInstance(group: Group): Instance {
  return rootOf(group).instances[load32(controlAddress(ExecContext.vmctx) + Vmctx.id)]
}

/**
 * Serves the guest until the call that was entered last returns; its results are in the cells then.
 * @param group that of the entered function
 * @throws what a host function throws; RuntimeError or RangeError on a trap
 */
export function drive(group: Group): void {
  for (;;) {
    const reason = control[Word.reason]
    if (reason === YieldReason.HostCall) {
      let root = group
      while (root.parent !== root) root = root.parent
      root.hosts[control[Word.operand]].invoke()
    } else if (reason === YieldReason.Done) {
      return
    } else {
      serve(group, reason)
    }
    addon.resume()
  }
}

function serve(group: Group, reason: number): void {
  if (reason === YieldReason.Lazy) yieldingInstance(group).module.compileNow(control[Word.operand])
  else if (reason === YieldReason.Runtime) runRuntimeOp(yieldingInstance(group), control[Word.operand])
  else if (reason === YieldReason.Poll) answerPoll()
  else throwTrap()
}
