// The namespace against V8's: every snippet of the corpus must do what it did in V8 13.6 (value, class, message), except
// for the differences that are listed with their reasons. `WINDLASS_RECORD=1` under Node 24 records V8's side anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { WebAssembly } from '#dist/api/index.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { CORPUS } from './corpus/corpus.js'
import { DIFFERENCES } from './corpus/differences.js'
import { FIXTURES, type FixtureName } from './corpus/fixtures.js'
import { outcome } from './corpus/run.js'

type Golden = Record<string, Record<string, string>>

const V8_VERSION = '13.6'
const goldenFile = fileURLToPath(new URL(`../golden/api-v8-${V8_VERSION}.json`, import.meta.url))
const isRecordedV8 = process.versions.v8.startsWith(`${V8_VERSION}.`)

const modules = Object.fromEntries(Object.entries(FIXTURES).map(([name, text]) => [name, assemble(text)])) as Record<
  FixtureName,
  Uint8Array
>

const v8 = (globalThis as unknown as { readonly WebAssembly: object }).WebAssembly

if (process.env['WINDLASS_RECORD'] !== undefined) {
  if (!isRecordedV8) throw new Error(`record under V8 ${V8_VERSION} (Node 24), not ${process.versions.v8}`)
  const golden: Golden = {}
  for (const { name, snippets } of CORPUS) {
    golden[name] = {}
    for (const code of snippets) golden[name][code] = await outcome(code, v8, modules)
  }
  writeFileSync(goldenFile, `${JSON.stringify(golden, null, 1)}\n`)
}

const golden = existsSync(goldenFile) ? (JSON.parse(readFileSync(goldenFile, 'utf8')) as Golden) : {}

/** What is wrong with our outcome of one snippet; undefined when nothing is. */
async function fault(section: string, code: string): Promise<string | undefined> {
  const recorded = golden[section]?.[code]
  if (recorded === undefined) return `${code}\n  is not recorded: see the head of this file`
  const ours = await outcome(code, WebAssembly, modules)
  const difference = DIFFERENCES.get(code)
  if (difference !== undefined && ours === recorded) return `${code}\n  is listed as a difference, but is none`
  const expected = difference?.ours ?? recorded
  return ours === expected ? undefined : `${code}\n  expected: ${expected}\n  ours:     ${ours}`
}

describe.each(CORPUS)('$name', ({ name, snippets }) => {
  it(`does what V8 ${V8_VERSION} did`, async () => {
    const faults: string[] = []
    for (const code of snippets) {
      const found = await fault(name, code)
      if (found !== undefined) faults.push(found)
    }
    expect(faults.join('\n')).toBe('')
  })

  // Only the V8 that was recorded can tell whether the record is true.
  if (isRecordedV8) {
    it('is recorded as this V8 does it', async () => {
      const stale: string[] = []
      for (const code of snippets) {
        const live = await outcome(code, v8, modules)
        if (live !== golden[name]?.[code]) stale.push(`${code}\n  live: ${live}`)
      }
      expect(stale.join('\n')).toBe('')
    })
  }
})

it('lists only differences of snippets that exist', () => {
  const all = new Set(CORPUS.flatMap(({ snippets }) => snippets))
  expect([...DIFFERENCES.keys()].filter((code) => !all.has(code))).toEqual([])
})
