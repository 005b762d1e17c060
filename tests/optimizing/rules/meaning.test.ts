// What the rules claim holds: on all values of 8 bits and on structured ones of 32 and 64. `npm run test:rules` does it on
// all values of three variables and on a million structured ones, and asks a solver.
import { describe, expect, it } from 'vitest'
import { BINARY_FREE_BITS, STRUCTURED_VALUES } from './amounts.js'
import { tryAll, trySome, type Outcome } from '#dist/tests/support/rule-check.js'
import { claimsOf, SMALL_WIDTHS, WASM_WIDTHS, type Claim, type Widths } from '#dist/tests/support/rule-meaning.js'
import { parseRules, type List, type Sexp } from '#dist/tiers/optimizing/rules/compiler/parse.js'
import { readRules } from './files.js'

function isRule(form: Sexp): form is List {
  return form.kind === 'list' && form.items[0].kind === 'atom' && form.items[0].text === 'rule'
}

/** Tries the claims of a file's rules; what is wrong, and how many rules claim something. */
function check(
  file: string,
  text: string,
  widths: Widths,
  run: (claim: Claim) => Outcome,
): { wrong: string[]; rules: number } {
  // oxfmt-ignore
  const wrong: string[] = []
  let rules = 0
  for (const rule of parseRules(file, text).filter(isRule)) {
    const claims = claimsOf(rule, widths)
    if (typeof claims === 'string') continue
    rules++
    for (const claim of claims) {
      const { counterexample, tried } = run(claim)
      if (counterexample !== undefined) wrong.push(`${claim.name}: ${counterexample}`)
      if (tried === 0) wrong.push(`${claim.name}: its guards let nothing pass`)
    }
  }
  return { wrong, rules }
}

describe.each([...readRules()])('%s', (file, text) => {
  it('holds on all values of 8 bits', () => {
    expect(check(file, text, SMALL_WIDTHS, (claim) => tryAll(claim, BINARY_FREE_BITS)).wrong).toEqual([])
  })

  it('holds on structured values of 32 and 64 bits', () => {
    expect(check(file, text, WASM_WIDTHS, (claim) => trySome(claim, STRUCTURED_VALUES, 1)).wrong).toEqual([])
  })
})

it('all but divisions by multiplication are terms', () => {
  const silent = [...readRules()].flatMap(([file, text]) =>
    parseRules(file, text).filter(isRule).filter((rule) => typeof claimsOf(rule, WASM_WIDTHS) === 'string'),
  ) // oxfmt-ignore
  expect(silent.every(({ items }) => JSON.stringify(items).includes('"divisor"'))).toBe(true)
})

describe('wrong rules are found', () => {
  it.each([
    ['(rule (iadd ty x 1) (isub ty x 1))', 'x = 0x'],
    ['(rule (ishl ty (ishl ty x (k a)) (k b)) (ishl ty x (iadd ty a b)))', 'a = 0x'],
    ['(rule (icmp ty $ult x y) (icmp ty $slt x y))', 'x = 0x'],
    ['(rule (udiv ty x (k c)) (udiv ty x c))', 'c = 0x0'],
    ['(rule (ieqz ty (isub ty x y)) (icmp ty $ne x y))', 'x = 0x'],
  ])('%s', (text, place) => {
    expect(check('a.rules', text, SMALL_WIDTHS, (claim) => tryAll(claim)).wrong.join()).toContain(place)
    expect(check('a.rules', text, WASM_WIDTHS, (claim) => trySome(claim, 4000, 1)).wrong.join()).toContain(place)
  })
})
