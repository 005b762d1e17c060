/** Instances. */
import type { Func } from './func.js'
import type { Global } from './global.js'
import type { Memory } from './memory.js'
import type { Module } from './module.js'
import type { Store } from './store.js'
import type { Table } from './table.js'

/** Anything that can be imported and exported; `kind` tells which. */
export type Extern = Func | Table | Memory | Global

export class Instance {
  readonly store: Store
  readonly module: Module
  /** In the order of the module's exports; the same Extern for the same entity, also for re-exported imports. */
  readonly exports: ReadonlyMap<string, Extern>

  /**
   * Instantiates as specification section 4.5.4 says, the start function included.
   * @param imports in the order of `module.info.imports`
   * @param prefix put before the message of a link error, for example `WebAssembly.Instance()`
   * @throws LinkError when an import does not fit; RuntimeError when a segment does not fit or the start function traps
   */
  constructor(store: Store, module: Module, imports: readonly Extern[], prefix = '') {
    this.store = store
    this.module = module
    this.exports = new Map()
    void imports
    void prefix
    throw new Error('not yet')
  }

  /** The exported function of this name, undefined when there is none. */
  getFunc(name: string): Func | undefined {
    void name
    return undefined
  }

  getMemory(name: string): Memory | undefined {
    void name
    return undefined
  }

  getTable(name: string): Table | undefined {
    void name
    return undefined
  }

  getGlobal(name: string): Global | undefined {
    void name
    return undefined
  }
}
