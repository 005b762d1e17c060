/**
 * What is left of a guest when it stops: registers, the used part of its stack, and the frames on it with their instances.
 * Taken while the frames are still there (they are dropped when the error is thrown on); everything else, what the values
 * mean above all, is found out later, when somebody asks. So a trap that nobody looks into costs two copies.
 *
 * Memories, globals and tables are not copied: they are read when they are asked for, which is soon in practice.
 */
import { ExecContext, FRAME_VMCTX, Reg } from '../../tiers/abi.js'
import { findVersion, type CodeVersion } from '../code.js'
import { addon, control, controlAddress } from '../context.js'
import { instanceAt } from '../instance-registry.js'
import type { Instance } from '../instance.js'
import type { TrapInfo } from './trap-info.js'

/** More of a stack than this is not copied; the frames beyond are not known then. */
const MAX_STACK_BYTES = 16 << 20
/** A dump of a runaway recursion has no more frames than this. */
export const MAX_FRAMES = 1 << 16

/** One frame of compiled code. */
export interface StackFrame {
  readonly version: CodeVersion
  readonly instance: Instance | undefined
  /** Offset of the instruction in the version's code, or of where a call returns to. */
  readonly offset: number
  readonly isReturn: boolean
  /** Its rbp; 0 when the frame was not made yet (an overflow in the prologue). */
  readonly fp: number
  /** Frame of the poll stub that this frame called, which has its registers; 0 if none. */
  readonly callee: number
}

export class GuestSnapshot {
  /** Where the guest was: a fault's address, 0 when it had called the host. */
  readonly pc: number
  readonly fp: number
  readonly sp: number
  /** Number of the signal, and the address of a faulting access; 0 when there was none. */
  readonly signal: number
  readonly faultAddress: number
  /** 16 general registers, two words each, and 16 xmm registers, four each; only meaningful at a fault. */
  readonly gprs: Uint32Array
  readonly xmms: Uint32Array
  /** Innermost first. */
  readonly frames: readonly StackFrame[]
  private readonly stackLow: number
  private readonly stack: Uint32Array

  /** @param fault the guest stopped by a signal, which the trap record describes; otherwise it called the host */
  constructor(fault: boolean) {
    this.pc = fault ? controlAddress(ExecContext.trapPc) : 0
    this.fp = controlAddress(fault ? ExecContext.trapFp : ExecContext.fp)
    this.sp = controlAddress(fault ? ExecContext.trapSp : ExecContext.fiberSp)
    this.signal = fault ? control[ExecContext.trapSignal / 4] : 0
    this.faultAddress = fault ? controlAddress(ExecContext.trapAddress) : 0
    const { buffer } = control
    this.gprs = new Uint32Array(buffer, ExecContext.trapGprs, 32).slice()
    this.xmms = new Uint32Array(buffer, ExecContext.trapXmms, 64).slice()
    const low = Math.max(controlAddress(ExecContext.fiberLow), this.sp - (this.sp % 8))
    const high = Math.min(controlAddress(ExecContext.fiberHigh), low + MAX_STACK_BYTES)
    this.stackLow = low
    this.stack = high > low ? new Uint32Array(addon.view(low, high - low)).slice() : new Uint32Array(0)
    this.frames = this.walk(controlAddress(ExecContext.entryBase))
  }

  /** The 4 bytes at an address of the stack, 0 elsewhere. */
  word(address: number): number {
    const at = (address - this.stackLow) / 4
    return at >= 0 && at < this.stack.length ? this.stack[at] : 0
  }

  /** The 8 bytes at an address of the stack as an address. */
  address(at: number): number {
    return this.word(at) + this.word(at + 4) * 2 ** 32
  }

  /** A general register at the fault, as an address. */
  register(reg: number): number {
    return this.gprs[reg * 2] + this.gprs[reg * 2 + 1] * 2 ** 32
  }

  private walk(firstEntry: number): StackFrame[] {
    const frames: StackFrame[] = []
    let entryBase = firstEntry
    let at = this.fp
    const add = (pc: number, isReturn: boolean, fp: number, callee: number): void => {
      const version = findVersion(isReturn ? pc - 1 : pc)
      if (version === undefined) return
      const vmctx = fp === 0 ? this.register(Reg.r14) : this.address(fp + FRAME_VMCTX)
      frames.push({ version, instance: instanceAt(vmctx), offset: pc - version.start, isReturn, fp, callee })
    }
    if (this.pc !== 0) {
      const unmade = this.unmadeFrame()
      add(this.pc, false, unmade < 0 ? this.fp : 0, 0)
      // The caller is not on the chain yet: its return address is still on top of the stack.
      if (unmade >= 0) add(this.address(this.sp + unmade), true, this.fp, 0)
    }
    while (at !== 0 && frames.length < MAX_FRAMES) {
      const next = this.address(at)
      if (at === entryBase) {
        entryBase = this.address(at + 16)
      } else {
        const back = this.address(at + 8)
        if (back === 0) break
        add(back, true, next, at)
      }
      // The chain leads towards higher addresses on one stack; anything else is a damaged or another one.
      if (next <= at) break
      at = next
    }
    return frames
  }

  /**
   * Where the return address of the innermost function is above rsp when the fault came before its prologue was through
   * (`push rbp; mov rbp, rsp`, docs/abi.md), -1 when its frame is made.
   */
  private unmadeFrame(): number {
    const version = findVersion(this.pc)
    if (version === undefined || version.loop >= 0) return -1
    const offset = this.pc - version.start
    if (offset === 0) return 0
    return offset === PUSH_RBP_LENGTH ? 8 : -1
  }
}

/** Length of `push rbp`. */
const PUSH_RBP_LENGTH = 1

/** What an error that ended guest code left behind. */
export interface Remains {
  readonly snapshot: GuestSnapshot
  /** What explains the trap; undefined when it was none. */
  readonly trap: () => TrapInfo | undefined
}

const remains = new WeakMap<Error, Remains>()

/** The remains of the guest that an error ended, undefined when it did not come out of guest code. */
export function remainsOf(error: unknown): Remains | undefined {
  return error instanceof Error ? remains.get(error) : undefined
}

/** Keeps what an error left behind, once: the innermost call knows best. */
export function keepRemains(error: Error, found: Remains): void {
  if (!remains.has(error)) remains.set(error, found)
}
