/**
 * From bytes to code: decodes a module as its bytes arrive, validates each function body when it is complete and, when
 * compiling eagerly, compiles it right away; the optimizing tier waits for all of them, since it inlines. Lazily, bodies
 * are validated now and compiled at their first call.
 */
import { vmctxLayout, type VmctxLayout } from '../tiers/abi.js'
import type { CompiledFunction, CompileEnv } from '../tiers/compiled.js'
import { operandHeight } from '../tiers/optimizing/height.js'
import type { HostedOptimizer } from '../tiers/optimizing/hosted.js'
import type { Variant } from '../tiers/optimizing/variant.js'
import type { OptimizingStats } from '../tiers/optimizing/options.js'
import type { OptimizerRecord } from '../tiers/optimizing/program/record.js'
import { ModuleDecoder } from '../wasm/decoder.js'
import { provideScan } from '../wasm/scan/program.js'
import { WasmError } from '../wasm/error.js'
import { funcNameInBrokenModule } from '../wasm/names.js'
import { newerFeature, refusalText } from '../wasm/newer-features.js'
import type { ModuleInfo } from '../wasm/types.js'
import { FunctionValidator } from '../wasm/validator.js'
import { milliseconds } from './clock.js'
import { ModuleCode } from './code.js'
import { addon } from './context.js'
import type { Engine } from './engine.js'
import { CompileError } from './errors.js'
import type { OptimizerSettings } from './optimizer-options.js'
import { engineProgram } from './own-programs.js'
import { createCompiler, createOptimizer, createRecord, type Tier, type TierCompiler } from './tier.js'
import type { VersionKey } from './versions.js'
import { codePositions, type CodePositions } from '../tiers/baseline/positions.js'

/** Machine code per byte of Wasm, for sizing the first chunk: generous, since unused pages cost nothing. */
const EXPECTED_EXPANSION = 4
/** Words of sites per byte of Wasm: generous, too. */
const SITE_WORDS_EXPECTED = 0.4
/** Room for the first functions of a lazily compiled module. */
const LAZY_ROOM = 64 << 10
const MAX_ROOM = 4 << 20
/** Bytes of a module from which on copying them takes longer than starting a thread for it, several times. */
const WORTH_A_THREAD = 1 << 20

// Named when it is called, so that the bundle need not load it before.
provideScan((mayHost) => engineProgram(mayHost))

/** The front end and the tier of one module: validates a body, and compiles it with what was learned. */
export class BodyCompiler {
  /** Milliseconds, with validating what is compiled. */
  compileMs = 0
  private readonly env: CompileEnv
  private readonly tier: Tier
  private readonly settings: OptimizerSettings
  private validator: FunctionValidator | undefined
  /** Made when first needed: it has large buffers, and many modules have hardly any code. */
  private compiler: TierCompiler | undefined
  private optimizer: HostedOptimizer | undefined
  private record: { readonly made: OptimizerRecord | undefined } | undefined

  constructor(env: CompileEnv, tier: Tier, settings: OptimizerSettings) {
    this.env = env
    this.tier = tier
    this.settings = settings
  }

  /** What the optimizing compiler did; undefined when there is none. */
  get optimizing(): OptimizingStats | undefined {
    return this.compiler?.stats ?? this.optimizer?.stats
  }

  /** Made when first needed: a module with code from the cache is not validated. */
  private frontEnd(): FunctionValidator {
    this.validator ??= new FunctionValidator(this.env.info)
    return this.validator
  }

  /** Validates a body that is not compiled now. @throws WasmError when it is not valid */
  check(defined: number, bytes: Uint8Array, start: number, end: number, moduleOffset: number): void {
    this.frontEnd().validate(defined, bytes, start, end, moduleOffset, null)
  }

  /** Validates bodies that stand one behind the other; see `FunctionValidator.validateRun`. @throws WasmError */
  checkRun(bytes: Uint8Array, start: number, end: number, first: number, left: number): number {
    return this.frontEnd().validateRun(bytes, start, end, first, left)
  }

  /**
   * Validates a body, compiles it and publishes it. Also when it was validated before: the compiler wants to know more, and keeping that of
   * every function would cost more memory than this costs time.
   * @throws WasmError when it is not valid @throws CodeSpaceError
   */
  compile(
    code: ModuleCode,
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
  ): void {
    const begin = milliseconds()
    this.compiler ??= createCompiler(this.env, this.tier, this.settings)
    const version = code.publish(defined, this.compiler.compile(defined, bytes, start, end, moduleOffset, false, null))
    const duration = milliseconds() - begin
    this.compileMs += duration
    const { events } = code.engine
    if (!events.wants('compile')) return
    events.emit('compile', { version: code.describe(version), start: performance.now() - duration, duration })
  }

  /**
   * The same with bodies that stand one behind the other, each with its size in front, from function `first` on.
   * @param end of the bytes that are there
   * @param left how many bodies there are at most
   * @returns how many were compiled: 0 when the first one has to be compiled by itself
   */
  compileRun(code: ModuleCode, bytes: Uint8Array, start: number, end: number, first: number, left: number): number {
    // Who listens, or keeps code, wants each function.
    if (code.recorder !== undefined || code.engine.events.wants('compile')) return 0
    const begin = milliseconds()
    this.compiler ??= createCompiler(this.env, this.tier, this.settings)
    if (first === 0) code.versions.reserve(code.functionCount, Math.ceil(SITE_WORDS_EXPECTED * (end - start)))
    const place = (size: number): number => code.nextPlace(size)
    const run = this.compiler.compileRun?.(bytes, start, end, first, left, code.targets, place)
    if (run !== undefined) code.publishRun(run)
    this.compileMs += milliseconds() - begin
    return run?.count ?? 0
  }

  /**
   * Compiles a version once more, with frame states (tiers/compiled.ts).
   * @param size of the version's code
   * @returns a copy of the frame states, undefined when the code would come out differently (then they mean nothing)
   */
  frameStates(key: VersionKey, size: number, bytes: Uint8Array): Int32Array | undefined {
    const compiled = this.compileAgain(key, bytes, this.env.info.bodyStart[key.defined])
    const isSame = compiled.tier === key.tier && compiled.codeSize === size
    return isSame ? compiled.frames.slice(0, compiled.frameWords) : undefined
  }

  /** Which opcodes a version's instructions are for; undefined for optimized code, which does not say. */
  positions(key: VersionKey, size: number, bytes: Uint8Array): CodePositions | undefined {
    if (key.tier !== 'baseline') return undefined
    const { bodyStart, bodyEnd } = this.env.info
    const made = codePositions(this.env, key.defined, bytes, bodyStart[key.defined], bodyEnd[key.defined])
    return made?.codeSize === size ? made : undefined
  }

  private compileAgain(key: VersionKey, bytes: Uint8Array, start: number): CompiledFunction {
    const end = this.env.info.bodyEnd[key.defined]
    if (key.tier === 'optimizing') {
      const optimizer = createOptimizer(this.env, this.settings)
      const made = optimizer.tryCompile(key.defined, bytes, start, end, start, true, null, key)
      if (!('refused' in made)) return made
    }
    return createCompiler(this.env, 'baseline', this.settings).compile(
      key.defined,
      bytes,
      start,
      end,
      start,
      true,
      null,
    )
  }

  /** See createRecord; made when first needed. */
  get optimizerRecord(): OptimizerRecord | undefined {
    this.record ??= { made: createRecord(this.env, this.settings) }
    return this.record.made
  }

  /** Most operands at once in a body of a complete module. */
  operandHeight(defined: number, bytes: Uint8Array): number {
    const { bodyStart, bodyEnd } = this.env.info
    return operandHeight(this.env.info, defined, bytes, bodyStart[defined], bodyEnd[defined], bodyStart[defined])
  }

  /**
   * Optimizes a body of a complete module here and now, and publishes it unless it is entered at a loop.
   * @returns the number of its version, undefined when the optimizing compiler refuses it @throws CodeSpaceError
   */
  optimize(code: ModuleCode, defined: number, bytes: Uint8Array, variant: Variant): number | undefined {
    this.optimizer ??= createOptimizer(this.env, this.settings)
    const start = this.env.info.bodyStart[defined]
    const end = this.env.info.bodyEnd[defined]
    const compiled = this.optimizer.tryCompile(defined, bytes, start, end, start, false, null, variant)
    return 'refused' in compiled ? undefined : code.publish(defined, compiled, variant.loop)
  }
}

/** What loading yields, apart from the bytes and the description. */
export interface LoadedCode {
  readonly code: ModuleCode
  readonly layout: VmctxLayout
  /** Engine-wide id of each type. */
  readonly typeIds: Uint32Array
  readonly bodies: BodyCompiler
}

export class ModuleLoader {
  readonly engine: Engine
  private pushMs = 0
  private readonly prefix: string
  private readonly trusted: boolean
  private readonly decoder: ModuleDecoder
  private loaded: LoadedCode | undefined

  /** @param trusted the bodies were validated when the module was loaded before: nothing is done with them now */
  constructor(engine: Engine, prefix: string, trusted = false) {
    this.engine = engine
    this.prefix = prefix
    this.trusted = trusted
    this.decoder = new ModuleDecoder({
      onCodeStart: (info) => {
        this.loaded = this.prepare(info)
      },
      onBodies: (bytes, start, end, first, left) => this.takeBodies(bytes, start, end, first, left),
      onBody: (defined, bytes, start, end, moduleOffset) => this.body(defined, bytes, start, end, moduleOffset),
    })
  }

  get info(): ModuleInfo {
    return this.decoder.info
  }

  get bytes(): Uint8Array {
    return this.decoder.bytes
  }

  /** Milliseconds of decoding, and of validating what is not compiled at once. */
  get validateMs(): number {
    return this.pushMs - (this.loaded?.bodies.compileMs ?? 0)
  }

  /** @throws CompileError */
  push(chunk: Uint8Array, last = false): void {
    const start = milliseconds()
    try {
      this.decoder.push(chunk, last)
    } catch (error) {
      throw this.compileError(error)
    } finally {
      this.pushMs += milliseconds() - start
    }
  }

  /**
   * As `push` of a whole module whose bytes are not ours: they are copied. Of a large one they are read where they are, while
   * another thread copies them: most of that is the system giving the copy its pages, which for 14 MB takes 10 ms. Nothing
   * else runs on this thread meanwhile, so only of shared memory bytes may change that were read already, and those are copied first.
   * @throws CompileError
   */
  pushForeign(bytes: Uint8Array): void {
    const shared = !(bytes.buffer instanceof ArrayBuffer)
    if (bytes.length < WORTH_A_THREAD || shared || !this.compilesLater) {
      this.push(new Uint8Array(bytes), true)
      return
    }
    const copy = new Uint8Array(bytes.length)
    const id = addon.beginCopy(copy, bytes)
    try {
      this.push(bytes, true)
    } finally {
      addon.endCopy(id)
      this.decoder.moveTo(copy)
    }
  }

  /** @throws CompileError when the module is not complete */
  finish(): LoadedCode {
    try {
      this.decoder.finish()
    } catch (error) {
      throw this.compileError(error)
    }
    this.loaded ??= this.prepare(this.info)
    if (this.compilesAtEnd) this.compileAll(this.loaded)
    return this.loaded
  }

  private get compilesAtEnd(): boolean {
    const { compile, tier } = this.engine.options
    return compile === 'eager' && tier === 'optimizing'
  }

  private compileAll({ bodies, code }: LoadedCode): void {
    const { info, bytes } = this
    for (let defined = 0; defined < info.bodyStart.length; defined++) {
      const start = info.bodyStart[defined]
      bodies.compile(code, defined, bytes, start, info.bodyEnd[defined], start)
    }
  }

  private prepare(info: ModuleInfo): LoadedCode {
    const { engine } = this
    const typeIds = Uint32Array.from(info.types, (type) => engine.typeOf(type).id)
    const layout = vmctxLayout(info, Math.max(0, info.dataCount))
    const { bounds } = engine
    const { checked, compile, consumeFuel: fuel, tier } = engine.options
    const codeSize = Math.max(0, info.codeEnd - info.codeStart)
    const most = compile === 'eager' ? MAX_ROOM : LAZY_ROOM
    const room = Math.min(most, codeSize * EXPECTED_EXPANSION)
    const code = new ModuleCode(engine, info.funcTypes.length - info.importedFuncs, typeIds, room)
    const moduleBytes = (): Uint8Array => this.decoder.bytes
    const env = { info, layout, features: engine.features, bounds, checked, fuel, moduleBytes }
    const bodies = new BodyCompiler(env, tier, engine.options)
    return { code, layout, typeIds, bodies }
  }

  /** Bodies are only validated now, not compiled. */
  private get compilesLater(): boolean {
    return this.engine.options.compile !== 'eager' || this.compilesAtEnd
  }

  private takeBodies(bytes: Uint8Array, start: number, end: number, first: number, left: number): number {
    const { loaded } = this
    if (this.trusted || loaded === undefined) return 0
    const { bodies, code } = loaded
    if (this.compilesLater) return bodies.checkRun(bytes, start, end, first, left)
    return bodies.compileRun(code, bytes, start, end, first, left)
  }

  private body(defined: number, bytes: Uint8Array, start: number, end: number, moduleOffset: number): void {
    const { loaded } = this
    if (this.trusted) return
    if (loaded === undefined) throw new Error('a body came before the code section')
    if (this.compilesLater) {
      loaded.bodies.check(defined, bytes, start, end, moduleOffset)
      return
    }
    loaded.bodies.compile(loaded.code, defined, bytes, start, end, moduleOffset)
  }

  /** The error that the embedder sees; anything but a WasmError passes unchanged. */
  private compileError(error: unknown): unknown {
    if (!(error instanceof WasmError)) return error
    const place = error.funcIndex < 0 ? '' : `Compiling function ${this.funcText(error.funcIndex)} failed: `
    const prefix = this.prefix === '' ? '' : `${this.prefix}: `
    const result = new CompileError(`${prefix}${place}${refusalText(error.message, error.offset)}`)
    const hidden = { configurable: true, writable: true }
    Object.defineProperty(result, 'wasmOffset', { ...hidden, value: error.offset })
    Object.defineProperty(result, 'neededFeature', { ...hidden, value: newerFeature(error.message) })
    return result
  }

  private funcText(index: number): string {
    const name = funcNameInBrokenModule(this.info, this.bytes, index)
    return name === undefined ? `#${index}` : `#${index}:"${name}"`
  }
}
