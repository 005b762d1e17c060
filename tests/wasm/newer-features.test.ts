/** A module of a newer WebAssembly is refused with the name of what it needs; a module that is just wrong is not. */
import { describe, expect, test } from 'vitest'
import { WasmError } from '#dist/wasm/error.js'
import { newerFeature, newerTextFeature, refusalText } from '#dist/wasm/newer-features.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { validateModule } from '#dist/wasm/validate-module.js'

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content]
const type = (...bytes: number[]): number[] => [...HEADER, ...section(1, 1, ...bytes)]
const memory = (...limits: number[]): number[] => [...HEADER, ...section(5, 1, ...limits)]
const body = (...code: number[]): number[] => [
  ...type(0x60, 0, 0),
  ...section(3, 1, 0),
  ...section(5, 1, 0, 1),
  ...section(10, 1, code.length + 2, 0, ...code, 0x0b),
]

function refusalOf(bytes: number[]): WasmError {
  try {
    validateModule(new Uint8Array(bytes))
  } catch (error) {
    if (error instanceof WasmError) return error
    throw error
  }
  throw new Error('the module was accepted')
}

function textRefusal(source: string): WasmError {
  try {
    assemble(source)
  } catch (error) {
    if (error instanceof WasmError) return error
    throw error
  }
  throw new Error('the text was accepted')
}

const NEWER: Record<string, Record<string, number[]>> = {
  SIMD: { 'v128 in a type': type(0x60, 1, 0x7b, 0), 'v128.const': body(0xfd, 0x0c), 'block type': body(2, 0x7b, 0x0b) },
  'exception handling': {
    'tag section': [...HEADER, ...section(13, 1, 0, 0)],
    'imported tag': [...type(0x60, 0, 0), ...section(2, 1, 1, 97, 1, 98, 4, 0, 0)],
    try: body(0x06, 0x40, 0x0b),
    throw: body(0x08, 0),
    throw_ref: body(0x0a),
    try_table: body(0x1f, 0x40, 0, 0x0b),
    exnref: type(0x60, 1, 0x69, 0),
  },
  threads: { 'shared memory': memory(3, 1, 1), atomics: body(0xfe, 0x10, 2, 0) },
  'tail calls': { return_call: body(0x12, 0), return_call_indirect: body(0x13, 0, 0) },
  '64-bit memories': { limits: memory(4, 1) },
  'custom page sizes': { limits: memory(8, 1, 0) },
  'multiple memories': { section: [...HEADER, ...section(5, 2, 0, 1, 0, 1)] },
  'typed references and garbage collection': {
    call_ref: body(0x14, 0),
    'struct.new': body(0xfb, 0, 0),
    'ref.eq': body(0xd3),
    rec: type(0x4e, 1, 0x60, 0, 0),
    struct: type(0x5f, 1, 0x7f, 0),
    'ref null': type(0x60, 1, 0x63, 0x70, 0),
    anyref: type(0x60, 1, 0x6e, 0),
  },
  'extended constant expressions': {
    global: [...HEADER, ...section(6, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b)],
  },
  'the component model': { header: [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0] },
}

describe('names the proposal', () => {
  for (const [feature, modules] of Object.entries(NEWER)) {
    for (const [what, bytes] of Object.entries(modules)) {
      test(`${feature}: ${what}`, () => expect(newerFeature(refusalOf(bytes).message)).toBe(feature))
    }
  }
})

describe('names the proposal of a text', () => {
  const texts: [string, string | undefined][] = [
    ['(module (func (drop (v128.const i64x2 0 0))))', 'SIMD'],
    ['(module (func (param v128)))', 'SIMD'],
    ['(module (func (i8x16.add)))', 'SIMD'],
    ['(module (memory 1 1 shared))', 'threads'],
    ['(module (func (i32.atomic.load (i32.const 0))))', 'threads'],
    ['(module (func $f return_call $f))', 'tail calls'],
    ['(module (tag))', 'exception handling'],
    ['(module (func try_table end))', 'exception handling'],
    ['(module (memory i64 1))', '64-bit memories'],
    ['(module (type (struct)))', 'typed references and garbage collection'],
    ['(module (rec))', 'typed references and garbage collection'],
    ['(module (func (param (ref null func))))', 'typed references and garbage collection'],
    ['(module (func (ref.eq)))', 'typed references and garbage collection'],
    ['(component)', 'the component model'],
    ['(module (func (i32.bogus)))', undefined],
    ['(module (func (ref.nul)))', undefined],
    ['(module (memory x 1))', undefined],
  ]
  test.each(texts)('%s', (source, feature) => {
    const error = textRefusal(source)
    expect(newerTextFeature(source, error.message, error.offset)).toBe(feature)
  })
})

test.each([
  ['an opcode that nobody has', body(0x27)],
  ['a value type that nobody has', type(0x60, 1, 0x10, 0)],
  ['a section that nobody has', [...HEADER, ...section(14, 0)]],
  ['a type error', body(0x1a)],
])('names nothing for %s', (_, bytes) => {
  const { message, offset } = refusalOf(bytes)
  expect(newerFeature(message)).toBeUndefined()
  expect(refusalText(message, offset)).toBe(`${message} @+${offset}`)
})

test('says so behind the place', () => {
  expect(refusalText('Invalid opcode 0xfd', 28)).toBe('Invalid opcode 0xfd @+28 (Windlass does not support SIMD yet)')
})
