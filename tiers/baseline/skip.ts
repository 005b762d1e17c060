/** Steps over unreachable code: opcodes and their immediates (specification section 5.4). */
import { Op } from '../../wasm/opcodes.js'
import type { State } from './state.js'

/** Skips to the end or else of the innermost block, which is the next opcode then. */
export function skipDead(s: State): void {
  const { bytes, cursor } = s
  cursor.bytes = bytes
  cursor.pos = s.pos
  let depth = 0
  for (let byte = bytes[s.pos]; depth > 0 || (byte !== Op.End && byte !== Op.Else); byte = bytes[cursor.pos]) {
    const op = cursor.opcode()
    if (op === Op.Loop) s.loopCount++
    if (op === Op.Block || op === Op.Loop || op === Op.If) depth++
    else if (op === Op.End) depth--
    cursor.skipImmediates(op)
  }
  s.pos = cursor.pos
}
