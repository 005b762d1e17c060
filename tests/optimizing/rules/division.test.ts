// Division by constants: no division is left, quotients and remainders are right near every multiple that could go wrong.
import { describe, expect, it } from 'vitest'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { interpret, type InterpreterHost } from '#dist/tiers/optimizing/ir/interpret.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'

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
