/**
 * Runs a generated module in an engine, given as its `WebAssembly` namespace, and writes down all that a program can
 * observe: results, traps, host calls, memory and globals. Two engines agree when the texts are equal.
 */
import { F32, F64, I32, I64, type ValType } from '../../wasm/types.js'
import type { GeneratedModule } from './generator.js'
import { interestingF64, interestingI32, interestingI64, Random } from './random.js'

/** The part of a `WebAssembly` namespace that is used here. */
export interface Namespace {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
  readonly validate: (bytes: Uint8Array) => boolean
}

/** Fuel of each call. */
export const FUEL = 300
/** Calls of each exported function, with arguments of their own. */
const CALLS = 4

const scratch = new DataView(new ArrayBuffer(8))

function show(value: unknown): string {
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 'nan'
    scratch.setFloat64(0, value)
    return `${value}:${scratch.getBigUint64(0).toString(16)}`
  }
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  return String(value)
}

/** A value of a type, the interesting ones more often. */
export function argument(type: ValType, random: Random): unknown {
  switch (type) {
    case I32:
      return interestingI32(random)
    case I64: {
      const [lo, hi] = interestingI64(random)
      return (BigInt(hi) << 32n) | BigInt(lo >>> 0)
    }
    case F32:
    case F64:
      return interestingF64(random)
    default:
      return null
  }
}

function hash(bytes: Uint8Array): string {
  let h = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i], 0x01000193)
  return (h >>> 0).toString(16)
}

/** A number that crosses the boundary the same way in every engine. */
function finite(x: number): number {
  return Number.isFinite(x) ? x : 0
}

/** A trap's text. V8 14 says of a null entry that it is one, as its predecessors, and we, do not. */
function messageOf(error: Error): string {
  return error.message.replace(/^(null function or )?function signature mismatch$/, 'function signature mismatch')
}

/** What `module` does in the engine `wasm`, call by call. */
export function observe(wasm: Namespace, module: GeneratedModule, seed: number): string[] {
  const log: string[] = []
  const host = {
    h0: (a: number): number => {
      log.push(`h0 ${show(a)}`)
      return (a ^ 0x55) | 0
    },
    h1: (a: bigint, b: number): bigint => {
      log.push(`h1 ${show(a)} ${show(b)}`)
      return a + BigInt(b)
    },
    h2: (a: number, b: number): number => {
      log.push(`h2 ${show(a)} ${show(b)}`)
      return finite(a + b)
    },
    h3: (): unknown[] => [log.length, BigInt(log.length)],
  }
  const instance = new wasm.Instance(new wasm.Module(module.bytes), { host })
  const { exports } = instance
  const random = new Random(seed)
  module.signatures.forEach((signature, i) => {
    for (let call = 0; call < CALLS; call++) {
      const args = signature.params.map((type) => argument(type, random))
      ;(exports['fuel'] as { value: number }).value = FUEL
      let outcome: string
      try {
        outcome = show((exports[`f${i}`] as (...list: unknown[]) => unknown)(...args))
      } catch (error) {
        outcome = error instanceof Error ? `${error.name}: ${messageOf(error)}` : `threw ${String(error)}`
      }
      log.push(`f${i}(${args.map(show).join(', ')}) = ${outcome}`)
    }
  })
  const { buffer } = exports['memory'] as { buffer: ArrayBuffer }
  log.push(`memory ${buffer.byteLength} ${hash(new Uint8Array(buffer))}`)
  for (let i = 0; i < 4; i++) log.push(`g${i} ${show((exports[`g${i}`] as { value: unknown }).value)}`)
  return log
}
