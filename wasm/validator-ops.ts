/**
 * How the validator treats each opcode, as flat tables by opcode id derived from the opcode table: what to do (`OpKind`),
 * the natural alignment, and the types of up to two operands and one result. Most opcodes then share the few cases of
 * `OpKind` and need none of their own.
 */
import { FC_BASE, Op, OPCODE_SPACE, opcodes, PREFIX_FC, type OpcodeInfo } from './opcodes.js'
import { F32, F64, I32, I64 } from './types.js'

/** Cases of the validator's switch. Dense, so that it becomes a jump table. */
export const OpKind = {
  Invalid: 0,
  /** one operand, one result */
  Unary: 1,
  /** two operands, one result */
  Binary: 2,
  Load: 3,
  Store: 4,
  LocalGet: 5,
  LocalSet: 6,
  LocalTee: 7,
  I32Const: 8,
  I64Const: 9,
  F32Const: 10,
  F64Const: 11,
  GlobalGet: 12,
  GlobalSet: 13,
  Call: 14,
  CallIndirect: 15,
  Block: 16,
  Loop: 17,
  If: 18,
  Else: 19,
  End: 20,
  Br: 21,
  BrIf: 22,
  BrTable: 23,
  Return: 24,
  Unreachable: 25,
  Nop: 26,
  Drop: 27,
  Select: 28,
  /** Everything rare: one method with one case an opcode. */
  Rare: 29,
} as const

/** Opcodes with a case of their own. */
const OWN_KIND = new Map<number, number>([
  [Op.LocalGet, OpKind.LocalGet],
  [Op.LocalSet, OpKind.LocalSet],
  [Op.LocalTee, OpKind.LocalTee],
  [Op.I32Const, OpKind.I32Const],
  [Op.I64Const, OpKind.I64Const],
  [Op.F32Const, OpKind.F32Const],
  [Op.F64Const, OpKind.F64Const],
  [Op.GlobalGet, OpKind.GlobalGet],
  [Op.GlobalSet, OpKind.GlobalSet],
  [Op.Call, OpKind.Call],
  [Op.CallIndirect, OpKind.CallIndirect],
  [Op.Block, OpKind.Block],
  [Op.Loop, OpKind.Loop],
  [Op.If, OpKind.If],
  [Op.Else, OpKind.Else],
  [Op.End, OpKind.End],
  [Op.Br, OpKind.Br],
  [Op.BrIf, OpKind.BrIf],
  [Op.BrTable, OpKind.BrTable],
  [Op.Return, OpKind.Return],
  [Op.Unreachable, OpKind.Unreachable],
  [Op.Nop, OpKind.Nop],
  [Op.Drop, OpKind.Drop],
  [Op.Select, OpKind.Select],
  // These have immediates that the shape of their signature does not tell.
  [Op.MemorySize, OpKind.Rare],
  [Op.MemoryGrow, OpKind.Rare],
])

/** Value types by their letter in the opcode table; `a`, the address type, is i32 while memories have 32-bit indices. */
const LETTER_TYPES: Readonly<Record<string, number>> = { i: I32, I: I64, f: F32, F: F64, a: I32 }

function kindOf(info: OpcodeInfo, params: string, results: string): number {
  const own = OWN_KIND.get(info.id)
  if (own !== undefined) return own
  if (info.align >= 0) return results === '' ? OpKind.Store : OpKind.Load
  if (info.id < FC_BASE && params.length === 1 && results.length === 1) return OpKind.Unary
  if (info.id < FC_BASE && params.length === 2 && results.length === 1) return OpKind.Binary
  return OpKind.Rare
}

function signature(info: OpcodeInfo): readonly [params: string, results: string] {
  if (info.sig === '*') return ['', '']
  const [params, results] = info.sig.split(':')
  return [params, results]
}

function tableOf(fallback: number, entry: (info: OpcodeInfo, params: string, results: string) => number): Uint8Array {
  const table = new Uint8Array(OPCODE_SPACE).fill(fallback)
  for (const info of opcodes) table[info.id] = entry(info, ...signature(info))
  return table
}

/** `OpKind` by opcode id. */
export const opKinds = tableOf(OpKind.Invalid, kindOf)
opKinds[PREFIX_FC] = OpKind.Rare

/** Natural alignment exponent of a memory access by opcode id. */
export const opAligns = tableOf(0, (info) => Math.max(info.align, 0))

/** Types of the first and second operand and of the result by opcode id, 0 where there is none or it is not fixed. */
export const opFirst = tableOf(0, (_info, params) => LETTER_TYPES[params[0]] ?? 0)
export const opSecond = tableOf(0, (_info, params) => LETTER_TYPES[params[1]] ?? 0)
export const opResult = tableOf(0, (_info, _params, results) => LETTER_TYPES[results[0]] ?? 0)

/** Parameter types of the opcodes whose signature is fixed, by opcode id: for the rare ones, which pop them one by one. */
export const fixedParams: readonly (readonly number[] | undefined)[] = (() => {
  const byId = Array.from<readonly number[] | undefined>({ length: OPCODE_SPACE })
  for (const info of opcodes) {
    if (info.sig !== '*') byId[info.id] = Array.from(info.sig.split(':')[0], (letter) => LETTER_TYPES[letter])
  }
  return byId
})()
