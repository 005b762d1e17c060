/**
 * The code of every case of instruction selection does what the interpreter of the intermediate representation does: on structured values,
 * on this CPU and on one without its newer instructions, with guard pages and with explicit bounds.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Engine } from '#dist/runtime/engine.js'
import { trapError } from '#dist/runtime/errors.js'
import { Global } from '#dist/runtime/global.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import type { EngineOptions } from '#dist/runtime/options.js'
import { Store } from '#dist/runtime/store.js'
import { fromBits, toBits } from '#dist/tests/support/ir-machine.js'
import type { CpuFeatures } from '#dist/tiers/compiled.js'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { bitsOfFloat } from '#dist/tiers/optimizing/ir/float-semantics.js'
import { interpret, IrTrap, type InterpreterHost } from '#dist/tiers/optimizing/ir/interpret.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { Ty } from '#dist/tiers/optimizing/ir/types.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { F32, F64, I32, I64, type ValType } from '#dist/wasm/types.js'
import { call } from '../../runtime/world.js'
import { readCases, type Case } from './cases.js'
import { moduleOf, OLD } from './compile.js'

// The compiler's program would not ask the mid-end that this test puts in its place; what is checked is compiled in JavaScript.
vi.stubEnv('WINDLASS_TEST_OPTIMIZER', 'check')

/** Calls of one case. */
const CALLS = 200

const integers = [
  0n, 1n, 2n, 3n, 5n, 7n, 8n, 9n, 31n, 32n, 33n, 63n, 64n, 100n, 127n, 128n, 255n, 256n, 4096n, 32767n, 32768n, 65528n, 65535n, 65536n,
  0x12345678n, 0x7fff_fffen, 0x7fff_ffffn, 0x8000_0000n, 0x8000_0001n, 0xdead_beefn, 0xffff_fffen, 0xffff_ffffn,
] // oxfmt-ignore
const long = [
  ...integers, 0x1_0000_0000n, 0x1_0000_0001n, 0x8000_0000_0000n, 0x0123_4567_89ab_cdefn, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n,
  0xffff_ffff_0000_0000n, 0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_fff8n, 0xffff_ffff_ffff_ffffn,
] // oxfmt-ignore
const floats = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, 255.9, 65535.5, 1e9, 2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 4294967296,
  9.2e18, 9.3e18, -9.3e18, 1.8e19, 1.9e19, 1e30, 1e-40, 5e-324, 1.7e308, Infinity, -Infinity, NaN,
] // oxfmt-ignore

const types: Record<string, ValType> = { i32: I32, i64: I64, f32: F32, f64: F64 }

function valuesOf(type: ValType): readonly unknown[] {
  if (type === I32) return integers.map((bits) => Number(BigInt.asIntN(32, bits)))
  if (type === I64) return long.map((bits) => BigInt.asIntN(64, bits))
  return type === F32 ? floats.map(Math.fround) : floats
}

/** Tuples of arguments: all of them, or some of each in steps that have no common factor with the counts. */
function* argumentsOf(params: readonly ValType[]): Generator<unknown[]> {
  const lists = params.map(valuesOf)
  const all = lists.reduce((count, list) => count * list.length, 1)
  const step = all <= CALLS ? 1 : Math.floor(all / CALLS) | 1
  for (let i = 0; i < all; i += step) {
    let rest = i
    yield lists.map((list) => {
      const value = list[rest % list.length]
      rest = Math.floor(rest / list.length)
      return value
    })
  }
}

/** The first 512 bytes of a memory, as every call finds them. */
const pattern = Uint8Array.from({ length: 512 }, (_, i) => (i * 37 + 11) ^ (i >> 3))

/** Result of a call as text; the text of a trap. NaNs are all the same. */
function outcome(body: () => unknown): string {
  try {
    const value = body()
    return Object.is(value, -0) ? '-0' : String(value)
  } catch (error) {
    return (error as Error).message
  }
}

function reset(memory: Uint8Array): void {
  memory.fill(0)
  memory.set(pattern)
}

/** What the interpreter sees: the module of compile.ts. */
class Host implements Partial<InterpreterHost> {
  readonly bytes = new Uint8Array(65536)
  readonly globals = [5n, 7n, bitsOfFloat(1.5, Ty.F64)]
  memory(): Uint8Array {
    return this.bytes
  }
  globalGet(index: number): bigint {
    return this.globals[index]
  }
  globalSet(index: number, bits: bigint): void {
    this.globals[index] = bits
  }
}

/** Calls of a case whose code does something else than the interpreter. */
function differences(engine: Engine, each: Case): string[] {
  const params = each.params.map((name) => types[name])
  const results = each.results.map((name) => types[name])
  // The compiler's mid-end gives the function of the case instead of that of the module.
  vi.spyOn(MidEnd.prototype, 'run').mockImplementation((f) => {
    Object.assign(f, parseFunction(each.text))
  })
  const store = new Store(engine)
  const module = new Module(engine, assemble(moduleOf(each)))
  const instance = new Instance(store, module, [new Global(store, { type: I64, mutable: true }, 5n)])
  const machine = call(instance, 'f')
  const memory = instance.getMemory('m')?.bytes() ?? new Uint8Array()
  const host = new Host()
  const f = parseFunction(each.text)
  const wrong: string[] = []
  const stores = each.text.includes('store')
  reset(memory)
  reset(host.bytes)
  for (const args of argumentsOf(params)) {
    if (stores) reset(memory)
    if (stores) reset(host.bytes)
    const bits = args.map((value, i) => toBits(value, params[i]))
    const expected = outcome(() => {
      try {
        const values = interpret(f, bits, host as unknown as InterpreterHost)
        return results.length > 0 ? fromBits(values[0], results[0]) : undefined
      } catch (error) {
        throw error instanceof IrTrap ? trapError(error.code) : error
      }
    })
    const actual = outcome(() => machine(...args))
    if (stores && Buffer.compare(memory, host.bytes) !== 0) wrong.push(`${each.title} (${args.join(', ')}): memory`)
    if (actual !== expected) wrong.push(`${each.title} (${args.join(', ')}): ${actual}, not ${expected}`)
  }
  return wrong.slice(0, 3)
}

afterEach(() => {
  vi.restoreAllMocks()
})

function engineWith(options: EngineOptions, features: Partial<CpuFeatures> = {}): Engine {
  const engine = new Engine({ tier: 'optimizing', ...options })
  Object.defineProperty(engine, 'features', { value: { ...engine.features, ...features } })
  return engine
}

describe.each([
  ['this CPU', engineWith({})],
  ['this CPU, checked', engineWith({ checked: true })],
  ['an old CPU', engineWith({}, OLD)],
  ['explicit bounds', engineWith({ bounds: 'explicit' })],
])('%s', (_, engine) => {
  it.each(readCases())('$name', ({ cases }) => {
    expect(cases.flatMap((each) => differences(engine, each))).toEqual([])
  })
})
