// What the bundle makes of tables of constants: the numbers themselves where they are read by name, and nothing else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

interface Plugin {
  transform(code: string, id: string): { readonly code: string } | undefined
}
const plugin = new URL('../../scripts/inline-constants.mjs', import.meta.url).href
const { inlineConstants } = (await import(plugin)) as { inlineConstants: (directory: string) => Plugin }

const directory = `${mkdtempSync(join(tmpdir(), 'windlass-'))}/`
afterAll(() => rmSync(directory, { recursive: true }))

const TABLE = `
export const BASE = 0x100
export const Word = { a: 1, 'b': BASE + 2, c: -3, name: 'x', call: f(), one: pass(7, 'seven') }
export const Sum = { size: Word.b * 2 }
const own = { z: 9 }
function pass(first, more) { list.push(more); return first }
export const read = own.z
export let changes = 5
`
writeFileSync(join(directory, 'table.js'), TABLE)

/** What the plugin makes of a module beside the table. */
function made(code: string): string {
  const head = "import { BASE, Word, Sum as Total, changes } from './table.js'\n"
  return (
    inlineConstants(directory)
      .transform(head + code, join(directory, 'a.js'))
      ?.code.slice(head.length) ?? ''
  )
}

describe('constants in the bundle', () => {
  it.each([
    ['x = Word.a', 'x = 1'],
    ['x = [Word.b, Total.size]', 'x = [258, 516]'],
    ['x = y -Word.c', 'x = y -(-3)'],
    ['x = Word.name + Word.one.toString()', 'x = "x" + (7).toString()'],
    ['switch (x) { case Word.a: break }', 'switch (x) { case 1: break }'],
    ['x = { [Word.a]: BASE, BASE: 1 }', 'x = { [1]: 256, BASE: 1 }'],
    ['x = y[BASE] + y.BASE', 'x = y[256] + y.BASE'],
    ['const own = { k: Word.a }; x = own.k', 'const own = { k: 1 }; x = 1'],
  ])('%s', (before, after) => {
    expect(made(before)).toBe(after)
  })

  it.each([
    ['what is no constant', 'x = Word.call + changes'],
    ['the table itself', 'x = Object.keys(Word)'],
    ['a property by a value', 'x = Word[y]'],
    ['what the table has not', 'x = Word.toString()'],
    ['a name that is declared again', 'function f(Word) { return Word.a }'],
    ['a name that a pattern declares', 'function f({ Word, BASE: [BASE] }) { return Word.a + BASE }'],
    ['exports', 'export { BASE }'],
    ['shorthand', 'x = { BASE }'],
  ])('%s stays as it is', (_, code) => {
    expect(made(code)).toBe(code)
  })

  it('leaves files elsewhere alone', () => {
    expect(inlineConstants(directory).transform('x', '/elsewhere/a.js')).toBeUndefined()
  })
})
