// Element segments with so many functions that they are written all at once, and those that must not be.
import { expect, test } from 'vitest'
import { I32 } from '#dist/wasm/types.js'
import { call, World } from './world.js'

const COUNT = 200
const world = new World()
const host = world.host([], [I32], () => -1)

const indices = Array.from({ length: COUNT }, (_, i) => i)
const functions = indices.map((i) => `(func $f${i} (result i32) (i32.const ${i}))`).join('')
const names = (of: readonly number[]): string => of.map((i) => `$f${i}`).join(' ')
const CALL = `(func (export "call") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))
  (func (export "other") (param i32) (result i64) (call_indirect (result i64) (local.get 0)))`

function results(instance: ReturnType<World['instance']>, size: number): unknown[] {
  const run = call(instance, 'call')
  return Array.from({ length: size }, (_, i) => run(i))
}

test('writes an active segment: entries, types, references', () => {
  const order = indices.toReversed()
  const instance = world.instance(
    `(module (type $t (func (result i32))) (import "" "host" (func (result i32))) (table (export "t") 210 funcref)
      (elem (i32.const 5) ${names(order)}) ${functions} (export "f7" (func $f7)) ${CALL})`,
    host,
  )
  const run = call(instance, 'call')
  expect(order.map((_, k) => run(5 + k))).toEqual(order)
  expect(() => run(4)).toThrow()
  expect(() => run(205)).toThrow()
  expect(() => call(instance, 'other')(5)).toThrow(/signature mismatch|null function/)
  const table = instance.getTable('t')
  expect(table?.get(5 + COUNT - 1 - 7)).toBe(call(instance, 'f7'))
  expect([table?.get(4), table?.get(205)]).toEqual([null, null])
})

test('writes the same function many times, and functions that have their records', () => {
  const twice = [...indices.slice(0, 90), ...indices.slice(0, 90)]
  const instance = world.instance(
    `(module (type $t (func (result i32))) (table (export "t") 180 funcref) (global funcref (ref.func $f3))
      (elem (i32.const 0) ${names(twice)}) ${functions} ${CALL})`,
  )
  expect(results(instance, 180)).toEqual(twice)
  expect(instance.getTable('t')?.get(3)).toBe(instance.getTable('t')?.get(93))
})

test('writes a part of a passive segment', () => {
  const instance = world.instance(
    `(module (type $t (func (result i32))) (table 300 funcref) (elem $e func ${names(indices)}) ${functions} ${CALL}
      (func (export "init") (param i32 i32 i32) (table.init $e (local.get 0) (local.get 1) (local.get 2))))`,
  )
  const init = call(instance, 'init')
  init(10, 20, 100)
  expect(call(instance, 'call')(10)).toBe(20)
  expect(call(instance, 'call')(109)).toBe(119)
  expect(() => call(instance, 'call')(110)).toThrow()
  expect(() => init(0, 101, 100)).toThrow(/out of bounds/)
  expect(() => init(201, 0, 100)).toThrow(/out of bounds/)
  expect(() => call(instance, 'call')(0)).toThrow()
})

test('writes imported functions and those of the module', () => {
  const instance = world.instance(
    `(module (type $t (func (result i32))) (import "" "host" (func $host (result i32))) (table 300 funcref)
      (elem (i32.const 0) $host ${names(indices)}) ${functions} ${CALL})`,
    host,
  )
  expect(results(instance, COUNT + 1)).toEqual([-1, ...indices])
})
