/** Files that the addon maps, reads and writes: what bin/windlass loads the engine by. */
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
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

test('a part of an array is written, where the file stands or elsewhere', () => {
  const path = join(directory, 'written')
  const fd = openSync(path, 'w+')
  const bytes = Buffer.from('0123456789')
  expect(native().writeFile(fd, bytes, 2, 3, null)).toBe(3)
  expect(native().writeFile(fd, bytes, 9, 1, null)).toBe(1)
  expect(native().writeFile(fd, bytes, 0, 2, 1)).toBe(2)
  expect(native().writeFile(fd, bytes, 10, 0, null)).toBe(0)
  expect(readFileSync(path, 'latin1')).toBe('2019')
  expect(native().fileMode(fd)).toBe(fstatSync(fd).mode)
  expect(() => native().writeFile(fd, bytes, 9, 2, null)).toThrow(RangeError)
  closeSync(fd)
  expect(native().writeFile(fd, bytes, 0, 1, null)).toBe(undefined)
  expect(native().fileMode(fd)).toBe(0)
})

test('what is no regular file, or has no size, is left to Node', () => {
  for (const path of ['/dev/null', '/proc/self/status']) expect(native().readFile(path)).toBe(undefined)
})
