// Compiled code in the runtime: calls in all directions, traps, the stack, tables and memories shared between instances.
import { execFileSync } from 'node:child_process'
import { addon, contextAddress } from '#dist/runtime/context.js'
import { Func } from '#dist/runtime/func.js'
import { Instance } from '#dist/runtime/instance.js'
import { Memory } from '#dist/runtime/memory.js'
import { ModuleStream } from '#dist/runtime/module.js'
import { Table } from '#dist/runtime/table.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { F64, FUNCREF, I32, I64 } from '#dist/wasm/types.js'
import { describe, expect, test } from 'vitest'
import { World, call } from './world.js'

const world = new World()
const { store } = world

/** What a call throws. */
function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const FIB = `(module
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`

describe('ways of compiling', () => {
  test('lazy, eager and streamed code give the same results', () => {
    const lazy = new World({ compile: 'lazy' })
    const eager = new World({ compile: 'eager' })
    expect(call(lazy.instance(FIB), 'fib')(20)).toBe(6765)
    expect(call(eager.instance(FIB), 'fib')(20)).toBe(6765)
    const bytes = assemble(FIB)
    for (const world of [lazy, eager]) {
      for (const size of [1, 7, 4096]) {
        const stream = new ModuleStream(world.store.engine)
        for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size))
        const module = stream.finish()
        expect(module.bytes).toEqual(bytes)
        expect(call(new Instance(world.store, module, []), 'fib')(15)).toBe(610)
      }
    }
  })

  test('a function is compiled when it is first called, or by compileAll', () => {
    const lazy = new World({ compile: 'lazy' })
    const module = lazy.module('(module (func (export "a") (call 1)) (func) (func (export "c")))')
    const instance = new Instance(lazy.store, module, [])
    expect(module.stats().compiled).toBe(0)
    call(instance, 'a')()
    expect(module.stats().compiled).toBe(2)
    const progress: number[][] = []
    module.compileAll((done, total) => progress.push([done, total]))
    expect(module.stats().compiled).toBe(3)
    expect(progress).toEqual([[3, 3]])
    expect(module.stats().codeBytes).toBeGreaterThan(0)
  })

  test('a lazy call keeps every argument register', () => {
    const params = 'i32 i64 f32 f64 i64 f64 i32 f32 f64 f64 f64 f64 i64 i64 i32 f64'
    const types = params.split(' ')
    const gets = types.map((_, k) => `(local.get ${k})`).join(' ')
    const sum = types
      .map((type, k) => {
        const get = `(local.get ${k})`
        if (type === 'i64') return `(f64.convert_i64_s ${get})`
        if (type === 'i32') return `(f64.convert_i32_s ${get})`
        return type === 'f32' ? `(f64.promote_f32 ${get})` : get
      })
      .reduce((a, b) => `(f64.add ${a} ${b})`)
    const instance = world.instance(`(module
      (func (export "f") (param ${params}) (result f64) (call 1 ${gets}))
      (func (param ${params}) (result f64) ${sum}))`)
    const args = types.map((type, k) => (type === 'i64' ? BigInt(2 ** k) : 2 ** k))
    expect(call(instance, 'f')(...args)).toBe(2 ** types.length - 1)
  })
})

describe('traps', () => {
  const instance = world.instance(`(module $traps
    (memory (export "m") 1 3) (table 2 funcref) (type $v (func)) (elem (i32.const 0) $takes)
    (func $takes (param i32))
    (func (export "unreachable") unreachable)
    (func (export "div_s") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "rem_u") (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1)))
    (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
    (func (export "load") (param i32) (result i64) (i64.load offset=4294967295 (local.get 0)))
    (func (export "store") (param i32) (i32.store (local.get 0) (i32.const 1)))
    (func (export "indirect") (param i32) (call_indirect (type $v) (local.get 0)))
    (func (export "copy") (param i32) (memory.copy (local.get 0) (i32.const 0) (i32.const 100)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "ok") (result i32) (i32.const 42)))`)

  test.each([
    ['unreachable', [], 'unreachable'],
    ['div_s', [1, 0], 'divide by zero'],
    ['div_s', [-(2 ** 31), -1], 'divide result unrepresentable'],
    ['rem_u', [1n, 0n], 'remainder by zero'],
    ['trunc', [1e10], 'float unrepresentable in integer range'],
    ['trunc', [Number.NaN], 'float unrepresentable in integer range'],
    ['load', [0], 'memory access out of bounds'],
    ['load', [-1], 'memory access out of bounds'],
    ['store', [65533], 'memory access out of bounds'],
    ['indirect', [0], 'null function or function signature mismatch'],
    ['indirect', [1], 'null function or function signature mismatch'],
    ['indirect', [2], 'table index is out of bounds'],
    ['copy', [65500], 'memory access out of bounds'],
  ])('%s%o: %s', (name, args, message) => {
    const error = thrown(() => call(instance, name)(...args))
    expect(error).toMatchObject({ name: 'RuntimeError', message })
    expect(call(instance, 'ok')()).toBe(42)
  })

  test('guest growth is seen by guest and host', () => {
    const memory = instance.getMemory('m')
    const before = memory?.buffer
    expect(thrown(() => call(instance, 'store')(70_000))).toMatchObject({ message: 'memory access out of bounds' })
    expect(call(instance, 'grow')(1)).toBe(1)
    expect(before?.byteLength).toBe(0)
    call(instance, 'store')(70_000)
    expect(memory?.bytes()[70_000]).toBe(1)
    expect(call(instance, 'grow')(5)).toBe(-1)
    expect(call(instance, 'grow')(-1)).toBe(-1)
  })

  test('explicit bounds trap alike', () => {
    const explicit = new World({ bounds: 'explicit' }).instance(`(module (memory 1)
      (func (export "load") (param i32) (result i32) (i32.load offset=8 (local.get 0))))`)
    expect(call(explicit, 'load')(65536 - 12)).toBe(0)
    for (const at of [65536 - 11, 65536, -1, -8]) {
      expect(thrown(() => call(explicit, 'load')(at))).toMatchObject({ message: 'memory access out of bounds' })
    }
  })

  test('the backtrace has wasm frames in their places', () => {
    const outer = world.host([], [], function throwing() {
      call(trapping, 'inner')()
    })
    const trapping = world.instance(
      `(module $m (import "" "host" (func $host))
        (func $start (export "start") (call $middle)) (func $middle (call $host))
        (func $inner (export "inner") (call $deep)) (func $deep unreachable))`,
      outer,
    )
    const error = thrown(() => call(trapping, 'start')()) as Error & { frames: { funcIndex: number }[] }
    expect(error.frames.map((frame) => frame.funcIndex)).toEqual([4, 3, 2, 1])
    const places = (error.stack ?? '').match(/wasm-function\[\d+\]:0x[0-9a-f]+|throwing/g)
    expect(places?.map((place) => place.replace(/:.*/, ''))).toEqual([
      'wasm-function[4]',
      'wasm-function[3]',
      'throwing',
      'wasm-function[2]',
      'wasm-function[1]',
    ])
    expect(error.stack).not.toContain('dist/runtime')
  })
})

describe('calls', () => {
  test('several results, references, i64', () => {
    const instance = world.instance(`(module
      (func (export "swap") (param i32 i64 externref f64) (result f64 externref i64 i32)
        (local.get 3) (local.get 2) (local.get 1) (local.get 0)))`)
    const object = {}
    expect(call(instance, 'swap')(1, -2n, object, 0.5)).toEqual([0.5, object, -2n, 1])
  })

  test('imports are called with arguments on the stack and give several results', () => {
    const types = Array.from({ length: 20 }, (_, k) => [I32, F64, I64][k % 3])
    const names = types.map((type) => ({ [I32]: 'i32', [F64]: 'f64', [I64]: 'i64' })[type]).join(' ')
    const reverse = world.host(types, types.toReversed(), (...args: never[]) => args.toReversed())
    const instance = world.instance(
      `(module (import "" "f" (func $f (param ${names}) (result ${names.split(' ').toReversed().join(' ')})))
        (func (export "g") (param ${names}) (result ${names.split(' ').toReversed().join(' ')})
          ${types.map((_, k) => `(local.get ${k})`).join(' ')} (call $f)))`,
      reverse,
    )
    const args = types.map((type, k) => (type === I64 ? BigInt(k) : k))
    expect(call(instance, 'g')(...args)).toEqual(args.toReversed())
  })

  test('an instance calls another one directly, with its own memory', () => {
    const exporter = world.instance(`(module (memory (export "m") 1) (data (i32.const 0) "\\2a")
      (func (export "get") (result i32) (i32.load8_u (i32.const 0))))`)
    const get = exporter.getFunc('get')
    if (get === undefined) throw new Error('no get')
    const importer = world.instance(
      `(module (import "" "get" (func $get (result i32))) (memory 1) (data (i32.const 0) "\\07")
        (export "again" (func $get))
        (func (export "both") (result i32)
          (i32.add (i32.mul (call $get) (i32.const 100)) (i32.load8_u (i32.const 0)))))`,
      get,
    )
    expect(call(importer, 'both')()).toBe(4207)
    expect(call(importer, 'again')).toBe(get.callable)
  })

  test('call_indirect through a table shared by two instances and the host', () => {
    const table = new Table(store, { element: FUNCREF, min: 4, max: -1 }, null)
    const body = (value: number): string => `(module (import "" "t" (table 4 funcref)) (memory 1)
      (type $r (func (result i32)))
      (func (export "f") (type $r) (i32.store (i32.const 0) (i32.const ${value})) (i32.load (i32.const 0)))
      (func (export "call") (param i32) (result i32) (call_indirect (type $r) (local.get 0))
        (i32.add (i32.load (i32.const 0))))
      (elem (i32.const ${value}) 0))`
    const one = world.instance(body(1), table)
    const two = world.instance(body(2), table)
    table.set(3, world.host([], [I32], () => 1000).callable)
    // The callee's value plus what lies in the caller's own memory.
    expect(call(one, 'call')(2)).toBe(2)
    expect(call(one, 'call')(1)).toBe(2)
    expect(call(one, 'call')(2)).toBe(3)
    expect(call(two, 'call')(1)).toBe(3)
    expect(call(two, 'call')(3)).toBe(1002)
    expect(table.get(1)).toBe(call(one, 'f'))
    expect(thrown(() => call(one, 'call')(0))).toMatchObject({
      message: 'null function or function signature mismatch',
    })
  })

  test('table instructions', () => {
    const instance = world.instance(`(module (table $t (export "t") 3 funcref) (table $x (export "x") 2 externref)
      (elem $e func $f $g) (func $f (export "f")) (func $g (export "g"))
      (func (export "init") (param i32 i32 i32)
        (table.init $t $e (local.get 0) (local.get 1) (local.get 2)))
      (func (export "drop") (elem.drop $e))
      (func (export "fill") (param i32 externref i32) (table.fill $x (local.get 0) (local.get 1) (local.get 2)))
      (func (export "grow") (param externref i32) (result i32) (table.grow $x (local.get 0) (local.get 1)))
      (func (export "copy") (param i32 i32 i32) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
      (func (export "get") (param i32) (result funcref) (table.get $t (local.get 0)))
      (func (export "set") (param i32 funcref) (table.set $t (local.get 0) (local.get 1)))
      (func (export "size") (result i32) (table.size $x)))`)
    const f = call(instance, 'f')
    const g = call(instance, 'g')
    const table = instance.getTable('t')
    const all = (): unknown[] => [0, 1, 2].map((k) => table?.get(k))
    call(instance, 'init')(1, 0, 2)
    expect(all()).toEqual([null, f, g])
    call(instance, 'copy')(0, 1, 2)
    expect(all()).toEqual([f, g, g])
    call(instance, 'copy')(1, 0, 2)
    expect(all()).toEqual([f, f, g])
    expect(call(instance, 'get')(2)).toBe(g)
    call(instance, 'set')(2, null)
    expect(all()).toEqual([f, f, null])
    expect(thrown(() => call(instance, 'set')(3, null))).toMatchObject({ message: 'table index is out of bounds' })
    expect(thrown(() => call(instance, 'init')(2, 0, 2))).toMatchObject({ message: 'table index is out of bounds' })
    call(instance, 'drop')()
    expect(thrown(() => call(instance, 'init')(0, 0, 1))).toMatchObject({ message: 'table index is out of bounds' })
    expect(call(instance, 'grow')('new', 3)).toBe(2)
    expect(call(instance, 'size')()).toBe(5)
    call(instance, 'fill')(0, 'old', 2)
    const values = instance.getTable('x')
    expect([0, 1, 2, 3, 4].map((k) => values?.get(k))).toEqual(['old', 'old', 'new', 'new', 'new'])
  })

  test('memory and data instructions', () => {
    const instance = world.instance(`(module (memory (export "m") 1) (data $d "hello")
      (func (export "init") (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
      (func (export "drop") (data.drop $d))
      (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
      (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2))))`)
    const text = (from: number, to: number): string =>
      new TextDecoder().decode(instance.getMemory('m')?.bytes().subarray(from, to))
    call(instance, 'init')(10, 0, 5)
    expect(text(10, 15)).toBe('hello')
    call(instance, 'copy')(12, 10, 5)
    expect(text(10, 17)).toBe('hehello')
    call(instance, 'fill')(10, 120, 2)
    expect(text(10, 17)).toBe('xxhello')
    expect(thrown(() => call(instance, 'init')(65534, 0, 5))).toMatchObject({ message: 'memory access out of bounds' })
    call(instance, 'drop')()
    call(instance, 'init')(0, 0, 0)
    expect(thrown(() => call(instance, 'init')(0, 0, 1))).toMatchObject({ message: 'memory access out of bounds' })
  })
})

describe('host and guest', () => {
  test('host exceptions pass through with their identity', () => {
    const error = { not: 'even an Error' }
    const fails = world.host([], [], () => {
      throw error
    })
    const instance = world.instance(
      `(module (import "" "f" (func $f)) (func (export "g") (call $h)) (func $h (call $f))
        (func (export "ok") (result i32) (i32.const 1)))`,
      fails,
    )
    for (let i = 0; i < 1000; i++) expect(thrown(() => call(instance, 'g')())).toBe(error)
    expect(call(instance, 'ok')()).toBe(1)
  })

  test('deep recursion is a RangeError; with a host import at the bottom too', () => {
    const host = world.host([I32], [I32], (n: number) => n)
    const instance = world.instance(
      `(module (import "" "host" (func $host (param i32) (result i32)))
        (func $endless (export "endless") (call $endless))
        (func $down (export "down") (param i32) (result i32)
          (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
            (else (call $host (i32.const 0)))))
        (func $hosted (export "hosted") (drop (call $host (i32.const 1))) (call $hosted)))`,
      host,
    )
    const overflow = { name: 'RangeError', message: 'Maximum call stack size exceeded' }
    for (let i = 0; i < 3; i++) {
      expect(thrown(() => call(instance, 'endless')())).toMatchObject(overflow)
      expect(thrown(() => call(instance, 'hosted')())).toMatchObject(overflow)
      expect(thrown(() => call(instance, 'down')(10_000_000))).toMatchObject(overflow)
      expect(call(instance, 'down')(1000)).toBe(1000)
    }
  })

  test('recursion from guest to host to guest is a RangeError', () => {
    let depth = 0
    const back: Func = world.host([], [], () => {
      depth++
      call(instance, 'go')()
    })
    const instance: Instance = world.instance(
      '(module (import "" "back" (func $back)) (func (export "go") (call $back)))',
      back,
    )
    for (let i = 0; i < 3; i++) {
      depth = 0
      expect(thrown(() => call(instance, 'go')())).toMatchObject({ message: 'Maximum call stack size exceeded' })
      expect(depth).toBeGreaterThan(100)
    }
  })

  test('a larger guest stack goes deeper', () => {
    const depth = (world: World): number => {
      const instance = world.instance(`(module (global $n (export "n") (mut i32) (i32.const 0))
        (func $f (export "f") (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $f)))`)
      expect(() => call(instance, 'f')()).toThrow(RangeError)
      return Number(instance.getGlobal('n')?.value)
    }
    const small = depth(new World({ maxWasmStack: 128 << 10 }))
    const large = depth(new World({ maxWasmStack: 1024 << 10 }))
    expect(large).toBeGreaterThan(small * 4)
    void new World()
  })

  test('a raw host function reads and writes cells', () => {
    const raw = Func.raw(store, { kind: 'func', params: [I32, I64], results: [I64] }, ({ i32, i64 }) => {
      i64[0] = i64[1] + BigInt(i32[0])
    })
    const instance = world.instance(
      `(module (import "" "f" (func $f (param i32 i64) (result i64)))
        (func (export "g") (param i32 i64) (result i64) (call $f (local.get 0) (local.get 1))))`,
      raw,
    )
    expect(call(instance, 'g')(-5, 2n ** 40n)).toBe(2n ** 40n - 5n)
  })

  test('a memory made by the host', () => {
    const memory = new Memory(store, { min: 1, max: 4 })
    const instance = world.instance(
      `(module (import "" "m" (memory 1 4))
        (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "size") (result i32) (memory.size)))`,
      memory,
    )
    memory.bytes()[9] = 99
    expect(call(instance, 'peek')(9)).toBe(99)
    memory.grow(2)
    memory.bytes()[150_000] = 98
    expect(call(instance, 'peek')(150_000)).toBe(98)
    expect(call(instance, 'size')()).toBe(3)
  })
})

describe('suspension', () => {
  test('the guest waits for a promise in the middle of its work', async () => {
    const later = Func.suspending(store, { kind: 'func', params: [I32], results: [I32] }, async (n: number) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return n * 2
    })
    const instance = world.instance(
      `(module (import "" "later" (func $later (param i32) (result i32)))
        (func (export "sum") (param $n i32) (result i32) (local $s i32)
          (loop $l
            (local.set $s (i32.add (local.get $s) (call $later (local.get $n))))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.get $s)))`,
      later,
    )
    const sum = instance.getFunc('sum')?.promising()
    expect(await Promise.all([sum?.(3), sum?.(10), sum?.(1)])).toEqual([12, 110, 2])
    expect(thrown(() => call(instance, 'sum')(1))).toMatchObject({ name: 'SuspendError' })
  })
})

describe('interruption', () => {
  test('a deadline ends an endless loop, and the instance goes on', () => {
    const instance = world.instance(`(module
      (func (export "endless") (loop $l (br $l)))
      (func (export "count") (param i64) (result i64) (local $i i64) (local $x f64)
        (loop $l
          (local.set $i (i64.add (local.get $i) (i64.const 1)))
          (local.set $x (f64.add (local.get $x) (f64.const 0.5)))
          (br_if $l (i64.lt_u (local.get $i) (local.get 0))))
        (i64.add (local.get $i) (i64.trunc_f64_s (local.get $x)))))`)
    const cancel = store.deadline(20)
    expect(thrown(() => call(instance, 'endless')())).toMatchObject({ message: 'wasm trap: interrupt' })
    expect(thrown(() => call(instance, 'endless')())).toMatchObject({ message: 'wasm trap: interrupt' })
    cancel()
    // Timers that were called off or are not due mean nothing.
    const cancels = Array.from({ length: 50 }, (_, k) => store.deadline(1e6 + k))
    const timers = Array.from({ length: 50 }, (_, k) => store.deadline(k / 5, () => new Error('late')))
    timers.forEach((off) => off())
    expect(call(instance, 'count')(20_000_000n)).toBe(30_000_000n)
    cancels.forEach((off) => off())
  })

  test('polls in the middle of work change nothing', () => {
    const instance = world.instance(`(module
      (func (export "count") (param i32) (result i32) (local $i i32) (local $x f64)
        (loop $l
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (local.set $x (f64.add (local.get $x) (f64.const 0.5)))
          (br_if $l (i32.lt_u (local.get $i) (local.get 0))))
        (i32.add (local.get $i) (i32.trunc_f64_s (local.get $x)))))`)
    for (let i = 0; i < 200; i++) {
      addon.interrupt(contextAddress)
      expect(call(instance, 'count')(20_000)).toBe(30_000)
    }
  })
})

describe('externrefs', () => {
  test('values come back, however many have passed', () => {
    const instance = world.instance(`(module (global $g (export "g") (mut externref) (ref.null extern))
      (table $t (export "t") 10 externref)
      (func (export "id") (param externref) (result externref) (local.get 0))
      (func (export "keep") (param externref) (global.set $g (local.get 0)))
      (func (export "put") (param i32 externref) (table.set $t (local.get 0) (local.get 1))))`)
    const kept = { kept: true }
    const put = { put: true }
    call(instance, 'keep')(kept)
    call(instance, 'put')(3, put)
    const id = call(instance, 'id')
    for (let i = 0; i < 50_000; i++) {
      const value = { i }
      if (id(value) !== value) throw new Error(`lost value ${i}`)
    }
    expect(instance.getGlobal('g')?.value).toBe(kept)
    expect(instance.getTable('t')?.get(3)).toBe(put)
  })
})

describe('names', () => {
  test('of all functions of a large module, by their first export; a quadratic search would not end', () => {
    const count = 50_000
    const functions = Array.from({ length: count }, (_, i) => `(func (export "a${i}") (export "b${i}"))`)
    const module = world.module(`(module ${functions.join('')})`)
    for (let i = 0; i < count; i++) if (module.funcName(i) !== `a${i}`) throw new Error(`function ${i} is misnamed`)
  })

  test('from the name section, else exports and imports; in stacks and compile errors', () => {
    const module = world.module(
      '(module $app (import "env" "imp" (func)) (func $named (export "x") unreachable) (func (export "y") unreachable))',
    )
    expect([module.name, module.funcName(0), module.funcName(1), module.funcName(2), module.funcName(9)]).toEqual([
      'app',
      'imp',
      'named',
      'y',
      undefined,
    ])
    const instance = new Instance(store, module, [world.host([], [], () => {})])
    const stack = (name: string): string => (thrown(() => call(instance, name)()) as Error).stack ?? ''
    expect(stack('x')).toMatch(/at app\.named \(wasm:\/\/wasm\/[0-9a-f]{8}:wasm-function\[1\]:0x[0-9a-f]+\)/)
    module.name = 'other'
    expect(stack('y')).toContain('at other.y (')
    expect(() => world.module('(module (func) (func $bad (result i32)))')).toThrow(
      /^Compiling function #1:"bad" failed: .* @\+\d+$/,
    )
  })
})

test('where address space is limited the engine checks bounds explicitly', () => {
  const at = (name: string): string => JSON.stringify(new URL(`../../dist/${name}.js`, import.meta.url).href)
  const program = `
    const [{ Engine }, { Store }, { Module }, { Instance }, { assemble }] = await Promise.all([
      import(${at('runtime/engine')}), import(${at('runtime/store')}), import(${at('runtime/module')}),
      import(${at('runtime/instance')}), import(${at('wasm/text/assemble')})])
    const engine = new Engine()
    const module = new Module(engine, assemble('(module (memory 1) (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))'))
    const { callable } = new Instance(new Store(engine), module, []).getFunc('f')
    let message
    try { callable(65536) } catch (error) { message = error.message }
    console.log(JSON.stringify([engine.bounds, callable(0), message]))`
  const command = 'ulimit -v 3000000 && exec "$0" --input-type=module --eval "$1"'
  const output = execFileSync('bash', ['-c', command, process.execPath, program], { encoding: 'utf8' })
  expect(JSON.parse(output)).toEqual(['explicit', 0, 'memory access out of bounds'])
})
