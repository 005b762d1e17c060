/**
 * Prints the decision trees as TypeScript: a function an operation, a `switch` over operations in front. Written to be
 * read: every result is followed by the place of its rule.
 */
import { Effect, type OpInfo } from '../../ir/ops.js'
import type { Rule, Step } from './check.js'
import type { Branch, TreeNode } from './tree.js'

function functionName(op: OpInfo): string {
  const words = op.name.split('_').map((word) => word[0].toUpperCase() + word.slice(1))
  return `rewrite${words.join('')}`
}

class Printer {
  private readonly lines: string[] = []
  private readonly numberOf: (site: string) => number

  constructor(numberOf: (site: string) => number) {
    this.numberOf = numberOf
  }

  operation(op: OpInfo, tree: TreeNode): string {
    const isPure = op.effect === Effect.Pure
    this.line(0, `function ${functionName(op)}(g: RuleContext, inst: number): ${isPure ? 'void' : 'number'} {`)
    this.line(1, 'const { f } = g')
    this.node(tree, 1)
    if (!isPure) this.line(1, 'return -1')
    this.line(0, '}')
    return this.lines.join('\n')
  }

  private line(depth: number, text: string): void {
    this.lines.push('  '.repeat(depth) + text)
  }

  private node(node: TreeNode, depth: number): void {
    for (const entry of node.entries) {
      if ('node' in entry) this.branch(entry, depth)
      else this.rule(entry, depth)
    }
  }

  private branch({ step, node }: Branch, depth: number): void {
    if (step.kind === 'extract') this.line(depth, `const ${step.name} = ${step.call}`)
    this.line(depth, head(step))
    this.node(node, depth + 1)
    this.line(depth, '}')
  }

  private rule(rule: Rule, depth: number): void {
    const call = `g.${rule.action}(${rule.result}, ${this.numberOf(rule.site)})`
    this.line(depth, `${rule.action === 'yield' ? call : `return ${call}`} // ${rule.site}`)
  }
}

/** The line that opens a step's block. */
function head(step: Step): string {
  if (step.kind === 'test') return `if (${step.condition}) {`
  const { name } = step
  if (step.kind === 'extract') return `if (${name} >= 0) {`
  return `for (let walk = g.start(${step.value}), ${name} = g.next(walk); ${name} >= 0; ${name} = g.next(walk)) {`
}

function dispatcher(name: string, ops: readonly OpInfo[], isPure: boolean, doc: string): string {
  const lines = [
    `/** ${doc} */`,
    `export function ${name}(g: RuleContext, inst: number): ${isPure ? 'void' : 'number'} {`,
  ]
  lines.push('  switch (g.f.op[inst]) {')
  for (const op of ops) {
    lines.push(`    case ${op.id}:`, `      return ${functionName(op)}(g, inst)`)
  }
  lines.push('    default:', `      return${isPure ? '' : ' -1'}`, '  }', '}')
  return lines.join('\n')
}

/**
 * The generated module.
 * @param trees by operation
 * @param numberOf number of a rule by its place
 */
export function emitModule(trees: ReadonlyMap<OpInfo, TreeNode>, numberOf: (site: string) => number): string {
  const ops = [...trees.keys()].toSorted((a, b) => a.id - b.id)
  const isPure = (op: OpInfo): boolean => op.effect === Effect.Pure
  const bodies = ops.map((op) => new Printer(numberOf).operation(op, trees.get(op) as TreeNode))
  const pure = ops.filter(isPure)
  const placed = ops.filter((op) => !isPure(op))
  return [
    '// Generated from *.rules by `npm run rules`; do not edit.',
    "import type { RuleContext } from './context.js'",
    ...bodies,
    dispatcher(
      'simplify',
      pure,
      true,
      'Gives every form that a rule finds for a pure instruction to `yield` or `subsume`.',
    ),
    dispatcher(
      'simplifyPlaced', placed, false, 'A value that is what a placed instruction computes, which then cannot trap; or -1.',
    ), // oxfmt-ignore
    '',
  ].join('\n\n')
}
