/**
 * Rules of instruction selection: `(rule (lower operation) instruction)` for an operation of the intermediate representation,
 * and `(rule (name patterns...) result)` for an internal term that such rules use. The first rule that matches wins. A
 * value has one definition here, so an operation within a pattern asks for that; whether the instruction may compute it itself
 * is a matter of a test around it.
 *
 * Code that makes instructions runs in the order in which it is written: destination, then arguments from left to right. So a
 * value that becomes a register is asked for where it stands.
 */
import { Form } from '../../../isa/x64/forms.js'
import { ResultRule, type OpInfo } from '../../ir/ops.js'
import { RuleError, type List, type Sexp } from './parse.js'
import { identifier, RuleReader, variants, type Binding, type Rule } from './patterns.js'
import { allOperations, type Declarations, type InternalTerm, type RuleType } from './terms.js'

export interface Selection extends Rule {
  /** What the rule belongs to: an operation to lower, or a term. */
  readonly root: OpInfo | InternalTerm
}

/** Types of numbers that rules may write. */
const numbers: readonly RuleType[] = ['Imm', 'Index']
const REGISTER = 'Reg'

class SelectionReader extends RuleReader {
  protected readonly context = 'l'
  /** Code of the destination of the outermost instruction; then '' for those within. */
  private outer = ''

  read(list: List): Selection {
    const { priority, pattern, guards, made } = this.parts(list)
    const head = pattern.items[0]
    const name = head?.kind === 'atom' ? head.text : ''
    const root = name === 'lower' ? this.lowered(pattern) : this.termRoot(pattern, name)
    this.matchPending()
    for (const guard of guards) this.guard(guard)
    const isTerm = 'params' in root
    const type = isTerm ? root.result : root.result === ResultRule.None ? 'Done' : REGISTER
    this.outer = isTerm ? 'dst' : 'l.result(inst)'
    const result = this.expression(made, type)
    const { steps, commutative } = this
    return { site: list.site, priority, root, steps, result, commutative }
  }

  private lowered(pattern: List): OpInfo {
    const inner = pattern.items[1]
    const term = this.operation(inner)
    if (pattern.items.length !== 2 || inner.kind !== 'list')
      throw new RuleError(pattern.site, '(lower operation) is expected')
    this.bound.set('inst', { type: 'Inst', code: 'inst' })
    this.fields(inner, term, (array) => array)
    return term.info
  }

  private termRoot(pattern: List, name: string): InternalTerm {
    const term = this.declared.terms.get(name)
    if (term === undefined) throw new RuleError(pattern.site, '(lower operation) or a term is expected')
    if (pattern.items.length - 1 !== term.params.length) {
      throw new RuleError(pattern.site, `${name} has ${term.params.length} parameters`)
    }
    term.params.forEach((param, i) => this.pattern(pattern.items[i + 1], param.type, param.name))
    return term
  }

  protected enter(_pattern: List, value: string): string {
    return this.extracted(`f.definition(${value})`, identifier(`${value} def`))
  }

  /** A partial term of one value is an extractor, too. */
  protected override extractor(name: string, code: string): Binding | undefined {
    const term = this.declared.terms.get(name)
    if (term?.partial !== true || term.params.length !== 1) return super.extractor(name, code)
    return { type: term.result, code: `${termFunction(name)}(l, ${code})` }
  }

  /** By a function: the type checker follows what each comparison says through all branches behind it, in exponential time. */
  protected override equality(a: string, b: string): string {
    return `same(${a}, ${b})`
  }

  protected override literal(text: string, site: string, type: RuleType): string {
    if (/^-?\d+$/.test(text) && numbers.includes(type)) return text
    if (type !== 'Form') return super.literal(text, site, type)
    if (!Object.hasOwn(Form, text.slice(1))) throw new RuleError(site, `${text} is no Form`)
    return `Form.${text.slice(1)}`
  }

  protected override found(sexp: Sexp): string {
    const head = sexp.kind === 'list' ? sexp.items[0] : undefined
    const term = head?.kind === 'atom' ? this.declared.terms.get(head.text) : undefined
    return sexp.kind === 'list' && term?.partial === true ? this.construct(sexp, 'Value') : super.found(sexp)
  }

  private destination(result: RuleType): string[] {
    if (result !== REGISTER) return []
    const made = this.outer === '' ? 'l.gpr()' : this.outer
    return [made]
  }

  protected construct(list: List, type: RuleType): string {
    const head = list.items[0]
    const name = head?.kind === 'atom' ? head.text : ''
    const term = this.declared.terms.get(name)
    const extern = this.declared.externs.get(name)
    const made = term ?? extern
    if (made === undefined || (extern !== undefined && extern.kind !== 'emit' && extern.kind !== 'constructor')) {
      throw new RuleError(list.site, `${name || 'this'} makes nothing`)
    }
    if (this.declared.conversion(made.result, type) === undefined)
      throw new RuleError(list.site, `a ${type} is expected`)
    const destination = extern?.kind === 'constructor' ? [] : this.destination(made.result)
    // Only the outermost instruction writes the rule's own result.
    const { outer } = this
    this.outer = ''
    const types = term === undefined ? (extern?.args ?? []) : term.params.map((param) => param.type)
    const args = [...destination, ...this.arguments(list, types)]
    this.outer = outer
    const callee =
      term === undefined ? `l.${extern?.method}(` : `${termFunction(name)}(${args.length > 0 ? 'l, ' : 'l'}`
    return this.convert(`${callee}${args.join(', ')})`, made.result, type)
  }
}

/** Name of an internal term's function. */
export function termFunction(name: string): string {
  return name.replace(/[_-](\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** True for a term whose function gets the register to write. */
export function hasDestination(term: InternalTerm): boolean {
  return term.result === REGISTER
}

/** @throws RuleError */
export function readSelection(list: List, declared: Declarations): Selection[] {
  return variants((swaps) => new SelectionReader(declared, allOperations, swaps).read(list))
}
