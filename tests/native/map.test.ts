/** Files that the addon maps and reads: what bin/bundle.js loads the engine by. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { native } from '#dist/runtime/native.js'

const directory = mkdtempSync(join(tmpdir(), 'windlass-test-map-'))
afterAll(() => rmSync(directory, { recursive: true }))

const TEXT = 'const x = 1\n'.repeat(20_000)
const file = join(directory, 'text.js')
writeFileSync(file, TEXT)

test('a file is mapped as bytes and as a string', () => {
  expect(Buffer.from(native().mapFile(file) ?? new ArrayBuffer(0)).toString()).toBe(TEXT)
  expect(native().mapText(file)).toBe(TEXT)
  expect(native().mapText(file)).toBe(TEXT)
})

test('what cannot be mapped is undefined: no file, a directory, nothing in it, too long a path', () => {
  const empty = join(directory, 'empty.js')
  writeFileSync(empty, '')
  for (const path of [join(directory, 'none.js'), directory, empty, 'x'.repeat(10_000)]) {
    expect(native().mapFile(path)).toBe(undefined)
    expect(native().mapText(path)).toBe(undefined)
    expect(native().readFile(path)).toBe(undefined)
  }
})

test('a file is read, and its time', () => {
  expect(Buffer.from(native().readFile(file) ?? new ArrayBuffer(0)).toString()).toBe(TEXT)
  expect(native().changedAt(file)).toBe(statSync(file).mtimeMs)
  expect(native().changedAt(join(directory, 'none.js'))).toBe(undefined)
})

test('what is no regular file, or has no size, is left to Node', () => {
  for (const path of ['/dev/null', '/proc/self/status']) expect(native().readFile(path)).toBe(undefined)
})
