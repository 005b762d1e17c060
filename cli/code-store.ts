/**
 * Modules with code from earlier runs: compiled files (`windlass compile -o`), and the code cache, which `run` looks into
 * before it compiles and fills when the program has ended.
 */
import { CodeCache, defaultCacheDirectory } from '../runtime/code-cache.js'
import { codeIdentity, digestOf } from '../runtime/code-identity.js'
import { CodeImage, ImageError, isImage } from '../runtime/code-image.js'
import { addon } from '../runtime/context.js'
import type { Engine } from '../runtime/engine.js'
import { Module } from '../runtime/module.js'
import { finishWorthwhile, openSavings, settle } from '../runtime/function-tiers.js'
import { reasonOf } from '../runtime/system-errors.js'
import { CommandError, UsageError } from './errors.js'
import { groupSettings } from './groups.js'
import { STDIN, assembleInput, displayName, readInput } from './load.js'
import type { ParsedOptions } from './options.js'
import { complain } from './terminal.js'

/** With less new machine code than this, none of it optimized, a run leaves the cache as it is: not worth the writing. */
const MIN_NEW_CODE = 1 << 10

/** Nor are less than so many new milliseconds that optimized code would have saved. */
const MIN_NEW_SAVING = 1

export class CodeStore {
  private readonly engine: Engine
  /** Where the cache is: '' for the default place, undefined when it is off. */
  private readonly directory: string | undefined
  private cache: CodeCache | undefined
  /** Modules whose code goes to the cache at the end. */
  private readonly modules: Module[] = []

  /** @throws UsageError */
  constructor(engine: Engine, parsed: ParsedOptions) {
    const value = parsed.value('cache')
    if (value === '') throw new UsageError('--cache takes a directory, or off')
    this.engine = engine
    // Code from the cache would not be printed.
    const isWatched = engine.options.dumpIr !== '' || engine.options.reportRefusals
    const isOff = value === 'off' || groupSettings(parsed, 'codegen').flag('cache') === false
    this.directory = isOff || isWatched ? undefined : (value ?? '')
  }

  /** Loads a module in any form, with the code that is known of it. @throws CommandError, CompileError */
  async load(file: string): Promise<Module> {
    const bytesOfFile = file === STDIN ? undefined : addon.readFile(file)
    const input = bytesOfFile === undefined ? readInput(file) : new Uint8Array(bytesOfFile)
    if (isImage(input)) return this.readImage(file, input)
    const bytes = await assembleInput(file, input)
    if (this.directory === undefined) return new Module(this.engine, bytes, '', true)
    this.cache ??= openCache(this.engine, this.directory)
    const image = this.cache?.find(bytes)
    const module =
      image === undefined ? new Module(this.engine, bytes, '', true) : Module.withCode(this.engine, bytes, image)
    module.record()
    this.modules.push(module)
    return module
  }

  /**
   * Keeps the code that this run has compiled, and what would have been worth optimizing. To be called at the end; never fails, but tells
   * why a chosen directory is not used.
   * @param mayWait for optimized code that is nearly there
   */
  save(mayWait: boolean): void {
    settle()
    if (mayWait) finishWorthwhile(this.modules)
    let failure: unknown
    for (const module of this.modules) {
      if (hasNews(module)) failure ??= this.cache?.keep(module.bytes, module.code.functionCount, module.allCode())
    }
    if (failure === undefined || this.directory === undefined || this.directory === '') return
    complain(`cannot keep compiled code in ${this.directory}: ${reasonOf(failure)} (--cache)`)
  }

  private readImage(file: string, bytes: Uint8Array): Module {
    try {
      const image = CodeImage.read(bytes, codeIdentity(this.engine), digestOf)
      if (image.module.length === 0) throw new ImageError('it is an entry of the code cache, without its module')
      return Module.withCode(this.engine, image.module, image)
    } catch (error) {
      throw error instanceof ImageError ? new CommandError(`cannot use ${displayName(file)}: ${error.message}`) : error
    }
  }
}

function hasNews(module: Module): boolean {
  if (module.newOptimized > 0 || module.newCodeBytes >= MIN_NEW_CODE) return true
  let saving = -module.knownSaving
  for (const [, saved] of openSavings(module)) saving += saved
  return saving >= MIN_NEW_SAVING
}

/** Undefined where there can be none: without a home directory, say. */
function openCache(engine: Engine, directory: string): CodeCache | undefined {
  try {
    return new CodeCache(engine, directory === '' ? defaultCacheDirectory() : directory)
  } catch {
    return undefined
  }
}
