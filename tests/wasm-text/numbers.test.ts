// Number literals against known bits. The f32 cases with long tails are those that a detour over f64 gets wrong.
import { describe, expect, it } from 'vitest'
import { parseF32, parseF64, parseI32, parseI64, parseU32 } from '#dist/wasm/text/numbers.js'

const single = new Float32Array(1)
const singleBits = new Uint32Array(single.buffer)

describe('integers', () => {
  it.each([
    ['0', 0],
    ['+7', 7],
    ['-1', -1],
    ['0xffff_ffff', -1],
    ['4294967295', -1],
    ['-0x8000_0000', -0x80000000],
    ['1_000_000', 1_000_000],
  ])('i32 %s', (text, value) => expect(parseI32(text)).toBe(value))

  it.each(['4294967296', '-2147483649', '0x1_0000_0000'])('i32 %s is out of range', (text) =>
    expect(parseI32(text)).toBe('constant out of range'),
  )

  it.each(['', '+', '1_', '_1', '1__0', '0x', '0x_1', '0X1', '1.', 'a', '--1', '1e3'])('i32 %s is malformed', (text) =>
    expect(parseI32(text)).toBe('an integer is expected'),
  )

  it('keeps all bits of i64', () => {
    expect(parseI64('0xffffffffffffffff')).toBe(-1n)
    expect(parseI64('-0x8000000000000000')).toBe(-(1n << 63n))
    expect(parseI64('9007199254740993')).toBe(9007199254740993n)
    expect(parseI64('18446744073709551616')).toBe('constant out of range')
    expect(parseI64('-9223372036854775809')).toBe('constant out of range')
  })

  it('refuses signs on indices', () => {
    expect(parseU32('+1')).toBe('an integer is expected')
    expect(parseU32('4294967296')).toBe('constant out of range')
  })
})

describe('floats', () => {
  it.each([
    ['0', 0],
    ['-0', 0x80000000],
    ['1', 0x3f800000],
    ['1.', 0x3f800000],
    ['0x1p0', 0x3f800000],
    ['0x1.8p+1', 0x40400000],
    ['1e38', 0x7e967699],
    ['inf', 0x7f800000],
    ['-inf', 0xff800000],
    ['nan', 0x7fc00000],
    ['-nan', 0xffc00000],
    ['nan:0x1', 0x7f800001],
    ['-nan:0x7f_ffff', 0xffffffff],
    ['0x1p-149', 1],
    ['0x1p-150', 0],
    ['0x1.000000000000000000001p-150', 1],
    ['0x1.fffffep127', 0x7f7fffff],
    ['0x1.fffffefffffffffffp127', 0x7f7fffff],
    ['0x1.00000100000000001p-50', 0x26800001],
    ['0x1.000001p-50', 0x26800000],
    // 1 + 2^-24: half way, to even; then a hair more, which f64 cannot see
    ['1.000000059604644775390625', 0x3f800000],
    ['1.0000000596046447753906250000000000000000000001', 0x3f800001],
    ['1.0000000596046447753906249999999999999999999999', 0x3f800000],
    // 1 + 3 * 2^-24: half way from above, to even is up; a hair less is down
    ['1.000000178813934326171875', 0x3f800002],
    ['1.0000001788139343261718749999999999999999999999', 0x3f800001],
    // half of the smallest subnormal
    [
      '7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015625e-46',
      0,
    ],
    [
      '7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015626e-46',
      1,
    ],
    // the limit of overflow is half way above the greatest
    ['340282356779733661637539395458142568447', 0x7f7fffff],
  ])('f32 %s', (text, bits) => expect(parseF32(text)).toBe(bits))

  it.each([
    '340282356779733661637539395458142568448',
    '1e39',
    '0x1p128',
    '0x1.ffffffp127',
    '1e99999999999',
    'nan:0x80_0000',
    'nan:0x0',
  ])('f32 %s is out of range', (text) => expect(parseF32(text)).toBe('constant out of range'))

  it.each([
    '',
    '.5',
    '1e',
    '0x',
    '0x.p1',
    '0x1.8g',
    '1p3',
    'nan:1',
    'nan:',
    'infinity',
    'NaN',
    '1_.0',
    '1._0',
    '0x1p',
    '+ 1',
  ])('f32 %s is malformed', (text) => expect(parseF32(text)).toBe('a number is expected'))

  it.each([
    ['0x1p-1074', 1n],
    ['0x1p-1075', 0n],
    ['0x1.0000000000001p-1075', 1n],
    ['0x1.fffffffffffffp1023', 0x7fefffffffffffffn],
    ['0x1.fffffffffffff7p1023', 0x7fefffffffffffffn],
    ['4.9e-324', 1n],
    ['-1.7976931348623157e308', 0xffefffffffffffffn],
    ['nan:0xfffffffffffff', 0x7fffffffffffffffn],
    ['0x0p99999999999999999999', 0n],
    ['0x1p-99999999999999999999', 0n],
  ])('f64 %s', (text, bits) => expect(parseF64(text)).toBe(bits))

  it.each(['0x1p1024', '0x1.fffffffffffff8p1023', '1e309', 'nan:0x10_0000_0000_0000'])(
    'f64 %s is out of range',
    (text) => expect(parseF64(text)).toBe('constant out of range'),
  )

  it('reads back what JavaScript prints, and the same value with more digits', () => {
    let state = 1
    for (let i = 0; i < 20_000; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      singleBits[0] = state
      const value = single[0]
      if (!Number.isFinite(value)) continue
      if (parseF32(String(value)) !== state) expect.fail(String(value))
      // more digits than an f64 has
      if (value !== 0 && parseF32(value.toExponential(20)) !== state) expect.fail(value.toExponential(20))
    }
  })
})
