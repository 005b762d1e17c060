/**
 * Fetches the files that a module's debug information names. The names come from the module, which nobody trusts: only
 * regular files of bounded size are read, only for a module that came from a file itself, and nothing but positions
 * and names that parse as debug information is ever shown of them.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadFile } from '../wasm/debug/debug-info.js'

/** As large as a module may be (the JS API's limit is 1 GiB; debug information is not larger in practice). */
const MAX_BYTES = 1 << 30

function pathOf(name: string, directory: string): string | undefined {
  if (name.startsWith('file:')) return fileURLToPath(name)
  return /^[a-z][a-z0-9+.-]+:/i.test(name) ? undefined : resolve(directory, name)
}

/** @param moduleFile path of the module, undefined when it did not come from a file: then nothing is read */
export function debugFiles(moduleFile: string | undefined): LoadFile {
  if (moduleFile === undefined) return () => undefined
  return (name) => {
    try {
      const path = pathOf(name, dirname(moduleFile))
      if (path === undefined) return undefined
      const stat = statSync(path)
      return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(path) : undefined
    } catch {
      // Not there, not readable, not a path: then there is no debug information.
      return undefined
    }
  }
}
