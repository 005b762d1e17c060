/**
 * Blocks and branches.
 *
 * At a block's entry all operands below it go to their homes (constants stay), so what a branch must establish is only:
 * the state of the pinned locals, fixed by the first branch to the label (or the loop's entry), and the label's values.
 * One value travels in a register, also chosen by the first branch; several in the homes of the operands they become.
 * The first branch fixes the state it has, restricted to what is worth keeping (`keepSet`), so it emits nothing; later
 * ones load and store what they lack. Nothing here between a compare and its jump changes the flags.
 *
 * A loop's header gets the locals that the loop uses in registers (facts.ts says which), because a back edge comes more
 * often than the entry. `stored` is claimed only for locals that the loop does not assign.
 */
import { TrapCode, Reg, XMM } from '../abi.js'
import { RelocKind, SiteKind } from '../compiled.js'
import { Form } from '../isa/x64/forms.js'
import { Block } from './control-stack.js'
import { epilogue, loadResults } from './frame.js'
import { conform, materializeZeros, storeLocals } from './locals.js'
import { site } from './metadata.js'
import { readS32 } from './reader.js'
import { jumpIf, jumpIfShort, negate } from './jumps.js'
import { skipDead } from './skip.js'
import { GPRS, isFloat, Kind, XMMS } from './kinds.js'
import {
  copyOperand,
  ensureLoaded,
  flushBelow,
  flushOperand,
  pushHome,
  pushReg,
  storeOperand,
  unwind,
} from './operands.js'
import { operandHome, type State } from './state.js'

/** Binds a label of the control flow: what came before says nothing about the flags. */
function bindHere(s: State, label: number): void {
  s.asm.bind(label)
  s.zeroAt = -1
}

function bits(set: number): number {
  let count = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) count++
  return count
}

// --- entering ------------------------------------------------------------------------------------------------------------------

/** Opens the function's own block. Its state is fixed at once: results in their registers, nothing else matters. */
export function enterFunction(s: State): void {
  const c = s.control
  const row = c.push()
  const env = s.env
  const results = env.resultCount[s.typeIndex]
  c.kind[row] = Block.Func
  c.height[row] = 0
  c.params[row] = 0
  c.results[row] = results
  c.typeIndex[row] = -1
  c.label[row] = s.asm.newLabel()
  c.fixed[row] = 1
  c.inReg[row] = 0
  c.stored[row] = 0
  c.keep[row] = s.facts.hasCalls ? 0 : -1
  if (results > 0) {
    const place = env.firstResult[s.typeIndex]
    c.resultType[row] = env.placeType[place]
    c.reg[row] = env.placeReg[place]
  }
}

/** Reads a block type and opens a row. */
function open(s: State, kind: number): number {
  const c = s.control
  const row = c.push()
  const first = s.bytes[s.pos]
  c.kind[row] = kind
  c.typeIndex[row] = -1
  c.params[row] = 0
  c.results[row] = 0
  if (first === 0x40) {
    s.pos++
  } else if (first >= 0x40 && first < 0x80) {
    s.pos++
    c.results[row] = 1
    c.resultType[row] = first
  } else {
    const typeIndex = readS32(s)
    const env = s.env
    const results = env.resultCount[typeIndex]
    c.typeIndex[row] = typeIndex
    c.params[row] = env.paramCount[typeIndex]
    c.results[row] = results
    c.resultType[row] = results === 0 ? 0 : env.placeType[env.firstResult[typeIndex]]
  }
  c.height[row] = s.sp - c.params[row]
  c.label[row] = s.asm.newLabel()
  c.keep[row] = c.keep[row - 1]
  return row
}

export function enterBlock(s: State): void {
  const row = open(s, Block.Block)
  flushBelow(s, s.control.height[row])
}

/** An if whose condition is in the flags. Locals that are still zero must have been materialized. */
export function enterIf(s: State, cc: number): void {
  const c = s.control
  const row = open(s, Block.If)
  flushBelow(s, s.sp)
  for (let h = c.height[row]; h < s.sp; h++) flushOperand(s, h, true)
  c.elseLabel[row] = s.asm.newLabel()
  c.elseInReg[row] = s.inReg
  c.elseStored[row] = s.stored
  jumpIf(s, negate(cc), c.elseLabel[row])
}

export function enterLoop(s: State): void {
  const c = s.control
  const facts = s.facts
  const row = open(s, Block.Loop)
  const loop = s.loopCount++
  materializeZeros(s)
  flushBelow(s, s.sp)
  for (let h = c.height[row]; h < s.sp; h++) flushOperand(s, h, true)
  const assigned = pinsIn(s, facts.loopAssignedLo[loop], facts.loopAssignedHi[loop])
  const used = assigned | pinsIn(s, facts.loopUsedLo[loop], facts.loopUsedHi[loop])
  for (let missing = used & ~s.inReg; missing !== 0;) {
    const reg = 31 - Math.clz32(missing)
    missing &= ~(1 << reg)
    ensureLoaded(s, reg)
  }
  if (facts.loopHasCall[loop] !== 0) {
    storeLocals(s, s.inReg & ~s.stored & ~assigned)
    s.inReg &= used
    c.keep[row] = used
  } else {
    c.keep[row] = -1
  }
  s.stored &= ~assigned
  c.fixed[row] = 1
  c.inReg[row] = s.inReg
  c.stored[row] = s.stored
  bindHere(s, c.label[row])
  site(s, SiteKind.Poll, TrapCode.None, 0)
  s.asm.ripReloc(Form.test32MR, Reg.rax, RelocKind.Poll, 0)
}

/** Pinned registers of the locals in a hashed set (facts.ts). */
function pinsIn(s: State, lo: number, hi: number): number {
  let set = 0
  for (let rest = s.pins; rest !== 0;) {
    const reg = 31 - Math.clz32(rest)
    rest &= ~(1 << reg)
    const local = s.pinLocal[reg]
    const half = (local & 32) === 0 ? lo : hi
    if (((half >>> (local & 31)) & 1) !== 0) set |= 1 << reg
  }
  return set
}

// --- what a branch establishes ----------------------------------------------------------------------------------------------------

/** Row of the label with relative depth `depth`. */
export function rowOf(s: State, depth: number): number {
  return s.control.depth - 1 - depth
}

/** Number of values that a branch to a row takes along. */
export function arity(s: State, row: number): number {
  return s.control.kind[row] === Block.Loop ? s.control.params[row] : s.control.results[row]
}

/**
 * Fixes the state of a label that is branched to for the first time as the present one, less the registers that are
 * not worth loading again on other paths: outside loops whatever is stored, in a loop with calls what it does not use.
 */
export function fix(s: State, row: number): void {
  const c = s.control
  c.fixed[row] = 1
  c.inReg[row] = s.inReg & (c.keep[row] | ~s.stored)
  c.stored[row] = s.stored
}

/** Registers to load and to store for a branch to a row. */
export function missing(s: State, row: number): number {
  const c = s.control
  return bits(c.inReg[row] & ~s.inReg) + bits(c.stored[row] & ~s.stored)
}

/** Moves the values of a branch that is taken for sure to where the label expects them. */
function moveValues(s: State, row: number): void {
  const c = s.control
  const count = arity(s, row)
  if (count === 1 && c.kind[row] !== Block.Loop) {
    const h = s.sp - 1
    if (c.reg[row] < 0) c.reg[row] = s.kind[h] === Kind.Reg ? s.lo[h] : resultRegister(s.type[h])
    copyOperand(s, h, c.reg[row])
    return
  }
  const from = s.sp - count
  for (let i = 0; i < count; i++) {
    const h = c.height[row] + i
    if (from + i !== h || s.kind[h] !== Kind.Home) storeOperand(s, from + i, Reg.rbp, operandHome(s, h))
  }
}

function resultRegister(type: number): number {
  return isFloat(type) ? XMM + 8 : Reg.rax
}

/** Everything for a branch that is taken for sure, but the jump. */
export function prepare(s: State, row: number): void {
  moveValues(s, row)
  const c = s.control
  if (c.fixed[row] === 0) fix(s, row)
  else conform(s, c.inReg[row], c.stored[row])
  c.used[row] = 1
}

// --- branches ------------------------------------------------------------------------------------------------------------------

export function branch(s: State, depth: number): void {
  const c = s.control
  const row = rowOf(s, depth)
  if (c.fixed[row] === 0) materializeZeros(s)
  if (row === 0 && c.results[0] <= 1) {
    moveValues(s, 0)
    epilogue(s)
  } else {
    prepare(s, row)
    s.asm.jmp(c.label[row])
  }
  die(s)
}

/** What follows is unreachable up to the end of the block or its else. */
export function die(s: State): void {
  unwind(s, s.control.height[s.control.depth - 1])
  s.dead = true
  skipDead(s)
}

/** Before the instruction that sets the flags of `branchIf`. */
export function beforeBranchIf(s: State): void {
  if ((s.pins & ~(s.inReg | s.stored)) !== 0) materializeZeros(s)
}

/** Extra instructions on the way to a label up to which they are done in either case rather than jumped around. */
const INLINE_MOVES = 2
/** Extra instructions that surely fit under a short jump: none of them is longer than 13 bytes. */
const SHORT_MOVES = 8

/** br_if with its condition in the flags. */
export function branchIf(s: State, depth: number, cc: number): void {
  const c = s.control
  const row = rowOf(s, depth)
  const count = arity(s, row)
  c.used[row] = 1
  if (c.fixed[row] === 0) fix(s, row)
  const moves = missing(s, row)
  if (moves <= INLINE_MOVES && (count === 0 || (count === 1 && valueInPlace(s, row)))) {
    conform(s, c.inReg[row], c.stored[row])
    jumpIf(s, cc, c.label[row])
    return
  }
  const skip = s.asm.newLabel()
  if (moves + 2 * count <= SHORT_MOVES) jumpIfShort(s, negate(cc), skip)
  else jumpIf(s, negate(cc), skip)
  const { inReg, stored } = s
  moveValues(s, row)
  conform(s, c.inReg[row], c.stored[row])
  s.asm.jmp(c.label[row])
  s.inReg = inReg
  s.stored = stored
  bindHere(s, skip)
}

/** Brings the one value of a label to its register if that harms no other operand, and says whether it is there. */
function valueInPlace(s: State, row: number): boolean {
  const c = s.control
  if (c.kind[row] === Block.Loop) return false
  const h = s.sp - 1
  if (c.reg[row] < 0) {
    if (s.kind[h] === Kind.Reg) {
      c.reg[row] = s.lo[h]
    } else {
      const free = s.free & (isFloat(s.type[h]) ? XMMS : GPRS)
      c.reg[row] = free === 0 ? resultRegister(s.type[h]) : 31 - Math.clz32(free & -free)
    }
  }
  const reg = c.reg[row]
  if (s.kind[h] === Kind.Reg && s.lo[h] === reg) return true
  if (((s.free >>> reg) & 1) === 0) return false
  copyOperand(s, h, reg)
  return true
}

export function emitUnreachable(s: State): void {
  site(s, SiteKind.Trap, TrapCode.Unreachable, 0)
  s.asm.op(Form.ud2)
  die(s)
}

// --- else and end ------------------------------------------------------------------------------------------------------------------

export function elseBlock(s: State): void {
  const c = s.control
  const row = c.depth - 1
  if (!s.dead) {
    if (c.fixed[row] === 0) materializeZeros(s)
    prepare(s, row)
    s.asm.jmp(c.label[row])
    unwind(s, c.height[row])
  }
  c.kind[row] = Block.Else
  s.dead = false
  bindHere(s, c.elseLabel[row])
  s.inReg = c.elseInReg[row]
  s.stored = c.elseStored[row]
  pushParams(s, row)
}

/** Pushes a block's parameters, which lie in their homes. */
function pushParams(s: State, row: number): void {
  const c = s.control
  s.sp = c.height[row]
  const count = c.params[row]
  if (count > 0) pushHomes(s, s.env.firstParam[c.typeIndex[row]], count)
}

/** Pushes values of the types of places, which lie in their homes. */
function pushHomes(s: State, place: number, count: number): void {
  for (let i = 0; i < count; i++) pushHome(s, s.env.placeType[place + i])
}

/** Closes the innermost block that is not the function. */
export function endBlock(s: State): void {
  const c = s.control
  const row = c.depth - 1
  if (c.kind[row] === Block.If) endIf(s, row)
  c.depth--
  if (c.kind[row] === Block.Loop || c.used[row] === 0) {
    if (s.dead) die(s)
    return
  }
  if (!s.dead) {
    prepare(s, row)
    unwind(s, c.height[row])
  }
  s.dead = false
  bindHere(s, c.label[row])
  s.inReg = c.inReg[row]
  s.stored = c.stored[row]
  s.free = s.temps
  s.sp = c.height[row]
  if (s.sp < s.flushed) s.flushed = s.sp
  if (s.sp < s.spillFrom) s.spillFrom = s.sp
  pushResults(s, row)
}

function pushResults(s: State, row: number): void {
  const c = s.control
  const count = c.results[row]
  if (count === 1) {
    s.free &= ~(1 << c.reg[row])
    pushReg(s, c.resultType[row], c.reg[row])
  } else if (count > 1) {
    pushHomes(s, s.env.firstResult[c.typeIndex[row]], count)
  }
}

/**
 * The end of an if without else: the path around it joins. When neither path has fixed a state yet, one is chosen to
 * which that path conforms without code.
 */
function endIf(s: State, row: number): void {
  const c = s.control
  if (!s.dead && c.fixed[row] === 0 && c.results[row] === 0) {
    materializeZeros(s)
    c.fixed[row] = 1
    c.stored[row] = c.elseStored[row] & s.stored
    c.inReg[row] = c.elseInReg[row] & (s.inReg | c.keep[row])
    const uncovered = s.pins & ~(c.inReg[row] | c.stored[row])
    c.inReg[row] |= uncovered & c.elseInReg[row]
    c.stored[row] |= uncovered & ~c.elseInReg[row]
    conform(s, c.inReg[row], c.stored[row])
    c.used[row] = 1
    bindHere(s, c.elseLabel[row])
    return
  }
  const { dead, inReg, stored } = s
  s.inReg = c.elseInReg[row]
  s.stored = c.elseStored[row]
  if (dead) {
    s.dead = false
    bindHere(s, c.elseLabel[row])
    pushParams(s, row)
    return
  }
  if (c.fixed[row] !== 0 && c.results[row] === 0 && missing(s, row) === 0) {
    s.inReg = inReg
    s.stored = stored
    conform(s, c.inReg[row], c.stored[row])
    s.inReg = c.inReg[row]
    s.stored = c.stored[row]
    bindHere(s, c.elseLabel[row])
    return
  }
  s.inReg = inReg
  s.stored = stored
  elseBlock(s)
}

/** The end of the function: what falls through and what branched there return. */
export function endFunction(s: State): void {
  const c = s.control
  if (!s.dead) moveValues(s, 0)
  if (c.used[0] !== 0) bindHere(s, c.label[0])
  else if (s.dead) return
  if (c.results[0] > 1) loadResults(s)
  epilogue(s)
}
