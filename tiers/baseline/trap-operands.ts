/**
 * The operands that an opcode has popped when it traps. Their slots above the stack still say where they are (nothing is
 * pushed before the trap), so a frame state can show the stack as it was before the instruction, as the optimizing
 * tier's states do, and compiling without frame states pays nothing for it.
 */
import { FC_BASE, PREFIX_FC, operandsAtTrap } from '../../wasm/opcodes.js'
import type { State } from './state.js'

/** Dense id of the opcode being compiled. */
function opcodeOf(s: State): number {
  const byte = s.bytes[s.opPos]
  // Sub-opcodes of the prefix are below 0x80: one LEB128 byte, unless somebody pads it.
  return byte === PREFIX_FC ? FC_BASE + (s.bytes[s.opPos + 1] & 0x7f) : byte
}

/** Number of operands that the opcode being compiled has popped at a trap. */
export function poppedAtTrap(s: State): number {
  return operandsAtTrap[opcodeOf(s)]
}
