import { describe, expect, it } from 'vitest'
import { decodeModule, ModuleDecoder } from '#dist/wasm/decoder.js'
import { WasmError } from '#dist/wasm/error.js'
import { body, EMPTY_CODE, leb, moduleOf, NULLARY_TYPE, ONE_FUNCTION, section, str, vec } from '../support/binary.js'
import { RICH_MODULE } from '../support/rich-module.js'
import { testWords } from '../support/verdict.js'

function errorOf(run: () => unknown): WasmError {
  try {
    run()
  } catch (error) {
    if (error instanceof WasmError) return error
    throw error
  }
  throw new Error('no error')
}

function ourError(bytes: Uint8Array): string {
  const error = errorOf(() => decodeModule(bytes))
  return `${error.message} @+${error.offset}`
}

describe('streaming', () => {
  it.each(['in one buffer', 'in buffers of their own'])(
    'decodes a module in 1-byte chunks %s as it does at once',
    (where) => {
      const whole = decodeModule(RICH_MODULE)
      const inPlace = where === 'in one buffer'
      for (const size of [1, 3, 7, 64]) {
        const bodies: number[][] = []
        const decoder = new ModuleDecoder({
          onBody: (defined, bytes, start, end, moduleOffset) =>
            bodies.push([defined, start, end, moduleOffset, bytes[end - 1]]),
        })
        for (let at = 0; at < RICH_MODULE.length; at += size) {
          const chunk = RICH_MODULE.subarray(at, at + size)
          decoder.push(inPlace ? chunk : chunk.slice())
        }
        expect(decoder.finish()).toEqual(whole)
        expect(decoder.bytes.buffer === RICH_MODULE.buffer).toBe(inPlace)
        expect(decoder.bytes).toEqual(RICH_MODULE)
        expect(bodies.map((b) => b[0])).toEqual([...whole.bodyStart.keys()])
        expect(bodies.map((b) => b[1])).toEqual([...whole.bodyStart])
        expect(bodies.map((b) => b[2])).toEqual([...whole.bodyEnd])
        expect(bodies.every((b) => b[3] === b[1] && b[4] === 0x0b)).toBe(true)
      }
    },
  )

  it('hands a body on before the code section is complete', () => {
    const bytes = moduleOf(
      NULLARY_TYPE,
      section(3, vec(0, 0)),
      section(10, vec(body(0, 0x0b), body(0, 0x01, 0x01, 0x0b))),
    )
    const seen: number[] = []
    const decoder = new ModuleDecoder({ onBody: (defined) => seen.push(defined) })
    decoder.push(bytes.subarray(0, bytes.length - 2))
    expect(seen).toEqual([0])
    decoder.push(bytes.subarray(bytes.length - 2))
    expect(seen).toEqual([0, 1])
  })

  it('tells that the sections before the code are complete', () => {
    const bytes = moduleOf(NULLARY_TYPE, ONE_FUNCTION, section(7, vec([str('f'), 0, 0])), EMPTY_CODE)
    let told = ''
    new ModuleDecoder({ onCodeStart: (info, bodies) => (told = `${info.exports.length} ${bodies}`) }).push(bytes)
    expect(told).toBe('1 1')
  })

  it('does not copy a module that comes at once, and takes a Buffer', () => {
    const decoder = new ModuleDecoder()
    const buffer = Buffer.from(RICH_MODULE)
    decoder.push(buffer, true)
    expect(decoder.bytes.buffer).toBe(buffer.buffer)
    expect(Object.getPrototypeOf(decoder.bytes)).toBe(Uint8Array.prototype)
  })

  it('reports the same error whatever the chunks, and again when pushed after it', () => {
    const bad = [
      moduleOf(section(1, [0x80, 0x80, 0x80, 0x80, 0x10])),
      moduleOf(NULLARY_TYPE, NULLARY_TYPE),
      moduleOf(NULLARY_TYPE, ONE_FUNCTION, section(10, vec(body(0, 0x0b)), 0)),
      moduleOf([1, 5, 1]),
      moduleOf(NULLARY_TYPE, ONE_FUNCTION, [10, 4, 1, 2, 0]),
      moduleOf([1, 0x80]),
      moduleOf(NULLARY_TYPE, ONE_FUNCTION),
      Uint8Array.from([0, 0x61, 0x73]),
    ]
    for (const bytes of bad) {
      const decoder = new ModuleDecoder()
      const error = errorOf(() => {
        for (const byte of bytes) decoder.push(Uint8Array.of(byte))
        decoder.finish()
      })
      expect(`${error.message} @+${error.offset}`).toBe(ourError(bytes))
      expect(errorOf(() => decoder.push(Uint8Array.of(0)))).toBe(error)
      expect(errorOf(() => decoder.finish())).toBe(error)
    }
  })

  it('passes on what a handler throws', () => {
    const stop = new Error('stop')
    const decoder = new ModuleDecoder({
      onBody: () => {
        throw stop
      },
    })
    expect(() => decoder.push(RICH_MODULE)).toThrow(stop)
  })
})

function importOf(...desc: number[]): number[] {
  return section(2, vec([str('a'), str('b'), desc]))
}

describe('errors have the words and the offset of V8', () => {
  const func = [NULLARY_TYPE, ONE_FUNCTION]
  const table = section(4, vec([0x70, 0, 10]))
  const memory = section(5, vec([0, 1]))
  const cases: Record<string, Uint8Array<ArrayBuffer>> = {
    'short magic': Uint8Array.from([0]),
    'bad magic': Uint8Array.from([1, 2, 3, 4]),
    'short version': Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0]),
    'bad version': Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]),
    'no section length': moduleOf([1]),
    'long section length': moduleOf([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
    'section length over 32 bits': moduleOf([1, 0x80, 0x80, 0x80, 0x80, 0x10]),
    'section past the end': moduleOf([1, 5, 1]),
    'unknown section': moduleOf([99, 1, 0]),
    'section twice': moduleOf(NULLARY_TYPE, NULLARY_TYPE),
    'section too late': moduleOf(section(3, vec()), NULLARY_TYPE),
    'section longer than its contents': moduleOf([1, 2, 0, 0]),
    'section name not UTF-8': moduleOf(section(0, [3, 0xed, 0xa0, 0x80])),
    'section name past the end': moduleOf(section(0, [9, 0x61])),
    'type form': moduleOf(section(1, vec([0x61, 0, 0]))),
    'types over the limit': moduleOf(section(1, leb(1_000_001))),
    'types far over the limit': moduleOf(section(1, leb(0xffff_ffff))),
    'fewer types than told': moduleOf(section(1, [2, 0x60, 0, 0])),
    'params over the limit': moduleOf(section(1, vec([0x60, leb(1001), Array.from({ length: 1001 }, () => 0x7f), 0]))),
    'bad value type': moduleOf(section(1, vec([0x60, 1, 0x40, 0]))),
    'import kind': moduleOf(NULLARY_TYPE, importOf(9, 0)),
    'import of an unknown type': moduleOf(NULLARY_TYPE, importOf(0, 5)),
    'import module name not UTF-8': moduleOf(NULLARY_TYPE, section(2, vec([[1, 0xff], str('b'), 0, 0]))),
    'import of a bad memory': moduleOf(importOf(2, 9, 1)),
    'import mutability': moduleOf(importOf(3, 0x7f, 2)),
    'import of a table of numbers': moduleOf(importOf(1, 0x7f, 0, 1)),
    'import table flags': moduleOf(importOf(1, 0x70, 2, 1)),
    'table limits': moduleOf(section(4, vec([0x70, 1, 5, 1]))),
    'tables over the limit': moduleOf(section(4, leb(100_001))),
    'memory minimum': moduleOf(section(5, vec([0, leb(65_537)]))),
    'memory maximum': moduleOf(section(5, vec([1, 1, leb(65_537)]))),
    'memory limits': moduleOf(section(5, vec([1, 5, 1]))),
    'two memories': moduleOf(section(5, vec([0, 1], [0, 1]))),
    'a memory more than the imported one': moduleOf(importOf(2, 0, 1), memory),
    'global mutability': moduleOf(section(6, vec([0x7f, 2, 0x41, 0, 0x0b]))),
    'constant without end': moduleOf(section(6, vec([0x7f, 0, 0x41, 0]))),
    'long constant': moduleOf(section(6, vec([0x7f, 0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x0b]))),
    'constant over 32 bits': moduleOf(section(6, vec([0x7f, 0, 0x41, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b]))),
    'function of an unknown type': moduleOf(NULLARY_TYPE, section(3, vec(3))),
    'function without code': moduleOf(func),
    'fewer bodies': moduleOf(func, section(10, [0])),
    'more bodies': moduleOf(func, section(10, vec(body(0, 0x0b), body(0, 0x0b)))),
    'body past the section': moduleOf(func, section(10, [1, 9, 0, 0x0b])),
    'body over the limit': moduleOf(func, section(10, [1, ...leb(7_654_322), 0, 0x0b])),
    'duplicate export': moduleOf(func, section(7, vec([str('a'), 0, 0], [str('a'), 0, 0])), EMPTY_CODE),
    'duplicate long export': moduleOf(
      func,
      memory,
      section(7, vec([str('x'.repeat(80)), 0, 0], [str('x'.repeat(80)), 2, 0])),
      EMPTY_CODE,
    ),
    'export of an unknown function': moduleOf(func, section(7, vec([str('a'), 0, 1])), EMPTY_CODE),
    'export of an unknown memory': moduleOf(section(7, vec([str('a'), 2, 0]))),
    'export of an unknown table': moduleOf(section(7, vec([str('a'), 1, 0]))),
    'export kind': moduleOf(section(7, vec([str('a'), 9, 0]))),
    'start of an unknown function': moduleOf(func, section(8, [4]), EMPTY_CODE),
    'start with parameters': moduleOf(section(1, vec([0x60, 1, 0x7f, 0])), ONE_FUNCTION, section(8, [0]), EMPTY_CODE),
    'element flags': moduleOf(func, table, section(9, vec([8, 0x41, 0, 0x0b, 0])), EMPTY_CODE),
    'element segment without a table': moduleOf(func, section(9, vec([0, 0x41, 0, 0x0b, vec(0)])), EMPTY_CODE),
    'element kind': moduleOf(func, table, section(9, vec([1, 1, vec(0)])), EMPTY_CODE),
    'element of an unknown function': moduleOf(func, table, section(9, vec([1, 0, vec(7)])), EMPTY_CODE),
    'elements over the limit': moduleOf(func, table, section(9, vec([1, 0, leb(10_000_001)])), EMPTY_CODE),
    'fewer elements than told': moduleOf(func, table, section(9, vec([1, 0, 5])), EMPTY_CODE),
    'element segment of another type than its table': moduleOf(
      table,
      section(9, vec([6, 0, 0x41, 0, 0x0b, 0x6f, vec()])),
    ),
    'functions for a table of externref': moduleOf(
      func,
      section(4, vec([0x6f, 0, 1])),
      section(9, vec([0, 0x41, 0, 0x0b, vec(0)])),
      EMPTY_CODE,
    ),
    'data flags': moduleOf(memory, section(11, vec([3]))),
    'data without a memory': moduleOf(section(11, vec([0, 0x41, 0, 0x0b, 0]))),
    'data for another memory': moduleOf(memory, section(11, vec([2, 1, 0x41, 0, 0x0b, 0]))),
    'data past the section': moduleOf(memory, section(11, vec([1, 10, 0]))),
    'fewer data segments': moduleOf(memory, section(12, [2]), section(11, vec([1, 0]))),
    'data count without data': moduleOf(memory, section(12, [2])),
    'data count after code': moduleOf(memory, section(10, [0]), section(12, [0])),
    'two data counts': moduleOf(section(12, [0]), section(12, [0])),
  }
  testWords('decoder', new Map(Object.entries(cases)))
})

describe('where V8 11.3 differs', () => {
  it('refuses what is not in Wasm 2.0', () => {
    expect(ourError(moduleOf(section(13, vec())))).toBe('unknown section code #0x0d @+10')
    expect(ourError(moduleOf(section(5, vec([3, 1, 2]))))).toBe('invalid memory limits flags 0x3 @+11')
  })

  it('gives faults in constant expressions their offset in the module', () => {
    const bytes = moduleOf(section(6, vec([0x7f, 0, 0x42, 0, 0x0b])))
    expect(ourError(bytes)).toBe('type error in constant expression[0] (expected i32, got i64) @+15')
  })

  it('refuses element segments of numbers', () => {
    expect(ourError(moduleOf(section(9, vec([5, 0x7f, vec()]))))).toBe('Invalid element segment type i32 @+12')
  })

  it('has the limits of the JS API for imports and exports', () => {
    expect(ourError(moduleOf(section(2, leb(1_000_001))))).toContain('exceeds internal limit of 1000000')
    expect(ourError(moduleOf(section(7, leb(1_000_001))))).toContain('exceeds internal limit of 1000000')
  })
})

it('accepts tables that no store could hold', () => {
  const info = decodeModule(moduleOf(section(4, vec([0x70, 1, leb(0xffff_ffff), leb(0xffff_ffff)]))))
  expect(info.tables).toEqual([{ element: 0x70, min: 0xffff_ffff, max: 0xffff_ffff }])
})

it('keeps the bits of constants', () => {
  const bytes = moduleOf(
    section(
      6,
      vec(
        [0x7f, 0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x0b],
        [0x7e, 0, 0x42, 0x7f, 0x0b],
        [0x7e, 0, 0x42, 0x80, 0x80, 0x80, 0x80, 0x08, 0x0b],
        [0x7e, 0, 0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 0x0b],
        [0x7e, 0, 0x42, 0x80, 0x80, 0x80, 0x80, 0x40, 0x0b],
        [0x7d, 0, 0x43, 1, 0, 0xa0, 0x7f, 0x0b],
        [0x7c, 0, 0x44, 1, 0, 0, 0, 0, 0, 0xf4, 0x7f, 0x0b],
      ),
    ),
  )
  expect(decodeModule(bytes).globals.map(({ init }) => (init?.kind === 'const' ? [init.lo, init.hi] : []))).toEqual([
    [-0x80000000, 0],
    [-1, -1],
    [-0x80000000, 0],
    [0, -0x80000000],
    [0, -4],
    [0x7fa00001, 0],
    [1, 0x7ff40000],
  ])
})

it('knows which functions ref.func may name', () => {
  const bytes = moduleOf(
    NULLARY_TYPE,
    section(3, vec(0, 0, 0, 0, 0)),
    section(6, vec([0x70, 0, 0xd2, 0, 0x0b])),
    section(7, vec([str('f'), 0, 2])),
    section(9, vec([3, 0, vec(3)])),
    section(10, vec(body(0, 0x0b), body(0, 0x0b), body(0, 0x0b), body(0, 0x0b), body(0, 0x0b))),
  )
  expect([...decodeModule(bytes).declaredRefs]).toEqual([1, 0, 1, 1, 0])
})
