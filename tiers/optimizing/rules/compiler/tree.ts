/**
 * The decision tree of all rules of one operation or term: rules whose first steps are equal share them, so that no extractor
 * runs twice. Where all rules apply, in any order (pure operations in the mid-end), they share whatever they can. Where the
 * first that matches wins, a rule may share with one before it when it excludes all between them: their order means nothing then.
 * Two of equal priority must exclude each other, and one that a rule before it always takes the place of is an error.
 */
import { stepKey, type Rule, type Step } from './patterns.js'
import { RuleError } from './parse.js'

export interface Branch<R extends Rule> {
  readonly step: Step
  readonly node: TreeNode<R>
}

/** In order: branches and rules that are matched completely. */
export interface TreeNode<R extends Rule> {
  readonly entries: (Branch<R> | R)[]
}

/**
 * @param isOrdered whether the first rule that matches is the only one
 * @throws RuleError when rules of equal priority overlap, or one is never reached
 */
export function buildTree<R extends Rule>(rules: readonly R[], isOrdered: boolean): TreeNode<R> {
  const sorted = isOrdered ? rules.toSorted((a, b) => b.priority - a.priority) : rules
  if (isOrdered) checkOrder(sorted)
  const root: TreeNode<R> = { entries: [] }
  for (const rule of sorted) insert(root, rule, isOrdered)
  return root
}

function insert<R extends Rule>(root: TreeNode<R>, rule: R, isOrdered: boolean): void {
  let node = root
  for (const step of rule.steps) {
    let branch = isOrdered ? lastBranch(node, step, rule) : branches(node).find(isOf(step))
    if (branch === undefined) {
      branch = { step, node: { entries: [] } }
      node.entries.push(branch)
    }
    node = branch.node
  }
  // Exchanged arguments can give the same pattern again.
  if (!node.entries.some((entry) => 'site' in entry && entry.site === rule.site)) node.entries.push(rule)
}

function branches<R extends Rule>(node: TreeNode<R>): Branch<R>[] {
  return node.entries.filter((entry) => 'node' in entry)
}

function isOf(step: Step): (branch: Branch<Rule>) => boolean {
  const key = stepKey(step)
  return (branch) => stepKey(branch.step) === key
}

/** The last branch of a step, if a rule excludes all behind it. */
function lastBranch<R extends Rule>(node: TreeNode<R>, step: Step, rule: R): Branch<R> | undefined {
  const branch = branches(node).findLast(isOf(step))
  if (branch === undefined) return undefined
  const behind = node.entries.slice(node.entries.indexOf(branch) + 1)
  return behind.flatMap(rulesOf).every((other) => areExclusive(rule, other)) ? branch : undefined
}

function rulesOf<R extends Rule>(entry: Branch<R> | R): R[] {
  return 'node' in entry ? entry.node.entries.flatMap((inner) => rulesOf(inner)) : [entry]
}

function checkOrder(rules: readonly Rule[]): void {
  rules.forEach((rule, i) => {
    for (const other of rules.slice(0, i)) {
      if (other.site === rule.site) continue
      if (other.priority === rule.priority && !areExclusive(rule, other)) {
        throw new RuleError(rule.site, `overlaps ${other.site} of equal priority`)
      }
      if (includes(rule, other)) throw new RuleError(rule.site, `is never reached: ${other.site} matches before`)
    }
  })
}

/** True when everything that `b` asks for `a` asks for, too. */
function includes(a: Rule, b: Rule): boolean {
  const asked = new Set(a.steps.map(stepKey))
  return b.steps.every((step) => asked.has(stepKey(step)))
}

/** What a rule asks of its root: a class that it walks may have one node for it and another for another rule. */
function ofRoot({ steps }: Rule): readonly Step[] {
  const walk = steps.findIndex(({ kind }) => kind === 'walk')
  return walk < 0 ? steps : steps.slice(0, walk)
}

/** True when the rules ask for different literals at one place, or for a condition and its opposite. */
function areExclusive(a: Rule, b: Rule): boolean {
  const literals = new Map<string, string>()
  const conditions = new Set<string>()
  for (const step of ofRoot(a)) {
    if (step.kind !== 'test') continue
    conditions.add(step.condition)
    if (step.place !== undefined && step.literal !== undefined) literals.set(step.place, step.literal)
  }
  return ofRoot(b).some((step) => {
    if (step.kind !== 'test') return false
    const { condition, place = '', literal } = step
    if (conditions.has(condition.startsWith('!') ? condition.slice(1) : `!${condition}`)) return true
    return literals.has(place) && literals.get(place) !== literal
  })
}
