/** Source lines of a piece of machine code, for the formats that list them (jitdump, ELF objects). */
import type { CodeVersion } from '../runtime/code.js'
import { SiteKind } from '../tiers/compiled.js'

export interface CodeLine {
  /** Offset in the code. */
  readonly offset: number
  readonly file: string
  readonly line: number
  readonly column: number
}

/**
 * Where lines begin: at each site of the code whose source line is not that of the one before it. The site of a call is where the
 * call returns to, so its line begins behind the site before: what is between is there for the call.
 */
export function codeLines({ code, version }: CodeVersion): CodeLine[] {
  const { owner, versions } = code
  if (owner === undefined || !owner.debug.exists) return []
  const lines: CodeLine[] = []
  let behind = 0
  versions.eachSite(version, (site, wasmOffset, kind) => {
    const isCall = kind === SiteKind.Call
    const offset = isCall ? behind : site
    behind = isCall ? site : site + 1
    const position = owner.debug.position(wasmOffset)
    if (position === undefined) return
    const { file, line, column } = position
    const last = lines.at(-1)
    if (last?.file !== file || last.line !== line) lines.push({ offset, file, line, column })
  })
  return lines
}
