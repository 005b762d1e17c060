// The committed code is what the compiler makes of the rules; wrong rules are refused with their place.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileRules } from '#dist/tiers/optimizing/rules/compiler/compile.js'
import { directory, readRules } from './files.js'

it('the generated files are up to date (npm run rules)', () => {
  for (const [name, text] of compileRules(readRules())) {
    expect(readFileSync(new URL(name, directory), 'utf8'), name).toBe(text)
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
    ['(foo)', 'a.rules:1: (rule ...) or (extern ...) is expected'],
  ])('refuses %s', (text, message) => {
    expect(() => compile(text)).toThrow(message)
  })

  it('accepts rules of equal priority that exclude each other', () => {
    expect(compile('(rule (udiv ty x 1) x)\n(rule (udiv ty x 3) x)')).toContain('a.rules:2')
  })
})
