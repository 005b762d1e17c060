/** Reads the immediates of a validated body (specification section 5.4). Nothing is checked: the validator has been there. */
import { immOf } from './immediates.js'
import { FC_BASE, Imm, PREFIX_FC } from './opcodes.js'

const F32_BYTES = 4
const F64_BYTES = 8

export class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  pos = 0
  /** High half of the last number that `s64` read. */
  high = 0

  /** The id of the opcode here (wasm/opcodes.ts). */
  opcode(): number {
    const byte = this.bytes[this.pos++]
    return byte === PREFIX_FC ? FC_BASE + this.u32() : byte
  }

  /** u32, as the int32 of the same bits: only offsets of memory accesses reach the upper half of the range. */
  u32(): number {
    let byte = this.bytes[this.pos++]
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    let shift = 7
    do {
      byte = this.bytes[this.pos++]
      value |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80)
    return value
  }

  /** s32, and s33 of block types (which fit: type indices are small). */
  s32(): number {
    let value = 0
    let shift = 0
    let byte = 0
    do {
      byte = this.bytes[this.pos++]
      value |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80)
    return shift < 32 ? (value << (32 - shift)) >> (32 - shift) : value
  }

  /** Returns the low half and leaves the other in `high`. */
  s64(): number {
    let lo = 0
    let hi = 0
    let shift = 0
    let byte = 0
    do {
      byte = this.bytes[this.pos++]
      const bits = byte & 0x7f
      if (shift < 28) lo |= bits << shift
      else if (shift > 28) hi |= bits << (shift - 32)
      else {
        lo |= bits << 28
        hi = bits >> 4
      }
      shift += 7
    } while (byte >= 0x80)
    if (shift < 64 && (byte & 0x40) !== 0) {
      if (shift < 32) lo |= -1 << shift
      hi = shift < 32 ? -1 : hi | (-1 << (shift - 32))
    }
    this.high = hi
    return lo
  }

  /** Four bytes, little endian. */
  word(): number {
    const { bytes, pos } = this
    this.pos = pos + 4
    return bytes[pos] | (bytes[pos + 1] << 8) | (bytes[pos + 2] << 16) | (bytes[pos + 3] << 24)
  }

  /** Steps over the declarations of locals at the start of a body. */
  skipLocals(): void {
    for (let groups = this.u32(); groups > 0; groups--) {
      this.u32()
      this.s32()
    }
  }

  /** Steps over the immediates of an opcode. */
  skipImmediates(opcode: number): void {
    switch (immOf[opcode]) {
      case Imm.None:
        return
      case Imm.Block:
      case Imm.I32:
      case Imm.I64:
      case Imm.HeapType:
        while (this.bytes[this.pos++] >= 0x80);
        return
      case Imm.F32:
        this.pos += F32_BYTES
        return
      case Imm.F64:
        this.pos += F64_BYTES
        return
      case Imm.Labels:
        for (let count = this.u32() + 1; count > 0; count--) this.u32()
        return
      case Imm.SelectTypes:
        for (let count = this.u32(); count > 0; count--) this.s32()
        return
      case Imm.TypeTable:
      case Imm.MemArg:
      case Imm.DataMemory:
      case Imm.MemoryMemory:
      case Imm.ElemTable:
      case Imm.TableTable:
        this.u32()
        this.u32()
        return
      default:
        this.u32()
    }
  }
}
