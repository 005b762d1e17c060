/**
 * The code of small programs, instruction by instruction: what the baseline compiler's tricks are worth shows here
 * first. Each file of tests/golden/baseline says what it watches, then the source, then the listing.
 * `npm run bless` rewrites the listings; look at the difference before committing it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { assemble } from '#dist/wasm/text/assemble.js'
import { compileAll, listing } from '#dist/tests/support/listing.js'

const DIRECTORY = new URL('../golden/baseline/', import.meta.url)
const SEPARATOR = '\n;; code\n'
const bless = process.env['WINDLASS_BLESS'] === '1'

function listModule(source: string): string {
  const lines: string[] = []
  compileAll(assemble(source), (compiled, defined) => {
    lines.push(`function ${defined}: ${compiled.codeSize} bytes, frame ${compiled.frameSize}`, ...listing(compiled))
  })
  return `${lines.join('\n')}\n`
}

describe('golden listings', () => {
  for (const name of readdirSync(DIRECTORY)) {
    test(name, () => {
      const file = new URL(name, DIRECTORY)
      const [source, expected] = readFileSync(file, 'utf8').split(SEPARATOR)
      expect(source.startsWith(';; ')).toBe(true)
      const actual = listModule(source)
      if (bless) writeFileSync(file, source.trimEnd() + SEPARATOR + actual)
      else expect(actual).toBe(expected)
    })
  }
})
