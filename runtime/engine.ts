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
import { learnContinuation, openBoundary, takeLesson, wantedBoundary, type PlacedStub } from './boundary.js'
import { Coredump, type CoredumpOptions } from './coredump/coredump.js'
import { Cell64, addon, addressBits, control64, provideStack } from './context.js'
import { EngineEvents } from './events.js'
import type { Func } from './func.js'
import { canGuard } from './memory.js'
import { keepTerminable } from './interrupts.js'
import { JumpCache } from './jump-cache.js'
import { Owners, withReclaim } from './owners.js'
import { environmentOptions, resolveOptions, type EngineOptions } from './options.js'
import { stubImage, type Stub } from './stub-image.js'
import {
  FixedStub,
  TypeStub,
  entryStubOf,
  fixedStubOf,
  functionStubOf,
  hostStubOf,
  keyOfStub,
  writeStub,
} from './stub-list.js'
import { LAZY_RUN, LAZY_STUB_SIZE, writeLazyStubs } from './lazy-stubs.js'
import { HostSite } from './stubs.js'

/** All code of an engine is reachable from all of it by a 32-bit displacement; the addon allows up to 1 GiB. */
const ARENA_BYTES = 512 << 20
const STUB_CHUNK = 64 << 10
/** Bytes of a chunk of lazy stubs, and how many of them are written at a time: small modules need few. */
const LAZY_CHUNK = 64 << 10
const LAZY_BATCH = LAZY_RUN * LAZY_STUB_SIZE

/** A function type as the engine knows it. */
export class EngineType {
  readonly id: number
  readonly type: FuncType
  /** Addresses, 0 until they are needed. */
  entryStub = 0
  hostStub = 0
  /** The routine of RelocKind.Import. */
  importCall = 0
  /** Of the host stub: where it goes on after a host function, and its jumps back into guest code. */
  continuation = 0
  returns: JumpCache | undefined

  constructor(id: number, type: FuncType) {
    this.id = id
    this.type = type
  }

  /** Made when it is asked for: most types' stubs come from the image. */
  get signature(): Signature {
    return signatureOf(this.type)
  }
}

/** A stub of a function type, if the image has it. */
function imageStub(stub: TypeStub, { type }: EngineType): Stub | undefined {
  const key = keyOfStub(stub, type)
  return key < 0 ? undefined : stubImage()?.find(key)
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
  /** Made when first needed: what most programs need is in an image (stub-image.ts). */
  private asm: Assembler | undefined
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
    setSlot(StubId.Runtime, this.fixedStub(FixedStub.Runtime))
    setSlot(StubId.MemoryCopy, this.fixedStub(FixedStub.MemoryCopy))
    setSlot(StubId.MemoryFill, this.fixedStub(FixedStub.MemoryFill))
    this.lazyCommon = this.fixedStub(FixedStub.LazyCommon)
    // One poll stub a thread will do, and one way in; the engine whose arena has them stays.
    if (permanent.length === 0) {
      keepTerminable()
      control64[Cell64.pollStub] = addressBits(this.fixedStub(FixedStub.Poll))
      control64[Cell64.callPollStub] = addressBits(this.fixedStub(FixedStub.CallPoll))
      replaceStubAddress = this.fixedStub(FixedStub.Replace)
      this.openBoundary()
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
      known = new EngineType(this.types.size + 1, type)
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
    if (type.entryStub === 0) {
      const { chunk, at } = this.placeStub(entryStubOf(this.assembler(), type.signature))
      type.entryStub = chunk.exec + at
    }
    return type.entryStub
  }

  hostStub(type: EngineType): number {
    if (type.hostStub === 0) {
      const { chunk, at, sites } = this.placeStub(this.findHostStub(type), type.id)
      const address = chunk.exec + at
      type.hostStub = address + sites[HostSite.Start]
      type.importCall = address + sites[HostSite.ImportCall]
      type.continuation = address + sites[HostSite.Continuation]
      type.returns = new JumpCache(chunk, at, sites.subarray(HostSite.Returns))
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

  private assembler(): Assembler {
    return (this.asm ??= new Assembler())
  }

  private openBoundary(): void {
    const wanted = wantedBoundary()
    if (wanted === undefined) return
    const throws = wanted === 'throwing'
    openBoundary(
      this.placeStub(this.findStub(throws ? FixedStub.EnterThrowing : FixedStub.Enter)),
      this.placeStub(this.findStub(throws ? FixedStub.ResumeThrowing : FixedStub.Resume)),
    )
  }

  private findStub(key: number): Stub {
    return stubImage()?.find(key) ?? fixedStubOf(this.assembler(), key)
  }

  private findHostStub(type: EngineType): Stub {
    return imageStub(TypeStub.Host, type) ?? hostStubOf(this.assembler(), type.signature)
  }

  /** @internal What is in front of one function of a type, see functionStubOf. Valid until the engine's assembler emits something else. */
  functionStub(type: EngineType): Stub {
    return imageStub(TypeStub.Function, type) ?? functionStubOf(this.assembler(), type.signature)
  }

  /** @returns its address */
  private fixedStub(key: number): number {
    const { chunk, at } = this.placeStub(this.findStub(key))
    return chunk.exec + at
  }

  /** Copies a stub to where it runs. @param typeId of the function type that it is for */
  private placeStub(stub: Stub, typeId = 0): PlacedStub {
    const size = stub.code.length
    if (this.stubs.used + size > this.stubs.size) this.stubs = this.arena.allocate(Math.max(size, STUB_CHUNK))
    const chunk = this.stubs
    const at = chunk.used
    writeStub(chunk, at, stub, typeId)
    chunk.used = Math.min(chunk.size, Math.ceil((at + size) / CODE_ALIGN) * CODE_ALIGN)
    return { chunk, at, sites: stub.sites }
  }
}
