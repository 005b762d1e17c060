/**
 * Which functions have a single call in the whole module. One that is inlined there makes no code grow but its caller's, so it may
 * be larger than others.
 *
 * Found by a walk over all bodies, when it is first asked for: about 5 ns a byte, a hundredth of what compiling takes. Workers and
 * recompiles of single functions would wait for it, too, so that nothing is said about modules where it takes long.
 */
import { Op } from '../../../wasm/opcodes.js'
import type { ModuleInfo } from '../../../wasm/types.js'
import { Cursor } from '../../../wasm/cursor.js'

/** Bytes of bodies beyond which no function counts as called once. */
const MAX_BYTES = 4 << 20
const MANY = 2

/** Calls of each defined function by name, 2 for any more than one. */
export function countCalls(info: ModuleInfo, bytes: Uint8Array): Uint8Array {
  const { bodyStart, bodyEnd, importedFuncs } = info
  const counts = new Uint8Array(bodyStart.length)
  const last = bodyStart.length - 1
  if (last < 0) return counts
  if (bodyEnd[last] - bodyStart[0] > MAX_BYTES) {
    counts.fill(MANY)
    return counts
  }
  const cursor = new Cursor()
  cursor.bytes = bytes
  for (let i = 0; i <= last; i++) {
    cursor.pos = bodyStart[i]
    cursor.skipLocals()
    const end = bodyEnd[i]
    while (cursor.pos < end) {
      const op = cursor.opcode()
      if (op !== Op.Call) {
        cursor.skipImmediates(op)
        continue
      }
      const callee = cursor.u32() - importedFuncs
      if (callee >= 0 && counts[callee] < MANY) counts[callee]++
    }
  }
  return counts
}
