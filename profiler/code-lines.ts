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
 * Calls `visit` with each place of a version's code and the offset in the module that it is for. Baseline code tells of every
 * opcode. Of optimized code there are the sites; that of a call is where it returns to, so its place begins behind the
 * site before: what is between is there for the call.
 */
function eachPlace(version: CodeVersion, visit: (codeOffset: number, wasmOffset: number) => void): void {
  const { owner, versions } = version.code
  const exact = owner?.codePositions(version, version.size)
  if (exact !== undefined) {
    exact.code.forEach((offset, i) => visit(offset, exact.wasm[i]))
    return
  }
  let behind = 0
  versions.eachSite(version.version, (site, wasmOffset, kind) => {
    const isCall = kind === SiteKind.Call
    visit(isCall ? behind : site, wasmOffset)
    behind = isCall ? site : site + 1
  })
}

/** Where lines begin: each place whose source line is not that of the one before it. */
export function codeLines(version: CodeVersion): CodeLine[] {
  const { owner } = version.code
  if (owner === undefined || !owner.debug.exists) return []
  const lines: CodeLine[] = []
  eachPlace(version, (offset, wasmOffset) => {
    const position = owner.debug.position(wasmOffset)
    if (position === undefined) return
    const { file, line, column } = position
    const last = lines.at(-1)
    if (last?.file !== file || last.line !== line) lines.push({ offset, file, line, column })
  })
  return lines
}
