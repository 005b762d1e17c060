/**
 * From bytes to code: decodes a module as its bytes arrive, validates each function body when it is complete and, when
 * compiling eagerly, compiles it right away. Lazily, bodies are validated now and compiled at their first call.
 */
import { vmctxLayout, type VmctxLayout } from '../tiers/abi.js'
import type { FunctionCompiler } from '../tiers/compiled.js'
import { ModuleDecoder } from '../wasm/decoder.js'
import { WasmError } from '../wasm/error.js'
import { FunctionFacts } from '../wasm/facts.js'
import type { ModuleInfo } from '../wasm/types.js'
import { FunctionValidator } from '../wasm/validator.js'
import { ModuleCode } from './code.js'
import type { Engine } from './engine.js'
import { CompileError } from './errors.js'
import { createCompiler } from './tier.js'

/** Machine code per byte of Wasm, for sizing the first chunk: generous, since unused pages cost nothing. */
const EXPECTED_EXPANSION = 4
/** Room for the first functions of a lazily compiled module. */
const LAZY_ROOM = 64 << 10
const MAX_ROOM = 4 << 20

/** What loading yields, apart from the bytes and the description. */
export interface LoadedCode {
  readonly code: ModuleCode
  readonly layout: VmctxLayout
  /** Engine-wide id of each type. */
  readonly typeIds: Uint32Array
  readonly compiler: FunctionCompiler
}

export class ModuleLoader {
  readonly engine: Engine
  /** Milliseconds. */
  decodeMs = 0
  compileMs = 0
  private readonly prefix: string
  private readonly decoder: ModuleDecoder
  private readonly facts = new FunctionFacts()
  private validator: FunctionValidator | undefined
  private loaded: LoadedCode | undefined

  constructor(engine: Engine, prefix: string) {
    this.engine = engine
    this.prefix = prefix
    this.decoder = new ModuleDecoder({
      onCodeStart: (info) => {
        this.loaded = this.prepare(info)
      },
      onBody: (defined, bytes, start, end, moduleOffset) => this.body(defined, bytes, start, end, moduleOffset),
    })
  }

  get info(): ModuleInfo {
    return this.decoder.info
  }

  get bytes(): Uint8Array {
    return this.decoder.bytes
  }

  /** @throws CompileError */
  push(chunk: Uint8Array, last = false): void {
    const start = performance.now()
    const compiling = this.compileMs
    try {
      this.decoder.push(chunk, last)
    } catch (error) {
      throw this.compileError(error)
    } finally {
      this.decodeMs += performance.now() - start - (this.compileMs - compiling)
    }
  }

  /** @throws CompileError when the module is not complete */
  finish(): LoadedCode {
    try {
      this.decoder.finish()
    } catch (error) {
      throw this.compileError(error)
    }
    return this.loaded ?? this.prepare(this.info)
  }

  private prepare(info: ModuleInfo): LoadedCode {
    const { engine } = this
    const typeIds = Uint32Array.from(info.types, (type) => engine.typeOf(type).id)
    const layout = vmctxLayout(info, Math.max(0, info.dataCount))
    const { bounds, checked, compile } = engine.options
    const codeSize = Math.max(0, info.codeEnd - info.codeStart)
    const room = compile === 'eager' ? Math.min(MAX_ROOM, codeSize * EXPECTED_EXPANSION) : LAZY_ROOM
    const code = new ModuleCode(engine, info.funcTypes.length - info.importedFuncs, typeIds, room)
    const compiler = createCompiler({ info, layout, features: engine.features, bounds, checked })
    this.validator = new FunctionValidator(info)
    return { code, layout, typeIds, compiler }
  }

  private body(defined: number, bytes: Uint8Array, start: number, end: number, moduleOffset: number): void {
    const { loaded, validator, facts } = this
    if (loaded === undefined || validator === undefined) throw new Error('a body came before the code section')
    validator.validate(defined, bytes, start, end, moduleOffset, facts)
    if (this.engine.options.compile !== 'eager') return
    const begin = performance.now()
    loaded.code.publish(defined, loaded.compiler.compile(defined, bytes, start, end, moduleOffset, false, facts))
    this.compileMs += performance.now() - begin
  }

  /** The error that the embedder sees; anything but a WasmError passes unchanged. */
  private compileError(error: unknown): unknown {
    if (!(error instanceof WasmError)) return error
    const place = error.funcIndex < 0 ? '' : `Compiling function #${error.funcIndex} failed: `
    const prefix = this.prefix === '' ? '' : `${this.prefix}: `
    const result = new CompileError(`${prefix}${place}${error.message} @+${error.offset}`)
    Object.defineProperty(result, 'wasmOffset', { value: error.offset, configurable: true, writable: true })
    return result
  }
}
