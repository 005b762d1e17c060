/** The frame of an optimized function: `[rbp-8]` VMCTX, below it the allocator's slots (docs/abi.md). */
import { FRAME_VMCTX, PROBE_THRESHOLD, Reg, SCRATCH, VMCTX } from '../../abi.js'
import type { Assembler } from '../../isa/x64/assembler.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import { SLOT_BASE } from '../lower/vcode.js'

const PAGE_SHIFT = 12
const PAGE = 1 << PAGE_SHIFT
/** Largest immediate of one byte. */
const MAX_SHORT = 127

/** Offset from rbp of a slot, given as location. */
export function slotOffset(loc: number): number {
  return FRAME_VMCTX - 8 * (loc - SLOT_BASE + 1)
}

/** Bytes that a function with so many slots takes from rsp. */
export function frameBytes(slots: number): number {
  return -FRAME_VMCTX + 8 * slots
}

/**
 * VMCTX is pushed where that puts it in its place: a third of the bytes of a store, and in a function without slots, as most that are
 * called often are, it makes the whole frame.
 */
export function emitPrologue(asm: Assembler, size: number): void {
  asm.push(Reg.rbp)
  asm.rr(Form.mov64RM, Reg.rbp, Reg.rsp)
  if (size > PROBE_THRESHOLD) {
    // Touches each page on the way, so that the guard below the stack cannot be stepped over.
    asm.movImmKeepFlags(SCRATCH, (size + PAGE - 1) >> PAGE_SHIFT, 0)
    const loop = asm.here()
    asm.ri(Form.sub64MI, Reg.rsp, PAGE)
    asm.mem(Form.test32MR, Reg.rax, Reg.rsp, 0)
    asm.ri(Form.sub32MI, SCRATCH, 1)
    asm.jcc(Cc.ne, loop)
    asm.mem(Form.lea64RM, Reg.rsp, Reg.rbp, -size)
    asm.mem(Form.mov64MR, VMCTX, Reg.rbp, FRAME_VMCTX)
    return
  }
  asm.push(VMCTX)
  if (size > -FRAME_VMCTX) asm.ri(Form.sub64MI, Reg.rsp, size + FRAME_VMCTX)
}

/**
 * Takes the frame away; a `ret` follows. At a return rsp is where the prologue left it, so that it need not be read from rbp:
 * `leave` waits for the load of rbp that the callee's own epilogue has just made, through all returns of a recursion.
 */
export function emitEpilogue(asm: Assembler, size: number): void {
  if (size > MAX_SHORT) {
    asm.op(Form.leave)
    return
  }
  asm.ri(Form.add64MI, Reg.rsp, size)
  asm.pop(Reg.rbp)
}
