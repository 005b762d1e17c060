/**
 * From a parsed rule to a flat form: the steps that a match takes, in order, and the code of what it makes. Checks types,
 * arities and that names are bound; a name that is bound twice means equality. What both languages of rules share:
 * rewrite.ts reads those of the mid-end, select.ts those of instruction selection.
 *
 * Steps name what they compute by expressions over the rule's root, so that equal steps of different rules have equal
 * texts: tree.ts shares them by text. In one instruction, cheap checks come before looks at its operands' operations.
 */
import { RuleError, type List, type Sexp } from './parse.js'
import { literals, type Declarations, type ExternTerm, type OpTerm, type RuleType } from './terms.js'

export type Step =
  /** Goes on when the condition holds; `place` and `literal` where it asks for a literal at a place. */
  | { readonly kind: 'test'; readonly condition: string; readonly place?: string; readonly literal?: string }
  /** Binds a name to the result of a call; goes on unless it is -1. */
  | { readonly kind: 'extract'; readonly name: string; readonly call: string }
  /** Binds a name to each node of a value's class. */
  | { readonly kind: 'walk'; readonly name: string; readonly value: string }

/** One order of a rule's commutative patterns, compiled. */
export interface Rule {
  readonly site: string
  readonly priority: number
  readonly steps: readonly Step[]
  /** Code of the result. */
  readonly result: string
  /** How many commutative patterns it has: each can be matched in two orders. */
  readonly commutative: number
}

export interface Binding {
  readonly type: RuleType
  readonly code: string
}

const NUMBER = /^-?\d+$/

export abstract class RuleReader {
  /** Name in the generated code of the object that has the external terms as methods. */
  protected abstract readonly context: string
  protected readonly declared: Declarations
  protected readonly bound = new Map<string, Binding>()
  protected readonly steps: Step[] = []
  private readonly operations: ReadonlyMap<string, OpTerm>
  /** Operations within patterns, matched after the cheap checks around them. */
  private readonly pending: { pattern: List; value: string }[] = []
  /** Which of the commutative patterns are matched with arguments exchanged: one bit each, in the order they are met. */
  private readonly swaps: number
  protected commutative = 0

  constructor(declared: Declarations, known: ReadonlyMap<string, OpTerm>, swaps: number) {
    this.declared = declared
    this.operations = known
    this.swaps = swaps
  }

  /** Adds the steps that lead to an operation that defines a value; the code of its instruction. */
  protected abstract enter(pattern: List, value: string): string

  /** The parts of `(rule [priority] pattern guards... result)`. */
  protected parts(list: List): { priority: number; pattern: List; guards: readonly Sexp[]; made: Sexp } {
    const items = list.items.slice(1)
    const first = items[0]
    const hasPriority = first?.kind === 'atom' && NUMBER.test(first.text)
    const [pattern, ...guards] = hasPriority ? items.slice(1) : items
    const made = guards.pop()
    if (pattern?.kind !== 'list' || made === undefined)
      throw new RuleError(list.site, '(rule pattern result) is expected')
    return { priority: hasPriority ? Number(first.text) : 0, pattern, guards, made }
  }

  protected operation(sexp: Sexp): OpTerm {
    const head = sexp.kind === 'list' ? sexp.items[0] : undefined
    const term = head?.kind === 'atom' ? this.operations.get(head.text) : undefined
    if (sexp.kind !== 'list' || term === undefined) throw new RuleError(sexp.site, 'an operation is expected')
    if (sexp.items.length - 1 !== term.fields.length) {
      throw new RuleError(sexp.site, `${term.info.name} has ${term.fields.length} arguments`)
    }
    return term
  }

  protected isOperation(name: string): boolean {
    return this.operations.has(name)
  }

  /** Matches what an instruction holds. @param field code of a field's array at the instruction */
  protected fields(pattern: List, term: OpTerm, field: (array: string) => string): void {
    const values = pattern.items.slice(1)
    const first = term.fields.length - term.info.args
    if (term.info.commutative && this.isAsymmetric(values[first], values[first + 1])) {
      if ((this.swaps >> this.commutative++) & 1) {
        ;[values[first], values[first + 1]] = [values[first + 1], values[first]]
      }
    }
    values.forEach((value, i) => this.pattern(value, term.fields[i].type, field(term.fields[i].array)))
  }

  /** Matches the operations within what has been matched. */
  protected matchPending(): void {
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
      const { pattern, value } = next
      const inst = this.enter(pattern, value)
      const term = this.operation(pattern)
      const place = `f.op[${inst}]`
      const literal = `${term.info.id} /* ${term.info.name} */`
      this.steps.push({ kind: 'test', condition: `${place} === ${literal}`, place, literal })
      this.fields(pattern, term, (array) => `f.${array}[${inst}]`)
    }
  }

  /** Constants are always on the right, and names can be exchanged without a difference unless they are bound already. */
  private isAsymmetric(left: Sexp, right: Sexp): boolean {
    if (this.isConstant(right)) return false
    const isFree = (pattern: Sexp): boolean => pattern.kind === 'atom' && !this.bound.has(pattern.text)
    return !(isFree(left) && isFree(right))
  }

  private isConstant(pattern: Sexp): boolean {
    if (pattern.kind === 'atom') return NUMBER.test(pattern.text)
    const head = pattern.items[0]
    const kind = head?.kind === 'atom' ? this.declared.externs.get(head.text)?.kind : undefined
    return kind === 'constant' || (kind === 'test' && pattern.items.length === 1)
  }

  protected pattern(pattern: Sexp, type: RuleType, code: string): void {
    if (pattern.kind === 'atom') this.atom(pattern.text, pattern.site, type, code)
    else if (type !== 'Value') throw new RuleError(pattern.site, `a pattern of type ${type} is a name or a literal`)
    else this.nested(pattern, code)
  }

  private atom(text: string, site: string, type: RuleType, code: string): void {
    if (text === '_') return
    if (NUMBER.test(text) && type === 'Value') {
      this.steps.push({
        kind: 'test',
        condition: `${this.context}.isInt(${code}, ${text})`,
        place: code,
        literal: text,
      })
      return
    }
    if (NUMBER.test(text) || text.startsWith('$')) {
      const literal = this.literal(text, site, type)
      this.steps.push({ kind: 'test', condition: `${code} === ${literal}`, place: code, literal })
      return
    }
    const known = this.bound.get(text)
    if (known === undefined) this.bound.set(text, { type, code })
    else if (known.type !== type) throw new RuleError(site, `${text} is of type ${known.type}, not ${type}`)
    else this.steps.push({ kind: 'test', condition: this.equality(code, known.code) })
  }

  /** Code that compares what two expressions give. */
  protected equality(a: string, b: string): string {
    return `${a} === ${b}`
  }

  /** Code of a number or of a name with a `$` before it. */
  protected literal(text: string, site: string, type: RuleType): string {
    const literal = literals.get(text)
    if (literal === undefined || literal.type !== type) {
      const article = NUMBER.test(text) ? `a number is no ${type}` : `${text} is no ${type}`
      throw new RuleError(site, article)
    }
    return `${literal.value}`
  }

  private nested(list: List, code: string): void {
    const head = list.items[0]
    const name = head?.kind === 'atom' ? head.text : ''
    if (this.isOperation(name)) {
      this.operation(list)
      this.pending.push({ pattern: list, value: code })
      return
    }
    // (of type pattern): a value of a type.
    if (name === 'of' && list.items.length === 3) {
      this.pattern(list.items[1], 'Type', `f.vType[${code}]`)
      this.pattern(list.items[2], 'Value', code)
      return
    }
    const extern = this.declared.externs.get(name)
    const call = extern === undefined ? '' : `${this.context}.${extern.method}(${code})`
    if (extern?.kind === 'test' && list.items.length <= 2) {
      this.steps.push({ kind: 'test', condition: call })
      if (list.items.length === 2) this.pattern(list.items[1], 'Value', code)
    } else if (extern?.getter !== undefined && list.items.length === 2) {
      this.steps.push({ kind: 'test', condition: call })
      this.pattern(list.items[1], extern.result, `${this.context}.${extern.getter}(${code})`)
    } else {
      const found = this.extractor(name, code)
      if (found === undefined || list.items.length !== 2) {
        throw new RuleError(list.site, `${name || 'this'} is no pattern`)
      }
      this.pattern(list.items[1], found.type, this.extracted(found.code))
    }
  }

  /** What an extractor of a name finds in a value, by a call that gives -1 when it finds nothing. */
  protected extractor(name: string, code: string): Binding | undefined {
    const extern = this.declared.externs.get(name)
    if (extern?.kind !== 'constant') return undefined
    return { type: extern.result, code: `${this.context}.${extern.method}(${code})` }
  }

  protected extracted(call: string, name = identifier(call)): string {
    this.steps.push({ kind: 'extract', name, call })
    return name
  }

  protected guard(guard: Sexp): void {
    const items = guard.kind === 'list' ? guard.items : []
    const head = items[0]?.kind === 'atom' ? items[0].text : ''
    if (head === 'if' && items.length === 2) {
      this.steps.push({ kind: 'test', condition: this.condition(items[1]) })
    } else if (head === 'if-let' && items.length === 3) {
      const call = this.found(items[2])
      this.pattern(items[1], 'Value', this.extracted(call))
      this.matchPending()
    } else {
      throw new RuleError(guard.site, '(if predicate) or (if-let pattern call) is expected')
    }
  }

  /** Code of a call that gives a value or -1. */
  protected found(sexp: Sexp): string {
    return this.call(sexp, ['partial', 'constant'])
  }

  /** A predicate, or `(not predicate)`. */
  private condition(sexp: Sexp): string {
    const [head, inner, ...rest] = sexp.kind === 'list' ? sexp.items : []
    const isNot = head?.kind === 'atom' && head.text === 'not' && inner !== undefined && rest.length === 0
    return isNot ? `!${this.call(inner, ['predicate'])}` : this.call(sexp, ['predicate'])
  }

  protected call(sexp: Sexp, kinds: readonly ExternTerm['kind'][], wanted?: RuleType): string {
    const head = sexp.kind === 'list' ? sexp.items[0] : undefined
    const extern = head?.kind === 'atom' ? this.declared.externs.get(head.text) : undefined
    if (sexp.kind !== 'list' || extern === undefined || !kinds.includes(extern.kind)) {
      throw new RuleError(sexp.site, `a ${kinds.join(' or ')} is expected`)
    }
    if (wanted !== undefined && this.declared.conversion(extern.result, wanted) === undefined) {
      throw new RuleError(sexp.site, `a ${wanted} is expected`)
    }
    const args = this.arguments(sexp, extern.args)
    return this.convert(`${this.context}.${extern.method}(${args.join(', ')})`, extern.result, wanted ?? extern.result)
  }

  protected arguments(list: List, types: readonly RuleType[]): string[] {
    const args = list.items.slice(1)
    if (args.length !== types.length) throw new RuleError(list.site, `${types.length} arguments are expected`)
    return args.map((arg, i) => this.expression(arg, types[i]))
  }

  protected convert(code: string, from: RuleType, to: RuleType): string {
    const method = this.declared.conversion(from, to) ?? ''
    return method === '' ? code : `${this.context}.${method}(${code})`
  }

  /** Code of an expression of a type. */
  protected expression(sexp: Sexp, type: RuleType): string {
    if (sexp.kind === 'list') return this.construct(sexp, type)
    if (sexp.text.startsWith('$') || NUMBER.test(sexp.text)) return this.literal(sexp.text, sexp.site, type)
    const known = this.bound.get(sexp.text)
    if (known === undefined) throw new RuleError(sexp.site, `${sexp.text} is not bound`)
    if (this.declared.conversion(known.type, type) === undefined) {
      throw new RuleError(sexp.site, `${sexp.text} is of type ${known.type}, not ${type}`)
    }
    return this.convert(known.code, known.type, type)
  }

  protected abstract construct(list: List, type: RuleType): string
}

/** A name for what an expression computes: different for different expressions of one rule file's shapes. */
export function identifier(text: string): string {
  const words = text.replace(/\b[glf](\.|, )/g, '').match(/[A-Za-z0-9]+/g) ?? []
  return words.map((word, i) => (i === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('')
}

/** The variants of one rule: one for each way to order the arguments of commutative patterns. @throws RuleError */
export function variants<R extends Rule>(read: (swaps: number) => R): R[] {
  const rules: R[] = []
  const seen = new Set<string>()
  for (let swaps = 0, count = 1; swaps < count; swaps++) {
    const rule = read(swaps)
    count = 1 << rule.commutative
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
