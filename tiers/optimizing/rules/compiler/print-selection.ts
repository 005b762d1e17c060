/**
 * The module of instruction selection: a function an operation and an internal term, a `switch` over operations in front.
 * What an instruction holds is read once, at a function's beginning.
 */
import type { OpInfo } from '../../ir/ops.js'
import { RuleError } from './parse.js'
import { functionName, HEADER, TreePrinter } from './print.js'
import { hasDestination, termFunction, type Selection } from './select.js'
import type { InternalTerm } from './terms.js'
import type { TreeNode } from './tree.js'

const FIELDS = ['ty', 'aux', 'immLo', 'arg0', 'arg1', 'arg2']
const nameOf = (op: OpInfo): string => functionName('lower', op.name)

function uses(lines: readonly string[], name: string): boolean {
  return lines.some((line) => new RegExp(String.raw`(?<![.\w])${name}\b`).test(line))
}

/** Lines that read what the body uses of its instruction. */
function prologue(body: readonly string[], fields: readonly string[]): string[] {
  const used = fields.filter((field) => uses(body, field))
  const reads = used.map((field) => `  const ${field} = f.${field}[inst]`)
  return reads.length > 0 || uses(body, 'f') ? ['  const { f } = l', ...reads] : []
}

function operation(op: OpInfo, tree: TreeNode<Selection>, numberOf: (site: string) => number): string {
  const printer = new TreePrinter<Selection>((rule) => [
    `l.fired(${numberOf(rule.site)}) // ${rule.site}`,
    rule.result,
    'return true',
  ])
  const body = printer.print(tree)
  const ends = body.at(-1) === '  return true'
  return [
    `function ${nameOf(op)}(l: Selection, inst: number): boolean {`,
    ...prologue(body, FIELDS),
    ...body,
    ...(ends ? [] : ['  return false']),
    '}',
  ].join('\n')
}

function internal(term: InternalTerm, tree: TreeNode<Selection>, numberOf: (site: string) => number): string {
  const returns = term.result !== 'Done'
  const printer = new TreePrinter<Selection>((rule) => [
    `l.fired(${numberOf(rule.site)}) // ${rule.site}`,
    ...(returns ? [`return ${rule.result}`] : [rule.result, 'return']),
  ])
  const body = printer.print(tree)
  const last = tree.entries.at(-1)
  if (!term.partial && (last === undefined || 'node' in last)) {
    throw new RuleError(term.name, 'needs a rule for what no other matches')
  }
  if (!returns && body.at(-1) === '  return') body.pop()
  const destination = hasDestination(term) ? ['dst: number'] : []
  const params = ['l: Selection', ...destination, ...term.params.map((param) => `${param.name}: number`)]
  return [
    `function ${termFunction(term.name)}(${params.join(', ')}): ${returns ? 'number' : 'void'} {`,
    ...prologue(body, []),
    ...body,
    ...(term.partial ? ['  return -1'] : []),
    '}',
  ].join('\n')
}

/**
 * The generated module.
 * @param operations trees by operation
 * @param terms trees by internal term
 * @param exported names of the terms that the code around the rules uses
 * @param numberOf number of a rule by its place
 */
export function printSelection(
  operations: ReadonlyMap<OpInfo, TreeNode<Selection>>,
  terms: ReadonlyMap<InternalTerm, TreeNode<Selection>>,
  exported: ReadonlySet<string>,
  numberOf: (site: string) => number,
): string {
  const ops = [...operations.keys()].toSorted((a, b) => a.id - b.id)
  const cases = ops.flatMap((op) => [`    case ${op.id}:`, `      return ${nameOf(op)}(l, inst)`])
  return [
    HEADER,
    "import { Form } from '../../../isa/x64/forms.js'\nimport type { Selection } from '../../lower/selection.js'",
    'function same(a: number, b: number): boolean {\n  return a === b\n}',
    ...[...terms].map(([term, tree]) => (exported.has(term.name) ? 'export ' : '') + internal(term, tree, numberOf)),
    ...ops.map((op) => operation(op, operations.get(op) as TreeNode<Selection>, numberOf)),
    [
      '/** Makes the machine instructions of an operation; false when no rule is for it. */',
      'export function lowerByRules(l: Selection, inst: number): boolean {',
      '  switch (l.f.op[inst]) {',
      ...cases,
      '    default:',
      '      return false',
      '  }',
      '}',
      '',
    ].join('\n'),
  ].join('\n\n')
}
