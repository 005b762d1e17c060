/**
 * Locals: which get a register, and reading and writing them.
 *
 * The hottest locals (weights come from the validator's walk) are *pinned*: each owns one register for the whole
 * function, a parameter the one it arrives in. All pinned locals having one place makes merges trivial: a state is two
 * sets (`inReg`, `stored`) and joining states is loading or storing what one lacks, never a parallel move. Calls clobber
 * every register, so before one the locals whose home is stale are stored, and after it they are loaded when used.
 *
 * A result that the next opcode puts into a pinned local is computed right in its register (`target`, `finish`): an
 * update like `i = i + 1` is one instruction. The look-ahead is one opcode.
 */
import { Reg, XMM } from '../abi.js'
import { readU32 } from './reader.js'
import { PIN_GPRS, PIN_POOL, PIN_XMMS, TEMP_POOL } from './registers.js'
import { GPRS, isFloat, Kind, XMMS } from './kinds.js'
import {
  drop,
  ensureLoaded,
  flushOperand,
  memoryOperand,
  NOT_IN_MEMORY,
  own,
  popReg,
  pushConst,
  pushLocal,
  pushReg,
} from './operands.js'
import { allocFrom, isTemp, loadConst, loadFrame, move, release, storeConst, storeFrame, type State } from './state.js'
import { Form } from '../isa/x64/forms.js'

const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22

/** How deep to look for latent references one by one before turning all of them into values (see `settle`). */
const SETTLE_WINDOW = 32

/** The best locals of one class so far, heaviest first. */
const best = new Int32Array(Math.max(PIN_GPRS, PIN_XMMS))

/**
 * Chooses the pinned locals of both classes. A parameter that arrives in a register is pinned there or nowhere; the
 * registers of parameters that are not chosen go to other locals.
 */
export function choosePins(s: State): void {
  s.pins = 0
  pinClass(s, false)
  pinClass(s, true)
  s.temps = (TEMP_POOL | PIN_POOL) & ~s.pins
  s.free = s.temps
  s.inReg = 0
  s.stored = 0
}

function pinClass(s: State, float: boolean): void {
  const room = float ? PIN_XMMS : PIN_GPRS
  const weight = s.facts.localWeight
  const types = s.facts.localTypes
  let count = 0
  for (let local = 0; local < s.localCount; local++) {
    const w = weight[local]
    if (w === 0 || isFloat(types[local]) !== float) continue
    if (count === room && w <= weight[best[room - 1]]) continue
    let at = count < room ? count++ : room - 1
    while (at > 0 && weight[best[at - 1]] < w) {
      best[at] = best[at - 1]
      at--
    }
    best[at] = local
  }
  const places = s.env.firstParam[s.typeIndex]
  let pool = PIN_POOL & (float ? XMMS : GPRS)
  for (let i = 0; i < count; i++) {
    const local = best[i]
    const reg = local < s.paramCount ? s.env.placeReg[places + local] : -1
    if (reg < 0) continue
    setPin(s, local, reg)
    pool &= ~(1 << reg)
  }
  for (let i = 0; i < count; i++) {
    const local = best[i]
    if (s.pin[local] >= 0) continue
    const reg = 31 - Math.clz32(pool & -pool)
    pool &= ~(1 << reg)
    setPin(s, local, reg)
  }
}

function setPin(s: State, local: number, reg: number): void {
  s.pin[local] = reg
  s.pinLocal[reg] = local
  s.pins |= 1 << reg
}

// --- destinations ------------------------------------------------------------------------------------------------------------

/** No register: for the `avoid` arguments of `target`. */
export const NONE = -1

/**
 * Chooses the register for the result of the current opcode, after its operands were popped: the register of the
 * pinned local that the next opcode sets, unless that is `avoid`; else `reuse` when it is a temporary; else a new one.
 * The caller must then call `finish` with it and release its operands' registers.
 */
export function target(s: State, float: boolean, reuse: number, avoid: number): number {
  const next = s.bytes[s.pos]
  if (next === LOCAL_SET || next === LOCAL_TEE) {
    const hinted = hint(s, next === LOCAL_TEE)
    if (hinted >= 0) {
      if (hinted !== avoid) return hinted
      s.hintLocal = -1
    }
  }
  if (reuse >= 0 && isTemp(s, reuse)) return reuse
  return allocFrom(s, float ? XMMS : GPRS)
}

/**
 * Register of the pinned local that the next opcode, a set or tee, sets, or -1. Not when the local has latent references, which
 * still mean its old value.
 */
function hint(s: State, tee: boolean): number {
  const at = s.pos
  s.pos = at + 1
  const local = readU32(s)
  s.hintEnd = s.pos
  s.pos = at
  const pin = s.pin[local]
  if (pin < 0 || s.latent[local] !== 0) return -1
  s.hintLocal = local
  s.hintTee = tee
  return pin
}

/** Pushes the result in the register that `target` gave, or completes the assignment that it anticipated. */
export function finish(s: State, type: number, reg: number): void {
  if (s.hintLocal < 0) pushReg(s, type, reg)
  else finishLocal(s, type, reg)
}

function finishLocal(s: State, type: number, reg: number): void {
  const local = s.hintLocal
  s.hintLocal = -1
  s.pos = s.hintEnd
  assigned(s, reg)
  if (s.hintTee) pushLocal(s, type, local)
}

/** The register of a pinned local has a new value. */
function assigned(s: State, reg: number): void {
  s.inReg |= 1 << reg
  s.stored &= ~(1 << reg)
}

// --- opcodes -----------------------------------------------------------------------------------------------------------------

export function localGet(s: State): void {
  const local = readU32(s)
  const type = s.facts.localTypes[local]
  const pin = s.pin[local]
  if (pin >= 0 && ((s.inReg | s.stored) & (1 << pin)) === 0) pushConst(s, type, 0, 0)
  else pushLocal(s, type, local)
}

export function localSet(s: State): void {
  const local = readU32(s)
  const h = s.sp - 1
  if (s.kind[h] === Kind.Local && s.lo[h] === local) {
    drop(s)
    return
  }
  if (s.latent[local] !== 0) settle(s, local, h)
  write(s, local)
}

export function localTee(s: State): void {
  const local = readU32(s)
  const h = s.sp - 1
  if (s.kind[h] === Kind.Local && s.lo[h] === local) return
  if (s.latent[local] !== 0) settle(s, local, h)
  const type = s.type[h]
  const kind = s.kind[h]
  const pin = s.pin[local]
  if (kind === Kind.Const) {
    const lo = s.lo[h]
    const hi = s.hi[h]
    write(s, local)
    pushConst(s, type, lo, hi)
  } else if (pin >= 0) {
    write(s, local)
    pushLocal(s, type, local)
  } else {
    const reg = popReg(s)
    storeFrame(s, type, reg, s.localHome[local])
    if (isTemp(s, reg)) pushReg(s, type, reg)
    else pushLocal(s, type, local)
  }
}

/** Pops the top operand into a local that has no latent references. */
function write(s: State, local: number): void {
  const h = s.sp - 1
  const type = s.type[h]
  const pin = s.pin[local]
  if (s.kind[h] === Kind.Const) {
    s.sp = h
    if (pin < 0) {
      storeConst(s, type, s.lo[h], s.hi[h], Reg.rbp, s.localHome[local])
    } else {
      if (pin < XMM) s.asm.movImm(pin, s.lo[h], s.hi[h])
      else loadConst(s, type, pin, s.lo[h], s.hi[h])
      assigned(s, pin)
    }
    return
  }
  if (pin < 0) {
    const reg = popReg(s)
    storeFrame(s, type, reg, s.localHome[local])
    release(s, reg)
    return
  }
  const disp = memoryOperand(s, h)
  if (disp !== NOT_IN_MEMORY) {
    drop(s)
    loadFrame(s, type, pin, disp)
  } else {
    const reg = popReg(s)
    move(s, type, pin, reg)
    release(s, reg)
  }
  assigned(s, pin)
}

/**
 * Turns the latent references to a local on the stack below `top` into values, because the local is about to change.
 * References are mostly near the top. When one is not, every latent reference on the way is settled: the walk is then
 * paid for by the pushes that made them, and no guest can make it quadratic.
 */
function settle(s: State, local: number, top: number): void {
  for (let h = top - 1, steps = 0; s.latent[local] !== 0; h--, steps++) {
    if (s.kind[h] !== Kind.Local) continue
    if (s.lo[h] === local || steps > SETTLE_WINDOW) settleOne(s, h)
  }
}

function settleOne(s: State, h: number): void {
  const type = s.type[h]
  const local = s.lo[h]
  const pin = s.pin[local]
  const set = isFloat(type) ? XMMS : GPRS
  if ((s.free & set) === 0) {
    flushOperand(s, h, false)
    return
  }
  const reg = allocFrom(s, set)
  s.latent[local]--
  if (pin >= 0) {
    ensureLoaded(s, pin)
    move(s, type, reg, pin)
  } else {
    loadFrame(s, type, reg, s.localHome[local])
  }
  own(s, h, reg)
}

// --- states of pinned locals ---------------------------------------------------------------------------------------------------

/** Gives pinned locals that are still zero a register with a zero in it. Changes the flags. */
export function materializeZeros(s: State): void {
  let zeros = s.pins & ~(s.inReg | s.stored)
  s.inReg |= zeros
  while (zeros !== 0) {
    const reg = 31 - Math.clz32(zeros)
    zeros &= ~(1 << reg)
    if (reg < XMM) s.asm.rr(Form.xor32RM, reg, reg)
    else s.asm.rr(Form.xorpsRM, reg & 15, reg & 15)
  }
}

/** Loads and stores what a state has and the current one lacks. Leaves the flags alone. */
export function conform(s: State, inReg: number, stored: number): void {
  storeLocals(s, stored & ~s.stored)
  for (let set = inReg & ~s.inReg; set !== 0;) {
    const reg = 31 - Math.clz32(set)
    set &= ~(1 << reg)
    ensureLoaded(s, reg)
  }
}

/** Stores pinned locals to their homes; those still zero as a constant. */
export function storeLocals(s: State, set: number): void {
  s.stored |= set
  for (let rest = set; rest !== 0;) {
    const reg = 31 - Math.clz32(rest)
    rest &= ~(1 << reg)
    const local = s.pinLocal[reg]
    const type = s.facts.localTypes[local]
    if (((s.inReg >>> reg) & 1) !== 0) storeFrame(s, type, reg, s.localHome[local])
    else storeConst(s, type, 0, 0, Reg.rbp, s.localHome[local])
  }
}

/** Before code that clobbers all registers: what pinned locals hold goes to their homes. */
export function saveLocals(s: State): void {
  storeLocals(s, s.inReg & ~s.stored)
}

/** After code that clobbers all registers. */
export function forgetRegisters(s: State): void {
  s.inReg = 0
  s.free = s.temps
}
