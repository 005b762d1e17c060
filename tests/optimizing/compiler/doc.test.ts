// docs/optimizing.md shows what the passes make now.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { optimizingDoc } from '#dist/tests/support/optimizing-doc.js'

it('the page about the optimizing tier is up to date (npm run docs)', () => {
  expect(readFileSync(new URL('../../../docs/optimizing.md', import.meta.url), 'utf8')).toBe(optimizingDoc())
})
