/**
 * What one guest's host calls share: its memory, descriptors, arguments and environment, and a way to sleep.
 */
import { Errno, WasiError } from './errno.js'
import { FdTable } from './fd-table.js'
import { GuestMemory } from './guest-memory.js'

/** Thrown by proc_exit and proc_raise, caught where the guest was started. Not an Error: it is no failure. */
export class ProcExit {
  readonly code: number

  constructor(code: number) {
    this.code = code
  }
}

/** Bytes that a call with several buffers gathers, so that they go out in one write. */
const GATHER_SIZE = 64 * 1024

export class WasiHost {
  readonly memory = new GuestMemory()
  readonly fds = new FdTable()
  /** NUL-terminated strings. */
  readonly args: readonly Uint8Array[]
  readonly env: readonly Uint8Array[]
  readonly gather = new Uint8Array(GATHER_SIZE)
  /** On performance.now()'s clock: when the guest's time is up. Sleeping ends then. */
  deadline = Infinity
  private readonly cell = new Int32Array(new SharedArrayBuffer(4))

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const encoder = new TextEncoder()
    this.args = args.map((arg) => encoder.encode(`${arg}\0`))
    this.env = Object.entries(env).map(([key, value]) => encoder.encode(`${key}=${value}\0`))
  }

  /**
   * Blocks the thread.
   * @throws WasiError EINTR when the guest's time is up: back in the guest, its next poll ends it
   */
  sleep(milliseconds: number): void {
    const left = this.deadline - performance.now()
    if (left <= 0) throw new WasiError(Errno.INTR)
    Atomics.wait(this.cell, 0, 0, Math.min(milliseconds, left))
  }
}
