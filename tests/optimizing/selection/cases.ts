/**
 * Cases of instruction selection (tests/golden/selection): a function in the text form of the intermediate representation, the rules that
 * must not be taken beside it, and, blessed, those that are and the code. Rules go by their comments.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseRules } from '#dist/tiers/optimizing/rules/compiler/parse.js'
import { readRules, selectionDirectory } from '../rules/files.js'

export const DIRECTORY = new URL('../../golden/selection/', import.meta.url)

export interface Case {
  readonly title: string
  /** Words after the signature: `old` (a CPU without BMI, lzcnt, AVX), `explicit` (bounds). */
  readonly options: readonly string[]
  readonly params: readonly string[]
  readonly results: readonly string[]
  /** The function's text. */
  readonly text: string
  /** Rules that must not be taken. */
  readonly beside: readonly string[]
  /** Rules that are taken, by number. */
  readonly rules: readonly string[]
  readonly code: readonly string[]
}

export interface CaseFile {
  readonly name: string
  readonly head: string
  readonly cases: readonly Case[]
}

const split = (list: string): string[] => list.split(',').map((word) => word.trim()).filter((word) => word !== '') // oxfmt-ignore
const rulesOf = (line: string): string[] => line.slice(line.indexOf(':') + 1).split(';').map((word) => word.trim()).filter((word) => word !== '') // oxfmt-ignore

function parseCase(source: string): Case {
  const [title, signature, ...lines] = source.trimEnd().split('\n')
  const match = /^\((.*)\) -> \((.*)\)(.*)$/.exec(signature)
  if (match === null) throw new Error(`no signature: ${title}`)
  const params = split(match[1])
  const end = lines.findIndex((line) => /^(beside|rules):/.test(line))
  const body = lines.slice(0, end < 0 ? lines.length : end)
  const rest = end < 0 ? [] : lines.slice(end)
  const values = params.map((type, i) => `v${i}: ${type}`)
  const entry = values.length > 0 ? `block0(${values.join(', ')}):` : 'block0:'
  const find = (word: string): string => rest.find((line) => line.startsWith(`${word}:`)) ?? ''
  return {
    title,
    options: match[3].split(' ').filter((word) => word !== ''),
    params,
    results: split(match[2]),
    text: [`func "f" (${match[1]}) -> (${match[2]}) {`, entry, ...body, '}'].join('\n'),
    beside: rulesOf(find('beside')),
    rules: rulesOf(find('rules')),
    code: rest.filter((line) => line.startsWith('  ')).map((line) => line.trim()),
  }
}

export function readCases(): CaseFile[] {
  return readdirSync(DIRECTORY).map((name) => {
    const [head, ...cases] = readFileSync(new URL(name, DIRECTORY), 'utf8').split(/^case: /m)
    return { name, head, cases: cases.map(parseCase) }
  })
}

/** A case as it stands in its file. */
export function printCase({ title, options, params, results, text, beside, rules, code }: Case): string {
  const body = text.split('\n').slice(2, -1)
  return [
    `case: ${title}`,
    [`(${params.join(', ')}) -> (${results.join(', ')})`, ...options].join(' '),
    ...body,
    ...(beside.length > 0 ? [`beside: ${beside.join('; ')}`] : []),
    `rules: ${rules.join('; ')}`,
    ...code.map((line) => `  ${line}`),
    '',
  ].join('\n')
}

/** The comment before each rule, by the rule's place; and whether it asks for anything: what it does not match then is beside it. */
export function selectionRules(): Map<string, { comment: string; asks: boolean }> {
  const rules = new Map<string, { comment: string; asks: boolean }>()
  for (const [name, text] of readRules(selectionDirectory)) {
    const lines = text.split('\n')
    for (const form of parseRules(name, text)) {
      if (form.kind !== 'list' || form.items[0].kind !== 'atom' || form.items[0].text !== 'rule') continue
      const line = Number(form.site.split(':')[1])
      const comment = /^; (.*)$/.exec(lines[line - 2])?.[1]
      if (comment === undefined) throw new Error(`${form.site}: a rule has a comment before it`)
      const priority = form.items[1].kind === 'atom' ? Number(form.items[1].text) : 0
      rules.set(form.site, { comment: `${name.split('.')[0]}: ${comment}`, asks: priority > 0 })
    }
  }
  return rules
}
