/**
 * Machine code with virtual registers ("VCode", as in Cranelift's machinst): what lowering makes, the allocator assigns
 * registers in, and emission encodes.
 *
 * Parallel typed arrays, kept for the next function. An instruction is a *kind* (which encoder sequence), a form of
 * tiers/isa/x64/forms.ts, two immediates and a run of operands. Instructions are stored in the order in which lowering
 * makes them (backwards); `order` lists them in program order, block after block, and an *index* is a place in `order`.
 *
 * Positions: index i owns the positions 4i to 4i+3. 4i is the *gap* before the instruction, where the allocator's moves
 * go; at 4i+1 (early) operands are read, at 4i+2 (late) results are written, at 4i+3 results in fixed registers are
 * moved on and values that need their slot are stored.
 *
 * Operand constraints, in the words of regalloc2:
 * - Reg / Any use: read early, in a register / also in a stack slot.
 * - Late use: read in a register until the end of the instruction, so that no result takes it.
 * - Gap use: read before the instruction by the allocator's own move; the value may be anywhere. With a fixed register it
 *   is an argument of a call or the like; with the reuse flag it is the input that a result overwrites.
 * - Def: written late. Early def: written while inputs are still read. Reuse def: starts in the gap as a copy of the
 *   gap use that follows it in the list. Fixed def: written to that register, from which a move takes it.
 * - Temp: a register for the time of the instruction.
 */
import { XMM } from '../../abi.js'
import { grown, grownBytes } from '../../grown.js'
import { isFloatTy } from '../ir/types.js'

export const RegClass = { Gpr: 0, Xmm: 1 } as const

/** Numbers of locations: general registers 0 to 15, xmm registers 16 to 31, then the slot of a virtual register. */
export const XMM_BASE = XMM
export const SLOT_BASE = 32

/** The location of register number `reg` of the class for an IR type. */
export function registerLocation(ty: number, reg: number): number {
  return isFloatTy(ty) ? XMM_BASE + reg : reg
}

export const OpKind = {
  /** Read early in a register. */
  Use: 0,
  /** Read early in a register or a slot. */
  UseAny: 1,
  /** Read until the end of the instruction, in a register. */
  UseLate: 2,
  /** Moved before the instruction to the register in the operand's high bits. */
  UseFixed: 3,
  /** Moved before the instruction to the place of the reuse def before it. */
  UseReuse: 4,
  /** Written late. */
  Def: 5,
  /** Written early. */
  DefEarly: 6,
  /** Written over the reuse use after it. */
  DefReuse: 7,
  /** Written late to the register in the operand's high bits. */
  DefFixed: 8,
  /** A register for the time of the instruction. */
  Temp: 9,
  /** The register in the operand's high bits for the time of the instruction; no virtual register (-1). */
  TempFixed: 10,
} as const
export const OP_FIXED_SHIFT = 8
export const OP_KIND_MASK = 0xff

export function isDefKind(kind: number): boolean {
  return kind >= OpKind.Def && kind <= OpKind.DefFixed
}

/** Flags of an instruction. */
export const InstFlag = {
  /** Overwrites every register but the reserved ones. */
  ClobberAll: 1,
  /** The result (operand 0) saves a move where it takes the place of an input. */
  PreferInput: 2,
} as const

const INITIAL = 1024

export class VCode {
  // Instructions, in the order of their making.
  instCount = 0
  kind = new Int32Array(INITIAL)
  form = new Int32Array(INITIAL)
  imm = new Int32Array(INITIAL)
  imm2 = new Int32Array(INITIAL)
  flags = new Int32Array(INITIAL)
  operandStart = new Int32Array(INITIAL)
  operandCount = new Int32Array(INITIAL)
  /** Offset in the module of the opcode it comes from. */
  wasmPos = new Int32Array(INITIAL)
  /** Offset in the IR's `states`, -1 for none. */
  frame = new Int32Array(INITIAL)
  /** TrapCode that a fault of this instruction means, 0 for none; for trap branches the code. */
  trap = new Int32Array(INITIAL)

  // Operands.
  operandTotal = 0
  opVreg = new Int32Array(INITIAL)
  /** OpKind, and from OP_FIXED_SHIFT on the location of a fixed operand. */
  opKind = new Int32Array(INITIAL)
  /** Location given by the allocator. */
  opLoc = new Int32Array(INITIAL)

  // Virtual registers.
  vregCount = 0
  vregClass = new Uint8Array(INITIAL)

  /** Instructions in program order; valid up to `indexCount` after `finishOrder`. */
  order = new Int32Array(INITIAL)
  indexCount = 0

  // Blocks, numbered in the order of allocation (every dominator before what it dominates).
  blockCount = 0
  /** Indices of a block: from `blockStart` (its head) up to, not including, `blockEnd`. */
  blockStart = new Int32Array(INITIAL)
  blockEnd = new Int32Array(INITIAL)
  /** Parameters: virtual registers in `pool`. */
  blockParams = new Int32Array(INITIAL)
  blockParamCount = new Int32Array(INITIAL)
  /** Successor edges in `pool`: block, number of arguments, arguments; one after the other. */
  blockSuccs = new Int32Array(INITIAL)
  blockSuccCount = new Int32Array(INITIAL)
  blockPredCount = new Int32Array(INITIAL)
  /** Place in the emitted code. */
  blockLayout = new Int32Array(INITIAL)
  blockLoopDepth = new Int32Array(INITIAL)
  /** 1 for a block that begins a loop. */
  blockIsHeader = new Int32Array(INITIAL)
  /** 1 for a block that is not expected to run. */
  blockIsCold = new Int32Array(INITIAL)

  pool = new Int32Array(INITIAL)
  poolSize = 0

  reset(): void {
    this.instCount = 0
    this.operandTotal = 0
    this.vregCount = 0
    this.indexCount = 0
    this.blockCount = 0
    this.poolSize = 0
  }

  newVreg(cls: number): number {
    const vreg = this.vregCount++
    if (vreg === this.vregClass.length) this.vregClass = grownBytes(this.vregClass)
    this.vregClass[vreg] = cls
    return vreg
  }

  /** A new instruction; operands are added by `operand` until the next one is made. */
  inst(kind: number, form = 0, imm = 0, imm2 = 0): number {
    const inst = this.instCount++
    if (inst === this.kind.length) this.growInsts()
    this.kind[inst] = kind
    this.form[inst] = form
    this.imm[inst] = imm
    this.imm2[inst] = imm2
    this.flags[inst] = 0
    this.operandStart[inst] = this.operandTotal
    this.operandCount[inst] = 0
    this.wasmPos[inst] = 0
    this.frame[inst] = -1
    this.trap[inst] = 0
    return inst
  }

  operand(vreg: number, kind: number, fixed = 0): void {
    const at = this.operandTotal++
    if (at === this.opVreg.length) {
      this.opVreg = grown(this.opVreg)
      this.opKind = grown(this.opKind)
      this.opLoc = grown(this.opLoc)
    }
    this.opVreg[at] = vreg
    this.opKind[at] = kind | (fixed << OP_FIXED_SHIFT)
    this.opLoc[at] = -1
    this.operandCount[this.instCount - 1]++
  }

  /** Location of the n-th operand of an instruction. */
  loc(inst: number, n: number): number {
    return this.opLoc[this.operandStart[inst] + n]
  }

  push(word: number): void {
    if (this.poolSize === this.pool.length) this.pool = grown(this.pool)
    this.pool[this.poolSize++] = word
  }

  /** Makes room for `count` blocks. */
  reserveBlocks(count: number): void {
    if (count <= this.blockStart.length) return
    this.blockStart = grown(this.blockStart, count)
    this.blockEnd = grown(this.blockEnd, count)
    this.blockParams = grown(this.blockParams, count)
    this.blockParamCount = grown(this.blockParamCount, count)
    this.blockSuccs = grown(this.blockSuccs, count)
    this.blockSuccCount = grown(this.blockSuccCount, count)
    this.blockPredCount = grown(this.blockPredCount, count)
    this.blockLayout = grown(this.blockLayout, count)
    this.blockLoopDepth = grown(this.blockLoopDepth, count)
    this.blockIsHeader = grown(this.blockIsHeader, count)
    this.blockIsCold = grown(this.blockIsCold, count)
  }

  /** Makes room for `count` entries of `order`. */
  reserveOrder(count: number): void {
    if (count > this.order.length) this.order = grown(this.order, count)
  }

  private growInsts(): void {
    this.kind = grown(this.kind)
    this.form = grown(this.form)
    this.imm = grown(this.imm)
    this.imm2 = grown(this.imm2)
    this.flags = grown(this.flags)
    this.operandStart = grown(this.operandStart)
    this.operandCount = grown(this.operandCount)
    this.wasmPos = grown(this.wasmPos)
    this.frame = grown(this.frame)
    this.trap = grown(this.trap)
  }
}
