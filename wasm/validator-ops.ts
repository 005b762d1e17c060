/** What the validator knows of each opcode, derived from the opcode table. */
import { OPCODE_SPACE, opcodes } from './opcodes.js'
import { F32, F64, I32, I64 } from './types.js'

/** Value types by their letter in the opcode table; `a`, the address type, is i32 while memories have 32-bit indices. */
const LETTER_TYPES: Readonly<Record<string, number>> = { i: I32, I: I64, f: F32, F: F64, a: I32 }

/** Parameter types of the opcodes whose signature is fixed, by opcode id. */
export const operandTypes: readonly (readonly number[] | undefined)[] = (() => {
  const byId = Array.from<readonly number[] | undefined>({ length: OPCODE_SPACE })
  for (const info of opcodes) {
    if (info.sig !== '*') byId[info.id] = Array.from(info.sig.split(':')[0], (letter) => LETTER_TYPES[letter])
  }
  return byId
})()

/** Result type by opcode id of the opcodes that have one fixed result, 0 for the others. */
export const resultTypes: Uint8Array = (() => {
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
