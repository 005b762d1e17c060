/** The frame of the poll stub (stubs.ts), where the values of a frame that stands at a poll are found. */
import { MEMBASE, Reg, SCRATCH, VMCTX } from '../tiers/abi.js'

const { rax, rcx, rdx, rbx, rsi, rdi, r8, r9, r10, r12, r13 } = Reg

/**
 * General registers that may live across a poll: all but rsp, and rbp which the frame saves. In the poll stub's frame they
 * stand in this order from rbp - 8 downwards; below them, upwards, the 16 xmm registers.
 */
export const POLL_SAVED: readonly number[] = [
  rax,
  rcx,
  rdx,
  rbx,
  rsi,
  rdi,
  r8,
  r9,
  r10,
  SCRATCH,
  r12,
  r13,
  VMCTX,
  MEMBASE,
]
