/**
 * What the validator knows of each opcode, as tables by opcode id derived from the opcode table: for its fast loop one
 * integer with the shape of the signature, the alignment and the types of up to two operands and one result; for the
 * general step the parameters as lists.
 */
import { OPCODE_SPACE, opcodes, type OpcodeInfo } from './opcodes.js'
import { F32, F64, I32, I64 } from './types.js'

export const Shape = {
  /** one operand, one result */
  Unary: 1,
  /** two operands, one result */
  Binary: 2,
  /** anything else */
  Other: 0,
} as const

/** Layout of a description: shape in bits 0 and 1, alignment exponent in 4 and 5, three types of 7 bits from 8. */
export const SHAPE_MASK = 3
export const ALIGN_SHIFT = 4
export const ALIGN_MASK = 3
export const FIRST_SHIFT = 8
export const SECOND_SHIFT = 15
export const RESULT_SHIFT = 22
export const TYPE_MASK = 0x7f

/** Value types by their letter in the opcode table; `a`, the address type, is i32 while memories have 32-bit indices. */
const LETTER_TYPES: Readonly<Record<string, number>> = { i: I32, I: I64, f: F32, F: F64, a: I32 }

function shapeOf(info: OpcodeInfo, params: string, results: string): number {
  // The rest has immediates.
  if (info.imm !== 0 || results.length !== 1) return Shape.Other
  if (params.length === 1) return Shape.Unary
  return params.length === 2 ? Shape.Binary : Shape.Other
}

function describe(info: OpcodeInfo): number {
  const [params, results] = info.sig === '*' ? ['', ''] : info.sig.split(':')
  const types = [params[0], params[1], results[0]].map((letter) => LETTER_TYPES[letter] ?? 0)
  return (
    shapeOf(info, params, results) |
    (Math.max(info.align, 0) << ALIGN_SHIFT) |
    (types[0] << FIRST_SHIFT) |
    (types[1] << SECOND_SHIFT) |
    (types[2] << RESULT_SHIFT)
  )
}

/** Description by opcode id. */
export const opDescriptions: Int32Array = (() => {
  const table = new Int32Array(OPCODE_SPACE)
  for (const info of opcodes) table[info.id] = describe(info)
  return table
})()

/** Parameter types of the opcodes whose signature is fixed, by opcode id: for the rare ones, which pop them one by one. */
export const fixedParams: readonly (readonly number[] | undefined)[] = (() => {
  const byId = Array.from<readonly number[] | undefined>({ length: OPCODE_SPACE })
  for (const info of opcodes) {
    if (info.sig !== '*') byId[info.id] = Array.from(info.sig.split(':')[0], (letter) => LETTER_TYPES[letter])
  }
  return byId
})()

/** Result type of an opcode that has one fixed result, 0 otherwise. */
export function fixedResult(id: number): number {
  return (opDescriptions[id] >> RESULT_SHIFT) & TYPE_MASK
}

/** Natural alignment exponent of a memory access by opcode id, -1 for other opcodes. */
export const naturalAlign: Int8Array = (() => {
  const table = new Int8Array(OPCODE_SPACE).fill(-1)
  for (const info of opcodes) table[info.id] = info.align
  return table
})()
