/** The mid-end's module: a function an operation, a `switch` over operations in front. */
import { Effect, type OpInfo } from '../../ir/ops.js'
import { functionName, HEADER, TreePrinter } from './print.js'
import type { Rewrite } from './rewrite.js'
import type { TreeNode } from './tree.js'

const nameOf = (op: OpInfo): string => functionName('rewrite', op.name)

function operation(op: OpInfo, tree: TreeNode<Rewrite>, numberOf: (site: string) => number): string {
  const isPure = op.effect === Effect.Pure
  const printer = new TreePrinter<Rewrite>((rule) => {
    const call = `g.${rule.action}(${rule.result}, ${numberOf(rule.site)})`
    return [`${rule.action === 'yield' ? call : `return ${call}`} // ${rule.site}`]
  })
  return [
    `function ${nameOf(op)}(g: RuleContext, inst: number): ${isPure ? 'void' : 'number'} {`,
    '  const { f } = g',
    ...printer.print(tree),
    ...(isPure ? [] : ['  return -1']),
    '}',
  ].join('\n')
}

function dispatcher(name: string, ops: readonly OpInfo[], isPure: boolean, doc: string): string {
  const lines = [
    `/** ${doc} */`,
    `export function ${name}(g: RuleContext, inst: number): ${isPure ? 'void' : 'number'} {`,
  ]
  lines.push('  switch (g.f.op[inst]) {')
  for (const op of ops) lines.push(`    case ${op.id}:`, `      return ${nameOf(op)}(g, inst)`)
  lines.push('    default:', `      return${isPure ? '' : ' -1'}`, '  }', '}')
  return lines.join('\n')
}

/**
 * The generated module.
 * @param trees by operation
 * @param numberOf number of a rule by its place
 */
export function printRewrites(
  trees: ReadonlyMap<OpInfo, TreeNode<Rewrite>>,
  numberOf: (site: string) => number,
): string {
  const ops = [...trees.keys()].toSorted((a, b) => a.id - b.id)
  const isPure = (op: OpInfo): boolean => op.effect === Effect.Pure
  const bodies = ops.map((op) => operation(op, trees.get(op) as TreeNode<Rewrite>, numberOf))
  const pure = ops.filter(isPure)
  const placed = ops.filter((op) => !isPure(op))
  return [
    HEADER,
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
