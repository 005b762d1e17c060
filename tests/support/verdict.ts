/**
 * Verdicts on whole modules, ours and V8's, in one form: `valid`, or the message and ` @+offset`.
 *
 * The wording we keep to is that of V8 11.3 (Node 20), recorded in a golden file, since other versions of V8 have other
 * words and other features. Under that V8 the record itself is checked; `WINDLASS_RECORD=1` under Node 20 writes it anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { WasmError } from '#dist/wasm/error.js'
import { validateBody } from '#dist/wasm/validator.js'
import { hostWebAssembly } from './host-wasm.js'
import { scanAlways } from './scan.js'

// Small modules are validated without it.
scanAlways()

/** Ours: decoded as a whole, then every body validated. */
export function verdict(bytes: Uint8Array): string {
  try {
    const info = decodeModule(bytes)
    info.bodyStart.forEach((start, defined) => {
      validateBody(info, defined, bytes, start, info.bodyEnd[defined], start, null)
    })
    return 'valid'
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
    const where = error.funcIndex >= 0 ? `Compiling function #${error.funcIndex} failed: ` : ''
    return `${where}${error.message} @+${error.offset}`
  }
}

/** V8's, without the name of the operation. */
function v8Verdict(bytes: Uint8Array): string {
  const { Module } = hostWebAssembly
  try {
    return new Module(bytes) instanceof Module ? 'valid' : 'not a module'
  } catch (error) {
    return error instanceof Error ? error.message.replace('WebAssembly.Module(): ', '') : String(error)
  }
}

const V8_VERSION = '11.3'
/** The V8 that runs the tests is the one whose words and features ours are compared with. */
export const isRecordedV8 = process.versions.v8.startsWith(`${V8_VERSION}.`)

/** Declares a test a module: our verdict is the one recorded from V8 in `tests/golden/<file>-v8-11.3.json`. */
export function testWords(file: string, modules: ReadonlyMap<string, Uint8Array>): void {
  const path = fileURLToPath(new URL(`../golden/${file}-v8-${V8_VERSION}.json`, import.meta.url))
  if (process.env['WINDLASS_RECORD'] !== undefined && isRecordedV8) {
    const record = Object.fromEntries(Array.from(modules, ([name, bytes]) => [name, v8Verdict(bytes)]))
    writeFileSync(path, `${JSON.stringify(record, null, 1)}\n`)
  }
  const golden: Record<string, string> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  for (const [name, bytes] of modules) {
    it(name, () => {
      expect(verdict(bytes)).toBe(golden[name])
      if (isRecordedV8) expect(golden[name], 'the record is stale: see tests/support/verdict.ts').toBe(v8Verdict(bytes))
    })
  }
}
