// Every rule fires on its own pattern, and what comes out computes the same on structured values: the pattern is made into
// a function, whose results before and after the mid-end are compared by the interpreter.
import { describe, expect, it } from 'vitest'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { IrFunction } from '#dist/tiers/optimizing/ir/function.js'
import { interpret, IrTrap, type InterpreterHost } from '#dist/tiers/optimizing/ir/interpret.js'
import { IrOp } from '#dist/tiers/optimizing/ir/ops.js'
import { Ty, tyBits } from '#dist/tiers/optimizing/ir/types.js'
import { parseRules, type List, type Sexp } from '#dist/tiers/optimizing/rules/compiler/parse.js'
import { literals, operations } from '#dist/tiers/optimizing/rules/compiler/terms.js'
import { ruleSites } from '#dist/tiers/optimizing/rules/sites.gen.js'
import { Random } from '../../fuzz/random.js'
import { readRules } from './files.js'

const midEnd = new MidEnd()
const host = {} as InterpreterHost
const ROUNDS = 24

const isAtom = (sexp: Sexp, text?: string): boolean =>
  sexp.kind === 'atom' && (text === undefined || sexp.text === text)

/** Controlling types that an operation can have. */
function typesOf(op: string): readonly number[] {
  if (op.startsWith('f')) return [Ty.F32, Ty.F64]
  if (op === 'sext32' || op === 'uext' || op === 'sext') return [Ty.I64]
  if (op === 'wrap') return [Ty.I32]
  return [Ty.I32, Ty.I64]
}

/** A function that computes a rule's pattern: its variables are parameters, its constants random ones. */
class Instance {
  readonly f = new IrFunction()
  private readonly block: number
  private readonly variables = new Map<string, number>()
  private readonly fixed = new Map<string, number>()
  private readonly random: Random
  private readonly outside: readonly number[] | undefined
  private constants = 0
  private last = -1

  /**
   * @param outside make the function of what is just outside of the pattern: constants that these are for `(k c)` in turn (a
   * parameter when there are none), 0 for `(nonzero)`, 3 for `(log2 s)`
   */
  constructor(pattern: List, ty: number, random: Random, outside?: readonly number[]) {
    this.random = random
    this.outside = outside
    this.f.reset(0, [])
    this.block = this.f.addBlock()
    this.f.placeBlock(this.block)
    const value = this.build(pattern, ty)
    this.f.results.push(this.f.vType[value])
    const list = this.f.startList()
    this.f.pushPool(value)
    this.f.endList(list)
    this.f.append(this.block, this.f.addInst(IrOp.Return, Ty.None, -1, -1, -1, list))
  }

  private constant(ty: number, bits: bigint): number {
    const { f } = this
    const hi = tyBits(ty) === 32 ? 0 : Number(BigInt.asIntN(32, bits >> 32n))
    const inst = f.addInst(IrOp.Iconst, ty, -1, -1, -1, 0, Number(BigInt.asIntN(32, bits)), hi)
    f.append(this.block, inst)
    return f.firstResult[inst]
  }

  private literal(sexp: Sexp, among: readonly number[]): number {
    const name = sexp.kind === 'atom' ? sexp.text : ''
    const literal = literals.get(name)
    if (literal !== undefined) return literal.value
    let value = this.fixed.get(name)
    if (value === undefined || name === '_') {
      value = among[this.random.below(among.length)]
      this.fixed.set(name, value)
    }
    return value
  }

  private build(sexp: Sexp, ty: number): number {
    if (sexp.kind === 'atom') {
      if (/^-?\d+$/.test(sexp.text)) return this.constant(ty, BigInt(sexp.text))
      let value = this.variables.get(sexp.text)
      if (value === undefined) {
        value = this.f.addParam(this.block, ty)
        this.variables.set(sexp.text, value)
      }
      return value
    }
    const head = sexp.items[0]
    const name = head.kind === 'atom' ? head.text : ''
    if (this.outside !== undefined && name === 'nonzero') return this.constant(ty, 0n)
    if (this.outside !== undefined && name === 'log2') return this.constant(ty, 3n)
    if (this.outside !== undefined && name === 'k') {
      const bits = this.outside[this.constants++]
      return bits === undefined
        ? this.build(sexp.items[1], ty)
        : this.named(sexp, ty, BigInt.asUintN(tyBits(ty), BigInt(bits)))
    }
    if (name === 'k' || name === 'nonzero') return this.named(sexp, ty, this.related(tyBits(ty)))
    if (name === 'log2') return this.constant(ty, 1n << BigInt(this.random.below(tyBits(ty))))
    const term = operations.get(name)
    if (term === undefined) throw new Error(`${sexp.site}: ${name}`)
    const own = isAtom(sexp.items[1], '_') ? ty : this.literal(sexp.items[1], typeChoices(name, ty))
    const aux = term.aux < 0 ? 0 : this.literal(sexp.items[2], name === 'fcmp' ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) // oxfmt-ignore
    const args = sexp.items.slice(term.aux < 0 ? 2 : 3)
    const values = args.map((arg, i) => this.build(arg, argumentType(name, own, i)))
    while (values.length < 3) values.push(-1)
    const inst = this.f.addInst(term.info.id, own, values[0], values[1], values[2], aux)
    this.f.append(this.block, inst)
    return this.f.firstResult[inst]
  }

  /** A small number; often the one before, or what that lacks to the width. */
  private related(width: number): bigint {
    const choice = this.random.below(3)
    if (this.last < 0 || choice === 0) this.last = 1 + this.random.below(200)
    else if (choice === 1) this.last = (this.last & (width - 1)) === 0 ? width : width - (this.last & (width - 1))
    return BigInt(this.last)
  }

  private named(list: List, ty: number, bits: bigint): number {
    const name = list.items[1]?.kind === 'atom' ? list.items[1].text : ''
    const known = this.variables.get(name)
    if (known !== undefined) return known
    const value = this.constant(ty, bits)
    if (name !== '') this.variables.set(name, value)
    return value
  }
}

function typeChoices(op: string, wanted: number): readonly number[] {
  const types = typesOf(op)
  const free = op === 'icmp' || op === 'fcmp' || op === 'ieqz'
  return !free && types.includes(wanted) ? [wanted] : types
}

function argumentType(op: string, own: number, index: number): number {
  if (op === 'select' && index === 0) return Ty.I32
  if (op === 'uext' || op === 'sext') return Ty.I32
  if (op === 'wrap') return Ty.I64
  if (op === 'bitcast') return own === Ty.I32 ? Ty.F32 : own === Ty.F32 ? Ty.I32 : own === Ty.I64 ? Ty.F64 : Ty.I64
  return own
}

const corners = [0n, 1n, 2n, 31n, 32n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0x7fff_ffffn, 0x8000_0000n, -1n, -2n, -128n, 1n << 63n] // oxfmt-ignore

function run(f: IrFunction, args: readonly bigint[]): string {
  try {
    return String(interpret(f, args, host))
  } catch (error) {
    if (error instanceof IrTrap) return error.message
    throw error
  }
}

function check(rule: List, index: number): boolean {
  const pattern = rule.items.slice(1).find((item): item is List => item.kind === 'list') as List
  const op = pattern.items[0].kind === 'atom' ? pattern.items[0].text : ''
  let fired = false
  for (let round = 0; round < ROUNDS; round++) {
    const random = new Random(1 + round + 100 * index)
    const types = typesOf(op)
    const { f } = new Instance(pattern, types[round % types.length], random)
    const inputs = Array.from({ length: 12 }, () =>
      Array.from({ length: f.paramCount[f.entry] }, (_, i) =>
        BigInt.asUintN(
          tyBits(f.vType[f.param(f.entry, i)]),
          corners[random.below(corners.length)] + BigInt(random.below(3)),
        ),
      ),
    )
    const before = inputs.map((input) => run(f, input))
    const hits = midEnd.graph.hits.begin(ruleSites.length)
    midEnd.run(f)
    if (hits[index] > 0) fired = true
    expect(inputs.map((input) => run(f, input)), rule.site).toEqual(before) // oxfmt-ignore
  }
  return fired
}

/** By guard: constants for which it does not hold, at both widths. */
const outsideOf: Readonly<Record<string, readonly number[]>> = {
  wide_count: [7],
  count_sum: [31, 63],
  same_count: [3, 4],
  whole_turn: [3, 4],
  divisor: [0],
}

/** Pattern with its n-th number one greater; undefined when it has no n-th. */
function besideNumber(pattern: List, n: number): List | undefined {
  let seen = -1
  const change = (sexp: Sexp): Sexp => {
    if (sexp.kind === 'list') return { ...sexp, items: sexp.items.map(change) }
    if (!/^-?\d+$/.test(sexp.text) || ++seen !== n) return sexp
    return { ...sexp, text: String(Number(sexp.text) + 1) }
  }
  const changed = { ...pattern, items: pattern.items.map(change) }
  return seen >= n ? changed : undefined
}

/** Functions beside a rule's pattern, as instances to build; none when it has neither numbers nor constants. */
function beside(rule: List): { pattern: List; outside?: readonly number[] }[] {
  const lists = rule.items.filter((item): item is List => item.kind === 'list')
  const [pattern] = lists
  const found: { pattern: List; outside?: readonly number[] }[] = []
  for (let n = 0; ; n++) {
    const changed = besideNumber(pattern, n)
    if (changed === undefined) break
    found.push({ pattern: changed })
  }
  const text = JSON.stringify(rule)
  const guard = Object.keys(outsideOf).find((name) => text.includes(`"${name}"`))
  if (guard !== undefined) found.push({ pattern, outside: outsideOf[guard] })
  else if (/"text":"(k|nonzero|log2)"/.test(JSON.stringify(pattern))) found.push({ pattern, outside: [] })
  return found
}

describe('rules do not fire', () => {
  it.each([...readRules()])('beside their patterns: %s', (name, text) => {
    const wrong: string[] = []
    for (const form of parseRules(name, text)) {
      if (form.kind !== 'list' || !isAtom(form.items[0], 'rule')) continue
      const index = ruleSites.indexOf(form.site)
      for (const { pattern, outside } of beside(form)) {
        const op = pattern.items[0].kind === 'atom' ? pattern.items[0].text : ''
        for (const ty of typesOf(op)) {
          const { f } = new Instance(pattern, ty, new Random(index + 1), outside)
          const hits = midEnd.graph.hits.begin(ruleSites.length)
          midEnd.run(f)
          if (hits[index] > 0) wrong.push(`${form.site} ${JSON.stringify(outside ?? 'number')}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('rules', () => {
  for (const [name, text] of readRules()) {
    it(`of ${name} fire and keep the meaning`, () => {
      const silent: string[] = []
      for (const form of parseRules(name, text)) {
        if (form.kind !== 'list' || !isAtom(form.items[0], 'rule')) continue
        if (!check(form, ruleSites.indexOf(form.site))) silent.push(form.site)
      }
      expect(silent).toEqual([])
    })
  }
})
