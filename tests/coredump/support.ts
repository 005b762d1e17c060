/** Takes dumps of guests that fail and reads them back. */
import { Engine } from '#dist/runtime/engine.js'
import type { RuntimeError } from '#dist/runtime/errors.js'
import type { EngineOptions } from '#dist/runtime/options.js'
import { Instance, type Extern } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { Coredump, type CoreFrame, type CoreValue } from '#dist/wasm/coredump.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { F32, F64, I32, I64 } from '#dist/wasm/types.js'

/** Options of an engine, by tier. */
export const MODES = {
  baseline: { tier: 'baseline' },
  optimizing: { tier: 'optimizing' },
  /** Every function is optimized as soon as it may be. */
  auto: { tier: 'auto', force: ['optimize'], compileThreads: 0 },
  /** Every loop is left for optimized code in the middle of a call. */
  osr: { tier: 'auto', force: ['osr'], compileThreads: 0 },
  /** Those found at inner loops are left at outer ones. */
  climb: { tier: 'auto', force: ['climb'], compileThreads: 0 },
} as const satisfies Record<string, EngineOptions>

export type Tier = keyof typeof MODES
export const TIERS = Object.keys(MODES) as readonly Tier[]

export function storeOf(tier: Tier): Store {
  return new Store(new Engine(MODES[tier]))
}

/** Whether a dump of a tier says nothing wrong of values: optimized code need not know all. */
export function agrees(tier: Tier, actual: readonly unknown[], expected: readonly unknown[]): boolean {
  if (actual.length !== expected.length) return false
  return actual.every((value, i) => (tier !== 'baseline' && value === undefined) || Object.is(value, expected[i]))
}

export function instantiate(store: Store, source: string | Uint8Array, ...imports: Extern[]): Instance {
  const bytes = typeof source === 'string' ? assemble(source) : source
  return new Instance(store, new Module(store.engine, bytes), imports)
}

/** Calls an export that has to fail. */
export function failure(instance: Instance, name: string, ...args: unknown[]): RuntimeError {
  try {
    instance.getFunc(name)?.callable(...args)
  } catch (error) {
    return error as RuntimeError
  }
  throw new Error(`${name} did not fail`)
}

export function dumpOf(error: RuntimeError): { readonly dump: Coredump; readonly bytes: Uint8Array } {
  const bytes = error.coredump?.()
  if (bytes === undefined) throw new Error('no dump')
  return { dump: Coredump.read(bytes), bytes }
}

const bits = new DataView(new ArrayBuffer(8))

/** A value as JavaScript sees it, undefined when it is missing. */
export function numberOf(value: CoreValue): number | bigint | undefined {
  bits.setUint32(0, value.lo, true)
  bits.setUint32(4, value.hi, true)
  if (value.type === I32) return bits.getInt32(0, true)
  if (value.type === I64) return bits.getBigInt64(0, true)
  if (value.type === F32) return bits.getFloat32(0, true)
  return value.type === F64 ? bits.getFloat64(0, true) : undefined
}

export function localsOf(frame: CoreFrame): (number | bigint | undefined)[] {
  return frame.locals.map(numberOf)
}

export function stackOf(frame: CoreFrame): (number | bigint | undefined)[] {
  return frame.stack.map(numberOf)
}
