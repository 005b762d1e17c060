/**
 * Compiles the rules to *.gen.ts files, which are committed (scripts/rules.mjs writes them): a build needs no second pass, and
 * a change of the rules can be reviewed as a change of code.
 */
import type { OpInfo } from '../../ir/ops.js'
import { parseRules, RuleError, type List } from './parse.js'
import type { Rule } from './patterns.js'
import { sitesModule } from './print.js'
import { printRewrites } from './print-rewrites.js'
import { printSelection } from './print-selection.js'
import { isPlaced, readRewrite, type Rewrite } from './rewrite.js'
import { readSelection, type Selection } from './select.js'
import { allOperations, Declarations, operations, type InternalTerm } from './terms.js'
import { buildTree, type TreeNode } from './tree.js'

/** Declarations, read before all other files. */
const PRELUDE = 'prelude.rules'

/** Reads declarations and rules. @param read compiles a rule; all variants of one have the same root */
function readFiles<R extends Rule & { readonly root: Root }, Root>(
  files: ReadonlyMap<string, string>,
  declared: Declarations,
  read: (list: List, declared: Declarations) => R[],
): { byRoot: Map<Root, R[]>; sites: string[] } {
  const byRoot = new Map<Root, R[]>()
  const sites: string[] = []
  const names = [...files.keys()].toSorted()
  const ordered = [...names.filter((name) => name === PRELUDE), ...names.filter((name) => name !== PRELUDE)]
  for (const name of ordered) {
    for (const form of parseRules(name, files.get(name) as string)) {
      if (form.kind !== 'list' || form.items[0]?.kind !== 'atom') {
        throw new RuleError(form.site, 'a rule or a declaration is expected')
      }
      if (declared.read(form)) continue
      if (form.items[0].text !== 'rule') throw new RuleError(form.site, 'a rule or a declaration is expected')
      sites.push(form.site)
      for (const rule of read(form, declared)) {
        const rules = byRoot.get(rule.root)
        if (rules === undefined) byRoot.set(rule.root, [rule])
        else rules.push(rule)
      }
    }
  }
  return { byRoot, sites }
}

/** The mid-end's generated files by name. @throws RuleError */
export function compileRules(files: ReadonlyMap<string, string>): Map<string, string> {
  const { byRoot, sites } = readFiles<Rewrite, OpInfo>(files, new Declarations(operations), readRewrite)
  const trees = new Map<OpInfo, TreeNode<Rewrite>>()
  for (const [op, rules] of byRoot) trees.set(op, buildTree(rules, isPlaced(op)))
  return new Map([
    ['simplify.gen.ts', printRewrites(trees, (site) => sites.indexOf(site))],
    ['sites.gen.ts', sitesModule('ruleSites', sites)],
  ])
}

/** The generated files of instruction selection by name. @throws RuleError */
export function compileSelection(files: ReadonlyMap<string, string>): Map<string, string> {
  const declared = new Declarations(allOperations)
  const { byRoot, sites } = readFiles<Selection, Selection['root']>(files, declared, readSelection)
  const ops = new Map<OpInfo, TreeNode<Selection>>()
  const terms = new Map<InternalTerm, TreeNode<Selection>>()
  for (const [root, rules] of byRoot) {
    const tree = buildTree(rules, true)
    if ('params' in root) terms.set(root, tree)
    else ops.set(root, tree)
  }
  return new Map([
    ['select.gen.ts', printSelection(ops, terms, declared.exported, (site) => sites.indexOf(site))],
    ['sites.gen.ts', sitesModule('selectionSites', sites)],
  ])
}
