/**
 * Asynchronous calls (JS promise integration): a promising call runs on a fiber of its own; when a suspending import
 * returns a promise, that fiber is put aside and the caller gets on; when the promise settles the fiber goes on.
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
  addressBits,
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
import { drive } from './yield-loop.js'

interface PromisingCall {
  readonly func: Func
  readonly shape: CallShape
  readonly fiber: Fiber
  readonly state: FiberState
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
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

export function promisingCall(func: Func, shape: CallShape): (...args: unknown[]) => Promise<unknown> {
  return (...args) =>
    new Promise((resolve, reject) => {
      const fiber = takeFiber(func.store.engine.options.maxWasmStack)
      const call: PromisingCall = { func, shape, fiber, state: freshFiber(fiber), resolve, reject, base: 0 }
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
  let result: unknown
  try {
    start()
    if (control[Word.reason] !== 0) drive(call.func.group)
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
  promise.then(
    (value) =>
      advance(call, () => {
        deliver(value)
        boundary.resume()
      }),
    (error: unknown) => {
      finish(call)
      call.reject(error)
    },
  )
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
