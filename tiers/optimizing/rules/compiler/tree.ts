/**
 * The decision tree of all rules of one operation: rules whose first steps are equal share them, so that no extractor runs
 * twice. Rules for pure operations all apply, in any order; of those for placed instructions the first that matches wins,
 * so only neighbours share steps, and two of equal priority must exclude each other.
 */
import { Effect } from '../../ir/ops.js'
import { stepKey, type Rule, type Step } from './check.js'
import { RuleError } from './parse.js'

export interface Branch {
  readonly step: Step
  readonly node: TreeNode
}

/** In order: branches and rules that are matched completely. */
export interface TreeNode {
  readonly entries: (Branch | Rule)[]
}

/** @throws RuleError when rules of equal priority overlap */
export function buildTree(rules: readonly Rule[]): TreeNode {
  const isOrdered = rules[0].root.effect !== Effect.Pure
  const sorted = isOrdered ? rules.toSorted((a, b) => b.priority - a.priority) : rules
  if (isOrdered) checkOverlap(sorted)
  const root: TreeNode = { entries: [] }
  for (const rule of sorted) insert(root, rule, isOrdered)
  return root
}

function insert(root: TreeNode, rule: Rule, isOrdered: boolean): void {
  let node = root
  for (const step of rule.steps) {
    const key = stepKey(step)
    const candidates = isOrdered ? node.entries.slice(-1) : node.entries
    let branch = candidates.find((entry): entry is Branch => 'node' in entry && stepKey(entry.step) === key)
    if (branch === undefined) {
      branch = { step, node: { entries: [] } }
      node.entries.push(branch)
    }
    node = branch.node
  }
  // Exchanged arguments can give the same pattern again.
  if (!node.entries.some((entry) => 'site' in entry && entry.site === rule.site)) node.entries.push(rule)
}

function checkOverlap(rules: readonly Rule[]): void {
  rules.forEach((rule, i) => {
    for (const other of rules.slice(0, i)) {
      const sameRule = other.site === rule.site
      if (other.priority === rule.priority && !sameRule && !areExclusive(rule, other)) {
        throw new RuleError(rule.site, `overlaps ${other.site} of equal priority`)
      }
    }
  })
}

/** True when the rules ask for different literals at one place. */
function areExclusive(a: Rule, b: Rule): boolean {
  const asked = new Map<string, string>()
  for (const [place, literal] of literalsOf(a)) asked.set(place, literal)
  return literalsOf(b).some(([place, literal]) => asked.has(place) && asked.get(place) !== literal)
}

function literalsOf(rule: Rule): [string, string][] {
  const found: [string, string][] = []
  for (const step of rule.steps) {
    if (step.kind !== 'test') continue
    const field = /^(f\.\w+\[inst\]) === (-?\d+)$/.exec(step.condition)
    const number = /^g\.isInt\((f\.\w+\[inst\]), (-?\d+)\)$/.exec(step.condition)
    const match = field ?? number
    if (match !== null) found.push([match[1], match[2]])
  }
  return found
}
