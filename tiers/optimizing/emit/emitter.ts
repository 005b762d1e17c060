/**
 * Emission: allocated machine code to bytes. Blocks in layout order; a jump to the next block is nothing, a branch is turned so
 * that one of its targets follows. instructions.ts has the kinds that are one x86 instruction, sequences.ts those
 * that are more, layout.ts which blocks there are.
 */
import { FRAME_VMCTX, MEMBASE, Reg, SCRATCH, TableEntry, VMCTX, Vmctx } from '../../abi.js'
import { RelocKind, SiteKind, siteInfo, type CompileEnv } from '../../compiled.js'
import { sized } from '../../grown.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import { CC_FLOAT_EQ, CC_FLOAT_NE, K } from '../lower/kinds.js'
import type { Lowering } from '../lower/lowering.js'
import type { VCode } from '../lower/vcode.js'
import type { Allocator } from '../regalloc/allocator.js'
import { emitBranchTable, emitTable } from './branch-table.js'
import { Flags } from './flags.js'
import { emitEpilogue, emitPrologue, frameBytes } from './frame.js'
import { InstructionEmitter } from './instructions.js'
import { Layout } from './layout.js'
import { Metadata } from './metadata.js'
import { Reach } from './reach.js'
import { emitSequence } from './sequences.js'
import { TailDuplication } from './tails.js'
import { alignLoop, jumpWindow } from './windows.js'

export class Emitter extends InstructionEmitter {
  readonly meta = new Metadata()
  readonly layout = new Layout()
  private allocator!: Allocator
  lowering!: Lowering
  private moveAt = 0
  /** The instruction whose register `zeroBoolean` has zeroed, -1 for none. */
  private zeroed = -1
  private readonly flags: Flags
  readonly reach = new Reach()
  private readonly tails = new TailDuplication()
  /** Labels of the jump tables to be placed behind the code, by the block that jumps through them; -1 for none. */
  private tableLabel = new Int32Array(64)
  /** The blocks that have one, in the tables' order. */
  private readonly tableBlocks: number[] = []
  /** Out-of-line calls of other instances' functions: label, return label, index. */
  private readonly farCalls: number[] = []

  constructor(env: CompileEnv) {
    super(env)
    this.flags = new Flags(env.checked)
  }

  /** Emits the function; returns its frame size. */
  run(code: VCode, allocator: Allocator, lowering: Lowering, frames: boolean): number {
    this.code = code
    this.allocator = allocator
    this.lowering = lowering
    // Padding to small windows makes distances uncertain; for that to large ones the estimate has room.
    this.reach.isUsed = !this.env.features.jumpErratum
    const size = this.emit(frames)
    if (!this.asm.overreached) return size
    this.reach.isUsed = false
    return this.emit(frames)
  }

  private emit(frames: boolean): number {
    const { asm, code, allocator, lowering, layout } = this
    asm.reset()
    this.meta.reset(frames, lowering, allocator)
    this.farCalls.length = 0
    this.tableBlocks.length = 0
    this.tableLabel = sized(this.tableLabel, code.blockCount)
    this.tableLabel.fill(-1, 0, code.blockCount)
    layout.begin(code, allocator.moves, asm)
    // Which tails are copied is asked twice, in the same order: for what they take, and to emit them.
    this.tails.begin(code, layout)
    this.reach.begin(code, layout, this.tails)
    this.tails.begin(code, layout)
    const size = frameBytes(allocator.slotCount)
    emitPrologue(asm, size)
    this.meta.table.endPrologue(asm.size)
    for (let i = 0; i < layout.count; i++) this.block(i)
    asm.jumpWindow = 0
    this.emitFarCalls()
    this.meta.table.emitTraps(asm)
    this.emitTables()
    if (!asm.overreached) asm.finish()
    return size
  }

  private block(place: number): void {
    const { code, asm } = this
    const block = this.layout.emitted[place]
    const previous = place === 0 ? block : this.layout.emitted[place - 1]
    const depth = code.blockLoopDepth[block]
    const isCold = this.isCold(block)
    if (depth > code.blockLoopDepth[previous] && !isCold) alignLoop(asm, code, this.layout, this.reach, place)
    asm.jumpWindow = isCold ? 0 : jumpWindow(this.env.features.jumpErratum, depth)
    asm.bind(this.layout.labelOf(block))
    this.blockBody(block, place)
  }

  /** @param place where in `emitted` the block is, or that of which it is to be the end */
  private blockBody(block: number, place: number): void {
    const { code, asm } = this
    this.flags.forget()
    this.moveAt = this.layout.firstMove[block]
    const head = code.blockStart[block]
    this.movesUpTo(head * 4 + 3)
    for (let index = head + 1; index < code.blockEnd[block]; index++) {
      this.index = index
      this.inst = code.order[index]
      this.movesUpTo(index * 4 + 1)
      const kind = code.kind[this.inst]
      const redundant = (kind === K.Test || kind === K.Cmp || kind === K.CmpImm) && this.flags.has(code, this.inst)
      if (!redundant) {
        if (asm.jumpWindow !== 0 && kind >= K.Cmp && kind <= K.Test) this.keepWithBranch(block, place, index)
        if (kind >= K.Cmp && kind <= K.Test) this.zeroBoolean(block, index)
        this.instruction(block, place)
        this.flags.after(code, this.inst)
      }
      this.movesUpTo(index * 4 + 3)
    }
  }

  /**
   * The processor fuses a comparison with the branch after it, and both must stay within one window then. The length of
   * the comparison is found by emitting it once more than is needed.
   */
  private keepWithBranch(block: number, place: number, index: number): void {
    const { asm, code, inst } = this
    const kind = code.kind[inst]
    if (kind === K.CmpMem || code.kind[code.order[index + 1]] !== K.Branch) return
    const start = asm.size
    this.instruction(block, place)
    const length = asm.size - start
    asm.size = start
    const taken = this.layout.successor(block, 0)
    asm.together(
      length +
        asm.jccLength(this.layout.labelOf(this.layout.follows(taken, place) ? this.layout.successor(block, 1) : taken)),
    )
  }

  /**
   * A comparison whose result is a value sets a byte of a register, the rest of which must be 0. Extending the byte afterwards
   * takes a cycle; zeroing the register before the comparison (not after: that changes the flags) takes none. It can be done
   * where nothing is moved in between and the comparison does not read the register: then nothing lives there.
   */
  private zeroBoolean(block: number, index: number): void {
    const { code, inst } = this
    if (index + 1 === code.blockEnd[block]) return
    const next = code.order[index + 1]
    if (code.kind[next] !== K.SetCc || code.imm[next] >= CC_FLOAT_EQ) return
    const { moves } = this.allocator
    if (this.moveAt < moves.count && moves.key[this.moveAt] <= index * 4 + 5) return
    const dst = code.loc(next, 0)
    for (let n = 0; n < code.operandCount[inst]; n++) if (code.loc(inst, n) === dst) return
    this.asm.rr(Form.xor32RM, dst, dst)
    this.zeroed = next
  }

  /** Whether the register that the instruction at hand writes a byte of has been zeroed. */
  takeZeroed(): boolean {
    const isZeroed = this.zeroed === this.inst
    this.zeroed = -1
    return isZeroed
  }

  /** True for a block of the IR that is not expected to run. */
  private isCold(block: number): boolean {
    const { blocks, f } = this.lowering
    return blocks.irBlock[block] >= 0 && f.cold[blocks.irBlock[block]] !== 0
  }

  private movesUpTo(key: number): void {
    const { moves } = this.allocator
    const end = moves.count
    while (this.moveAt < end && moves.key[this.moveAt] <= key) {
      this.flags.written(moves.dst[this.moveAt])
      this.move(moves.src[this.moveAt], moves.dst[this.moveAt])
      this.moveAt++
    }
  }

  // --- sites -----------------------------------------------------------------------------------------------------------------

  /** The instruction that follows traps by a fault. */
  trapSite(trap: number, aux: number): void {
    this.site(siteInfo(SiteKind.Trap, trap, aux), 1)
  }

  /** The call just emitted. */
  callSite(): void {
    this.site(siteInfo(SiteKind.Call), 2)
  }

  private site(info: number, phase: number): void {
    const { code, inst } = this
    this.meta.site(this.asm.size, code.wasmPos[inst], info, code.frame[inst], this.index * 4 + phase)
  }

  /** A label at which the instruction at hand traps, out of line. @param aux of the site (TrapCode says what) */
  trapLabel(trap: number, aux = 0): number {
    const { code, inst } = this
    const label = this.asm.newLabel()
    this.meta.addTrap(
      label,
      siteInfo(SiteKind.Trap, trap, aux),
      code.wasmPos[inst],
      code.frame[inst],
      this.index * 4 + 1,
    )
    return label
  }

  /** Traps when the condition holds. */
  trapWhen(cc: number, trap: number, aux = 0): void {
    this.jumpWhen(cc, this.trapLabel(trap, aux), false)
  }

  private jumpWhen(cc: number, label: number, near: boolean): void {
    const { asm } = this
    if (cc < CC_FLOAT_EQ) {
      this.jcc(cc, label, near)
    } else if (cc === CC_FLOAT_NE) {
      this.jcc(Cc.p, label, near)
      this.jcc(Cc.ne, label, near)
    } else {
      const skip = asm.newLabel()
      asm.jccShort(Cc.p, skip)
      this.jcc(Cc.e, label, near)
      asm.bind(skip)
    }
  }

  /** @param near whether the label is expected to be reached by a short jump */
  jcc(cc: number, label: number, near: boolean): void {
    if (near) this.asm.jccShort(cc, label)
    else this.asm.jcc(cc, label)
  }

  // --- instructions ------------------------------------------------------------------------------------------------------------

  private instruction(block: number, place: number): void {
    const { code, asm, inst } = this
    const imm = code.imm[inst]
    switch (code.kind[inst]) {
      case K.Entry:
        break
      case K.TrapIf:
        this.trapWhen(imm, code.trap[inst])
        break
      case K.Trap: {
        const pos = this.meta.table.wantFrames ? this.layout.trapPosition(block) : 0
        this.meta.site(asm.size, code.wasmPos[inst], siteInfo(SiteKind.Trap, code.trap[inst]), code.frame[inst], pos)
        asm.op(Form.ud2)
        break
      }
      case K.Branch:
        this.branch(block, place, imm)
        break
      case K.Jump:
        this.jumpOn(block, place)
        break
      case K.JumpTable:
        emitBranchTable(this, block, place, imm)
        break
      case K.Return:
        emitEpilogue(asm, frameBytes(this.allocator.slotCount))
        asm.ret(8 * this.lowering.ownSignature.stackParams)
        break
      case K.Poll:
        this.site(SiteKind.Poll, 1)
        asm.ripReloc(Form.test32MR, Reg.rax, RelocKind.Poll, 0)
        break
      case K.Fuel:
        asm.mem(Form.mov64RM, SCRATCH, VMCTX, Vmctx.fuel)
        asm.mi(Form.sub64MI, SCRATCH, 0, imm)
        this.trapWhen(Cc.s, code.trap[inst])
        break
      default:
        if (!this.single()) emitSequence(this, code.kind[inst])
    }
  }

  private jumpTo(target: number, place: number): void {
    if (!this.layout.follows(target, place)) this.jump(target, place)
  }

  private jump(target: number, place: number): void {
    if (this.reach.isNear(place, target, 0)) this.asm.jmpShort(this.layout.labelOf(target))
    else this.asm.jmp(this.layout.labelOf(target))
  }

  /** Jumps to a block when the condition holds. @param after bytes between the jump and the end of the block at hand */
  branchTo(cc: number, target: number, place: number, after = 0): void {
    this.jumpWhen(cc, this.layout.labelOf(target), this.reach.isNear(place, target, after))
  }

  /** The jump at the end of a block. */
  private jumpOn(block: number, place: number): void {
    const target = this.layout.successor(block, 0)
    if (this.layout.follows(target, place) || !this.tails.takes(block, target)) {
      this.jumpTo(target, place)
      return
    }
    const { index, inst } = this
    this.blockBody(target, place)
    this.index = index
    this.inst = inst
    this.moveAt = this.layout.firstMove[block + 1]
  }

  /** Label of the table of the block that jumps through it. */
  tableOf(block: number): number {
    if (this.tableLabel[block] < 0) {
      this.tableLabel[block] = this.asm.newLabel()
      this.tableBlocks.push(block)
    }
    return this.tableLabel[block]
  }

  private emitTables(): void {
    const { asm, tableBlocks } = this
    for (let i = 0; i < tableBlocks.length; i++) {
      while ((asm.size & 7) !== 0) asm.byte(0xcc)
      asm.bind(this.tableLabel[tableBlocks[i]])
      emitTable(this, tableBlocks[i])
    }
  }

  private branch(block: number, place: number, cc: number): void {
    const taken = this.layout.successor(block, 0)
    const other = this.layout.successor(block, 1)
    if (this.layout.follows(taken, place)) {
      this.branchTo(cc ^ 1, other, place)
      return
    }
    // Of two jumps the first should be the one that goes on in the loop.
    const { blockLoopDepth } = this.code
    if (!this.layout.follows(other, place) && blockLoopDepth[other] > blockLoopDepth[taken]) {
      this.branchTo(cc ^ 1, other, place)
      this.jumpTo(taken, place)
      return
    }
    this.branchTo(cc, taken, place)
    this.jumpTo(other, place)
  }

  // --- calls of other instances' functions -------------------------------------------------------------------------------------

  addFarCall(label: number, back: number): void {
    this.farCalls.push(label)
    this.farCalls.push(back)
    this.farCalls.push(this.index)
  }

  /** VMCTX and MEMBASE back after a call that may have been to another instance. */
  restoreInstance(): void {
    this.asm.mem(Form.mov64RM, VMCTX, Reg.rbp, FRAME_VMCTX)
    this.asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
  }

  private emitFarCalls(): void {
    const { asm, farCalls } = this
    for (let i = 0; i < farCalls.length; i += 3) {
      asm.bind(farCalls[i])
      this.index = farCalls[i + 2]
      this.inst = this.code.order[this.index]
      asm.mem(Form.mov64RM, VMCTX, Reg.r10, TableEntry.ctx)
      asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
      asm.m(Form.callM, Reg.r10, TableEntry.code)
      this.callSite()
      this.restoreInstance()
      asm.jmp(farCalls[i + 1])
    }
  }
}
