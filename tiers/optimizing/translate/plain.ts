/**
 * Opcodes that are one operation on one or two operands with one result: columns by opcode id, read by the translator's
 * loop. `plainOp` is 0 elsewhere (no such opcode is IrOp 0, a constant).
 */
import { Op, OPCODE_SPACE } from '../../../wasm/opcodes.js'
import { IrOp, opArgs } from '../ir/ops.js'
import { FloatCc, IntCc, Ty } from '../ir/types.js'

export const plainOp: Uint16Array = new Uint16Array(OPCODE_SPACE)
export const plainTy: Uint8Array = new Uint8Array(OPCODE_SPACE)
export const plainAux: Uint8Array = new Uint8Array(OPCODE_SPACE)
export const plainArgs: Uint8Array = new Uint8Array(OPCODE_SPACE)

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
