// The stubs and call wrappers by themselves: a host function called through its own function object goes through the
// entry stub and the host stub of its signature, and both conversions, without any compiled code.
import { execFileSync } from 'node:child_process'
import { Engine } from '#dist/runtime/engine.js'
import { Func, type HostCallback } from '#dist/runtime/func.js'
import { Store } from '#dist/runtime/store.js'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, type FuncType, type ValType } from '#dist/wasm/types.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const store = new Store(new Engine())

function type(params: readonly ValType[], results: readonly ValType[]): FuncType {
  return { kind: 'func', params, results }
}

function host(params: readonly ValType[], results: readonly ValType[], fn: HostCallback): Func {
  return Func.host(store, type(params, results), fn)
}

/** A value of a type that survives the way there and back unchanged. */
function valueOf(valType: ValType): fc.Arbitrary<unknown> {
  if (valType === I32) return fc.integer()
  if (valType === I64) return fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)
  if (valType === F32) return fc.float()
  if (valType === F64) return fc.double()
  return fc.anything()
}

const valType = fc.constantFrom(I32, I64, F32, F64, EXTERNREF)
const signature = fc.record({
  params: fc.array(valType, { maxLength: 30 }),
  results: fc.array(valType, { maxLength: 30 }),
})

describe('signatures', () => {
  test('every argument and result arrives, in registers and on the stack', () => {
    fc.assert(
      fc.property(
        signature.chain(({ params, results }) =>
          fc.record({
            params: fc.constant(params),
            results: fc.constant(results),
            args: fc.tuple(...params.map(valueOf)),
            values: fc.tuple(...results.map(valueOf)),
          }),
        ),
        ({ params, results, args, values }) => {
          let seen: unknown[] = []
          const func = host(params, results, (...got: never[]) => {
            seen = got
            return values.length > 1 ? values : values[0]
          })
          const returned = func.callable(...args)
          expect(seen).toEqual(args)
          expect(returned).toEqual(values.length > 1 ? values : values[0])
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a thousand parameters and results', () => {
    const types = Array.from({ length: 1000 }, (_, k) => [I32, F64, I64, F32][k % 4])
    const values = types.map((each, k) => (each === I64 ? BigInt(k) : k))
    const func = host(types, types, (...got: never[]) => got)
    expect(func.callable(...values)).toEqual(values)
  })

  test('exact bits go through callRaw', () => {
    const func = Func.raw(store, type([F32, F64, I64, I32], [F64, F32, I32, I64]), ({ u64 }) => {
      const [a, b, c, d] = [u64[0], u64[1], u64[2], u64[3]]
      u64[0] = b
      u64[1] = a
      u64[2] = d
      u64[3] = c
    })
    // Signalling NaNs with payloads.
    expect(func.callRaw([0xffa00001n, 0xfff4000000000001n, 2n ** 64n - 1n, 0xffffffffn])).toEqual([
      0xfff4000000000001n,
      0xffa00001n,
      0xffffffffn,
      2n ** 64n - 1n,
    ])
  })
})

describe('conversions', () => {
  const identity = (valType: ValType): ((...args: unknown[]) => unknown) =>
    host([valType], [valType], (value: never) => value).callable

  test('numbers wrap and round', () => {
    expect(identity(I32)(2 ** 32 + 5)).toBe(5)
    expect(identity(I32)('0x10')).toBe(16)
    expect(identity(I32)(undefined)).toBe(0)
    expect(identity(I64)(2n ** 64n + 1n)).toBe(1n)
    expect(identity(F32)(0.1)).toBe(Math.fround(0.1))
    expect(identity(F64)({ valueOf: () => 1.5 })).toBe(1.5)
  })

  test('V8 messages', () => {
    expect(() => identity(I32)(1n)).toThrow(new TypeError('Cannot convert a BigInt value to a number'))
    expect(() => identity(F64)(1n)).toThrow(new TypeError('Cannot convert a BigInt value to a number'))
    expect(() => identity(I64)(1)).toThrow(new TypeError('Cannot convert 1 to a BigInt'))
    expect(() => identity(I64)(undefined)).toThrow(new TypeError('Cannot convert undefined to a BigInt'))
    expect(() => identity(FUNCREF)(() => 1)).toThrow(TypeError)
    expect(() => host([], [I32, I32], () => 1).callable()).toThrow('number 1 is not iterable')
    expect(() => host([], [I32, I32], () => [1]).callable()).toThrow('multi-return length mismatch')
  })

  test('a conversion that calls into the guest does not disturb the arguments before it', () => {
    const inner = host([I32], [I32], (a: number) => a).callable
    const outer = host([I32, I32], [I32], (a: number, b: number) => a * 10 + b).callable
    expect(outer(4, { valueOf: () => inner(2) })).toBe(42)
  })

  test('references keep their identity', () => {
    const object = {}
    expect(identity(EXTERNREF)(object)).toBe(object)
    expect(identity(EXTERNREF)(null)).toBe(null)
    expect(identity(EXTERNREF)(undefined)).toBe(undefined)
    const callable = identity(I32)
    expect(identity(FUNCREF)(callable)).toBe(callable)
    expect(identity(FUNCREF)(null)).toBe(null)
  })
})

describe('function objects', () => {
  test('one object a function, with name and length, no constructor', () => {
    const func = host([I32, I32, I32], [], () => {})
    expect(func.callable).toBe(func.callable)
    expect(Func.of(func.callable)).toBe(func)
    expect(Func.of(() => 1)).toBe(undefined)
    expect(func.callable.length).toBe(3)
    expect('prototype' in func.callable).toBe(false)
    expect(() => Reflect.construct(func.callable, [])).toThrow(TypeError)
  })
})

describe('nesting and unwinding', () => {
  test('a host exception passes through with its identity, and the stack is whole again', () => {
    const error = new Error('mine')
    const throws = host([], [], () => {
      throw error
    })
    const middle = host([], [], () => throws.callable())
    for (let i = 0; i < 10_000; i++) {
      try {
        middle.callable()
        expect.unreachable()
      } catch (caught) {
        expect(caught).toBe(error)
      }
    }
  })

  test('recursion through the boundary', () => {
    const sum: Func = host([I32], [I32], (n: number) => (n === 0 ? 0 : n + Number(sum.callable(n - 1))))
    expect(sum.callable(500)).toBe((500 * 501) / 2)
  })

  test('endless recursion through the boundary is a RangeError, again and again', () => {
    const endless: Func = host([], [], () => endless.callable())
    for (let i = 0; i < 5; i++) {
      expect(() => endless.callable()).toThrow(new RangeError('Maximum call stack size exceeded'))
    }
    expect(host([I32], [I32], (a: number) => a).callable(7)).toBe(7)
  })

  test('an error below a caught overflow leaves outer calls intact', () => {
    let depth = 0
    const endless: Func = host([], [], () => {
      depth++
      endless.callable()
    })
    const outer = host([], [I32], () => {
      try {
        endless.callable()
      } catch {
        return depth
      }
      return -1
    })
    expect(outer.callable()).toBeGreaterThan(100)
  })
})

describe('suspension', () => {
  const wait = Func.suspending(store, type([I32], [I32]), async (a: number) => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    return a + 1
  })

  test('a promising call returns a promise of its result', async () => {
    await expect(wait.promising()(41)).resolves.toBe(42)
  })

  test('several calls wait at once', async () => {
    const calls = Array.from({ length: 50 }, (_, k) => wait.promising()(k))
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, (_, k) => k + 1))
  })

  test('a result that is no promise does not suspend', async () => {
    const sync = Func.suspending(store, type([], [I32]), () => 5)
    expect(sync.callable()).toBe(5)
    await expect(sync.promising()()).resolves.toBe(5)
  })

  test('a rejection comes out as rejection', async () => {
    const error = new Error('no')
    const rejects = Func.suspending(store, type([], []), () => Promise.reject(error))
    await expect(rejects.promising()()).rejects.toBe(error)
  })

  test('SuspendError outside of a promising call and with JavaScript between', async () => {
    expect(() => wait.callable(1)).toThrow('trying to suspend without WebAssembly.promising')
    const between = host([], [I32], () => wait.callable(1))
    await expect(between.promising()()).rejects.toThrow('trying to suspend JS frames')
    await expect(between.promising()()).rejects.toHaveProperty('name', 'SuspendError')
  })
})

test('works without generating code from strings', () => {
  const program = `
    const at = (name) => import(${JSON.stringify(new URL('../../dist/runtime/', import.meta.url).href)} + name + '.js')
    const [{ Engine }, { Store }, { Func }] = await Promise.all([at('engine'), at('store'), at('func')])
    const type = { kind: 'func', params: [0x7f, 0x7e, 0x7c], results: [0x7c, 0x7e] }
    const error = new Error('mine')
    const func = Func.host(new Store(new Engine()), type, (a, b, c) => { if (a < 0) throw error; return [a + c, b] })
    const { callable } = func
    let same = false
    try { callable(-1, 0n, 0) } catch (caught) { same = caught === error }
    console.log(JSON.stringify([callable(1, -2n, 0.5).map(String), callable.length, callable.name, same]))`
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program]
  const output = execFileSync(process.execPath, flags, { encoding: 'utf8' })
  expect(JSON.parse(output)).toEqual([['1.5', '-2'], 3, '0', true])
})
