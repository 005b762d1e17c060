/**
 * What instruction selection knows of the values of a function: who uses them, where they can be computed, which virtual
 * registers hold them. An instruction that nobody has asked for is skipped, so dead code costs nothing; a user may swallow
 * what computes its operand.
 *
 * A load moves down to its user only when the user is the only one, in the same block, and nothing with an effect lies
 * between: every instruction that is not pure begins a new *color*.
 */
import type { CompileEnv } from '../../compiled.js'
import { Cfg } from '../ir/cfg.js'
import { DomTree } from '../ir/domtree.js'
import type { IrFunction } from '../ir/function.js'
import { Loops } from '../ir/loops.js'
import { Effect, IrOp, opEffect } from '../ir/ops.js'
import { ACCESS_SIGNED, ACCESS_WIDTH_MASK, Ty, isFloatTy } from '../ir/types.js'
import { KnownBits } from './bits.js'
import { BlockOrder } from './blocks.js'
import { KeptConstants } from './kept-constants.js'
import { K } from './kinds.js'
import { OpKind, RegClass, type VCode } from './vcode.js'

/** The function has something that this tier does not compile; the caller uses the baseline tier. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
}

export class Values {
  readonly env: CompileEnv
  readonly code: VCode
  f!: IrFunction
  readonly blocks = new BlockOrder()
  protected readonly cfg = new Cfg()
  protected readonly dom = new DomTree()
  protected readonly loops = new Loops()
  protected readonly bits = new KnownBits()
  /** Declared as set since AssemblyScript wants all fields before it lets one be used. */
  protected readonly kept!: KeptConstants

  /** Machine block at hand, and the IR instruction; -1 where there is none. */
  block = 0
  inst = 0
  /** Virtual register of each value, -1 when nobody has asked for it. */
  protected vregOf = new Int32Array(1024)
  protected uses = new Int32Array(1024)
  /** 1 for values that something lowered so far reads. */
  private asked = new Uint8Array(1024)
  /** Number of effects before each instruction. */
  private color = new Int32Array(1024)
  private sunk = new Uint8Array(1024)

  constructor(env: CompileEnv, code: VCode) {
    this.env = env
    this.code = code
    this.kept = new KeptConstants(code, this.blocks, this.dom, this.loops)
  }

  // --- a new function ------------------------------------------------------------------------------------------------------

  protected countUses(): void {
    const { f, cfg } = this
    if (this.vregOf.length < f.valueCount) {
      this.vregOf = new Int32Array(f.valueCount * 2)
      this.uses = new Int32Array(f.valueCount * 2)
      this.asked = new Uint8Array(f.valueCount * 2)
    }
    if (this.color.length < f.instCount) {
      this.color = new Int32Array(f.instCount * 2)
      this.sunk = new Uint8Array(f.instCount * 2)
    }
    this.vregOf.fill(-1, 0, f.valueCount)
    this.uses.fill(0, 0, f.valueCount)
    this.asked.fill(0, 0, f.valueCount)
    this.sunk.fill(0, 0, f.instCount)
    for (let i = 0; i < cfg.count; i++) {
      for (let inst = f.firstInst[cfg.rpo[i]]; inst >= 0; inst = f.next[inst]) {
        for (let k = f.argCount(inst) - 1; k >= 0; k--) this.uses[f.arg(inst, k)]++
        if (f.hasList(inst)) this.countList(f.aux[inst])
        for (let k = f.successorCount(inst) - 1; k >= 0; k--) this.countList(f.successorCall(inst, k) + 1)
      }
    }
  }

  private countList(at: number): void {
    const { pool } = this.f
    for (let i = 1; i <= pool[at]; i++) this.uses[pool[at + i]]++
  }

  /** To be called when the instructions have their final order. */
  protected colorEffects(): void {
    const { f, cfg } = this
    let color = 0
    for (let i = 0; i < cfg.count; i++) {
      for (let inst = f.firstInst[cfg.rpo[i]]; inst >= 0; inst = f.next[inst]) {
        this.color[inst] = color
        if (opEffect[f.op[inst]] !== Effect.Pure) color++
      }
    }
  }

  // --- values --------------------------------------------------------------------------------------------------------------

  /** The value itself behind extensions, and wraps and masks of what is small enough already, that cost nothing. */
  source(value: number): number {
    const { f } = this
    let v = value
    let def = f.definition(v)
    while (def >= 0 && this.bits.changesNothing(def)) {
      v = f.arg0[def]
      def = f.definition(v)
    }
    return v
  }

  isConst(value: number): boolean {
    const def = this.f.definition(this.source(value))
    return def >= 0 && this.f.op[def] === IrOp.Iconst
  }

  /** Low and high half of an integer constant; the low half of a float one. */
  constLo(value: number): number {
    return this.f.immLo[this.f.definition(this.source(value))]
  }
  constHi(value: number): number {
    const source = this.source(value)
    return this.f.vType[source] === Ty.I32 ? 0 : this.f.immHi[this.f.definition(source)]
  }

  /** True when a value is a constant that a sign-extended 32-bit immediate can stand for at the value's own width. */
  isImm(value: number): boolean {
    if (!this.isConst(value)) return false
    if (this.f.vType[value] === Ty.I32) return true
    return this.constHi(value) === this.constLo(value) >> 31
  }

  /** The virtual register of a value; asks for it to be computed. */
  use(value: number): number {
    const { f, code } = this
    const v = this.source(value)
    const def = f.definition(v)
    if (def >= 0 && f.op[def] === IrOp.Iconst) {
      const high = f.vType[v] === Ty.I32 ? 0 : f.immHi[def]
      const isLong = high !== 0 && high !== f.immLo[def] >> 31
      const kept = isLong ? this.kept.register(this.block, f.immLo[def], high) : -1
      if (kept >= 0) return kept
      const vreg = code.newVreg(RegClass.Gpr)
      code.inst(K.Const, 0, f.immLo[def], high)
      code.operand(vreg, OpKind.Def)
      return vreg
    }
    if (def >= 0 && f.op[def] === IrOp.Fconst) {
      const vreg = code.newVreg(RegClass.Xmm)
      code.inst(K.FloatConst, f.vType[v] === Ty.F64 ? 1 : 0, f.immLo[def], f.immHi[def])
      code.operand(vreg, OpKind.Def)
      return vreg
    }
    this.asked[v] = 1
    return this.place(v)
  }

  /** As `use` for an instruction that reads no more than the low 32 bits of its operand when that is an i32. */
  useLow(value: number): number {
    const { f } = this
    const def = f.definition(value)
    return this.use(def >= 0 && f.op[def] === IrOp.Wrap && this.isPrivate(value) ? f.arg0[def] : value)
  }

  /** The virtual register of a parameter or result. */
  protected place(value: number): number {
    if (this.vregOf[value] < 0) {
      this.vregOf[value] = this.code.newVreg(isFloatTy(this.f.vType[value]) ? RegClass.Xmm : RegClass.Gpr)
    }
    return this.vregOf[value]
  }

  /** Virtual register that holds a value after all, or -1: for frame states. */
  placedVreg(value: number): number {
    return this.vregOf[this.source(value)]
  }

  /** Register that the instruction at hand is to write its n-th result to; a fresh one when nobody wants it. */
  result(inst: number, n = 0): number {
    return this.place(this.f.firstResult[inst] + n)
  }

  gpr(): number {
    return this.code.newVreg(RegClass.Gpr)
  }

  // --- where values are used -------------------------------------------------------------------------------------------------

  /** True when nothing after the instruction at hand reads a value, nor has the instruction itself asked for it. */
  isUnwanted(value: number): boolean {
    return this.asked[this.source(value)] === 0
  }

  /** True for a value that is wanted, and for what is defined outside of the loop at hand: its next turn may read it. */
  livesOn(value: number): boolean {
    const { f, loops } = this
    const v = this.source(value)
    if (this.asked[v] !== 0) return true
    const def = f.definition(v)
    const block = def >= 0 ? f.block[def] : f.vA[v]
    return loops.depthOf(block) < this.code.blockLoopDepth[this.block]
  }

  /** True when only one instruction, in the block at hand, uses a value: it may be computed there instead. */
  isPrivate(value: number): boolean {
    return this.uses[value] === 1 && this.isLocal(value)
  }

  /** True when a value is computed in the block at hand. */
  isLocal(value: number): boolean {
    const def = this.f.definition(value)
    return def >= 0 && this.inst >= 0 && this.f.block[def] === this.f.block[this.inst]
  }

  /** True for a load that can move to the instruction at hand: nothing else uses it, nothing with an effect lies between. */
  private isSinkableLoad(value: number): boolean {
    const { f } = this
    const def = f.definition(value)
    if (def < 0 || f.op[def] !== IrOp.Load || !this.isPrivate(value) || this.vregOf[value] >= 0) return false
    return this.color[def] + 1 === this.color[this.inst] && this.env.bounds !== 'explicit'
  }

  /** True for a load of a whole value that can be an operand of the instruction at hand. */
  isMerged(value: number): boolean {
    if (!this.isSinkableLoad(value)) return false
    const ty = this.f.vType[value]
    const width = ty === Ty.I64 || ty === Ty.F64 ? 3 : 2
    const access = this.f.aux[this.f.definition(value)]
    return (access & ACCESS_WIDTH_MASK) === width && (access & ACCESS_SIGNED) === 0
  }

  /**
   * A load of the place that the store at hand writes, when one instruction can do both. Of at least 32 bits: no instruction
   * with an immediate of 16 is worth having.
   */
  isUpdated(value: number): boolean {
    if (!this.isSinkableLoad(value)) return false
    const { f, inst } = this
    const def = f.definition(value)
    if (f.arg0[def] !== f.arg0[inst] || f.immLo[def] !== f.immLo[inst] || f.immHi[def] !== f.immHi[inst]) return false
    return ((f.aux[def] ^ f.aux[inst]) & ~ACCESS_SIGNED) === 0 && (f.aux[def] & ACCESS_WIDTH_MASK) >= 2
  }

  /** How often the function uses a value. */
  useCount(value: number): number {
    return this.uses[value]
  }

  /** Whether an instruction is computed at one of its users. */
  isSunk(inst: number): boolean {
    return this.sunk[inst] !== 0
  }

  /** The instruction at hand computes another of its block. */
  sink(inst: number): void {
    this.sunk[inst] = 1
  }

  /** Whether an instruction has to be lowered at its own place. */
  protected isNeeded(inst: number): boolean {
    const { f } = this
    if (this.sunk[inst] !== 0) return false
    return opEffect[f.op[inst]] !== Effect.Pure || this.vregOf[f.firstResult[inst]] >= 0
  }
}
