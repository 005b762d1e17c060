// Division by constants: no division is left, quotients and remainders are right near every multiple that could go wrong.
import { describe, expect, it } from 'vitest'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { interpret, type InterpreterHost } from '#dist/tiers/optimizing/ir/interpret.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { Random } from '../../support/random.js'

const midEnd = new MidEnd()
const host = {} as InterpreterHost
const divisors = [
  2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 25, 100, 125, 625, 641, 1000, 65535, 65537, 1_000_000_007, 0x7fff_ffff, 0x8000_0000,
  0x8000_0001, 0xffff_fffe, -2, -3, -7, -10, -0x7fff_ffff,
]

function optimized(op: string, divisor: number): ReturnType<typeof parseFunction> {
  const f = parseFunction(`func "f" (i32) -> (i32) {
block0(v0: i32):
  v1 = iconst.i32 ${divisor | 0}
  v2 = ${op}.i32 v0, v1
  return v2
}`)
  midEnd.run(f)
  return f
}

function inputs(divisor: number): number[] {
  const values = [0, 1, -1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe]
  for (const multiple of [
    1,
    2,
    3,
    Math.floor(0xffff_ffff / (divisor >>> 0)),
    Math.floor(0x7fff_ffff / Math.abs(divisor | 0)),
  ]) {
    for (const delta of [-1, 0, 1])
      values.push(Math.imul(divisor, multiple) + delta, -Math.imul(divisor, multiple) + delta)
  }
  return values
}

const expected: Record<string, (x: number, d: number) => number> = {
  udiv: (x, d) => Math.floor((x >>> 0) / (d >>> 0)),
  urem: (x, d) => (x >>> 0) % (d >>> 0),
  sdiv: (x, d) => Math.trunc((x | 0) / (d | 0)),
  srem: (x, d) => (x | 0) % (d | 0),
}

describe.each(Object.keys(expected))('%s by a constant', (op) => {
  it('is a multiplication', () => {
    for (const divisor of divisors) {
      const f = optimized(op, divisor)
      expect(printFunction(f)).not.toMatch(/[su](div|rem)/)
      for (const x of inputs(divisor)) {
        const [bits] = interpret(f, [BigInt.asUintN(32, BigInt(x))], host)
        expect(bits, `${x} ${op} ${divisor}`).toBe(BigInt.asUintN(32, BigInt(expected[op](x, divisor))))
      }
    }
  })

  it('stays when it can trap', () => {
    expect(printFunction(optimized(op, 0))).toContain(op)
    if (op === 'sdiv') expect(printFunction(optimized(op, -1))).toContain(op)
  })
})

const longDivisors = [
  2n, 3n, 5n, 6n, 7n, 9n, 10n, 11n, 12n, 25n, 100n, 641n, 1000n, 86_400n, 1_000_000_007n, 0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0001n,
  10n ** 18n, 6_700_417n * 641n, (1n << 62n) + 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 63n) + 1n, (1n << 64n) - 2n, -2n, -3n, -7n, -10n,
  -(10n ** 9n), -(1n << 62n) - 1n,
] // oxfmt-ignore

function optimizedLong(op: string, divisor: bigint): ReturnType<typeof parseFunction> {
  const f = parseFunction(`func "f" (i64) -> (i64) {
block0(v0: i64):
  v1 = iconst.i64 ${BigInt.asIntN(64, divisor)}
  v2 = ${op}.i64 v0, v1
  return v2
}`)
  midEnd.run(f)
  return f
}

const expectedLong: Record<string, (x: bigint, d: bigint) => bigint> = {
  udiv: (x, d) => BigInt.asUintN(64, x) / BigInt.asUintN(64, d),
  urem: (x, d) => BigInt.asUintN(64, x) % BigInt.asUintN(64, d),
  sdiv: (x, d) => BigInt.asIntN(64, x) / BigInt.asIntN(64, d),
  srem: (x, d) => BigInt.asIntN(64, x) % BigInt.asIntN(64, d),
}

/** Near small multiples of the divisor, the greatest ones, and where the sign changes. */
function longInputs(divisor: bigint): bigint[] {
  const values = [0n, 1n, -1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 2n]
  const unsigned = BigInt.asUintN(64, divisor)
  const signed = BigInt.asIntN(64, divisor)
  const size = signed < 0n ? -signed : signed
  for (const multiple of [1n, 2n, 3n, ((1n << 64n) - 1n) / unsigned, ((1n << 63n) - 1n) / size, (1n << 63n) / size]) {
    for (const delta of [-1n, 0n, 1n]) values.push(divisor * multiple + delta, -divisor * multiple + delta)
  }
  return values
}

describe.each(Object.keys(expectedLong))('%s of i64 by a constant', (op) => {
  it('is a multiplication', () => {
    const random = new Random(11)
    for (const divisor of longDivisors) {
      const f = optimizedLong(op, divisor)
      expect(printFunction(f)).not.toMatch(/[su](div|rem)/)
      const values = longInputs(divisor)
      for (let i = 0; i < 50; i++)
        values.push(
          BigInt.asUintN(random.below(65), (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32))),
        )
      for (const x of values) {
        const [bits] = interpret(f, [BigInt.asUintN(64, x)], host)
        expect(bits, `${x} ${op} ${divisor}`).toBe(BigInt.asUintN(64, expectedLong[op](x, divisor)))
      }
    }
  })

  it('stays when it can trap', () => {
    expect(printFunction(optimizedLong(op, 0n))).toContain(op)
    if (op === 'sdiv') expect(printFunction(optimizedLong(op, -1n))).toContain(op)
  })
})
