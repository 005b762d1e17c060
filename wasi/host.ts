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

/** What is longer TextEncoder encodes, which Node has to load first. */
const SHORT_TEXT = 256

/** A text in UTF-8, NUL-terminated. */
function terminated(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length + 1)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80 || i === SHORT_TEXT) return new TextEncoder().encode(`${text}\0`)
    bytes[i] = code
  }
  return bytes
}

export class WasiHost {
  readonly memory = new GuestMemory()
  readonly fds = new FdTable()
  /** NUL-terminated strings. */
  readonly args: readonly Uint8Array[]
  readonly env: readonly Uint8Array[]
  private gathering: Uint8Array | undefined
  /** On performance.now()'s clock: when the guest's time is up. Sleeping ends then. */
  deadline = Infinity
  private cell: Int32Array | undefined

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.args = args.map((arg) => terminated(arg))
    this.env = Object.entries(env).map(([key, value]) => terminated(`${key}=${value}`))
  }

  /** Where the parts of a write are gathered. */
  get gather(): Uint8Array {
    this.gathering ??= new Uint8Array(GATHER_SIZE)
    return this.gathering
  }

  /**
   * Blocks the thread.
   * @throws WasiError EINTR when the guest's time is up: back in the guest, its next poll ends it
   */
  sleep(milliseconds: number): void {
    const left = this.deadline - performance.now()
    if (left <= 0) throw new WasiError(Errno.INTR)
    this.cell ??= new Int32Array(new SharedArrayBuffer(4))
    Atomics.wait(this.cell, 0, 0, Math.min(milliseconds, left))
  }
}
