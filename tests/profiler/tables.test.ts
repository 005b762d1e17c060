// The tables a profile is recorded in, and text in pieces.
import { constant } from '#dist/profiler/firefox-schema.js'
import { jsonText } from '#dist/profiler/json.js'
import { PairTable } from '#dist/profiler/pair-table.js'
import { SampleColumns } from '#dist/profiler/sample-columns.js'
import { describe, expect, test } from 'vitest'

describe('PairTable', () => {
  test('gives equal pairs one index and different ones the next', () => {
    const table = new PairTable()
    const known = new Map<string, number>()
    const wrong: string[] = []
    let seed = 12345
    for (let i = 0; i < 50_000; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) | 0
      const first = ((seed >> 3) % 300) | 0
      const second = (seed % 211) | 0
      const key = `${first}:${second}`
      const index = table.intern(first, second)
      const isRight = index === (known.get(key) ?? known.size)
      known.set(key, index)
      if (!isRight || table.first[index] !== first || table.second[index] !== second) wrong.push(key)
    }
    expect(wrong).toEqual([])
    expect(table.count).toBe(known.size)
    table.clear()
    expect(table.intern(1, 2)).toBe(0)
  })
})

describe('SampleColumns', () => {
  test('keeps what it is given over several chunks', () => {
    const columns = new SampleColumns()
    for (let i = 0; i < 200_000; i++) columns.add(i % 7 === 0 ? -1 : i, i * 3, i % 5 === 0 ? -1 : i)
    for (let i = 0; i < 200_000; i += 997) {
      expect([columns.stack(i), columns.time(i), columns.cpu(i)]).toEqual([
        i % 7 === 0 ? -1 : i,
        i * 3,
        i % 5 === 0 ? -1 : i,
      ])
    }
    expect(columns.halvings).toBe(0)
  })

  test('beyond its limit it halves the rate and keeps the sums of times', () => {
    const columns = new SampleColumns(1000)
    for (let i = 0; i < 10_000; i++) columns.add(i, 1000, 900)
    expect(columns.length).toBeLessThanOrEqual(1000)
    expect(columns.halvings).toBeGreaterThan(2)
    let time = 0
    let cpu = 0
    for (let i = 0; i < columns.length; i++) {
      time += columns.time(i)
      cpu += columns.cpu(i)
    }
    expect(time).toBe(10_000 * 1000)
    expect(cpu).toBe(10_000 * 900)
  })

  test('an hour at 1 kHz takes less than 50 MB', () => {
    const columns = new SampleColumns()
    for (let i = 0; i < 3_600_000; i++) columns.add(i & 1023, 1000, 1000)
    expect(columns.bytes).toBeLessThan(50e6)
    for (let i = 0; i < 100; i++) columns.add(0, 1000, 1000)
    expect(columns.bytes).toBeLessThan(50e6)
  })
})

describe('jsonText', () => {
  const text = (value: unknown): string => Array.from(jsonText(value)).join('')

  test('writes what JSON.stringify writes', () => {
    const values = [
      null,
      1.5,
      'a "quoted" \u2028 text',
      [],
      {},
      [[1, 2], [], [{ a: null }]],
      { a: { b: [true, 'x', null], c: undefined }, d: [] },
      Array.from({ length: 20_000 }, (_, i) => i),
    ]
    for (const value of values) expect(JSON.parse(text(value))).toEqual(JSON.parse(JSON.stringify(value)))
  })

  test('writes lazy columns in pieces', () => {
    const column = { length: 30_000, at: (i: number) => i * 2 }
    expect(JSON.parse(text({ column, none: constant(0, 1), one: constant(2, 'x') }))).toEqual({
      column: Array.from({ length: 30_000 }, (_, i) => i * 2),
      none: [],
      one: ['x', 'x'],
    })
    expect(Math.max(...Array.from(jsonText(column), (piece) => piece.length))).toBeLessThan(100_000)
  })
})
