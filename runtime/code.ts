/**
 * The machine code of one module: its entry table, its jump table and the versions of its functions (versions.ts).
 *
 * Publishing copies a compiled function into the arena, applies its relocations and stores its address in its entry
 * slot and a jump to it in its entry of the jump table: 8-byte stores, after which every caller reaches it. Calls of every kind
 * go to the jump table, so that protecting the tables' pages makes each call a poll, at no cost before (docs/abi.md); as in V8, because a call through a slot in memory is an indirect branch, and those are slow: on a
 * machine whose hypervisor restricts their prediction the kernel `fib` runs 2.4 times as long.
 */
import type { CodePositions } from '../tiers/baseline/positions.js'
import { CODE_ALIGN, OPTIMIZED_ALIGN, RELOC_WORDS, type CompiledFunction, type CompiledRun } from '../tiers/compiled.js'
import type { DebugInfo } from '../wasm/debug/debug-info.js'
import type { ModuleInfo } from '../wasm/types.js'
import type { CodeArena, CodeChunk } from './arena.js'
import type { VersionParts } from './compile-messages.js'
import { addon } from './context.js'
import { CodeChunks, chunkOwner } from './code-chunks.js'
import type { ImageBuilder } from './code-image.js'
import type { Engine, EngineType } from './engine.js'
import { EntryTable } from './entry-table.js'
import { GuardFailures } from './guard-failures.js'
import { JUMP_SIZE } from './jumps.js'
import type { Module } from './module.js'
import { Owners, withReclaim } from './owners.js'
import { relocate, type LinkTargets, type OwnTargets } from './relocate.js'
import { VersionTable, type VersionKey } from './versions.js'

/** New chunks grow with the module, between these. */
const MIN_CHUNK = 64 << 10
const MAX_CHUNK = 4 << 20

const NO_FRAMES = new Int32Array(0)

/** What backtraces, profiles and core dumps want to know of a module. */
export interface CodeOwner {
  readonly url: string
  readonly name: string | undefined
  readonly info: ModuleInfo
  readonly bytes: Uint8Array
  /** Path of the file that it came from, if that is known. */
  readonly file: string | undefined
  readonly debug: DebugInfo
  funcName(index: number): string | undefined
  /** Where a function begins in its source, as far as a table of the program itself says so. */
  funcSource(index: number): { readonly file: string | undefined; readonly line: number } | undefined
  /** Which opcodes the instructions of a version are for (tiers/baseline/positions.ts), undefined when that cannot be had. */
  codePositions(version: VersionKey, size: number): CodePositions | undefined
  /** Frame states of a version (tiers/compiled.ts), undefined when they cannot be had. */
  frameStates(version: CodeVersion): Int32Array | undefined
}

/** A version of a function, as an address lookup finds it. */
export interface CodeVersion extends VersionKey {
  readonly code: ModuleCode
  /** Number in `code.versions`. */
  readonly version: number
  /** Address of its code, and its size in bytes. */
  readonly start: number
  readonly size: number
}

/** Takes in what compile workers have published: see setPendingVersions. */
let takePending: (() => void) | undefined

/** Has `take` called before each look-up: it adopts the versions that other threads have published meanwhile. */
export function setPendingVersions(take: () => void): void {
  takePending = take
}

/** The version whose code contains an address; undefined in stubs and outside of guest code. */
export function findVersion(pc: number): CodeVersion | undefined {
  takePending?.()
  return findAdopted(pc)
}

/** As `findVersion`, when what is pending has been taken since the address was met. */
export function findAdopted(pc: number): CodeVersion | undefined {
  const code = chunkOwner(pc) as ModuleCode | undefined
  const version = code === undefined ? -1 : code.find(pc)
  return code === undefined || version < 0 ? undefined : code.describe(version)
}

const releaseListeners = new Set<() => void>()

/** Has `listener` called before code is given back and its addresses come to mean other code. @returns what ends that */
export function onCodeRelease(listener: () => void): () => void {
  releaseListeners.add(listener)
  return () => releaseListeners.delete(listener)
}

/** What is given back with a module's code. It must not keep the engine. */
interface OwnedSpace {
  readonly arena: CodeArena
  readonly watch: number
  readonly chunks: CodeChunks
  readonly jumps: { readonly exec: number; readonly size: number }
  readonly counters: readonly number[]
}

/** A few modules can fill an arena, so a few may be what fills it. */
const FEW_MODULES = 2

/** Gives a module's code back when the module is collected. */
const spaces = new Owners<OwnedSpace>(({ arena, watch, chunks, jumps, counters }) => {
  for (const listener of releaseListeners) listener()
  addon.unwatch(watch)
  arena.release(jumps.exec, jumps.size)
  GuardFailures.releaseBlocks(counters)
  chunks.release()
}, FEW_MODULES)

function noGuards(): never {
  throw new Error('baseline code guards nothing')
}

export class ModuleCode {
  readonly engine: Engine
  readonly functionCount: number
  /** Address of the entry slot of defined function 0. */
  readonly entries: number
  /** All that was compiled. */
  readonly versions = new VersionTable()
  /** The version that callers of each function reach, plus 1; 0 before it is compiled. */
  private readonly current: Int32Array
  private readonly table: EntryTable
  private readonly entryStubs = new Map<number, number>()
  private readonly chunks: CodeChunks
  /** Where code is published: the last one. */
  private chunk: CodeChunk
  /** @internal What this module's code refers to. */
  readonly targets: LinkTargets
  /** @internal Address of the routine of RelocKind.Import for a type of the module. */
  readonly importCall: (type: number) => number
  /** @internal */
  readonly guardFailures: GuardFailures
  /** The module, when it is complete. */
  owner: Module | undefined
  compiledCount = 0
  /** Versions of whole functions that the optimizing tier made. */
  optimizedCount = 0
  codeBytes = 0
  /** Gets a copy of all that is published, when somebody wants to keep it. */
  recorder: ImageBuilder | undefined

  /**
   * @param expectedBytes of code that will be published soon: sizes the first chunk
   * @throws CodeSpaceError
   */
  constructor(engine: Engine, functionCount: number, typeIds: Uint32Array, expectedBytes: number) {
    this.engine = engine
    this.functionCount = functionCount
    this.current = new Int32Array(functionCount)
    const table = Math.ceil((functionCount * 8) / CODE_ALIGN) * CODE_ALIGN
    const watch = addon.watch(this)
    const chunks = new CodeChunks(engine.arena, watch)
    this.chunks = chunks
    let jumps: CodeChunk
    try {
      this.chunk = chunks.open(table + expectedBytes)
      jumps = withReclaim(() => engine.arena.allocateJumps(functionCount * JUMP_SIZE))
    } catch (error) {
      chunks.release()
      addon.unwatch(watch)
      throw error
    }
    const { chunk } = this
    this.table = new EntryTable(chunk, jumps, functionCount)
    this.entries = this.table.entries
    const { poll } = engine.arena
    this.targets = {
      jumps: jumps.exec,
      jumpSize: JUMP_SIZE,
      entries: this.entries,
      poll,
      stubSlots: engine.stubSlot(0),
      typeIds,
    }
    this.importCall = (type) => engine.importCall(typeIds[type])
    chunk.used = table
    this.table.leadToLazyStubs((defined) => engine.lazyStub(defined))
    const counters: number[] = []
    this.guardFailures = new GuardFailures(counters)
    const space = { exec: jumps.exec, size: jumps.size }
    spaces.add(this, { arena: engine.arena, watch, chunks, jumps: space, counters })
  }

  isCompiled(defined: number): boolean {
    return this.current[defined] !== 0
  }

  /** Number of the version that callers of a function reach, -1 before it is compiled. */
  currentVersion(defined: number): number {
    return this.current[defined] - 1
  }

  /** Lets callers of a function reach its baseline code again, if it has any. */
  pinBaseline(defined: number): void {
    const { versions } = this
    for (let version = 0; version < versions.count; version++) {
      if (versions.defined[version] === defined && versions.tier(version) === 'baseline') this.setEntry(version)
    }
  }

  describe(version: number): CodeVersion {
    const { versions } = this
    return {
      code: this,
      version,
      defined: versions.defined[version],
      tier: versions.tier(version),
      loop: versions.loop[version],
      feedback: versions.feedback(version),
      start: versions.start[version],
      size: versions.size[version],
    }
  }

  /**
   * Makes a compiled function callable, or a loop of it reachable for who knows the version.
   * @param loop at which it is entered, -1: at its start
   * @returns the number of its new version
   * @throws CodeSpaceError
   */
  publish(defined: number, compiled: CompiledFunction, loop = -1): number {
    const { codeSize, tier } = compiled
    if (loop < 0) this.recorder?.add(defined, compiled)
    const align = tier === 'optimizing' ? OPTIMIZED_ALIGN : CODE_ALIGN
    const address = this.place(compiled.code, codeSize, compiled.relocs, compiled.relocCount, defined, align)
    const { feedback } = compiled
    const version = this.versions.add({ defined, tier, loop, feedback }, address, compiled)
    this.chunks.append(version)
    this.codeBytes += codeSize
    if (loop >= 0) return version
    if (tier === 'optimizing') this.optimizedCount++
    if (this.current[defined] === 0) this.compiledCount++
    this.setEntry(version)
    return version
  }

  /** Address of the code of that many bytes that is published next. @throws CodeSpaceError */
  nextPlace(size: number, align = CODE_ALIGN): number {
    this.chunk.used = (this.chunk.used + align - 1) & -align
    if (this.chunk.used + size > this.chunk.size) {
      this.chunk = this.chunks.open(Math.max(size, Math.min(MAX_CHUNK, MIN_CHUNK + this.codeBytes / 2)))
    }
    return this.chunk.exec + this.chunk.used
  }

  /**
   * Makes functions callable that were compiled together, for the address that `nextPlace` gave: before the module is complete, each for the first time.
   * @throws CodeSpaceError
   */
  publishRun(run: CompiledRun): void {
    const { first, count } = run
    const place = this.chunk.used
    addon.populate(this.chunk.bytes.subarray(place, place + run.code.length))
    const at = this.copy(run.code, CODE_ALIGN)
    const { chunk, importCall, versions, current } = this
    const address = chunk.exec + at
    relocate(chunk.bytes, at, address, run.relocs, run.relocCount, this.targets, {
      importCall,
      guardFailures: noGuards,
    })
    const version = versions.addRun(run, address)
    this.chunks.append(version, count)
    this.table.storeFirst(first, versions.start, version, count)
    for (let i = 0; i < count; i++) {
      current[first + i] = version + i + 1
      this.codeBytes += versions.size[version + i]
    }
    this.compiledCount += count
  }

  /**
   * The stub through which JavaScript enters a function. One for each function, unlike `Engine.entryStub`, because it
   * can call its function directly: an indirect branch less in every call from JavaScript.
   */
  entryStub(defined: number, type: EngineType): number {
    let stub = this.entryStubs.get(defined)
    if (stub === undefined) {
      const { code, relocs } = this.engine.functionStub(type)
      // Its one relocation, whose operand is the function.
      const own = relocs.slice()
      own[RELOC_WORDS - 1] = defined
      stub = this.place(code, code.length, own, 1, defined)
      this.entryStubs.set(defined, stub)
    }
    return stub
  }

  /** The fixed address of a function: a jump to its code. For calls, function references and imports. */
  jump(defined: number): number {
    return this.table.jump(defined)
  }

  /** The defined function whose fixed address this is, -1 for other addresses. */
  definedAt(jump: number): number {
    const defined = (jump - this.targets.jumps) / JUMP_SIZE
    return defined >= 0 && defined < this.functionCount ? defined : -1
  }

  /** Sets aside room for code that compile workers will write. @throws CodeSpaceError */
  openSharedChunk(bytes: number): { readonly exec: number; readonly size: number } {
    const { exec, size } = this.chunks.openShared(bytes)
    return { exec, size }
  }

  /** Takes in a version that a worker wrote into a shared chunk and, unless it is entered at a loop, published. @returns its number */
  adopt(defined: number, loop: number, address: number, parts: VersionParts): number {
    const version = this.versions.add({ defined, tier: parts.tier, loop, feedback: parts.feedback }, address, parts)
    this.chunks.insert(version, this.versions)
    this.codeBytes += parts.codeSize
    if (loop >= 0) return version
    if (parts.tier === 'optimizing') this.optimizedCount++
    this.current[defined] = version + 1
    if (this.recorder !== undefined) {
      const code = this.chunks.bytesAt(address, parts.codeSize)
      this.recorder.add(defined, { ...parts, code, frames: NO_FRAMES, frameWords: 0 })
    }
    return version
  }

  /** Lets callers of its function reach a version from now on. */
  setEntry(version: number): void {
    const defined = this.versions.defined[version]
    this.current[defined] = version + 1
    this.table.store(defined, this.versions.start[version])
  }

  /** Number of the version whose code contains an address, -1 when it is not in a function of this module. */
  find(pc: number): number {
    return this.chunks.find(pc, this.versions)
  }

  /** A copy of the machine code of a version. */
  read(version: number): Uint8Array {
    return this.view(version).slice()
  }

  /** The machine code of a version, where it can be written. */
  view(version: number): Uint8Array {
    const { start, size } = this.versions
    return this.chunks.bytesAt(start[version], size[version])
  }

  get metadataBytes(): number {
    return this.versions.metadataBytes
  }

  /** Copies code of a function to where it runs and applies its relocations. @returns its address */
  private place(
    code: Uint8Array,
    size: number,
    relocs: Int32Array,
    relocCount: number,
    defined: number,
    align = CODE_ALIGN,
  ): number {
    const at = this.copy(code.subarray(0, size), align)
    const { chunk } = this
    const { importCall, guardFailures } = this
    const own: OwnTargets = { importCall, guardFailures: () => guardFailures.addressOf(defined) }
    relocate(chunk.bytes, at, chunk.exec + at, relocs, relocCount, this.targets, own)
    return chunk.exec + at
  }

  /** Copies code to the next free place. @returns where in the chunk */
  private copy(code: Uint8Array, align: number): number {
    this.nextPlace(code.length, align)
    const { chunk } = this
    const at = chunk.used
    chunk.bytes.set(code, at)
    chunk.used = at + code.length
    return at
  }
}
