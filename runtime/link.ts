/**
 * Import matching (specification section 4.5.2, "external typing"), with V8's texts.
 */
import { memorySlack } from '../tiers/abi.js'
import { ExternKind, type FuncType, type GlobalType, type Limits, type ModuleInfo } from '../wasm/types.js'
import type { Engine } from './engine.js'
import type { Extern } from './instance.js'

function funcFault(engine: Engine, declared: FuncType, given: FuncType): string | undefined {
  if (engine.typeOf(declared) === engine.typeOf(given)) return undefined
  return 'imported function does not match the expected type'
}

function globalFault(declared: GlobalType, given: GlobalType): string | undefined {
  if (declared.mutable !== given.mutable) return 'imported global does not match the expected mutability'
  if (declared.type !== given.type) return 'imported global does not match the expected type'
  return undefined
}

/** @param what and `unit` as in "memory import has 1 pages" */
function limitsFault(declared: Limits, size: number, max: number, what: string, unit: string): string | undefined {
  if (size < declared.min) {
    return `${what} import has ${size} ${unit} which is smaller than the declared initial of ${declared.min}`
  }
  if (declared.max < 0) return undefined
  if (max < 0) return `${what} import has no maximum limit, expected at most ${declared.max}`
  if (max > declared.max) {
    return `${what} import has a larger maximum size ${max} than the module's declared maximum ${declared.max}`
  }
  return undefined
}

/** Why an extern cannot be import `index` of a module; undefined when it can. */
export function importFault(engine: Engine, info: ModuleInfo, index: number, extern: Extern): string | undefined {
  const { desc } = info.imports[index]
  if (extern.store.engine !== engine) return 'import belongs to another engine'
  switch (desc.kind) {
    case ExternKind.Func:
      if (extern.kind !== ExternKind.Func) return 'function import requires a callable'
      return funcFault(engine, info.types[desc.typeIndex], extern.type)
    case ExternKind.Table:
      if (extern.kind !== ExternKind.Table) return 'table import requires a WebAssembly.Table'
      if (extern.type.element !== desc.type.element) return 'imported table does not match the expected type'
      return limitsFault(desc.type, extern.length, extern.type.max, 'table', 'elements')
    case ExternKind.Memory:
      if (extern.kind !== ExternKind.Memory) return 'memory import must be a WebAssembly.Memory object'
      if (memorySlack(extern.pages) < memorySlack(desc.type.min)) {
        return `memory import has ${extern.pages} pages, which only a module that declares as many can take`
      }
      return limitsFault(desc.type, extern.pages, extern.type.max, 'memory', 'pages')
    case ExternKind.Global:
      if (extern.kind !== ExternKind.Global) return 'global import must be a WebAssembly.Global object'
      return globalFault(desc.type, extern.type)
  }
}
