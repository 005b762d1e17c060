/** The version of the package, read when it is asked for. */
import { readFileSync } from 'node:fs'

/** `unknown` when package.json is not where it was when the package was made. */
export function packageVersion(): string {
  try {
    const parsed: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown'
  } catch {
    return 'unknown'
  }
}
