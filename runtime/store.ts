/** A Store: the world in which instances, memories, tables, globals and functions live and may refer to each other. */
import { Engine } from './engine.js'

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
   * Ends guest code that runs longer: after so many milliseconds the next poll throws `error()` (a RuntimeError when
   * absent) out of the running call. @returns a function that calls it off
   */
  deadline(milliseconds: number, error?: () => Error): () => void {
    void milliseconds
    void error
    throw new Error('not yet')
  }
}
