/**
 * Memory operands, and the instructions that load and store. There is one address in the making: the rules of memory.rules fill
 * it, and the instruction that is made next takes it as its last operands. With explicit bounds the check is emitted before.
 */
import { MemoryRecord, TrapCode, Vmctx } from '../../abi.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { ACCESS_WIDTH_MASK, accessMemory, Ty } from '../ir/types.js'
import { ADDRESS_SHIFT, Address, CONST_SINGLE, K, SCALE_SHIFT } from './kinds.js'
import { UnsupportedError, Values } from './values.js'
import { OpKind } from './vcode.js'

/** Largest displacement of an address: it is a signed 32-bit number. Offsets have no sign: a negative one is greater than that. */
const MAX_DISPLACEMENT = 0x7fffffff
/** What stands in rules for the one address in the making. */
const MADE = 0

// By the logarithm of an access's width.
const immediateStores: Int32Array = Int32Array.of(Form.mov8MI, Form.mov16MI, Form.mov32MI, Form.mov64MI)

export abstract class Addresses extends Values {
  /** Whether an address is in the making: one at a time, and the next instruction takes it. */
  private isMaking = false
  private mode = 0
  private disp = 0
  private index = -1
  private scale = 0
  /** Of a float constant: its high half, and the flag of its width. */
  private high = 0
  private flags = 0
  /** The IR load that is computed by the instruction at hand: the fault is its. -1 for none. */
  private loadOf = -1

  /** The address from a pointer: by the rules. */
  protected abstract addressOf(pointer: number, offset: number, bytes: number): number

  /** The address of an IR load or store. */
  accessAddress(access: number): number {
    const { f } = this
    if (accessMemory(f.aux[access]) !== 0) throw new UnsupportedError('more than one memory')
    if (f.immHi[access] !== 0) throw new UnsupportedError('64-bit offset')
    return this.addressOf(f.arg0[access], f.immLo[access], 1 << (f.aux[access] & ACCESS_WIDTH_MASK))
  }

  /** The place of a value that is in memory: of a load, which moves here, or of a constant. */
  merge(value: number): number {
    const { f } = this
    const def = f.definition(value)
    if (f.op[def] === IrOp.Fconst) return this.constantAddress(def)
    this.sink(def)
    this.accessAddress(def)
    this.loadOf = def
    return MADE
  }

  private constantAddress(def: number): number {
    const { f } = this
    this.set(Address.Constant, f.immLo[def], -1, 0)
    this.high = f.immHi[def]
    this.flags = f.ty[def] === Ty.F32 ? CONST_SINGLE : 0
    return MADE
  }

  /** For a new function: the last one may have been given up anywhere. */
  protected resetAddress(): void {
    this.isMaking = false
    this.loadOf = -1
  }

  private set(mode: number, disp: number, index: number, scale: number): void {
    if (this.isMaking) throw new Error('two addresses in the making')
    this.isMaking = true
    this.mode = mode
    this.disp = disp
    this.index = index
    this.scale = scale
  }

  // --- what addresses are made of --------------------------------------------------------------------------------------------

  hasExplicitBounds(): boolean {
    return this.env.bounds === 'explicit'
  }

  isInReach(pointer: number, offset: number, bytes: number): boolean {
    return pointer >= 0 && offset >= 0 && pointer < MAX_DISPLACEMENT - bytes - offset
  }

  isFar(offset: number): boolean {
    return offset < 0
  }

  /** True when `x + more`, an i32, can be added up within an address: it does not wrap, and the displacement can hold `more`. */
  addsWithoutWrap(x: number, more: number, offset: number, bytes: number): boolean {
    if (more < 0 || offset < 0 || more > MAX_DISPLACEMENT - bytes - offset) return false
    // Two numbers of 31 bits cannot pass 32.
    return more === 0 || this.bits.activeBits(x) < 32
  }

  shiftsNothingOut(x: number, count: number): boolean {
    return this.bits.activeBits(x) + count <= 32
  }

  fixedAddress(pointer: number, offset: number): number {
    this.set(Address.Memory, pointer + offset, -1, 0)
    return MADE
  }

  indexAddress(index: number, scale: number, offset: number): number {
    this.set(Address.MemoryIndex, offset, index, scale)
    return MADE
  }

  farAddress(index: number, offset: number): number {
    this.set(Address.MemorySum, 0, this.sumOf(index, offset, 0), 0)
    return MADE
  }

  /** A register with the sum of another and a number, given by its halves. */
  private sumOf(index: number, low: number, high: number): number {
    const { code } = this
    const sum = this.gpr()
    const addend = this.gpr()
    code.inst(K.Const, 0, low, high)
    code.operand(addend, OpKind.Def)
    code.inst(K.Sum, Form.lea64RM)
    code.operand(sum, OpKind.Def)
    code.operand(index, OpKind.Use)
    code.operand(addend, OpKind.Use)
    return sum
  }

  checkedAddress(index: number, offset: number, bytes: number): number {
    this.checkBounds(index, offset, bytes)
    return this.isFar(offset) ? this.farAddress(index, offset) : this.indexAddress(index, 0, offset)
  }

  private checkBounds(index: number, offset: number, bytes: number): void {
    const last = (offset + bytes) | 0
    const carry = offset < 0 && last >= 0 ? 1 : 0
    const end = this.sumOf(index, last, carry)
    const record = this.gpr()
    this.loadFrom(record, Form.mov64RM, Address.Context, Vmctx.memory0, -1)
    this.reads(K.CmpMem, Form.cmp64RM, end, MemoryRecord.bytes)
    this.flag(Address.Base << ADDRESS_SHIFT)
    this.code.operand(record, OpKind.Use)
    this.trapIf(Cc.a, TrapCode.MemoryOutOfBounds)
  }

  // --- instructions with addresses -------------------------------------------------------------------------------------------

  /** f(x), x in a register, that defines no register. */
  protected reads(kind: number, form: number, x: number, imm = 0): void {
    this.code.inst(kind, form, imm)
    this.code.operand(x, OpKind.Use)
  }

  /** Gives the last instruction a flag, or an address mode and its scale. */
  protected flag(bits: number): void {
    this.code.flags[this.code.instCount - 1] |= bits
  }

  /** Gives the last instruction the address made, as its last operands. */
  protected addAddress(): void {
    const { code } = this
    if (!this.isMaking) throw new Error('no address in the making')
    this.isMaking = false
    const inst = code.instCount - 1
    code.flags[inst] |= (this.mode << ADDRESS_SHIFT) | (this.scale << SCALE_SHIFT)
    code.imm[inst] = this.disp
    if (this.mode === Address.Constant) {
      code.imm2[inst] = this.high
      code.flags[inst] |= this.flags
      return
    }
    if (this.index >= 0) code.operand(this.index, OpKind.Use)
    code.trap[inst] = TrapCode.MemoryOutOfBounds
    if (this.loadOf < 0) return
    code.wasmPos[inst] = this.f.wasmPos[this.loadOf]
    code.frame[inst] = this.f.frame[this.loadOf]
    this.loadOf = -1
  }

  /** A load that does not trap, from [mode + disp] with at most one operand. */
  loadFrom(dst: number, form: number, mode: number, disp: number, base: number): void {
    const { code } = this
    code.inst(K.Load, form, disp)
    this.flag(mode << ADDRESS_SHIFT)
    code.operand(dst, OpKind.Def)
    if (base >= 0) code.operand(base, OpKind.Use)
  }

  /** Ends what the flags say by a trap where a condition holds. */
  trapIf(cc: number, trap: number): void {
    const { code } = this
    const inst = code.inst(K.TrapIf, 0, cc)
    code.trap[inst] = trap
  }

  // --- loads and stores ------------------------------------------------------------------------------------------------------

  loadAddress(dst: number, form: number, _address: number): number {
    const { code } = this
    code.inst(K.Load, form)
    code.operand(dst, OpKind.Def)
    this.addAddress()
    return dst
  }

  storeAddress(form: number, value: number, _address: number): void {
    this.reads(K.Store, form, value)
    this.addAddress()
  }

  storeImm(access: number, value: number, _address: number): void {
    this.code.inst(K.StoreImm, immediateStores[access & ACCESS_WIDTH_MASK], 0, this.constLo(value))
    this.addAddress()
  }

  update(form: number, value: number, _address: number): void {
    this.reads(K.Update, form, value)
    this.addAddress()
  }

  updateImm(form: number, imm: number, _address: number): void {
    this.code.inst(K.UpdateImm, form, 0, imm)
    this.addAddress()
  }

  loadContext(dst: number, form: number, disp: number): number {
    this.loadFrom(dst, form, Address.Context, disp, -1)
    return dst
  }

  loadBase(dst: number, form: number, base: number, disp: number): number {
    this.loadFrom(dst, form, Address.Base, disp, base)
    return dst
  }

  storeContext(form: number, value: number, disp: number): void {
    this.reads(K.Store, form, value, disp)
    this.flag(Address.Context << ADDRESS_SHIFT)
  }

  storeBase(form: number, value: number, base: number, disp: number): void {
    this.reads(K.Store, form, value, disp)
    this.flag(Address.Base << ADDRESS_SHIFT)
    this.code.operand(base, OpKind.Use)
  }
}
