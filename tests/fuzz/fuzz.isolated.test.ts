// A short run of the fuzzer, with seeds of its own; `npm run fuzz` goes on from there.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../dist/tests/fuzz/main.js', import.meta.url))

function fuzz(mode: string, tries: number, options = ''): string {
  const env: NodeJS.ProcessEnv = { ...process.env }
  if (options !== '') env['WINDLASS_OPTIONS'] = options
  const args = [PROGRAM, '--mode', mode, '--tries', `${tries}`, '--seed', '1000001']
  return spawnSync(process.execPath, args, { encoding: 'utf8', env }).stdout
}

test('damaged modules are refused or compiled', () => {
  expect(fuzz('mutate', 4000)).toContain('4000 passed, 0 failed')
})

test('generated modules behave as in V8 in every tier', () => {
  const args = [PROGRAM, '--tiers', 'baseline,optimizing,chaos,ir', '--tries', '400', '--seed', '3000001']
  expect(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout).toContain(' 0 failed')
})

test.each(['', '--bounds=explicit', '--compile=eager'])('generated modules behave as in V8 %s', (options) => {
  expect(fuzz('differential', 200, options)).toContain('200 passed, 0 failed')
})

test("the optimizing compiler's two forms give the same code", () => {
  expect(fuzz('forms', 200)).toContain('200 passed, 0 failed')
})

test('dumps of optimized code tell what those of the baseline tier do', () => {
  expect(fuzz('dumps', 40)).toContain('40 passed, 0 failed')
})

test('damaged core dumps are refused or shown', () => {
  expect(fuzz('coredump', 2000)).toContain('2000 passed, 0 failed')
})
