/**
 * Lowering of what is no pattern by nature, and so not a matter of rules: calls and returns, whose operands are as many as their
 * signatures say; edges, with their arguments; checked accesses of tables, which are fixed sequences (docs/abi.md). Everything
 * else is lowered by the rules of rules/lower. Arguments and results are fixed operands of the call: the allocator moves
 * them, all at once.
 */
import { ARG_GPRS, FRAME_ARGS, Reg, StubId, TableEntry, TableRecord, TrapCode, type Signature } from '../../abi.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import { EXTERNREF, FUNCREF } from '../../../wasm/types.js'
import { IrOp } from '../ir/ops.js'
import { isFloatTy } from '../ir/types.js'
import { condition, lowerByRules } from '../rules/lower/select.gen.js'
import { ADDRESS_SHIFT, Address, K, SCALE_SHIFT } from './kinds.js'
import { computeNext } from './latch.js'
import type { Lowering } from './lowering.js'
import { loadForm } from './matchers.js'
import { InstFlag, OpKind, registerLocation } from './vcode.js'

// --- calls -----------------------------------------------------------------------------------------------------------------

const args: number[] = []

/** Asks for the values of a call's list and places those that travel on the stack. */
function placeArguments(l: Lowering, list: number, sig: Signature | null): void {
  const { f, code } = l
  args.length = 0
  const count = f.pool[list]
  for (let i = 0; i < count; i++) args.push(l.use(f.pool[list + 1 + i]))
  if (sig === null) return
  const slots = sig.stackParams + sig.stackResults
  if (slots > 0) code.inst(K.AdjustStack, 0, 8 * slots)
  for (let i = 0; i < count; i++) {
    if (sig.params[i].reg >= 0) continue
    code.inst(K.StackArg, 0, 8 * sig.params[i].stack)
    code.operand(args[i], OpKind.UseAny)
  }
}

/** Arguments of the call instruction just made. */
function addArguments(l: Lowering, list: number, sig: Signature): void {
  const { f, code } = l
  for (let i = 0; i < args.length; i++) {
    const { reg } = sig.params[i]
    if (reg < 0) continue
    code.operand(args[i], OpKind.UseFixed, registerLocation(f.vType[f.pool[list + 1 + i]], reg))
  }
}

/** Results of the call instruction just made: fixed ones, then loads of those on the stack. */
function takeResults(l: Lowering, inst: number, sig: Signature): void {
  const { f, code } = l
  const call = code.instCount - 1
  code.flags[call] |= InstFlag.ClobberAll
  for (let i = 0; i < sig.results.length; i++) {
    const { reg } = sig.results[i]
    if (reg < 0) continue
    code.operand(l.result(inst, i), OpKind.DefFixed, registerLocation(f.vType[f.firstResult[inst] + i], reg))
  }
  if (sig.stackResults === 0) return
  for (let i = 0; i < sig.results.length; i++) {
    const { reg, stack } = sig.results[i]
    if (reg >= 0) continue
    l.loadFrom(l.result(inst, i), loadForm(f.vType[f.firstResult[inst] + i]), Address.Stack, 8 * stack, -1)
  }
  code.inst(K.AdjustStack, 0, -8 * sig.stackResults)
}

function call(l: Lowering, inst: number): void {
  const { f, code, env } = l
  const func = f.immLo[inst]
  const sig = l.signature(env.info.funcTypes[func])
  const list = f.aux[inst]
  placeArguments(l, list, sig)
  if (func >= env.info.importedFuncs) code.inst(K.CallDirect, 0, func - env.info.importedFuncs)
  else code.inst(K.CallImport, 0, func)
  addArguments(l, list, sig)
  takeResults(l, inst, sig)
}

function callIndirect(l: Lowering, inst: number): void {
  const { f, code } = l
  const sig = l.signature(f.immLo[inst])
  const list = f.aux[inst]
  const entry = l.gpr()
  entryAddress(l, entry, f.immHi[inst], f.arg0[inst])
  placeArguments(l, list, sig)
  code.inst(K.CallIndirect, 0, f.immLo[inst])
  code.operand(entry, OpKind.UseFixed, Reg.r10)
  addArguments(l, list, sig)
  takeResults(l, inst, sig)
}

/** Calls of the runtime and of stubs: all operands are integers in argument registers, a result is in rax. */
function callStub(l: Lowering, inst: number): void {
  const { f, code } = l
  placeArguments(l, f.aux[inst], null)
  const runtime = f.op[inst] === IrOp.CallRuntime
  if (!runtime) {
    args[0] = memoryAddress(l, args[0])
    if (f.immLo[inst] === StubId.MemoryCopy) args[1] = memoryAddress(l, args[1])
  }
  const made = code.inst(runtime ? K.CallRuntime : K.CallStub, 0, f.immLo[inst])
  code.flags[made] |= InstFlag.ClobberAll
  for (let i = 0; i < args.length; i++) code.operand(args[i], OpKind.UseFixed, ARG_GPRS[i])
  if (f.resultCount[inst] > 0) code.operand(l.result(inst), OpKind.DefFixed, Reg.rax)
}

function memoryAddress(l: Lowering, offset: number): number {
  const { code } = l
  const sum = l.gpr()
  const made = code.inst(K.Lea, Form.lea64RM)
  code.flags[made] |= Address.MemoryIndex << ADDRESS_SHIFT
  code.operand(sum, OpKind.Def)
  code.operand(offset, OpKind.Use)
  return sum
}

// --- tables ----------------------------------------------------------------------------------------------------------------

function tableAddress(l: Lowering, table: number): number {
  const base = l.gpr()
  l.loadFrom(base, Form.mov64RM, Address.Context, l.env.layout.tables + 8 * table, -1)
  return base
}

/** Address of a table's entry 0; traps when the index is beyond its end, which need not be asked where the table cannot grow. */
function tableChecked(l: Lowering, table: number, index: number): number {
  const { code, env } = l
  const { min, max } = env.info.tables[table]
  const base = tableAddress(l, table)
  // As the program has them: as 32 bits. What looks the same only so is beyond what any instance can have.
  if ((min | 0) === (max | 0)) {
    code.inst(K.CmpImm, Form.cmp32MI, min | 0)
    code.operand(index, OpKind.Use)
  } else {
    const compare = code.inst(K.CmpMem, Form.cmp32RM, TableRecord.length)
    code.flags[compare] |= Address.Base << ADDRESS_SHIFT
    code.operand(index, OpKind.Use)
    code.operand(base, OpKind.Use)
  }
  l.trapIf(Cc.ae, TrapCode.TableOutOfBounds)
  return base
}

/** Offset of a function table's entry. */
function shifted(l: Lowering, index: number): number {
  const offset = l.gpr()
  l.code.inst(K.ShiftImm, Form.shl64MI, TableEntry.shift)
  l.code.operand(offset, OpKind.DefReuse)
  l.code.operand(index, OpKind.UseReuse)
  return offset
}

/** Puts the address of a function table's entry in a register. */
function entryAddress(l: Lowering, entry: number, table: number, value: number): void {
  const { code } = l
  const index = l.use(value)
  const base = tableChecked(l, table, index)
  const offset = shifted(l, index)
  code.inst(K.Sum, Form.lea64RM)
  code.operand(entry, OpKind.Def)
  code.operand(base, OpKind.Use)
  code.operand(offset, OpKind.Use)
}

function entryDiffers(l: Lowering, inst: number): void {
  const { f, code, env } = l
  const entry = l.use(f.arg0[inst])
  code.inst(K.EntryDiffers, Form.or64RM, f.immLo[inst] - env.info.importedFuncs)
  code.operand(l.result(inst), OpKind.DefEarly)
  code.operand(entry, OpKind.Use)
}

function tableGet(l: Lowering, inst: number): void {
  const { f, code, env } = l
  const table = f.immLo[inst]
  const functions = env.info.tables[table].element === FUNCREF
  const index = l.use(f.arg0[inst])
  const base = tableChecked(l, table, index)
  const at = functions ? shifted(l, index) : index
  const load = code.inst(K.Load, Form.mov64RM, functions ? TableEntry.funcref : 0)
  code.flags[load] |= (Address.BaseIndex << ADDRESS_SHIFT) | ((functions ? 0 : 3) << SCALE_SHIFT)
  code.operand(l.result(inst), OpKind.Def)
  code.operand(base, OpKind.Use)
  code.operand(at, OpKind.Use)
}

function tableSet(l: Lowering, inst: number): void {
  const { f, code, env } = l
  const table = f.immLo[inst]
  if (env.info.tables[table].element !== EXTERNREF) throw new Error('tableset of a function table')
  const index = l.use(f.arg0[inst])
  const value = l.use(f.arg1[inst])
  const base = tableChecked(l, table, index)
  const store = code.inst(K.Store, Form.mov64MR)
  code.flags[store] |= (Address.BaseIndex << ADDRESS_SHIFT) | (3 << SCALE_SHIFT)
  code.operand(value, OpKind.Use)
  code.operand(base, OpKind.Use)
  code.operand(index, OpKind.Use)
}

// --- terminators -----------------------------------------------------------------------------------------------------------

function jump(l: Lowering, inst: number): void {
  const { f, code, blocks } = l
  l.beginSuccessors()
  const count = l.arguments(f.successorCall(inst, 0))
  code.inst(K.Jump)
  l.successor(blocks.target[blocks.targetStart[l.block]], count)
}

/** Arguments of a conditional edge: those of a split edge are its block's business. */
function edgeArguments(l: Lowering, call: number, target: number): number {
  return l.blocks.irBlock[target] < 0 ? 0 : l.arguments(call)
}

function branchIf(l: Lowering, inst: number): void {
  const { f, code, blocks } = l
  const first = blocks.targetStart[l.block]
  l.beginSuccessors()
  for (let k = 0; k < 2; k++) {
    const target = blocks.target[first + k]
    l.successor(target, edgeArguments(l, f.successorCall(inst, k), target))
  }
  const cc = condition(l, f.arg0[inst], 0)
  computeNext(l, inst)
  code.inst(K.Branch, 0, cc)
}

function branchTable(l: Lowering, inst: number): void {
  const { f, code, blocks } = l
  const first = blocks.targetStart[l.block]
  const calls = f.successorCount(inst)
  if (calls === 1) {
    // Only a default. Moves along a lone edge would come before the table reads its index.
    jump(l, inst)
    return
  }
  l.beginSuccessors()
  for (let k = 0; k < calls; k++) {
    const target = blocks.target[first + k]
    l.successor(target, edgeArguments(l, f.successorCall(inst, k), target))
  }
  const index = l.use(f.arg0[inst])
  code.inst(K.JumpTable, 0, calls - 1)
  code.operand(index, OpKind.Use)
}

function leave(l: Lowering, inst: number): void {
  const { f, code } = l
  const sig = l.ownSignature
  const list = f.aux[inst]
  const count = f.pool[list]
  args.length = 0
  for (let i = 0; i < count; i++) args.push(l.use(f.pool[list + 1 + i]))
  for (let i = 0; i < count; i++) {
    const { reg, stack } = sig.results[i]
    if (reg >= 0) continue
    const float = isFloatTy(f.vType[f.pool[list + 1 + i]])
    const store = code.inst(K.Store, float ? Form.movsdMR : Form.mov64MR, FRAME_ARGS + 8 * (sig.stackParams + stack))
    code.flags[store] |= Address.Frame << ADDRESS_SHIFT
    code.operand(args[i], OpKind.Use)
  }
  l.beginSuccessors()
  code.inst(K.Return)
  for (let i = 0; i < count; i++) {
    const { reg } = sig.results[i]
    if (reg < 0) continue
    code.operand(args[i], OpKind.UseFixed, registerLocation(f.vType[f.pool[list + 1 + i]], reg))
  }
}

/** Lowers one IR instruction. */
export function lowerInst(l: Lowering, inst: number): void {
  if (lowerByRules(l, inst)) return
  const { f, code } = l
  switch (f.op[inst]) {
    case IrOp.Iconst:
    case IrOp.Fconst:
    case IrOp.Uext:
      // Made for each user; the register of what it extends.
      break
    case IrOp.Call:
      call(l, inst)
      break
    case IrOp.CallIndirect:
      callIndirect(l, inst)
      break
    case IrOp.CallRuntime:
    case IrOp.CallStub:
      callStub(l, inst)
      break
    case IrOp.RefFunc: {
      const made = code.inst(K.RefFunc, 0, f.immLo[inst])
      code.flags[made] |= InstFlag.ClobberAll
      code.operand(l.result(inst), OpKind.DefFixed, Reg.rax)
      break
    }
    case IrOp.TableEntry:
      entryAddress(l, l.result(inst), f.immLo[inst], f.arg0[inst])
      break
    case IrOp.EntryDiffers:
      entryDiffers(l, inst)
      break
    case IrOp.GuardFailed:
      code.inst(K.GuardFailed)
      break
    case IrOp.TableGet:
      tableGet(l, inst)
      break
    case IrOp.TableSet:
      tableSet(l, inst)
      break
    case IrOp.TableSize:
      l.loadFrom(l.result(inst), Form.mov32RM, Address.Base, TableRecord.length, tableAddress(l, f.immLo[inst]))
      break
    case IrOp.Poll:
      code.inst(K.Poll)
      break
    case IrOp.Fuel: {
      const made = code.inst(K.Fuel, 0, f.immLo[inst])
      code.trap[made] = TrapCode.OutOfFuel
      break
    }
    case IrOp.Jump:
      jump(l, inst)
      break
    case IrOp.Brif:
      branchIf(l, inst)
      break
    case IrOp.BrTable:
      branchTable(l, inst)
      break
    case IrOp.Return:
      leave(l, inst)
      break
    case IrOp.Trap: {
      l.beginSuccessors()
      const made = code.inst(K.Trap)
      code.trap[made] = f.aux[inst]
      break
    }
    default:
      throw new Error(`no lowering for operation ${f.op[inst]}`)
  }
}
