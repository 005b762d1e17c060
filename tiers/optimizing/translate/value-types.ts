/** Between the value types of Wasm and those of the intermediate representation. */
import { EXTERNREF, F32, F64, I32, I64, type ValType } from '../../../wasm/types.js'
import { Ty } from '../ir/types.js'

/** The IR type (Ty) of a Wasm value type. */
export function tyOfWasm(type: ValType): number {
  return type === I32 ? Ty.I32 : type === I64 ? Ty.I64 : type === F32 ? Ty.F32 : type === F64 ? Ty.F64 : Ty.Ref
}

/** The Wasm type of an operand by its IR type, for frame states; of a reference only the general form is known. */
export function wasmOfTy(ty: number): ValType {
  return ty === Ty.I32 ? I32 : ty === Ty.I64 ? I64 : ty === Ty.F32 ? F32 : ty === Ty.F64 ? F64 : EXTERNREF
}
