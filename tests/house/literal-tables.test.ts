// Tables that the bundle has as they are, in place of what makes them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'

interface Plugin {
  readonly transform: { readonly handler: (code: string, id: string) => Promise<string> }
}
interface Made {
  readonly most: Uint8Array
  readonly same: Uint8Array
  readonly all: Uint8Array
}
const plugin = new URL('../../scripts/literal-tables.mjs', import.meta.url).href
const { literalTables } = (await import(plugin)) as { literalTables: (test: RegExp) => Plugin }

const directory = mkdtempSync(join(tmpdir(), 'windlass-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** What the plugin makes of a module. */
function replaced(name: string, code: string): Promise<string> {
  const file = join(directory, name)
  writeFileSync(file, code)
  return literalTables(/x/).transform.handler(code, file)
}

it('has the bytes that the module computes', async () => {
  const code = await replaced(
    'bytes.mjs',
    `import { sep } from 'node:path'
     export const most = new Uint8Array(300).fill(255)
     for (let i = 0; i < 256; i++) most[i] = i * sep.length
     export const same = new Uint8Array(5)
     export const all = Uint8Array.from([3, 2, 1])`,
  )
  expect(code).not.toContain('import')
  writeFileSync(join(directory, 'made.mjs'), code)
  const { most, same, all } = (await import(pathToFileURL(join(directory, 'made.mjs')).href)) as Made
  expect(most).toEqual(Uint8Array.from({ length: 300 }, (_, i) => Math.min(i, 255)))
  expect([same, all]).toEqual([new Uint8Array(5), Uint8Array.from([3, 2, 1])])
})

it('refuses what is no table', async () => {
  await expect(replaced('other.mjs', 'export const words = new Int32Array(2)')).rejects.toThrow('words')
})
