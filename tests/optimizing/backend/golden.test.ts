/**
 * The code of small programs, instruction by instruction: what selection, scheduling and allocation are worth shows here
 * first. Each file of tests/golden/optimizing says what it watches, then the source, then the listing.
 * `npm run bless` rewrites the listings; look at the difference before committing it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { assemble } from '#dist/wasm/text/assemble.js'
import { listing } from '#dist/tests/support/listing.js'
import { compileAll } from './support.js'

const DIRECTORY = new URL('../../golden/optimizing/', import.meta.url)
const SEPARATOR = '\n;; code\n'
const bless = process.env['WINDLASS_BLESS'] === '1'

function listModule(source: string): string {
  const lines: string[] = []
  let defined = 0
  compileAll(assemble(source), { check: true }, (_, compiled) => {
    lines.push(`function ${defined++}: ${compiled.codeSize} bytes, frame ${compiled.frameSize}`, ...listing(compiled))
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
