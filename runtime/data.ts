/**
 * Small native memory of this thread: contexts, records, global cells. A bump allocator over one reservation with free
 * lists by size, and typed-array windows through which JavaScript reads and writes it.
 *
 * Blocks are zero when they are given out, aligned to 64 bytes (a cache line: contexts are hot), and never cross a
 * window, so that whoever fills one can take the window's arrays and index them.
 */
import { addon, reserveShrinking } from './context.js'

const WINDOW = 1 << 20
const ALIGN = 64
/** Address space only; what is used of it is bounded by the limits on module sizes. */
const WANTED = 2 ** 33
/** Where address space is limited (ulimit -v) less will do for ordinary programs. */
const LEAST = 2 ** 26

export interface Window {
  readonly base: number
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
}

let base = 0
let next = 0
let end = 0
const windows: Window[] = []
/** The window in which small blocks are cut. */
let bump = 0
let bumpEnd = 0
const free = new Map<number, number[]>()

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit
}

/** The size that is really given out for a request: fine steps for small blocks, whole windows for large ones. */
function sizeClass(bytes: number): number {
  if (bytes <= 4096) return roundUp(Math.max(bytes, 1), ALIGN)
  if (bytes <= WINDOW / 2) return 2 ** Math.ceil(Math.log2(bytes))
  return roundUp(bytes, WINDOW)
}

function openWindow(bytes: number): Window {
  if (base === 0) {
    const space = reserveShrinking(WANTED, LEAST)
    base = space.address
    next = base
    end = base + space.bytes
  }
  if (next + bytes > end) throw new RangeError('too many WebAssembly instances in this thread')
  addon.commit(next, bytes)
  const view = addon.view(next, bytes)
  const window: Window = {
    base: next,
    i32: new Int32Array(view),
    u32: new Uint32Array(view),
    f32: new Float32Array(view),
    f64: new Float64Array(view),
    i64: new BigInt64Array(view),
  }
  for (let at = 0; at < bytes; at += WINDOW) windows.push(window)
  next += bytes
  return window
}

/** Allocates a zeroed block. @returns its address, a multiple of 64 */
export function allocate(bytes: number): number {
  const size = sizeClass(bytes)
  const list = free.get(size)
  const reused = list?.pop()
  if (reused !== undefined) {
    const window = windowOf(reused)
    const at = (reused - window.base) / 4
    window.i32.fill(0, at, at + size / 4)
    return reused
  }
  if (size > WINDOW / 2) return openWindow(size).base
  if (bump + size > bumpEnd) {
    bump = openWindow(WINDOW).base
    bumpEnd = bump + WINDOW
  }
  const address = bump
  bump += size
  return address
}

/** Gives back a block of `allocate(bytes)`. */
export function release(address: number, bytes: number): void {
  const size = sizeClass(bytes)
  const list = free.get(size)
  if (list === undefined) free.set(size, [address])
  else list.push(address)
}

/** The window of an address that `allocate` gave out (or one inside such a block). */
export function windowOf(address: number): Window {
  return windows[((address - base) / WINDOW) | 0]
}

export function load32(address: number): number {
  const window = windowOf(address)
  return window.u32[(address - window.base) >>> 2]
}

export function store32(address: number, value: number): void {
  const window = windowOf(address)
  window.i32[(address - window.base) >>> 2] = value
}

export function loadAddress(address: number): number {
  const window = windowOf(address)
  const at = (address - window.base) >>> 2
  return window.u32[at] + window.u32[at + 1] * 2 ** 32
}

/** An i64 of at most 53 bits. */
export function loadSafeInteger(address: number): number {
  const window = windowOf(address)
  return Number(window.i64[(address - window.base) >>> 3])
}

export function storeAddress(address: number, value: number): void {
  const window = windowOf(address)
  const at = (address - window.base) >>> 2
  window.u32[at] = value
  window.u32[at + 1] = value / 2 ** 32
}

/** The 8 bytes at an address as the bits of a double (see context.ts). */
export function loadBits(address: number): number {
  const window = windowOf(address)
  return window.f64[(address - window.base) >>> 3]
}

export function storeBits(address: number, bits: number): void {
  const window = windowOf(address)
  window.f64[(address - window.base) >>> 3] = bits
}
