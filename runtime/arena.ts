/**
 * The code arena of an engine: chunks of whole pages, cut from the addon's double mapping and given back when a module
 * is collected. Code is written through one address and runs at another; a chunk knows both.
 */
import { CODE_ALIGN } from '../tiers/compiled.js'
import { addon } from './context.js'
import type { CodeArena as NativeArena } from './native.js'

const PAGE = 4096
/** Chunks inside one window share its ArrayBuffer: making one of those costs more than a small module is worth. */
const WINDOW = 4 << 20

export interface CodeChunk {
  /** Address at which the chunk runs (and at which its data is read by code). */
  readonly exec: number
  readonly size: number
  /** The same memory, writable. */
  readonly bytes: Uint8Array
  /** For storing an address in one step, as bits of a double. */
  readonly f64: Float64Array
  /** Bytes in use from the start of the chunk. */
  used: number
}

const LEAST_BYTES = 16 << 20
/** Part of the arena for jump tables, 8 bytes a function: more than that many functions have more code than fits. */
const JUMPS_PART = 1 / 32

function createShrinking(wanted: number): NativeArena {
  for (let bytes = wanted; ; bytes /= 2) {
    try {
      return addon.createArena(bytes, bytes * JUMPS_PART)
    } catch (error) {
      if (bytes <= LEAST_BYTES) throw error
    }
  }
}

interface Run {
  at: number
  size: number
}

/** The free parts of a range of offsets: first fit. */
class FreeSpace {
  /** By offset, never adjacent to each other. */
  private readonly runs: Run[]

  constructor(at: number, size: number) {
    this.runs = [{ at, size }]
  }

  /** @returns an offset, -1 when there is no room */
  take(size: number): number {
    const { runs } = this
    const index = runs.findIndex((run) => run.size >= size)
    if (index < 0) return -1
    const run = runs[index]
    const { at } = run
    run.at += size
    run.size -= size
    if (run.size === 0) runs.splice(index, 1)
    return at
  }

  give(at: number, size: number): void {
    const { runs } = this
    let index = runs.findIndex((run) => run.at > at)
    if (index < 0) index = runs.length
    const before = index > 0 ? runs[index - 1] : undefined
    const after = index < runs.length ? runs[index] : undefined
    const joinsBefore = before !== undefined && before.at + before.size === at
    const joinsAfter = after !== undefined && at + size === after.at
    if (before !== undefined && joinsBefore) {
      before.size += size + (after !== undefined && joinsAfter ? after.size : 0)
      if (joinsAfter) runs.splice(index, 1)
    } else if (after !== undefined && joinsAfter) {
      after.at = at
      after.size += size
    } else {
      runs.splice(index, 0, { at, size })
    }
  }
}

/** There is no room for more machine code. */
export class CodeSpaceError extends RangeError {
  override readonly name = 'RangeError'
  constructor() {
    super('Out of memory: the code arena of this engine is full')
  }
}

export class CodeArena {
  readonly poll: number
  private readonly arena: NativeArena
  private readonly code: FreeSpace
  private readonly jumps: FreeSpace
  private readonly windows: ArrayBuffer[] = []

  /** @param bytes wanted; where address space is limited it may be as little as `LEAST_BYTES` @throws RangeError */
  constructor(bytes: number) {
    this.arena = createShrinking(bytes)
    this.poll = this.arena.poll
    const { exec, poll, jumps, size } = this.arena
    this.code = new FreeSpace(0, poll - exec)
    this.jumps = new FreeSpace(jumps - exec, size - (jumps - exec))
  }

  /** A chunk of at least `bytes`. @throws CodeSpaceError */
  allocate(bytes: number): CodeChunk {
    const size = Math.max(PAGE, Math.ceil(bytes / PAGE) * PAGE)
    const at = this.code.take(size)
    if (at < 0) throw new CodeSpaceError()
    return this.chunkAt(at, size)
  }

  /** A piece of the space whose jumps are polls while the poll page is armed. @throws CodeSpaceError, RangeError */
  allocateJumps(bytes: number): CodeChunk {
    const size = Math.max(CODE_ALIGN, Math.ceil(bytes / CODE_ALIGN) * CODE_ALIGN)
    const at = this.jumps.take(size)
    if (at < 0) throw new CodeSpaceError()
    try {
      addon.useJumps(this.arena.id, this.arena.exec + at + size - this.arena.jumps)
    } catch (error) {
      this.jumps.give(at, size)
      throw error
    }
    return this.chunkAt(at, size)
  }

  private chunkAt(at: number, size: number): CodeChunk {
    const window = Math.floor(at / WINDOW)
    const shared = Math.floor((at + size - 1) / WINDOW) === window
    const buffer = shared ? this.window(window) : addon.view(this.arena.write + at, size)
    const offset = shared ? at - window * WINDOW : 0
    return {
      exec: this.arena.exec + at,
      size,
      bytes: new Uint8Array(buffer, offset, size),
      f64: new Float64Array(buffer, offset, size / 8),
      used: 0,
    }
  }

  private window(index: number): ArrayBuffer {
    const start = index * WINDOW
    this.windows[index] ??= addon.view(this.arena.write + start, Math.min(WINDOW, this.arena.size - start))
    return this.windows[index]
  }

  /** Takes a chunk back, given as where it runs and its size (a chunk object would keep its views alive). */
  release(exec: number, size: number): void {
    const space = exec < this.arena.poll ? this.code : this.jumps
    space.give(exec - this.arena.exec, size)
  }

  /** For giving the whole arena back. */
  get id(): number {
    return this.arena.id
  }
}
