/** Something for a thread to do: a guest that spins for a while, without a test framework around it. */
import { Engine } from '../../runtime/engine.js'
import { Instance } from '../../runtime/instance.js'
import { Module } from '../../runtime/module.js'
import { Store } from '../../runtime/store.js'
import { assemble } from '../../wasm/text/assemble.js'

const SPIN = `(module (func (export "spin") (param i32)
  (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`

let callable: ((...args: unknown[]) => unknown) | undefined

/** Spins for about `milliseconds`. */
export function spin(milliseconds: number): void {
  if (callable === undefined) {
    const store = new Store(new Engine())
    callable = new Instance(store, new Module(store.engine, assemble(SPIN)), []).getFunc('spin')?.callable
  }
  const end = performance.now() + milliseconds
  while (performance.now() < end) callable?.(500_000)
}
