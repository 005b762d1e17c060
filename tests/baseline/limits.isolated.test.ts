/**
 * Functions of hostile shape: they compile (the time is linear in their size, so a quadratic step would show as a
 * timeout of this file) and behave.
 */
import { expect, test } from 'vitest'
import { Engine } from '#dist/runtime/engine.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { leb } from '#dist/tests/support/binary.js'

const I32 = 0x7f
const [BLOCK, LOOP, IF, END, BR_IF, BR_TABLE, DROP] = [0x02, 0x03, 0x04, 0x0b, 0x0d, 0x0e, 0x1a]
const [GET, SET, CONST, ADD] = [0x20, 0x21, 0x41, 0x6a]
const VOID = 0x40

function join(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function repeat(bytes: readonly number[], count: number): Uint8Array {
  const out = new Uint8Array(bytes.length * count)
  for (let i = 0; i < count; i++) out.set(bytes, i * bytes.length)
  return out
}

function section(id: number, content: ArrayLike<number>): Uint8Array {
  return join([[id], leb(content.length), content])
}

interface Shape {
  readonly params: number
  readonly results: number
  readonly locals: number
  readonly body: readonly ArrayLike<number>[]
}

/** Compiles a function of i32s and calls it. */
function run({ params, results, locals, body }: Shape, ...args: number[]): unknown {
  const types = (count: number): Uint8Array => join([leb(count), repeat([I32], count)])
  const code = join([[1, ...leb(locals), I32], ...body, [END]])
  const bytes = join([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, join([[1, 0x60], types(params), types(results)])),
    section(3, [1, 0]),
    section(7, [1, 1, 0x66, 0, 0]),
    section(10, join([[1], leb(code.length), code])),
  ])
  const engine = Engine.default()
  return new Instance(new Store(engine), new Module(engine, bytes), []).getFunc('f')?.callable(...args)
}

test('100,000 nested blocks, loops, ifs', () => {
  const n = 100_000
  for (const opener of [
    [BLOCK, VOID],
    [LOOP, VOID],
    [GET, 0, IF, VOID],
  ]) {
    const body = [repeat(opener, n), [CONST, 7, SET, 0], repeat([END], n), [GET, 0]]
    expect(run({ params: 1, results: 1, locals: 3, body }, 1)).toBe(7)
  }
})

test('branches out of 50,000 blocks', () => {
  const n = 50_000
  const body = [repeat([BLOCK, VOID], n), repeat([GET, 0, BR_IF, 0], n), repeat([END], n), [GET, 0]]
  expect(run({ params: 1, results: 1, locals: 0, body }, 5)).toBe(5)
})

test('50,000 locals start as zero and keep their values', () => {
  const last = leb(49_999)
  const body = [[GET, ...last, SET, 1, CONST, 9, SET, ...last, GET, ...last, GET, ...leb(40_000), ADD, GET, 1, ADD]]
  expect(run({ params: 1, results: 1, locals: 49_999, body }, 5)).toBe(9)
})

test('a body of 7.5 MB', () => {
  const n = 2_500_000
  expect(run({ params: 1, results: 1, locals: 0, body: [[GET, 0], repeat([CONST, 1, ADD], n)] }, 5)).toBe(n + 5)
})

test('operands by the hundred thousand: constants, locals that change, temporaries', () => {
  const n = 30_000
  const drop = repeat([DROP], n)
  const shape = { params: 1, results: 1, locals: 1 }
  expect(run({ ...shape, body: [repeat([CONST, 1], n), drop, [GET, 0]] }, 5)).toBe(5)
  expect(run({ ...shape, body: [repeat([GET, 0, CONST, 1, SET, 0], n), drop, [GET, 0]] }, 5)).toBe(1)
  expect(run({ ...shape, body: [repeat([GET, 0, CONST, 1, ADD], n), repeat([ADD], n - 1)] }, 5)).toBe(6 * n)
})

test('latent references below many constants, assigned one after the other', () => {
  const n = 2000
  const each = (op: readonly number[]): number[] => Array.from({ length: n }, (_, i) => [...op, ...leb(i)]).flat()
  const body = [each([GET]), repeat([CONST, 0], 20_000), each([CONST, 1, SET]), repeat([DROP], 20_000 + n), [GET, 0]]
  expect(run({ params: 1, results: 1, locals: n, body }, 5)).toBe(1)
})

test('br_table with 65,520 labels, to few and to as many targets', () => {
  const n = 65_520
  const few = [
    [BLOCK, VOID, BLOCK, VOID, GET, 0, BR_TABLE, ...leb(n)],
    repeat([0, 1], n / 2),
    [0, END, CONST, 3, SET, 0, END],
  ]
  expect(run({ params: 1, results: 1, locals: 0, body: [...few, [GET, 0]] }, 6)).toBe(3)
  expect(run({ params: 1, results: 1, locals: 0, body: [...few, [GET, 0]] }, 7)).toBe(7)
  const labels = Array.from({ length: n + 1 }, (_, i) => leb(i)).flat()
  const step = [END, GET, 0, CONST, 1, ADD, SET, 0]
  const many = [repeat([BLOCK, VOID], n + 1), [GET, 0, BR_TABLE, ...leb(n)], labels, repeat(step, n + 1)]
  expect(run({ params: 1, results: 1, locals: 0, body: [...many, [GET, 0]] }, n - 2)).toBe(n + 1)
  expect(run({ params: 1, results: 1, locals: 0, body: [...many, [GET, 0]] }, -1)).toBe(0)
})

test('1,000 parameters and 1,000 results', () => {
  const n = 1000
  const body = [Array.from({ length: n }, (_, i) => [GET, ...leb(n - 1 - i)]).flat()]
  const args = Array.from({ length: n }, (_, i) => i * 3)
  expect(run({ params: n, results: n, locals: 0, body }, ...args)).toEqual(args.toReversed())
})

test('a frame larger than the stack is a stack overflow', () => {
  const n = 1_000_000
  const body = [repeat([GET, 0, CONST, 1, ADD], n), repeat([ADD], n - 1)]
  expect(() => run({ params: 1, results: 1, locals: 0, body }, 5)).toThrow(RangeError)
})
