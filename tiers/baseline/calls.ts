/**
 * Calls (docs/abi.md): arguments to their registers, the three kinds of call, results.
 *
 * Moving the arguments is a parallel move: a source may be another argument's destination, since pinned locals live in
 * argument registers. Moves whose destination nobody still reads go first; what then remains are cycles, each broken
 * through a scratch register. Constants and loads come last, they read no argument register.
 */
import {
  ARG_GPRS,
  ImportRecord,
  MEMBASE,
  Reg,
  SCRATCH,
  SCRATCH_XMM,
  StubId,
  TableEntry,
  TableRecord,
  TrapCode,
  VMCTX,
  Vmctx,
  XMM,
} from '../abi.js'
import { RelocKind, SiteKind } from '../compiled.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { I32 } from '../../wasm/types.js'
import { restoreInstance } from './far-calls.js'
import { forgetRegisters, saveLocals } from './locals.js'
import { beginSaving, endSaving } from './frame-states.js'
import { site, trapIf } from './metadata.js'
import { readU32 } from './reader.js'
import { TEMP_GPR_SET } from './registers.js'
import { Kind } from './kinds.js'
import { copyOperand, popReg, pushHome, pushReg, spillBelow, storeOperand, unwind } from './operands.js'
import { allocFrom, loadConst, loadFrame, move, operandHome, release, type State } from './state.js'

// --- arguments -------------------------------------------------------------------------------------------------------------------

/** Pending register moves: destinations as a set, source and type of each, number of pending reads of each register. */
let pending = 0
const sourceOf = new Int32Array(32)
const moveType = new Int32Array(32)
const readers = new Int32Array(32)
/** Arguments that are not in registers yet: destination and operand. */
let lateCount = 0
const lateDst = new Int32Array(32)
const lateOperand = new Int32Array(32)

/**
 * Before code that clobbers all registers and takes the operands from `height` up: pinned locals and the operands
 * below are put in their homes.
 */
export function beforeCall(s: State, height: number): void {
  if (s.meta.wantFrames) beginSaving(s, height)
  saveLocals(s)
  spillBelow(s, height)
  if (s.meta.wantFrames) endSaving(s)
  pending = 0
  lateCount = 0
}

/** Asks for operand h in a register. */
export function argument(s: State, dst: number, h: number): void {
  const kind = s.kind[h]
  let src = -1
  if (kind === Kind.Reg) src = s.lo[h]
  else if (kind === Kind.Local) {
    const pin = s.pin[s.lo[h]]
    if (pin >= 0 && ((s.inReg >>> pin) & 1) !== 0) src = pin
  }
  if (src < 0) {
    lateDst[lateCount] = dst
    lateOperand[lateCount++] = h
  } else if (src !== dst) {
    sourceOf[dst] = src
    moveType[dst] = s.type[h]
    readers[src]++
    pending |= 1 << dst
  }
}

/** Emits the moves asked for, then forgets the operands from `height` up. Leaves nothing pending. */
export function finishArguments(s: State, height: number): void {
  while (pending !== 0) {
    let progress = false
    for (let rest = pending; rest !== 0;) {
      const dst = 31 - Math.clz32(rest)
      rest &= ~(1 << dst)
      if (readers[dst] !== 0) continue
      move(s, moveType[dst], dst, sourceOf[dst])
      readers[sourceOf[dst]]--
      pending &= ~(1 << dst)
      progress = true
    }
    if (!progress) breakCycle(s)
  }
  for (let i = 0; i < lateCount; i++) loadLate(s, lateDst[i], lateOperand[i])
  unwind(s, height)
}

/** Everything pending lies on cycles: saves one destination's old value in a scratch register and redirects its reader. */
function breakCycle(s: State): void {
  const victim = 31 - Math.clz32(pending)
  const scratch = victim < XMM ? SCRATCH : XMM + SCRATCH_XMM
  for (let rest = pending; rest !== 0;) {
    const dst = 31 - Math.clz32(rest)
    rest &= ~(1 << dst)
    if (sourceOf[dst] !== victim) continue
    move(s, 0, scratch, victim)
    sourceOf[dst] = scratch
    readers[scratch]++
    readers[victim]--
  }
}

/** A pinned local that is not in its register is read from its home: its register may be an argument by now. */
function loadLate(s: State, dst: number, h: number): void {
  const local = s.lo[h]
  const pin = s.kind[h] === Kind.Local ? s.pin[local] : -1
  if (s.kind[h] === Kind.Const && dst < XMM) s.asm.movImm(dst, s.lo[h], s.hi[h])
  else if (pin < 0) copyOperand(s, h, dst)
  else if (((s.stored >>> pin) & 1) !== 0) loadFrame(s, s.facts.localTypes[local], dst, s.localHome[local])
  else loadConst(s, s.type[h], dst, 0, 0)
}

/** After the call instruction: no register holds anything known. */
export function afterCall(s: State): void {
  forgetRegisters(s)
}

// --- calls of functions ----------------------------------------------------------------------------------------------------------

/** Reserves the stack areas of a call and places the arguments, which start at operand `height`. */
function placeArguments(s: State, typeIndex: number, height: number): void {
  const env = s.env
  const first = env.firstParam[typeIndex]
  const count = env.paramCount[typeIndex]
  const stackParams = env.stackParams[typeIndex]
  const slots = stackParams + env.stackResults[typeIndex]
  if (slots > 0) s.asm.ri(Form.sub64MI, Reg.rsp, 8 * slots)
  if (stackParams > 0) {
    for (let i = 0; i < count; i++) {
      if (env.placeReg[first + i] < 0) storeOperand(s, height + i, Reg.rsp, 8 * env.placeStack[first + i])
    }
  }
  for (let i = 0; i < count; i++) {
    const reg = env.placeReg[first + i]
    if (reg >= 0) argument(s, reg, height + i)
  }
  finishArguments(s, height)
  if (!env.checked) return
  for (let i = 0; i < count; i++) {
    const reg = env.placeReg[first + i]
    if (reg >= 0 && env.placeType[first + i] === I32) s.asm.assertZeroExtended(reg)
  }
}

/** Pushes a call's results: those on the stack are moved to the homes of the operands that they become. */
function takeResults(s: State, typeIndex: number): void {
  const env = s.env
  const first = env.firstResult[typeIndex]
  const count = env.resultCount[typeIndex]
  const stackResults = env.stackResults[typeIndex]
  if (stackResults > 0) {
    for (let i = 0; i < count; i++) {
      if (env.placeReg[first + i] >= 0) continue
      s.asm.mem(Form.mov64RM, SCRATCH, Reg.rsp, 8 * env.placeStack[first + i])
      s.asm.mem(Form.mov64MR, SCRATCH, Reg.rbp, operandHome(s, s.sp + i))
    }
    s.asm.ri(Form.add64MI, Reg.rsp, 8 * stackResults)
  }
  for (let i = 0; i < count; i++) {
    const type = env.placeType[first + i]
    const reg = env.placeReg[first + i]
    if (reg < 0) {
      pushHome(s, type)
    } else {
      s.free &= ~(1 << reg)
      pushReg(s, type, reg)
    }
  }
}

export function call(s: State): void {
  const func = readU32(s)
  const env = s.env
  const typeIndex = env.funcTypes[func]
  const height = s.sp - env.paramCount[typeIndex]
  beforeCall(s, height)
  placeArguments(s, typeIndex, height)
  if (func >= env.importedFuncs) {
    s.asm.callDirect(RelocKind.Entry, func - env.importedFuncs)
    afterCall(s)
    site(s, SiteKind.Call, TrapCode.None, 0)
  } else {
    const record = env.importsAt + func * ImportRecord.size
    s.asm.mem(Form.mov64RM, SCRATCH, VMCTX, record + ImportRecord.code)
    s.asm.mem(Form.mov64RM, VMCTX, VMCTX, record + ImportRecord.ctx)
    s.asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
    s.asm.callDirect(RelocKind.Import, typeIndex)
    afterCall(s)
    site(s, SiteKind.Call, TrapCode.None, 0)
    restoreInstance(s)
  }
  takeResults(s, typeIndex)
}

/**
 * call_indirect. The entry's address is in a temporary, which no argument destination is. A callee of another instance
 * is called by out-of-line code that switches VMCTX and MEMBASE.
 */
export function callIndirect(s: State): void {
  const asm = s.asm
  const typeIndex = readU32(s)
  const table = readU32(s)
  const height = s.sp - 1 - s.env.paramCount[typeIndex]
  const entry = popEntry(s, table)
  asm.miReloc(Form.cmp32MI & ~SHORT_IMMEDIATE, entry, TableEntry.sig, RelocKind.SigId, typeIndex)
  trapIf(s, Cc.ne, TrapCode.FuncSigMismatch, 1 + entry)
  beforeCall(s, height)
  placeArguments(s, typeIndex, height)
  const other = asm.newLabel()
  const done = asm.newLabel()
  asm.mem(Form.cmp64RM, VMCTX, entry, TableEntry.ctx)
  asm.jcc(Cc.ne, other)
  asm.m(Form.callM, entry, TableEntry.code)
  afterCall(s)
  site(s, SiteKind.Call, TrapCode.None, 0)
  asm.bind(done)
  s.far.add(s, other, done, entry)
  takeResults(s, typeIndex)
}

/** SHORT_IMM of forms.ts: a relocated immediate always has four bytes. */
const SHORT_IMMEDIATE = 1 << 22

/** Pops a table index and computes the address of the entry in a register of TEMP_GPRS, or traps. */
function popEntry(s: State, table: number): number {
  const asm = s.asm
  const index = popReg(s)
  asm.assertZeroExtended(index)
  const env = s.env
  const min = env.tableMin[table]
  const entry = ((TEMP_GPR_SET >>> index) & 1) !== 0 ? index : allocFrom(s, TEMP_GPR_SET)
  asm.mem(Form.mov64RM, SCRATCH, VMCTX, env.tablesAt + 8 * table)
  if (min === env.tableMax[table]) asm.ri(Form.cmp32MI, index, min)
  else asm.mem(Form.cmp32RM, index, SCRATCH, TableRecord.length)
  trapIf(s, Cc.ae, TrapCode.TableOutOfBounds)
  move(s, I32, entry, index)
  asm.shift(Form.shl64MI, entry, TableEntry.shift)
  asm.rr(Form.add64RM, entry, SCRATCH)
  if (entry !== index) release(s, index)
  return entry
}

// --- calls of the runtime ----------------------------------------------------------------------------------------------------------

/**
 * Leaves an opcode to the runtime: constants `first` and `second` (unless negative) and then the operands from
 * `height` up are its integer arguments. The result, if any, is in rax.
 */
export function callRuntime(s: State, op: number, first: number, second: number, height: number): void {
  beforeCall(s, height)
  let at = 0
  const immediates = (first >= 0 ? 1 : 0) + (second >= 0 ? 1 : 0)
  for (let h = height; h < s.sp; h++) argument(s, ARG_GPRS[immediates + h - height], h)
  finishArguments(s, height)
  if (first >= 0) s.asm.movImm(ARG_GPRS[at++], first, 0)
  if (second >= 0) s.asm.movImm(ARG_GPRS[at], second, 0)
  s.asm.movImm(Reg.rax, op, 0)
  s.asm.callReloc(RelocKind.Stub, StubId.Runtime)
  afterCall(s)
  site(s, SiteKind.Call, TrapCode.None, 0)
}

/** Pushes the result that a call left in rax. */
export function pushRax(s: State, type: number): void {
  s.free &= ~(1 << Reg.rax)
  pushReg(s, type, Reg.rax)
}
