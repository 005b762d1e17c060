// The committed code is what the compiler makes of the rules; wrong rules are refused with their place.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileRules, compileSelection } from '#dist/tiers/optimizing/rules/compiler/compile.js'
import { directory, readRules, selectionDirectory } from './files.js'

it('the generated files are up to date (npm run rules)', () => {
  for (const [name, text] of compileRules(readRules())) {
    expect(readFileSync(new URL(name, directory), 'utf8'), name).toBe(text)
  }
  for (const [name, text] of compileSelection(readRules(selectionDirectory))) {
    expect(readFileSync(new URL(name, selectionDirectory), 'utf8'), name).toBe(text)
  }
})

function compile(text: string): string {
  return compileRules(new Map([['a.rules', text]])).get('simplify.gen.ts') ?? ''
}

describe('the compiler', () => {
  it('shares the steps of rules', () => {
    const text = compile('(rule (iadd ty (isub ty x 1) y) x)\n(rule (iadd ty (isub ty x 2) y) y)')
    const [body] = text.split('export function')
    expect(body.match(/g\.start/g)).toHaveLength(2) // one for each order of the arguments
  })

  it('tries both orders of commutative operations', () => {
    expect(compile('(rule (bxor ty (bxor ty x y) y) x)').match(/\/\/ a\.rules:1/g)).toHaveLength(4)
  })

  it('takes the first rule for placed instructions', () => {
    const text = compile('(rule (udiv ty x x) x)\n(rule 1 (udiv ty x 1) x)')
    expect(text.indexOf('a.rules:2')).toBeLessThan(text.indexOf('a.rules:1'))
  })

  it.each([
    ['(rule (iadd ty x', 'a.rules:1: this ( is not closed'],
    ['(rule (iadd ty x y) x))', 'a.rules:1: a ) too many'],
    ['(rule (iadd ty x) x)', 'a.rules:1: iadd has 3 arguments'],
    ['(rule (iadd ty x y)\n z)', 'a.rules:2: z is not bound'],
    ['(rule (iadd ty x y) ty)', 'a.rules:1: ty is of type Type, not Value'],
    ['(rule (icmp ty $i32 x y) x)', 'a.rules:1: $i32 is no IntCc'],
    ['(rule (iadd ty (udiv ty x y) z) x)', 'a.rules:1: udiv does not float'],
    ['(rule (iadd ty (foo x) z) x)', 'a.rules:1: foo is no pattern'],
    ['(rule (udiv ty x 1) x)\n(rule (udiv ty x y) y)', 'a.rules:2: overlaps a.rules:1 of equal priority'],
    ['(rule (load ty x) x)', 'a.rules:1: an operation is expected'],
    ['(foo)', 'a.rules:1: a rule or a declaration is expected'],
    ['(rule (udiv ty x y) x)\n(rule -1 (udiv ty x 1) x)', 'a.rules:2: is never reached: a.rules:1 matches before'],
  ])('refuses %s', (text, message) => {
    expect(() => compile(text)).toThrow(message)
  })

  it('does not take different nodes of one class for rules that exclude each other', () => {
    const text = '(rule (udiv ty (iadd ty x y) z) x)\n(rule (udiv ty (isub ty x y) z) x)'
    expect(() => compile(text)).toThrow('a.rules:2: overlaps a.rules:1 of equal priority')
  })

  it('accepts rules of equal priority that exclude each other', () => {
    expect(compile('(rule (udiv ty x 1) x)\n(rule (udiv ty x 3) x)')).toContain('a.rules:2')
  })
})

describe('the compiler of instruction selection', () => {
  const prelude = `(type Form Imm Reg Cc Done Inst)
    (convert Value Reg use)
    (extern constant imm (Value) Imm isImm constLo)
    (extern test merged (Value) Imm isMerged)
    (extern predicate bmi2 () Imm hasBmi2)
    (extern emit rm (Form Reg Reg) Reg rm)
    (extern emit ri (Form Reg Imm) Reg ri)
    (extern emit cmp (Reg Reg) Cc cmp)
    (extern emit set_cc (Cc) Reg setCc)
    (term both ((x Value) (y Value)) Reg)
    (partial-term some ((x Value)) Value)
    (export both)`

  function select(text: string): string {
    const files = new Map([
      ['prelude.rules', prelude],
      ['a.rules', text],
    ])
    return compileSelection(files).get('select.gen.ts') ?? ''
  }

  it('reads a value where it stands, the destination first', () => {
    const text = select('(rule (lower (iadd _ x y)) (rm $add32RM x y))')
    expect(text).toContain('l.rm(l.result(inst), Form.add32RM, l.use(arg0), l.use(arg1))')
  })

  it('gives an instruction within another a register of its own', () => {
    const text = select('(rule (lower (iadd _ x y)) (rm $add32RM (rm $or32RM x y) y))')
    expect(text).toContain('l.rm(l.result(inst), Form.add32RM, l.rm(l.gpr(), Form.or32RM, l.use(arg0), l.use(arg1)), l.use(arg1))') // oxfmt-ignore
    expect(select('(rule (lower (icmp _ _ x y)) (set_cc (cmp x y)))')).toContain(
      'l.setCc(l.result(inst), l.cmp(l.use(arg0), l.use(arg1)))',
    )
  })

  it('takes constants on the right only, and both orders of all else', () => {
    expect(select('(rule (lower (iadd _ x (imm c))) (ri $add32MI x c))').match(/\.fired/g)).toHaveLength(1)
    expect(select('(rule (lower (iadd _ x (merged y))) (rm $add32RM x y))').match(/\.fired/g)).toHaveLength(2)
  })

  it('asks what a tested value is, too', () => {
    const text = select('(rule (lower (clz _ (merged (iadd _ x y)))) (rm $add32RM x y))')
    expect(text).toContain('if (l.isMerged(arg0)) {')
    expect(text).toContain('const arg0Def = f.definition(arg0)')
  })

  it('shares steps past rules that cannot match, and not past others', () => {
    const rule = (priority: number, op: string, constant: string): string =>
      `(rule ${priority} (lower (clz _ (${op} _ x ${constant}))) (rm $add32RM x x))`
    const asked = (text: string): number => text.match(/=== \d+ \/\* isub \*\//g)?.length ?? 0
    const apart = [rule(3, 'isub', '1'), rule(2, 'ishl', '2'), rule(1, 'isub', '3')]
    expect(asked(select(apart.join('\n')))).toBe(1)
    const between = '(rule 2 (lower (clz _ (merged x))) (rm $add32RM x x))'
    expect(asked(select([apart[0], between, apart[2]].join('\n')))).toBe(2)
  })

  it('makes functions of terms, and lets partial ones fail', () => {
    const text = select(`(rule (both x y) (rm $add32RM x y))
      (rule (some (iadd _ x _)) x)
      (rule (lower (isub _ x y)) (if-let z (some x)) (both z y))`)
    expect(text).toContain('export function both(l: Selection, dst: number, x: number, y: number): number {')
    expect(text).toContain('const someArg0 = some(l, arg0)')
    expect(text.split('function some')[1].split('\n}')[0]).toContain('return -1')
  })

  it.each([
    ['(rule (both x (imm 1)) (rm $add32RM x x))', 'both: needs a rule for what no other matches'],
    ['(rule (both x y) (rm $foo x y))', 'a.rules:1: $foo is no Form'],
    ['(rule (both x y) (cmp x y))', 'a.rules:1: a Reg is expected'],
    ['(rule (both x) (rm $add32RM x x))', 'a.rules:1: both has 2 parameters'],
    ['(rule (lower (iadd _ x y)) (foo x y))', 'a.rules:1: foo makes nothing'],
    ['(rule (foo x) x)', 'a.rules:1: (lower operation) or a term is expected'],
    [
      '(rule (lower (iadd _ x (imm c))) (ri $add32MI x c))\n(rule (lower (iadd _ x y)) (rm $add32RM x y))',
      'a.rules:2: overlaps a.rules:1 of equal priority',
    ],
    [
      '(rule 1 (lower (iadd _ x y)) (rm $add32RM x y))\n(rule (lower (iadd _ x (imm c))) (ri $add32MI x c))',
      'a.rules:2: is never reached: a.rules:1 matches before',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => select(text)).toThrow(message)
  })

  it('lets rules exclude each other by a predicate', () => {
    const text = `(rule (lower (clz _ x)) (if (bmi2)) (rm $lzcnt32RM x x))
      (rule (lower (clz _ x)) (if (not (bmi2))) (rm $bsr32RM x x))`
    expect(select(text)).toContain('if (!l.hasBmi2()) {')
  })
})
