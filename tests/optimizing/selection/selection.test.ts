/**
 * Every rule of instruction selection is taken by a case of tests/golden/selection, every rule that others stand behind is left by
 * one at its boundary, and the code is what the files say. `npm run bless` rewrites rules and code; look at the
 * difference before committing it.
 */
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { selectionSites } from '#dist/tiers/optimizing/rules/lower/sites.gen.js'
import { DIRECTORY, printCase, readCases, selectionRules, type Case } from './cases.js'
import { compileCase } from './compile.js'

const bless = process.env['WINDLASS_BLESS'] === '1'
const files = readCases()
const rules = selectionRules()
const comments = selectionSites.map((site) => rules.get(site)?.comment ?? site)

function made(each: Case): Case {
  const { hits, code } = compileCase(each)
  return { ...each, code, rules: comments.filter((_, i) => hits[i] > 0) }
}

describe.each(files)('$name', ({ name, head, cases }) => {
  const actual = cases.map(made)
  it('selects what it says', () => {
    if (bless) writeFileSync(new URL(name, DIRECTORY), head + actual.map(printCase).join('\n'))
    else expect(actual.map(printCase)).toEqual(cases.map(printCase))
  })

  it('leaves the rules beside', () => {
    const taken = actual.flatMap(({ title, beside, rules: own }) =>
      beside.filter((rule) => own.includes(rule)).map((rule) => `${title}: ${rule}`),
    )
    expect(taken).toEqual([])
    const unknown = actual.flatMap(({ beside }) => beside.filter((rule) => !comments.includes(rule)))
    expect(unknown).toEqual([])
  })
})

describe('the rules of instruction selection', () => {
  const all = files.flatMap(({ cases }) => cases)

  it('have comments of their own', () => {
    expect(comments.filter((comment, i) => comments.indexOf(comment) !== i)).toEqual([])
  })

  it('are all taken', () => {
    const taken = new Set(all.flatMap((each) => each.rules))
    if (!bless) expect(comments.filter((comment) => !taken.has(comment))).toEqual([])
  })

  it('are left at their boundaries', () => {
    const left = new Set(all.flatMap((each) => each.beside))
    const asking = [...rules.values()].filter(({ asks }) => asks).map(({ comment }) => comment)
    expect(asking.filter((comment) => !left.has(comment))).toEqual([])
  })
})
