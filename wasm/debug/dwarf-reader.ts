/**
 * Reads the primitive values of DWARF (version 5, section 7): little-endian integers, LEB128, strings,
 * initial lengths, and attribute values of every form. Numbers are doubles: what does not fit in 53 bits (a hash, an
 * implicit 64-bit constant) loses low bits, addresses and offsets of wasm32 and wasm64 modules never do.
 *
 * Debug information is hostile input like the module itself, and unlike the module it is not validated. Every read is
 * checked and throws `WasmError`; `undamaged` turns that into "no information" at the borders of this room.
 */
import { WasmError } from '../error.js'
import { Reader } from '../reader.js'

/** Runs a reader of debug information; where that is damaged, the answer is `otherwise`. */
export function undamaged<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof WasmError) return otherwise
    throw error
  }
}

/** DW_FORM_* (DWARF 5 section 7.5.6, table 7.6). */
export const Form = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx2: 0x26,
  strx3: 0x27,
  strx4: 0x28,
  addrx1: 0x29,
  addrx2: 0x2a,
  addrx3: 0x2b,
  addrx4: 0x2c,
  gnuAddrIndex: 0x1f01,
  gnuStrIndex: 0x1f02,
  gnuRefAlt: 0x1f20,
  gnuStrpAlt: 0x1f21,
} as const

/** What the number of a value that was just read stands for. */
export const Kind = {
  /** An address, or nothing that has to be looked up. */
  Number: 0,
  /** Index into .debug_addr. */
  AddressIndex: 1,
  /** The bytes `[blockStart, blockEnd)` of this section. */
  Block: 2,
  /** A string in this section at `blockStart`. */
  String: 3,
  /** Offset in .debug_str, in .debug_line_str, index into .debug_str_offsets. */
  StrOffset: 4,
  LineStrOffset: 5,
  StrIndex: 6,
  /** Offset in the unit, in the section. */
  UnitRef: 7,
  SectionRef: 8,
  /** Offset in another section, by the attribute. */
  SectionOffset: 9,
  /** Index into a unit's table of offsets to lists. */
  ListIndex: 10,
  /** In another file, or a type signature: not followed. */
  Elsewhere: 11,
} as const

const ascii = new TextDecoder('utf-8')

/** Bytes of a LEB128 number: what 128 bits take, padding included. Beyond, sums would leave the range of doubles. */
const MAX_LEB_BYTES = 19

export class DwarfReader extends Reader {
  /** 8 in the 64-bit format, else 4; set by `initialLength`. */
  offsetSize = 4
  addressSize = 4
  /** What `value` found. */
  kind: number = Kind.Number
  blockStart = 0
  blockEnd = 0

  /** Little-endian unsigned integer of `size` bytes, at most 8. */
  unsigned(size: number): number {
    const at = this.skip(size)
    let value = 0
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.bytes[at + i]
    return value
  }

  s8(): number {
    return (this.u8() << 24) >> 24
  }

  uleb(): number {
    let value = 0
    let scale = 1
    for (let bytes = 0; bytes < MAX_LEB_BYTES; bytes++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    return this.fail('number without an end')
  }

  sleb(): number {
    let value = 0
    let scale = 1
    for (let bytes = 0; bytes < MAX_LEB_BYTES; bytes++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      scale *= 128
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale
    }
    return this.fail('number without an end')
  }

  /** Steps over a zero-terminated string. @returns where it starts */
  skipString(): number {
    const start = this.pos
    const zero = this.bytes.indexOf(0, start)
    if (zero < 0 || zero >= this.end) this.fail('string without an end')
    this.pos = zero + 1
    return start
  }

  string(): string {
    const start = this.skipString()
    return ascii.decode(this.bytes.subarray(start, this.pos - 1))
  }

  offset(): number {
    return this.unsigned(this.offsetSize)
  }

  /** The length of a unit, which also says how wide its offsets are. @returns where the unit ends */
  initialLength(): number {
    let length = this.unsigned(4)
    this.offsetSize = 4
    if (length === 0xffff_ffff) {
      length = this.unsigned(8)
      this.offsetSize = 8
    } else if (length >= 0xffff_fff0) {
      this.fail('reserved unit length')
    }
    if (length > this.end - this.pos) this.fail('unit is longer than its section')
    return this.pos + length
  }

  /**
   * Reads the value of a form and says in `kind` what it is.
   * @param implicit the value of DW_FORM_implicit_const, which stands in the abbreviation
   */
  value(form: number, implicit = 0): number {
    this.kind = Kind.Number
    switch (form) {
      case Form.addr:
        return this.unsigned(this.addressSize)
      case Form.data1:
      case Form.flag:
        return this.u8()
      case Form.data2:
        return this.unsigned(2)
      case Form.data4:
        return this.unsigned(4)
      case Form.data8:
        return this.unsigned(8)
      case Form.data16:
        return this.block(16)
      case Form.sdata:
        return this.sleb()
      case Form.udata:
        return this.uleb()
      case Form.flagPresent:
        return 1
      case Form.implicitConst:
        return implicit
      case Form.block:
      case Form.exprloc:
        return this.block(this.uleb())
      case Form.block1:
        return this.block(this.u8())
      case Form.block2:
        return this.block(this.unsigned(2))
      case Form.block4:
        return this.block(this.unsigned(4))
      case Form.string:
        this.kind = Kind.String
        this.blockStart = this.skipString()
        return 0
      case Form.indirect: {
        const inner = this.uleb()
        // A chain of these could be as long as the section.
        if (inner === Form.indirect || inner === Form.implicitConst) this.fail('form names itself')
        return this.value(inner)
      }
      default:
        return this.reference(form)
    }
  }

  /** The forms whose value names something elsewhere. */
  private reference(form: number): number {
    switch (form) {
      case Form.strp:
        this.kind = Kind.StrOffset
        return this.offset()
      case Form.lineStrp:
        this.kind = Kind.LineStrOffset
        return this.offset()
      case Form.strx:
      case Form.gnuStrIndex:
        this.kind = Kind.StrIndex
        return this.uleb()
      case Form.strx1:
      case Form.strx2:
      case Form.strx3:
      case Form.strx4:
        this.kind = Kind.StrIndex
        return this.unsigned(form - Form.strx1 + 1)
      case Form.addrx:
      case Form.gnuAddrIndex:
        this.kind = Kind.AddressIndex
        return this.uleb()
      case Form.addrx1:
      case Form.addrx2:
      case Form.addrx3:
      case Form.addrx4:
        this.kind = Kind.AddressIndex
        return this.unsigned(form - Form.addrx1 + 1)
      case Form.ref1:
      case Form.ref2:
      case Form.ref4:
      case Form.ref8:
        this.kind = Kind.UnitRef
        return this.unsigned(2 ** (form - Form.ref1))
      case Form.refUdata:
        this.kind = Kind.UnitRef
        return this.uleb()
      case Form.refAddr:
        this.kind = Kind.SectionRef
        return this.offset()
      case Form.secOffset:
        this.kind = Kind.SectionOffset
        return this.offset()
      case Form.loclistx:
      case Form.rnglistx:
        this.kind = Kind.ListIndex
        return this.uleb()
      case Form.refSup4:
      case Form.refSup8:
      case Form.refSig8:
        this.kind = Kind.Elsewhere
        return this.unsigned(form === Form.refSup4 ? 4 : 8)
      case Form.strpSup:
      case Form.gnuRefAlt:
      case Form.gnuStrpAlt:
        this.kind = Kind.Elsewhere
        return this.offset()
      default:
        return this.fail(`unknown form 0x${form.toString(16)}`)
    }
  }

  private block(length: number): number {
    this.kind = Kind.Block
    this.blockStart = this.skip(length)
    this.blockEnd = this.pos
    return length
  }
}
