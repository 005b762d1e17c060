/**
 * An Engine owns what modules share: the options, the code arena with its stubs, and the ids of function types.
 *
 * A function type's id is what `call_indirect` compares, so it is one for each structurally different type of the
 * engine and at least 1 (a null table entry has 0). With the id go the two stubs of the signature.
 */
import { StubId, signatureOf, type Signature } from '../tiers/abi.js'
import { CODE_ALIGN, type CompiledTier, type CpuFeatures } from '../tiers/compiled.js'
import { Assembler } from '../tiers/isa/x64/assembler.js'
import type { FuncType } from '../wasm/types.js'
import { CodeArena, type CodeChunk } from './arena.js'
import { learnContinuation, openBoundary, takeLesson } from './boundary.js'
import { Coredump, type CoredumpOptions } from './coredump/coredump.js'
import { Cell64, addon, addressBits, control64, provideStack } from './context.js'
import { EngineEvents } from './events.js'
import type { Func } from './func.js'
import { canGuard } from './memory.js'
import { keepTerminable } from './interrupts.js'
import { JumpCache } from './jump-cache.js'
import { Owners, withReclaim } from './owners.js'
import { environmentOptions, resolveOptions, type EngineOptions } from './options.js'
import {
  LAZY_RUN,
  LAZY_STUB_SIZE,
  emitCallPollStub,
  emitEntryStub,
  emitHostStub,
  emitLazyCommon,
  emitPollStub,
  emitReplaceStub,
  emitRoutineStub,
  emitRuntimeStub,
  writeLazyStubs,
  type HostStubSites,
} from './stubs.js'

/** All code of an engine is reachable from all of it by a 32-bit displacement; the addon allows up to 1 GiB. */
const ARENA_BYTES = 512 << 20
const STUB_CHUNK = 64 << 10
/** Bytes of a chunk of lazy stubs, and how many of them are written at a time: small modules need few. */
const LAZY_CHUNK = 64 << 10
const LAZY_BATCH = LAZY_RUN * LAZY_STUB_SIZE

/** A function type as the engine knows it. */
export interface EngineType {
  readonly id: number
  readonly type: FuncType
  readonly signature: Signature
  /** Addresses, 0 until they are needed. */
  entryStub: number
  hostStub: number
  /** The routine of RelocKind.Import. */
  importCall: number
  /** Of the host stub: where it goes on after a host function, and its jumps back into guest code. */
  continuation: number
  returns: JumpCache | undefined
}

let shared: Engine | undefined
let replaceStubAddress = 0

/** Address of the replace stub, one a thread. */
export function replaceStub(): number {
  return replaceStubAddress
}

/** Engines that stay until the thread ends: the one whose arena has the poll stub. */
const permanent: Engine[] = []
/** Of at most 256 in a process (native/src/arena.h). */
const MANY_ENGINES = 64
/** Arenas, given back when nothing can run in them any more: everything that has code keeps its engine. */
const arenas = new Owners<number>((arena) => addon.releaseArena(arena), MANY_ENGINES)

export class Engine {
  readonly options: Required<EngineOptions>
  readonly features: CpuFeatures
  /** How bounds are checked: as the options say, but explicitly where there is no address space for guard pages. */
  readonly bounds: 'guard' | 'explicit'
  /** What happens in this engine, for who wants to know. */
  readonly events = new EngineEvents()
  /** @internal */
  readonly arena: CodeArena
  private readonly types = new Map<string, EngineType>()
  /** By id. */
  private readonly typeList: EngineType[] = []
  private readonly asm = new Assembler()
  private stubs: CodeChunk
  /** Address of the slot of StubId 0. */
  private readonly stubSlots: number
  private readonly lazyCommon: number
  private readonly lazyChunks: CodeChunk[] = []

  /** @throws OptionError */
  constructor(options: EngineOptions = {}) {
    this.options = resolveOptions(environmentOptions(), options)
    this.features = addon.features
    this.bounds = this.options.bounds === 'guard' && canGuard() ? 'guard' : 'explicit'
    if (!addon.features.sse41 || !addon.features.popcnt) {
      throw new Error('Windlass needs a CPU with SSE4.1 and POPCNT (any x86-64 since about 2008)')
    }
    provideStack(this.options.maxWasmStack)
    this.arena = withReclaim(() => new CodeArena(ARENA_BYTES))
    this.stubs = this.arena.allocate(STUB_CHUNK)
    const slots = this.stubs
    this.stubSlots = slots.exec
    slots.used = StubId.count * 8
    const setSlot = (id: number, address: number): void => {
      slots.f64[id] = addressBits(address)
    }
    setSlot(StubId.Runtime, this.placeStub(emitRuntimeStub))
    setSlot(
      StubId.MemoryCopy,
      this.placeStub((asm) => emitRoutineStub(asm, addon.routines.memmove)),
    )
    setSlot(
      StubId.MemoryFill,
      this.placeStub((asm) => emitRoutineStub(asm, addon.routines.memset)),
    )
    this.lazyCommon = this.placeStub(emitLazyCommon)
    // One poll stub a thread will do, and one way in; the engine whose arena has them stays.
    if (permanent.length === 0) {
      keepTerminable()
      control64[Cell64.pollStub] = addressBits(this.placeStub(emitPollStub))
      control64[Cell64.callPollStub] = addressBits(this.placeStub(emitCallPollStub))
      replaceStubAddress = this.placeStub(emitReplaceStub)
      openBoundary((emit) => this.placeCode(emit))
      permanent.push(this)
    } else {
      arenas.add(this, this.arena.id)
    }
    slots.f64[StubId.Poll] = control64[Cell64.pollStub]
  }

  /** The engine that the `WebAssembly` namespace uses; one a thread. */
  static default(): Engine {
    shared ??= new Engine()
    return shared
  }

  /**
   * A core dump of the guest that has called the host on this thread, as a module's bytes; without frames when none has.
   * @param options `instances` are in the dump even without frames
   */
  dump(options: CoredumpOptions = {}): Uint8Array {
    return Coredump.now('request', 'dump on request').encode(options)
  }

  /** Has a function of an instance optimized as soon as a compile worker gets to it. Host functions are left alone. */
  optimize(func: Func): void {
    func.optimize()
  }

  /** Keeps a function of an instance (all instances of its module) in one tier from its next call on, whatever happens. */
  pin(func: Func, tier: CompiledTier): void {
    func.pin(tier)
  }

  /** The engine's description of a function type; equal types give the same one. */
  typeOf(type: FuncType): EngineType {
    const key = `${type.params.join(' ')}:${type.results.join(' ')}`
    let known = this.types.get(key)
    if (known === undefined) {
      known = {
        id: this.types.size + 1,
        type,
        signature: signatureOf(type),
        entryStub: 0,
        hostStub: 0,
        importCall: 0,
        continuation: 0,
        returns: undefined,
      }
      this.types.set(key, known)
      this.typeList[known.id] = known
    }
    return known
  }

  /** The function type that has an id, undefined when none has. Slow: for errors. */
  typeById(id: number): EngineType | undefined {
    return Array.from(this.types.values()).find((type) => type.id === id)
  }

  entryStub(type: EngineType): number {
    if (type.entryStub === 0) type.entryStub = this.placeStub((asm) => emitEntryStub(asm, type.signature))
    return type.entryStub
  }

  hostStub(type: EngineType): number {
    if (type.hostStub === 0) {
      let sites: HostStubSites | undefined
      const { chunk, at } = this.placeCode((asm) => (sites = emitHostStub(asm, type.signature, type.id)))
      if (sites !== undefined) {
        type.hostStub = chunk.exec + at + sites.start
        type.importCall = chunk.exec + at + sites.importCall
        type.continuation = chunk.exec + at + sites.continuation
        type.returns = new JumpCache(chunk, at, sites.returns)
      }
    }
    return type.hostStub
  }

  /** @internal Address of the routine through which code calls imports of a type (RelocKind.Import). */
  importCall(typeId: number): number {
    const type = this.typeList[typeId]
    if (type.importCall === 0) this.hostStub(type)
    return type.importCall
  }

  /** @internal Makes the address known to which a host stub was about to return. @param typeId that of its signature */
  learnReturn(typeId: number): void {
    const type = this.typeList[typeId]
    type.returns?.learn(takeLesson())
    learnContinuation(type.continuation)
  }

  /** Address of the slot that holds the address of a routine of StubId. */
  stubSlot(id: number): number {
    return this.stubSlots + id * 8
  }

  /** Address of the stub that has a function compiled when it is called; the same for every module. */
  lazyStub(defined: number): number {
    const { lazyChunks } = this
    const at = (defined * LAZY_STUB_SIZE) % LAZY_CHUNK
    const index = (defined * LAZY_STUB_SIZE - at) / LAZY_CHUNK
    while (lazyChunks.length <= index) lazyChunks.push(this.arena.allocate(LAZY_CHUNK))
    const chunk = lazyChunks[index]
    if (at >= chunk.used) {
      const size = at - (at % LAZY_BATCH) + LAZY_BATCH
      writeLazyStubs(chunk, size, (index * LAZY_CHUNK) / LAZY_STUB_SIZE, this.lazyCommon)
      chunk.used = size
    }
    return chunk.exec + at
  }

  /** @internal Emits a stub. @returns the engine's assembler, which holds it until the next one */
  assemble(emit: (asm: Assembler) => void): Assembler {
    this.asm.reset()
    emit(this.asm)
    this.asm.finish()
    return this.asm
  }

  /** Emits a stub and copies it to where it runs. @returns its address */
  private placeStub(emit: (asm: Assembler) => void): number {
    const { chunk, at } = this.placeCode(emit)
    return chunk.exec + at
  }

  private placeCode(emit: (asm: Assembler) => void): { chunk: CodeChunk; at: number } {
    const { bytes, size } = this.assemble(emit)
    if (this.stubs.used + size > this.stubs.size) this.stubs = this.arena.allocate(Math.max(size, STUB_CHUNK))
    const chunk = this.stubs
    const at = chunk.used
    chunk.bytes.set(bytes.subarray(0, size), at)
    chunk.used = Math.min(chunk.size, Math.ceil((at + size) / CODE_ALIGN) * CODE_ALIGN)
    return { chunk, at }
  }
}
