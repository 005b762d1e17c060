/**
 * Rules of the mid-end: a pattern over a value's class, and forms to add to that class. An operation within a pattern
 * matches every node of the class that it stands for.
 */
import { Effect, type OpInfo } from '../../ir/ops.js'
import { RuleError, type List } from './parse.js'
import { identifier, RuleReader, variants, type Rule } from './patterns.js'
import { operations, type Declarations, type OpTerm, type RuleType } from './terms.js'

export interface Rewrite extends Rule {
  readonly root: OpInfo
  /** What happens with the result. */
  readonly action: 'yield' | 'subsume' | 'replace'
}

class RewriteReader extends RuleReader {
  protected readonly context = 'g'

  read(list: List): Rewrite {
    const { priority, pattern, guards, made } = this.parts(list)
    const root = this.operation(pattern)
    this.fields(pattern, root, (array) => `f.${array}[inst]`)
    this.matchPending()
    for (const guard of guards) this.guard(guard)
    const pure = root.info.effect === Effect.Pure
    const head = made.kind === 'list' ? made.items[0] : undefined
    const subsumes = head?.kind === 'atom' && head.text === 'subsume'
    if (subsumes && !pure) throw new RuleError(made.site, 'only pure operations have forms to subsume')
    const result = this.expression(subsumes && made.kind === 'list' ? made.items[1] : made, 'Value')
    const action = !pure ? 'replace' : subsumes ? 'subsume' : 'yield'
    const { steps, commutative } = this
    return { site: list.site, priority, root: root.info, steps, result, action, commutative }
  }

  protected enter(pattern: List, value: string): string {
    this.floating(this.operation(pattern), pattern.site)
    const name = identifier(`node ${value}`)
    this.steps.push({ kind: 'walk', name, value })
    return name
  }

  private floating({ info }: OpTerm, site: string): void {
    if (info.effect !== Effect.Pure) throw new RuleError(site, `${info.name} does not float`)
  }

  protected construct(list: List, type: RuleType): string {
    const head = list.items[0]
    const name = head?.kind === 'atom' ? head.text : ''
    if (name === 'int') return this.integer(list)
    if (!this.isOperation(name)) return this.call(list, ['constructor'], type)
    const term = this.operation(list)
    if (type !== 'Value') throw new RuleError(list.site, `a ${type} is expected`)
    this.floating(term, list.site)
    const args = list.items.slice(1).map((arg, i) => this.expression(arg, term.args[i]))
    const [aux] = term.aux < 0 ? ['0'] : args.splice(term.aux, 1)
    const values = args.length - 1
    const id = `${term.info.id} /* ${name} */`
    if (term.aux < 0 && values === 1) return `g.unary(${[id, ...args].join(', ')})`
    if (term.aux < 0 && values === 2) return `g.binary(${[id, ...args].join(', ')})`
    while (args.length < 4) args.push('-1')
    return `g.make(${[id, ...args, aux].join(', ')})`
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

/** True for operations that stay where they are: the first rule that matches replaces them. */
export function isPlaced(op: OpInfo): boolean {
  return op.effect !== Effect.Pure
}

/** @throws RuleError */
export function readRewrite(list: List, declared: Declarations): Rewrite[] {
  return variants((swaps) => new RewriteReader(declared, operations, swaps).read(list))
}
