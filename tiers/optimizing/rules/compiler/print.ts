/**
 * Prints decision trees as TypeScript, to be read: every result is followed by the place of its rule. What both languages
 * share: print-rewrites.ts and print-selection.ts have the modules of either.
 */
import type { Rule, Step } from './patterns.js'
import type { Branch, TreeNode } from './tree.js'

/** The lines that a rule becomes when it has matched. */
export type Action<R extends Rule> = (rule: R) => readonly string[]

export class TreePrinter<R extends Rule> {
  private readonly lines: string[] = []
  private readonly action: Action<R>
  /** Names that are bound in the blocks around. */
  private bound: ReadonlySet<string> = new Set()

  constructor(action: Action<R>) {
    this.action = action
  }

  /** The lines of a tree within a function. */
  print(tree: TreeNode<R>): string[] {
    this.node(tree, 1)
    return this.lines
  }

  private line(depth: number, text: string): void {
    this.lines.push('  '.repeat(depth) + text)
  }

  private node(node: TreeNode<R>, depth: number): void {
    const around = this.bound
    for (const entry of node.entries) {
      if ('node' in entry) this.branch(entry, depth)
      else for (const line of this.action(entry)) this.line(depth, line)
    }
    this.bound = around
  }

  private branch({ step, node }: Branch<R>, depth: number): void {
    if (step.kind === 'extract' && !this.bound.has(step.name)) {
      this.line(depth, `const ${step.name} = ${step.call}`)
      this.bound = new Set([...this.bound, step.name])
    }
    if (step.kind === 'walk') {
      this.line(depth, walk(step.name, step.value))
      this.node(node, depth + 1)
    } else {
      // What is asked next, and nothing else, is asked in the same condition.
      const conditions = [condition(step)]
      let inner = node
      for (let next = onlyTest(inner); next !== undefined; next = onlyTest(inner)) {
        conditions.push(next.condition)
        inner = next.node
      }
      this.line(depth, `if (${conditions.join(' && ')}) {`)
      this.node(inner, depth + 1)
    }
    this.line(depth, '}')
  }
}

/** The test that is all that a node has. */
function onlyTest<R extends Rule>({ entries }: TreeNode<R>): { condition: string; node: TreeNode<R> } | undefined {
  const [entry] = entries
  if (entries.length !== 1 || !('node' in entry) || entry.step.kind !== 'test') return undefined
  return { condition: entry.step.condition, node: entry.node }
}

/** What a step goes on by. */
function condition(step: Exclude<Step, { kind: 'walk' }>): string {
  return step.kind === 'test' ? step.condition : `${step.name} >= 0`
}

function walk(name: string, value: string): string {
  return `for (let walk = g.start(${value}), ${name} = g.next(walk); ${name} >= 0; ${name} = g.next(walk)) {`
}

/** `iadd` with a prefix to a function's name. */
export function functionName(prefix: string, name: string): string {
  const words = name.split('_').map((word) => word[0].toUpperCase() + word.slice(1))
  return `${prefix}${words.join('')}`
}

export const HEADER = '// Generated from *.rules by `npm run rules`; do not edit.'

/** The module that tells the place of each rule by its number. */
export function sitesModule(name: string, sites: readonly string[]): string {
  const listed = sites.map((site) => `  '${site}',`).join('\n')
  return `${HEADER}\n/** Place of each rule, by its number. */\nexport const ${name}: readonly string[] = [\n${listed}\n]\n`
}
