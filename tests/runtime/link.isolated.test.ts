// Instantiation without compiled code: imports, exports, segments, link errors.
import { Global } from '#dist/runtime/global.js'
import { Memory } from '#dist/runtime/memory.js'
import { Table } from '#dist/runtime/table.js'
import { EXTERNREF, F64, FUNCREF, I32, I64 } from '#dist/wasm/types.js'
import { describe, expect, test } from 'vitest'
import { World } from './world.js'

const world = new World()
const { store } = world
const nothing = world.host([], [], () => {})

describe('exports', () => {
  test('imports exported again are the same objects', () => {
    const memory = new Memory(store, { min: 1 })
    const table = new Table(store, { element: FUNCREF, min: 1, max: -1 }, null)
    const global = new Global(store, { type: I32, mutable: true }, 5)
    const instance = world.instance(
      `(module (import "" "f" (func)) (import "" "m" (memory 1)) (import "" "t" (table 1 funcref))
        (import "" "g" (global (mut i32)))
        (export "f" (func 0)) (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global 0)))`,
      nothing,
      memory,
      table,
      global,
    )
    expect([...instance.exports.keys()]).toEqual(['f', 'm', 't', 'g'])
    expect(instance.getFunc('f')).toBe(nothing)
    expect(instance.getMemory('m')).toBe(memory)
    expect(instance.getTable('t')).toBe(table)
    expect(instance.getGlobal('g')).toBe(global)
    expect(instance.getFunc('m')).toBe(undefined)
  })

  test('globals: constants, imported values, references', () => {
    const given = new Global(store, { type: I64, mutable: false }, -3n)
    const instance = world.instance(
      `(module (import "" "g" (global i64)) (import "" "f" (func))
        (global (export "a") i32 (i32.const -1)) (global (export "b") i64 (global.get 0))
        (global (export "c") f32 (f32.const 1.5)) (global (export "d") (mut f64) (f64.const -0))
        (global (export "e") funcref (ref.func 0)) (global (export "n") externref (ref.null extern)))`,
      given,
      nothing,
    )
    const value = (name: string): unknown => instance.getGlobal(name)?.value
    expect(['a', 'b', 'c', 'd', 'n'].map(value)).toEqual([-1, -3n, 1.5, -0, null])
    expect(value('e')).toBe(nothing.callable)
  })

  test('segments initialize memories and tables', () => {
    const f = world.host([], [I32], () => 7)
    const instance = world.instance(
      `(module (import "" "f" (func $f (result i32))) (memory (export "m") 1 2) (table (export "t") 4 funcref)
        (data (i32.const 65533) "abc") (elem (i32.const 1) func $f $f))`,
      f,
    )
    const bytes = instance.getMemory('m')?.bytes()
    expect(Array.from(bytes?.subarray(65532) ?? [])).toEqual([0, 97, 98, 99])
    const table = instance.getTable('t')
    expect([0, 1, 2, 3].map((k) => table?.get(k))).toEqual([null, f.callable, f.callable, null])
  })

  test('an imported start function runs', () => {
    let ran = 0
    const start = world.host([], [], () => ran++)
    world.instance('(module (import "" "f" (func)) (start 0))', start)
    expect(ran).toBe(1)
  })
})

describe('link errors', () => {
  const fault = (text: string, ...imports: Parameters<World['instance']>[1][]): (() => unknown) => {
    return () => world.instance(`(module ${text})`, ...imports)
  }
  const memory = new Memory(store, { min: 1, max: 9 })
  const table = new Table(store, { element: FUNCREF, min: 1, max: -1 }, null)
  const global = new Global(store, { type: I32, mutable: true }, 5)

  test.each([
    ['(import "a" "f" (func (param i32)))', nothing, 'imported function does not match the expected type'],
    ['(import "a" "f" (func))', memory, 'function import requires a callable'],
    [
      '(import "a" "f" (memory 5))',
      memory,
      'memory import has 1 pages which is smaller than the declared initial of 5',
    ],
    [
      '(import "a" "f" (memory 1 5))',
      memory,
      "memory import has a larger maximum size 9 than the module's declared maximum 5",
    ],
    [
      '(import "a" "f" (memory 1))',
      new Memory(store, { min: 65536 }),
      'memory import has 65536 pages, which only a module that declares as many can take',
    ],
    ['(import "a" "f" (memory 1))', table, 'memory import must be a WebAssembly.Memory object'],
    ['(import "a" "f" (table 1 5 funcref))', table, 'table import has no maximum limit, expected at most 5'],
    ['(import "a" "f" (table 1 externref))', table, 'imported table does not match the expected type'],
    ['(import "a" "f" (global i32))', global, 'imported global does not match the expected mutability'],
    ['(import "a" "f" (global (mut i64)))', global, 'imported global does not match the expected type'],
  ])('%s', (text, given, message) => {
    expect(fault(text, given)).toThrow(`Import #0 "a" "f": ${message}`)
    expect(fault(text, given)).toThrow(expect.objectContaining({ name: 'LinkError' }))
  })

  test('things of another engine are refused', () => {
    const other = new World().host([], [], () => {})
    expect(fault('(import "a" "f" (func))', other)).toThrow('import belongs to another engine')
  })

  test('segments out of bounds trap; those before them are in effect', () => {
    const shared = new Memory(store, { min: 1 })
    expect(fault('(import "" "m" (memory 1)) (data (i32.const 0) "x") (data (i32.const 65535) "yz")', shared)).toThrow(
      'data segment 1 is out of bounds (offset 65535, length 2, memory size 65536)',
    )
    expect(shared.bytes()[0]).toBe(120)
    expect(shared.bytes()[65535]).toBe(0)
    expect(fault('(table 1 funcref) (func $f) (elem (i32.const 1) $f)')).toThrow('table index is out of bounds')
  })
})

describe('memories', () => {
  test('buffer is one object until the memory grows, detached then', () => {
    const memory = new Memory(store, { min: 1, max: 3 })
    const { buffer } = memory
    expect(memory.buffer).toBe(buffer)
    expect(buffer.byteLength).toBe(65536)
    memory.bytes()[7] = 42
    expect(memory.grow(1)).toBe(1)
    expect(buffer.byteLength).toBe(0)
    expect(memory.buffer.byteLength).toBe(131072)
    expect(memory.bytes()[7]).toBe(42)
    expect(memory.grow(0)).toBe(2)
    expect(memory.grow(2)).toBe(-1)
    expect(memory.pages).toBe(2)
  })

  test('limits come before memory is taken', () => {
    const small = new World({ maxMemoryBytes: 10 * 65536 })
    expect(() => new Memory(small.store, { min: 11 })).toThrow(RangeError)
    const memory = new Memory(small.store, { min: 10 })
    expect(memory.grow(1)).toBe(-1)
    expect(() => small.instance('(module (memory 11))')).toThrow('Out of memory: Cannot allocate Wasm memory')
  })

  test('explicit bounds take small reservations', () => {
    const explicit = new World({ bounds: 'explicit' })
    const memories = Array.from({ length: 100 }, () => new Memory(explicit.store, { min: 1, max: 16 }))
    expect(memories.map((memory) => memory.grow(15))).toEqual(memories.map(() => 1))
    expect(memories[99].grow(1)).toBe(-1)
  })
})

describe('tables', () => {
  test.each([-1, 100])('of references, maximum %i', (max) => {
    const f = world.host([], [I32], () => 1).callable
    const table = new Table(store, { element: FUNCREF, min: 2, max }, f)
    expect([table.get(0), table.get(1)]).toEqual([f, f])
    table.set(1, null)
    expect(table.get(1)).toBe(null)
    expect(() => table.get(2)).toThrow(new RangeError('invalid address 2 in funcref table of size 2'))
    expect(() => table.set(2, null)).toThrow(RangeError)
    expect(() => table.set(0, () => 1)).toThrow(TypeError)
    expect(table.grow(5, f)).toBe(2)
    expect(table.length).toBe(7)
    expect([table.get(1), table.get(2), table.get(6)]).toEqual([null, f, f])
  })

  test('of any values', () => {
    const table = new Table(store, { element: EXTERNREF, min: 3, max: -1 }, undefined)
    const object = {}
    table.set(0, object)
    table.set(1, null)
    expect([table.get(0), table.get(1), table.get(2)]).toEqual([object, null, undefined])
  })

  test('limits', () => {
    const table = new Table(store, { element: FUNCREF, min: 0, max: 2 }, null)
    expect(table.grow(3, null)).toBe(-1)
    expect(table.grow(2, null)).toBe(0)
    const large = new Table(store, { element: FUNCREF, min: 0, max: -1 }, null)
    expect(large.grow(10_000_001, null)).toBe(-1)
    expect(large.grow(1_000_000, null)).toBe(0)
    expect(large.get(999_999)).toBe(null)
  })
})

describe('globals', () => {
  test('conversions and bits', () => {
    const global = new Global(store, { type: F64, mutable: true }, '2.5')
    expect(global.value).toBe(2.5)
    global.setBits(0x7ff4000000000001n)
    expect(global.getBits()).toBe(0x7ff4000000000001n)
    expect(() => new Global(store, { type: I64, mutable: true }, 1)).toThrow(TypeError)
  })
})
