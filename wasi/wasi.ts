/**
 * WASI preview 1 for one guest: makes the imports, runs the program, ends with its exit code.
 *
 * The files are the host's, through Node's synchronous fs; path-resolution.ts says why a guest cannot leave its
 * directories.
 */
import { constants, openSync } from 'node:fs'
import { Func, type Callable, type PromisingOptions } from '../runtime/func.js'
import { Instance } from '../runtime/instance.js'
import { Store } from '../runtime/store.js'
import { PREVIEW1, UNSTABLE, type Version } from './abi.js'
import { callOf, callsOf, rawCall, typeOf } from './calls.js'
import { reasonOf } from '../runtime/system-errors.js'
import { preopenedDirectory, sinkStream, sourceStream, standardStream, type Sink, type Source } from './fd-table.js'
import type { MemorySource } from './guest-memory.js'
import { ProcExit, WasiHost } from './host.js'

/** A directory that the guest may use. */
export interface Preopen {
  /** Path on the host. */
  readonly host: string
  /** The name by which the guest knows it, for example `/` or `/data` or `.`. */
  readonly guest: string
  /** Whatever would change something below it answers EROFS. */
  readonly readOnly?: boolean
}

export interface WasiOptions {
  /** Arguments, the program's name first. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly preopens?: readonly Preopen[]
  /** Host file descriptor, or a stream of the embedder's. Default: the process's own. */
  readonly stdin?: number | Source
  readonly stdout?: number | Sink
  readonly stderr?: number | Sink
  /** False: the guest's exit ends the process. Default: `start` returns the exit code. */
  readonly returnOnExit?: boolean
}

/** The environment that a guest was promised cannot be made, or the module is no WASI program; says why. */
export class WasiSetupError extends Error {
  override readonly name = 'WasiSetupError'
}

/** The exit code in what ended a call. @throws the error when it is no exit of the guest's */
function exitCode(error: unknown): number {
  if (!(error instanceof ProcExit)) throw error
  return error.code
}

/** An instance of the runtime, or anything with an `exports` object such as the namespace's `WebAssembly.Instance`. */
export type WasiInstance = Instance | { readonly exports: object }

/** The bytes of a `WebAssembly.Memory`: a view that is made anew when the buffer has changed. */
class BufferSource implements MemorySource {
  private readonly memory: { readonly buffer: ArrayBuffer }
  private view = new Uint8Array(0)

  constructor(memory: { readonly buffer: ArrayBuffer }) {
    this.memory = memory
  }

  bytes(): Uint8Array {
    const { buffer } = this.memory
    if (this.view.buffer !== buffer) this.view = new Uint8Array(buffer)
    return this.view
  }
}

function hasBuffer(value: unknown): value is { readonly buffer: ArrayBuffer } {
  return typeof value === 'object' && value !== null && 'buffer' in value && value.buffer instanceof ArrayBuffer
}

function exportOf(exports: object, name: string): unknown {
  const value: unknown = Reflect.get(exports, name)
  return value
}

function functionOf(instance: WasiInstance, name: string): (() => unknown) | undefined {
  if (instance instanceof Instance) {
    const func = instance.getFunc(name)
    // Called once: its function object, which is made of text, would take longer.
    return func?.type.params.length === 0 ? () => func.callRaw([]) : func?.callable
  }
  const value = exportOf(instance.exports, name)
  return typeof value === 'function' ? () => Reflect.apply(value, undefined, []) as unknown : undefined
}

function memoryOf(instance: WasiInstance): MemorySource | undefined {
  if (instance instanceof Instance) return instance.getMemory('memory')
  const value = exportOf(instance.exports, 'memory')
  return hasBuffer(value) ? new BufferSource(value) : undefined
}

const VERSIONS: readonly Version[] = [PREVIEW1, UNSTABLE]

function hasNul(text: string): boolean {
  return text.includes('\0')
}

/** Of a directory to be opened. */
const REASONS: Readonly<Record<string, string>> = { ENOENT: 'it does not exist', ENOTDIR: 'it is not a directory' }

function openPreopen(preopen: Preopen): number {
  try {
    return openSync(preopen.host, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    throw new WasiSetupError(`cannot give the directory '${preopen.host}' to the guest: ${reasonOf(error, REASONS)}`)
  }
}

export class Wasi {
  private readonly host: WasiHost
  private readonly returnOnExit: boolean

  /** @throws WasiSetupError when a directory cannot be opened or a string has a NUL character */
  constructor(options: WasiOptions = {}) {
    const { args = [], env = {}, preopens = [], stdin = 0, stdout = 1, stderr = 2 } = options
    for (const text of [...args, ...Object.entries(env).flat()]) {
      if (hasNul(text)) throw new WasiSetupError('arguments and environment of a guest cannot contain a NUL character')
    }
    this.host = new WasiHost(args, env)
    this.returnOnExit = options.returnOnExit ?? true
    const { fds } = this.host
    fds.add(typeof stdin === 'number' ? standardStream(stdin) : sourceStream(stdin))
    fds.add(typeof stdout === 'number' ? standardStream(stdout) : sinkStream(stdout))
    fds.add(typeof stderr === 'number' ? standardStream(stderr) : sinkStream(stderr))
    try {
      for (const preopen of preopens) {
        fds.add(preopenedDirectory(openPreopen(preopen), preopen.guest, preopen.readOnly ?? false))
      }
    } catch (error) {
      fds.closeAll()
      throw error
    }
  }

  /** True for the names of modules whose functions `importsFor` resolves. */
  static provides(moduleName: string): boolean {
    return VERSIONS.some((version) => version.module === moduleName)
  }

  /**
   * The functions of WASI as imports of a store: a function that finds one by module and name and gives the same Func
   * each time, undefined for names that WASI has not got.
   */
  importsFor(store: Store): (moduleName: string, name: string) => Func | undefined {
    const made = new Map<string, Func>()
    return (moduleName, name) => {
      const version = VERSIONS.find((each) => each.module === moduleName)
      if (version === undefined) return undefined
      const key = `${moduleName} ${name}`
      const known = made.get(key)
      if (known !== undefined) return known
      const call = callOf(version, name)
      if (call === undefined) return undefined
      const func = Func.raw(store, typeOf(name, call), rawCall(this.host, call))
      made.set(key, func)
      return func
    }
  }

  /**
   * All functions of WASI as an import object, for the `WebAssembly` namespace.
   * @param store the store of the instance; by default the one of the namespace
   */
  getImportObject(store: Store = Store.default()): Record<string, Record<string, Callable>> {
    const find = this.importsFor(store)
    const functionsOf = (version: Version): Record<string, Callable> => {
      const functions: Record<string, Callable> = {}
      for (const name of Object.keys(callsOf(version))) {
        const func = find(version.module, name)
        if (func !== undefined) functions[name] = func.callable
      }
      return functions
    }
    return Object.fromEntries(VERSIONS.map((version) => [version.module, functionsOf(version)]))
  }

  /** Names the guest's memory; host calls before that find no memory (EFAULT). `start` and `initialize` do it. */
  setMemory(memory: MemorySource): void {
    this.host.memory.attach(memory)
  }

  /**
   * Says that the guest will be interrupted in so many milliseconds (Store.deadline): it does not sleep longer than
   * that. A read that waits for input is not ended.
   */
  setTimeout(milliseconds: number): void {
    this.host.deadline = performance.now() + milliseconds
  }

  /**
   * Runs a command: calls its `_start`.
   * @returns the exit code, 0 when `_start` returns
   * @throws WasiSetupError when the instance has no `_start`; traps pass through
   */
  start(instance: WasiInstance): number {
    const start = functionOf(instance, '_start')
    if (start === undefined) throw new WasiSetupError('the module exports no function _start: it is no WASI command')
    this.attach(instance)
    return this.run(start)
  }

  /**
   * As `start`, of an instance of the runtime, but gives the event loop its turns (PromisingOptions): other work of the thread goes on.
   * @throws WasiSetupError; a trap, or the reason of an aborted signal, rejects
   */
  async startAsync(instance: Instance, options: PromisingOptions): Promise<number> {
    const start = instance.getFunc('_start')
    if (start === undefined) throw new WasiSetupError('the module exports no function _start: it is no WASI command')
    this.attach(instance)
    return this.runAsync(start.promising(options))
  }

  /** Sets a reactor up: calls its `_initialize` when it has one. @returns as `start` */
  initialize(instance: WasiInstance): number {
    this.attach(instance)
    const initialize = functionOf(instance, '_initialize')
    return initialize === undefined ? 0 : this.run(initialize)
  }

  /**
   * Runs any call into the guest and returns its exit code, 0 when it returns by itself.
   * @throws whatever the call throws, except the guest's exit
   */
  run(call: () => unknown): number {
    let code = 0
    try {
      call()
    } catch (error) {
      code = exitCode(error)
    }
    return this.exit(code)
  }

  /** As `run`, of a call that returns a promise. */
  async runAsync(call: () => Promise<unknown>): Promise<number> {
    let code = 0
    try {
      await call()
    } catch (error) {
      code = exitCode(error)
    }
    return this.exit(code)
  }

  private exit(code: number): number {
    if (!this.returnOnExit) process.exit(code)
    return code
  }

  /** Closes every file that the guest left open. The process does it at its end, so commands need not. */
  close(): void {
    this.host.fds.closeAll()
  }

  private attach(instance: WasiInstance): void {
    const memory = memoryOf(instance)
    if (memory !== undefined) this.setMemory(memory)
  }
}
