/** The registers that are given out, and what is thrown when giving them out goes wrong. */
import { Reg } from '../../abi.js'
import { XMM_BASE } from '../lower/vcode.js'

/** A broken invariant of the allocator or of the code it was given: a bug of ours. */
export class AllocatorError extends Error {
  override readonly name = 'AllocatorError'
}

/** Allocatable registers of each class, the preferred first: those that need no REX prefix. */
export const GPRS = Uint8Array.of(Reg.rax, Reg.rcx, Reg.rdx, Reg.rsi, Reg.rdi, Reg.rbx, Reg.r8, Reg.r9, Reg.r10, Reg.r12, Reg.r13) // oxfmt-ignore
export const XMMS = Uint8Array.from({ length: 15 }, (_, i) => XMM_BASE + i)

/** By class. */
export const ALLOCATABLE = [GPRS, XMMS] as const
