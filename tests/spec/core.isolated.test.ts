// The official test suite of Wasm 2.0, one test a file, when its scripts are there: WINDLASS_SPEC or ../shared/spec.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runScript } from '#dist/cli/wast-runner.js'
import { Engine } from '#dist/runtime/engine.js'
import { scanAlways } from '../support/scan.js'

const root = process.env['WINDLASS_SPEC'] ?? fileURLToPath(new URL('../../../shared/spec', import.meta.url))
const folder = join(root, 'core-2.0')

const present = existsSync(folder)
// The files of simd/ are not among these.
const scripts = present ? readdirSync(folder).filter((name) => name.endsWith('.wast')) : []

describe('core 2.0', () => {
  if (!present) {
    test('the scripts are not here: nothing to run', () => {
      expect(scripts).toEqual([])
    })
    return
  }
  // Small modules are validated without it.
  scanAlways()
  const engine = new Engine()
  test.each(scripts)('%s', (name) => {
    const report = runScript(engine, readFileSync(join(folder, name), 'utf8'))
    expect(report.failures).toEqual([])
    expect(report.passed).toBeGreaterThan(0)
  })
})
