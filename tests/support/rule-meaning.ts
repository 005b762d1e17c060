/**
 * What a rewrite rule claims, as bit-vector terms: under its guards, pattern and result are equal, and the pattern does not
 * trap. Made from the rule's text and the engine's own table of semantics (ir/semantics.ts), at the widths of Wasm or at
 * small ones at which every value can be tried.
 */
import { integerTerm, trapTerm } from '../../tiers/optimizing/ir/semantics.js'
import { binary, constant, predicate, variable, type Term } from '../../tiers/optimizing/ir/terms.js'
import { intCcInverse, intCcNames, isFloatTy, Ty } from '../../tiers/optimizing/ir/types.js'
import { opInfo, ResultRule } from '../../tiers/optimizing/ir/ops.js'
import type { List, Sexp } from '../../tiers/optimizing/rules/compiler/parse.js'
import { literals, operations } from '../../tiers/optimizing/rules/compiler/terms.js'

export interface Variable {
  readonly name: string
  readonly width: number
  /** It stands for a constant of the program. */
  readonly isConstant: boolean
}

export interface Claim {
  /** File and line, and the types and conditions that were chosen. */
  readonly name: string
  readonly variables: readonly Variable[]
  /** Booleans that must hold for the rule to apply. */
  readonly guards: readonly Term[]
  /** Boolean: the pattern traps. */
  readonly trap: Term | undefined
  readonly left: Term
  readonly right: Term
}

/** Bits of the two integer types; floats have the same. */
export interface Widths {
  readonly i32: number
  readonly i64: number
}
export const WASM_WIDTHS: Widths = { i32: 32, i64: 64 }
/** Every value of i32 can be tried. */
export const SMALL_WIDTHS: Widths = { i32: 8, i64: 16 }

/** The rule has something that is no term: a result that is computed from the constant's value. */
class NoTerm extends Error {}
/** The types chosen for the rule's type variables do not fit. */
class WrongTypes extends Error {}

const isList = (sexp: Sexp | undefined): sexp is List => sexp?.kind === 'list'
const headOf = (sexp: Sexp): string => (isList(sexp) && sexp.items[0].kind === 'atom' ? sexp.items[0].text : '')
const textOf = (sexp: Sexp): string => (isList(sexp) ? `(${sexp.items.map(textOf).join(' ')})` : sexp.text)
const isNumber = (text: string): boolean => /^-?\d+$/.test(text)

/** Numbers that mean a width (31, 24, ...) with a fixed type: such a rule says nothing about other widths. */
function namesWidth(sexp: Sexp): boolean {
  if (!isList(sexp)) return isNumber(sexp.text) && Math.abs(Number(sexp.text)) > 2 && sexp.text !== '255' && sexp.text !== '65535' // oxfmt-ignore
  return headOf(sexp) === 'sext32' || sexp.items.some(namesWidth)
}

/** The parts of `(rule [priority] pattern guards... result)`. */
function partsOf(rule: List): { pattern: List; guards: readonly Sexp[]; result: Sexp } {
  const items = rule.items.slice(1).filter((item, i) => i > 0 || item.kind === 'list')
  const [pattern, ...rest] = items
  const result = rest.at(-1)
  if (!isList(pattern) || result === undefined) throw new NoTerm('no pattern')
  return { pattern, guards: rest.slice(0, -1), result: headOf(result) === 'subsume' && isList(result) ? result.items[1] : result } // oxfmt-ignore
}

/** Type variables and condition variables of a rule's pattern, with what each may be. */
function choicesOf(pattern: Sexp, found = new Map<string, readonly number[]>()): Map<string, readonly number[]> {
  if (!isList(pattern)) return found
  const term = operations.get(headOf(pattern))
  if (term !== undefined) {
    const name = headOf(pattern)
    const ty = textOf(pattern.items[1])
    const isFloat = name.startsWith('f')
    const any = name === 'bitcast' || name === 'select'
    const types = any ? [Ty.I32, Ty.I64, Ty.F32, Ty.F64] : isFloat ? [Ty.F32, Ty.F64] : [Ty.I32, Ty.I64]
    if (!ty.startsWith('$')) found.set(ty, (found.get(ty) ?? types).filter((each) => (types as readonly number[]).includes(each))) // oxfmt-ignore
    if (term.aux >= 0) {
      const aux = textOf(pattern.items[2])
      const count = term.args[term.aux] === 'IntCc' ? intCcNames.length : term.args[term.aux] === 'FloatCc' ? 6 : 2
      if (!aux.startsWith('$'))
        found.set(
          aux,
          Array.from({ length: count }, (_, i) => i),
        )
    }
  }
  for (const item of pattern.items) choicesOf(item, found)
  return found
}

class Model {
  readonly variables: Variable[] = []
  readonly guards: Term[] = []
  trap: Term | undefined
  private readonly terms = new Map<string, Term>()
  private readonly widths: Widths
  private readonly chosen: ReadonlyMap<string, number>

  constructor(widths: Widths, chosen: ReadonlyMap<string, number>) {
    this.widths = widths
    this.chosen = chosen
  }

  private bits(ty: number): number {
    return ty === Ty.I32 || ty === Ty.F32 ? this.widths.i32 : this.widths.i64
  }

  private fresh(name: string, width: number, isConstant: boolean): Term {
    const term = variable(this.variables.length, width)
    this.variables.push({ name, width, isConstant })
    return term
  }

  private named(name: string, ty: number, isConstant = false): Term {
    const known = this.terms.get(name)
    if (known === undefined || name === '_') {
      const term = this.fresh(name, this.bits(ty), isConstant)
      this.terms.set(name, term)
      return term
    }
    if (known.width !== this.bits(ty)) throw new WrongTypes()
    return known
  }

  private literal(sexp: Sexp): number {
    const text = textOf(sexp)
    const value = literals.get(text)?.value ?? this.chosen.get(text)
    if (value === undefined) throw new NoTerm(`${text} is not known`)
    return value
  }

  /** A pattern of a value of type `ty`. */
  pattern(sexp: Sexp, ty: number): Term {
    if (!isList(sexp))
      return isNumber(sexp.text) ? constant(BigInt(sexp.text), this.bits(ty)) : this.named(sexp.text, ty)
    const name = headOf(sexp)
    if (operations.has(name)) return this.operation(sexp, ty, (each, type) => this.pattern(each, type))
    switch (name) {
      case 'k':
        return this.named(textOf(sexp.items[1]), ty, true)
      case 'nonzero': {
        const term = this.fresh('nonzero', this.bits(ty), true)
        this.guards.push(predicate('not', predicate('=', term, constant(0, term.width))))
        return term
      }
      case 'log2': {
        const count = this.named(textOf(sexp.items[1]), ty, true)
        this.guards.push(predicate('bvult', count, constant(count.width, count.width)))
        return binary('bvshl', constant(1, count.width), count)
      }
      default:
        throw new NoTerm(`${name} is no term`)
    }
  }

  /** An expression of a rule's right side. */
  expression(sexp: Sexp, ty: number): Term {
    if (!isList(sexp)) return this.terms.get(sexp.text) ?? this.named(sexp.text, ty)
    const name = headOf(sexp)
    if (operations.has(name)) return this.operation(sexp, ty, (each, type) => this.expression(each, type))
    const [, first, second, third] = sexp.items
    switch (name) {
      case 'int':
        return constant(BigInt(textOf(second)), this.bits(this.literal(first)))
      case 'reduced_count':
        return this.count(second, this.literal(first))
      case 'count_sum': {
        const own = this.literal(first)
        const sum = binary('bvadd', this.count(second, own), this.count(third, own))
        this.guards.push(predicate('bvult', sum, constant(sum.width, sum.width)))
        return sum
      }
      default:
        throw new NoTerm(`${name} computes with the value of a constant`)
    }
  }

  private count(sexp: Sexp, ty: number): Term {
    const term = this.expression(sexp, ty)
    return binary('bvand', term, constant(term.width - 1, term.width))
  }

  private operation(list: List, wanted: number, argument: (sexp: Sexp, ty: number) => Term): Term {
    const name = headOf(list)
    const term = operations.get(name)
    if (term === undefined) throw new NoTerm(name)
    const { info } = term
    const own = this.literal(list.items[1])
    const result = opInfo[info.id].result === ResultRule.I32 ? Ty.I32 : own
    if (result !== wanted) throw new WrongTypes()
    if (['uext', 'sext', 'sext32'].includes(name) && own !== Ty.I64) throw new WrongTypes()
    const from = term.aux < 0 ? 2 : 3
    const args = list.items.slice(from).map((each, i) => argument(each, argumentType(name, own, i)))
    const aux = term.aux < 0 ? 0 : this.condition(list.items[2])
    return this.apply(name, info.id, own, aux, args, this.bits(result), list)
  }

  private condition(sexp: Sexp): number {
    return headOf(sexp) === 'inverse' && isList(sexp) ? intCcInverse[this.literal(sexp.items[1])] : this.literal(sexp)
  }

  private apply(
    name: string,
    op: number,
    own: number,
    aux: number,
    args: readonly Term[],
    width: number,
    list: List,
  ): Term {
    // oxfmt-ignore
    const sign = constant(1n << BigInt(width - 1), width)
    if (name === 'bitcast') return args[0]
    if (name === 'fneg') return binary('bvxor', args[0], sign)
    if (name === 'fabs') return binary('bvand', args[0], binary('bvsub', sign, constant(1, width)))
    if (name === 'fcmp') {
      // Nothing is asked of it but that it is 0 or 1, and the same for the same arguments.
      const key = `${own}.${aux}.${textOf(list)}`
      const known = this.terms.get(key) ?? this.fresh('fcmp', width, false)
      if (!this.terms.has(key)) this.guards.push(predicate('bvult', known, constant(2, width)))
      this.terms.set(key, known)
      return known
    }
    if (isFloatTy(own) && name !== 'select') throw new NoTerm(`${name} of floats is no term`)
    const trap = trapTerm(op, args)
    if (trap !== undefined) this.trap = trap
    const term = integerTerm(op, aux, args, width)
    if (term === undefined) throw new NoTerm(`${name} is no term`)
    return term
  }

  guard(guard: Sexp, ty: number): void {
    if (!isList(guard)) throw new NoTerm('no guard')
    if (headOf(guard) === 'if-let') {
      this.terms.set(textOf(guard.items[1]), this.expression(guard.items[2], ty))
      return
    }
    const call = guard.items[1]
    if (!isList(call)) throw new NoTerm('no guard')
    const [, first, second, third] = call.items
    const own = this.literal(first)
    const width = this.bits(own)
    switch (headOf(call)) {
      case 'wide_count':
        this.guards.push(predicate('not', predicate('bvult', this.expression(second, own), constant(width, width))))
        return
      case 'same_count':
        this.guards.push(predicate('=', this.count(second, own), this.count(third, own)))
        return
      case 'whole_turn':
        this.guards.push(predicate('=', binary('bvadd', this.count(second, own), this.count(third, own)), constant(width, width))) // oxfmt-ignore
        return
      default:
        throw new NoTerm(`${headOf(call)} is no term`)
    }
  }
}

function argumentType(op: string, own: number, index: number): number {
  if (op === 'select' && index === 0) return Ty.I32
  if (op === 'uext' || op === 'sext') return Ty.I32
  if (op === 'wrap') return Ty.I64
  if (op === 'bitcast') return own === Ty.I32 ? Ty.F32 : own === Ty.F32 ? Ty.I32 : own === Ty.I64 ? Ty.F64 : Ty.I64
  return own
}

function* assignments(choices: ReadonlyMap<string, readonly number[]>): Generator<Map<string, number>> {
  const [first, ...rest] = choices
  if (first === undefined) {
    yield new Map()
    return
  }
  for (const others of assignments(new Map(rest))) {
    for (const value of first[1]) yield new Map([[first[0], value], ...others])
  }
}

function claimOf(rule: List, widths: Widths, chosen: ReadonlyMap<string, number>): Claim | undefined {
  const { pattern, guards, result } = partsOf(rule)
  const model = new Model(widths, chosen)
  const own = literals.get(textOf(pattern.items[1]))?.value ?? chosen.get(textOf(pattern.items[1])) ?? Ty.None
  const isFlag = operations.get(headOf(pattern))?.info.result === ResultRule.I32
  const ty = isFlag ? Ty.I32 : own
  try {
    const left = model.pattern(pattern, ty)
    const { trap } = model
    for (const guard of guards) model.guard(guard, own)
    const right = model.expression(result, ty)
    const names = [...chosen].map(([name, value]) => `${name}=${value}`).join(' ')
    return { name: `${rule.site} ${names}`.trim(), variables: model.variables, guards: model.guards, trap, left, right }
  } catch (error) {
    if (error instanceof WrongTypes) return undefined
    throw error
  }
}

/** The claims of a rule, one for each choice of types and conditions; or why it makes none at these widths. */
export function claimsOf(rule: List, widths: Widths): readonly Claim[] | string {
  if (widths.i32 !== WASM_WIDTHS.i32 && namesWidth(rule)) return 'it names a width'
  try {
    const { pattern } = partsOf(rule)
    const made = [...assignments(choicesOf(pattern))].map((chosen) => claimOf(rule, widths, chosen))
    const claims = made.filter((claim): claim is Claim => claim !== undefined)
    if (claims.length === 0) return 'no types fit'
    // Small enough to try all values of: a claim about the wider type alone says nothing new.
    const narrow = claims.filter((claim) => claim.variables.every(({ width }) => width <= widths.i32))
    return widths.i32 !== WASM_WIDTHS.i32 && narrow.length > 0 ? narrow : claims
  } catch (error) {
    if (error instanceof NoTerm) return error.message
    throw error
  }
}
