/**
 * The frame: homes, prologue, return. Layout (docs/abi.md): `[rbp-8]` VMCTX, below it the homes of the locals that
 * need one, below them those of operands. A parameter that arrived on the stack has its home there. The size is known
 * only at the end, because most operands never use their homes, and is patched in.
 */
import { FRAME_ARGS, FRAME_VMCTX, PROBE_THRESHOLD, Reg, SCRATCH, SCRATCH_XMM, VMCTX } from '../abi.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { loadFrame, storeFrame, type State } from './state.js'

const PAGE_SHIFT = 12
const PAGE = 1 << PAGE_SHIFT
const FIRST_HOME = -16
/** Largest value of a sign-extended 8-bit immediate. */
const IMM8_MAX = 127
/** Above so many homes a loop zeroes them: about where it is shorter than the stores. */
const ZERO_LOOP = 24
/** Offset of a 32-bit immediate at the end of the last instruction. */
const IMM32 = 4

/** What `finishFrame` has to patch. */
let sizeField = 0
let pagesField = 0

/** Emits the prologue and sets up the homes and the state of pinned locals. */
export function prologue(s: State): void {
  const env = s.env
  const first = env.firstParam[s.typeIndex]
  const firstZero = FIRST_HOME
  let at = placeLocals(s, firstZero, 0)
  const endZero = at
  at = placeLocals(s, at, 1)
  s.operandBase = placeLocals(s, at, 2)
  reserve(s)
  s.asm.mem(Form.mov64MR, VMCTX, Reg.rbp, FRAME_VMCTX)
  for (let local = 0; local < s.paramCount; local++) {
    const reg = env.placeReg[first + local]
    const pin = s.pin[local]
    if (reg < 0) {
      if (pin >= 0) s.stored |= 1 << pin
    } else if (pin >= 0) {
      s.inReg |= 1 << pin
    } else if (s.localHome[local] !== 0) {
      storeFrame(s, env.placeType[first + local], reg, s.localHome[local])
    }
  }
  zeroHomes(s, firstZero, endZero)
}

/**
 * Gives homes, from `at` down, to the locals of one group: 0 those that live in their home and start as zero,
 * 1 parameters that are stored there (also those that are never read: core dumps show them), 2 pinned locals. Another local
 * that is never used has none (offset 0).
 */
function placeLocals(s: State, first: number, group: number): number {
  const env = s.env
  const places = env.firstParam[s.typeIndex]
  let at = first
  for (let local = 0; local < s.localCount; local++) {
    const param = local < s.paramCount
    if (param && env.placeReg[places + local] < 0) {
      s.localHome[local] = FRAME_ARGS + 8 * env.placeStack[places + local]
      continue
    }
    const own = s.pin[local] >= 0 ? 2 : param ? 1 : s.facts.localWeight[local] === 0 ? -1 : 0
    if (own === group) {
      s.localHome[local] = at
      at -= 8
    } else if (own === -1) {
      s.localHome[local] = 0
    }
  }
  return at
}

function reserve(s: State): void {
  const asm = s.asm
  asm.push(Reg.rbp)
  asm.rr(Form.mov64RM, Reg.rbp, Reg.rsp)
  const bound = frameSize(s, s.maxHeight)
  sizeField = 0
  pagesField = 0
  if (bound > PROBE_THRESHOLD) {
    asm.movImmKeepFlags(SCRATCH, 0x7fffffff, 0)
    pagesField = asm.size - IMM32
    const loop = asm.here()
    asm.ri(Form.sub64MI, Reg.rsp, PAGE)
    asm.mem(Form.test32MR, Reg.rax, Reg.rsp, 0)
    asm.ri(Form.sub32MI, SCRATCH, 1)
    asm.jcc(Cc.ne, loop)
    asm.mem(Form.lea64RM, Reg.rsp, Reg.rbp, 0x7fffffff)
    sizeField = asm.size - IMM32
  } else if (bound > IMM8_MAX) {
    asm.ri(Form.sub64MI, Reg.rsp, 0x7fffffff)
    sizeField = asm.size - IMM32
  } else {
    asm.ri(Form.sub64MI, Reg.rsp, bound)
  }
}

/** Size of a frame with so many operand homes. */
function frameSize(s: State, homes: number): number {
  return FRAME_VMCTX - s.operandBase + 8 * homes
}

/** Patches the frame's size in and returns it. */
export function finishFrame(s: State): number {
  if (sizeField === 0) return frameSize(s, s.maxHeight)
  const size = frameSize(s, s.homesUsed)
  if (pagesField === 0) {
    s.asm.patch32(sizeField, size)
  } else {
    s.asm.patch32(sizeField, -size)
    s.asm.patch32(pagesField, (size + PAGE - 1) >> PAGE_SHIFT)
  }
  return size
}

/** Zeroes the homes from `first` down to above `end`. */
function zeroHomes(s: State, first: number, end: number): void {
  const asm = s.asm
  const count = (first - end) >> 3
  if (count === 0) return
  if (count === 1) {
    asm.mi(Form.mov64MI, Reg.rbp, first, 0)
    return
  }
  asm.rr(Form.xorpsRM, SCRATCH_XMM, SCRATCH_XMM)
  let at = end + 8
  if ((count & 1) !== 0) {
    asm.mem(Form.movsdMR, SCRATCH_XMM, Reg.rbp, at)
    at += 8
  }
  if (count < ZERO_LOOP) {
    for (; at < first; at += 16) asm.mem(Form.movupsMR, SCRATCH_XMM, Reg.rbp, at)
    return
  }
  asm.mem(Form.lea64RM, SCRATCH, Reg.rbp, at)
  asm.mem(Form.lea64RM, Reg.rax, Reg.rbp, first)
  const loop = asm.here()
  asm.mem(Form.movupsMR, SCRATCH_XMM, SCRATCH, 0)
  asm.ri(Form.add64MI, SCRATCH, 16)
  asm.rr(Form.cmp64RM, SCRATCH, Reg.rax)
  asm.jcc(Cc.b, loop)
}

/** Emits the return; the results are in their places. */
export function epilogue(s: State): void {
  s.asm.op(Form.leave)
  s.asm.ret(8 * s.env.stackParams[s.typeIndex])
}

/** Loads results that lie in the homes of operands 0 and up to the places of the calling convention. */
export function loadResults(s: State): void {
  const env = s.env
  const first = env.firstResult[s.typeIndex]
  const count = env.resultCount[s.typeIndex]
  const stackResults = FRAME_ARGS + 8 * env.stackParams[s.typeIndex]
  for (let i = 0; i < count; i++) {
    const reg = env.placeReg[first + i]
    const home = s.operandBase - 8 * i
    if (reg >= 0) {
      loadFrame(s, env.placeType[first + i], reg, home)
    } else {
      s.asm.mem(Form.mov64RM, SCRATCH, Reg.rbp, home)
      s.asm.mem(Form.mov64MR, SCRATCH, Reg.rbp, stackResults + 8 * env.placeStack[first + i])
    }
  }
}
