/**
 * Runs the engine's own Wasm program (wasm/programs.ts) as code that its optimizing tier made when it was built: the host would run
 * it in its baseline tier for the first ten milliseconds, which is a third of the time that a large module takes to load.
 *
 * Such a program is no guest: it has no instance, no fiber and no entry in any table of code, so nothing that looks at guests (samples,
 * tiering, dumps, fuel, deadlines) can meet it, and it may run whenever JavaScript does. A trap is an exception of the call, as in the host.
 *
 * Where there is no image that fits (another CPU, a file cut off), or no room, the host's WebAssembly does the same, but for the optimizing compiler:
 * it is too large to start fast there, and there is its JavaScript.
 */
import { MemoryRecord, Vmctx } from '../tiers/abi.js'
import { programCode } from '../tiers/baseline/program/code.js'
import { ENGINE_DIGEST } from '../tiers/baseline/program/digest.gen.js'
import type { EngineProgram } from '../tiers/baseline/program/program.js'
import { OPTIMIZER_DIGEST } from '../tiers/optimizing/program/digest.gen.js'
import type { OptimizerProgram } from '../tiers/optimizing/program/instance.js'
import { ProgramFailure, startInHost, type Program } from '../wasm/programs.js'
import { addon } from './context.js'
import { allocate, loadAddress, release, storeAddress, windowOf } from './data.js'
import { imagePath } from './image-path.js'
import { Owners } from './owners.js'
import { FAULT, headOf, readProgram, TABLE, type ProgramParts } from './program-image.js'

/** The programs by the names of their images. */
export type ProgramName = 'engine' | 'optimizer'

const PAGE = 1 << 16
/** What the first function writes to, at least, all from the memory's start: a page fault each would take twice as long. */
const FIRST_BYTES: Readonly<Record<ProgramName, number>> = { engine: 0, optimizer: 3 << 18 }
/** As of a guarded memory: no index of 32 bits plus offset of 32 leads out of it. */
const RESERVATION = 2 ** 33 + PAGE

/** What one instance takes. */
interface Claim {
  readonly base: number
  readonly context: number
  readonly contextSize: number
  readonly record: number
}

const owners = new Owners<Claim>(({ base, context, contextSize, record }) => {
  addon.release(base, RESERVATION)
  release(context, contextSize)
  release(record, MemoryRecord.size)
})

/** The memory of an instance, as the host's: `buffer` is another one after the program has made it grow. */
class OwnMemory {
  readonly base: number
  private readonly record: number
  private seen = 0
  private view = new ArrayBuffer(0)

  /** Makes all pages accessible: those that nothing was written to cost nothing, and the program counts what it uses. */
  constructor(base: number, record: number, { min, max }: ProgramParts['pages']) {
    addon.commit(base, max * PAGE)
    this.base = base
    this.record = record
    storeAddress(record + MemoryRecord.base, base)
    storeAddress(record + MemoryRecord.bytes, min * PAGE)
  }

  get buffer(): ArrayBuffer {
    const bytes = loadAddress(this.record + MemoryRecord.bytes)
    if (bytes !== this.seen) {
      if (this.seen > 0) addon.detach(this.view)
      this.view = addon.view(this.base, bytes)
      this.seen = bytes
    }
    return this.view
  }

  /** Leaves nothing of the memory within JavaScript's reach. */
  close(): void {
    addon.detach(this.view)
    this.view = new ArrayBuffer(0)
  }
}

/** An image that is mapped, for good, and may be run. */
export interface LoadedProgram extends ProgramParts {
  readonly address: number
}

/** What was loaded; undefined for what does not fit. */
const images = new Map<ProgramName, LoadedProgram | undefined>()

/** Maps an image; undefined when it cannot be had, or is not for this program and CPU. @param digest of the program's bytes */
export function loadProgram(path: string, digest: Uint8Array): LoadedProgram | undefined {
  const file = addon.mapCode(path, headOf(digest))
  if (file === undefined) return undefined
  const image = addon.view(file.address, file.bytes)
  const parts = readProgram(image, addon.features)
  if (parts === undefined) return undefined
  const words = new Uint32Array(image, 0, TABLE / 4)
  for (const at of parts.words) {
    const to = file.address + words[at / 4]
    words[at / 4] = to
    words[at / 4 + 1] = to / 2 ** 32
  }
  return { ...parts, address: file.address }
}

function ownProgram(name: ProgramName, digest: string): Program | undefined {
  if (!images.has(name)) images.set(name, loadProgram(imagePath(name), Buffer.from(digest, 'hex')))
  const image = images.get(name)
  return image === undefined ? undefined : instantiateProgram(image, FIRST_BYTES[name])
}

/** A new instance of the engine's program, see ScanProvider: from the image, else by the host if it may; undefined where neither can. */
export function engineProgram(mayHost: boolean): EngineProgram | undefined {
  const own = ownProgram('engine', ENGINE_DIGEST) as EngineProgram | undefined
  return own ?? (mayHost ? startInHost<EngineProgram>(programCode()) : undefined)
}

/** A new instance of the optimizing compiler's program; undefined where there is no image that fits: it is too large for the host to start it fast. */
export function optimizerProgram(): OptimizerProgram | undefined {
  return ownProgram('optimizer', OPTIMIZER_DIGEST) as OptimizerProgram | undefined
}

/**
 * A new instance of what an image holds; undefined when the system has no room for its memory.
 * @param first so many bytes of it are about to be written
 */
export function instantiateProgram(
  { address, entries, start, pages, data, dataTo, context: initial }: LoadedProgram,
  first = 0,
): Program | undefined {
  const record = allocate(MemoryRecord.size)
  let base = 0
  let memory: OwnMemory
  try {
    base = addon.reserve(RESERVATION)
    memory = new OwnMemory(base, record, pages)
  } catch {
    if (base !== 0) addon.release(base, RESERVATION)
    release(record, MemoryRecord.size)
    return undefined
  }
  const contextSize = initial.length
  const context = allocate(contextSize)
  const window = windowOf(context)
  new Uint8Array(window.i32.buffer).set(initial, context - window.base)
  storeAddress(context + Vmctx.memBase, base)
  storeAddress(context + Vmctx.memory0, record)
  const bytes = new Uint8Array(memory.buffer)
  if (first > 0) addon.populate(bytes.subarray(0, first))
  bytes.set(data, dataTo)
  const giveBack = owners.add(memory, { base, context, contextSize, record })
  const close = (): void => {
    memory.close()
    giveBack()
  }
  // Each function needs the memory, and so keeps it.
  const functions: Record<string, number> = {}
  const place = { code: address, functions, context, base }
  const program: Record<string, unknown> & Program = { memory, release: close, place }
  for (const { name, at } of entries) {
    const entry = address + at
    functions[name] = at
    program[name] = (a = 0, b = 0): number => {
      const result = addon.callCode(entry, context, memory.base, a >>> 0, b >>> 0)
      if (result === FAULT) throw new ProgramFailure('a program of the engine has failed')
      return result
    }
  }
  if (start >= 0) addon.callCode(address + start, context, base, 0, 0)
  return program
}
