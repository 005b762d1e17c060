/** What the opcodes mean that are more than an operation on operands (plain.ts): one line or one function each. */
import { RuntimeOp, StubId, TrapCode } from '../../abi.js'
import { Op, OPCODE_SPACE } from '../../../wasm/opcodes.js'
import { FUNCREF } from '../../../wasm/types.js'
import { IrOp } from '../ir/ops.js'
import { accessAux, IntCc, Ty, tyOfWasm } from '../ir/types.js'
import type { Translator } from './translator.js'

export type Handler = (t: Translator) => void

/** Handler by opcode id; undefined for plain opcodes. */
export const handlers: (Handler | undefined)[] = Array.from({ length: OPCODE_SPACE })

function on(opcode: number, handler: Handler): void {
  handlers[opcode] = handler
}

// Control.
on(Op.Unreachable, (t) => t.unreachable())
on(Op.Nop, () => {})
on(Op.Block, (t) => t.openBlock())
on(Op.Loop, (t) => t.openLoop())
on(Op.If, (t) => t.openIf())
on(Op.Else, (t) => t.openElse())
on(Op.End, (t) => t.close())
on(Op.Br, (t) => t.branch(t.cursor.u32()))
on(Op.BrIf, (t) => t.branchIf(t.cursor.u32()))
on(Op.BrTable, (t) => t.branchTable())
on(Op.Return, (t) => t.return())

// --- calls -------------------------------------------------------------------------------------------------------------

on(Op.Call, (t) => t.call(t.cursor.u32()))
on(Op.CallIndirect, (t) => {
  const type = t.cursor.u32()
  t.callIndirect(type, t.cursor.u32())
})

/** Leaves an operation to the runtime: one or two indices, then operands of the stack. */
function runtime(t: Translator, op: number, operands: number, result: number, first: number, second = -1): void {
  const a = t.iconst(Ty.I32, first)
  const b = second < 0 ? -1 : t.iconst(Ty.I32, second)
  const inst = t.inst(IrOp.CallRuntime, result, -1, -1, -1, t.list(operands, a, b), op)
  if (result !== Ty.None) t.push(t.f.addResult(inst, result))
}

// --- operands, locals, globals -----------------------------------------------------------------------------------------

on(Op.Drop, (t) => t.drop(1))

function select(t: Translator): void {
  const condition = t.pop()
  const second = t.pop()
  const first = t.pop()
  t.push(t.value(IrOp.Select, t.f.vType[first], condition, first, second))
}
on(Op.Select, select)
on(Op.SelectT, (t) => {
  for (let count = t.cursor.u32(); count > 0; count--) t.cursor.s32()
  select(t)
})

on(Op.LocalGet, (t) => t.push(t.ssa.read(t.cursor.u32())))
on(Op.LocalSet, (t) => t.ssa.assign(t.cursor.u32(), t.pop()))
on(Op.LocalTee, (t) => t.ssa.assign(t.cursor.u32(), t.peek(0)))

on(Op.GlobalGet, (t) => {
  const index = t.cursor.u32()
  const global = t.info.globals[index]
  const ty = tyOfWasm(global.type)
  const { init } = global
  if (!global.mutable && init !== undefined && init.kind === 'const') {
    const op = ty === Ty.F32 || ty === Ty.F64 ? IrOp.Fconst : IrOp.Iconst
    t.push(t.value(op, ty, -1, -1, -1, 0, init.lo, init.hi))
  } else {
    t.push(t.value(IrOp.GlobalGet, ty, -1, -1, -1, 0, index))
  }
})
on(Op.GlobalSet, (t) => {
  const index = t.cursor.u32()
  t.inst(IrOp.GlobalSet, tyOfWasm(t.info.globals[index].type), t.pop(), -1, -1, 0, index)
})

on(Op.I32Const, (t) => t.push(t.iconst(Ty.I32, t.cursor.s32())))
on(Op.I64Const, (t) => {
  const low = t.cursor.s64()
  t.push(t.iconst(Ty.I64, low, t.cursor.high))
})
on(Op.F32Const, (t) => t.push(t.value(IrOp.Fconst, Ty.F32, -1, -1, -1, 0, t.cursor.word())))
on(Op.F64Const, (t) => {
  const low = t.cursor.word()
  t.push(t.value(IrOp.Fconst, Ty.F64, -1, -1, -1, 0, low, t.cursor.word()))
})

// --- references and tables ---------------------------------------------------------------------------------------------

on(Op.RefNull, (t) => {
  t.cursor.s32()
  t.push(t.iconst(Ty.Ref, 0))
})
on(Op.RefFunc, (t) => t.push(t.value(IrOp.RefFunc, Ty.Ref, -1, -1, -1, 0, t.cursor.u32())))

on(Op.TableGet, (t) => t.push(t.value(IrOp.TableGet, Ty.Ref, t.pop(), -1, -1, 0, t.cursor.u32())))
on(Op.TableSet, (t) => {
  const table = t.cursor.u32()
  if (t.info.tables[table].element === FUNCREF) {
    runtime(t, RuntimeOp.TableSet, 2, Ty.None, table)
    return
  }
  const value = t.pop()
  t.inst(IrOp.TableSet, Ty.Ref, t.pop(), value, -1, 0, table)
})
on(Op.TableSize, (t) => t.push(t.value(IrOp.TableSize, Ty.I32, -1, -1, -1, 0, t.cursor.u32())))
on(Op.TableGrow, (t) => {
  // The reference is the first operand, the runtime wants it last.
  const delta = t.pop()
  const table = t.iconst(Ty.I32, t.cursor.u32())
  const inst = t.inst(IrOp.CallRuntime, Ty.I32, -1, -1, -1, t.list(1, table, delta), RuntimeOp.TableGrow)
  t.push(t.f.addResult(inst, Ty.I32))
})
on(Op.TableFill, (t) => runtime(t, RuntimeOp.TableFill, 3, Ty.None, t.cursor.u32()))
on(Op.TableCopy, (t) => {
  const destination = t.cursor.u32()
  runtime(t, RuntimeOp.TableCopy, 3, Ty.None, destination, t.cursor.u32())
})
on(Op.TableInit, (t) => {
  const segment = t.cursor.u32()
  runtime(t, RuntimeOp.TableInit, 3, Ty.None, t.cursor.u32(), segment)
})
on(Op.ElemDrop, (t) => runtime(t, RuntimeOp.ElemDrop, 0, Ty.None, t.cursor.u32()))

// --- memory ------------------------------------------------------------------------------------------------------------

function onLoad(opcode: number, ty: number, widthLog2: number, signed = false): void {
  const aux = accessAux(widthLog2, signed, 0)
  on(opcode, (t) => {
    t.cursor.u32()
    t.push(t.value(IrOp.Load, ty, t.pop(), -1, -1, aux, t.cursor.u32() | 0))
  })
}
onLoad(Op.I32Load, Ty.I32, 2)
onLoad(Op.I64Load, Ty.I64, 3)
onLoad(Op.F32Load, Ty.F32, 2)
onLoad(Op.F64Load, Ty.F64, 3)
onLoad(Op.I32Load8S, Ty.I32, 0, true)
onLoad(Op.I32Load8U, Ty.I32, 0)
onLoad(Op.I32Load16S, Ty.I32, 1, true)
onLoad(Op.I32Load16U, Ty.I32, 1)
onLoad(Op.I64Load8S, Ty.I64, 0, true)
onLoad(Op.I64Load8U, Ty.I64, 0)
onLoad(Op.I64Load16S, Ty.I64, 1, true)
onLoad(Op.I64Load16U, Ty.I64, 1)
onLoad(Op.I64Load32S, Ty.I64, 2, true)
onLoad(Op.I64Load32U, Ty.I64, 2)

function onStore(opcode: number, ty: number, widthLog2: number): void {
  const aux = accessAux(widthLog2, false, 0)
  on(opcode, (t) => {
    t.cursor.u32()
    const value = t.pop()
    t.inst(IrOp.Store, ty, t.pop(), value, -1, aux, t.cursor.u32() | 0)
  })
}
onStore(Op.I32Store, Ty.I32, 2)
onStore(Op.I64Store, Ty.I64, 3)
onStore(Op.F32Store, Ty.F32, 2)
onStore(Op.F64Store, Ty.F64, 3)
onStore(Op.I32Store8, Ty.I32, 0)
onStore(Op.I32Store16, Ty.I32, 1)
onStore(Op.I64Store8, Ty.I64, 0)
onStore(Op.I64Store16, Ty.I64, 1)
onStore(Op.I64Store32, Ty.I64, 2)

const PAGE_SHIFT = 16

on(Op.MemorySize, (t) => {
  const bytes = t.value(IrOp.MemBytes, Ty.I64, -1, -1, -1, 0, t.cursor.u32())
  const pages = t.value(IrOp.Ushr, Ty.I64, bytes, t.iconst(Ty.I64, PAGE_SHIFT))
  t.push(t.value(IrOp.Wrap, Ty.I32, pages))
})
on(Op.MemoryGrow, (t) => runtime(t, RuntimeOp.MemoryGrow, 1, Ty.I32, t.cursor.u32()))
on(Op.MemoryInit, (t) => {
  const segment = t.cursor.u32()
  runtime(t, RuntimeOp.MemoryInit, 3, Ty.None, t.cursor.u32(), segment)
})
on(Op.DataDrop, (t) => runtime(t, RuntimeOp.DataDrop, 0, Ty.None, t.cursor.u32()))

/** Traps unless start + count (both i64 below 2^32) is within the memory. */
function checkRange(t: Translator, start: number, count: number, bytes: number): void {
  const end = t.value(IrOp.Iadd, Ty.I64, start, count)
  const beyond = t.value(IrOp.Icmp, Ty.I64, end, bytes, -1, IntCc.UGt)
  t.inst(IrOp.Trapnz, Ty.None, beyond, -1, -1, TrapCode.MemoryOutOfBounds)
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
on(Op.MemoryCopy, (t) => {
  t.cursor.u32()
  bulk(t, StubId.MemoryCopy, t.cursor.u32())
})
on(Op.MemoryFill, (t) => bulk(t, StubId.MemoryFill, t.cursor.u32()))
