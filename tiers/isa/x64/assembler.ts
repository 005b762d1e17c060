/**
 * The x86-64 assembler as code generators use it: the encoders plus the instructions that choose among encodings (jumps,
 * constants, padding) or have an encoding of their own, and the checking mode.
 */
import { declareMutable } from '../../../wasm/mutable-fields.js'
import { SCRATCH } from '../../abi.js'
import { Encoder } from './encoder.js'
import { Cc, Form, IMM8 } from './forms.js'

export class Assembler extends Encoder {
  /** Emit the assertions of `assertZeroExtended`. */
  checked: boolean
  /**
   * Jumps, direct calls and returns are kept from crossing a boundary of so many bytes, a power of two; 0: they may be anywhere. With ERRATUM_WINDOW they do
   * not end at one either.
   */
  jumpWindow = 0

  constructor(checked = false) {
    super()
    this.checked = checked
    declareMutable(this)
  }

  /** Machine code made elsewhere: position-independent, and with no label or relocation of this assembler. */
  raw(code: Uint8Array): void {
    while (this.size + code.length > this.limit) this.grow()
    this.bytes.set(code, this.size)
    this.size += code.length
  }

  /** Shift or rotate by an immediate that is already reduced modulo the width. */
  shift(form: number, rm: number, count: number): void {
    if (count === 1) {
      this.rr((form | 0x10) & ~IMM8, 0, rm)
      return
    }
    this.rr(form, 0, rm)
    this.bytes[this.size++] = count
  }

  /** Loads a 64-bit constant given as halves in the shortest way. Changes the flags. */
  movImm(reg: number, lo: number, hi: number): void {
    if ((lo | hi) === 0) this.rr(Form.xor32RM, reg, reg)
    else this.movImmKeepFlags(reg, lo, hi)
  }

  /** As `movImm`, leaving the flags alone. */
  movImmKeepFlags(reg: number, lo: number, hi: number): void {
    if (this.size > this.limit) this.grow()
    const b = this.bytes
    let p = this.size
    if (hi === 0) {
      if (reg >= 8) b[p++] = 0x41
      b[p++] = 0xb8 | (reg & 7)
      this.patch32(p, lo)
      this.size = p + 4
    } else if ((hi | 0) === lo >> 31) {
      this.ri(Form.mov64MI, reg, lo)
    } else {
      b[p++] = 0x48 | (reg >>> 3)
      b[p++] = 0xb8 | (reg & 7)
      this.patch32(p, lo)
      this.patch32(p + 4, hi)
      this.size = p + 8
    }
  }

  /** `mov reg, imm64` of a relocation of 8 bytes without operand. */
  movReloc(reg: number, kind: number): void {
    if (this.size > this.limit) this.grow()
    this.bytes[this.size++] = 0x48 | (reg >>> 3)
    this.bytes[this.size++] = 0xb8 | (reg & 7)
    this.addReloc(kind, this.size, 0)
    this.patch32(this.size, 0)
    this.patch32(this.size + 4, 0)
    this.size += 8
  }

  // Stack, bytes, conditions.

  push(reg: number): void {
    this.opReg(0x50, 0, reg)
  }

  pop(reg: number): void {
    this.opReg(0x58, 0, reg)
  }

  bswap32(reg: number): void {
    this.bswap(0, reg)
  }

  bswap64(reg: number): void {
    this.bswap(8, reg)
  }

  /** Sets the low byte of `reg` to 0 or 1; the rest of the register stays. */
  setcc(cc: number, reg: number): void {
    this.rr(Form.setM + cc, 0, reg)
  }

  // Control. A backward jump takes the short form when it reaches; a forward one always has 32 bits, because code is
  // never moved once it is emitted. `jmpShort` and `jccShort` are for forward jumps known to span under 128 bytes.

  jmp(label: number): void {
    if (this.jumpWindow !== 0) this.together(this.reaches(label) ? 2 : 5)
    if (this.size > this.limit) this.grow()
    const p = this.size
    const at = this.labelOffset(label)
    if (at !== -1 && at - p >= -126) {
      this.bytes[p] = 0xeb
      this.bytes[p + 1] = at - p - 2
      this.size = p + 2
    } else {
      this.bytes[p] = 0xe9
      this.refer(label, p + 1, p + 5)
      this.size = p + 5
    }
  }

  jcc(cc: number, label: number): void {
    if (this.jumpWindow !== 0) this.together(this.jccLength(label))
    if (this.size > this.limit) this.grow()
    const p = this.size
    const at = this.labelOffset(label)
    if (at !== -1 && at - p >= -126) {
      this.bytes[p] = 0x70 | cc
      this.bytes[p + 1] = at - p - 2
      this.size = p + 2
    } else {
      this.bytes[p] = 0x0f
      this.bytes[p + 1] = 0x80 | cc
      this.refer(label, p + 2, p + 6)
      this.size = p + 6
    }
  }

  /** Length of a `jcc` to the label, emitted here. */
  jccLength(label: number): number {
    return this.reaches(label) ? 2 : 6
  }

  /** True when a short jump emitted here reaches the label, which is bound. */
  private reaches(label: number): boolean {
    const at = this.labelOffset(label)
    return at !== -1 && at - this.size >= -126
  }

  /** Pads so that the next `bytes`, fewer than a window has, are in one window as `jumpWindow` says. */
  together(bytes: number): void {
    const window = this.jumpWindow
    const last = this.size + (window === ERRATUM_WINDOW ? bytes : bytes - 1)
    if (((this.size ^ last) & -window) !== 0) this.align(window)
  }

  /** To an unbound label that will be bound within 127 bytes. */
  jmpShort(label: number): void {
    this.shortJump(0xeb, label)
  }

  /** To an unbound label that will be bound within 127 bytes. */
  jccShort(cc: number, label: number): void {
    this.shortJump(0x70 | cc, label)
  }

  call(label: number): void {
    if (this.size > this.limit) this.grow()
    const p = this.size
    this.bytes[p] = 0xe8
    this.refer(label, p + 1, p + 5)
    this.size = p + 5
  }

  /** `call rel32` of the address that a relocation names. */
  callDirect(kind: number, operand: number): void {
    if (this.jumpWindow !== 0) this.together(5)
    if (this.size > this.limit) this.grow()
    const p = this.size
    this.bytes[p] = 0xe8
    this.patch32(p + 1, 0)
    this.size = p + 5
    this.addReloc(kind, p + 1, operand)
  }

  /** `call [rip + slot]`. */
  callReloc(kind: number, operand: number): void {
    this.ripReloc(Form.callM, 0, kind, operand)
  }

  /** `jmp [rip + slot]`. */
  jmpReloc(kind: number, operand: number): void {
    this.ripReloc(Form.jmpM, 0, kind, operand)
  }

  /** Returns and pops `bytes` (0 to 65535) of arguments. */
  ret(bytes: number): void {
    if (this.jumpWindow !== 0) this.together(bytes === 0 ? 1 : 3)
    if (this.size > this.limit) this.grow()
    if (bytes === 0) {
      this.bytes[this.size++] = 0xc3
      return
    }
    const p = this.size
    this.bytes[p] = 0xc2
    this.bytes[p + 1] = bytes
    this.bytes[p + 2] = bytes >> 8
    this.size = p + 3
  }

  /** Pads with the recommended multi-byte nops (SDM volume 2, NOP) to a multiple of `alignment`, a power of two. */
  align(alignment: number): void {
    let pad = -this.size & (alignment - 1)
    while (pad > 0) {
      const length = pad > NOP_MAX ? NOP_MAX : pad
      this.nop(length)
      pad -= length
    }
  }

  /** One nop of 1 to 9 bytes. */
  nop(length: number): void {
    if (this.size > this.limit) this.grow()
    const row = ((length - 1) * length) >> 1
    for (let i = 0; i < length; i++) this.bytes[this.size + i] = NOPS[row + i]
    this.size += length
  }

  /**
   * The 32-bit zero-extension rule: `reg` holds an i32 that is used as a 64-bit value from here on. In checking mode
   * traps with ud2 when its upper half is not zero. Changes the flags and SCRATCH then, so call it where neither lives.
   */
  assertZeroExtended(reg: number): void {
    if (this.checked) this.zeroExtensionCheck(reg)
  }

  private zeroExtensionCheck(reg: number): void {
    const fine = this.newLabel()
    this.rr(Form.mov32RM, SCRATCH, reg)
    this.rr(Form.cmp64RM, SCRATCH, reg)
    this.jccShort(Cc.e, fine)
    this.op(Form.ud2)
    this.bind(fine)
  }

  private opReg(opcode: number, rex: number, reg: number): void {
    if (this.size > this.limit) this.grow()
    const r = rex | (reg >>> 3)
    if (r !== 0) this.bytes[this.size++] = 0x40 | r
    this.bytes[this.size++] = opcode | (reg & 7)
  }

  private bswap(rex: number, reg: number): void {
    if (this.size > this.limit) this.grow()
    const r = rex | (reg >>> 3)
    if (r !== 0) this.bytes[this.size++] = 0x40 | r
    this.bytes[this.size++] = 0x0f
    this.bytes[this.size++] = 0xc8 | (reg & 7)
  }

  private shortJump(opcode: number, label: number): void {
    if (this.jumpWindow !== 0) this.together(2)
    if (this.size > this.limit) this.grow()
    const p = this.size
    this.bytes[p] = opcode
    this.referShort(label, p + 1)
    this.size = p + 2
  }
}

/**
 * Intel's processors of the Skylake family do not take jumps from the cache of decoded instructions that cross or end at a boundary of so many
 * bytes ("Mitigations for Jump Conditional Code Erratum", Intel 2019).
 */
export const ERRATUM_WINDOW = 32

/** The recommended nops of 1 to NOP_MAX bytes, one after the other: that of n bytes starts at n (n - 1) / 2. */
const NOP_MAX = 9
// oxfmt-ignore
const NOPS = Uint8Array.of(
  0x90,
  0x66, 0x90,
  0x0f, 0x1f, 0x00,
  0x0f, 0x1f, 0x40, 0x00,
  0x0f, 0x1f, 0x44, 0x00, 0x00,
  0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00,
  0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00,
  0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00,
)
