/**
 * What each opcode compiles to: one line an opcode. Each belongs to a *family*, which one function handles, with arguments from
 * three columns; the driver (body.ts) switches on the family.
 */
import { Cc, Form, WIDE } from '../isa/x64/forms.js'
import { F32, F64, I32, I64 } from '../../wasm/types.js'
import { FC_BASE, Op } from '../../wasm/opcodes.js'
import { FloatCompare } from './condition.js'
import { Round } from './float.js'
import { Alu, Count, Shift } from './integer.js'

/** Families of opcodes; what the arguments mean is in body.ts. Those from `Nop` on are rare. */
// oxfmt-ignore
export const Family = {
  None: 0, LocalGet: 1, LocalSet: 2, LocalTee: 3, I32Const: 4, I64Const: 5, Load: 6, Store: 7, Alu: 8, CompareInt: 9,
  IsZero: 10, End: 11, Block: 12, Loop: 13, If: 14, Else: 15, Br: 16, BrIf: 17, BrTable: 18, Return: 19, Call: 20,
  CallIndirect: 21, Drop: 22, Select: 23, GlobalGet: 24, GlobalSet: 25, Multiply: 26, Shift: 27, Extend: 28,
  ExtendUnsigned: 29, Wrap: 30, Arithmetic: 31,
  Nop: 32, Unreachable: 33, SelectTyped: 34, F32Const: 35, F64Const: 36, CountBits: 37, Divide: 38, CompareFloat: 39,
  ChangeSign: 40, Round: 41, SquareRoot: 42, MinMax: 43, CopySign: 44, Truncate: 45, Convert: 46,
  ConvertUnsigned64: 47, ChangePrecision: 48, Reinterpret: 49, MemorySize: 50, MemoryGrow: 51, MemoryInit: 52,
  DataDrop: 53, MemoryCopy: 54, MemoryFill: 55, TableGet: 56, TableSet: 57, TableInit: 58, ElemDrop: 59, TableCopy: 60,
  TableGrow: 61, TableSize: 62, TableFill: 63, RefNull: 64, RefFunc: 65,
} as const

/** Opcode ids that the tables have: up to the last one behind the prefix 0xfc. */
const OPCODES = FC_BASE + 32

/** Family by opcode id, and its arguments. */
export const familyOf = new Uint8Array(OPCODES)
export const argumentA = new Int32Array(OPCODES)
export const argumentB = new Int32Array(OPCODES)
export const argumentC = new Int32Array(OPCODES)

function member(op: number, family: number, a = 0, b = 0, c = 0): void {
  familyOf[op] = family
  argumentA[op] = a
  argumentB[op] = b
  argumentC[op] = c
}

// Control.
member(Op.Unreachable, Family.Unreachable)
member(Op.Nop, Family.Nop)
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
member(Op.SelectT, Family.SelectTyped)
member(Op.LocalGet, Family.LocalGet)
member(Op.LocalSet, Family.LocalSet)
member(Op.LocalTee, Family.LocalTee)
member(Op.GlobalGet, Family.GlobalGet)
member(Op.GlobalSet, Family.GlobalSet)
member(Op.TableGet, Family.TableGet)
member(Op.TableSet, Family.TableSet)
member(Op.TableInit, Family.TableInit)
member(Op.ElemDrop, Family.ElemDrop)
member(Op.TableCopy, Family.TableCopy)
member(Op.TableGrow, Family.TableGrow)
member(Op.TableSize, Family.TableSize)
member(Op.TableFill, Family.TableFill)
member(Op.RefNull, Family.RefNull)
member(Op.RefIsNull, Family.IsZero, WIDE)
member(Op.RefFunc, Family.RefFunc)

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

member(Op.MemorySize, Family.MemorySize)
member(Op.MemoryGrow, Family.MemoryGrow)
member(Op.MemoryInit, Family.MemoryInit)
member(Op.DataDrop, Family.DataDrop)
member(Op.MemoryCopy, Family.MemoryCopy)
member(Op.MemoryFill, Family.MemoryFill)

// Constants.
member(Op.I32Const, Family.I32Const)
member(Op.I64Const, Family.I64Const)
member(Op.F32Const, Family.F32Const)
member(Op.F64Const, Family.F64Const)

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
  member(Op.F32Eq + comparison, Family.CompareFloat, comparison, Form.ucomissRM)
  member(Op.F64Eq + comparison, Family.CompareFloat, comparison, Form.ucomisdRM)
}

// Integer arithmetic: the two widths in turn.
for (const [wide, base] of [
  [0, Op.I32Clz],
  [WIDE, Op.I64Clz],
]) {
  const at = base - Op.I32Clz
  member(Op.I32Clz + at, Family.CountBits, Count.Leading, wide)
  member(Op.I32Ctz + at, Family.CountBits, Count.Trailing, wide)
  member(Op.I32Popcnt + at, Family.CountBits, Count.Ones, wide)
  member(Op.I32Add + at, Family.Alu, Alu.Add, wide)
  member(Op.I32Sub + at, Family.Alu, Alu.Sub, wide)
  member(Op.I32Mul + at, Family.Multiply, wide)
  // Signed, remainder.
  member(Op.I32DivS + at, Family.Divide, wide, 1, 0)
  member(Op.I32DivU + at, Family.Divide, wide, 0, 0)
  member(Op.I32RemS + at, Family.Divide, wide, 1, 1)
  member(Op.I32RemU + at, Family.Divide, wide, 0, 1)
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
  member(Op.F32Abs + at, Family.ChangeSign, type, 0)
  member(Op.F32Neg + at, Family.ChangeSign, type, 1)
  member(Op.F32Ceil + at, Family.Round, type, Round.Ceil)
  member(Op.F32Floor + at, Family.Round, type, Round.Floor)
  member(Op.F32Trunc + at, Family.Round, type, Round.Trunc)
  member(Op.F32Nearest + at, Family.Round, type, Round.Nearest)
  member(Op.F32Sqrt + at, Family.SquareRoot, type)
  member(Op.F32Min + at, Family.MinMax, type, 0)
  member(Op.F32Max + at, Family.MinMax, type, 1)
  member(Op.F32Copysign + at, Family.CopySign, type)
}

// Conversions: from, to; bit 0 of the third argument: signed, bit 1: saturating.
member(Op.I32TruncF32S, Family.Truncate, F32, I32, 1)
member(Op.I32TruncF32U, Family.Truncate, F32, I32, 0)
member(Op.I32TruncF64S, Family.Truncate, F64, I32, 1)
member(Op.I32TruncF64U, Family.Truncate, F64, I32, 0)
member(Op.I64TruncF32S, Family.Truncate, F32, I64, 1)
member(Op.I64TruncF32U, Family.Truncate, F32, I64, 0)
member(Op.I64TruncF64S, Family.Truncate, F64, I64, 1)
member(Op.I64TruncF64U, Family.Truncate, F64, I64, 0)
member(Op.I32TruncSatF32S, Family.Truncate, F32, I32, 3)
member(Op.I32TruncSatF32U, Family.Truncate, F32, I32, 2)
member(Op.I32TruncSatF64S, Family.Truncate, F64, I32, 3)
member(Op.I32TruncSatF64U, Family.Truncate, F64, I32, 2)
member(Op.I64TruncSatF32S, Family.Truncate, F32, I64, 3)
member(Op.I64TruncSatF32U, Family.Truncate, F32, I64, 2)
member(Op.I64TruncSatF64S, Family.Truncate, F64, I64, 3)
member(Op.I64TruncSatF64U, Family.Truncate, F64, I64, 2)

member(Op.F32ConvertI32S, Family.Convert, F32, Form.cvtsi2ss32RM)
member(Op.F32ConvertI32U, Family.Convert, F32, Form.cvtsi2ss64RM)
member(Op.F32ConvertI64S, Family.Convert, F32, Form.cvtsi2ss64RM)
member(Op.F32ConvertI64U, Family.ConvertUnsigned64, F32)
member(Op.F64ConvertI32S, Family.Convert, F64, Form.cvtsi2sd32RM)
member(Op.F64ConvertI32U, Family.Convert, F64, Form.cvtsi2sd64RM)
member(Op.F64ConvertI64S, Family.Convert, F64, Form.cvtsi2sd64RM)
member(Op.F64ConvertI64U, Family.ConvertUnsigned64, F64)
member(Op.F32DemoteF64, Family.ChangePrecision, F32)
member(Op.F64PromoteF32, Family.ChangePrecision, F64)
member(Op.I32ReinterpretF32, Family.Reinterpret, I32, Form.movdMR)
member(Op.I64ReinterpretF64, Family.Reinterpret, I64, Form.movqMR)
member(Op.F32ReinterpretI32, Family.Reinterpret, F32, Form.movdRM)
member(Op.F64ReinterpretI64, Family.Reinterpret, F64, Form.movqRM)
