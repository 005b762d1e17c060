/** An Engine owns the code arena and compiles modules into it. */
import { environmentOptions, resolveOptions, type EngineOptions } from './options.js'

let shared: Engine | undefined

export class Engine {
  readonly options: Required<EngineOptions>

  /** @throws OptionError */
  constructor(options: EngineOptions = {}) {
    this.options = resolveOptions({ ...environmentOptions(), ...options })
  }

  /** The engine that the `WebAssembly` namespace uses; one a thread. */
  static default(): Engine {
    shared ??= new Engine()
    return shared
  }
}
