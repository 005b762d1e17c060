/** The registers of the calling convention as the sets that the compiler works with (kinds.ts). */
import { ARG_GPRS, ARG_XMMS, TEMP_GPRS, TEMP_XMMS, XMM } from '../abi.js'

function setOf(regs: readonly number[], base: number): number {
  return regs.reduce((set, reg) => set | (1 << (base + reg)), 0)
}

/** Those of arguments, which locals may own for the whole function. */
export const PIN_POOL = setOf(ARG_GPRS, 0) | setOf(ARG_XMMS, XMM)
export const PIN_GPRS = ARG_GPRS.length
export const PIN_XMMS = ARG_XMMS.length
/** The others that may hold operands, and the general ones among them. */
export const TEMP_POOL = setOf(TEMP_GPRS, 0) | setOf(TEMP_XMMS, XMM)
export const TEMP_GPR_SET = setOf(TEMP_GPRS, 0)
