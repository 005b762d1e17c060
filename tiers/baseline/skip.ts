/** Steps over unreachable code: opcodes and their immediates (specification section 5.4). */
import { FC_BASE, Imm, immOf, PREFIX_FC } from '../../wasm/opcodes.js'
import { readS32, readS64, readU32 } from './reader.js'
import type { State } from './state.js'

const F32_BYTES = 4
const F64_BYTES = 8

/** Moves `s.pos` over an immediate of a kind. */
export function skipImmediate(s: State, kind: number): void {
  switch (kind) {
    case Imm.None:
      return
    case Imm.Block:
    case Imm.I32:
    case Imm.HeapType:
      readS32(s)
      return
    case Imm.I64:
      readS64(s)
      return
    case Imm.F32:
      s.pos += F32_BYTES
      return
    case Imm.F64:
      s.pos += F64_BYTES
      return
    case Imm.Labels:
      for (let count = readU32(s) + 1; count > 0; count--) readU32(s)
      return
    case Imm.SelectTypes:
      for (let count = readU32(s); count > 0; count--) readS32(s)
      return
    case Imm.TypeTable:
    case Imm.MemArg:
    case Imm.DataMemory:
    case Imm.MemoryMemory:
    case Imm.ElemTable:
    case Imm.TableTable:
      readU32(s)
      readU32(s)
      return
    default:
      readU32(s)
  }
}

/** Skips to the end or else of the innermost block, which is the next opcode then. */
export function skipDead(s: State): void {
  const bytes = s.bytes
  for (let depth = 0; ;) {
    const op = bytes[s.pos]
    switch (op) {
      case 0x03: // loop
        s.loopCount++
        depth++
        break
      case 0x02: // block
      case 0x04: // if
        depth++
        break
      case 0x05: // else
        if (depth === 0) return
        break
      case 0x0b: // end
        if (depth === 0) return
        depth--
        break
    }
    s.pos++
    const id = op === PREFIX_FC ? FC_BASE + readU32(s) : op
    skipImmediate(s, immOf[id])
  }
}
