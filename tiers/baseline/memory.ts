/**
 * Linear memory: loads, stores, size, copy, fill.
 *
 * An address is `[MEMBASE + index + offset]`; the reservation behind the memory catches every 32-bit index plus 32-bit
 * offset (docs/abi.md), so an access carries no check, only a site. What makes this safe is that an i32 is always
 * zero-extended in its register. With `bounds: 'explicit'` the end of the access is compared with the length first.
 */
import { MEMBASE, MemoryRecord, Reg, SCRATCH, StubId, TrapCode, VMCTX, Vmctx } from '../abi.js'
import { RelocKind, SiteKind } from '../compiled.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { F32, F64, I32 } from '../../wasm/types.js'
import { afterCall, argument, beforeCall, finishArguments } from './calls.js'
import { finish, NONE, target } from './locals.js'
import { memorySite, operandMoved, site, trapIf } from './metadata.js'
import { readU32 } from './reader.js'
import { isFloat, Kind } from './kinds.js'
import { popReg } from './operands.js'
import { allocGpr, release, type State } from './state.js'
import { lessUnsigned } from '../unsigned.js'

const PAGE_SHIFT = 16

/** The address that `popAddress` made: `[MEMBASE + index + disp]`, index -1 for none. */
let index = -1
let disp = 0

/** Pops an address operand and adds a constant offset, a u32; `bytes` is the width of the access. */
function popAddress(s: State, offset: number, bytes: number): void {
  if (s.kind[s.sp - 1] === Kind.Const) {
    popConstantAddress(s, offset, bytes)
    return
  }
  index = popReg(s)
  disp = offset
  if (s.env.carefulAddresses || offset < 0) checkAddress(s, offset, bytes)
}

/** The rare cases of an address in a register: checking modes, offsets that are no displacement. */
function checkAddress(s: State, offset: number, bytes: number): void {
  const asm = s.asm
  asm.assertZeroExtended(index)
  if (s.env.explicitBounds) checkBounds(s, index, offset, bytes)
  if (offset < 0) {
    asm.movImm(SCRATCH, offset, 0)
    asm.rr(Form.add64RM, SCRATCH, index)
    release(s, index)
    index = SCRATCH
    disp = 0
  }
}

function popConstantAddress(s: State, offset: number, bytes: number): void {
  const h = --s.sp
  const base = s.lo[h]
  const address = (base + offset) | 0
  const carry = lessUnsigned(address, base) ? 1 : 0
  if (carry === 0 && address >= 0 && address < 0x7fffffff - bytes) {
    index = -1
    disp = address
    if (s.env.explicitBounds) checkBounds(s, -1, address, bytes)
  } else {
    s.asm.movImm(SCRATCH, address, carry)
    if (s.env.explicitBounds) checkBounds(s, SCRATCH, 0, bytes)
    index = SCRATCH
    disp = 0
  }
}

/** Traps when index (-1: none) + offset + bytes is greater than the memory's length. Leaves `index` as it is. */
function checkBounds(s: State, reg: number, offset: number, bytes: number): void {
  const asm = s.asm
  const end = allocGpr(s)
  const last = (offset + bytes) | 0
  asm.movImm(end, last, lessUnsigned(last, offset) ? 1 : 0)
  if (reg >= 0) asm.rr(Form.add64RM, end, reg)
  const record = allocGpr(s)
  asm.mem(Form.mov64RM, record, VMCTX, Vmctx.memory0)
  asm.mem(Form.cmp64RM, end, record, MemoryRecord.bytes)
  release(s, record)
  release(s, end)
  trapIf(s, Cc.a, TrapCode.MemoryOutOfBounds)
}

/** Emits `form reg, address`. */
function access(s: State, form: number, reg: number): void {
  memorySite(s)
  if (index < 0) s.asm.mem(form, reg & 15, MEMBASE, disp)
  else s.asm.memx(form, reg & 15, MEMBASE, index, 0, disp)
}

/** A load by `form` of a number of bytes, giving a value of a type. */
export function load(s: State, form: number, bytes: number, type: number): void {
  readU32(s)
  const offset = readU32(s)
  popAddress(s, offset, bytes)
  const at = index
  const float = isFloat(type)
  const dst = target(s, float, float ? NONE : at, NONE)
  access(s, form, dst)
  if (at >= 0 && at !== dst) release(s, at)
  finish(s, type, dst)
}

/** A store by `form` (`immediate` for a constant) of a number of bytes. */
export function store(s: State, form: number, immediate: number, bytes: number): void {
  readU32(s)
  const offset = readU32(s)
  const h = s.sp - 1
  const type = s.type[h]
  if (s.kind[h] === Kind.Const && type !== F64 && (bytes < 8 || s.hi[h] === s.lo[h] >> 31)) {
    s.sp = h
    const value = s.lo[h]
    popAddress(s, offset, bytes)
    memorySite(s)
    const form2 = type === F32 ? Form.mov32MI : immediate
    if (index < 0) s.asm.mi(form2, MEMBASE, disp, value)
    else s.asm.memxi(form2, MEMBASE, index, 0, disp, value)
  } else {
    const value = popReg(s)
    popAddress(s, offset, bytes)
    access(s, form, value)
    release(s, value)
  }
  if (index >= 0) release(s, index)
}

/** memory.size: the length in pages. */
export function memorySize(s: State): void {
  readU32(s)
  const dst = target(s, false, NONE, NONE)
  loadLength(s, dst)
  s.asm.shift(Form.shr64MI, dst, PAGE_SHIFT)
  finish(s, I32, dst)
}

/** Loads the memory's length in bytes. */
function loadLength(s: State, reg: number): void {
  s.asm.mem(Form.mov64RM, reg, VMCTX, Vmctx.memory0)
  s.asm.mem(Form.mov64RM, reg, reg, MemoryRecord.bytes)
}

/** memory.copy and memory.fill: both ends checked in 64 bits, then a routine that needs no checks. */
export function memoryCopy(s: State): void {
  readU32(s)
  readU32(s)
  bulk(s, StubId.MemoryCopy, true)
}

export function memoryFill(s: State): void {
  readU32(s)
  bulk(s, StubId.MemoryFill, false)
}

/** The first three of ARG_GPRS. */
const DESTINATION = Reg.rdi
const SOURCE = Reg.rsi
const COUNT = Reg.rbx

function bulk(s: State, stub: number, copies: boolean): void {
  const asm = s.asm
  const base = s.sp - 3
  beforeCall(s, base)
  argument(s, DESTINATION, base)
  argument(s, SOURCE, base + 1)
  argument(s, COUNT, base + 2)
  finishArguments(s, base)
  // The arguments stand where locals were, which have been saved: what traps from here on finds them in their homes.
  afterCall(s)
  operandMoved(s, 0, DESTINATION)
  operandMoved(s, 1, SOURCE)
  operandMoved(s, 2, COUNT)
  loadLength(s, Reg.rax)
  checkRange(s, DESTINATION)
  if (copies) {
    checkRange(s, SOURCE)
    asm.rr(Form.add64RM, SOURCE, MEMBASE)
  }
  asm.rr(Form.add64RM, DESTINATION, MEMBASE)
  asm.callReloc(RelocKind.Stub, stub)
  site(s, SiteKind.Call, TrapCode.None, 0)
}

/** Traps unless start + COUNT <= rax. */
function checkRange(s: State, start: number): void {
  s.asm.memx(Form.lea64RM, Reg.rcx, start, COUNT, 0, 0)
  s.asm.rr(Form.cmp64RM, Reg.rcx, Reg.rax)
  trapIf(s, Cc.a, TrapCode.MemoryOutOfBounds)
}
