/** A compiled (or lazily compiled) module. */
import type { ModuleInfo } from '../wasm/types.js'
import type { Engine } from './engine.js'

/** Sizes in bytes, times in milliseconds. */
export interface ModuleStats {
  /** Defined functions, and how many of them have been compiled. */
  readonly functions: number
  readonly compiled: number
  /** Size of the module, and of its function bodies. */
  readonly wasmBytes: number
  readonly bodyBytes: number
  /** Machine code without alignment, and its metadata. */
  readonly codeBytes: number
  readonly metadataBytes: number
  /** Decoding and validating, and compiling. */
  readonly validateMs: number
  readonly compileMs: number
}

const later = (): never => {
  throw new Error('not yet')
}

export class Module {
  readonly engine: Engine
  readonly bytes: Uint8Array
  readonly info!: ModuleInfo
  /** Name from the name section; an embedder may set another, which backtraces then show. */
  name: string | undefined

  /**
   * @param bytes copied unless `owned`
   * @param prefix put before the message of an error, for example `WebAssembly.Module()`
   * @throws CompileError, with `@+offset` at the end of its message
   */
  constructor(engine: Engine, bytes: Uint8Array, prefix = '', owned = false) {
    this.engine = engine
    this.bytes = bytes
    later()
    void prefix
    void owned
  }

  /** Name of a function: name section, else export, else import; undefined when it has none. */
  funcName(index: number): string | undefined {
    void index
    return later()
  }

  stats(): ModuleStats {
    return later()
  }

  /** Compiles what is not compiled yet. @param onProgress called now and then with functions done and in all */
  compileAll(onProgress?: (done: number, total: number) => void): void {
    void onProgress
    later()
  }
}

/** Compiles a module while its bytes arrive. */
export class ModuleStream {
  readonly engine: Engine
  readonly prefix: string

  constructor(engine: Engine, prefix = '') {
    this.engine = engine
    this.prefix = prefix
  }

  /** Takes the next bytes, which it copies. @throws CompileError as soon as the module is known to be bad */
  push(chunk: Uint8Array): void {
    void chunk
    later()
  }

  /** @throws CompileError when bytes are missing or wrong */
  finish(): Module {
    return later()
  }
}
