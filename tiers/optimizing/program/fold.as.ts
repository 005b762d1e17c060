/** egraph/fold.ts in AssemblyScript. */
import { RuleContext } from './tiers_optimizing_rules_context'

export function foldConstants(_g: RuleContext, _inst: i32): i32 {
  return -1
}
