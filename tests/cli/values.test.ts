// The command's small parsers and formatters, without a process.
import { describe, expect, test } from 'vitest'
import { parseDuration } from '#dist/cli/groups.js'
import { suggest } from '#dist/cli/suggest.js'
import { formatFuncType, formatValue, parseValue } from '#dist/cli/values.js'
import { EXTERNREF, F32, F64, I32, I64 } from '#dist/wasm/types.js'

describe('values', () => {
  test.each([
    ['0', I32, 0],
    ['-2147483648', I32, -2147483648],
    ['4294967295', I32, -1],
    ['0xFFFF_FFFF', I32, -1],
    ['+7', I32, 7],
    ['18446744073709551615', I64, -1n],
    ['-0x8000000000000000', I64, -(2n ** 63n)],
    ['1e3', F64, 1000],
    ['.5', F32, 0.5],
    ['-inf', F64, -Infinity],
    ['NaN', F64, NaN],
  ])('%s', (text, type, value) => {
    expect(parseValue(text, type, 'it')).toBe(value)
  })

  test.each([
    ['4294967296', I32],
    ['-2147483649', I32],
    ['1.5', I32],
    ['', I32],
    ['0x', I64],
    ['18446744073709551616', I64],
    ['1,5', F64],
    ['', F64],
    ['null', EXTERNREF],
  ])('%s is refused', (text, type) => {
    expect(() => parseValue(text, type, 'it')).toThrow(/it (must be an|has type)/)
  })

  test.each([
    [Math.fround(0.1), F32, '0.1'],
    [Math.fround(16777217), F32, '16777216'],
    [Math.fround(3.4028235e38), F32, '3.4028235e+38'],
    [Math.fround(1e-45), F32, '1e-45'],
    [0.1, F64, '0.1'],
    [-0, F64, '-0'],
    [NaN, F32, 'nan'],
    [-Infinity, F64, '-inf'],
    [12n, I64, '12'],
    [null, EXTERNREF, 'null'],
  ])('%s prints', (value, type, text) => {
    expect(formatValue(value, type)).toBe(text)
  })

  test('function types', () => {
    expect(formatFuncType({ kind: 'func', params: [I32, F64], results: [] })).toBe('(i32, f64) -> ()')
    expect(formatFuncType({ kind: 'func', params: [], results: [I64] })).toBe('() -> i64')
  })
})

test('durations', () => {
  expect(['1', '2s', '100ms', '1.5m', '1h'].map((text) => parseDuration(text, 'x'))).toEqual([
    1000, 2000, 100, 90_000, 3_600_000,
  ])
  for (const bad of ['', '0', '-1', 's', '1d', '1e9h', '99999999h'])
    expect(() => parseDuration(bad, 'x')).toThrow(/duration/)
})

test('suggestions', () => {
  const known = ['dir', 'env', 'invoke', 'preload']
  expect(suggest('invok', known)).toBe('invoke')
  expect(suggest('evn', known)).toBe('env')
  expect(suggest('prelaod', known)).toBe('preload')
  expect(suggest('something', known)).toBeUndefined()
})
