/**
 * What each opcode compiles to: one line an opcode, a handler and its arguments. A table of closures rather than one
 * switch, because the case labels of a switch would be numbers that repeat the opcode table; the call through the
 * table costs a few nanoseconds, and opcodes that emit nothing are handled by the driver before it (compiler.ts).
 */
import { Cc, Form } from '../isa/x64/forms.js'
import { F32, F64, I32, I64 } from '../../wasm/types.js'
import { Op, OPCODE_SPACE } from '../../wasm/opcodes.js'
import { branchTable } from './branch-table.js'
import { call, callIndirect } from './calls.js'
import { branch, elseBlock, endBlock, enterBlock, enterLoop, unreachable } from './control.js'
import {
  brIf,
  compareFloat,
  compareInt,
  FloatCompare,
  ifBlock,
  isZero,
  select,
  selectTyped,
  WIDE,
} from './condition.js'
import { convert, convertUnsigned64, truncate } from './convert.js'
import { divide } from './divide.js'
import {
  arithmetic,
  changePrecision,
  changeSign,
  copySign,
  minMax,
  reinterpret,
  Round,
  round,
  squareRoot,
} from './float.js'
import { Alu, alu, Count, countBits, extend, extendUnsigned, multiply, Shift, shift, wrap } from './integer.js'
import { localGet, localSet, localTee } from './locals.js'
import { load, memoryCopy, memoryFill, memorySize, store } from './memory.js'
import { highHalf, readS32, readS64, readU32, readWord } from './reader.js'
import { drop, pushConst, type State } from './state.js'
import {
  dataDrop,
  elemDrop,
  globalGet,
  globalSet,
  memoryGrow,
  memoryInit,
  refFunc,
  refNull,
  tableCopy,
  tableFill,
  tableGet,
  tableGrow,
  tableInit,
  tableSet,
  tableSize,
} from './tables.js'

export type Handler = (s: State) => void

/** Handler by opcode id (wasm/opcodes.ts). */
export const handlers: (Handler | undefined)[] = Array.from({ length: OPCODE_SPACE })

function on(op: number, handler: Handler): void {
  handlers[op] = handler
}

// Control.
on(Op.Unreachable, unreachable)
on(Op.Nop, () => {})
on(Op.Block, enterBlock)
on(Op.Loop, enterLoop)
on(Op.If, ifBlock)
on(Op.Else, elseBlock)
on(Op.End, endBlock)
on(Op.Br, (s) => branch(s, readU32(s)))
on(Op.BrIf, brIf)
on(Op.BrTable, branchTable)
on(Op.Return, (s) => branch(s, s.control.depth - 1))
on(Op.Call, call)
on(Op.CallIndirect, callIndirect)

// Operands, locals, globals, tables.
on(Op.Drop, drop)
on(Op.Select, select)
on(Op.SelectT, selectTyped)
on(Op.LocalGet, localGet)
on(Op.LocalSet, localSet)
on(Op.LocalTee, localTee)
on(Op.GlobalGet, globalGet)
on(Op.GlobalSet, globalSet)
on(Op.TableGet, tableGet)
on(Op.TableSet, tableSet)
on(Op.TableInit, tableInit)
on(Op.ElemDrop, elemDrop)
on(Op.TableCopy, tableCopy)
on(Op.TableGrow, tableGrow)
on(Op.TableSize, tableSize)
on(Op.TableFill, tableFill)
on(Op.RefNull, refNull)
on(Op.RefIsNull, (s) => isZero(s, WIDE))
on(Op.RefFunc, refFunc)

// Memory.
function onLoad(op: number, form: number, bytes: number, type: number): void {
  on(op, (s) => load(s, form, bytes, type))
}
onLoad(Op.I32Load, Form.mov32RM, 4, I32)
onLoad(Op.I64Load, Form.mov64RM, 8, I64)
onLoad(Op.F32Load, Form.movssRM, 4, F32)
onLoad(Op.F64Load, Form.movsdRM, 8, F64)
onLoad(Op.I32Load8S, Form.movsx32M8, 1, I32)
onLoad(Op.I32Load8U, Form.movzx32M8, 1, I32)
onLoad(Op.I32Load16S, Form.movsx32M16, 2, I32)
onLoad(Op.I32Load16U, Form.movzx32M16, 2, I32)
onLoad(Op.I64Load8S, Form.movsx64M8, 1, I64)
onLoad(Op.I64Load8U, Form.movzx32M8, 1, I64)
onLoad(Op.I64Load16S, Form.movsx64M16, 2, I64)
onLoad(Op.I64Load16U, Form.movzx32M16, 2, I64)
onLoad(Op.I64Load32S, Form.movsxd64M32, 4, I64)
onLoad(Op.I64Load32U, Form.mov32RM, 4, I64)

function onStore(op: number, form: number, immediate: number, bytes: number): void {
  on(op, (s) => store(s, form, immediate, bytes))
}
onStore(Op.I32Store, Form.mov32MR, Form.mov32MI, 4)
onStore(Op.I64Store, Form.mov64MR, Form.mov64MI, 8)
onStore(Op.F32Store, Form.movssMR, Form.mov32MI, 4)
onStore(Op.F64Store, Form.movsdMR, Form.mov64MI, 8)
onStore(Op.I32Store8, Form.mov8MR, Form.mov8MI, 1)
onStore(Op.I32Store16, Form.mov16MR, Form.mov16MI, 2)
onStore(Op.I64Store8, Form.mov8MR, Form.mov8MI, 1)
onStore(Op.I64Store16, Form.mov16MR, Form.mov16MI, 2)
onStore(Op.I64Store32, Form.mov32MR, Form.mov32MI, 4)

on(Op.MemorySize, memorySize)
on(Op.MemoryGrow, memoryGrow)
on(Op.MemoryInit, memoryInit)
on(Op.DataDrop, dataDrop)
on(Op.MemoryCopy, memoryCopy)
on(Op.MemoryFill, memoryFill)

// Constants.
on(Op.I32Const, (s) => pushConst(s, I32, readS32(s), 0))
on(Op.I64Const, (s) => {
  const low = readS64(s)
  pushConst(s, I64, low, highHalf)
})
on(Op.F32Const, (s) => pushConst(s, F32, readWord(s), 0))
on(Op.F64Const, (s) => {
  const low = readWord(s)
  pushConst(s, F64, low, readWord(s))
})

// Integer comparisons.
on(Op.I32Eqz, (s) => isZero(s, 0))
on(Op.I64Eqz, (s) => isZero(s, WIDE))
const COMPARISONS = [Cc.e, Cc.ne, Cc.l, Cc.b, Cc.g, Cc.a, Cc.le, Cc.be, Cc.ge, Cc.ae]
COMPARISONS.forEach((cc, i) => {
  on(Op.I32Eq + i, (s) => compareInt(s, cc, 0))
  on(Op.I64Eq + i, (s) => compareInt(s, cc, WIDE))
})

// Float comparisons, in the order of the opcodes.
for (const comparison of Object.values(FloatCompare)) {
  on(Op.F32Eq + comparison, (s) => compareFloat(s, comparison, Form.ucomissRM))
  on(Op.F64Eq + comparison, (s) => compareFloat(s, comparison, Form.ucomisdRM))
}

// Integer arithmetic: the two widths in turn.
for (const [wide, base] of [
  [0, Op.I32Clz],
  [WIDE, Op.I64Clz],
]) {
  const at = base - Op.I32Clz
  on(Op.I32Clz + at, (s) => countBits(s, Count.Leading, wide))
  on(Op.I32Ctz + at, (s) => countBits(s, Count.Trailing, wide))
  on(Op.I32Popcnt + at, (s) => countBits(s, Count.Ones, wide))
  on(Op.I32Add + at, (s) => alu(s, Alu.Add, wide))
  on(Op.I32Sub + at, (s) => alu(s, Alu.Sub, wide))
  on(Op.I32Mul + at, (s) => multiply(s, wide))
  on(Op.I32DivS + at, (s) => divide(s, true, false, wide))
  on(Op.I32DivU + at, (s) => divide(s, false, false, wide))
  on(Op.I32RemS + at, (s) => divide(s, true, true, wide))
  on(Op.I32RemU + at, (s) => divide(s, false, true, wide))
  on(Op.I32And + at, (s) => alu(s, Alu.And, wide))
  on(Op.I32Or + at, (s) => alu(s, Alu.Or, wide))
  on(Op.I32Xor + at, (s) => alu(s, Alu.Xor, wide))
  on(Op.I32Shl + at, (s) => shift(s, Shift.Shl, wide))
  on(Op.I32ShrS + at, (s) => shift(s, Shift.ShrS, wide))
  on(Op.I32ShrU + at, (s) => shift(s, Shift.ShrU, wide))
  on(Op.I32Rotl + at, (s) => shift(s, Shift.Rotl, wide))
  on(Op.I32Rotr + at, (s) => shift(s, Shift.Rotr, wide))
}
on(Op.I32WrapI64, wrap)
on(Op.I64ExtendI32S, (s) => extend(s, Form.movsxd64M32, I64))
on(Op.I64ExtendI32U, extendUnsigned)
on(Op.I32Extend8S, (s) => extend(s, Form.movsx32M8, I32))
on(Op.I32Extend16S, (s) => extend(s, Form.movsx32M16, I32))
on(Op.I64Extend8S, (s) => extend(s, Form.movsx64M8, I64))
on(Op.I64Extend16S, (s) => extend(s, Form.movsx64M16, I64))
on(Op.I64Extend32S, (s) => extend(s, Form.movsxd64M32, I64))

// Float arithmetic.
on(Op.F32Add, (s) => arithmetic(s, Form.addssRM, F32, true))
on(Op.F32Sub, (s) => arithmetic(s, Form.subssRM, F32, false))
on(Op.F32Mul, (s) => arithmetic(s, Form.mulssRM, F32, true))
on(Op.F32Div, (s) => arithmetic(s, Form.divssRM, F32, false))
on(Op.F64Add, (s) => arithmetic(s, Form.addsdRM, F64, true))
on(Op.F64Sub, (s) => arithmetic(s, Form.subsdRM, F64, false))
on(Op.F64Mul, (s) => arithmetic(s, Form.mulsdRM, F64, true))
on(Op.F64Div, (s) => arithmetic(s, Form.divsdRM, F64, false))
for (const [type, base] of [
  [F32, Op.F32Abs],
  [F64, Op.F64Abs],
]) {
  const at = base - Op.F32Abs
  on(Op.F32Abs + at, (s) => changeSign(s, false, type))
  on(Op.F32Neg + at, (s) => changeSign(s, true, type))
  on(Op.F32Ceil + at, (s) => round(s, Round.Ceil, type))
  on(Op.F32Floor + at, (s) => round(s, Round.Floor, type))
  on(Op.F32Trunc + at, (s) => round(s, Round.Trunc, type))
  on(Op.F32Nearest + at, (s) => round(s, Round.Nearest, type))
  on(Op.F32Sqrt + at, (s) => squareRoot(s, type))
  on(Op.F32Min + at, (s) => minMax(s, false, type))
  on(Op.F32Max + at, (s) => minMax(s, true, type))
  on(Op.F32Copysign + at, (s) => copySign(s, type))
}

// Conversions.
function onTruncate(op: number, from: number, to: number, signed: boolean, saturate: boolean): void {
  on(op, (s) => truncate(s, from, to, signed, saturate))
}
onTruncate(Op.I32TruncF32S, F32, I32, true, false)
onTruncate(Op.I32TruncF32U, F32, I32, false, false)
onTruncate(Op.I32TruncF64S, F64, I32, true, false)
onTruncate(Op.I32TruncF64U, F64, I32, false, false)
onTruncate(Op.I64TruncF32S, F32, I64, true, false)
onTruncate(Op.I64TruncF32U, F32, I64, false, false)
onTruncate(Op.I64TruncF64S, F64, I64, true, false)
onTruncate(Op.I64TruncF64U, F64, I64, false, false)
onTruncate(Op.I32TruncSatF32S, F32, I32, true, true)
onTruncate(Op.I32TruncSatF32U, F32, I32, false, true)
onTruncate(Op.I32TruncSatF64S, F64, I32, true, true)
onTruncate(Op.I32TruncSatF64U, F64, I32, false, true)
onTruncate(Op.I64TruncSatF32S, F32, I64, true, true)
onTruncate(Op.I64TruncSatF32U, F32, I64, false, true)
onTruncate(Op.I64TruncSatF64S, F64, I64, true, true)
onTruncate(Op.I64TruncSatF64U, F64, I64, false, true)

on(Op.F32ConvertI32S, (s) => convert(s, Form.cvtsi2ss32RM, F32))
on(Op.F32ConvertI32U, (s) => convert(s, Form.cvtsi2ss64RM, F32))
on(Op.F32ConvertI64S, (s) => convert(s, Form.cvtsi2ss64RM, F32))
on(Op.F32ConvertI64U, (s) => convertUnsigned64(s, F32))
on(Op.F64ConvertI32S, (s) => convert(s, Form.cvtsi2sd32RM, F64))
on(Op.F64ConvertI32U, (s) => convert(s, Form.cvtsi2sd64RM, F64))
on(Op.F64ConvertI64S, (s) => convert(s, Form.cvtsi2sd64RM, F64))
on(Op.F64ConvertI64U, (s) => convertUnsigned64(s, F64))
on(Op.F32DemoteF64, (s) => changePrecision(s, F32))
on(Op.F64PromoteF32, (s) => changePrecision(s, F64))
on(Op.I32ReinterpretF32, (s) => reinterpret(s, Form.movdMR, I32))
on(Op.I64ReinterpretF64, (s) => reinterpret(s, Form.movqMR, I64))
on(Op.F32ReinterpretI32, (s) => reinterpret(s, Form.movdRM, F32))
on(Op.F64ReinterpretI64, (s) => reinterpret(s, Form.movqRM, F64))
