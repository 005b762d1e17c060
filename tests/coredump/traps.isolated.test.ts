// Each kind of trap: the message is V8's, `error.trap` has the values that matter, and the dump has the locals and
// operands that the program is known to have.
import { describe, expect, test } from 'vitest'
import { Func } from '#dist/runtime/func.js'
import { TrapCode } from '#dist/tiers/abi.js'
import { I32 } from '#dist/wasm/types.js'
import { hostWebAssembly } from '../support/host-wasm.js'
import { agrees, dumpOf, failure, instantiate, localsOf, stackOf, storeOf, TIERS } from './support.js'

const SOURCE = `(module
  (memory 1 2)
  (table $t 4 funcref)
  (table $e 3 externref)
  (global $g (mut i64) (i64.const 0x123456789abcdef0))
  (type $unary (func (param i32) (result i32)))
  (func $wide (param i64) (result i64) (local.get 0))
  (elem (i32.const 1) $wide)
  (data "some data")
  (func (export "load") (param $a i32) (param $unused f64) (result i32) (local $c i64)
    (local.set $c (i64.const 77))
    (i32.add (i32.const 5) (i32.load offset=16 (local.get $a))))
  (func (export "store") (param i32 i64) (i64.store16 offset=8 (local.get 0) (local.get 1)))
  (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 1) (i32.const 100)))
  (func (export "copy") (param i32) (memory.copy (i32.const 0) (local.get 0) (i32.const 100)))
  (func (export "init") (param i32) (memory.init 0 (local.get 0) (i32.const 2) (i32.const 9)))
  (func (export "div") (param i32 i32) (result i32)
    (i32.sub (i32.const 1) (i32.div_s (local.get 0) (local.get 1))))
  (func (export "divu") (param i64 i64) (result i64) (i64.div_u (local.get 0) (local.get 1)))
  (func (export "rem") (param i32 i32) (result i32) (i32.rem_s (local.get 0) (local.get 1)))
  (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "trunc64") (param f32) (result i64) (i64.trunc_f32_u (local.get 0)))
  (func (export "indirect") (param i32) (result i32) (call_indirect $t (type $unary) (i32.const 9) (local.get 0)))
  (func (export "get") (param i32) (drop (table.get $e (local.get 0))))
  (func (export "set") (param i32) (table.set $t (local.get 0) (ref.null func)))
  (func (export "tcopy") (param i32) (table.copy $t $t (local.get 0) (i32.const 1) (i32.const 2)))
  (func (export "unreachable") (param f32) (local i32) (local.set 1 (i32.const -3)) (unreachable))
  (func $in-load (param i32) (result i32) (i32.load offset=8 (local.get 0)))
  (func (export "in-load") (param $x i32) (local $y i64)
    (local.set $y (i64.const 6)) (drop (call $in-load (i32.add (local.get $x) (i32.const 1)))))
  (func $in-div (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
  (func (export "in-div") (param $x i32) (local $y f32)
    (local.set $y (f32.const 1.5)) (drop (call $in-div (i32.const 12) (local.get $x))))
  (func $in-trunc (param f32) (result i32) (i32.trunc_f32_u (local.get 0)))
  (func (export "in-trunc") (param $x i32) (drop (call $in-trunc (f32.convert_i32_s (local.get $x)))))
  (func $in-call (param i32) (result i32) (call_indirect $t (type $unary) (i32.const 9) (local.get 0)))
  (func (export "in-call") (param $x i32) (drop (call $in-call (i32.mul (local.get $x) (i32.const 2)))))
  (func $in-stop (param i32) (if (i32.gt_u (local.get 0) (i32.const 5)) (then (unreachable))))
  (func (export "in-stop") (param $x i32) (call $in-stop (local.get $x)))
  (func $deep (export "deep") (param i32 i64) (result i32)
    (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)) (local.get 1)))))`

interface Case {
  readonly call: string
  readonly args: readonly unknown[]
  readonly message: string
  readonly trap: object
  /** Locals and operands of the innermost frame; undefined where the optimizing tier need not know. */
  readonly locals: readonly unknown[]
  readonly stack: readonly unknown[]
}

const OOB = 'memory access out of bounds'
const TABLE = 'table index is out of bounds'
const MISMATCH = 'null function or function signature mismatch'

const cases: readonly Case[] = [
  {
    call: 'load',
    args: [70000, 1.5],
    message: OOB,
    trap: {
      code: TrapCode.MemoryOutOfBounds,
      instruction: 'i32.load',
      address: 70016,
      bytes: 4,
      bound: 65536,
      memory: 0,
    },
    locals: [70000, 1.5, 77n],
    stack: [5, 70000],
  },
  {
    call: 'store',
    args: [65530, -1n],
    message: OOB,
    trap: { instruction: 'i64.store16', address: 65538, bytes: 2, operands: [65530, -1n] },
    locals: [65530, -1n],
    stack: [65530, -1n],
  },
  {
    call: 'fill',
    args: [65500],
    message: OOB,
    trap: { address: 65500, bytes: 100 },
    locals: [65500],
    stack: [65500, 1, 100],
  },
  {
    call: 'copy',
    args: [65500],
    message: OOB,
    trap: { address: 65500, bytes: 100 },
    locals: [65500],
    stack: [0, 65500, 100],
  },
  {
    call: 'init',
    args: [3],
    message: OOB,
    trap: { instruction: 'memory.init', operands: [3, 2, 9] },
    locals: [3],
    stack: [],
  },
  {
    call: 'div',
    args: [-8, 0],
    message: 'divide by zero',
    trap: { code: TrapCode.DivideByZero, name: 'divide-by-zero', operands: [-8, 0] },
    locals: [-8, 0],
    stack: [1, -8, 0],
  },
  {
    call: 'div',
    args: [-(2 ** 31), -1],
    message: 'divide result unrepresentable',
    trap: { code: TrapCode.DivideUnrepresentable, operands: [-(2 ** 31), -1] },
    locals: [-(2 ** 31), -1],
    stack: [1, -(2 ** 31), -1],
  },
  {
    call: 'divu',
    args: [5n, 0n],
    message: 'divide by zero',
    trap: { operands: [5n, 0n] },
    locals: [5n, 0n],
    stack: [5n, 0n],
  },
  {
    call: 'rem',
    args: [9, 0],
    message: 'remainder by zero',
    trap: { operands: [9, 0] },
    locals: [9, 0],
    stack: [9, 0],
  },
  {
    call: 'trunc',
    args: [1e30],
    message: 'float unrepresentable in integer range',
    trap: { code: TrapCode.FloatUnrepresentable, operands: [1e30] },
    locals: [1e30],
    stack: [1e30],
  },
  {
    call: 'trunc64',
    args: [-1],
    message: 'float unrepresentable in integer range',
    trap: { operands: [-1] },
    locals: [-1],
    stack: [-1],
  },
  {
    call: 'indirect',
    args: [9],
    message: TABLE,
    trap: { code: TrapCode.TableOutOfBounds, index: 9, bound: 4, table: 0 },
    locals: [9],
    stack: [9, 9],
  },
  { call: 'get', args: [7], message: TABLE, trap: { index: 7, bound: 3, table: 1 }, locals: [7], stack: [7] },
  { call: 'set', args: [4], message: TABLE, trap: { index: 4, bound: 4, table: 0 }, locals: [4], stack: [] },
  {
    call: 'tcopy',
    args: [3],
    message: TABLE,
    trap: { index: 3, bound: 4, operands: [3, 1, 2] },
    locals: [3],
    stack: [],
  },
  {
    call: 'unreachable',
    args: [2.5],
    message: 'unreachable',
    trap: { name: 'unreachable' },
    locals: [2.5, -3],
    stack: [],
  },
]

describe.each(TIERS)('%s tier', (tier) => {
  const store = storeOf(tier)
  const instance = instantiate(store, SOURCE)

  test.each(cases)('$call: $message', ({ call, args, message, trap, locals, stack }) => {
    const error = failure(instance, call, ...args)
    expect(error.message).toBe(message)
    expect(error.trap).toMatchObject(trap)
    const { dump, bytes } = dumpOf(error)
    const [frame] = dump.threads[0].frames
    const expectKnown = (actual: readonly unknown[], expected: readonly unknown[]): void => {
      if (tier === 'baseline' || actual.every((value) => value !== undefined)) expect(actual).toEqual(expected)
      else actual.forEach((value, i) => value !== undefined && expect(value).toEqual(expected[i]))
    }
    expectKnown(localsOf(frame), locals)
    if (tier === 'baseline') expect(stackOf(frame)).toEqual(stack)
    else expectKnown(stackOf(frame), stack)
    expect(hostWebAssembly.validate(bytes)).toBe(true)
    expect(dump.notes?.message).toBe(message)
  })

  test('a failed indirect call: what was expected and what was found', () => {
    const wrong = failure(instance, 'indirect', 1)
    expect(wrong.message).toBe(MISMATCH)
    expect(wrong.trap).toMatchObject({ code: TrapCode.FuncSigMismatch, expected: '[i32] -> [i32]' })
    const empty = failure(instance, 'indirect', 0)
    expect(wrong.trap).toMatchObject({ index: 1, found: '[i64] -> [i64]' })
    expect(empty.trap).toMatchObject({ index: 0, found: 'null' })
    if (tier !== 'baseline') return
    expect(stackOf(dumpOf(wrong).dump.threads[0].frames[0])).toEqual([9, 1])
  })

  test('the end of the stack, thousands of frames deep', () => {
    const error = failure(instance, 'deep', 1, 0x1234567890n)
    expect(error.message).toBe('Maximum call stack size exceeded')
    expect(error.trap).toMatchObject({ name: 'stack-overflow' })
    const { frames } = dumpOf(error).dump.threads[0]
    expect(frames.length).toBeGreaterThan(1000)
    // The innermost frame is not made yet, or just made: its parameters are where the caller put them.
    const depth = frames.length
    frames.forEach((frame, i) => {
      const locals = localsOf(frame)
      const isRight = agrees(tier, locals, [depth - i, 0x1234567890n])
      if (!isRight) expect(locals, `frame ${i}`).toEqual([depth - i, 0x1234567890n])
    })
    expect(stackOf(frames[1])).toEqual([1])
  })

  test.each<[name: string, argument: number, trap: object]>([
    ['in-load', 70_000, { instruction: 'i32.load', address: 70_009, bytes: 4, bound: 65536, operands: [70_001] }],
    ['in-div', 0, { name: 'divide-by-zero', instruction: 'i32.div_u', operands: [12, 0] }],
    ['in-trunc', -2, { name: 'float-unrepresentable', instruction: 'i32.trunc_f32_u', operands: [-2] }],
    ['in-call', 9, { name: 'table-out-of-bounds', index: 18, bound: 4 }],
    ['in-call', 0, { name: 'signature-mismatch', index: 0, expected: '[i32] -> [i32]', found: 'null' }],
    ['in-stop', 6, { name: 'unreachable', instruction: 'unreachable' }],
  ])('in a function that optimized code inlines: %s(%d)', (name, argument, trap) => {
    const error = failure(instance, name, argument)
    expect(error.trap).toMatchObject(trap)
    const { frames } = dumpOf(error).dump.threads[0]
    expect(frames).toHaveLength(2)
    expect(frames[0].funcIndex).toBe(frames[1].funcIndex - 1)
    expect(error.frames?.map(({ funcIndex }) => funcIndex)).toEqual(frames.map(({ funcIndex }) => funcIndex))
    const [outer] = localsOf(frames[1])
    expect([argument, tier === 'baseline' ? argument : undefined]).toContain(outer)
  })

  test('wasm frames stand between the JavaScript frames that they are between, inlined ones included', () => {
    const inner = instantiate(
      store,
      `(module $inner (func $fall (param i32) (drop (i32.load (local.get 0))))
        (memory 1) (func $open (export "open") (param $x i32) (call $fall (i32.sub (i32.const 0) (local.get $x)))))`,
    )
    function between(value: number): void {
      inner.getFunc('open')?.callable(value)
    }
    const host = Func.host(store, { kind: 'func', params: [I32], results: [] }, between)
    const outer = instantiate(
      store,
      `(module $outer (import "h" "f" (func $host (param i32))) (func $pass (param i32) (call $host (local.get 0)))
        (func $start (export "start") (param i32) (call $pass (i32.add (local.get 0) (i32.const 1)))))`,
      host,
    )
    const error = failure(outer, 'start', 5)
    const order = ['inner.fall', 'inner.open', 'between', 'outer.pass', 'outer.start', 'failure']
    const names = [...(error.stack ?? '').matchAll(/^\s+at (\S+) \(/gm)].map(([, name]) => name)
    expect(names.filter((name) => order.includes(name))).toEqual(order)
    expect(error.frames?.map(({ name }) => name)).toEqual(['inner.fall', 'inner.open', 'outer.pass', 'outer.start'])
    expect(error.trap).toMatchObject({ address: 2 ** 32 - 6, bytes: 4, bound: 65536 })
    expect(dumpOf(error).dump.threads[0].frames.map(({ instance }) => instance)).toEqual([0, 0, 1, 1])
  })

  test('nothing of it shows on the error itself', () => {
    const error = failure(instance, 'div', 1, 0)
    expect(Object.keys(error)).toEqual([])
    expect(error.stack).toMatch(/at div \(wasm:\/\/wasm\/[0-9a-f]{8}:wasm-function\[\d+\]:0x[0-9a-f]+\)/)
  })

  test('globals, tables and memory are in the dump', () => {
    const memory = instance.memories[0].bytes()
    memory.set([1, 2, 3], 40_000)
    const { dump } = dumpOf(failure(instance, 'div', 1, 0))
    expect(dump.globals.map(({ lo, hi }) => [lo, hi])).toEqual([[0x9abcdef0, 0x12345678]])
    expect(dump.memories[0].pages).toBe(1)
    expect([...dump.memories[0].read(39_999, 5)]).toEqual([0, 1, 2, 3, 0])
    expect(dump.memories[0].storedBytes).toBeLessThan(100)
    expect(dump.tables[0]).toEqual({ element: 0x70, length: 4, entries: [{ index: 1, instance: 0, value: 0 }] })
    expect(dump.instances[0]).toMatchObject({ module: 0, memories: [0], globals: [0], tables: [0, 1] })
    memory.fill(0, 40_000, 40_003)
  })
})
