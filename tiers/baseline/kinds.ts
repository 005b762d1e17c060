/** Kinds of operands, and registers as sets (see state.ts for what they mean). */
import { F32, F64 } from '../../wasm/types.js'

export const Kind = { Const: 0, Local: 1, Reg: 2, Home: 3 } as const

export const GPRS = 0xffff
export const XMMS = 0x7fff0000

export function isFloat(type: number): boolean {
  return type === F32 || type === F64
}
