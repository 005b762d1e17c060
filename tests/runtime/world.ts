/** A store to test in, and instances from text. */
import { Engine } from '#dist/runtime/engine.js'
import type { EngineOptions } from '#dist/runtime/options.js'
import { Func, type Callable, type HostCallback } from '#dist/runtime/func.js'
import { Instance, type Extern } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import type { ValType } from '#dist/wasm/types.js'

export class World {
  readonly store: Store

  constructor(options: EngineOptions = {}) {
    this.store = new Store(new Engine(options))
  }

  module(text: string): Module {
    return new Module(this.store.engine, assemble(text))
  }

  instance(text: string, ...imports: Extern[]): Instance {
    return new Instance(this.store, this.module(text), imports)
  }

  host(params: readonly ValType[], results: readonly ValType[], fn: HostCallback): Func {
    return Func.host(this.store, { kind: 'func', params, results }, fn)
  }
}

/** The function object of an export. */
export function call(instance: Instance, name: string): Callable {
  const func = instance.getFunc(name)
  if (func === undefined) throw new Error(`no function ${name}`)
  return func.callable
}
