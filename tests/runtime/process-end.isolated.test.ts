// A process that ends without being taken down: its exit code is kept, and what nobody caught is still told.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-end-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(code: string): { code: number | null; err: string } {
  const file = join(folder, 'script.mjs')
  const module = new URL('../../dist/runtime/process-end.js', import.meta.url).href
  writeFileSync(file, `import { endWithoutTeardown } from ${JSON.stringify(module)}\nendWithoutTeardown()\n${code}\n`)
  // These would make it end as usual.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', env })
  return { code: status, err: stderr }
}

test.each([0, 7, 255])('exit code %i', (code) => {
  expect(run(`process.exitCode = ${code}`)).toEqual({ code, err: '' })
})

test.each([
  ['a timer', `setTimeout(() => { throw new Error('nobody caught this') })`],
  ['a promise', `void Promise.reject(new Error('nobody caught this'))`],
  ['a microtask', `queueMicrotask(() => { throw new Error('nobody caught this') })`],
])('an error of %s', (_, code) => {
  expect(run(code)).toEqual({ code: 1, err: expect.stringContaining('Error: nobody caught this') as string })
})
