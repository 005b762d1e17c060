/** What the opcodes mean that are no lines of a table (plain.ts): one line or one function each. */
import { RuntimeOp, StubId, TrapCode } from '../../abi.js'
import { Op } from '../../../wasm/opcodes.js'
import { FUNCREF } from '../../../wasm/types.js'
import { IrOp } from '../ir/ops.js'
import { IntCc, Ty } from '../ir/types.js'
import { constantInit, initHigh, initLow } from './globals.js'
import { accessAuxs, loadTy, storeTy } from './plain.js'
import type { Translator } from './translator.js'
import { tyOfWasm } from './value-types.js'

/** There is no meaning for an opcode: a defect of the engine, not of the guest. */
export class TranslationError extends Error {
  override readonly name = 'TranslationError'
}

/** Translates an opcode whose operands are on the stack and whose immediates come next; the frequent ones first. */
// oxfmt-ignore
export function translateOpcode(t: Translator, opcode: number): void {
  if (loadTy[opcode] !== Ty.None) return load(t, loadTy[opcode], accessAuxs[opcode])
  if (storeTy[opcode] !== Ty.None) return store(t, storeTy[opcode], accessAuxs[opcode])
  switch (opcode) {
    // Operands, locals, constants.
    case Op.LocalGet: return t.push(t.ssa.read(t.cursor.u32()))
    case Op.LocalSet: return t.ssa.assign(t.cursor.u32(), t.pop())
    case Op.LocalTee: return t.ssa.assign(t.cursor.u32(), t.peek(0))
    case Op.I32Const: return t.push(t.iconst(Ty.I32, t.cursor.s32()))
    case Op.I64Const: return t.push(t.iconst(Ty.I64, t.cursor.s64(), t.cursor.high))
    case Op.F32Const: return t.push(t.fconst(Ty.F32, t.cursor.word(), 0))
    case Op.F64Const: return t.push(t.fconst(Ty.F64, t.cursor.word(), t.cursor.word()))
    case Op.Drop: return t.drop(1)
    case Op.Select: return select(t)
    case Op.SelectT: return selectTyped(t)
    // Control.
    case Op.End: return t.close()
    case Op.Block: return t.openBlock()
    case Op.BrIf: return t.branchIf(t.cursor.u32())
    case Op.Br: return t.branch(t.cursor.u32())
    case Op.Loop: return t.openLoop()
    case Op.If: return t.openIf()
    case Op.Else: return t.openElse()
    case Op.BrTable: return t.branchTable()
    case Op.Return: return t.return()
    case Op.Unreachable: return t.unreachable()
    case Op.Nop: return
    // Calls.
    case Op.Call: return t.call(t.cursor.u32())
    case Op.CallIndirect: return t.callIndirect(t.cursor.u32(), t.cursor.u32())
    // Globals.
    case Op.GlobalGet: return globalGet(t, t.cursor.u32())
    case Op.GlobalSet: return globalSet(t, t.cursor.u32())
    // Memory.
    case Op.MemorySize: return memorySize(t, t.cursor.u32())
    case Op.MemoryGrow: return runtime(t, RuntimeOp.MemoryGrow, 1, Ty.I32, t.cursor.u32())
    case Op.MemoryInit: return initialize(t, RuntimeOp.MemoryInit)
    case Op.MemoryCopy: return memoryCopy(t)
    case Op.MemoryFill: return bulk(t, StubId.MemoryFill, t.cursor.u32())
    case Op.DataDrop: return runtime(t, RuntimeOp.DataDrop, 0, Ty.None, t.cursor.u32())
    // References and tables.
    case Op.RefNull: return refNull(t)
    case Op.RefFunc: return t.push(t.value(IrOp.RefFunc, Ty.Ref, -1, -1, -1, 0, t.cursor.u32()))
    case Op.TableGet: return t.push(t.value(IrOp.TableGet, Ty.Ref, t.pop(), -1, -1, 0, t.cursor.u32()))
    case Op.TableSet: return tableSet(t, t.cursor.u32())
    case Op.TableSize: return t.push(t.value(IrOp.TableSize, Ty.I32, -1, -1, -1, 0, t.cursor.u32()))
    case Op.TableGrow: return tableGrow(t)
    case Op.TableFill: return runtime(t, RuntimeOp.TableFill, 3, Ty.None, t.cursor.u32())
    case Op.TableCopy: return runtime(t, RuntimeOp.TableCopy, 3, Ty.None, t.cursor.u32(), t.cursor.u32())
    case Op.TableInit: return initialize(t, RuntimeOp.TableInit)
    case Op.ElemDrop: return runtime(t, RuntimeOp.ElemDrop, 0, Ty.None, t.cursor.u32())
    default: throw new TranslationError(`no translation of opcode 0x${opcode.toString(16)}`)
  }
}

// --- operands, globals -------------------------------------------------------------------------------------------------

function select(t: Translator): void {
  const condition = t.pop()
  const second = t.pop()
  const first = t.pop()
  t.push(t.value(IrOp.Select, t.f.vType[first], condition, first, second))
}

function selectTyped(t: Translator): void {
  for (let count = t.cursor.u32(); count > 0; count--) t.cursor.s32()
  select(t)
}

function globalGet(t: Translator, index: number): void {
  const global = t.info.globals[index]
  const ty = tyOfWasm(global.type)
  if (!constantInit(global)) {
    t.push(t.value(IrOp.GlobalGet, ty, -1, -1, -1, 0, index))
    return
  }
  const op = ty === Ty.F32 || ty === Ty.F64 ? IrOp.Fconst : IrOp.Iconst
  t.push(t.value(op, ty, -1, -1, -1, 0, initLow(global), initHigh(global)))
}

function globalSet(t: Translator, index: number): void {
  t.inst(IrOp.GlobalSet, tyOfWasm(t.info.globals[index].type), t.pop(), -1, -1, 0, index)
}

// --- what the runtime does ---------------------------------------------------------------------------------------------

/** Leaves an operation to the runtime: one or two indices, then operands of the stack. */
function runtime(t: Translator, op: number, operands: number, result: number, first: number, second = -1): void {
  const a = t.iconst(Ty.I32, first)
  const b = second < 0 ? -1 : t.iconst(Ty.I32, second)
  const inst = t.inst(IrOp.CallRuntime, result, -1, -1, -1, t.list(operands, a, b), op)
  if (result !== Ty.None) t.push(t.f.addResult(inst, result))
}

/** memory.init and table.init: the bytes name the segment first, the runtime wants it second. */
function initialize(t: Translator, op: number): void {
  const segment = t.cursor.u32()
  runtime(t, op, 3, Ty.None, t.cursor.u32(), segment)
}

// --- references and tables ---------------------------------------------------------------------------------------------

function refNull(t: Translator): void {
  t.cursor.s32()
  t.push(t.iconst(Ty.Ref, 0))
}

function tableSet(t: Translator, table: number): void {
  if (t.info.tables[table].element === FUNCREF) {
    runtime(t, RuntimeOp.TableSet, 2, Ty.None, table)
    return
  }
  const value = t.pop()
  t.inst(IrOp.TableSet, Ty.Ref, t.pop(), value, -1, 0, table)
}

function tableGrow(t: Translator): void {
  // The reference is the first operand, the runtime wants it last.
  const delta = t.pop()
  const table = t.iconst(Ty.I32, t.cursor.u32())
  const inst = t.inst(IrOp.CallRuntime, Ty.I32, -1, -1, -1, t.list(1, table, delta), RuntimeOp.TableGrow)
  t.push(t.f.addResult(inst, Ty.I32))
}

// --- memory ------------------------------------------------------------------------------------------------------------

/** The immediates are the alignment, which means nothing here, and the offset. */
function load(t: Translator, ty: number, aux: number): void {
  t.cursor.u32()
  t.push(t.value(IrOp.Load, ty, t.pop(), -1, -1, aux, t.cursor.u32()))
}

function store(t: Translator, ty: number, aux: number): void {
  t.cursor.u32()
  const value = t.pop()
  t.inst(IrOp.Store, ty, t.pop(), value, -1, aux, t.cursor.u32())
}

const PAGE_SHIFT = 16

function memorySize(t: Translator, memory: number): void {
  const bytes = t.value(IrOp.MemBytes, Ty.I64, -1, -1, -1, 0, memory)
  const pages = t.value(IrOp.Ushr, Ty.I64, bytes, t.iconst(Ty.I64, PAGE_SHIFT))
  t.push(t.value(IrOp.Wrap, Ty.I32, pages))
}

/** Traps unless start + count (both i64 below 2^32) is within the memory. */
function checkRange(t: Translator, start: number, count: number, bytes: number): void {
  const end = t.value(IrOp.Iadd, Ty.I64, start, count)
  const beyond = t.value(IrOp.Icmp, Ty.I64, end, bytes, -1, IntCc.UGt)
  t.inst(IrOp.Trapnz, Ty.None, beyond, -1, -1, TrapCode.MemoryOutOfBounds)
}

function memoryCopy(t: Translator): void {
  t.cursor.u32()
  bulk(t, StubId.MemoryCopy, t.cursor.u32())
}

/** memory.copy and memory.fill: both ends checked in 64 bits, then a routine that needs no checks. */
function bulk(t: Translator, stub: number, memory: number): void {
  const count = t.value(IrOp.Uext, Ty.I64, t.pop())
  const second = t.pop()
  const destination = t.value(IrOp.Uext, Ty.I64, t.pop())
  const bytes = t.value(IrOp.MemBytes, Ty.I64, -1, -1, -1, 0, memory)
  checkRange(t, destination, count, bytes)
  let source = second
  if (stub === StubId.MemoryCopy) {
    source = t.value(IrOp.Uext, Ty.I64, second)
    checkRange(t, source, count, bytes)
  }
  t.push(destination)
  t.push(source)
  t.push(count)
  t.inst(IrOp.CallStub, Ty.None, -1, -1, -1, t.list(3), stub)
}
