// The official suite on translated code: every `assert_return` and `assert_trap` of modules that import functions at
// most (the test machine links nothing else). What a function computes is compared bit by bit.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { IrTrap } from '#dist/tiers/optimizing/ir/interpret.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { readScript, type WastConst, type WastPattern } from '#dist/wasm/text/wast.js'
import { ExternKind, F32 } from '#dist/wasm/types.js'
import { TRAP_MESSAGES } from '#dist/runtime/errors.js'
import { IrInstance, IrModule } from '#dist/tests/support/ir-machine.js'

const root = path.resolve(import.meta.dirname, '../../..')
const folder = path.join(process.env['WINDLASS_SPEC'] ?? path.resolve(root, '../shared/spec'), 'core-2.0')
/** Recursion without end is the host's matter here; the others share tables between modules. */
const SKIPPED = new Set(['skip-stack-guard-page.wast', 'imports.wast', 'linking.wast', 'elem.wast'])
const scripts = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.wast') && !SKIPPED.has(name))
  : []

const HOST_REFERENCE = 1_000_000n

function bits(value: WastConst): bigint {
  if (value.kind === 'number') return (BigInt(value.hi >>> 0) << 32n) | BigInt(value.lo >>> 0)
  return value.kind === 'ref.extern' && value.value !== undefined ? HOST_REFERENCE + BigInt(value.value) : 0n
}

function matches(actual: bigint, pattern: WastPattern): boolean {
  switch (pattern.kind) {
    case 'nan': {
      const magnitude = pattern.type === F32 ? actual & 0x7fffffffn : actual & 0x7fffffffffffffffn
      return magnitude === (pattern.type === F32 ? 0x7fc00000n : 0x7ff8000000000000n)
    }
    case 'either':
      return pattern.patterns.some((one) => matches(actual, one))
    case 'number':
    case 'ref.null':
      return actual === bits(pattern)
    case 'ref.extern':
      return pattern.value === undefined ? actual !== 0n : actual === bits(pattern)
    default:
      return actual !== 0n
  }
}

function instantiate(bytes: Uint8Array): IrInstance | undefined {
  const { imports } = decodeModule(bytes)
  if (imports.some((one) => one.desc.kind !== ExternKind.Func || one.module !== 'spectest')) return undefined
  const functions = Object.fromEntries(imports.map((one) => [one.name, () => undefined]))
  return new IrInstance(new IrModule(bytes), { spectest: functions })
}

function run(source: string): { readonly passed: number; readonly failures: readonly string[] } {
  const failures: string[] = []
  const named = new Map<string, IrInstance | undefined>()
  let latest: IrInstance | undefined
  let passed = 0
  for (const command of readScript(source)) {
    if (command.type === 'module') {
      latest = instantiate(command.module.encode())
      if (command.module.id !== undefined) named.set(command.module.id, latest)
      continue
    }
    if (!('action' in command) || command.action.kind !== 'invoke') continue
    const { action } = command
    const instance = action.module === undefined ? latest : named.get(action.module)
    if (instance === undefined || command.type === 'assert_exhaustion') continue
    let outcome: readonly bigint[] | string
    try {
      outcome = instance.invoke(action.name, action.args.map(bits))
    } catch (error) {
      if (!(error instanceof IrTrap)) throw error
      outcome = TRAP_MESSAGES[error.code]
    }
    const fits =
      command.type === 'assert_return'
        ? typeof outcome !== 'string' && command.expected.every((one, i) => matches((outcome as bigint[])[i], one))
        : (typeof outcome === 'string') === (command.type === 'assert_trap')
    if (fits) passed++
    else failures.push(`line ${command.line}: ${action.name} gives ${String(outcome)}`)
  }
  return { passed, failures }
}

describe('core 2.0 on translated code', () => {
  it('has its scripts, or nothing to run', () => {
    expect(existsSync(folder)).toBe(scripts.length > 0)
  })
  for (const name of scripts) {
    it(name, () => {
      expect(run(readFileSync(path.join(folder, name), 'utf8')).failures).toEqual([])
    })
  }
})
