/**
 * Asynchronous calls (JS promise integration): a promising call runs on a fiber of its own; when a suspending import
 * returns a promise, that fiber is put aside and the caller gets on; when the promise settles the fiber goes on. The end of a
 * time slice is the same, at a poll: what is waited for is a turn of the event loop.
 *
 * Only the frames of one promising call may be put aside. If JavaScript stands between (an import that called an export
 * that wants to suspend), its frames cannot be, and the import throws SuspendError, as in V8.
 */
import { types } from 'node:util'
import { boundary } from './boundary.js'
import { SuspendError } from './errors.js'
import type { CallShape, HostCallback } from './calls.js'
import {
  Cell64,
  Word,
  addon,
  addressBits,
  contextAddress,
  control,
  control64,
  dropFiber,
  freshFiber,
  saveFiber,
  takeFiber,
  useFiber,
  type FiberState,
} from './context.js'
import type { Func } from './func.js'
import type { Group } from './group.js'
import type { Fiber } from './native.js'
import { addAbort, visitSlices } from './interrupts.js'
import { drive, driveSlowly } from './yield-loop.js'

export interface PromisingOptions {
  /** After so many milliseconds in which the guest did not wait, the event loop gets a turn: timers and I/O of the host run in between. */
  readonly timeslice?: number
  /** Aborted, the call ends at its next poll, or at once while it waits; its promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

interface PromisingCall {
  readonly timeslice: number
  readonly signal: AbortSignal | undefined

  readonly func: Func
  readonly shape: CallShape
  readonly fiber: Fiber
  readonly state: FiberState
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
  /** When the current time slice is over (performance.now()). */
  sliceEnd: number
  /** Of the addon: interrupts the guest then. */
  timer: number
  /** The slice was over when the guest could not be suspended. */
  isOverdue: boolean
  readonly afterHost: () => void
  /** Entry base of the call itself: anything deeper was entered by JavaScript in between. 0 before it is known. */
  base: number
}

/** The promising call whose fiber is in use, if any. */
let running: PromisingCall | undefined

/** What a suspending import waits for, while the loop unwinds to the promising call. */
let awaited: { readonly promise: Promise<unknown>; readonly deliver: (value: unknown) => void } | undefined

/** Thrown through the yield loop to get to the promising call with the guest left as it is. */
const SUSPENDED = Symbol('suspended')

/** Gives back the fiber of a call whose promise was lost, so that nothing will ever continue it. */
const finalizer = new FinalizationRegistry<Fiber>(dropFiber)

export function promisingCall(
  func: Func,
  shape: CallShape,
  { timeslice = Infinity, signal }: PromisingOptions,
): (...args: unknown[]) => Promise<unknown> {
  if (!(timeslice > 0)) throw new RangeError(`timeslice has to be a number of milliseconds above 0, not ${timeslice}`)
  if (timeslice < Infinity) visitSlices(endSlice)
  return (...args) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error)
        return
      }
      const fiber = takeFiber(func.store.engine.options.maxWasmStack)
      const state = freshFiber(fiber)
      const call: PromisingCall = {
        func,
        shape,
        fiber,
        state,
        timeslice,
        signal,
        resolve,
        reject,
        sliceEnd: Infinity,
        timer: 0,
        isOverdue: false,
        base: 0,
        afterHost: () => {
          if (!call.isOverdue) return
          call.isOverdue = false
          addon.interrupt(contextAddress)
        },
      }
      finalizer.register(call, fiber, call)
      advance(call, () => {
        shape.writeParams(func.group, args)
        control64[Cell64.callee] = addressBits(func.record)
        boundary.enter()
        call.base = control64[Cell64.entryBase]
      })
    })
}

/** Runs a call on its fiber until it ends or is suspended. @param start enters or continues the guest */
function advance(call: PromisingCall, start: () => void): void {
  const outer: FiberState = { low: 0, high: 0, sp: 0, entryBase: 0, fp: 0 }
  saveFiber(outer)
  const outerCall = running
  useFiber(call.state)
  running = call
  const { timeslice, signal } = call
  const callOff = signal === undefined ? undefined : addAbort(signal)
  if (timeslice < Infinity) beginSlice(call)
  let result: unknown
  try {
    start()
    if (control[Word.reason] !== 0) {
      if (timeslice < Infinity) driveSlowly(call.func.group, call.afterHost)
      else drive(call.func.group)
    }
    result = call.shape.readResults(call.func.group)
  } catch (error) {
    if (error === SUSPENDED) {
      saveFiber(call.state)
      wait(call)
    } else {
      finish(call)
      call.reject(error)
    }
    return
  } finally {
    callOff?.()
    if (call.timer !== 0) addon.cancelTimer(call.timer)
    useFiber(outer)
    running = outerCall
  }
  finish(call)
  call.resolve(result)
}

/** Ends a call, whatever frames are left on its fiber: nothing refers to them any more. */
function finish(call: PromisingCall): void {
  finalizer.unregister(call)
  dropFiber(call.fiber)
}

function wait(call: PromisingCall): void {
  if (awaited === undefined) throw new Error('suspended without a promise')
  const { promise, deliver } = awaited
  awaited = undefined
  const { signal } = call
  let isOver = false
  // The first of the promise and the signal counts.
  const settle = (act: () => void): void => {
    if (isOver) return
    isOver = true
    signal?.removeEventListener('abort', abort)
    act()
  }
  const fail = (error: unknown): void => {
    finish(call)
    call.reject(error)
  }
  const abort = (): void => settle(() => fail(signal?.reason))
  promise.then(
    (value) =>
      settle(() =>
        advance(call, () => {
          deliver(value)
          boundary.resume()
        }),
      ),
    (error: unknown) => settle(() => fail(error)),
  )
  if (signal?.aborted === true) abort()
  else signal?.addEventListener('abort', abort, { once: true })
}

function beginSlice(call: PromisingCall): void {
  call.sliceEnd = performance.now() + call.timeslice
  call.timer = addon.startTimer(contextAddress, call.timeslice)
}

/** At a poll: suspends the guest until the event loop has had a turn, if it is time. @throws SUSPENDED */
function endSlice(): void {
  const call = running
  if (call === undefined || performance.now() < call.sliceEnd) return
  if (call.base !== control64[Cell64.entryBase]) {
    // JavaScript stands between: once it has returned.
    call.isOverdue = true
    return
  }
  const promise = new Promise((resolve) => setImmediate(resolve))
  // Whatever else wanted this poll gets the next one.
  const deliver = (): void => addon.interrupt(contextAddress)
  awaited = { promise, deliver }
  throw SUSPENDED
}

/** What the yield loop invokes for a suspending import. @throws SuspendError */
export function suspendingInvoke(group: Group, shape: CallShape, callback: HostCallback): () => void {
  const deliver = (value: unknown): void => shape.writeResults(group, value)
  return () => {
    const value = callback(...shape.readParams(group))
    if (!types.isPromise(value)) {
      deliver(value)
      return
    }
    if (running === undefined) throw new SuspendError('trying to suspend without WebAssembly.promising')
    if (running.base !== control64[Cell64.entryBase]) throw new SuspendError('trying to suspend JS frames')
    awaited = { promise: value, deliver }
    throw SUSPENDED
  }
}
