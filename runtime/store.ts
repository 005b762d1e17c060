/**
 * A Store: the world in which instances, memories, tables, globals and functions live and may refer to each other. It
 * keeps none of them alive; see group.ts for what does.
 */
import { Engine } from './engine.js'
import { addDeadline } from './interrupts.js'

let shared: Store | undefined

export class Store {
  readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
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
}
