/** Source files that a profile names. Profiles come from anywhere: what they name may be anything. */
import { readFileSync, statSync } from 'node:fs'

/** Larger sources nobody would read. */
const MAX_SOURCE_BYTES = 16 << 20

/** The text of a file; undefined for what is none, or cannot be read. */
export function readSource(path: string): string | undefined {
  try {
    const stat = statSync(path)
    return stat.isFile() && stat.size <= MAX_SOURCE_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}
