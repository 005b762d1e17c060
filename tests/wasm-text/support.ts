/** Where the official suite lies, and its files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const spec = process.env['WINDLASS_SPEC'] ?? path.resolve(root, '../shared/spec')

export interface SpecFile {
  readonly name: string
  readonly source: string
}

/** The `.wast` files of one folder of the suite, without its subfolders; none when the suite is not there. */
export function specFiles(folder: string): SpecFile[] {
  const full = path.join(spec, folder)
  if (!existsSync(full)) return []
  return readdirSync(full)
    .filter((name) => name.endsWith('.wast'))
    .map((name) => ({ name, source: readFileSync(path.join(full, name), 'utf8') }))
}
