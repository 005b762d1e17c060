/**
 * Types, condition codes and access kinds of the intermediate representation: the small integers that stand in the
 * arrays of `IrFunction` (function.ts).
 */
/**
 * Type of a value. References are one type: the tier never looks inside them. A value of type I32 is 32 bits; a
 * register that holds one has zeros above them (tiers/abi.ts), so `uext` costs nothing.
 */
export const Ty = { None: 0, I32: 1, I64: 2, F32: 3, F64: 4, Ref: 5 } as const
export type Ty = (typeof Ty)[keyof typeof Ty]

/** Text names, by `Ty`. */
export const tyNames = ['none', 'i32', 'i64', 'f32', 'f64', 'ref'] as const

export function isIntTy(ty: number): boolean {
  return ty === Ty.I32 || ty === Ty.I64
}

export function isFloatTy(ty: number): boolean {
  return ty === Ty.F32 || ty === Ty.F64
}

/** Bits of a value of a type; 64 for references, which are addresses or handles. */
export function tyBits(ty: number): number {
  return ty === Ty.I32 || ty === Ty.F32 ? 32 : 64
}

/** Condition of `icmp`, in the order of Wasm's opcodes (i32.eq, i32.ne, i32.lt_s, ...). */
export const IntCc = { Eq: 0, Ne: 1, SLt: 2, ULt: 3, SGt: 4, UGt: 5, SLe: 6, ULe: 7, SGe: 8, UGe: 9 } as const
export type IntCc = (typeof IntCc)[keyof typeof IntCc]
export const intCcNames = ['eq', 'ne', 'slt', 'ult', 'sgt', 'ugt', 'sle', 'ule', 'sge', 'uge'] as const

/** The condition that holds exactly when `cc` does not. */
export const intCcInverse: Uint8Array = Uint8Array.of(
  IntCc.Ne, IntCc.Eq, IntCc.SGe, IntCc.UGe, IntCc.SLe, IntCc.ULe, IntCc.SGt, IntCc.UGt, IntCc.SLt, IntCc.ULt,
) // oxfmt-ignore

/** The condition that holds for (b, a) exactly when `cc` holds for (a, b). */
export const intCcSwapped: Uint8Array = Uint8Array.of(
  IntCc.Eq, IntCc.Ne, IntCc.SGt, IntCc.UGt, IntCc.SLt, IntCc.ULt, IntCc.SGe, IntCc.UGe, IntCc.SLe, IntCc.ULe,
) // oxfmt-ignore

/** Condition of `fcmp`, in the order of Wasm's opcodes. All but Ne are false when an operand is NaN. */
export const FloatCc = { Eq: 0, Ne: 1, Lt: 2, Gt: 3, Le: 4, Ge: 5 } as const
export type FloatCc = (typeof FloatCc)[keyof typeof FloatCc]
export const floatCcNames = ['eq', 'ne', 'lt', 'gt', 'le', 'ge'] as const

/**
 * `aux` of loads and stores: log2 of the width in bytes (2 bits), whether a load extends by the sign (1 bit), and from
 * bit 8 on the memory's index. The offset immediate is in `immLo`, `immHi` (unsigned 64 bits).
 */
export const ACCESS_WIDTH_MASK = 3
export const ACCESS_SIGNED = 4
export const ACCESS_MEMORY_SHIFT = 8

export function accessAux(widthLog2: number, signed: boolean, memory: number): number {
  return widthLog2 | (signed ? ACCESS_SIGNED : 0) | (memory << ACCESS_MEMORY_SHIFT)
}
/** Width of the access in bytes. */
export function accessBytes(aux: number): number {
  return 1 << (aux & ACCESS_WIDTH_MASK)
}
export function accessSigned(aux: number): boolean {
  return (aux & ACCESS_SIGNED) !== 0
}
export function accessMemory(aux: number): number {
  return aux >>> ACCESS_MEMORY_SHIFT
}
