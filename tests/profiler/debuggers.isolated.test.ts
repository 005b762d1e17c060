// What native debuggers are told: the ELF object, read back by a reader of ELF in this file and our own of DWARF; registering and
// taking back. `npm run test:gdb` asks gdb itself.
import { readFileSync } from 'node:fs'
import { exposeToDebuggers, withoutSignature } from '#dist/profiler/gdb.js'
import { debugObject } from '#dist/profiler/elf.js'
import { Engine } from '#dist/runtime/engine.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { addon } from '#dist/runtime/context.js'
import { LineTable } from '#dist/wasm/debug/line-table.js'
import { DebugSections } from '#dist/wasm/debug/sections.js'
import { describe, expect, test, vi } from 'vitest'

interface ElfSection {
  readonly name: string
  readonly type: number
  readonly address: number
  readonly start: number
  readonly end: number
  readonly size: number
  readonly link: number
}

interface Elf {
  readonly sections: readonly ElfSection[]
  readonly symbols: readonly { readonly name: string; readonly address: number; readonly size: number }[]
}

function readElf(bytes: Uint8Array): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const word = (at: number): number => Number(view.getBigUint64(at, true))
  const textAt = (at: number): string => new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)))
  expect(Array.from(bytes.subarray(0, 7))).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  expect([view.getUint16(16, true), view.getUint16(18, true)]).toEqual([1, 62])
  const table = word(40)
  const headers = Array.from({ length: view.getUint16(60, true) }, (_, i) => table + i * view.getUint16(58, true))
  const names = word(headers[view.getUint16(62, true)] + 24)
  const sections = headers.map((at) => {
    const [start, size] = [word(at + 24), word(at + 32)]
    const type = view.getUint32(at + 4, true)
    if (type !== 8) expect(start + size).toBeLessThanOrEqual(bytes.length)
    const name = textAt(names + view.getUint32(at, true))
    return { name, type, address: word(at + 16), start, end: start + size, size, link: view.getUint32(at + 40, true) }
  })
  const symtab = sections.find(({ name }) => name === '.symtab')
  if (symtab === undefined) throw new Error('no symbols')
  const symbols = Array.from({ length: symtab.size / 24 - 1 }, (_, i) => {
    const at = symtab.start + (i + 1) * 24
    const section = sections[view.getUint16(at + 6, true)]
    const name = textAt(sections[symtab.link].start + view.getUint32(at, true))
    return { name, address: section.address + word(at + 8), size: word(at + 16) }
  })
  return { sections, symbols }
}

/** `address file:line:column`, as our reader of DWARF sees the object's line table, with the low halves of addresses. */
function lineRows(bytes: Uint8Array): string[] {
  const sections = new DebugSections(bytes, readElf(bytes).sections)
  const table = new LineTable(sections, 2 ** 48, () => undefined)
  return Array.from({ length: table.rowCount }, (_, i) => {
    return `${table.address[i].toString(16)} ${table.files[table.file[i]]}:${table.line[i]}:${table.column[i]}`
  })
}

describe('objects for debuggers', () => {
  test('have symbols at their addresses, and lines', () => {
    const object = debugObject('app.wasm', [
      {
        name: 'f(int)',
        symbol: '_Z1fi',
        start: 0x40000000,
        size: 64,
        lines: [
          { offset: 10, file: '/src/a.cpp', line: 3, column: 7 },
          { offset: 20, file: '/src/b.h', line: 300, column: 1 },
          { offset: 33, file: '/src/a.cpp', line: 2, column: 0 },
        ],
      },
      { name: 'g', symbol: 'g\0x', start: 0x40000080, size: 32, lines: [] },
    ])
    const { sections, symbols } = readElf(object)
    expect(symbols).toEqual([
      { name: '_Z1fi', address: 0x40000000, size: 64 },
      { name: 'g x', address: 0x40000080, size: 32 },
    ])
    expect(sections.find(({ name }) => name === '.text')).toMatchObject({ type: 8, address: 0x40000000, size: 0xa0 })
    expect(lineRows(object)).toEqual([
      '40000000 /src/a.cpp:3:7',
      '40000004 /src/a.cpp:3:7',
      '40000014 /src/b.h:300:1',
      '40000021 /src/a.cpp:2:0',
    ])
  })

  test('take more functions than a call can have arguments', () => {
    const count = 150_000
    const pieces = Array.from({ length: count }, (_, i) => ({
      name: 'f',
      symbol: 'f',
      start: 64 * i,
      size: 32,
      lines: [],
    }))
    const { sections, symbols } = readElf(debugObject('large.wasm', pieces))
    expect(symbols).toHaveLength(count)
    expect(sections.find(({ name }) => name === '.text')).toMatchObject({ address: 0, size: 64 * (count - 1) + 32 })
  })

  test('name functions as debuggers look for them', () => {
    for (const [name, expected] of [
      ['geometry::Path::length(Point const*, unsigned int) const', 'geometry::Path::length'],
      ['int geometry::square<int (*)(int)>(int)', 'geometry::square<int (*)(int)>'],
      ['(anonymous namespace)::f(int)', '(anonymous namespace)::f'],
      ['Functor::operator()(int) const', 'Functor::operator()(int) const'],
      ['main.(*Stack[...]).Push', 'main.(*Stack[...]).Push'],
      ['core::ptr::drop_in_place<alloc::string::String>', 'core::ptr::drop_in_place<alloc::string::String>'],
      ['()', '()'],
      ['plain', 'plain'],
    ]) {
      expect(withoutSignature(name)).toBe(expected)
    }
  })

  test('are registered as code is compiled, and taken back', () => {
    const objects = new Map<number, Uint8Array>()
    const register = addon.registerDebugObject.bind(addon)
    const spy = vi.spyOn(addon, 'registerDebugObject').mockImplementation((object) => {
      const id = register(object)
      objects.set(id, object)
      return id
    })
    const unregister = vi.spyOn(addon, 'unregisterDebugObject')
    try {
      const engine = new Engine({ tier: 'baseline' })
      const stop = exposeToDebuggers(engine)
      const wasm = readFileSync(new URL('../debug/programs/inline-v5.wasm', import.meta.url))
      const length = new Instance(new Store(engine), new Module(engine, wasm), []).getFunc('length')?.callable
      expect(length?.(4)).toBe(382)
      const symbols = Array.from(objects.values()).flatMap((object) => readElf(object).symbols)
      const names = symbols.map(({ name }) => name)
      expect(names).toEqual(['path_length', 'geometry::Path::length'])
      expect(symbols.every(({ address, size }) => address > 2 ** 32 && size > 0)).toBe(true)
      const rows = Array.from(objects.values()).flatMap(lineRows)
      // The call of the method, and the first line of its loop's body.
      expect(rows.some((row) => row.endsWith('/src/inline.cpp:40:15'))).toBe(true)
      expect(rows.some((row) => row.includes('/src/inline.cpp:15:'))).toBe(true)
      stop()
      expect(unregister.mock.calls.map(([id]) => id)).toEqual(Array.from(objects.keys()))
      addon.unregisterDebugObject(12345678)
      expect(() => addon.registerDebugObject([] as never)).toThrow(TypeError)
    } finally {
      spy.mockRestore()
      unregister.mockRestore()
    }
  })
})
