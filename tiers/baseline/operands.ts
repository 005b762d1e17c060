/**
 * Operands: pushing, popping and flushing (see state.ts for the states an operand can be in).
 */
import { Reg, XMM } from '../abi.js'
import { F32, F64, I32, I64 } from '../../wasm/types.js'
import { Kind, GPRS, XMMS, isFloat } from './kinds.js'
import {
  operandHome,
  loadFrame,
  storeTo,
  storeConst,
  move,
  loadConst,
  allocFrom,
  isTemp,
  spill,
  type State,
} from './state.js'

// --- pushing ---------------------------------------------------------------------------------------------------------------

export function pushConst(s: State, type: number, lo: number, hi: number): void {
  const h = s.sp++
  s.kind[h] = Kind.Const
  s.type[h] = type
  s.lo[h] = lo
  s.hi[h] = hi
}

/** Pushes a temporary that the caller holds. */
export function pushReg(s: State, type: number, reg: number): void {
  const h = s.sp++
  s.type[h] = type
  own(s, h, reg)
}

/** Makes operand h live in a temporary that the caller holds. */
export function own(s: State, h: number, reg: number): void {
  s.kind[h] = Kind.Reg
  s.lo[h] = reg
  s.owner[reg] = h
  if (h < s.flushed) s.flushed = h
  if (h < s.spillFrom) s.spillFrom = h
}

export function pushLocal(s: State, type: number, local: number): void {
  const h = s.sp++
  s.kind[h] = Kind.Local
  s.type[h] = type
  s.lo[h] = local
  s.latent[local]++
  if (h < s.flushed) s.flushed = h
}

/** Pushes an operand whose value already is in its home. */
export function pushHome(s: State, type: number): void {
  const h = s.sp++
  s.kind[h] = Kind.Home
  s.type[h] = type
  s.lo[h] = h
}

// --- reading ---------------------------------------------------------------------------------------------------------------

/** Makes the register of a pinned local valid. Leaves the flags alone. */
export function ensureLoaded(s: State, reg: number): void {
  if (((s.inReg >>> reg) & 1) === 0) loadPinned(s, reg)
}

function loadPinned(s: State, reg: number): void {
  const bit = 1 << reg
  s.inReg |= bit
  const local = s.pinLocal[reg]
  if ((s.stored & bit) !== 0) loadFrame(s, s.facts.localTypes[local], reg, s.localHome[local])
  else loadConst(s, s.facts.localTypes[local], reg, 0, 0)
}

/**
 * Pops the top operand into some register: the pinned one of a latent local, else a temporary. The caller holds it:
 * it may be overwritten if `isTemp`, and must be given to `release` or `pushReg`. Leaves the flags alone.
 */
export function popReg(s: State): number {
  const h = --s.sp
  const kind = s.kind[h]
  const value = s.lo[h]
  if (kind === Kind.Reg) return value
  if (kind === Kind.Local) {
    s.latent[value]--
    const pin = s.pin[value]
    if (pin >= 0) {
      if (((s.inReg >>> pin) & 1) === 0) loadPinned(s, pin)
      return pin
    }
  }
  return popLoaded(s, h, kind)
}

/** Loads operand h, which was popped and is in no register, into a temporary. */
function popLoaded(s: State, h: number, kind: number): number {
  const type = s.type[h]
  const reg = allocFrom(s, isFloat(type) ? XMMS : GPRS)
  if (kind === Kind.Local) loadFrame(s, type, reg, s.localHome[s.lo[h]])
  else if (kind === Kind.Const) loadConst(s, type, reg, s.lo[h], s.hi[h])
  else loadFrame(s, type, reg, operandHome(s, s.lo[h]))
  return reg
}

/** As `popReg`, but into a temporary that may be overwritten. */
export function popTemp(s: State): number {
  const type = s.type[s.sp - 1]
  const reg = popReg(s)
  if (isTemp(s, reg)) return reg
  const temp = allocFrom(s, reg < XMM ? GPRS : XMMS)
  move(s, type, temp, reg)
  return temp
}

/** Loads operand h into a register that no operand owns, without changing the operand. Leaves the flags alone. */
export function copyOperand(s: State, h: number, reg: number): void {
  const type = s.type[h]
  switch (s.kind[h]) {
    case Kind.Const:
      loadConst(s, type, reg, s.lo[h], s.hi[h])
      return
    case Kind.Reg:
      move(s, type, reg, s.lo[h])
      return
    case Kind.Home:
      loadFrame(s, type, reg, operandHome(s, s.lo[h]))
      return
  }
  const pin = s.pin[s.lo[h]]
  if (pin < 0) {
    loadFrame(s, type, reg, s.localHome[s.lo[h]])
  } else {
    ensureLoaded(s, pin)
    move(s, type, reg, pin)
  }
}

/** Stores operand h to [base + disp] without changing the operand. Leaves the flags alone, uses SCRATCH. */
export function storeOperand(s: State, h: number, base: number, disp: number): void {
  const type = s.type[h]
  const kind = s.kind[h]
  if (kind === Kind.Const) {
    storeConst(s, type, s.lo[h], s.hi[h], base, disp)
    return
  }
  let reg = kind === Kind.Reg ? s.lo[h] : kind === Kind.Local ? s.pin[s.lo[h]] : -1
  if (reg >= 0) {
    if (kind === Kind.Local) ensureLoaded(s, reg)
    storeTo(s, type, reg, base, disp)
    return
  }
  reg = Reg.r11
  const width = type === F32 ? I32 : type === F64 ? I64 : type
  loadFrame(s, width, reg, memoryOperand(s, h))
  storeTo(s, width, reg, base, disp)
}

/** Forgets the top operand. */
export function drop(s: State): void {
  const h = --s.sp
  if (s.kind[h] === Kind.Reg) s.free |= 1 << s.lo[h]
  else if (s.kind[h] === Kind.Local) s.latent[s.lo[h]]--
}

/** Not a frame offset: what `memoryOperand` gives for an operand that is not in memory. */
export const NOT_IN_MEMORY = 0

/** Offset from rbp at which operand h lies when it is in memory only and of its own width; else NOT_IN_MEMORY. */
export function memoryOperand(s: State, h: number): number {
  const kind = s.kind[h]
  if (kind === Kind.Home) return operandHome(s, s.lo[h])
  if (kind === Kind.Local && s.pin[s.lo[h]] < 0) return s.localHome[s.lo[h]]
  return NOT_IN_MEMORY
}

/** Exchanges the two top operands. The opcode must pop both before anything can be spilled to their homes. */
export function swapTop(s: State): void {
  const b = s.sp - 1
  const a = b - 1
  swapOne(s.lo, a, b)
  swapOne(s.hi, a, b)
  swapOne(s.type, a, b)
  const kind = s.kind[a]
  s.kind[a] = s.kind[b]
  s.kind[b] = kind
  if (s.kind[a] === Kind.Reg) own(s, a, s.lo[a])
  if (s.kind[b] === Kind.Reg) own(s, b, s.lo[b])
  if (a < s.flushed) s.flushed = a
}

function swapOne(array: Int32Array, a: number, b: number): void {
  const value = array[a]
  array[a] = array[b]
  array[b] = value
}

// --- flushing --------------------------------------------------------------------------------------------------------------

/**
 * Puts operand h in its home unless it is a constant (or in any case with `constants`). Leaves the flags alone.
 */
export function flushOperand(s: State, h: number, constants: boolean): void {
  const kind = s.kind[h]
  if (kind === Kind.Home) return
  if (kind === Kind.Reg) {
    spill(s, h)
    return
  }
  if (kind === Kind.Const && !constants) return
  storeOperand(s, h, Reg.rbp, operandHome(s, h))
  if (kind === Kind.Local) s.latent[s.lo[h]]--
  s.kind[h] = Kind.Home
  s.lo[h] = h
}

/** Flushes all operands below `height`. */
export function flushBelow(s: State, height: number): void {
  for (let h = s.flushed; h < height; h++) flushOperand(s, h, false)
  if (height > s.flushed) s.flushed = height
  if (height > s.spillFrom) s.spillFrom = height
}

/** Empties the temporaries below `height`; latent locals and constants stay as they are. */
export function spillBelow(s: State, height: number): void {
  for (let h = s.spillFrom; h < height; h++) {
    if (s.kind[h] === Kind.Reg) spill(s, h)
  }
  if (height > s.spillFrom) s.spillFrom = height
}

/** Forgets the operands from `height` up. */
export function unwind(s: State, height: number): void {
  while (s.sp > height) drop(s)
}
