/**
 * From parsed rules to a flat form: the steps that a match takes, in order, and the expression that it makes. Checks types,
 * arities and that names are bound; a name that is bound twice means equality.
 *
 * Steps name what they compute by expressions over the instruction at the root, so that equal steps of different rules
 * have equal texts: tree.ts shares them by text. In one instruction, cheap checks come before walks over classes.
 */
import { Effect, type OpInfo } from '../../ir/ops.js'
import { RuleError, type List, type Sexp } from './parse.js'
import { literals, operations, type ExternTerm, type OpTerm, type RuleType } from './terms.js'

export type Step =
  /** Goes on when the condition holds. */
  | { readonly kind: 'test'; readonly condition: string }
  /** Binds a name to the result of a call; goes on unless it is -1. */
  | { readonly kind: 'extract'; readonly name: string; readonly call: string }
  /** Binds a name to each node of a value's class. */
  | { readonly kind: 'walk'; readonly name: string; readonly value: string }

export interface Rule {
  readonly site: string
  readonly priority: number
  readonly root: OpInfo
  readonly steps: readonly Step[]
  readonly result: string
  /** What happens with the result. */
  readonly action: 'yield' | 'subsume' | 'replace'
}

interface Binding {
  readonly type: RuleType
  readonly code: string
}

class RuleChecker {
  private readonly externs: ReadonlyMap<string, ExternTerm>
  private readonly bound = new Map<string, Binding>()
  private readonly steps: Step[] = []
  /** Operations within patterns, matched after the cheap checks around them. */
  private readonly pending: { pattern: List; value: string }[] = []
  /** Which of the commutative patterns are matched with arguments exchanged: one bit each, in the order they are met. */
  private readonly swaps: number
  private commutative = 0

  constructor(externs: ReadonlyMap<string, ExternTerm>, swaps: number) {
    this.externs = externs
    this.swaps = swaps
  }

  rule(list: List): { rule: Rule; commutative: number } {
    const items = list.items.slice(1)
    const first = items[0]
    const hasPriority = first?.kind === 'atom' && /^-?\d+$/.test(first.text)
    const priority = hasPriority ? Number(first.text) : 0
    const [pattern, ...rest] = hasPriority ? items.slice(1) : items
    const made = rest.pop()
    if (pattern?.kind !== 'list' || made === undefined)
      throw new RuleError(list.site, '(rule pattern result) is expected')
    const root = this.operation(pattern)
    this.fields(pattern, root, 'inst')
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) this.walk(next)
    for (const guard of rest) this.guard(guard)
    const pure = root.info.effect === Effect.Pure
    const head = made.kind === 'list' ? made.items[0] : undefined
    const subsumes = head?.kind === 'atom' && head.text === 'subsume'
    if (subsumes && !pure) throw new RuleError(made.site, 'only pure operations have forms to subsume')
    const result = this.expression(subsumes && made.kind === 'list' ? made.items[1] : made, 'Value')
    const action = !pure ? 'replace' : subsumes ? 'subsume' : 'yield'
    const { steps } = this
    return {
      rule: { site: list.site, priority, root: root.info, steps, result, action },
      commutative: this.commutative,
    }
  }

  private operation(list: List): OpTerm {
    const head = list.items[0]
    const term = head?.kind === 'atom' ? operations.get(head.text) : undefined
    if (term === undefined) throw new RuleError(list.site, 'an operation is expected')
    if (list.items.length - 1 !== term.args.length) {
      throw new RuleError(list.site, `${term.info.name} has ${term.args.length} arguments`)
    }
    return term
  }

  private fields(pattern: List, term: OpTerm, inst: string): void {
    const values = pattern.items.slice(1)
    const first = term.aux + 1 || 1
    if (term.info.commutative && this.isAsymmetric(values[1], values[2])) {
      if ((this.swaps >> this.commutative++) & 1) [values[1], values[2]] = [values[2], values[1]]
    }
    values.forEach((value, i) => {
      if (i === 0) this.pattern(value, 'Type', `f.ty[${inst}]`)
      else if (i === term.aux) this.pattern(value, term.args[i], `f.aux[${inst}]`)
      else this.pattern(value, 'Value', `f.arg${i - first}[${inst}]`)
    })
  }

  /** Constants are always on the right, and names can be exchanged without a difference unless they are bound already. */
  private isAsymmetric(left: Sexp, right: Sexp): boolean {
    if (this.isConstant(right)) return false
    const isFree = (pattern: Sexp): boolean => pattern.kind === 'atom' && !this.bound.has(pattern.text)
    return !(isFree(left) && isFree(right))
  }

  private isConstant(pattern: Sexp): boolean {
    if (pattern.kind === 'atom') return /^-?\d+$/.test(pattern.text)
    const head = pattern.items[0]
    return head?.kind === 'atom' && this.externs.has(head.text)
  }

  private pattern(pattern: Sexp, type: RuleType, code: string): void {
    if (pattern.kind === 'atom') this.atom(pattern.text, pattern.site, type, code)
    else if (type !== 'Value') throw new RuleError(pattern.site, `a pattern of type ${type} is a name or a literal`)
    else this.nested(pattern, code)
  }

  private atom(text: string, site: string, type: RuleType, code: string): void {
    if (text === '_') return
    if (/^-?\d+$/.test(text)) {
      if (type !== 'Value') throw new RuleError(site, `a number is no ${type}`)
      this.steps.push({ kind: 'test', condition: `g.isInt(${code}, ${text})` })
      return
    }
    if (text.startsWith('$')) {
      this.steps.push({ kind: 'test', condition: `${code} === ${this.literal(text, site, type)}` })
      return
    }
    const known = this.bound.get(text)
    if (known === undefined) this.bound.set(text, { type, code })
    else if (known.type !== type) throw new RuleError(site, `${text} is of type ${known.type}, not ${type}`)
    else this.steps.push({ kind: 'test', condition: `${code} === ${known.code}` })
  }

  private literal(text: string, site: string, type: RuleType): string {
    const literal = literals.get(text)
    if (literal === undefined || literal.type !== type) throw new RuleError(site, `${text} is no ${type}`)
    return `${literal.value}`
  }

  private nested(list: List, code: string): void {
    const head = list.items[0]
    const name = head?.kind === 'atom' ? head.text : ''
    if (operations.has(name)) {
      if (this.operation(list).info.effect !== Effect.Pure) throw new RuleError(list.site, `${name} does not float`)
      this.pending.push({ pattern: list, value: code })
      return
    }
    const extern = this.externs.get(name)
    if (extern?.kind === 'test' && list.items.length === 1) {
      this.steps.push({ kind: 'test', condition: `g.${extern.method}(${code})` })
    } else if (extern?.kind === 'extractor' && list.items.length === 2) {
      const call = `g.${extern.method}(${code})`
      this.pattern(list.items[1], extern.result, this.extracted(call))
    } else {
      throw new RuleError(list.site, `${name || 'this'} is no pattern`)
    }
  }

  private extracted(call: string): string {
    const name = identifier(call)
    this.steps.push({ kind: 'extract', name, call })
    return name
  }

  private walk(next: { pattern: List; value: string }): void {
    const term = this.operation(next.pattern)
    const name = identifier(`node ${next.value}`)
    this.steps.push({ kind: 'walk', name, value: next.value })
    this.steps.push({ kind: 'test', condition: `f.op[${name}] === ${term.info.id} /* ${term.info.name} */` })
    this.fields(next.pattern, term, name)
  }

  private guard(guard: Sexp): void {
    const items = guard.kind === 'list' ? guard.items : []
    const head = items[0]?.kind === 'atom' ? items[0].text : ''
    if (head === 'if' && items.length === 2) {
      this.steps.push({ kind: 'test', condition: this.call(items[1], ['predicate']) })
    } else if (head === 'if-let' && items.length === 3) {
      const call = this.call(items[2], ['partial', 'extractor'])
      this.pattern(items[1], 'Value', this.extracted(call))
    } else {
      throw new RuleError(guard.site, '(if predicate) or (if-let pattern call) is expected')
    }
  }

  private call(sexp: Sexp, kinds: readonly ExternTerm['kind'][], wanted?: RuleType): string {
    const head = sexp.kind === 'list' ? sexp.items[0] : undefined
    const extern = head?.kind === 'atom' ? this.externs.get(head.text) : undefined
    if (sexp.kind !== 'list' || extern === undefined || !kinds.includes(extern.kind)) {
      throw new RuleError(sexp.site, `a ${kinds.join(' or ')} is expected`)
    }
    if (wanted !== undefined && extern.result !== wanted) throw new RuleError(sexp.site, `a ${wanted} is expected`)
    const args = sexp.items.slice(1)
    if (args.length !== extern.args.length)
      throw new RuleError(sexp.site, `${extern.args.length} arguments are expected`)
    return `g.${extern.method}(${args.map((arg, i) => this.expression(arg, extern.args[i])).join(', ')})`
  }

  private expression(sexp: Sexp, type: RuleType): string {
    if (sexp.kind === 'atom') {
      if (sexp.text.startsWith('$')) return this.literal(sexp.text, sexp.site, type)
      const known = this.bound.get(sexp.text)
      if (known === undefined) throw new RuleError(sexp.site, `${sexp.text} is not bound`)
      if (known.type !== type) throw new RuleError(sexp.site, `${sexp.text} is of type ${known.type}, not ${type}`)
      return known.code
    }
    const head = sexp.items[0]
    const name = head?.kind === 'atom' ? head.text : ''
    if (name === 'int') return this.integer(sexp)
    if (!operations.has(name)) return this.call(sexp, ['constructor'], type)
    const term = this.operation(sexp)
    if (type !== 'Value') throw new RuleError(sexp.site, `a ${type} is expected`)
    if (term.info.effect !== Effect.Pure) throw new RuleError(sexp.site, `${name} does not float`)
    const args = sexp.items.slice(1).map((arg, i) => this.expression(arg, term.args[i]))
    const aux = term.aux < 0 ? [] : args.splice(term.aux, 1)
    while (aux.length > 0 && args.length < 4) args.push('-1')
    return `g.make(${[`${term.info.id} /* ${name} */`, ...args, ...aux].join(', ')})`
  }

  /** `(int type number)`: a constant. */
  private integer(list: List): string {
    const [, type, number] = list.items
    if (list.items.length !== 3 || number.kind !== 'atom' || !/^-?\d+$/.test(number.text)) {
      throw new RuleError(list.site, '(int type number) is expected')
    }
    return `g.int(${this.expression(type, 'Type')}, ${number.text})`
  }
}

/** A name for what an expression computes: different for different expressions of one rule file's shapes. */
function identifier(text: string): string {
  const words = text.replace(/\bg\.|\bf\./g, '').match(/[A-Za-z0-9]+/g) ?? []
  return words.map((word, i) => (i === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('')
}

/** The variants of one rule: one for each way to order the arguments of commutative patterns. @throws RuleError */
export function checkRule(list: List, externs: ReadonlyMap<string, ExternTerm>): Rule[] {
  const rules: Rule[] = []
  const seen = new Set<string>()
  for (let swaps = 0, count = 1; swaps < count; swaps++) {
    const { rule, commutative } = new RuleChecker(externs, swaps).rule(list)
    count = 1 << commutative
    const key = JSON.stringify([rule.steps.map(stepKey), rule.result])
    if (!seen.has(key)) rules.push(rule)
    seen.add(key)
  }
  return rules
}

/** Equal steps have equal keys. */
export function stepKey(step: Step): string {
  if (step.kind === 'test') return `test ${step.condition}`
  return step.kind === 'extract' ? `extract ${step.call}` : `walk ${step.name}`
}
