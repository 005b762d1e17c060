// Data segments as the decoder leaves them: the program that reads many plain segments at once and the general reader must
// agree on where one ends and the other goes on.
import { describe, expect, it } from 'vitest'

import type { DataSegments } from '#dist/wasm/data-segments.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { leb, moduleOf, section } from '../support/binary.js'

const MEMORY = section(5, [1, 0, 1])
/** A global to take an offset from: an imported one. */
const IMPORT = section(2, [1, 1, 109, 1, 103, 3, 0x7f, 0])

const I32_CONST = 0x41
const GLOBAL_GET = 0x23
const END = 0x0b
const FILLER = Array.from({ length: 20 }, (_, i) => i)

type Segment = readonly number[]

function plain(offset: readonly number[], contents: readonly number[]): Segment {
  return [0, I32_CONST, ...offset, END, ...leb(contents.length), ...contents]
}

function decode(...segments: Segment[]): { datas: DataSegments; bytes: Uint8Array } {
  const bytes = moduleOf(IMPORT, MEMORY, section(11, [...leb(segments.length), ...segments.flat()]))
  return { datas: decodeModule(bytes).datas, bytes }
}

function contents({ datas, bytes }: { datas: DataSegments; bytes: Uint8Array }): number[][] {
  return Array.from({ length: datas.length }, (_, i) => [
    ...bytes.subarray(datas.start(i), datas.start(i) + datas.size(i)),
  ])
}

describe('data segments', () => {
  it('keeps plain ones as rows', () => {
    const found = decode(plain([8], FILLER), plain([0x80, 1], [7]), plain([0x7f], []), plain([0], FILLER))
    expect([0, 1, 2, 3].map((i) => found.datas.target(i))).toEqual([8, 128, 0xffff_ffff, 0])
    expect(contents(found)).toEqual([FILLER, [7], [], FILLER])
    expect(found.datas.allPlain).toBe(true)
    expect(found.datas.extent).toBe(0xffff_ffff)
  })

  it('takes the longest encodings of a number', () => {
    const long = [0x80, 0x80, 0x80, 0x80, 0x78]
    const found = decode(plain(long, FILLER), [0, I32_CONST, 5, END, 0x81, 0x80, 0x80, 0x80, 0, 9], plain([1], FILLER))
    expect([0, 1, 2].map((i) => found.datas.target(i))).toEqual([0x8000_0000, 5, 1])
    expect(contents(found)).toEqual([FILLER, [9], FILLER])
    expect(found.datas.allPlain).toBe(true)
  })

  it('goes on after passive ones and computed offsets', () => {
    const found = decode(
      plain([4], FILLER),
      [1, 2, 50, 51],
      [0, GLOBAL_GET, 0, END, 1, 60],
      [2, 0, I32_CONST, 3, END, 1, 70],
      plain([6], FILLER),
    )
    const { datas } = found
    expect(contents(found)).toEqual([FILLER, [50, 51], [60], [70], FILLER])
    expect([0, 1, 2, 3, 4].map((i) => datas.isActive(i))).toEqual([true, false, true, true, true])
    expect(datas.expression(2)).toEqual({ kind: 'global', index: 0 })
    expect([datas.expression(3), datas.target(3), datas.target(4)]).toEqual([undefined, 3, 6])
    expect(datas.allPlain).toBe(false)
  })

  it('reads thousands, large ones and others among them', () => {
    const offsets = [
      [0],
      [0x7f],
      [0xff, 0],
      [0x80, 0x80, 4],
      [0x80, 0x80, 0x80, 0x80, 0x78],
      [0xff, 0xff, 0xff, 0xff, 7],
    ]
    const targets = [0, 0xffff_ffff, 127, 65536, 0x8000_0000, 0x7fff_ffff]
    const large = Array.from({ length: 300_000 }, (_, i) => i & 0xff)
    const segments: Segment[] = []
    const expected: [number, number, boolean][] = []
    for (let i = 0; i < 5000; i++) {
      const bytes = i === 2000 ? large : FILLER.slice(0, i % 20)
      const passive = i % 700 === 699
      const which = i % targets.length
      segments.push(passive ? [1, ...leb(bytes.length), ...bytes] : plain(offsets[which], bytes))
      expected.push([passive ? 0 : targets[which], bytes.length, !passive])
    }
    const { datas, bytes } = decode(...segments)
    expect(expected.map((_, i) => [datas.target(i), datas.size(i), datas.isActive(i)])).toEqual(expected)
    expect([...bytes.subarray(datas.start(4999), datas.start(4999) + 19)]).toEqual(FILLER.slice(0, 19))
    expect(datas.extent).toBe(0xffff_ffff + 19)
    expect(datas.allPlain).toBe(false)
  })

  it('finds the errors of thousands where the general reader does', () => {
    const many = Array.from({ length: 2999 }, () => plain([0], [1])).flat()
    const tooLong = (bad: Segment): (() => void) => {
      const bytes = moduleOf(MEMORY, section(11, [...leb(3000), ...many, ...bad]))
      return () => decodeModule(bytes)
    }
    expect(tooLong([0, I32_CONST, 0, 1, 0])).toThrow('opcode nop is not allowed in constant expressions')
    expect(tooLong([0, I32_CONST, 0, END, 0xff, 0xff, 0xff, 0xff, 0x0f, ...FILLER])).toThrow(/4294967295 bytes/)
    expect(tooLong([0, I32_CONST, 0x80, 0x80, 0x80, 0x80, 0x08, END, 1, ...FILLER])).toThrow('extra bits in varint')
    expect(tooLong([3, 0])).toThrow('illegal flag value 3')
    expect(tooLong([])).toThrow()
  })

  it('finds the errors of a long section where the general reader does', () => {
    const many = Array.from({ length: 40 }, () => plain([0], [1]))
    const last = moduleOf(MEMORY, section(11, [...leb(41), ...many.flat(), 0, I32_CONST, 0, 1, 0]))
    expect(() => decodeModule(last)).toThrow('opcode nop is not allowed in constant expressions')
    const short = moduleOf(
      MEMORY,
      section(11, [...leb(41), ...many.flat(), ...plain([0], []).slice(0, -1), 30, ...FILLER]),
    )
    expect(() => decodeModule(short)).toThrow(/30 bytes/)
  })
})
