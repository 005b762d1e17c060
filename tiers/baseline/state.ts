/**
 * The state of one function's compilation: where every operand and local is, which registers are free.
 *
 * One object in struct-of-arrays form, reused for every function; the rest of the room are functions over it. Values
 * are never objects, so that an opcode costs no allocation (the design's measured 22 ns an opcode depends on it).
 *
 * Registers have one number space: 0 to 15 general, 16 to 31 xmm, so a set of registers is one int32 (xmm15 is scratch
 * and never in a set, so sets are never negative). They come in two kinds, fixed for the function:
 *  - *pinned* registers hold one local each, all over the function (the idea is Railshot's, wago#142; cf. locals.ts);
 *  - *temporaries* hold operands.
 *
 * An operand is a constant, a *latent* reference to a local (nothing was emitted yet), a temporary, or in its home slot
 * of the frame. Invariants:
 *  - a temporary belongs to at most one operand (`owner`), is free (`free`), or is held by the opcode being compiled;
 *  - below `flushed` all operands are constants or in their homes; below `spillFrom` none is in a register;
 *  - `latent[x]` is the number of latent references to local x on the stack;
 *  - at block boundaries all outer operands are flushed, so registers never carry operands around control flow (the one
 *    result of a block excepted, see control.ts) and outer operands never change inside a block.
 */
import { Reg, type Signature } from '../abi.js'
import type { CompileEnv } from '../compiled.js'
import { Assembler } from '../isa/x64/assembler.js'
import { Form } from '../isa/x64/forms.js'
import { F32, F64, I32, I64 } from '../../wasm/types.js'
import { FunctionFacts } from '../../wasm/facts.js'
import { ControlStack } from './control-stack.js'
import { FarCalls } from './far-calls.js'
import { GPRS, isFloat, Kind, XMM, XMMS } from './kinds.js'
import { Metadata } from './metadata.js'
import { SignatureCache } from './signatures.js'

/** A violated invariant of the compiler: a bug of ours, never of the guest. */
export class CompilerError extends Error {
  override readonly name = 'CompilerError'
}

export class State {
  readonly asm: Assembler
  readonly env: CompileEnv
  /** Addresses are checked by code: bounds or, for tests, the zero-extension rule. */
  readonly carefulAddresses: boolean

  // --- the body being read ----------------------------------------------------------------------------------------
  bytes: Uint8Array = new Uint8Array(0)
  /** Position of the next byte to read. */
  pos = 0
  /** Position of the opcode being compiled. */
  opPos = 0
  /** What to add to a position for the offset in the module. */
  moduleDelta = 0
  facts = new FunctionFacts()
  signature: Signature = { params: [], results: [], stackParams: 0, stackResults: 0 }
  readonly control = new ControlStack()
  readonly signatures = new SignatureCache()
  readonly far = new FarCalls()
  /** Loops met so far, in the order of the facts. */
  loopCount = 0
  /** br_tables met so far. */
  tableCount = 0
  readonly meta = new Metadata()
  /** No code is reachable until the end of the block or its else. */
  dead = false

  // --- operands -----------------------------------------------------------------------------------------------------
  sp = 0
  maxHeight = 0
  kind = new Uint8Array(64)
  type = new Int32Array(64)
  /** Const: low half; Local: local index; Reg: register; Home: whose home (its own, but for `swapTop`). */
  lo = new Int32Array(64)
  /** Const: high half. */
  hi = new Int32Array(64)
  flushed = 0
  spillFrom = 0
  /** Greatest number of operand homes that the code uses. */
  homesUsed = 0
  /** Offset from rbp of the home of operand 0; the others lie below. */
  operandBase = 0

  // --- registers ----------------------------------------------------------------------------------------------------
  /** Temporaries of this function, and those that are free now. */
  temps = 0
  free = 0
  /** Operand that owns a temporary; only meaningful for registers that an operand owns. */
  readonly owner = new Int32Array(32)

  // --- locals -------------------------------------------------------------------------------------------------------
  localCount = 0
  paramCount = 0
  /** Register of a pinned local, -1 otherwise. */
  pin = new Int8Array(64)
  /** Offset of a local's home from rbp. */
  localHome = new Int32Array(64)
  latent = new Int32Array(64)
  /** Set of pinned registers and the local of each. */
  pins = 0
  readonly pinLocal = new Int32Array(32)
  /** Pinned registers whose register is valid, and those whose home is. In neither: the local is still zero. */
  inReg = 0
  stored = 0

  // --- the zero flag --------------------------------------------------------------------------------------------------
  /** The zero flag says whether `zeroReg`, of width `zeroWide`, is zero, if no code was emitted and no label bound since. */
  zeroAt = -1
  zeroReg = 0
  zeroWide = 0

  // --- destination of the opcode being compiled (see target) ------------------------------------------------------------
  /** Local that the next opcode sets, when the result goes straight to its register; -1 otherwise. */
  hintLocal = -1
  hintTee = false
  /** Position after that opcode. */
  hintEnd = 0

  constructor(env: CompileEnv) {
    this.env = env
    this.asm = new Assembler(env.checked)
    this.carefulAddresses = env.checked || env.bounds === 'explicit'
  }

  /** Prepares for a function with so many locals and operands. */
  begin(locals: number, maxHeight: number): void {
    if (this.kind.length < maxHeight + 8) {
      const size = (maxHeight + 8) * 2
      this.kind = new Uint8Array(size)
      this.type = new Int32Array(size)
      this.lo = new Int32Array(size)
      this.hi = new Int32Array(size)
    }
    if (this.pin.length < locals) {
      const size = locals * 2
      this.pin = new Int8Array(size)
      this.localHome = new Int32Array(size)
      this.latent = new Int32Array(size)
    }
    this.latent.fill(0, 0, locals)
    this.pin.fill(-1, 0, locals)
    this.localCount = locals
    this.maxHeight = maxHeight
    this.control.depth = 0
    this.loopCount = 0
    this.tableCount = 0
    this.sp = 0
    this.flushed = 0
    this.spillFrom = 0
    this.homesUsed = 0
    this.dead = false
    this.hintLocal = -1
    this.zeroAt = -1
    this.asm.reset()
  }
}

// --- homes -------------------------------------------------------------------------------------------------------------

/** Offset from rbp of operand h's home, which is then part of the frame. */
export function operandHome(s: State, h: number): number {
  if (h >= s.homesUsed) s.homesUsed = h + 1
  return s.operandBase - 8 * h
}

/** Loads a value of a type from [rbp + disp]. */
export function loadFrame(s: State, type: number, reg: number, disp: number): void {
  if (reg < XMM) s.asm.mem(type === I32 ? Form.mov32RM : Form.mov64RM, reg, Reg.rbp, disp)
  else s.asm.mem(type === F32 ? Form.movssRM : Form.movsdRM, reg & 15, Reg.rbp, disp)
}

/** Stores a value of a type to [rbp + disp]. */
export function storeFrame(s: State, type: number, reg: number, disp: number): void {
  storeTo(s, type, reg, Reg.rbp, disp)
}

/** Stores a value of a type to [base + disp]. */
export function storeTo(s: State, type: number, reg: number, base: number, disp: number): void {
  if (reg < XMM) s.asm.mem(type === I32 ? Form.mov32MR : Form.mov64MR, reg, base, disp)
  else s.asm.mem(type === F32 ? Form.movssMR : Form.movsdMR, reg & 15, base, disp)
}

/** Stores a constant to [base + disp]. Leaves the flags alone, may use SCRATCH. */
export function storeConst(s: State, type: number, lo: number, hi: number, base: number, disp: number): void {
  if (type === I32 || type === F32) {
    s.asm.mi(Form.mov32MI, base, disp, lo)
  } else if (hi === lo >> 31) {
    s.asm.mi(Form.mov64MI, base, disp, lo)
  } else {
    s.asm.movImmKeepFlags(Reg.r11, lo, hi)
    s.asm.mem(Form.mov64MR, Reg.r11, base, disp)
  }
}

/** Moves between registers of one class. */
export function move(s: State, type: number, dst: number, src: number): void {
  if (dst === src) return
  if (dst < XMM) s.asm.rr(type === I32 ? Form.mov32RM : Form.mov64RM, dst, src)
  else s.asm.rr(Form.movapsRM, dst & 15, src & 15)
}

/** Loads a constant without changing the flags. */
export function loadConst(s: State, type: number, reg: number, lo: number, hi: number): void {
  if (reg < XMM) s.asm.movImmKeepFlags(reg, lo, hi)
  else if ((lo | hi) === 0) s.asm.rr(Form.xorpsRM, reg & 15, reg & 15)
  else if (type === F32) s.asm.rip(Form.movssRM, reg & 15, s.asm.f32Const(lo))
  else s.asm.rip(Form.movsdRM, reg & 15, s.asm.f64Const(lo, hi))
}

// --- registers -----------------------------------------------------------------------------------------------------------

/** Takes a free temporary out of a set of registers, spilling the oldest operand that is in one if none is free. */
export function allocFrom(s: State, set: number): number {
  if ((s.free & set) === 0) spillOldest(s, set)
  const m = s.free & set
  const reg = 31 - Math.clz32(m & -m)
  s.free &= ~(1 << reg)
  return reg
}

export function allocGpr(s: State): number {
  return allocFrom(s, GPRS)
}

export function allocXmm(s: State): number {
  return allocFrom(s, XMMS)
}

/** Takes one particular temporary; an operand that is in it moves out. It must not be held. */
export function take(s: State, reg: number): void {
  const bit = 1 << reg
  if ((s.free & bit) === 0) evict(s, s.owner[reg])
  s.free &= ~bit
}

/** Gives a register back; nothing happens for a pinned one. */
export function release(s: State, reg: number): void {
  s.free |= (1 << reg) & s.temps
}

export function isTemp(s: State, reg: number): boolean {
  return ((s.temps >>> reg) & 1) !== 0
}

function spillOldest(s: State, set: number): void {
  for (let h = s.spillFrom; h < s.sp; h++) {
    if (s.kind[h] !== Kind.Reg) {
      if (h === s.spillFrom) s.spillFrom++
    } else if (((set >>> s.lo[h]) & 1) !== 0) {
      spill(s, h)
      return
    }
  }
  throw new CompilerError('no register left')
}

/** Moves an operand from its register to its home. */
function spill(s: State, h: number): void {
  const reg = s.lo[h]
  storeFrame(s, s.type[h], reg, operandHome(s, h))
  s.kind[h] = Kind.Home
  s.lo[h] = h
  s.free |= 1 << reg
}

/** Moves an operand to another register, or to its home when there is none. */
function evict(s: State, h: number): void {
  const reg = s.lo[h]
  const m = s.free & (reg < XMM ? GPRS : XMMS)
  if (m === 0) {
    spill(s, h)
    return
  }
  const other = 31 - Math.clz32(m & -m)
  s.free &= ~(1 << other)
  move(s, s.type[h], other, reg)
  s.lo[h] = other
  s.owner[other] = h
  s.free |= 1 << reg
}

/** The instruction just emitted set the zero flag by the value of a register. */
export function setsZeroFlag(s: State, reg: number, wide: number): void {
  s.zeroAt = s.asm.size
  s.zeroReg = reg
  s.zeroWide = wide
}

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
