// Debug information made to be as costly or as confusing as it can be: each of these once took for ever, all memory, or
// ended in an error that is none of ours.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Abbreviations } from '#dist/wasm/debug/abbreviations.js'
import { DebugInfo } from '#dist/wasm/debug/debug-info.js'
import { DwarfReader } from '#dist/wasm/debug/dwarf-reader.js'
import type { Location, Machine } from '#dist/wasm/debug/expression.js'
import { joinPath } from '#dist/wasm/debug/line-program.js'
import { followPath, membersBehind } from '#dist/wasm/debug/paths.js'
import { DebugSections } from '#dist/wasm/debug/sections.js'
import { Unit } from '#dist/wasm/debug/unit.js'
import { Units } from '#dist/wasm/debug/units.js'
import { showValue, typeSize } from '#dist/wasm/debug/value-types.js'
import { variablesAt } from '#dist/wasm/debug/variables.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { WasmError } from '#dist/wasm/error.js'
import { I32 } from '#dist/wasm/types.js'
import { Random } from '../support/random.js'

const Tag = {
  arrayType: 0x01,
  enumerationType: 0x04,
  member: 0x0d,
  compileUnit: 0x11,
  structureType: 0x13,
  variant: 0x19,
}
const At = { byteSize: 0x0b, encoding: 0x3e, type: 0x49, constValue: 0x1c, name: 0x03, ranges: 0x55, count: 0x37 }
const Form = { block: 0x09, data1: 0x0b, string: 0x08, ref4: 0x13, secOffset: 0x17, sdata: 0x0d, udata: 0x0f }

type Shape = readonly [code: number, tag: number, children: 0 | 1, ...attributes: number[]]

function leb(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}

function word(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)
}

function abbreviations(shapes: readonly Shape[]): number[] {
  return [...shapes.flatMap(([code, tag, children, ...attributes]) => {
    return [...leb(code), ...leb(tag), children, ...attributes.flatMap(leb), 0, 0]
  }), 0] // oxfmt-ignore
}

/** A unit of version 4 whose entries are given; they begin at offset 11. */
function unitBytes(entries: readonly number[]): number[] {
  return [...word(entries.length + 7), 4, 0, ...word(0), 4, ...entries]
}

function sectionsOf(parts: Readonly<Record<string, ArrayLike<number>>>): DebugSections {
  let bytes = new Uint8Array(0)
  const customs = Object.entries(parts).map(([name, contents]) => {
    const start = bytes.length
    const grown = new Uint8Array(start + contents.length)
    grown.set(bytes)
    grown.set(Array.from(contents), start)
    bytes = grown
    return { name, start, end: bytes.length }
  })
  return new DebugSections(bytes, customs)
}

function unitOf(shapes: readonly Shape[], entries: readonly number[]): Unit {
  const sections = sectionsOf({ '.debug_abbrev': abbreviations(shapes), '.debug_info': unitBytes(entries) })
  return new Unit(sections, new Abbreviations(sections), 0)
}

/** Memory that repeats its few bytes. */
function machine(...bytes: readonly number[]): Machine {
  const none = (): undefined => undefined
  const memory = (address: number, length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => bytes[(address + i) % bytes.length])
  return { local: none, operand: none, global: none, memory }
}

const HERE: Location = { kind: 'memory', address: 0 }

describe('numbers', () => {
  it('are damaged when they are longer than any number', () => {
    const endless = Uint8Array.of(...Array.from({ length: 200 }, () => 0x80), 0)
    expect(() => new DwarfReader(endless, 0, endless.length).uleb()).toThrow(WasmError)
    expect(() => new DwarfReader(endless, 0, endless.length).sleb()).toThrow(WasmError)
  })

  it('may have more bytes than they need', () => {
    const padded = Uint8Array.of(0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)
    expect(new DwarfReader(padded, 0, padded.length).uleb()).toBe(5)
    expect(new DwarfReader(padded, 0, padded.length).sleb()).toBe(5)
  })

  it('do not lead out of a section', () => {
    const shapes: Shape[] = [[1, Tag.compileUnit, 0, At.constValue, Form.block, At.name, Form.string]]
    const entries = [1, ...Array.from({ length: 200 }, () => 0x80), 0, 0x61, 0]
    expect(() => unitOf(shapes, entries)).toThrow(WasmError)
  })
})

describe('types', () => {
  const self: Shape[] = [
    [1, Tag.compileUnit, 1],
    [2, Tag.arrayType, 1, At.type, Form.ref4],
    [3, 0x21, 0, At.count, Form.data1],
    [4, 0x24, 0, At.encoding, Form.data1, At.byteSize, Form.data1],
  ]

  it('may be an array of itself', () => {
    const unit = unitOf(self, [1, 2, ...word(12), 3, 2, 0, 0])
    expect(typeSize(unit, 1)).toBeUndefined()
    expect(showValue(unit, 1, HERE, machine(0))).toBeUndefined()
  })

  it('are shown a few levels deep, dimensions too', () => {
    const dimensions = Array.from({ length: 12 }, () => [3, 255]).flat()
    const array = [2, ...word(17 + dimensions.length), ...dimensions, 0]
    const unit = unitOf(self, [1, ...array, 4, 5, 1, 0])
    const shown = showValue(unit, 1, HERE, machine(1)) ?? ''
    expect(shown.length).toBeLessThan(1 << 16)
    expect(shown.startsWith('[[[[...], ')).toBe(true)
  })

  it('may have variants in variants without end', () => {
    const shapes: Shape[] = [
      [1, Tag.compileUnit, 1],
      [2, Tag.structureType, 1],
      [3, 0x33, 1],
      [4, Tag.variant, 1],
    ]
    const depth = 20_000
    const nested = Array.from({ length: depth }, () => [3, 4]).flat()
    const unit = unitOf(shapes, [1, 2, ...nested, ...Array.from({ length: 2 * depth + 2 }, () => 0)])
    expect(showValue(unit, 1, HERE, machine(0))).toBe('{}')
  })
})

describe('values', () => {
  const enumeration = (size: number, form: number, value: readonly number[]): Unit => {
    const shapes: Shape[] = [
      [1, Tag.compileUnit, 1],
      [2, Tag.enumerationType, 1, At.byteSize, Form.data1],
      [3, 0x28, 0, At.name, Form.string, At.constValue, form],
    ]
    return unitOf(shapes, [1, 2, size, 3, 0x41, 0, ...value, 0, 0])
  }

  it.each([
    ['the highest of an unsigned one', enumeration(4, Form.udata, [0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a negative one', enumeration(4, Form.sdata, [0x7f])],
    ['a negative one of a byte', enumeration(1, Form.sdata, [0x7f])],
    ['the highest one of a byte', enumeration(1, Form.udata, [0xff, 0x01])],
  ])('of an enumeration have names: %s', (_, unit) => {
    expect(showValue(unit, 1, HERE, machine(0xff))).toBe('A')
  })

  it('of enumerations without a name are numbers', () => {
    expect(showValue(enumeration(4, Form.sdata, [0x7f]), 1, HERE, machine(3))).toBe(String(0x03030303))
  })

  it('of a floating-point type that we do not know are not shown', () => {
    const shapes: Shape[] = [
      [1, Tag.compileUnit, 1],
      [2, 0x24, 0, At.encoding, Form.data1, At.byteSize, Form.data1],
    ]
    expect(showValue(unitOf(shapes, [1, 2, 4, 2, 0]), 1, HERE, machine(0x3c))).toBeUndefined()
    expect(showValue(unitOf(shapes, [1, 2, 4, 4, 0]), 1, HERE, machine(0, 0, 0x80, 0x3f))).toBe('1')
  })
})

describe('damaged variables', () => {
  const around = machine(...Array.from({ length: 251 }, (_, i) => i))
  const value = { type: I32, lo: 1024, hi: 0 }
  const locals: Machine = { ...around, local: () => value, operand: () => value, global: () => value }

  it.each(['account', 'shapes', 'divide-optimized', 'callback'])('of %s never throw', (program) => {
    const original = readFileSync(new URL(`../coredump/programs/${program}.wasm`, import.meta.url))
    const info = decodeModule(original)
    const sections = info.customs.filter(({ name }) => name.startsWith('.debug_'))
    const random = new Random(11)
    for (let round = 0; round < 50; round++) {
      const bytes = new Uint8Array(original)
      for (let i = random.below(12); i >= 0; i--) {
        const { start, end } = sections[random.below(sections.length)]
        bytes[start + random.below(end - start)] = random.below(3) === 0 ? 0xff : random.below(256)
      }
      const debug = new DebugInfo(info, bytes)
      for (let at = info.codeStart; at < info.codeEnd; at += 13) {
        for (const { name } of variablesAt(debug, at, locals)) {
          for (const path of [`*${name}`, `&${name}`, `${name}[1]`, `${name}->x`]) followPath(debug, at, locals, path)
          membersBehind(debug, at, locals, name)
        }
      }
    }
  })
})

describe('work', () => {
  it('is bounded where units share one unfinished table of abbreviations', () => {
    const endless = new Uint8Array(1 << 18).fill(1)
    const tables = new Abbreviations(sectionsOf({ '.debug_abbrev': endless }))
    let refused = false
    for (let offset = 0; offset < 100 && !refused; offset++) {
      try {
        tables.table(offset)
      } catch (error) {
        refused = error instanceof WasmError && error.message.includes('overlap')
      }
    }
    expect(refused).toBe(true)
  })

  it('is bounded where units share one list of ranges', () => {
    const shape: Shape = [1, Tag.compileUnit, 0, At.ranges, Form.secOffset]
    const unit = [...word(13), 5, 0, 1, 4, ...word(0), 1, ...word(0)]
    const range = [7, ...word(1), 1]
    const sections = sectionsOf({
      '.debug_abbrev': abbreviations([shape]),
      '.debug_info': Array.from({ length: 2000 }, () => unit).flat(),
      '.debug_rnglists': [...Array.from({ length: 60_000 }, () => range).flat(), 0],
    })
    expect(new Units(sections, () => undefined).find(1)).toBeDefined()
  })

  it('is bounded for names of directories', () => {
    const slashes = '/'.repeat(1 << 18)
    expect(joinPath(`${slashes}x${slashes}`, 'a')).toBe(`${slashes}x/a`)
    expect(joinPath(slashes, 'a')).toBe('/a')
  })

  it('is bounded for files in a directory with a long name', () => {
    const name = [...Array.from({ length: 1 << 16 }, () => 0x61), 0]
    const files = Array.from({ length: 20_000 }, (_, i) => [0x41 + (i % 26), 0x41 + ((i / 26) % 26), 0, 1, 0, 0]).flat()
    const tables = [...name, 0, ...files, 0]
    const rows = Array.from({ length: 20_000 }, (_, i) => [4, ...leb(i + 1), 2, 1, 1]).flat()
    const program = [0, 5, 2, ...word(1), 1, ...rows, 0, 1, 1]
    const head = [1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, ...tables]
    const body = [3, 0, ...word(head.length), ...head, ...program]
    const bytes = Uint8Array.from([...word(body.length), ...body])
    const customs = [{ name: '.debug_line', start: 0, end: bytes.length }]
    const debug = new DebugInfo({ customs, codeStart: 0, codeEnd: 1 << 20 }, bytes)
    expect(debug.position(1)).toBeUndefined()
  })
})
