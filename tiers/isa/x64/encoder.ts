/**
 * Encoders: one method an operand shape, the instruction itself is a form (see `forms.ts`).
 *
 * Operand arguments are hardware register numbers, 0 to 15, of whichever class the form takes. Registers named `reg`
 * go in the ModRM reg field and `rm`, `base` in its rm field; whether the memory side is source or destination is part
 * of the form (`mov32RM` loads, `mov32MR` stores). A form with a /digit (`neg32M`, `callM`) ignores `reg`: pass 0, or
 * use `r` and `m`. Displacements and immediates are int32.
 *
 * Invariants: every encoder reserves room once and writes at most 15 bytes; nothing is allocated unless a buffer grows;
 * arguments are trusted (they come from a code generator that was fed a validated body). Encodings: Intel SDM
 * volume 2, chapter 2.
 */
import { CodeBuffer } from './code-buffer.js'
import { IMM16, IMM8, L256, LOCK, REG8, RM8, SHORT_IMM } from './forms.js'

const PREFIXES = (3 << 10) | LOCK
const MAP = 3 << 8
const REX_W = 1 << 12
/** Opcode bit that selects the sign-extended one-byte immediate of a SHORT_IMM form. */
const SHORT_BIT = 2
const RSP = 4
const RBP = 5

export class Encoder extends CodeBuffer {
  // Instructions without operands.

  op(form: number): void {
    this.size = this.head(form, (form >>> 9) & 8)
  }

  // Registers only.

  rr(form: number, reg: number, rm: number): void {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4) | (rm >>> 3)
    if ((form & (REG8 | RM8)) !== 0) rex |= byteRex(form, reg, rm)
    const p = this.head(form, rex)
    this.bytes[p] = 0xc0 | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | (rm & 7)
    this.size = p + 1
  }

  /** A /digit form on a register. */
  r(form: number, rm: number): void {
    this.rr(form, 0, rm)
  }

  // Memory: [base + disp] and [base + index << scale + disp].

  mem(form: number, reg: number, base: number, disp: number): void {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4) | (base >>> 3)
    if ((form & REG8) !== 0 && reg >= 4) rex |= 0x40
    const p = this.head(form, rex)
    this.size = this.address(p, ((form >>> 10) & 0x38) | ((reg & 7) << 3), base, disp)
  }

  /** A /digit form on memory. */
  m(form: number, base: number, disp: number): void {
    this.mem(form, 0, base, disp)
  }

  /** `index` must not be rsp; `scale` is the logarithm: 0 to 3. */
  memx(form: number, reg: number, base: number, index: number, scale: number, disp: number): void {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4) | ((index >>> 2) & 2) | (base >>> 3)
    if ((form & REG8) !== 0 && reg >= 4) rex |= 0x40
    const p = this.head(form, rex)
    this.size = this.addressIndexed(p, ((form >>> 10) & 0x38) | ((reg & 7) << 3), base, index, scale, disp)
  }

  /** [index << scale + disp], no base: for lea. */
  memScaled(form: number, reg: number, index: number, scale: number, disp: number): void {
    const p = this.head(form, ((form >>> 9) & 8) | ((reg >>> 1) & 4) | ((index >>> 2) & 2))
    this.bytes[p] = ((reg & 7) << 3) | RSP
    this.bytes[p + 1] = (scale << 6) | ((index & 7) << 3) | RBP
    this.patch32(p + 2, disp)
    this.size = p + 6
  }

  /** [rip + distance to the label]. */
  rip(form: number, reg: number, label: number): void {
    const field = this.ripField(form, reg)
    this.refer(label, field, field + 4)
  }

  /** [rip + distance to what the relocation names]. */
  ripReloc(form: number, reg: number, kind: number, operand: number): void {
    const field = this.ripField(form, reg)
    this.patch32(field, 0)
    this.addReloc(kind, field, operand)
  }

  // Immediates. The width follows from the form: a SHORT_IMM form takes one byte when the value fits.

  ri(form: number, rm: number, imm: number): void {
    this.rri(form, 0, rm, imm)
  }

  rri(form: number, reg: number, rm: number, imm: number): void {
    const f = shortened(form, imm)
    this.rr(f, reg, rm)
    this.immediate(f, imm)
  }

  mi(form: number, base: number, disp: number, imm: number): void {
    this.memi(form, 0, base, disp, imm)
  }

  memi(form: number, reg: number, base: number, disp: number, imm: number): void {
    const f = shortened(form, imm)
    this.mem(f, reg, base, disp)
    this.immediate(f, imm)
  }

  memxi(form: number, base: number, index: number, scale: number, disp: number, imm: number): void {
    const f = shortened(form, imm)
    this.memx(f, 0, base, index, scale, disp)
    this.immediate(f, imm)
  }

  /** As `ri` with a 4-byte immediate that a relocation fills in. */
  riReloc(form: number, rm: number, kind: number, operand: number): void {
    this.rr(form, 0, rm)
    this.immReloc(kind, operand)
  }

  /** As `mi` with a 4-byte immediate that a relocation fills in. */
  miReloc(form: number, base: number, disp: number, kind: number, operand: number): void {
    this.mem(form, 0, base, disp)
    this.immReloc(kind, operand)
  }

  /** As `memxi` with a 4-byte immediate that a relocation fills in. */
  memxiReloc(
    form: number,
    base: number,
    index: number,
    scale: number,
    disp: number,
    kind: number,
    operand: number,
  ): void {
    this.memx(form, 0, base, index, scale, disp)
    this.immReloc(kind, operand)
  }

  // VEX encoded: `v` is the register of the VEX.vvvv field, 0 in forms that have none.

  vrr(form: number, reg: number, v: number, rm: number): void {
    const p = this.vexHead(form, reg, v, 0, rm)
    this.bytes[p] = 0xc0 | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | (rm & 7)
    this.size = p + 1
  }

  vrri(form: number, reg: number, v: number, rm: number, imm: number): void {
    this.vrr(form, reg, v, rm)
    this.bytes[this.size++] = imm
  }

  vmem(form: number, reg: number, v: number, base: number, disp: number): void {
    const p = this.vexHead(form, reg, v, 0, base)
    this.size = this.address(p, ((form >>> 10) & 0x38) | ((reg & 7) << 3), base, disp)
  }

  vmemi(form: number, reg: number, v: number, base: number, disp: number, imm: number): void {
    this.vmem(form, reg, v, base, disp)
    this.bytes[this.size++] = imm
  }

  vmemx(form: number, reg: number, v: number, base: number, index: number, scale: number, disp: number): void {
    const p = this.vexHead(form, reg, v, index, base)
    this.size = this.addressIndexed(p, ((form >>> 10) & 0x38) | ((reg & 7) << 3), base, index, scale, disp)
  }

  vrip(form: number, reg: number, v: number, label: number): void {
    const p = this.vexHead(form, reg, v, 0, 0)
    this.bytes[p] = ((form >>> 10) & 0x38) | ((reg & 7) << 3) | RBP
    this.size = p + 5
    this.refer(label, p + 1, p + 5)
  }

  /** Reserves room; writes prefixes, REX and opcode; returns the offset of what follows. */
  private head(form: number, rex: number): number {
    if (this.size > this.limit) this.grow()
    const b = this.bytes
    let p = this.size
    if ((form & PREFIXES) !== 0) {
      if ((form & LOCK) !== 0) b[p++] = 0xf0
      const prefix = (form >>> 10) & 3
      if (prefix !== 0) b[p++] = 0xf2f36600 >>> (prefix << 3)
    }
    if (rex !== 0) b[p++] = 0x40 | rex
    if ((form & MAP) !== 0) {
      b[p++] = 0x0f
      const map = (form >>> 8) & 3
      if (map !== 1) b[p++] = map === 2 ? 0x38 : 0x3a
    }
    b[p] = form
    return p + 1
  }

  /** The two- or three-byte VEX prefix and the opcode (SDM volume 2, 2.3.5). */
  private vexHead(form: number, reg: number, v: number, index: number, base: number): number {
    if (this.size > this.limit) this.grow()
    const b = this.bytes
    let p = this.size
    const r = ~(reg << 4) & 0x80
    const low = ((~v & 15) << 3) | ((form & L256) === 0 ? 0 : 4) | ((form >>> 10) & 3)
    if ((form & (MAP | REX_W)) === 1 << 8 && index < 8 && base < 8) {
      b[p++] = 0xc5
      b[p++] = r | low
    } else {
      b[p++] = 0xc4
      b[p++] = r | (~(index << 3) & 0x40) | (~(base << 2) & 0x20) | ((form >>> 8) & 3)
      b[p++] = ((form >>> 5) & 0x80) | low
    }
    b[p] = form
    return p + 1
  }

  /**
   * ModRM, SIB and displacement of [base + disp] in the shortest form: rsp and r12 as base need a SIB byte, rbp and
   * r13 have no form without displacement. `field` is the reg field, shifted.
   */
  private address(p: number, field: number, base: number, disp: number): number {
    const b = this.bytes
    const low = base & 7
    const short = (disp << 24) >> 24 === disp
    b[p++] = (disp === 0 && low !== RBP ? 0 : short ? 0x40 : 0x80) | field | low
    if (low === RSP) b[p++] = 0x24
    if (disp === 0 && low !== RBP) return p
    if (short) {
      b[p] = disp
      return p + 1
    }
    this.patch32(p, disp)
    return p + 4
  }

  private addressIndexed(p: number, field: number, base: number, index: number, scale: number, disp: number): number {
    const b = this.bytes
    const low = base & 7
    const short = (disp << 24) >> 24 === disp
    const none = disp === 0 && low !== RBP
    b[p] = (none ? 0 : short ? 0x40 : 0x80) | field | RSP
    b[p + 1] = (scale << 6) | ((index & 7) << 3) | low
    if (none) return p + 2
    if (short) {
      b[p + 2] = disp
      return p + 3
    }
    this.patch32(p + 2, disp)
    return p + 6
  }

  /** Emits all of a rip-relative instruction but its displacement and returns the displacement's offset. */
  private ripField(form: number, reg: number): number {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4)
    if ((form & REG8) !== 0 && reg >= 4) rex |= 0x40
    const p = this.head(form, rex)
    this.bytes[p] = ((form >>> 10) & 0x38) | ((reg & 7) << 3) | RBP
    this.size = p + 5
    return p + 1
  }

  /** Appends the immediate of a form within the room its instruction reserved. */
  private immediate(form: number, imm: number): void {
    const p = this.size
    if ((form & IMM8) !== 0) {
      this.bytes[p] = imm
      this.size = p + 1
    } else if ((form & IMM16) !== 0) {
      this.bytes[p] = imm
      this.bytes[p + 1] = imm >> 8
      this.size = p + 2
    } else {
      this.patch32(p, imm)
      this.size = p + 4
    }
  }

  private immReloc(kind: number, operand: number): void {
    const p = this.size
    this.patch32(p, 0)
    this.size = p + 4
    this.addReloc(kind, p, operand)
  }
}

/** The one-byte-immediate variant of a form when it has one and the value fits, otherwise the form. */
function shortened(form: number, imm: number): number {
  return (form & SHORT_IMM) !== 0 && (imm << 24) >> 24 === imm ? form | SHORT_BIT | IMM8 : form
}

/** 0x40 when a byte register needs REX to mean spl, bpl, sil, dil instead of ah, ch, dh, bh. */
function byteRex(form: number, reg: number, rm: number): number {
  return ((form & REG8) !== 0 && reg >= 4) || ((form & RM8) !== 0 && rm >= 4) ? 0x40 : 0
}
