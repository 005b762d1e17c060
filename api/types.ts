/**
 * The namespace as TypeScript sees it. TypeScript declares `WebAssembly` in its DOM library, which a Node program
 * does not load, and our streaming functions take more kinds of source: so it is declared here.
 */
import type { CompileError, ErrorClass, RuntimeError } from '../runtime/errors.js'
import type { PromisingOptions } from '../runtime/func.js'

export type BufferSource = ArrayBuffer | ArrayBufferView
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'externref' | 'anyfunc'
export type TableKind = 'anyfunc' | 'externref'
export type ImportExportKind = 'function' | 'table' | 'memory' | 'global' | 'tag'

export interface ModuleExportDescriptor {
  name: string
  kind: ImportExportKind
}
export interface ModuleImportDescriptor {
  module: string
  name: string
  kind: ImportExportKind
}
export interface MemoryDescriptor {
  /** Pages of 64 KiB. */
  initial: number
  maximum?: number
}
export interface TableDescriptor {
  element: TableKind
  initial: number
  maximum?: number
}
export interface GlobalDescriptor {
  value: ValueType
  mutable?: boolean
}

/** A compiled module. It holds no state and may be instantiated any number of times. */
export interface Module {
  readonly [Symbol.toStringTag]: string
}
export interface Instance {
  /** The exports by name: frozen, without a prototype. */
  readonly exports: Exports
}
export interface Memory {
  /** The bytes: the same object until the memory grows, which detaches it. */
  readonly buffer: ArrayBuffer
  /** Grows by `delta` pages and returns the old size in pages. */
  grow(delta: number): number
}
export interface Table {
  readonly length: number
  get(index: number): unknown
  set(index: number, value?: unknown): void
  /** Grows by `delta` elements and returns the old length. */
  grow(delta: number, value?: unknown): number
}
export interface Global {
  value: unknown
  valueOf(): unknown
}
/** Wraps an import that may return a promise; see `promising`. */
export interface Suspending {
  readonly [Symbol.toStringTag]: string
}

export type ExportedFunction = (...args: unknown[]) => unknown
export type ExportValue = ExportedFunction | Memory | Table | Global
export type Exports = Readonly<Record<string, ExportValue>>
/** Values by module name, then by import name. */
export type Imports = Readonly<Record<string, unknown>>

export interface InstantiatedSource {
  module: Module
  instance: Instance
}

/** What the streaming functions read besides a Response: bytes as they come. A Node stream is one. */
export type ByteStream = AsyncIterable<Uint8Array>
export type StreamingSource = Response | ByteStream | PromiseLike<Response | ByteStream>

/** The WebAssembly JavaScript interface (specification, "js-api") with JavaScript promise integration. */
export interface Namespace {
  readonly Module: {
    new (bytes: BufferSource): Module
    readonly prototype: Module
    exports(module: Module): ModuleExportDescriptor[]
    imports(module: Module): ModuleImportDescriptor[]
    customSections(module: Module, name: string): ArrayBuffer[]
  }
  readonly Instance: { new (module: Module, imports?: Imports): Instance; readonly prototype: Instance }
  readonly Memory: { new (descriptor: MemoryDescriptor): Memory; readonly prototype: Memory }
  readonly Table: { new (descriptor: TableDescriptor, value?: unknown): Table; readonly prototype: Table }
  readonly Global: { new (descriptor: GlobalDescriptor, value?: unknown): Global; readonly prototype: Global }
  readonly CompileError: ErrorClass<CompileError>
  readonly LinkError: ErrorClass<Error>
  readonly RuntimeError: ErrorClass<RuntimeError>
  readonly SuspendError: ErrorClass<Error>
  readonly Suspending: { new (callable: (...args: never[]) => unknown): Suspending; readonly prototype: Suspending }
  promising(exported: ExportedFunction, options?: PromisingOptions): (...args: unknown[]) => Promise<unknown>
  validate(bytes: BufferSource): boolean
  compile(bytes: BufferSource): Promise<Module>
  instantiate(bytes: BufferSource, imports?: Imports): Promise<InstantiatedSource>
  instantiate(module: Module, imports?: Imports): Promise<Instance>
  compileStreaming(source: StreamingSource): Promise<Module>
  instantiateStreaming(source: StreamingSource, imports?: Imports): Promise<InstantiatedSource>
}
