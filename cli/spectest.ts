/** The host module `spectest` that the official test scripts import. Its functions print nothing. */
import { Func } from '../runtime/func.js'
import { Global } from '../runtime/global.js'
import type { Extern } from '../runtime/instance.js'
import { Memory } from '../runtime/memory.js'
import type { Store } from '../runtime/store.js'
import { Table } from '../runtime/table.js'
import { F32, F64, FUNCREF, I32, I64, type ValType } from '../wasm/types.js'

export function spectest(store: Store): ReadonlyMap<string, Extern> {
  const ignore = (...params: ValType[]): Func =>
    Func.raw(store, { kind: 'func', params, results: [] }, () => {
      // The scripts check results, not output.
    })
  const constant = (type: ValType, value: unknown): Global => new Global(store, { type, mutable: false }, value)
  return new Map<string, Extern>([
    ['print', ignore()],
    ['print_i32', ignore(I32)],
    ['print_i64', ignore(I64)],
    ['print_f32', ignore(F32)],
    ['print_f64', ignore(F64)],
    ['print_i32_f32', ignore(I32, F32)],
    ['print_f64_f64', ignore(F64, F64)],
    ['global_i32', constant(I32, 666)],
    ['global_i64', constant(I64, 666n)],
    ['global_f32', constant(F32, 666.6)],
    ['global_f64', constant(F64, 666.6)],
    ['table', new Table(store, { element: FUNCREF, min: 10, max: 20 }, null)],
    ['memory', new Memory(store, { min: 1, max: 2 })],
  ])
}
