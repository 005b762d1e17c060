// A process that ends without being taken down: its exit code is kept, nothing of it is left to do, and who listens for its end is called.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-end-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(code: string, words: readonly string[] = []): { code: number | null; out: string } {
  const file = join(folder, 'script.mjs')
  const module = new URL('../../dist/runtime/process-end.js', import.meta.url).href
  writeFileSync(file, `import { endProcess } from ${JSON.stringify(module)}\n${code}\n`)
  // These would make it end as usual.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  const { status, stdout } = spawnSync(process.execPath, [...words, file], { encoding: 'utf8', env })
  return { code: status, out: stdout }
}

test.each([0, 7, 255])('exit code %i', (code) => {
  expect(run(`setTimeout(() => console.log('late'))\nendProcess(${code})`)).toEqual({ code, out: '' })
})

test('who listens is called', () => {
  expect(run(`process.on('exit', (code) => console.log(code))\nendProcess(3)`)).toEqual({ code: 3, out: '3\n' })
})

test('what Node writes at its end is written', () => {
  const words = ['--cpu-prof', `--cpu-prof-dir=${folder}`]
  expect(run('endProcess(4)', words)).toEqual({ code: 4, out: '' })
  expect(readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))).toHaveLength(1)
})
