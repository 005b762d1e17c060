/**
 * What each opcode compiles to: one line an opcode.
 *
 * Frequent opcodes belong to a *family*, handled by one function with arguments from three columns; the driver
 * (compiler.ts) switches on the family. The others have a closure in a table. The difference is the call: one through a
 * table of closures goes through two builtins of V8, each entered by an indirect branch.
 */
import { Cc, Form } from '../isa/x64/forms.js'
import { F32, F64, I32, I64 } from '../../wasm/types.js'
import { Op, OPCODE_SPACE } from '../../wasm/opcodes.js'
import { unreachable } from './control.js'
import { compareFloat, FloatCompare, selectTyped, WIDE } from './condition.js'
import { convert, convertUnsigned64, truncate } from './convert.js'
import { divide } from './divide.js'
import { changePrecision, changeSign, copySign, minMax, reinterpret, Round, round, squareRoot } from './float.js'
import { Alu, Count, countBits, Shift } from './integer.js'
import { memoryCopy, memoryFill, memorySize } from './memory.js'
import { readWord } from './reader.js'
import { pushConst } from './operands.js'
import type { State } from './state.js'
import {
  dataDrop,
  elemDrop,
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

/** Families of opcodes; what the arguments mean is in `emitBody`. */
// oxfmt-ignore
export const Family = {
  Rare: 0, LocalGet: 1, LocalSet: 2, LocalTee: 3, I32Const: 4, I64Const: 5, Load: 6, Store: 7, Alu: 8, CompareInt: 9,
  IsZero: 10, End: 11, Block: 12, Loop: 13, If: 14, Else: 15, Br: 16, BrIf: 17, BrTable: 18, Return: 19, Call: 20,
  CallIndirect: 21, Drop: 22, Select: 23, GlobalGet: 24, GlobalSet: 25, Multiply: 26, Shift: 27, Extend: 28,
  ExtendUnsigned: 29, Wrap: 30, Arithmetic: 31,
} as const

/** Family by opcode id, and its arguments. */
export const familyOf = new Uint8Array(OPCODE_SPACE)
export const argumentA = new Int32Array(OPCODE_SPACE)
export const argumentB = new Int32Array(OPCODE_SPACE)
export const argumentC = new Int32Array(OPCODE_SPACE)

function member(op: number, family: number, a = 0, b = 0, c = 0): void {
  familyOf[op] = family
  argumentA[op] = a
  argumentB[op] = b
  argumentC[op] = c
}

/** Handler of the other opcodes, by id. */
export const handlers: (Handler | undefined)[] = Array.from({ length: OPCODE_SPACE })

function on(op: number, handler: Handler): void {
  handlers[op] = handler
}

// Control.
on(Op.Unreachable, unreachable)
on(Op.Nop, () => {})
member(Op.Block, Family.Block)
member(Op.Loop, Family.Loop)
member(Op.If, Family.If)
member(Op.Else, Family.Else)
member(Op.End, Family.End)
member(Op.Br, Family.Br)
member(Op.BrIf, Family.BrIf)
member(Op.BrTable, Family.BrTable)
member(Op.Return, Family.Return)
member(Op.Call, Family.Call)
member(Op.CallIndirect, Family.CallIndirect)

// Operands, locals, globals, tables.
member(Op.Drop, Family.Drop)
member(Op.Select, Family.Select)
on(Op.SelectT, selectTyped)
member(Op.LocalGet, Family.LocalGet)
member(Op.LocalSet, Family.LocalSet)
member(Op.LocalTee, Family.LocalTee)
member(Op.GlobalGet, Family.GlobalGet)
member(Op.GlobalSet, Family.GlobalSet)
on(Op.TableGet, tableGet)
on(Op.TableSet, tableSet)
on(Op.TableInit, tableInit)
on(Op.ElemDrop, elemDrop)
on(Op.TableCopy, tableCopy)
on(Op.TableGrow, tableGrow)
on(Op.TableSize, tableSize)
on(Op.TableFill, tableFill)
on(Op.RefNull, refNull)
member(Op.RefIsNull, Family.IsZero, WIDE)
on(Op.RefFunc, refFunc)

// Memory.
member(Op.I32Load, Family.Load, Form.mov32RM, 4, I32)
member(Op.I64Load, Family.Load, Form.mov64RM, 8, I64)
member(Op.F32Load, Family.Load, Form.movssRM, 4, F32)
member(Op.F64Load, Family.Load, Form.movsdRM, 8, F64)
member(Op.I32Load8S, Family.Load, Form.movsx32M8, 1, I32)
member(Op.I32Load8U, Family.Load, Form.movzx32M8, 1, I32)
member(Op.I32Load16S, Family.Load, Form.movsx32M16, 2, I32)
member(Op.I32Load16U, Family.Load, Form.movzx32M16, 2, I32)
member(Op.I64Load8S, Family.Load, Form.movsx64M8, 1, I64)
member(Op.I64Load8U, Family.Load, Form.movzx32M8, 1, I64)
member(Op.I64Load16S, Family.Load, Form.movsx64M16, 2, I64)
member(Op.I64Load16U, Family.Load, Form.movzx32M16, 2, I64)
member(Op.I64Load32S, Family.Load, Form.movsxd64M32, 4, I64)
member(Op.I64Load32U, Family.Load, Form.mov32RM, 4, I64)

member(Op.I32Store, Family.Store, Form.mov32MR, Form.mov32MI, 4)
member(Op.I64Store, Family.Store, Form.mov64MR, Form.mov64MI, 8)
member(Op.F32Store, Family.Store, Form.movssMR, Form.mov32MI, 4)
member(Op.F64Store, Family.Store, Form.movsdMR, Form.mov64MI, 8)
member(Op.I32Store8, Family.Store, Form.mov8MR, Form.mov8MI, 1)
member(Op.I32Store16, Family.Store, Form.mov16MR, Form.mov16MI, 2)
member(Op.I64Store8, Family.Store, Form.mov8MR, Form.mov8MI, 1)
member(Op.I64Store16, Family.Store, Form.mov16MR, Form.mov16MI, 2)
member(Op.I64Store32, Family.Store, Form.mov32MR, Form.mov32MI, 4)

on(Op.MemorySize, memorySize)
on(Op.MemoryGrow, memoryGrow)
on(Op.MemoryInit, memoryInit)
on(Op.DataDrop, dataDrop)
on(Op.MemoryCopy, memoryCopy)
on(Op.MemoryFill, memoryFill)

// Constants.
member(Op.I32Const, Family.I32Const)
member(Op.I64Const, Family.I64Const)
on(Op.F32Const, (s) => pushConst(s, F32, readWord(s), 0))
on(Op.F64Const, (s) => {
  const low = readWord(s)
  pushConst(s, F64, low, readWord(s))
})

// Integer comparisons.
member(Op.I32Eqz, Family.IsZero, 0)
member(Op.I64Eqz, Family.IsZero, WIDE)
const COMPARISONS = [Cc.e, Cc.ne, Cc.l, Cc.b, Cc.g, Cc.a, Cc.le, Cc.be, Cc.ge, Cc.ae]
COMPARISONS.forEach((cc, i) => {
  member(Op.I32Eq + i, Family.CompareInt, cc, 0)
  member(Op.I64Eq + i, Family.CompareInt, cc, WIDE)
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
  member(Op.I32Add + at, Family.Alu, Alu.Add, wide)
  member(Op.I32Sub + at, Family.Alu, Alu.Sub, wide)
  member(Op.I32Mul + at, Family.Multiply, wide)
  on(Op.I32DivS + at, (s) => divide(s, true, false, wide))
  on(Op.I32DivU + at, (s) => divide(s, false, false, wide))
  on(Op.I32RemS + at, (s) => divide(s, true, true, wide))
  on(Op.I32RemU + at, (s) => divide(s, false, true, wide))
  member(Op.I32And + at, Family.Alu, Alu.And, wide)
  member(Op.I32Or + at, Family.Alu, Alu.Or, wide)
  member(Op.I32Xor + at, Family.Alu, Alu.Xor, wide)
  member(Op.I32Shl + at, Family.Shift, Shift.Shl, wide)
  member(Op.I32ShrS + at, Family.Shift, Shift.ShrS, wide)
  member(Op.I32ShrU + at, Family.Shift, Shift.ShrU, wide)
  member(Op.I32Rotl + at, Family.Shift, Shift.Rotl, wide)
  member(Op.I32Rotr + at, Family.Shift, Shift.Rotr, wide)
}
member(Op.I32WrapI64, Family.Wrap)
member(Op.I64ExtendI32S, Family.Extend, Form.movsxd64M32, I64)
member(Op.I64ExtendI32U, Family.ExtendUnsigned)
member(Op.I32Extend8S, Family.Extend, Form.movsx32M8, I32)
member(Op.I32Extend16S, Family.Extend, Form.movsx32M16, I32)
member(Op.I64Extend8S, Family.Extend, Form.movsx64M8, I64)
member(Op.I64Extend16S, Family.Extend, Form.movsx64M16, I64)
member(Op.I64Extend32S, Family.Extend, Form.movsxd64M32, I64)

// Float arithmetic.
member(Op.F32Add, Family.Arithmetic, Form.addssRM, F32, 1)
member(Op.F32Sub, Family.Arithmetic, Form.subssRM, F32, 0)
member(Op.F32Mul, Family.Arithmetic, Form.mulssRM, F32, 1)
member(Op.F32Div, Family.Arithmetic, Form.divssRM, F32, 0)
member(Op.F64Add, Family.Arithmetic, Form.addsdRM, F64, 1)
member(Op.F64Sub, Family.Arithmetic, Form.subsdRM, F64, 0)
member(Op.F64Mul, Family.Arithmetic, Form.mulsdRM, F64, 1)
member(Op.F64Div, Family.Arithmetic, Form.divsdRM, F64, 0)
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
