/**
 * This thread's execution context as typed arrays, and the fiber that guest code runs on.
 *
 * There is one context a JavaScript thread, as there is one copy of this file's state. Addresses (47 bits) are plain
 * numbers; where one has to be stored as a 64-bit word in one step, its bits are carried in a double (`addressBits`):
 * such a double is subnormal, never a NaN, so moving it around keeps every bit.
 */
import { ExecContext } from '../tiers/abi.js'
import { native, type Fiber } from './native.js'

/**
 * The cells in which operands and results cross between JavaScript and compiled code. Cell k is `i32[2 * k]`, `f64[k]`,
 * `i64[k]`. A raw host function finds its arguments from cell 0 on and leaves its results from cell 0 on; an i32 result
 * is its low word. The views never change.
 */
export interface Slab {
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
}

export const addon = native()

for (const [name, offset] of Object.entries(ExecContext)) {
  if (name === 'cells' || addon.contextLayout[name] === offset) continue
  throw new Error(`the addon was built for another layout (ExecContext.${name}); run npm run build`)
}

const buffer = addon.context.buffer
const cellCount = (ExecContext.size - ExecContext.cells) / 8

export const contextAddress = addon.context.address
/** The whole context in words of 4 and 8 bytes, for the control part. */
export const control = new Int32Array(buffer)
export const control64 = new Float64Array(buffer)
const controlU32 = new Uint32Array(buffer)

export const slab: Slab = {
  i32: new Int32Array(buffer, ExecContext.cells, cellCount * 2),
  u32: new Uint32Array(buffer, ExecContext.cells, cellCount * 2),
  f32: new Float32Array(buffer, ExecContext.cells, cellCount * 2),
  f64: new Float64Array(buffer, ExecContext.cells, cellCount),
  i64: new BigInt64Array(buffer, ExecContext.cells, cellCount),
  u64: new BigUint64Array(buffer, ExecContext.cells, cellCount),
}

/** Indices into `control`. */
export const Word = {
  reason: ExecContext.reason / 4,
  operand: ExecContext.operand / 4,
  misses: ExecContext.misses / 4,
  traceLeft: ExecContext.traceLeft / 4,
  traceLength: ExecContext.traceLength / 4,
} as const
/** Indices into `control64`. */
export const Cell64 = {
  callee: ExecContext.callee / 8,
  fiberSp: ExecContext.fiberSp / 8,
  entryBase: ExecContext.entryBase / 8,
  fiberLow: ExecContext.fiberLow / 8,
  fiberHigh: ExecContext.fiberHigh / 8,
  pollStub: ExecContext.pollStub / 8,
  callPollStub: ExecContext.callPollStub / 8,
  fp: ExecContext.fp / 8,
} as const

/** Reads an address from the control part, by its byte offset. */
export function controlAddress(offset: number): number {
  return controlU32[offset / 4] + controlU32[offset / 4 + 1] * 2 ** 32
}

const bits64 = new Float64Array(1)
const bits32 = new Uint32Array(bits64.buffer)

/** The double whose bits are the 64-bit integer `address`. */
export function addressBits(address: number): number {
  bits32[0] = address
  bits32[1] = address / 2 ** 32
  return bits64[0]
}

/** The inverse of `addressBits`. */
export function bitsAddress(bits: number): number {
  bits64[0] = bits
  return bits32[0] + bits32[1] * 2 ** 32
}

/**
 * Reserves address space: as much as wanted, or half of it, and so on, but not less than needed.
 * @throws RangeError (ERR_WINDLASS_RESERVE)
 */
export function reserveShrinking(wanted: number, needed: number): { address: number; bytes: number } {
  let bytes = wanted
  for (;;) {
    try {
      return { address: addon.reserve(bytes), bytes }
    } catch (error) {
      const less = Math.floor(bytes / 2 / addon.pageSize) * addon.pageSize
      if (less < needed || less === 0) throw error
      bytes = less
    }
  }
}

// --- stacks ----------------------------------------------------------------------------------------------------------

/** What the context says about the fiber in use, kept while another one is. Addresses as bits. */
export interface FiberState {
  low: number
  high: number
  sp: number
  entryBase: number
  fp: number
}

/** Makes the context use a fiber. */
export function useFiber(state: FiberState): void {
  control64[Cell64.fiberLow] = state.low
  control64[Cell64.fiberHigh] = state.high
  control64[Cell64.fiberSp] = state.sp
  control64[Cell64.entryBase] = state.entryBase
  control64[Cell64.fp] = state.fp
}

export function saveFiber(state: FiberState): void {
  state.low = control64[Cell64.fiberLow]
  state.high = control64[Cell64.fiberHigh]
  state.sp = control64[Cell64.fiberSp]
  state.entryBase = control64[Cell64.entryBase]
  state.fp = control64[Cell64.fp]
}

/** The state of a fiber on which nothing runs. */
export function freshFiber(fiber: Fiber): FiberState {
  return {
    low: addressBits(fiber.low),
    high: addressBits(fiber.high),
    sp: addressBits(fiber.high),
    entryBase: 0,
    fp: 0,
  }
}

/** Fibers in use, by their lowest address: what a scan for references has to read. */
export const fibers = new Map<number, Fiber>()

export function takeFiber(bytes: number): Fiber {
  const fiber = addon.createFiber(bytes)
  fibers.set(fiber.low, fiber)
  return fiber
}

export function dropFiber(fiber: Fiber): void {
  fibers.delete(fiber.low)
  addon.releaseFiber(fiber.low)
}

let mainFiber: Fiber | undefined
let mainBytes = 0

/**
 * Sees to it that ordinary calls of this thread run on a stack of `bytes`. The stack is one a thread: when engines ask
 * for different sizes the last one wins, and while guest code is running nothing changes.
 */
export function provideStack(bytes: number): void {
  if (bytes === mainBytes) return
  const old = mainFiber
  if (old !== undefined) {
    const idle = controlAddress(ExecContext.fiberSp) === old.high && controlAddress(ExecContext.fiberHigh) === old.high
    if (!idle) return
  }
  mainFiber = takeFiber(bytes)
  mainBytes = bytes
  useFiber(freshFiber(mainFiber))
  if (old !== undefined) dropFiber(old)
}
