/**
 * The namespace object. It is ours from end to end: nothing here or below touches the global `WebAssembly`, so it may
 * be put in its place.
 */
import { CompileError, LinkError, RuntimeError, SuspendError } from '../runtime/errors.js'
import { compile, instantiate, validate } from './compile.js'
import { Global } from './global.js'
import { Instance } from './instance.js'
import { Memory } from './memory.js'
import { Module } from './module.js'
import { compileStreaming, instantiateStreaming } from './streaming.js'
import { promising, Suspending } from './suspending.js'
import { Table } from './table.js'
import type * as Types from './types.js'

// In V8's order. The functions are methods of a literal since those are no constructors and have no `prototype`, and what
// may be left out is a rest parameter, which `length` does not count.
const properties = {
  compile(bytes: unknown) {
    return compile(bytes)
  },
  validate(bytes: unknown) {
    return validate(bytes)
  },
  instantiate(source: unknown, ...[imports]: unknown[]) {
    return instantiate(source, imports)
  },
  Module,
  Instance,
  Table,
  Memory,
  Global,
  CompileError,
  LinkError,
  RuntimeError,
  compileStreaming(source: unknown) {
    return compileStreaming(source)
  },
  instantiateStreaming(source: unknown, ...[imports]: unknown[]) {
    return instantiateStreaming(source, imports)
  },
  Suspending,
  promising(exported: unknown, ...[options]: unknown[]) {
    return promising(exported, options)
  },
  SuspendError,
}

/** WebIDL: the operations of a namespace are enumerable, its interfaces are not. */
function createNamespace(): Types.Namespace {
  const namespace = {}
  for (const [name, value] of Object.entries(properties)) {
    const enumerable = !('prototype' in value)
    Object.defineProperty(namespace, name, { value, writable: true, enumerable, configurable: true })
  }
  Object.defineProperty(namespace, Symbol.toStringTag, { value: 'WebAssembly', configurable: true })
  return namespace as Types.Namespace
}

/** The WebAssembly JavaScript interface on Windlass, with the signatures, errors and texts of V8's. */
export const WebAssembly: Types.Namespace = createNamespace()

/** The types of the namespace's objects, under the names that TypeScript's DOM library gives them. */
export declare namespace WebAssembly {
  type Module = Types.Module
  type Instance = Types.Instance
  type Memory = Types.Memory
  type Table = Types.Table
  type Global = Types.Global
  type Suspending = Types.Suspending
  type Exports = Types.Exports
  type ExportValue = Types.ExportValue
  type Imports = Types.Imports
  type MemoryDescriptor = Types.MemoryDescriptor
  type TableDescriptor = Types.TableDescriptor
  type GlobalDescriptor = Types.GlobalDescriptor
  type ModuleExportDescriptor = Types.ModuleExportDescriptor
  type ModuleImportDescriptor = Types.ModuleImportDescriptor
  type InstantiatedSource = Types.InstantiatedSource
  type StreamingSource = Types.StreamingSource
  type ValueType = Types.ValueType
}
