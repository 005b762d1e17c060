/**
 * The machine code between JavaScript and compiled code, and between compiled code and the runtime. Everything follows
 * docs/abi.md; the common shape is: a frame on the rbp chain (so that backtraces pass through), operands to or from the
 * cells, `switchToHost`, results, return.
 *
 * Registers that a stub may use freely: rax rcx rdx r9 r10 r11 at entry (they carry no arguments); at exit everything
 * but the results, VMCTX and MEMBASE.
 */
import {
  ARG_GPRS,
  ExecContext,
  FRAME_VMCTX,
  FuncrefRecord,
  MEMBASE,
  Reg,
  SCRATCH,
  VMCTX,
  Vmctx,
  YieldReason,
  isXmmType,
  type Place,
  type Signature,
} from '../tiers/abi.js'
import { RelocKind } from '../tiers/compiled.js'
import type { Assembler } from '../tiers/isa/x64/assembler.js'
import { Cc, Form } from '../tiers/isa/x64/forms.js'
import { F32, I32 } from '../wasm/types.js'
import { addon } from './context.js'
import { emitKeys, emitKnownJumps } from './jump-cache.js'
import { POLL_SAVED } from './poll-frame.js'

/** What is written to a stub when it has its place (RelocKind of stubs): 8 bytes each. */
export const StubReloc = {
  /** The id of the stub's function type. */
  TypeId: 0,
  /** Addresses: C routines, what entering needs to know (native/src/entry.h), routines of the gate that throw. */
  Memmove: 1,
  Memset: 2,
  Context: 3,
  Owner: 4,
  Thread: 5,
  RefuseEnter: 6,
  RefuseResume: 7,
} as const

const switchCode = new Uint8Array(addon.switchCode)
const exitCode = new Uint8Array(addon.exitCode)

const { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r12, r13 } = Reg
const WORD = 8
/** Offset from a stub's rbp to its first stack argument: above the saved rbp and the return address. */
const ARGS_OFFSET = 2 * WORD

function cell(index: number): number {
  return ExecContext.cells + index * WORD
}

function openFrame(asm: Assembler): void {
  asm.push(rbp)
  asm.rr(Form.mov64RM, rbp, rsp)
}

function closeFrame(asm: Assembler, poppedBytes: number): void {
  asm.op(Form.leave)
  asm.ret(poppedBytes)
}

/** Loads a value of the place's type from memory into its register; an i32 comes out zero-extended. */
function loadPlace(asm: Assembler, place: Place, base: number, disp: number): void {
  if (isXmmType(place.type)) asm.mem(place.type === F32 ? Form.movssRM : Form.movsdRM, place.reg, base, disp)
  else asm.mem(place.type === I32 ? Form.mov32RM : Form.mov64RM, place.reg, base, disp)
}

/** Stores a place's register; an i32 is stored as the 64 bits that it is extended to. */
function storePlace(asm: Assembler, place: Place, base: number, disp: number): void {
  if (isXmmType(place.type)) asm.mem(place.type === F32 ? Form.movssMR : Form.movsdMR, place.reg, base, disp)
  else asm.mem(Form.mov64MR, place.reg, base, disp)
}

/**
 * Writes the reason, switches to the host, goes on here on resume. Needs the context's address in rax; it is in SCRATCH
 * afterwards. Not a call, so that the processor's return predictor stays in step (native/src/switch.S), and not a jump
 * but the switch itself, since an indirect jump at every yield is a tenth of a host call.
 */
export function yieldToHost(asm: Assembler, reason: number): void {
  const next = asm.newLabel()
  asm.mi(Form.mov32MI, rax, ExecContext.reason, reason)
  asm.rr(Form.mov64RM, SCRATCH, rax)
  asm.rip(Form.lea64RM, r10, next)
  asm.push(r10)
  asm.raw(switchCode)
  asm.bind(next)
}

/** Returns from a stub that has yielded: not by `ret`, for the same reason. Needs SCRATCH. */
function closeYieldedFrame(asm: Assembler): void {
  asm.op(Form.leave)
  asm.pop(SCRATCH)
  asm.r(Form.jmpM, SCRATCH)
}

/**
 * Jumped to from JavaScript with r11 = funcref record, VMCTX and MEMBASE set: arguments from the cells, call, results to
 * the cells, back. Without a frame of its own: the entry frame takes its place on the rbp chain.
 * @param defined the function that it calls, by a relocation; otherwise the code of the record
 */
export function emitEntryStub(asm: Assembler, signature: Signature, defined = -1): void {
  const { params, results, stackParams, stackResults } = signature
  asm.mem(Form.mov64RM, rax, VMCTX, Vmctx.execContext)
  const area = (stackParams + stackResults) * WORD
  if (area > 0) asm.ri(Form.sub64MI, rsp, area)
  params.forEach((place, k) => {
    if (place.reg >= 0) return
    asm.mem(place.type === I32 ? Form.mov32RM : Form.mov64RM, r9, rax, cell(k))
    asm.mem(Form.mov64MR, r9, rsp, place.stack * WORD)
  })
  params.forEach((place, k) => {
    if (place.reg >= 0) loadPlace(asm, place, rax, cell(k))
  })
  if (defined < 0) asm.m(Form.callM, SCRATCH, FuncrefRecord.code)
  else asm.callDirect(RelocKind.Entry, defined)
  asm.mem(Form.mov64RM, r9, VMCTX, Vmctx.execContext)
  results.forEach((place, k) => {
    if (place.reg >= 0) storePlace(asm, place, r9, cell(k))
  })
  results.forEach((place, k) => {
    if (place.reg >= 0) return
    asm.mem(Form.mov64RM, rax, rsp, place.stack * WORD)
    asm.mem(Form.mov64MR, rax, r9, cell(k))
  })
  if (stackResults > 0) asm.ri(Form.add64MI, rsp, stackResults * WORD)
  asm.raw(exitCode)
}

/** Sites of a host stub. */
export const HostSite = {
  /** Offset of the stub; before it lies the routine of RelocKind.Import. */
  Start: 0,
  ImportCall: 1,
  /** Offset of the code at which the stub goes on after the host function. */
  Continuation: 2,
  /** From here on the sites of the jumps back into guest code. */
  Returns: 3,
} as const

/**
 * The code of every host function of one signature: VMCTX is the host function's record. In front of it the routine that
 * calls imports of this signature: most are host functions, and a compare says so with no indirect branch.
 * The id of the function type names the signature at a yield for YieldReason.Learn.
 * @returns its sites
 */
export function emitHostStub(asm: Assembler, signature: Signature): number[] {
  const { params, results, stackParams } = signature
  const other = asm.newLabel()
  const self = asm.newLabel()
  asm.bind(other)
  asm.r(Form.jmpM, SCRATCH)
  asm.align(16)
  const importCall = asm.size
  asm.rip(Form.lea64RM, r10, self)
  asm.rr(Form.cmp64RM, SCRATCH, r10)
  asm.jcc(Cc.ne, other)
  asm.bind(self)
  const start = asm.size
  openFrame(asm)
  asm.push(VMCTX)
  asm.mem(Form.mov64RM, rax, VMCTX, Vmctx.execContext)
  params.forEach((place, k) => {
    if (place.reg >= 0) {
      storePlace(asm, place, rax, cell(k))
    } else {
      asm.mem(Form.mov64RM, r9, rbp, ARGS_OFFSET + place.stack * WORD)
      asm.mem(Form.mov64MR, r9, rax, cell(k))
    }
  })
  asm.mem(Form.mov32RM, rcx, VMCTX, Vmctx.id)
  asm.mem(Form.mov32MR, rcx, rax, ExecContext.operand)
  yieldToHost(asm, YieldReason.HostCall)
  const continuation = asm.size
  asm.mem(Form.mov64RM, VMCTX, rbp, -WORD)
  asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
  results.forEach((place, k) => {
    if (place.reg >= 0) return
    asm.mem(place.type === I32 ? Form.mov32RM : Form.mov64RM, rax, SCRATCH, cell(k))
    asm.mem(Form.mov64MR, rax, rbp, ARGS_OFFSET + (stackParams + place.stack) * WORD)
  })
  results.forEach((place, k) => {
    if (place.reg >= 0) loadPlace(asm, place, SCRATCH, cell(k))
  })
  asm.op(Form.leave)
  asm.pop(SCRATCH)
  if (stackParams > 0) asm.ri(Form.add64MI, rsp, stackParams * WORD)
  const miss = asm.newLabel()
  const returns = emitKnownJumps(asm, SCRATCH, miss)
  asm.bind(miss)
  emitMissedReturn(asm, signature)
  return [start, importCall, continuation, ...emitKeys(asm, returns)]
}

/** Returns to the address in SCRATCH, from time to time by way of the host, which learns it. */
function emitMissedReturn(asm: Assembler, signature: Signature): void {
  const { results } = signature
  const learn = asm.newLabel()
  asm.mem(Form.mov64RM, r10, VMCTX, Vmctx.execContext)
  asm.mi(Form.sub32MI, r10, ExecContext.misses, 1)
  asm.jcc(Cc.le, learn)
  asm.r(Form.jmpM, SCRATCH)
  asm.bind(learn)
  asm.push(SCRATCH)
  openFrame(asm)
  asm.push(VMCTX)
  asm.mem(Form.mov64MR, SCRATCH, r10, ExecContext.target)
  const inRegisters = results.filter((place) => place.reg >= 0)
  asm.ri(Form.sub64MI, rsp, inRegisters.length * WORD)
  inRegisters.forEach((place, k) => storePlace(asm, place, rsp, k * WORD))
  asm.movReloc(rcx, StubReloc.TypeId)
  asm.mem(Form.mov32MR, rcx, r10, ExecContext.operand)
  asm.rr(Form.mov64RM, rax, r10)
  yieldToHost(asm, YieldReason.Learn)
  inRegisters.forEach((place, k) => loadPlace(asm, place, rsp, k * WORD))
  asm.mem(Form.mov64RM, VMCTX, rbp, -WORD)
  asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
  asm.op(Form.leave)
  asm.pop(SCRATCH)
  asm.r(Form.jmpM, SCRATCH)
}

/** StubId.Runtime: eax = RuntimeOp, integer arguments in ARG_GPRS; the result comes back in rax. */
export function emitRuntimeStub(asm: Assembler): void {
  openFrame(asm)
  asm.push(VMCTX)
  asm.rr(Form.mov64RM, rcx, rax)
  asm.mem(Form.mov64RM, rax, VMCTX, Vmctx.execContext)
  ARG_GPRS.forEach((reg, k) => {
    asm.mem(Form.mov64MR, reg, rax, cell(k))
  })
  asm.mem(Form.mov32MR, rcx, rax, ExecContext.operand)
  yieldToHost(asm, YieldReason.Runtime)
  asm.mem(Form.mov64RM, VMCTX, rbp, -WORD)
  asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
  asm.mem(Form.mov64RM, rax, SCRATCH, cell(0))
  closeYieldedFrame(asm)
}

/**
 * StubId.MemoryCopy and StubId.MemoryFill: calls a C routine with its third argument moved from rbx to rdx. The C
 * convention keeps rbx, rbp and r12 to r15, and wants the stack aligned to 16 bytes.
 * @param routine a StubReloc
 */
export function emitRoutineStub(asm: Assembler, routine: number): void {
  openFrame(asm)
  asm.rr(Form.mov64RM, rdx, rbx)
  asm.ri(Form.and64MI, rsp, -16)
  asm.movReloc(SCRATCH, routine)
  asm.r(Form.callM, SCRATCH)
  closeFrame(asm, 0)
}

/** The argument registers, and VMCTX: what a function is called with. */
const CALL_SAVED = [VMCTX, SCRATCH, rdi, rsi, rbx, r8, r12, r13]
const CALL_SAVED_XMMS = 8

/** Yields with every argument and r11 saved, then takes its frame away. @param prepare with the context's address in rax */
function yieldBeforeCall(asm: Assembler, reason: number, prepare: () => void): void {
  openFrame(asm)
  for (const reg of CALL_SAVED) asm.push(reg)
  asm.ri(Form.sub64MI, rsp, CALL_SAVED_XMMS * WORD)
  for (let k = 0; k < CALL_SAVED_XMMS; k++) asm.mem(Form.movsdMR, k, rsp, k * WORD)
  asm.mem(Form.mov64RM, rax, VMCTX, Vmctx.execContext)
  prepare()
  yieldToHost(asm, reason)
  for (let k = 0; k < CALL_SAVED_XMMS; k++) asm.mem(Form.movsdRM, k, rsp, k * WORD)
  asm.ri(Form.add64MI, rsp, CALL_SAVED_XMMS * WORD)
  for (const reg of CALL_SAVED.toReversed()) asm.pop(reg)
  asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
  asm.pop(rbp)
}

/**
 * Where all lazy stubs go, with r11 = defined function index: yields, then jumps through the entry slot, which holds the
 * compiled code by then.
 */
export function emitLazyCommon(asm: Assembler): void {
  yieldBeforeCall(asm, YieldReason.Lazy, () => asm.mem(Form.mov32MR, SCRATCH, rax, ExecContext.operand))
  asm.mem(Form.mov64RM, rax, VMCTX, Vmctx.entries)
  asm.memx(Form.jmpM, 0, rax, SCRATCH, 3, 0)
}

/**
 * ExecContext.callPollStub: where a call goes that is a poll, with r11 = address of the jump that it was about to run.
 * The callee has no frame yet, so for a walk of the stack the guest is at the call.
 */
export function emitCallPollStub(asm: Assembler): void {
  yieldBeforeCall(asm, YieldReason.Poll, () => undefined)
  asm.r(Form.jmpM, SCRATCH)
}

/**
 * Where a poll goes on instead of the poll stub's end when its frame is replaced (docs/abi.md, "On-stack replacement"): drops the poll stub's
 * frame and the function's own, so that all is as at a call of the function, and jumps to the code in ExecContext.callee.
 */
export function emitReplaceStub(asm: Assembler): void {
  asm.op(Form.leave)
  asm.mem(Form.mov64RM, VMCTX, rbp, FRAME_VMCTX)
  asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
  asm.op(Form.leave)
  asm.m(Form.jmpM, SCRATCH, ExecContext.callee)
}

/**
 * ExecContext.pollStub: entered as if called behind a poll instruction; gives every register back. The flags
 * are free: where a poll stands, its own `test` changes them.
 */
export function emitPollStub(asm: Assembler): void {
  openFrame(asm)
  for (const reg of POLL_SAVED) asm.push(reg)
  asm.ri(Form.sub64MI, rsp, 16 * 16)
  for (let k = 0; k < 16; k++) asm.mem(Form.movupsMR, k, rsp, k * 16)
  asm.mem(Form.mov64RM, rax, VMCTX, Vmctx.execContext)
  yieldToHost(asm, YieldReason.Poll)
  for (let k = 0; k < 16; k++) asm.mem(Form.movupsRM, k, rsp, k * 16)
  asm.ri(Form.add64MI, rsp, 16 * 16)
  for (const reg of POLL_SAVED.toReversed()) asm.pop(reg)
  asm.pop(rbp)
  asm.ret(0)
}
