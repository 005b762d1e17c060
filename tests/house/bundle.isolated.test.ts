// The bundle is what users load: it must offer what the compiled files do, and stand aside when it is older than they are.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import * as api from '#dist/api/index.js'
import * as wasi from '#dist/wasi/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

test.each([
  ['api', api],
  ['wasi', wasi],
])('the bundled %s exports what the compiled one does', async (name, compiled) => {
  const url = new URL(`../../dist/bundle/${name}.mjs`, import.meta.url).href
  const bundled = (await import(url)) as object
  expect(Object.keys(bundled).toSorted()).toEqual(Object.keys(compiled).toSorted())
})

/** A copy of what the launcher needs, to damage. */
function withCopy(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'windlass-'))
  try {
    for (const each of ['bin', 'dist', 'package.json'])
      cpSync(join(root, each), join(directory, each), { recursive: true })
    symlinkSync(join(root, 'native'), join(directory, 'native'))
    use(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** What the launcher in `directory` prints for `--version`, and whether from the bundle. */
function version(directory: string): { text: string; bundled: boolean } {
  const script = `process.argv[1] = 'windlass'
    require(${JSON.stringify(join(directory, 'bin/windlass'))})
    process.on('exit', () => console.log(require(${JSON.stringify(join(directory, 'bin/bundle.js'))}).loaded.size > 0))`
  const { stdout } = spawnSync(process.execPath, ['-e', script, 'windlass', '--version'], { encoding: 'utf8' })
  const [text, bundled] = stdout.trim().split('\n')
  return { text, bundled: bundled === 'true' }
}

test('the launcher takes the bundle, but not one that is older than the compiled files', () => {
  withCopy((directory) => {
    const now = Date.now() / 1000
    const info = join(directory, 'dist/build.tsbuildinfo')
    utimesSync(join(directory, 'dist/bundle/cli.js'), now, now)
    utimesSync(info, now - 1, now - 1)
    expect(version(directory)).toEqual({ text: expect.stringMatching(/^windlass \d/), bundled: true })
    utimesSync(info, now + 1, now + 1)
    expect(version(directory)).toEqual({ text: expect.stringMatching(/^windlass \d/), bundled: false })
  })
})
