/**
 * Globals, tables and references. What is rare or needs JavaScript is left to the runtime (RuntimeOp).
 */
import { Reg, RuntimeOp, SCRATCH, TableEntry, TableRecord, TrapCode, VMCTX, Vmctx } from '../abi.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { F32, F64, FUNCREF, I32, I64 } from '../../wasm/types.js'
import { callRuntime, pushRax } from './calls.js'
import { finish, NONE, saveLocals, forgetRegisters, target } from './locals.js'
import { trapIf } from './metadata.js'
import { readS32, readU32 } from './reader.js'
import { isFloat, Kind } from './kinds.js'
import { popReg, popTemp, pushConst, spillBelow, swapTop } from './operands.js'
import { release, storeConst, storeTo, type State } from './state.js'

const I32_WRAP_I64 = 0xa7

// --- globals -----------------------------------------------------------------------------------------------------------------------

function loadForm(type: number): number {
  return type === I32 ? Form.mov32RM : type === F32 ? Form.movssRM : type === F64 ? Form.movsdRM : Form.mov64RM
}

export function globalGet(s: State): void {
  const index = readU32(s)
  const env = s.env
  const own = env.globalType[index]
  if (env.globalConst[index] !== 0) {
    pushConst(s, own, env.globalLo[index], env.globalHi[index])
    return
  }
  // The low half of a global is all that a wrap wants.
  const wraps = own === I64 && s.bytes[s.pos] === I32_WRAP_I64
  if (wraps) s.pos++
  const type = wraps ? I32 : own
  const dst = target(s, isFloat(type), NONE, NONE)
  let base: number = VMCTX
  let offset = env.globalAt[index]
  if (env.globalIndirect[index] !== 0) {
    s.asm.mem(Form.mov64RM, SCRATCH, VMCTX, offset)
    base = SCRATCH
    offset = 0
  }
  s.asm.mem(loadForm(type), dst & 15, base, offset)
  finish(s, type, dst)
}

export function globalSet(s: State): void {
  const index = readU32(s)
  const env = s.env
  const type = env.globalType[index]
  const offset = env.globalAt[index]
  const h = s.sp - 1
  if (env.globalIndirect[index] === 0 && s.kind[h] === Kind.Const) {
    s.sp = h
    storeConst(s, type, s.lo[h], s.hi[h], VMCTX, offset)
    return
  }
  const value = popReg(s)
  if (env.globalIndirect[index] === 0) {
    storeTo(s, type, value, VMCTX, offset)
  } else {
    s.asm.mem(Form.mov64RM, SCRATCH, VMCTX, offset)
    storeTo(s, type, value, SCRATCH, 0)
  }
  release(s, value)
}

// --- references --------------------------------------------------------------------------------------------------------------------

export function refNull(s: State): void {
  pushConst(s, readS32(s) & 0x7f, 0, 0)
}

/** ref.func: from the instance's array, or made by the runtime when the entry there is still 0. */
export function refFunc(s: State): void {
  const func = readU32(s)
  const asm = s.asm
  saveLocals(s)
  spillBelow(s, s.sp)
  asm.mem(Form.mov64RM, Reg.rax, VMCTX, Vmctx.funcrefs)
  asm.mem(Form.mov64RM, Reg.rax, Reg.rax, 8 * func)
  asm.rr(Form.test64MR, Reg.rax, Reg.rax)
  const done = asm.newLabel()
  asm.jcc(Cc.ne, done)
  callRuntime(s, RuntimeOp.RefFunc, func, -1, s.sp)
  asm.bind(done)
  forgetRegisters(s)
  pushRax(s, FUNCREF)
}

// --- tables ------------------------------------------------------------------------------------------------------------------------

/** Loads entry 0's address of a table into SCRATCH. */
function loadTable(s: State, table: number): void {
  s.asm.mem(Form.mov64RM, SCRATCH, VMCTX, s.env.tablesAt + 8 * table)
}

export function tableGet(s: State): void {
  const asm = s.asm
  const table = readU32(s)
  const type = s.env.tableElement[table]
  const index = popTemp(s)
  asm.assertZeroExtended(index)
  loadTable(s, table)
  asm.mem(Form.cmp32RM, index, SCRATCH, TableRecord.length)
  trapIf(s, Cc.ae, TrapCode.TableOutOfBounds)
  const dst = target(s, false, index, NONE)
  if (type === FUNCREF) {
    asm.shift(Form.shl64MI, index, TableEntry.shift)
    asm.memx(Form.mov64RM, dst, SCRATCH, index, 0, TableEntry.funcref)
  } else {
    asm.memx(Form.mov64RM, dst, SCRATCH, index, 3, 0)
  }
  if (dst !== index) release(s, index)
  finish(s, type, dst)
}

export function tableSet(s: State): void {
  const asm = s.asm
  const table = readU32(s)
  if (s.env.tableElement[table] === FUNCREF) {
    callRuntime(s, RuntimeOp.TableSet, table, -1, s.sp - 2)
    return
  }
  const value = popReg(s)
  const index = popReg(s)
  asm.assertZeroExtended(index)
  loadTable(s, table)
  asm.mem(Form.cmp32RM, index, SCRATCH, TableRecord.length)
  trapIf(s, Cc.ae, TrapCode.TableOutOfBounds)
  asm.memx(Form.mov64MR, value, SCRATCH, index, 3, 0)
  release(s, value)
  release(s, index)
}

export function tableSize(s: State): void {
  const table = readU32(s)
  const dst = target(s, false, NONE, NONE)
  loadTable(s, table)
  s.asm.mem(Form.mov32RM, dst, SCRATCH, TableRecord.length)
  finish(s, I32, dst)
}

/** table.grow: the reference is the first operand, the runtime wants it last. */
export function tableGrow(s: State): void {
  const table = readU32(s)
  swapTop(s)
  callRuntime(s, RuntimeOp.TableGrow, table, -1, s.sp - 2)
  pushRax(s, I32)
}

export function tableFill(s: State): void {
  callRuntime(s, RuntimeOp.TableFill, readU32(s), -1, s.sp - 3)
}

export function tableCopy(s: State): void {
  const destination = readU32(s)
  callRuntime(s, RuntimeOp.TableCopy, destination, readU32(s), s.sp - 3)
}

export function tableInit(s: State): void {
  const segment = readU32(s)
  callRuntime(s, RuntimeOp.TableInit, readU32(s), segment, s.sp - 3)
}

export function elemDrop(s: State): void {
  callRuntime(s, RuntimeOp.ElemDrop, readU32(s), -1, s.sp)
}

export function memoryInit(s: State): void {
  const segment = readU32(s)
  callRuntime(s, RuntimeOp.MemoryInit, readU32(s), segment, s.sp - 3)
}

export function dataDrop(s: State): void {
  callRuntime(s, RuntimeOp.DataDrop, readU32(s), -1, s.sp)
}

export function memoryGrow(s: State): void {
  callRuntime(s, RuntimeOp.MemoryGrow, readU32(s), -1, s.sp - 1)
  pushRax(s, I32)
}
