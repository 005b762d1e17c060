/**
 * Compiles the rules to simplify.gen.ts and sites.gen.ts, which are committed (scripts/rules.mjs writes them): a build needs
 * no second pass, and a change of the rules can be reviewed as a change of code.
 */
import type { OpInfo } from '../../ir/ops.js'
import { checkRule, type Rule } from './check.js'
import { emitModule } from './emit.js'
import { parseRules, RuleError } from './parse.js'
import { declareExtern, type ExternTerm } from './terms.js'
import { buildTree, type TreeNode } from './tree.js'

/** Declarations, read before all other files. */
const PRELUDE = 'prelude.rules'

/** The generated files by name, before formatting. @throws RuleError */
export function compileRules(files: ReadonlyMap<string, string>): Map<string, string> {
  const externs = new Map<string, ExternTerm>()
  const byRoot = new Map<OpInfo, Rule[]>()
  const sites: string[] = []
  const names = [...files.keys()].toSorted()
  const ordered = [...names.filter((name) => name === PRELUDE), ...names.filter((name) => name !== PRELUDE)]
  for (const name of ordered) {
    for (const form of parseRules(name, files.get(name) as string)) {
      const head = form.kind === 'list' ? form.items[0] : undefined
      const word = head?.kind === 'atom' ? head.text : ''
      if (form.kind !== 'list' || (word !== 'rule' && word !== 'extern')) {
        throw new RuleError(form.site, '(rule ...) or (extern ...) is expected')
      }
      if (word === 'extern') {
        declareExtern(form, externs)
        continue
      }
      sites.push(form.site)
      for (const rule of checkRule(form, externs)) {
        const rules = byRoot.get(rule.root)
        if (rules === undefined) byRoot.set(rule.root, [rule])
        else rules.push(rule)
      }
    }
  }
  const trees = new Map<OpInfo, TreeNode>()
  for (const [op, rules] of byRoot) trees.set(op, buildTree(rules))
  const listed = sites.map((site) => `  '${site}',`).join('\n')
  return new Map([
    ['simplify.gen.ts', emitModule(trees, (site) => sites.indexOf(site))],
    [
      'sites.gen.ts',
      `// Generated from *.rules by \`npm run rules\`; do not edit.\n/** Place of each rule, by its number. */\n` +
        `export const ruleSites: readonly string[] = [\n${listed}\n]\n`,
    ],
  ])
}
