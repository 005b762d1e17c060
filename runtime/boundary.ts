/**
 * The two functions through which JavaScript gets to the guest, `boundary.enter` and `boundary.resume`: the addon's, or
 * where the gate is there, machine code made here that V8's optimized code calls directly.
 *
 * What runs is what native/src/switch.S has as `wl_enter` and `wl_resume`, with the gate's checks in front, made into one
 * routine each: every address of this thread is a constant in it, and the branches whose targets are only known at run
 * time go through jump caches. So the only indirect branch left is the one that V8 makes. The stack on either side is laid
 * out exactly as switch.S does it (docs/abi.md), since its `wl_exit`, its `wl_switch_to_host` and the signal handler go
 * back through the same frames.
 *
 * In C: `void f(Local<Value> receiver, FastApiCallbackOptions &options)` before V8 13: a routine that cannot do its work sets the first
 * byte of the options and does nothing, and V8 calls the ordinary function, which throws. Later versions let a fast call throw;
 * such a routine then goes on in one of the gate that does.
 */
import { ExecContext, FuncrefRecord, MEMBASE, Reg, SCRATCH, VMCTX, Vmctx, YieldReason } from '../tiers/abi.js'
import type { Assembler } from '../tiers/isa/x64/assembler.js'
import { Cc, Form } from '../tiers/isa/x64/forms.js'
import { Word, addon, control, controlAddress } from './context.js'
import { JumpCache, emitKeys, emitKnownJumps } from './jump-cache.js'
import { StubReloc, yieldToHost } from './stubs.js'
import type { CodeChunk } from './arena.js'

const { rax, rcx, rdx, rbx, rsp, rbp, rsi, r10, r12, r13 } = Reg
const r14 = VMCTX
const r15 = MEMBASE
const WORD = 8

/** Room that an entry must find on the fiber: `entryReserveBytes` of native/src/fiber.h. */
const ENTRY_RESERVE = 4096
/** The operand of YieldReason.Learn by which `enter` is meant; any other is the id of a function type. */
export const LEARN_ENTRY = 0

/** Misses before the first lesson: what runs less often is not worth one. */
const FIRST_COUNTDOWN = 64
/** A lesson costs some microseconds: with as many misses between two of them they are not seen. */
const LAST_COUNTDOWN = 1 << 16

/** See Native.enter and Native.resume. Replaced when the thread's first engine is made, before anything is entered. */
export const boundary: { enter: () => void; resume: () => void } = { enter: addon.enter, resume: addon.resume }

let entries: JumpCache | undefined
let continuations: JumpCache | undefined
let countdown = FIRST_COUNTDOWN

/** Code in its place, for as long as the thread lives. */
export interface PlacedStub {
  readonly chunk: CodeChunk
  readonly at: number
  readonly sites: Int32Array
}

/** Begins to count misses, once a thread. @returns which form of the routines is wanted; undefined without the gate, when all stays as it is */
export function wantedBoundary(): 'plain' | 'throwing' | undefined {
  control[Word.misses] = countdown
  if (addon.adopt === undefined) return undefined
  return addon.refuseEnter === undefined ? 'plain' : 'throwing'
}

/** Has JavaScript call the routines. */
export function openBoundary(enter: PlacedStub, resume: PlacedStub): void {
  entries = new JumpCache(enter.chunk, enter.at, enter.sites)
  continuations = new JumpCache(resume.chunk, resume.at, resume.sites)
  if (addon.adopt === undefined) return
  Object.assign(boundary, addon.adopt(enter.chunk.exec + enter.at, resume.chunk.exec + resume.at))
}

/** The address that the guest is about to go to, at a yield for YieldReason.Learn. Begins the next countdown. */
export function takeLesson(): number {
  countdown = Math.min(countdown * 2, LAST_COUNTDOWN)
  control[Word.misses] = countdown
  return controlAddress(ExecContext.target)
}

/** Makes the entry stub known to which `enter` was about to jump. */
export function learnEntry(): void {
  entries?.learn(takeLesson())
}

/** Makes an address known at which guests go on. */
export function learnContinuation(address: number): void {
  continuations?.learn(address)
}

// --- the routines ----------------------------------------------------------------------------------------------------

const HOST_SAVED = [rbx, rbp, r12, r13, r14, r15]

/**
 * What the gate's `claim` does: tells the signal handler whose guest runs, unless it knows. Needs the context's address in
 * `context`. @returns what emits the part off the way
 */
function claim(asm: Assembler, context: number): () => void {
  const other = asm.newLabel()
  const claimed = asm.newLabel()
  asm.movReloc(rcx, StubReloc.Thread)
  asm.mem(Form.cmp64MR, context, rcx, 0)
  asm.jcc(Cc.ne, other)
  asm.bind(claimed)
  return () => {
    asm.bind(other)
    asm.movReloc(rdx, StubReloc.Owner)
    asm.mem(Form.mov64MR, context, rcx, 0)
    asm.mem(Form.mov64MR, rdx, rcx, WORD)
    asm.jmp(claimed)
  }
}

function saveHost(asm: Assembler, context: number): void {
  for (const reg of HOST_SAVED) asm.push(reg)
  asm.mem(Form.mov64MR, rsp, context, ExecContext.hostSp)
  asm.mi(Form.mov32MI, context, ExecContext.running, 1)
}

/** @param throws goes to a routine of the gate that throws, a StubReloc; otherwise V8 is asked to call the ordinary function */
function emitRefusal(asm: Assembler, throws: boolean, routine: number): void {
  if (throws) {
    asm.movReloc(rax, routine)
    asm.r(Form.jmpM, rax)
    return
  }
  asm.mi(Form.mov8MI, rsi, 0, 1)
  asm.ret(0)
}

/** @returns the sites of its jump cache */
export function emitEnter(asm: Assembler, throws: boolean): number[] {
  const refuse = asm.newLabel()
  const dispatch = asm.newLabel()
  const miss = asm.newLabel()
  const learn = asm.newLabel()
  asm.movReloc(r10, StubReloc.Context)
  asm.mem(Form.mov64RM, rax, r10, ExecContext.fiberSp)
  // Signed, so that it also fails without a fiber, when both are 0.
  asm.mem(Form.lea64RM, rcx, rax, -ENTRY_RESERVE)
  asm.mem(Form.cmp64RM, rcx, r10, ExecContext.fiberLow)
  asm.jcc(Cc.l, refuse)
  const finishClaim = claim(asm, r10)
  saveHost(asm, r10)

  // The entry frame.
  asm.rr(Form.mov64RM, rsp, rax)
  asm.push(rax)
  asm.m(Form.pushM, r10, ExecContext.entryBase)
  asm.rr(Form.xor32RM, rcx, rcx)
  asm.push(rcx)
  asm.m(Form.pushM, r10, ExecContext.fp)
  asm.rr(Form.mov64RM, rbp, rsp)
  asm.push(r10)
  asm.mem(Form.mov64MR, rbp, r10, ExecContext.entryBase)

  asm.bind(dispatch)
  asm.mem(Form.mov64RM, SCRATCH, r10, ExecContext.callee)
  asm.mem(Form.mov64RM, rax, SCRATCH, FuncrefRecord.entryStub)
  asm.mem(Form.mov64RM, r14, SCRATCH, FuncrefRecord.ctx)
  asm.mem(Form.mov64RM, r15, r14, Vmctx.memBase)
  const jumps = emitKnownJumps(asm, rax, miss)
  asm.bind(miss)
  asm.mi(Form.sub32MI, r10, ExecContext.misses, 1)
  asm.jcc(Cc.le, learn)
  asm.r(Form.jmpM, rax)

  asm.bind(learn)
  asm.mem(Form.mov64MR, rax, r10, ExecContext.target)
  asm.mi(Form.mov32MI, r10, ExecContext.operand, LEARN_ENTRY)
  asm.rr(Form.mov64RM, rax, r10)
  yieldToHost(asm, YieldReason.Learn)
  asm.rr(Form.mov64RM, r10, SCRATCH)
  asm.jmp(dispatch)

  finishClaim()
  asm.bind(refuse)
  emitRefusal(asm, throws, StubReloc.RefuseEnter)
  return emitKeys(asm, jumps)
}

/** @returns the sites of its jump cache */
export function emitResume(asm: Assembler, throws: boolean): number[] {
  const refuse = asm.newLabel()
  const miss = asm.newLabel()
  asm.movReloc(SCRATCH, StubReloc.Context)
  asm.mi(Form.cmp64MI, SCRATCH, ExecContext.entryBase, 0)
  asm.jcc(Cc.e, refuse)
  const finishClaim = claim(asm, SCRATCH)
  saveHost(asm, SCRATCH)
  asm.mem(Form.mov64RM, rsp, SCRATCH, ExecContext.fiberSp)
  asm.pop(rbp)
  asm.pop(rax)
  const jumps = emitKnownJumps(asm, rax, miss)
  asm.bind(miss)
  asm.r(Form.jmpM, rax)
  finishClaim()
  asm.bind(refuse)
  emitRefusal(asm, throws, StubReloc.RefuseResume)
  return emitKeys(asm, jumps)
}
