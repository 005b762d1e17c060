// Native memory of collected objects: within one turn of the event loop, and when a script moved a buffer's contents.
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { CodeSpaceError, type CodeChunk } from '#dist/runtime/arena.js'
import { Memory } from '#dist/runtime/memory.js'
import { Module } from '#dist/runtime/module.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { expect, test, vi } from 'vitest'
import { World, call } from './world.js'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')
const { store } = new World()

/** `transfer` is newer than the library that the tests are checked against; Node 20 has none. */
interface Transferable extends ArrayBuffer {
  transfer?(): ArrayBuffer
}

/** As LEB128, in three bytes if it has more than 14 bits. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]
}

async function collect(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    gc()
    await sleep(5)
  }
}

test('more memories in one turn than the address space holds at once', () => {
  let last: Memory | undefined
  for (let i = 0; i < 20_000; i++) last = new Memory(store, { min: 1 })
  expect(last?.bytes().length).toBe(65536)
})

test('and when scripts have seen the bytes of all of them', () => {
  let sum = 0
  for (let i = 0; i < 20_000; i++) {
    const memory = new Memory(store, { min: 1 })
    const before = memory.bytes()
    before[i & 0xffff] = 1
    memory.grow(1)
    const after = memory.bytes()
    sum += before.length + after[i & 0xffff] + after[0x10000 + (i & 0xffff)]
  }
  expect(sum).toBe(20_000)
})

test('more engines in one turn than there are code arenas at once', () => {
  for (let i = 0; i < 600; i++) {
    const world = new World({ tier: 'baseline' })
    const run = call(world.instance('(module (func (export "run") (result i32) (i32.const 3)))'), 'run')
    expect(run()).toBe(3)
  }
})

test('a module for which there is no room takes none', () => {
  const { engine } = new World({ tier: 'baseline' }).store
  const taken = vi.spyOn(engine.arena, 'allocate')
  const given = vi.spyOn(engine.arena, 'release')
  vi.spyOn(engine.arena, 'allocateJumps').mockImplementation(() => {
    throw new CodeSpaceError()
  })
  expect(() => new Module(engine, assemble('(module (func))'))).toThrow(CodeSpaceError)
  const addresses = taken.mock.results.map(({ value }) => (value as CodeChunk).exec)
  expect(addresses.length).toBeGreaterThan(0)
  expect(given.mock.calls.map(([exec]) => exec)).toEqual(addresses)
})

test('more code in one turn than an arena holds at once', () => {
  const { engine } = new World({ tier: 'baseline' }).store
  const count = 400_000
  // A module of empty functions: their jumps fill the arena's space for jumps sooner than their code would.
  const repeated = (...bytes: number[]): number[] => Array.from({ length: count }, () => bytes).flat()
  const section = (id: number, items: number[]): number[] => [id, ...leb(items.length + 3), ...leb(count), ...items]
  const bytes = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, ...section(3, repeated(0)), ...section(10, repeated(2, 0, 0x0b))]) // oxfmt-ignore
  for (let i = 0; i < 14; i++) expect(new Module(engine, bytes).info.bodyStart.length).toBe(count)
})

test('contents moved out of a memory stay when the memory goes, and are nobody else’s', async () => {
  const moved: ArrayBuffer[] = []
  const move = (): void => {
    const memory = new Memory(store, { min: 1 })
    memory.bytes().fill(7)
    const { buffer } = memory
    const transfer = (buffer as Transferable).transfer?.bind(buffer)
    const copy = transfer === undefined ? structuredClone(buffer, { transfer: [buffer] }) : transfer()
    moved.push(copy)
    // The memory still has its bytes, in a new buffer if need be, and grows.
    expect(memory.buffer.byteLength).toBe(65536)
    expect(memory.bytes()[65535]).toBe(7)
    expect(memory.grow(1)).toBe(1)
    expect(memory.bytes().length).toBe(131072)
  }
  for (let i = 0; i < 8; i++) move()
  await collect()
  for (let i = 0; i < 80; i++) new Memory(store, { min: 1 }).bytes().fill(9)
  await collect()
  for (let i = 0; i < 80; i++) new Memory(store, { min: 1 }).bytes().fill(9)
  for (const buffer of moved) expect(new Uint8Array(buffer).every((byte) => byte === 7)).toBe(true)
})
