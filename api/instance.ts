/** `WebAssembly.Instance` (JS API section 5.2) and the object of its exports. */
import { Instance as RuntimeInstance, type Extern } from '../runtime/instance.js'
import type { Module as RuntimeModule } from '../runtime/module.js'
import { Store } from '../runtime/store.js'
import { ExternKind } from '../wasm/types.js'
import { wrapGlobal } from './global.js'
import { importsArgument, readImports } from './imports.js'
import { wrapMemory } from './memory.js'
import { moduleOf } from './module.js'
import { wrapTable } from './table.js'
import type * as Types from './types.js'
import { bind, defineInterface, innerOf, needsNew, wrapperOf } from './webidl.js'

const OPERATION = 'WebAssembly.Instance()'

/** What an Instance object stands for. */
class InstanceState {
  readonly exports: Types.Exports

  constructor(exports: Types.Exports) {
    this.exports = exports
  }
}

function exportValue(extern: Extern): Types.ExportValue {
  if (extern.kind === ExternKind.Func) return extern.callable
  if (extern.kind === ExternKind.Table) return wrapTable(extern)
  return extern.kind === ExternKind.Memory ? wrapMemory(extern) : wrapGlobal(extern)
}

/**
 * The exports object, without a prototype but with V8's fast properties, which `Object.create(null)` would not have: from
 * a fast one that does not change V8's compiler takes a function as a constant. Definitions keep it fast longer than
 * assignments by computed names do (128 properties instead of a dozen).
 */
function exportsObject(instance: RuntimeInstance): Types.Exports {
  const exports = Object.setPrototypeOf({}, null) as Record<string, Types.ExportValue>
  for (const [name, extern] of instance.exports) {
    Object.defineProperty(exports, name, { value: exportValue(extern), enumerable: true })
  }
  return Object.freeze(exports)
}

function instantiateState(module: RuntimeModule, imports: object | undefined, operation: string): InstanceState {
  const store = Store.default()
  const externs = readImports(store, module.info, imports, operation)
  return new InstanceState(exportsObject(new RuntimeInstance(store, module, externs, operation)))
}

const members = {
  get exports(): Types.Exports {
    const state = innerOf(this, InstanceState)
    if (state === undefined)
      throw new TypeError('WebAssembly.Instance.exports(): Receiver is not a WebAssembly.Instance')
    return state.exports
  },
}

export const Instance = defineInterface(function Instance(
  this: object,
  module: unknown,
  ...[imports]: unknown[]
): void {
  if (new.target === undefined) throw needsNew('Instance')
  const inner = moduleOf(module)
  if (inner === undefined) throw new TypeError(`${OPERATION}: Argument 0 must be a WebAssembly.Module`)
  bind(this, instantiateState(inner, importsArgument(imports, OPERATION), OPERATION))
}, members) as Types.Namespace['Instance']

/**
 * Instantiates for one of the functions of the namespace.
 * @param operation begins the messages of the errors
 * @throws TypeError, LinkError; RuntimeError and whatever the start function throws
 */
export function instantiateModule(
  module: RuntimeModule,
  imports: object | undefined,
  operation: string,
): Types.Instance {
  return wrapperOf(instantiateState(module, imports, operation), Instance.prototype)
}
