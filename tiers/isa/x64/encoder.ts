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
import { IMM16, IMM16_SHIFT, IMM8, IMM8_SHIFT, L256, LOCK, REG8, RM8, SHORT_IMM, WIDE } from './forms.js'

const MAP = 3 << 8
/** Forms that `head` does not compose in one word: LOCK, and the maps 2 and 3. */
const RARE = LOCK | (2 << 8)
/** The mandatory prefixes by number, in bytes from the lowest. */
const PREFIX_BYTES = 0xf2f36600 | 0
/** SIB byte that says: no index, base rsp or r12. */
const SIB_BASE_ONLY = 0x24
/** Opcode bit that selects the sign-extended one-byte immediate of a SHORT_IMM form. */
const SHORT_BIT = 2
const RSP = 4
const RBP = 5

export class Encoder extends CodeBuffer {
  // Instructions without operands.

  op(form: number): void {
    // The byte that `head` leaves room for is not counted.
    this.size = this.head(form, (form >>> 9) & 8, 0) - 1
  }

  // Registers only.

  rr(form: number, reg: number, rm: number): void {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4) | (rm >>> 3)
    if ((form & (REG8 | RM8)) !== 0) rex |= byteRex(form, reg, rm)
    this.size = this.head(form, rex, 0xc0 | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | (rm & 7))
  }

  /** A /digit form on a register. */
  r(form: number, rm: number): void {
    this.rr(form, 0, rm)
  }

  // Memory: [base + disp] and [base + index << scale + disp].

  mem(form: number, reg: number, base: number, disp: number): void {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4) | (base >>> 3)
    if ((form & REG8) !== 0 && reg >= 4) rex |= 0x40
    const low = base & 7
    const length = dispLength(low, disp)
    let p = this.head(form, rex, modOf(length) | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | low)
    if (low === RSP) this.bytes[p++] = SIB_BASE_ONLY
    this.view.setInt32(p, disp, true)
    this.size = p + length
  }

  /** A /digit form on memory. */
  m(form: number, base: number, disp: number): void {
    this.mem(form, 0, base, disp)
  }

  /** `index` must not be rsp; `scale` is the logarithm: 0 to 3. */
  memx(form: number, reg: number, base: number, index: number, scale: number, disp: number): void {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4) | ((index >>> 2) & 2) | (base >>> 3)
    if ((form & REG8) !== 0 && reg >= 4) rex |= 0x40
    const length = dispLength(base & 7, disp)
    const p = this.head(form, rex, modOf(length) | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | RSP)
    this.bytes[p] = (scale << 6) | ((index & 7) << 3) | (base & 7)
    this.view.setInt32(p + 1, disp, true)
    this.size = p + 1 + length
  }

  /** [index << scale + disp], no base: for lea. */
  memScaled(form: number, reg: number, index: number, scale: number, disp: number): void {
    const rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4) | ((index >>> 2) & 2)
    const p = this.head(form, rex, ((reg & 7) << 3) | RSP)
    this.bytes[p] = (scale << 6) | ((index & 7) << 3) | RBP
    this.patch32(p + 1, disp)
    this.size = p + 5
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
    const modrm = 0xc0 | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | (rm & 7)
    this.size = this.vexHead(form, reg, v, 0, rm, modrm)
  }

  vrri(form: number, reg: number, v: number, rm: number, imm: number): void {
    this.vrr(form, reg, v, rm)
    this.bytes[this.size++] = imm
  }

  vmem(form: number, reg: number, v: number, base: number, disp: number): void {
    const low = base & 7
    const length = dispLength(low, disp)
    const modrm = modOf(length) | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | low
    let p = this.vexHead(form, reg, v, 0, base, modrm)
    if (low === RSP) this.bytes[p++] = SIB_BASE_ONLY
    this.view.setInt32(p, disp, true)
    this.size = p + length
  }

  vmemi(form: number, reg: number, v: number, base: number, disp: number, imm: number): void {
    this.vmem(form, reg, v, base, disp)
    this.bytes[this.size++] = imm
  }

  vmemx(form: number, reg: number, v: number, base: number, index: number, scale: number, disp: number): void {
    const length = dispLength(base & 7, disp)
    const modrm = modOf(length) | ((form >>> 10) & 0x38) | ((reg & 7) << 3) | RSP
    const p = this.vexHead(form, reg, v, index, base, modrm)
    this.bytes[p] = (scale << 6) | ((index & 7) << 3) | (base & 7)
    this.view.setInt32(p + 1, disp, true)
    this.size = p + 1 + length
  }

  vrip(form: number, reg: number, v: number, label: number): void {
    const p = this.vexHead(form, reg, v, 0, 0, ((form >>> 10) & 0x38) | ((reg & 7) << 3) | RBP)
    this.size = p + 4
    this.refer(label, p, p + 4)
  }

  /**
   * Reserves room; writes prefixes, REX, opcode and ModRM; returns the offset of what follows. Whether an instruction has
   * a prefix, REX or the 0F byte differs from one to the next, so there is no branch on it: all four bytes are composed
   * in one word, the absent ones shifted out, and stored at once.
   */
  private head(form: number, rex: number, modrm: number): number {
    if (this.size > this.limit) this.grow()
    if ((form & RARE) !== 0) return this.rareHead(form, rex, modrm)
    const view = this.view
    const prefix = (form >>> 10) & 3
    const map = (form >>> 8) & 1
    const hasRex = (rex + 0x7f) >> 7
    const p = this.size
    view.setUint8(p, PREFIX_BYTES >> (prefix << 3))
    const at = p + ((prefix + 3) >> 2)
    const opcode = ((form & 0xff) << (map << 3)) | (0x0f * map)
    const word = 0x40 | rex | (opcode << 8) | (modrm << (16 + (map << 3)))
    view.setInt32(at, word >> ((hasRex ^ 1) << 3), true)
    return at + 2 + map + hasRex
  }

  /** `head` of a form with LOCK or of the three-byte opcode maps. */
  private rareHead(form: number, rex: number, modrm: number): number {
    const b = this.bytes
    let p = this.size
    if ((form & LOCK) !== 0) b[p++] = 0xf0
    const prefix = (form >>> 10) & 3
    if (prefix !== 0) b[p++] = PREFIX_BYTES >> (prefix << 3)
    if (rex !== 0) b[p++] = 0x40 | rex
    const map = (form >>> 8) & 3
    if (map !== 0) b[p++] = 0x0f
    if (map > 1) b[p++] = map === 2 ? 0x38 : 0x3a
    b[p++] = form
    b[p++] = modrm
    return p
  }

  /** The two- or three-byte VEX prefix (SDM volume 2, 2.3.5), the opcode and ModRM. */
  private vexHead(form: number, reg: number, v: number, index: number, base: number, modrm: number): number {
    if (this.size > this.limit) this.grow()
    const p = this.size
    const r = ~(reg << 4) & 0x80
    const low = ((~v & 15) << 3) | ((form & L256) === 0 ? 0 : 4) | ((form >>> 10) & 3)
    const tail = ((form & 0xff) << 16) | (modrm << 24)
    if ((form & (MAP | WIDE)) === 1 << 8 && index < 8 && base < 8) {
      this.view.setInt32(p, 0xc5 | ((r | low) << 8) | tail, true)
      return p + 4
    }
    this.bytes[p] = 0xc4
    const second = r | (~(index << 3) & 0x40) | (~(base << 2) & 0x20) | ((form >>> 8) & 3)
    this.view.setInt32(p + 1, second | (((form >>> 5) & 0x80) << 8) | (low << 8) | tail, true)
    return p + 5
  }

  /** Emits all of a rip-relative instruction but its displacement and returns the displacement's offset. */
  private ripField(form: number, reg: number): number {
    let rex = ((form >>> 9) & 8) | ((reg >>> 1) & 4)
    if ((form & REG8) !== 0 && reg >= 4) rex |= 0x40
    const p = this.head(form, rex, ((form >>> 10) & 0x38) | ((reg & 7) << 3) | RBP)
    this.size = p + 4
    return p
  }

  /** Appends the immediate of a form within the room its instruction reserved: writes four bytes, counts the form's. */
  private immediate(form: number, imm: number): void {
    this.view.setInt32(this.size, imm, true)
    this.size += 4 - 3 * ((form >>> IMM8_SHIFT) & 1) - 2 * ((form >>> IMM16_SHIFT) & 1)
  }

  private immReloc(kind: number, operand: number): void {
    const p = this.size
    this.patch32(p, 0)
    this.size = p + 4
    this.addReloc(kind, p, operand)
  }
}

/**
 * Bytes of the shortest displacement: 0, 1 or 4. rbp and r13 (low bits 5) as base have no form without one; rsp and r12
 * need a SIB byte.
 */
function dispLength(low: number, disp: number): number {
  if ((disp << 24) >> 24 !== disp) return 4
  return disp === 0 && low !== RBP ? 0 : 1
}

/** The mod field for a displacement of 0, 1 or 4 bytes: 0, 0x40, 0x80. */
function modOf(length: number): number {
  return (length + (length & 1)) << 5
}

/** The one-byte-immediate variant of a form when it has one and the value fits, otherwise the form. */
function shortened(form: number, imm: number): number {
  if ((form & SHORT_IMM) === 0 || (imm << 24) >> 24 !== imm) return form
  return (form | SHORT_BIT | IMM8) & ~IMM16
}

/** 0x40 when a byte register needs REX to mean spl, bpl, sil, dil instead of ah, ch, dh, bh. */
function byteRex(form: number, reg: number, rm: number): number {
  return ((form & REG8) !== 0 && reg >= 4) || ((form & RM8) !== 0 && rm >= 4) ? 0x40 : 0
}
