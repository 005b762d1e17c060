/**
 * The import object: reading it in the order that the JS API gives ("read the imports") and turning each value into
 * something that the runtime can link. Whether the types fit is the runtime's business; here is what the kinds are.
 */
import { LinkError } from '../runtime/errors.js'
import { Func } from '../runtime/func.js'
import { Global as RuntimeGlobal } from '../runtime/global.js'
import type { Extern } from '../runtime/instance.js'
import type { Store } from '../runtime/store.js'
import { EXTERNREF, ExternKind, FUNCREF, I64, type FuncType, type GlobalType, type ModuleInfo } from '../wasm/types.js'
import { globalOf } from './global.js'
import { memoryOf } from './memory.js'
import { referenceFault } from './references.js'
import { suspendingCallable, type HostFunction } from './suspending.js'
import { tableOf } from './table.js'
import { isObject, member } from './webidl.js'

/**
 * Looks up every import, in order, before any of them is judged.
 * @param operation for example `WebAssembly.Instance()`
 * @throws TypeError when there is no import object, or something in it is no object; what a getter throws passes
 */
function readValues(info: ModuleInfo, imports: object | undefined, operation: string): unknown[] {
  if (info.imports.length === 0) return []
  if (imports === undefined) {
    throw new TypeError(`${operation}: Imports argument must be present and must be an object`)
  }
  return info.imports.map((each, i) => {
    const module = member(imports, each.module)
    if (!isObject(module)) {
      throw new TypeError(`${operation}: Import #${i} "${each.module}": module is not an object or function`)
    }
    return member(module, each.name)
  })
}

function funcImport(store: Store, type: FuncType, value: unknown): Func | string {
  const exported = Func.of(value)
  if (exported !== undefined) return exported
  const suspending = suspendingCallable(value)
  if (suspending !== undefined) return Func.suspending(store, type, suspending)
  return typeof value === 'function'
    ? Func.host(store, type, value as HostFunction)
    : 'function import requires a callable'
}

function globalImport(store: Store, type: GlobalType, value: unknown): RuntimeGlobal | string {
  const global = globalOf(value)
  if (global !== undefined) return global
  if (type.mutable) return 'imported mutable global must be a WebAssembly.Global object'
  if (type.type === FUNCREF) {
    const fault = referenceFault(FUNCREF, value)
    if (fault !== undefined) return fault
  } else if (type.type !== EXTERNREF && typeof value !== (type.type === I64 ? 'bigint' : 'number')) {
    return 'global import must be a number, valid Wasm reference, or WebAssembly.Global object'
  }
  return new RuntimeGlobal(store, type, value)
}

/** What the runtime links for one import, or V8's text for why the value cannot be it. */
function convert(store: Store, info: ModuleInfo, index: number, value: unknown): Extern | string {
  const { desc } = info.imports[index]
  if (desc.kind === ExternKind.Func) return funcImport(store, info.types[desc.typeIndex], value)
  if (desc.kind === ExternKind.Table) return tableOf(value) ?? 'table import requires a WebAssembly.Table'
  if (desc.kind === ExternKind.Memory) return memoryOf(value) ?? 'memory import must be a WebAssembly.Memory object'
  return globalImport(store, desc.type, value)
}

/**
 * The imports of a module in its order.
 * @throws TypeError, LinkError with V8's texts, beginning with `operation`
 */
export function readImports(store: Store, info: ModuleInfo, imports: object | undefined, operation: string): Extern[] {
  const values = readValues(info, imports, operation)
  return values.map((value, i) => {
    const extern = convert(store, info, i, value)
    if (typeof extern !== 'string') return extern
    const { module, name } = info.imports[i]
    throw new LinkError(`${operation}: Import #${i} "${module}" "${name}": ${extern}`)
  })
}

/**
 * The second argument of the functions that instantiate.
 * @throws TypeError when it is given and no object
 */
export function importsArgument(value: unknown, operation: string): object | undefined {
  if (value === undefined || isObject(value)) return value
  throw new TypeError(`${operation}: Argument 1 must be an object`)
}
