/**
 * The bytes under construction and what belongs to them: labels with their fixups, the pool of constants, relocations.
 * Nothing here knows an instruction; the assembler on top does.
 *
 * Everything lives in typed arrays that are kept from function to function (`reset`), so that emitting allocates only
 * when a function is larger than all before it. A label is an integer. A reference to a label that is not bound yet
 * goes on the label's list of fixups; `bind` walks the list once, so the cost is linear whatever the guest's control
 * flow. Constants are labels that `finish` binds behind the code.
 */
import { RELOC_WORDS } from '../../compiled.js'
import { grown } from '../../grown.js'

/**
 * Room that every encoder reserves once: the longest instruction is 15 bytes (Intel SDM 2.3.11), and a short displacement
 * or immediate is stored as four bytes of which one counts.
 */
const RESERVE = 24
const INITIAL_BYTES = 1 << 16
const INITIAL_LABELS = 256
const INITIAL_RELOCS = 256
const INITIAL_CONSTS = 16
/** A guest that chooses its constants to collide costs at most this many steps a constant. */
const MAX_PROBES = 16

/** A violated invariant of a code generator: a bug of ours, never of the guest. */
export class AssemblerError extends Error {
  override readonly name = 'AssemblerError'
}

export class CodeBuffer {
  /** The code; valid up to `size`. Replaced when it grows, so do not keep it across emissions. */
  bytes = new Uint8Array(INITIAL_BYTES)
  /** Bytes emitted so far: the offset of the next instruction. */
  size = 0
  /** Relocations as `tiers/compiled.ts` lays them out, RELOC_WORDS int32 each; valid up to `relocCount`. */
  relocs = new Int32Array(INITIAL_RELOCS * RELOC_WORDS)
  relocCount = 0

  /** The same bytes, for stores of 16 and 32 bits at any offset with one bounds check. */
  protected view = new DataView(this.bytes.buffer)
  /** Largest `size` at which an instruction still fits. */
  protected limit = INITIAL_BYTES - RESERVE

  private labelCount = 0
  /** Offset of each label, -1 while unbound. */
  private labelAt = new Int32Array(INITIAL_LABELS)
  /** First fixup of each unbound label, -1 for none. */
  private labelFix = new Int32Array(INITIAL_LABELS)

  private fixCount = 0
  /** Offset of the field to fill, times two, plus one for a field of one byte. */
  private fixField = new Int32Array(INITIAL_LABELS)
  /** Offset that the field's value is relative to. */
  private fixBase = new Int32Array(INITIAL_LABELS)
  private fixNext = new Int32Array(INITIAL_LABELS)

  private constCount = 0
  private constLo = new Int32Array(INITIAL_CONSTS)
  private constHi = new Int32Array(INITIAL_CONSTS)
  /** 4 or 8. */
  private constBytes = new Int32Array(INITIAL_CONSTS)
  private constLabel = new Int32Array(INITIAL_CONSTS)
  /** Open-addressing hash of the constants: number + 1, 0 is empty. Twice as long as the constant arrays at least. */
  private constHash = new Int32Array(INITIAL_CONSTS * 2)

  /** A short jump does not reach its label: the code is of no use, and `finish` refuses it. */
  overreached = false

  /** Forgets everything emitted and keeps the buffers. */
  reset(): void {
    this.size = 0
    this.relocCount = 0
    this.labelCount = 0
    this.fixCount = 0
    this.overreached = false
    if (this.constCount !== 0) {
      this.constCount = 0
      this.constHash.fill(0)
    }
  }

  /** A new label, unbound. */
  newLabel(): number {
    const label = this.labelCount++
    if (label === this.labelAt.length) {
      this.labelAt = grown(this.labelAt)
      this.labelFix = grown(this.labelFix)
    }
    this.labelAt[label] = -1
    this.labelFix[label] = -1
    return label
  }

  /** Offset of a label, or -1 while it is not bound. */
  labelOffset(label: number): number {
    return this.labelAt[label]
  }

  /** Binds a label to the current offset and fills in all references to it. */
  bind(label: number): void {
    if (this.labelAt[label] !== -1) throw new AssemblerError(`label ${label} is bound twice`)
    const at = this.size
    this.labelAt[label] = at
    for (let fix = this.labelFix[label]; fix !== -1; fix = this.fixNext[fix]) {
      this.fill(this.fixField[fix], at - this.fixBase[fix])
    }
    this.labelFix[label] = -1
  }

  /** A fresh label bound here. */
  here(): number {
    const label = this.newLabel()
    this.labelAt[label] = this.size
    return label
  }

  /** Overwrites the 32-bit field at `offset` (a frame size, an immediate). */
  patch32(offset: number, value: number): void {
    this.view.setInt32(offset, value, true)
  }

  /** Appends one byte. */
  byte(value: number): void {
    if (this.size > this.limit) this.grow()
    this.bytes[this.size++] = value
  }

  /** Appends four bytes, little endian. */
  int32(value: number): void {
    if (this.size > this.limit) this.grow()
    this.patch32(this.size, value)
    this.size += 4
  }

  /** Appends an entry of a jump table: the 32-bit distance from offset `base` (the table's start) to the label. */
  tableEntry(label: number, base: number): void {
    if (this.size > this.limit) this.grow()
    this.refer(label, this.size, base)
    this.size += 4
  }

  /**
   * The label of a constant of 4 bytes (single float, 32-bit integer). Equal bits give the same label. `finish` places
   * it behind the code; address it with `rip`.
   */
  f32Const(bits: number): number {
    return this.constant(bits, 0, 4)
  }

  /** As `f32Const` for 8 bytes, given as halves. */
  f64Const(lo: number, hi: number): number {
    return this.constant(lo, hi, 8)
  }

  /**
   * Ends the function: places the constants behind the code, aligned by their size (the code itself is placed at
   * multiples of 16). Throws AssemblerError when a label that is referred to was never bound, and when a short jump does
   * not reach.
   */
  finish(): void {
    if (this.overreached) throw new AssemblerError('a short jump does not reach its label')
    if (this.constCount !== 0) {
      while ((this.size & 7) !== 0) this.byte(0xcc)
      for (let bytes = 8; bytes >= 4; bytes -= 4) {
        for (let i = 0; i < this.constCount; i++) {
          if (this.constBytes[i] !== bytes) continue
          this.bind(this.constLabel[i])
          this.int32(this.constLo[i])
          if (bytes === 8) this.int32(this.constHi[i])
        }
      }
    }
    for (let label = 0; label < this.labelCount; label++) {
      if (this.labelFix[label] !== -1) throw new AssemblerError(`label ${label} is used but never bound`)
    }
  }

  /** Records a relocation of the 4-byte field at `offset`. */
  protected addReloc(kind: number, offset: number, operand: number): void {
    const at = this.relocCount++ * RELOC_WORDS
    if (at === this.relocs.length) this.relocs = grown(this.relocs)
    this.relocs[at] = kind
    this.relocs[at + 1] = offset
    this.relocs[at + 2] = operand
  }

  /** Makes the 4-byte field at `field` hold the distance from offset `base` to the label, now or when it is bound. */
  protected refer(label: number, field: number, base: number): void {
    const at = this.labelAt[label]
    if (at !== -1) this.patch32(field, at - base)
    else this.addFix(label, field * 2, base)
  }

  /** As `refer` for a 1-byte field that its own end is relative to. The label must be bound within 127 bytes. */
  protected referShort(label: number, field: number): void {
    this.addFix(label, field * 2 + 1, field + 1)
  }

  protected grow(): void {
    const next = new Uint8Array(this.bytes.length * 2)
    next.set(this.bytes)
    this.bytes = next
    this.view = new DataView(next.buffer)
    this.limit = next.length - RESERVE
  }

  private addFix(label: number, field: number, base: number): void {
    const fix = this.fixCount++
    if (fix === this.fixField.length) {
      this.fixField = grown(this.fixField)
      this.fixBase = grown(this.fixBase)
      this.fixNext = grown(this.fixNext)
    }
    this.fixField[fix] = field
    this.fixBase[fix] = base
    this.fixNext[fix] = this.labelFix[label]
    this.labelFix[label] = fix
  }

  private fill(field: number, value: number): void {
    if ((field & 1) === 0) this.patch32(field >>> 1, value)
    else if (value > 127) this.overreached = true
    else this.bytes[field >>> 1] = value
  }

  private constant(lo: number, hi: number, bytes: number): number {
    const l = lo | 0
    const h = hi | 0
    const mask = this.constHash.length - 1
    let slot = this.hash(l, h, bytes) & mask
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const i = this.constHash[slot] - 1
      if (i < 0) break
      if (this.constLo[i] === l && this.constHi[i] === h && this.constBytes[i] === bytes) return this.constLabel[i]
      slot = (slot + 1) & mask
    }
    const at = this.constCount++
    this.constLo[at] = l
    this.constHi[at] = h
    this.constBytes[at] = bytes
    const label = this.newLabel()
    this.constLabel[at] = label
    if (this.constCount === this.constLo.length) this.growConsts()
    else this.enterConst(at)
    return label
  }

  /** Puts a constant in the hash, unless its neighbourhood is full: then it is merely not shared. */
  private enterConst(at: number): void {
    const mask = this.constHash.length - 1
    let slot = this.hash(this.constLo[at], this.constHi[at], this.constBytes[at]) & mask
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      if (this.constHash[slot] === 0) {
        this.constHash[slot] = at + 1
        return
      }
      slot = (slot + 1) & mask
    }
  }

  private hash(lo: number, hi: number, bytes: number): number {
    const h = Math.imul(lo ^ Math.imul(hi, 0x85ebca6b | 0), 0x9e3779b1 | 0) + bytes
    return h ^ (h >>> 15)
  }

  private growConsts(): void {
    this.constLo = grown(this.constLo)
    this.constHi = grown(this.constHi)
    this.constBytes = grown(this.constBytes)
    this.constLabel = grown(this.constLabel)
    this.constHash = new Int32Array(this.constLo.length * 2)
    for (let i = 0; i < this.constCount; i++) this.enterConst(i)
  }
}
