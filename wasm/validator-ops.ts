/**
 * What the validator knows of each opcode, derived from the opcode table: for its scan (validator.ts) one integer, for the
 * general step the parameters as lists.
 */
import { OPCODE_SPACE, opcodes, type OpcodeInfo } from './opcodes.js'
import { F32, F64, I32, I64 } from './types.js'

/** Value types by their letter in the opcode table; `a`, the address type, is i32 while memories have 32-bit indices. */
const LETTER_TYPES: Readonly<Record<string, number>> = { i: I32, I: I64, f: F32, F: F64, a: I32 }

/**
 * Signatures of the opcodes with one or two operands of fixed types and at most one result, as the scan checks them:
 * without a branch on what the opcode is. By opcode byte, in bits: 0 to 6 the type of the topmost operand, 7 to 13 the
 * type of the one below, 14 to 20 a mask for that (0 when there is none), 21 to 27 the result's type, 28 the number of
 * results, 29 and 30 the number of operands. 0 for all other opcodes.
 */
export const SECOND_SHIFT = 7
export const SECOND_MASK_SHIFT = 14
export const RESULT_SHIFT = 21
export const RESULTS_SHIFT = 28
export const OPERANDS_SHIFT = 29
export const TYPE_MASK = 0x7f

function describe(info: OpcodeInfo): number {
  if (info.sig === '*') return 0
  const [params, results] = info.sig.split(':')
  const operands = Array.from(params, (letter) => LETTER_TYPES[letter])
  if (operands.length < 1 || operands.length > 2 || results.length > 1) return 0
  const [top, second] = operands.toReversed()
  return (
    top |
    ((second ?? 0) << SECOND_SHIFT) |
    ((second === undefined ? 0 : TYPE_MASK) << SECOND_MASK_SHIFT) |
    ((LETTER_TYPES[results] ?? 0) << RESULT_SHIFT) |
    (results.length << RESULTS_SHIFT) |
    (operands.length << OPERANDS_SHIFT)
  )
}

export const opDescriptions: Int32Array = (() => {
  const table = new Int32Array(0x100)
  for (const info of opcodes) if (info.id < table.length) table[info.id] = describe(info)
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

/** Result type by opcode id of the opcodes that have one fixed result, 0 for the others. */
export const fixedResult: Uint8Array = (() => {
  const table = new Uint8Array(OPCODE_SPACE)
  for (const info of opcodes) {
    if (info.sig !== '*') table[info.id] = LETTER_TYPES[info.sig.split(':')[1]] ?? 0
  }
  return table
})()

/** Natural alignment exponent of a memory access by opcode id, -1 for other opcodes. */
export const naturalAlign: Int8Array = (() => {
  const table = new Int8Array(OPCODE_SPACE).fill(-1)
  for (const info of opcodes) table[info.id] = info.align
  return table
})()
