// The semantics of integer operations at 8 bits against plain JavaScript, exhaustively, and their SMT-LIB text. Wider
// ones and floats are compared with V8 by tests/optimizing/translate.
import { describe, expect, it } from 'vitest'
import { TrapCode } from '#dist/tiers/abi.js'
import { IrOp } from '#dist/tiers/optimizing/ir/ops.js'
import { evaluateOp, integerTerm, trapTerm } from '#dist/tiers/optimizing/ir/semantics.js'
import { evaluate, toSmtLib, variable } from '#dist/tiers/optimizing/ir/terms.js'
import { IntCc, Ty } from '#dist/tiers/optimizing/ir/types.js'

const s8 = (x: number): number => (x << 24) >> 24

const reference: Record<string, [op: number, aux: number, compute: (a: number, b: number) => number]> = {
  iadd: [IrOp.Iadd, 0, (a, b) => a + b],
  isub: [IrOp.Isub, 0, (a, b) => a - b],
  imul: [IrOp.Imul, 0, (a, b) => a * b],
  ishl: [IrOp.Ishl, 0, (a, b) => a << (b & 7)],
  ushr: [IrOp.Ushr, 0, (a, b) => a >> (b & 7)],
  sshr: [IrOp.Sshr, 0, (a, b) => s8(a) >> (b & 7)],
  rotl: [IrOp.Rotl, 0, (a, b) => (a << (b & 7)) | (a >> (8 - (b & 7)))],
  rotr: [IrOp.Rotr, 0, (a, b) => (a >> (b & 7)) | (a << (8 - (b & 7)))],
  clz: [IrOp.Clz, 0, (a) => Math.clz32(a) - 24],
  ctz: [IrOp.Ctz, 0, (a) => (a === 0 ? 8 : 31 - Math.clz32(a & -a))],
  popcnt: [IrOp.Popcnt, 0, (a) => a.toString(2).replaceAll('0', '').length],
  slt: [IrOp.Icmp, IntCc.SLt, (a, b) => (s8(a) < s8(b) ? 1 : 0)],
  uge: [IrOp.Icmp, IntCc.UGe, (a, b) => (a >= b ? 1 : 0)],
}

describe('integer operations', () => {
  for (const [name, [op, aux, compute]] of Object.entries(reference)) {
    it(`${name} computes at 8 bits what it should`, () => {
      const term = integerTerm(op, aux, [variable(0, 8), variable(1, 8)], 8)
      if (term === undefined) throw new Error('no term')
      const wrong: string[] = []
      for (let a = 0; a < 256; a++) {
        for (let b = 0; b < 256; b += 5) {
          const value = Number(evaluate(term, [BigInt(a), BigInt(b)]))
          if (value !== (compute(a, b) & 0xff)) wrong.push(`${a}, ${b}: ${value}`)
        }
      }
      expect(wrong).toEqual([])
    })
  }

  it('trap as Wasm does', () => {
    const least = 0x80000000n
    const types = [Ty.I32, Ty.I32]
    expect(evaluateOp(IrOp.Sdiv, Ty.I32, 0, types, [5n, 0n])).toEqual({ trap: TrapCode.DivideByZero })
    expect(evaluateOp(IrOp.Sdiv, Ty.I32, 0, types, [least, 0xffffffffn])).toEqual({
      trap: TrapCode.DivideUnrepresentable,
    })
    expect(evaluateOp(IrOp.Srem, Ty.I32, 0, types, [least, 0xffffffffn])).toEqual({ bits: 0n })
    expect(evaluateOp(IrOp.Urem, Ty.I32, 0, types, [5n, 0n])).toEqual({ trap: TrapCode.RemainderByZero })
    expect(trapTerm(IrOp.Iadd, [variable(0, 8), variable(1, 8)])).toBeUndefined()
  })

  it('reverse bytes', () => {
    expect(evaluateOp(IrOp.Bswap, Ty.I32, 0, [Ty.I32], [0x01_02_03_84n])).toEqual({ bits: 0x84_03_02_01n })
    expect(evaluateOp(IrOp.Bswap, Ty.I64, 0, [Ty.I64], [0x01_02_03_04_05_06_07_08n])).toEqual({
      bits: 0x08_07_06_05_04_03_02_01n,
    })
  })

  it('have a text that a solver reads', () => {
    const term = integerTerm(IrOp.Ishl, 0, [variable(0, 32), variable(1, 32)], 32)
    if (term === undefined) throw new Error('no term')
    expect(toSmtLib(term, ['x', 'y'])).toBe('(bvshl x (bvand y (_ bv31 32)))')
    const wide = integerTerm(IrOp.Sext, 0, [variable(0, 32)], 64)
    if (wide === undefined) throw new Error('no term')
    expect(toSmtLib(wide, ['x'])).toBe('((_ sign_extend 32) x)')
  })
})
