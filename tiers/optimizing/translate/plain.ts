/**
 * Opcodes whose meaning is a line of a table, as columns by opcode id.
 *
 * Those that are one operation on one or two operands with one result are read by the translator's loop. `plainOp` is 0 elsewhere
 * (no such opcode is IrOp 0, a constant). Loads and stores have a type that is not Ty.None, and the `aux` of the operation.
 */
import { Op, OPCODE_SPACE } from '../../../wasm/opcodes.js'
import { IrOp, opArgs } from '../ir/ops.js'
import { accessAux, FloatCc, IntCc, Ty } from '../ir/types.js'

export const plainOp: Uint8Array = new Uint8Array(OPCODE_SPACE)
export const plainTy: Uint8Array = new Uint8Array(OPCODE_SPACE)
export const plainAux: Uint8Array = new Uint8Array(OPCODE_SPACE)
export const plainArgs: Uint8Array = new Uint8Array(OPCODE_SPACE)

export const loadTy: Uint8Array = new Uint8Array(OPCODE_SPACE)
export const storeTy: Uint8Array = new Uint8Array(OPCODE_SPACE)
export const accessAuxs: Uint8Array = new Uint8Array(OPCODE_SPACE)

function on(opcode: number, op: number, ty: number, aux = 0): void {
  plainOp[opcode] = op
  plainTy[opcode] = ty
  plainAux[opcode] = aux
  plainArgs[opcode] = opArgs[op]
}

const SIGNED = 1
const UNSIGNED = 0

// Integers, in the order of the opcodes.
const INTEGER_OPS = [
  IrOp.Clz, IrOp.Ctz, IrOp.Popcnt, IrOp.Iadd, IrOp.Isub, IrOp.Imul, IrOp.Sdiv, IrOp.Udiv, IrOp.Srem, IrOp.Urem,
  IrOp.Band, IrOp.Bor, IrOp.Bxor, IrOp.Ishl, IrOp.Sshr, IrOp.Ushr, IrOp.Rotl, IrOp.Rotr,
] // oxfmt-ignore
INTEGER_OPS.forEach((op, i) => {
  on(Op.I32Clz + i, op, Ty.I32)
  on(Op.I64Clz + i, op, Ty.I64)
})
for (const cc of Object.values(IntCc)) {
  on(Op.I32Eq + cc, IrOp.Icmp, Ty.I32, cc)
  on(Op.I64Eq + cc, IrOp.Icmp, Ty.I64, cc)
}
on(Op.I32Eqz, IrOp.Ieqz, Ty.I32)
on(Op.I64Eqz, IrOp.Ieqz, Ty.I64)
on(Op.RefIsNull, IrOp.Ieqz, Ty.Ref)
on(Op.I32WrapI64, IrOp.Wrap, Ty.I32)
on(Op.I64ExtendI32S, IrOp.Sext, Ty.I64)
on(Op.I64ExtendI32U, IrOp.Uext, Ty.I64)
on(Op.I32Extend8S, IrOp.Sext8, Ty.I32)
on(Op.I32Extend16S, IrOp.Sext16, Ty.I32)
on(Op.I64Extend8S, IrOp.Sext8, Ty.I64)
on(Op.I64Extend16S, IrOp.Sext16, Ty.I64)
on(Op.I64Extend32S, IrOp.Sext32, Ty.I64)

// Floats, in the order of the opcodes.
const FLOAT_OPS = [
  IrOp.Fabs, IrOp.Fneg, IrOp.Fceil, IrOp.Ffloor, IrOp.Ftrunc, IrOp.Fnearest, IrOp.Fsqrt,
  IrOp.Fadd, IrOp.Fsub, IrOp.Fmul, IrOp.Fdiv, IrOp.Fmin, IrOp.Fmax, IrOp.Fcopysign,
] // oxfmt-ignore
FLOAT_OPS.forEach((op, i) => {
  on(Op.F32Abs + i, op, Ty.F32)
  on(Op.F64Abs + i, op, Ty.F64)
})
for (const cc of Object.values(FloatCc)) {
  on(Op.F32Eq + cc, IrOp.Fcmp, Ty.F32, cc)
  on(Op.F64Eq + cc, IrOp.Fcmp, Ty.F64, cc)
}
on(Op.F32DemoteF64, IrOp.Demote, Ty.F32)
on(Op.F64PromoteF32, IrOp.Promote, Ty.F64)

// Between the two: four opcodes each, by source and sign.
function onConversions(opcode: number, op: number, ty: number): void {
  for (let i = 0; i < 4; i++) on(opcode + i, op, ty, i % 2 === 0 ? SIGNED : UNSIGNED)
}
onConversions(Op.I32TruncF32S, IrOp.Ftoi, Ty.I32)
onConversions(Op.I64TruncF32S, IrOp.Ftoi, Ty.I64)
onConversions(Op.I32TruncSatF32S, IrOp.FtoiSat, Ty.I32)
onConversions(Op.I64TruncSatF32S, IrOp.FtoiSat, Ty.I64)
onConversions(Op.F32ConvertI32S, IrOp.Itof, Ty.F32)
onConversions(Op.F64ConvertI32S, IrOp.Itof, Ty.F64)
on(Op.I32ReinterpretF32, IrOp.Bitcast, Ty.I32)
on(Op.I64ReinterpretF64, IrOp.Bitcast, Ty.I64)
on(Op.F32ReinterpretI32, IrOp.Bitcast, Ty.F32)
on(Op.F64ReinterpretI64, IrOp.Bitcast, Ty.F64)

// Memory 0, which is all that there is.
function onLoad(opcode: number, ty: number, widthLog2: number, signed = false): void {
  loadTy[opcode] = ty
  accessAuxs[opcode] = accessAux(widthLog2, signed, 0)
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
  storeTy[opcode] = ty
  accessAuxs[opcode] = accessAux(widthLog2, false, 0)
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
