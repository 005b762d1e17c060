/**
 * A module: its description, its bytes (which lazy compilation, data segments and backtraces read) and its code. It is
 * immutable but for functions being compiled, and may be instantiated any number of times in stores of its engine.
 */
import type { VmctxLayout } from '../tiers/abi.js'
import type { CompiledFunction } from '../tiers/compiled.js'
import type { CodePositions } from '../tiers/baseline/positions.js'
import type { Variant } from '../tiers/optimizing/variant.js'
import type { OptimizingStats } from '../tiers/optimizing/options.js'
import type { OptimizerRecord } from '../tiers/optimizing/program/record.js'
import { DebugInfo } from '../wasm/debug/debug-info.js'
import { goSymbols, type GoFunction, type GoSymbols } from '../wasm/debug/go-symbols.js'
import { ModuleNames } from '../wasm/names.js'
import { ExternKind, type ModuleInfo } from '../wasm/types.js'
import { CodeSpaceError } from './arena.js'
import { ImageBuilder, type CodeImage } from './code-image.js'
import type { CodeOwner, CodeVersion, ModuleCode } from './code.js'
import { debugFiles } from './debug-files.js'
import type { VersionKey } from './versions.js'
import type { Engine } from './engine.js'
import { openSavings } from './function-tiers.js'
import { watch } from './tiering.js'
import { ModuleLoader, type BodyCompiler } from './loader.js'

/** Sizes in bytes, times in milliseconds. */
export interface ModuleStats {
  /** Defined functions, and how many of them have been compiled. */
  readonly functions: number
  readonly compiled: number
  /** Size of the module, and of its function bodies. */
  readonly wasmBytes: number
  readonly bodyBytes: number
  /** Machine code without alignment, and its metadata. */
  readonly codeBytes: number
  readonly metadataBytes: number
  /** Decoding and validating; compiling, which validates once more what it needs to know. */
  readonly validateMs: number
  readonly compileMs: number
  /** The optimizing compiler's part, when there was one. */
  readonly optimizing?: OptimizingStats
}

/** Functions between two calls of a progress callback. */
const PROGRESS_STEP = 64

export class Module implements CodeOwner {
  readonly engine: Engine
  readonly bytes: Uint8Array
  readonly info: ModuleInfo
  /** @internal */
  readonly code: ModuleCode
  /** @internal */
  readonly layout: VmctxLayout
  /** @internal Engine-wide id of each type. */
  readonly typeIds: Uint32Array
  /** Path of the file that the module came from, if the embedder says so: debug information next to it is found then. */
  file: string | undefined
  private nameSection: ModuleNames | undefined
  private linkNames: ReadonlyMap<number, string> | undefined
  private debugInfo: DebugInfo | undefined
  /** Null where there are none. */
  private go: GoSymbols | null | undefined
  private givenName: string | undefined
  /** Code from an earlier run; what it has of a function is published at the first call instead of compiling. */
  private stored: CodeImage | undefined
  private storedBytes = 0
  /** Milliseconds that optimizing what came from the image would have saved in earlier runs. */
  knownSaving = 0
  private storedOptimized = 0
  private readonly bodies: BodyCompiler
  private readonly validateMs: number
  private hash = ''

  /**
   * @param source the bytes, copied unless `owned`; or what a ModuleStream has loaded
   * @param prefix put before the message of an error, for example `WebAssembly.Module()`
   * @throws CompileError, with `@+offset` at the end of its message
   */
  constructor(engine: Engine, source: Uint8Array | ModuleLoader, prefix = '', owned = false) {
    this.engine = engine
    const loader = source instanceof ModuleLoader ? source : new ModuleLoader(engine, prefix)
    if (source instanceof Uint8Array) {
      if (owned) loader.push(source, true)
      else loader.pushForeign(source)
    }
    const { code, layout, typeIds, bodies } = loader.finish()
    this.info = loader.info
    this.bytes = loader.bytes
    this.code = code
    this.layout = layout
    this.typeIds = typeIds
    this.bodies = bodies
    this.validateMs = loader.validateMs
    code.owner = this
  }

  /**
   * A module whose code was kept: it is not validated again, and compiled only where the image has nothing.
   * @param bytes the module, not copied
   * @param image the code of exactly this module (`CodeImage.isOf`)
   */
  static withCode(engine: Engine, bytes: Uint8Array, image: CodeImage): Module {
    const loader = new ModuleLoader(engine, '', true)
    loader.push(bytes, true)
    const module = new Module(engine, loader)
    module.stored = image
    return module
  }

  /** Keeps a copy of all code that is published from now on, for an image. */
  record(): ImageBuilder {
    this.code.recorder ??= new ImageBuilder()
    return this.code.recorder
  }

  /** Bytes of machine code that did not come from an image. */
  get newCodeBytes(): number {
    return this.code.codeBytes - this.storedBytes
  }

  /** Functions whose optimized code did not come from an image. */
  get newOptimized(): number {
    return this.code.optimizedCount - this.storedOptimized
  }

  /** What was recorded, with what the image had beyond it. */
  allCode(): ImageBuilder {
    const builder = this.record()
    const { stored } = this
    for (let i = 0; i < (stored?.functions ?? 0); i++) {
      if (stored?.has(i) !== true || builder.has(i)) continue
      builder.add(i, stored.function(i))
      builder.remember(i, stored.saving(i))
    }
    for (const [defined, saving] of openSavings(this)) builder.remember(defined, Math.round(saving * 1000))
    return builder
  }

  /** What V8 calls a module in stacks: `wasm://wasm/` and a hash of its bytes. */
  get url(): string {
    if (this.hash === '') this.hash = fnv1a(this.bytes).toString(16).padStart(8, '0')
    return `wasm://wasm/${this.hash}`
  }

  /** Name from the name section; an embedder may set another, which backtraces then show. */
  get name(): string | undefined {
    return this.givenName ?? this.names.module
  }

  set name(name: string | undefined) {
    this.givenName = name
  }

  /** What the module's debug information says about its code; made at the first question. */
  get debug(): DebugInfo {
    this.debugInfo ??= new DebugInfo(this.info, this.bytes, debugFiles(this.file))
    return this.debugInfo
  }

  /** @internal */
  get names(): ModuleNames {
    this.nameSection ??= new ModuleNames(this.info, this.bytes)
    return this.nameSection
  }

  /** Name of a function: name section, else export, else import; undefined when it has none. */
  funcName(index: number): string | undefined {
    const { info } = this
    const named = this.names.func(index) ?? this.goFunction(index)?.name
    if (named !== undefined) return named
    this.linkNames ??= linkNames(info)
    return this.linkNames.get(index)
  }

  /** Where a function begins in its source, as far as a table of the program itself says so. */
  funcSource(index: number): GoFunction | undefined {
    return this.goFunction(index)
  }

  private goFunction(index: number): GoFunction | undefined {
    if (this.go === undefined) this.go = goSymbols(this.info, this.bytes) ?? null
    return index < this.info.importedFuncs ? undefined : this.go?.function(index - this.info.importedFuncs)
  }

  stats(): ModuleStats {
    const { info, code } = this
    const { optimizing } = this.bodies
    let bodyBytes = 0
    for (let i = 0; i < info.bodyStart.length; i++) bodyBytes += info.bodyEnd[i] - info.bodyStart[i]
    return {
      functions: code.functionCount,
      compiled: code.compiledCount,
      wasmBytes: this.bytes.length,
      bodyBytes,
      codeBytes: code.codeBytes,
      metadataBytes: code.metadataBytes,
      validateMs: this.validateMs,
      compileMs: this.bodies.compileMs,
      ...(optimizing === undefined ? {} : { optimizing }),
    }
  }

  /** Compiles what is not compiled yet. @param onProgress called now and then with functions done and in all */
  compileAll(onProgress?: (done: number, total: number) => void): void {
    const total = this.code.functionCount
    for (let defined = 0; defined < total; defined++) {
      this.compileNow(defined)
      if (onProgress !== undefined && (defined + 1) % PROGRESS_STEP === 0) onProgress(defined + 1, total)
    }
    onProgress?.(total, total)
  }

  /** @internal Frame states of a version, undefined when they cannot be had; made anew at each call. */
  frameStates(version: CodeVersion): Int32Array | undefined {
    return this.bodies.frameStates(version, version.size, this.bytes)
  }

  codePositions(version: VersionKey, size: number): CodePositions | undefined {
    return this.bodies.positions(version, size, this.bytes)
  }

  /** @internal As BodyCompiler.optimize. */
  optimizeNow(defined: number, variant: Variant): number | undefined {
    return this.bodies.optimize(this.code, defined, this.bytes, variant)
  }

  /** @internal See BodyCompiler. */
  get optimizerRecord(): OptimizerRecord | undefined {
    return this.bodies.optimizerRecord
  }

  /** @internal See BodyCompiler. */
  operandHeight(defined: number): number {
    return this.bodies.operandHeight(defined, this.bytes)
  }

  /** @internal Publishes what was compiled elsewhere. @returns the number of its version, undefined where there is no room for code */
  publishOptimized(defined: number, compiled: CompiledFunction, loop: number): number | undefined {
    try {
      return this.code.publish(defined, compiled, loop)
    } catch (error) {
      if (error instanceof CodeSpaceError) return undefined
      throw error
    }
  }

  /** @internal Compiles one function unless it is. */
  compileNow(defined: number): void {
    if (this.code.isCompiled(defined)) return
    if (this.stored?.has(defined) === true) {
      const compiled = this.stored.function(defined)
      this.code.publish(defined, compiled)
      this.storedBytes += compiled.codeSize
      if (compiled.tier === 'optimizing') this.storedOptimized++
      this.knownSaving += this.stored.saving(defined) / 1000
      if (compiled.tier === 'baseline') this.watch(defined, this.stored.saving(defined))
      return
    }
    const start = this.info.bodyStart[defined]
    const end = this.info.bodyEnd[defined]
    this.bodies.compile(this.code, defined, this.bytes, start, end, start)
    this.watch(defined)
  }

  /**
   * A function in the baseline tier has been called first.
   * @param saving what earlier runs could have saved in it, in microseconds
   */
  private watch(defined: number, saving?: number): void {
    if (this.engine.options.tier === 'auto') watch(this, defined, saving)
  }
}

/** Compiles a module while its bytes arrive. */
export class ModuleStream {
  readonly engine: Engine
  private readonly loader: ModuleLoader

  constructor(engine: Engine, prefix = '') {
    this.engine = engine
    this.loader = new ModuleLoader(engine, prefix)
  }

  /**
   * Takes the next bytes.
   * @param owned they are not copied: nobody will change them (and parts of one buffer stay where they are, see ModuleDecoder.push)
   * @throws CompileError as soon as the module is known to be bad
   */
  push(chunk: Uint8Array, owned = false): void {
    this.loader.push(owned ? chunk : chunk.slice())
  }

  /** @throws CompileError when bytes are missing or wrong */
  finish(): Module {
    return new Module(this.engine, this.loader)
  }
}

/** FNV-1a, 32 bits: tells modules apart in stacks, nothing depends on it. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return hash >>> 0
}

/** Names that functions have for other modules: that of the first export, else that of the import. */
function linkNames(info: ModuleInfo): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const { kind, index, name } of info.exports)
    if (kind === ExternKind.Func && !names.has(index)) names.set(index, name)
  let index = 0
  for (const { desc, name } of info.imports) {
    if (desc.kind !== ExternKind.Func) continue
    if (!names.has(index)) names.set(index, name)
    index++
  }
  return names
}
