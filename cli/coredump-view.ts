/**
 * A core dump together with the modules that it is about: what a frame's function is called, where in the source it is,
 * what its locals are called. Everything that is shown, as text or JSON, is made from these descriptions.
 */
import { isAbsolute, dirname, join } from 'node:path'
import { debugFiles } from '../runtime/debug-files.js'
import type { CoreFrame, CoreThread, CoreValue, Coredump } from '../wasm/coredump.js'
import { DebugInfo, type SourceFrame } from '../wasm/debug/debug-info.js'
import { shownName } from '../wasm/debug/demangle.js'
import type { Machine } from '../wasm/debug/expression.js'
import { followPath, membersBehind, type PathResult } from '../wasm/debug/paths.js'
import { variablesAt, type Variable } from '../wasm/debug/variables.js'
import { decodeModule } from '../wasm/decoder.js'
import { WasmError } from '../wasm/error.js'
import { ModuleNames } from '../wasm/names.js'
import { ExternKind, F32, F64, I32, I64, valTypeName, type ModuleInfo } from '../wasm/types.js'
import { CommandError } from './errors.js'
import { assembleInput, displayName, readInput } from './load.js'
import { complain } from './terminal.js'

/** A module of the dump whose bytes are at hand. */
export interface DumpModule {
  readonly file: string
  readonly bytes: Uint8Array
  readonly info: ModuleInfo
  readonly names: ModuleNames
  readonly debug: DebugInfo
}

/** A local, an operand or a global as it is shown. */
export interface ValueView {
  readonly index: number
  readonly name?: string
  /** Undefined when neither the dump nor the module says it. */
  readonly type?: string
  /** Text of the number; undefined when the value is missing. */
  readonly value?: string
  /** The bits in hexadecimal, of integers. */
  readonly hex?: string
}

export interface FrameView {
  readonly index: number
  readonly name: string
  readonly module: string
  readonly funcIndex: number
  /** From the start of the function's body; and of the module, when that is at hand. */
  readonly codeOffset: number
  readonly offset?: number
  readonly tier?: string
  /** Inlined by the engine into the next frame. */
  readonly inlined: boolean
  readonly source: readonly SourceFrame[]
  readonly locals: readonly ValueView[]
  readonly stack: readonly ValueView[]
  /** Variables of the source, from debug information. */
  readonly variables: readonly Variable[]
}

/** An element of what a dump lists, undefined where the index is missing: from the end, as `at` alone counts, would be another's. */
export function entryAt<T>(list: readonly T[], index: number | undefined): T | undefined {
  return index === undefined || index < 0 ? undefined : list.at(index)
}

const bits = new Uint32Array(2)
const asF32 = new Float32Array(bits.buffer)
const asF64 = new Float64Array(bits.buffer)
const asI64 = new BigInt64Array(bits.buffer)

/** Text of a known value; -0 and NaN payloads are told. */
export function valueText({ type, lo, hi }: CoreValue): string {
  bits[0] = lo
  bits[1] = hi
  if (type === I32) return String(lo | 0)
  if (type === I64) return String(asI64[0])
  const number = type === F32 ? asF32[0] : asF64[0]
  if (Object.is(number, -0)) return '-0'
  return Number.isNaN(number) ? `nan:${hexText(type, lo, hi)}` : String(number)
}

function hexText(type: number, lo: number, hi: number): string {
  const wide = type === I64 || type === F64
  const low = (lo >>> 0).toString(16)
  return wide && hi !== 0 ? `0x${(hi >>> 0).toString(16)}${low.padStart(8, '0')}` : `0x${low}`
}

function valueView(value: CoreValue, index: number, name: string | undefined, declared: number | undefined): ValueView {
  const type = value.type === 0 ? declared : value.type
  const named = {
    index,
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type: valTypeName(type) }),
  }
  if (value.type === 0) return named
  const isInteger = value.type === I32 || value.type === I64
  return { ...named, value: valueText(value), ...(isInteger ? { hex: hexText(value.type, value.lo, value.hi) } : {}) }
}

export class CoredumpView {
  readonly dump: Coredump
  private readonly modules: readonly (DumpModule | undefined)[]

  constructor(dump: Coredump, modules: readonly (DumpModule | undefined)[]) {
    this.dump = dump
    this.modules = modules
  }

  /** The module of an instance, undefined when its bytes are not at hand. */
  moduleOf(instance: number): DumpModule | undefined {
    return entryAt(this.modules, this.dump.instances.at(instance)?.module)
  }

  moduleName(instance: number): string {
    const index = this.dump.instances.at(instance)?.module
    return entryAt(this.modules, index)?.file ?? entryAt(this.dump.modules, index) ?? `module ${index ?? '?'}`
  }

  frame(thread: CoreThread, index: number): FrameView {
    const frame = thread.frames[index]
    const module = this.moduleOf(frame.instance)
    const body = module === undefined ? undefined : module.info.bodyStart[frame.funcIndex - module.info.importedFuncs]
    const offset = body === undefined ? undefined : body + frame.codeOffset
    const how = this.dump.threads[0] === thread ? this.compiledAs(index) : undefined
    return {
      index,
      name: functionName(module, frame.funcIndex),
      module: this.moduleName(frame.instance),
      funcIndex: frame.funcIndex,
      codeOffset: frame.codeOffset,
      ...(offset === undefined ? {} : { offset }),
      ...(how === undefined ? {} : { tier: how.tier }),
      inlined: how?.inlined ?? false,
      source: offset === undefined ? [] : (module?.debug.locate(offset) ?? []),
      locals: localViews(module, frame),
      stack: frame.stack.map((value, i) => valueView(value, i, undefined, undefined)),
      variables:
        module === undefined || offset === undefined ? [] : variablesAt(module.debug, offset, this.machine(frame)),
    }
  }

  /** What a path such as `shape->next->name` leads to, undefined when it does not begin with a variable of the frame. */
  follow(thread: CoreThread, index: number, path: string): PathResult | undefined {
    const frame = thread.frames[index]
    const module = this.moduleOf(frame.instance)
    const { offset } = this.frame(thread, index)
    return module === undefined || offset === undefined
      ? undefined
      : followPath(module.debug, offset, this.machine(frame), path)
  }

  /** Names of the members of what a path leads to. */
  members(thread: CoreThread, index: number, path: string): string[] {
    const frame = thread.frames[index]
    const module = this.moduleOf(frame.instance)
    const { offset } = this.frame(thread, index)
    return module === undefined || offset === undefined
      ? []
      : membersBehind(module.debug, offset, this.machine(frame), path)
  }

  private machine(frame: CoreFrame): Machine {
    const instance = this.dump.instances.at(frame.instance)
    const memory = entryAt(this.dump.memories, instance?.memories.at(0))
    return {
      local: (index) => frame.locals.at(index),
      operand: (index) => frame.stack.at(index),
      global: (index) => entryAt(this.dump.globals, instance?.globals.at(index)),
      memory: (address, length) => memory?.read(address, length) ?? new Uint8Array(0),
    }
  }

  globals(instance: number): ValueView[] {
    const module = this.moduleOf(instance)
    return (this.dump.instances.at(instance)?.globals ?? []).map((global, i) => {
      const value = this.dump.globals.at(global) ?? { type: 0, lo: 0, hi: 0 }
      const exported = module?.info.exports.find((each) => each.kind === ExternKind.Global && each.index === i)
      return valueView(value, i, exported?.name, module?.info.globals.at(i)?.type)
    })
  }

  private compiledAs(index: number): { readonly tier: string; readonly inlined: boolean } | undefined {
    let at = 0
    for (const run of this.dump.notes?.frames ?? []) {
      if (!Array.isArray(run)) return undefined
      at += Number(run[2])
      if (index < at) return { tier: String(run[0]), inlined: run[1] }
    }
    return undefined
  }
}

export function functionName(module: DumpModule | undefined, index: number): string {
  const exported = module?.info.exports.find((each) => each.kind === ExternKind.Func && each.index === index)
  return shownName(module?.names.func(index) ?? exported?.name, index)
}

function localViews(module: DumpModule | undefined, frame: CoreFrame): ValueView[] {
  const names = module?.names.locals(frame.funcIndex)
  const type = module?.info.types[module.info.funcTypes[frame.funcIndex]]
  return frame.locals.map((value, i) => valueView(value, i, names?.get(i), type?.params[i]))
}

/**
 * The modules of a dump, as far as they can be found: those that were given, in the dump's order (one for all if it is the
 * only one), otherwise the files that the dump names, if they are still the same.
 * @throws CommandError when a given file cannot be read or is no module
 */
export async function findModules(
  dump: Coredump,
  dumpFile: string,
  given: readonly string[],
): Promise<(DumpModule | undefined)[]> {
  const loaded: DumpModule[] = []
  for (const file of given) loaded.push(await loadDumpModule(file))
  const count = Math.max(dump.modules.length, 1)
  const modules: (DumpModule | undefined)[] = []
  for (let i = 0; i < count; i++) {
    const noted = dump.notes?.modules[i]
    const exact = loaded.find(({ bytes, info }) => noted !== undefined && isSame(noted, bytes, info))
    const found = exact ?? loaded.at(loaded.length === 1 && count === 1 ? 0 : i)
    if (exact === undefined && found !== undefined && noted !== undefined)
      complain(`${found.file} is not the file that the dump was made with: names, lines and variables may be wrong`)
    modules.push(found ?? (await fromDump(noted, dumpFile)))
  }
  return modules
}

interface NotedModule {
  readonly file?: string
  readonly buildId?: string
  readonly bytes: number
}

function isSame(noted: NotedModule, bytes: Uint8Array, info: ModuleInfo): boolean {
  if (noted.bytes !== bytes.length) return false
  const section = info.customs.find((custom) => custom.name === 'build_id')
  if (noted.buildId === undefined || section === undefined) return true
  return Buffer.from(bytes.subarray(section.start, section.end)).toString('hex') === noted.buildId
}

/** The file that the dump names, from where it was written or beside the dump. */
async function fromDump(noted: NotedModule | undefined, dumpFile: string): Promise<DumpModule | undefined> {
  if (typeof noted?.file !== 'string') return undefined
  const candidates = [noted.file, ...(isAbsolute(noted.file) ? [] : [join(dirname(dumpFile), noted.file)])]
  for (const file of candidates) {
    try {
      const module = await loadDumpModule(file)
      if (isSame(noted, module.bytes, module.info)) return module
    } catch (error) {
      // The file that a dump names may be gone: the dump is shown without names then.
      if (!(error instanceof CommandError)) throw error
    }
  }
  return undefined
}

async function loadDumpModule(file: string): Promise<DumpModule> {
  const bytes = await assembleInput(file, readInput(file))
  try {
    const info = decodeModule(bytes)
    return {
      file,
      bytes,
      info,
      names: new ModuleNames(info, bytes),
      debug: new DebugInfo(info, bytes, debugFiles(file)),
    }
  } catch (error) {
    if (error instanceof WasmError) throw new CommandError(`${displayName(file)} is not a module: ${error.message}`)
    throw error
  }
}
