/**
 * The terms that rules are made of: operations of the intermediate representation, from its table, and what a
 * `prelude.rules` declares: types, external terms (methods of the context that the rules run in), internal terms (with rules
 * of their own), conversions.
 */
import { Effect, Form as IrForm, opInfo, type OpInfo } from '../../ir/ops.js'
import { floatCcNames, intCcNames, Ty, tyNames } from '../../ir/types.js'
import { RuleError, type List, type Sexp } from './parse.js'

/** Types of the rule language, by name; all are numbers in the generated code. */
export type RuleType = string

/** Types that operations have; others are declared. */
const baseTypes: readonly RuleType[] = ['Value', 'Type', 'IntCc', 'FloatCc', 'Sign']

/** What an operation holds: the array of the function it is in, and its type. */
export interface Field {
  readonly array: 'ty' | 'aux' | 'immLo' | 'arg0' | 'arg1' | 'arg2'
  readonly type: RuleType
}

/** An operation: `(name type [condition, sign, access or index] arguments)`. */
export interface OpTerm {
  readonly info: OpInfo
  readonly fields: readonly Field[]
  /** The fields' types. */
  readonly args: readonly RuleType[]
  /** Position of the `aux` field, -1 without one. */
  readonly aux: number
}

export interface ExternTerm {
  /**
   * - test: `(name)` matches a value, by a boolean method; `(name pattern)` one that the pattern matches, too.
   * - constant: `(name pattern)` matches a constant and gives another value or a number; the method returns -1 when it does not
   *   match. With a `getter` the method is a boolean, and the getter gives what it found, which may be any number.
   * - predicate: a boolean, in `(if ...)`.
   * - constructor: a value; one that is `partial` returns -1 to fail, and stands in `(if-let ...)` only.
   * - emit: makes a machine instruction. One with a result writes it to the register that it gets as its first argument.
   */
  readonly kind: 'test' | 'constant' | 'predicate' | 'constructor' | 'partial' | 'emit'
  readonly method: string
  readonly getter: string | undefined
  readonly args: readonly RuleType[]
  readonly result: RuleType
}

/** A term whose meaning is rules: a function of its own in the generated code. */
export interface InternalTerm {
  readonly name: string
  readonly params: readonly { readonly name: string; readonly type: RuleType }[]
  readonly result: RuleType
  /** No rule need match; the term is -1 then. */
  readonly partial: boolean
}

const externKinds: readonly string[] = ['test', 'constant', 'predicate', 'constructor', 'partial', 'emit']

const auxTypes = new Map<number, RuleType>([
  [IrForm.IntCc, 'IntCc'],
  [IrForm.FloatCc, 'FloatCc'],
  [IrForm.Sign, 'Sign'],
  [IrForm.Access, 'Access'],
  [IrForm.Trap, 'Trap'],
])
const argArrays = ['arg0', 'arg1', 'arg2'] as const

function operationTerm(info: OpInfo): OpTerm {
  const fields: Field[] = [{ array: 'ty', type: 'Type' }]
  const aux = auxTypes.get(info.form)
  if (aux !== undefined) fields.push({ array: 'aux', type: aux })
  if (info.form === IrForm.Index) fields.push({ array: 'immLo', type: 'Index' })
  for (let i = 0; i < info.args; i++) fields.push({ array: argArrays[i], type: 'Value' })
  return {
    info,
    fields,
    args: fields.map(({ type }) => type),
    aux: fields.findIndex(({ array }) => array === 'aux'),
  }
}

const all = new Map(opInfo.map((info) => [info.name, operationTerm(info)]))
const rewritten: readonly number[] = [IrForm.Plain, IrForm.IntCc, IrForm.FloatCc, IrForm.Sign]

/** Every operation: what lowering matches. */
export const allOperations: ReadonlyMap<string, OpTerm> = all
/** What the mid-end rewrites: operations that are computed from values alone. */
export const operations: ReadonlyMap<string, OpTerm> = new Map(
  [...all].filter(([, { info }]) => rewritten.includes(info.form) && info.args > 0 && info.effect <= Effect.Idempotent),
)

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

export const literals: ReadonlyMap<string, { type: RuleType; value: number }> = literalTable()

function name(sexp: Sexp): string {
  if (sexp.kind !== 'atom') throw new RuleError(sexp.site, 'a name is expected')
  return sexp.text
}

/** What a prelude declares. */
export class Declarations {
  readonly externs = new Map<string, ExternTerm>()
  readonly terms = new Map<string, InternalTerm>()
  /** Internal terms that code outside of the rules uses: `(export name...)`. */
  readonly exported = new Set<string>()
  /** By the types `from to`: the method that makes one of the other, '' where they are the same number. */
  private readonly conversions = new Map<string, string>()
  private readonly types = new Set<RuleType>(baseTypes)
  private readonly operations: ReadonlyMap<string, OpTerm>

  constructor(known: ReadonlyMap<string, OpTerm>) {
    this.operations = known
  }

  /** Reads a declaration; false when the list is none. @throws RuleError */
  read(list: List): boolean {
    const [head] = list.items
    switch (head?.kind === 'atom' ? head.text : '') {
      case 'type':
        for (const type of list.items.slice(1)) this.types.add(name(type))
        return true
      case 'convert':
        this.convert(list)
        return true
      case 'extern':
        this.extern(list)
        return true
      case 'term':
        this.term(list, false)
        return true
      case 'export':
        for (const term of list.items.slice(1)) this.exported.add(name(term))
        return true
      case 'partial-term':
        this.term(list, true)
        return true
      default:
        return false
    }
  }

  conversion(from: RuleType, to: RuleType): string | undefined {
    return from === to ? '' : this.conversions.get(`${from} ${to}`)
  }

  private type(sexp: Sexp): RuleType {
    if (sexp.kind !== 'atom' || !this.types.has(sexp.text)) throw new RuleError(sexp.site, 'a type is expected')
    return sexp.text
  }

  /** `(convert From To method)`; without a method they are the same number. */
  private convert(list: List): void {
    if (list.items.length < 3 || list.items.length > 4)
      throw new RuleError(list.site, '(convert from to method) is expected')
    const [, from, to, method] = list.items
    this.conversions.set(`${this.type(from)} ${this.type(to)}`, method === undefined ? '' : name(method))
  }

  /** `(extern kind name (ArgTypes) Result method [getter])`. */
  private extern(list: List): void {
    const { length } = list.items
    const [, kind, term, args, result, method, getter] = list.items
    if (length < 6 || length > 7 || (length === 7 && name(kind) !== 'constant')) {
      throw new RuleError(list.site, '(extern kind name (types) type method) is expected')
    }
    if (!externKinds.includes(name(kind))) throw new RuleError(kind.site, `no kind of term: ${name(kind)}`)
    if (args.kind !== 'list') throw new RuleError(args.site, 'a list of types is expected')
    this.isNew(term)
    this.externs.set(name(term), {
      kind: name(kind) as ExternTerm['kind'],
      method: name(method),
      getter: getter === undefined ? undefined : name(getter),
      args: args.items.map((arg) => this.type(arg)),
      result: this.type(result),
    })
  }

  /** `(term name ((param Type)...) Result)`. */
  private term(list: List, partial: boolean): void {
    const [, term, params, result] = list.items
    if (list.items.length !== 4 || params.kind !== 'list') {
      throw new RuleError(list.site, '(term name ((parameter type)...) type) is expected')
    }
    this.isNew(term)
    this.terms.set(name(term), {
      name: name(term),
      params: params.items.map((param) => {
        if (param.kind !== 'list' || param.items.length !== 2) {
          throw new RuleError(param.site, '(parameter type) is expected')
        }
        return { name: name(param.items[0]), type: this.type(param.items[1]) }
      }),
      result: this.type(result),
      partial,
    })
  }

  private isNew(term: Sexp): void {
    const text = name(term)
    if (this.externs.has(text) || this.terms.has(text) || this.operations.has(text)) {
      throw new RuleError(term.site, `${text} is declared`)
    }
  }
}
