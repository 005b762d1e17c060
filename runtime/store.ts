/**
 * A Store: the world in which instances, memories, tables, globals and functions live and may refer to each other. It
 * keeps none of them alive; see group.ts for what does.
 */
import { allocate, loadSafeInteger, release, storeAddress } from './data.js'
import { Engine } from './engine.js'
import { addAbort, addDeadline } from './interrupts.js'

let shared: Store | undefined

/** Gives the cell back when no instance of the store is left that could count in it. */
const finalizer = new FinalizationRegistry<number>((cell) => release(cell, FUEL_BYTES))
const FUEL_BYTES = 8

export class Store {
  readonly engine: Engine
  /** @internal Address of the i64 of fuel that is left; 0 in engines that do not count it. */
  readonly fuelCell: number

  constructor(engine: Engine) {
    this.engine = engine
    this.fuelCell = engine.options.consumeFuel ? allocate(FUEL_BYTES) : 0
    if (this.fuelCell !== 0) finalizer.register(this, this.fuelCell)
  }

  /**
   * Instructions that guests of this store may still execute before they trap ('all fuel consumed by WebAssembly'); 0 in a new
   * store. docs/javascript-api.md says what counts. May be read and set at any time, also by a host function that a guest calls.
   * @throws TypeError in engines without `consumeFuel`
   */
  get fuel(): number {
    this.checkFuel()
    // What could not be paid has been subtracted all the same.
    return Math.max(0, loadSafeInteger(this.fuelCell))
  }

  /** @throws RangeError unless it is an integer from 0 to 2^53 - 1 */
  set fuel(units: number) {
    this.checkFuel()
    if (!Number.isSafeInteger(units) || units < 0)
      throw new RangeError(`fuel has to be from 0 to 2^53 - 1, not ${units}`)
    storeAddress(this.fuelCell, units)
  }

  private checkFuel(): void {
    if (this.fuelCell === 0) throw new TypeError('fuel is only counted in an engine with consumeFuel: true')
  }

  /** The store of `Engine.default()`. */
  static default(): Store {
    shared ??= new Store(Engine.default())
    return shared
  }

  /**
   * Ends guest code that runs longer: once so many milliseconds have passed, every running and later call of this
   * thread throws `error()` (a RuntimeError when absent) at its next poll, until the deadline is called off.
   * @returns a function that calls it off
   */
  deadline(milliseconds: number, error?: () => Error): () => void {
    return addDeadline(milliseconds, error)
  }

  /**
   * Ends guest code when a signal is aborted: from then on every running and later call of this thread throws the signal's
   * reason at its next poll, until called off. A signal can only be aborted while JavaScript runs: by a host function, or, when
   * the guest runs in time slices, between two of them. What has to end a guest that leaves no time for that is `deadline`.
   * @returns a function that calls it off
   */
  abortOn(signal: AbortSignal): () => void {
    return addAbort(signal)
  }
}
