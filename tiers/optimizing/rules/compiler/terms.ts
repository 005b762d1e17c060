/**
 * The terms that rules are made of: operations of the intermediate representation, from its table, and the external
 * extractors, tests, predicates and constructors that `prelude.rules` declares as methods of `RuleContext`.
 */
import { Effect, Form, opInfo, type OpInfo } from '../../ir/ops.js'
import { floatCcNames, intCcNames, Ty, tyNames } from '../../ir/types.js'
import { RuleError, type List, type Sexp } from './parse.js'

/** Types of the rule language; all are numbers in the generated code. */
export type RuleType = 'Value' | 'Type' | 'IntCc' | 'FloatCc' | 'Sign'

/** An operation: `(name type [condition or sign] arguments)`. */
export interface OpTerm {
  readonly info: OpInfo
  readonly args: readonly RuleType[]
  /** Position of the `aux` argument among `args`, -1 without one. */
  readonly aux: number
}

export interface ExternTerm {
  /**
   * - test: `(name)` matches a value without giving one; a boolean method of (arguments, value).
   * - extractor: `(name pattern)` matches a value and gives another; the method returns -1 when it does not match.
   * - predicate: a boolean, in `(if ...)`.
   * - constructor: a value; one that is `partial` returns -1 to fail, and stands in `(if-let ...)` only.
   */
  readonly kind: 'test' | 'extractor' | 'predicate' | 'constructor' | 'partial'
  readonly method: string
  readonly args: readonly RuleType[]
  readonly result: RuleType
}

const ruleTypes: readonly string[] = ['Value', 'Type', 'IntCc', 'FloatCc', 'Sign']
const externKinds: readonly string[] = ['test', 'extractor', 'predicate', 'constructor', 'partial']

function auxType(info: OpInfo): RuleType | undefined {
  if (info.form === Form.IntCc) return 'IntCc'
  if (info.form === Form.FloatCc) return 'FloatCc'
  return info.form === Form.Sign ? 'Sign' : undefined
}

function operationTerms(): Map<string, OpTerm> {
  const terms = new Map<string, OpTerm>()
  for (const info of opInfo) {
    const plain = info.form === Form.Plain || auxType(info) !== undefined
    if (!plain || info.args === 0 || info.effect > Effect.Idempotent) continue
    const aux = auxType(info)
    const args: RuleType[] = ['Type']
    if (aux !== undefined) args.push(aux)
    for (let i = 0; i < info.args; i++) args.push('Value')
    terms.set(info.name, { info, args, aux: aux === undefined ? -1 : 1 })
  }
  return terms
}

/** Literals: `$i32` and the like, `$ult` (IntCc), `$flt` (FloatCc, with f before it), `$signed`, `$unsigned`. */
function literalTable(): Map<string, { type: RuleType; value: number }> {
  const table = new Map<string, { type: RuleType; value: number }>()
  tyNames.forEach((name, value) => {
    if (value !== Ty.None) table.set(`$${name}`, { type: 'Type', value })
  })
  intCcNames.forEach((name, value) => table.set(`$${name}`, { type: 'IntCc', value }))
  floatCcNames.forEach((name, value) => table.set(`$f${name}`, { type: 'FloatCc', value }))
  table.set('$signed', { type: 'Sign', value: 1 })
  table.set('$unsigned', { type: 'Sign', value: 0 })
  return table
}

export const operations: ReadonlyMap<string, OpTerm> = operationTerms()
export const literals: ReadonlyMap<string, { type: RuleType; value: number }> = literalTable()

function ruleType(sexp: Sexp): RuleType {
  if (sexp.kind !== 'atom' || !ruleTypes.includes(sexp.text)) throw new RuleError(sexp.site, 'a type is expected')
  return sexp.text as RuleType
}

function name(sexp: Sexp): string {
  if (sexp.kind !== 'atom') throw new RuleError(sexp.site, 'a name is expected')
  return sexp.text
}

/** Reads `(extern kind name (ArgTypes) Result method)` into a table. */
export function declareExtern(list: List, externs: Map<string, ExternTerm>): void {
  if (list.items.length !== 6) throw new RuleError(list.site, '(extern kind name (types) type method) is expected')
  const [, kind, term, args, result, method] = list.items
  if (!externKinds.includes(name(kind))) throw new RuleError(kind.site, `no kind of term: ${name(kind)}`)
  if (args.kind !== 'list') throw new RuleError(args.site, 'a list of types is expected')
  if (externs.has(name(term)) || operations.has(name(term))) throw new RuleError(list.site, `${name(term)} is declared`)
  externs.set(name(term), {
    kind: name(kind) as ExternTerm['kind'],
    method: name(method),
    args: args.items.map(ruleType),
    result: ruleType(result),
  })
}
