/** Steps over the immediates of opcodes in unreachable code (specification section 5.4). */
import { Imm } from '../../wasm/opcodes.js'
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
