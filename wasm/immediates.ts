/**
 * Which immediates an opcode has. A file of its own: who only steps over code needs nothing else of the opcode table, and the bundle
 * has this part of it in place of what makes it (scripts/literal-tables.mjs).
 */
import { OPCODE_SPACE, opcodes } from './opcodes.js'

const NO_OPCODE = 0xff

/** Immediate kind (Imm) by opcode id; 255 where no opcode has the id. */
export const immOf: Uint8Array = (() => {
  const kinds = new Uint8Array(OPCODE_SPACE).fill(NO_OPCODE)
  for (const { id, imm } of opcodes) kinds[id] = imm
  return kinds
})()
