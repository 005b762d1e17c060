/** `windlass validate`: are these modules valid? Makes no engine. */
import { WasmError } from '../wasm/error.js'
import { newerFeature, refusalText } from '../wasm/newer-features.js'
import { validateModule } from '../wasm/validate-module.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { displayName, loadModule } from './load.js'
import type { ParsedOptions } from './options.js'
import { complain, print, styled } from './terminal.js'

interface Verdict {
  readonly file: string
  readonly valid: boolean
  /** There was no module to check. */
  readonly unread?: boolean
  readonly error?: string
  /** The proposal that the module needs and the engine does not have: it may well be valid elsewhere. */
  readonly needs?: string
  /** Byte offset in the module at which the fault was found. */
  readonly offset?: number
}

async function check(file: string): Promise<Verdict> {
  const name = displayName(file)
  try {
    validateModule(await loadModule(file))
    return { file: name, valid: true }
  } catch (error) {
    if (error instanceof WasmError) {
      const needs = newerFeature(error.message)
      const where = error.funcIndex < 0 ? '' : `in function #${error.funcIndex}: `
      return {
        file: name,
        valid: false,
        error: `${where}${refusalText(error.message, error.offset)}`,
        offset: error.offset,
        ...(needs === undefined ? {} : { needs }),
      }
    }
    if (error instanceof CommandError) return { file: name, valid: false, unread: true, error: error.message }
    throw error
  }
}

function word(verdict: Verdict): string {
  return verdict.needs === undefined ? 'invalid' : 'not supported'
}

export async function validate(parsed: ParsedOptions): Promise<number> {
  if (parsed.operands.length === 0) throw new UsageError('no file given: windlass validate FILE...')
  const verdicts: Verdict[] = []
  for (const file of parsed.operands) {
    const verdict = await check(file)
    verdicts.push(verdict)
    if (parsed.has('json')) continue
    if (verdict.unread === true) complain(verdict.error ?? '')
    else if (verdict.valid) print(`${verdict.file}: ${styled('green', 'valid')}`)
    else print(`${verdict.file}: ${styled('red', word(verdict))}: ${verdict.error}`)
  }
  if (parsed.has('json')) print(JSON.stringify(verdicts, null, 2))
  return verdicts.every((verdict) => verdict.valid) ? ExitCode.ok : ExitCode.failed
}
