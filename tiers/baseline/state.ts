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
import { Reg, XMM } from '../abi.js'
import type { RunMeter } from '../fuel.js'
import { Assembler } from '../isa/x64/assembler.js'
import { Form } from '../isa/x64/forms.js'
import { Cursor } from '../../wasm/cursor.js'
import { F32, I32 } from '../../wasm/types.js'
import { FunctionFacts } from '../../wasm/facts.js'
import { declareMutable } from '../../wasm/mutable-fields.js'
import { ControlStack } from './control-stack.js'
import type { ModuleRecord } from '../program/module.js'
import { FarCalls } from './far-calls.js'
import { GPRS, Kind, XMMS } from './kinds.js'
import { FunctionMetadata } from '../metadata.js'

/** A violated invariant of the compiler: a bug of ours, never of the guest. */
export class CompilerError extends Error {
  override readonly name = 'CompilerError'
}

export class State {
  readonly asm: Assembler
  readonly env: ModuleRecord

  // --- the body being read ----------------------------------------------------------------------------------------
  bytes: Uint8Array = new Uint8Array(0)
  /** Position of the next byte to read. */
  pos = 0
  /** Position of the opcode being compiled. */
  opPos = 0
  /** For what is only stepped over. */
  readonly cursor = new Cursor()
  /** What to add to a position for the offset in the module. */
  moduleDelta = 0
  facts = new FunctionFacts()
  /** Of the function. */
  typeIndex = 0
  readonly control = new ControlStack()
  readonly far = new FarCalls()
  /** Loops met so far, in the order of the facts. */
  loopCount = 0
  /** br_tables met so far. */
  tableCount = 0
  readonly meta = new FunctionMetadata()
  /** Where fuel is charged; null when it is not counted. */
  readonly meter: RunMeter | null
  /** Position of the last opcode that has been charged. */
  runEnd = 0
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

  constructor(env: ModuleRecord, meter: RunMeter | null) {
    this.env = env
    this.asm = new Assembler()
    this.meter = meter
    declareMutable(this)
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
    this.asm.checked = this.env.checked
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
export function spill(s: State, h: number): void {
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
