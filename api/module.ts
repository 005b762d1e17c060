/** `WebAssembly.Module` (JS API section 5.1) and its reflection. */
import { Engine } from '../runtime/engine.js'
import { Module as RuntimeModule } from '../runtime/module.js'
import { ExternKind } from '../wasm/types.js'
import { moduleBytes } from './bytes.js'
import type * as Types from './types.js'
import { bind, defineInterface, innerOf, needsNew, toText, wrapperOf } from './webidl.js'

const OPERATION = 'WebAssembly.Module()'

/** How the JS API names the kinds. */
const KIND_NAMES: Readonly<Record<ExternKind, Types.ImportExportKind>> = {
  [ExternKind.Func]: 'function',
  [ExternKind.Table]: 'table',
  [ExternKind.Memory]: 'memory',
  [ExternKind.Global]: 'global',
  [ExternKind.Tag]: 'tag',
}

/** The first argument of one of the static methods. */
function argument(value: unknown, method: string): RuntimeModule {
  const module = moduleOf(value)
  if (module === undefined) {
    throw new TypeError(`WebAssembly.Module.${method}(): Argument 0 must be a WebAssembly.Module`)
  }
  return module
}

const statics = {
  imports(module: unknown): Types.ModuleImportDescriptor[] {
    const { info } = argument(module, 'imports')
    return info.imports.map((each) => ({ module: each.module, name: each.name, kind: KIND_NAMES[each.desc.kind] }))
  },

  exports(module: unknown): Types.ModuleExportDescriptor[] {
    const { info } = argument(module, 'exports')
    return info.exports.map((each) => ({ name: each.name, kind: KIND_NAMES[each.kind] }))
  },

  customSections(module: unknown, name: unknown): ArrayBuffer[] {
    const { info, bytes } = argument(module, 'customSections')
    if (name === undefined) {
      throw new TypeError('WebAssembly.Module.customSections(): Argument 1 is required')
    }
    const wanted = toText(name)
    return info.customs
      .filter((section) => section.name === wanted)
      .map((section) => new Uint8Array(bytes.subarray(section.start, section.end)).buffer)
  },
}

export const Module = defineInterface(
  function Module(this: object, bytes: unknown): void {
    if (new.target === undefined) throw needsNew('Module')
    bind(this, new RuntimeModule(Engine.default(), moduleBytes(bytes, OPERATION), OPERATION))
  },
  {},
  statics,
) as Types.Namespace['Module']

/** The runtime's module behind a `WebAssembly.Module`, undefined for any other value. */
export function moduleOf(value: unknown): RuntimeModule | undefined {
  return innerOf(value, RuntimeModule)
}

/** The `WebAssembly.Module` of a runtime module. */
export function wrapModule(module: RuntimeModule): Types.Module {
  return wrapperOf(module, Module.prototype)
}
