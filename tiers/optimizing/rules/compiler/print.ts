/**
 * Prints decision trees as TypeScript, to be read: every result is followed by the place of its rule. What both languages
 * share; emit.ts has the modules of either.
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
    this.line(depth, head(step))
    this.node(node, depth + 1)
    this.line(depth, '}')
  }
}

/** The line that opens a step's block. */
function head(step: Step): string {
  if (step.kind === 'test') return `if (${step.condition}) {`
  const { name } = step
  if (step.kind === 'extract') return `if (${name} >= 0) {`
  return `for (let walk = g.start(${step.value}), ${name} = g.next(walk); ${name} >= 0; ${name} = g.next(walk)) {`
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
