/**
 * Runs the engine's own Wasm program (wasm/programs.ts) as code that its optimizing tier made when it was built: the host would run
 * it in its baseline tier for their first ten milliseconds, which is a third of the time that a large module takes to load.
 *
 * Such a program is no guest: it has no instance, no fiber and no entry in any table of code, so nothing that looks at guests (samples,
 * tiering, dumps, fuel, deadlines) can meet it, and it may run whenever JavaScript does. A trap is an exception of the call, as in the host.
 *
 * Where there is no image that fits (another CPU, a damaged file), or no room, the host's WebAssembly does the same.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MemoryRecord, Vmctx } from '../tiers/abi.js'
import { programCode, type EngineProgram } from '../tiers/baseline/program/program.js'
import { OPTIMIZER_DIGEST } from '../tiers/optimizing/program/digest.gen.js'
import type { OptimizerProgram } from '../tiers/optimizing/program/program.js'
import { ProgramFailure, startInHost, type Program } from '../wasm/programs.js'
import { digestOf } from './code-identity.js'
import { addon } from './context.js'
import { allocate, loadAddress, release, store32, storeAddress } from './data.js'
import { Owners } from './owners.js'
import { FAULT, readProgram, type ProgramParts } from './program-image.js'

/** The programs by the names of their images. */
export type ProgramName = 'engine' | 'optimizer'

/** Where an image is: beside `dist/runtime` and `dist/bundle`. */
export function imagePath(name: ProgramName): string {
  return fileURLToPath(new URL(`../programs/${name}.wlprog`, import.meta.url))
}

const PAGE = 1 << 16
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

/** What the images hold, once they were read; undefined for one that does not fit. */
const images = new Map<ProgramName, ProgramParts | undefined>()
/** Where the code of a program is; it stays, like the programs. */
const codes = new Map<ProgramParts, number>()

function image(name: ProgramName, digest: Uint8Array): ProgramParts | undefined {
  try {
    return readProgram(readFileSync(imagePath(name)), digest, addon.features)
  } catch {
    return undefined
  }
}

/** A new instance of a program whose bytes have this digest; undefined when it cannot be had. */
export function ownProgram(name: ProgramName, digest: Uint8Array): Program | undefined {
  if (!images.has(name)) images.set(name, image(name, digest))
  const parts = images.get(name)
  return parts === undefined ? undefined : instantiateProgram(parts)
}

/** A new instance of the engine's program, see ScanProvider: from the image, else by the host if it may; undefined where neither can. */
export function engineProgram(mayHost: boolean): EngineProgram | undefined {
  const code = programCode()
  const own = ownProgram('engine', digestOf(code)) as EngineProgram | undefined
  return own ?? (mayHost ? startInHost<EngineProgram>(code) : undefined)
}

/** A new instance of the optimizing compiler's program; undefined where there is no image that fits: it is too large for the host to start it fast. */
export function optimizerProgram(): OptimizerProgram | undefined {
  return ownProgram('optimizer', Buffer.from(OPTIMIZER_DIGEST, 'hex')) as OptimizerProgram | undefined
}

/** A new instance of what an image holds; undefined when the system has no room for its memory, or for code. */
export function instantiateProgram(parts: ProgramParts): Program | undefined {
  const { contextSize } = parts
  const record = allocate(MemoryRecord.size)
  let base = 0
  let memory: OwnMemory
  try {
    if (!codes.has(parts)) codes.set(parts, addon.loadCode(parts.code, Uint32Array.from(parts.words), parts.exit))
    base = addon.reserve(RESERVATION)
    memory = new OwnMemory(base, record, parts.pages)
  } catch {
    if (base !== 0) addon.release(base, RESERVATION)
    release(record, MemoryRecord.size)
    return undefined
  }
  const code = codes.get(parts) ?? 0
  const context = allocate(contextSize)
  storeAddress(context + Vmctx.memBase, base)
  storeAddress(context + Vmctx.memory0, record)
  for (const { at, lo, hi } of parts.globals) {
    store32(context + at, lo)
    store32(context + at + 4, hi)
  }
  const bytes = new Uint8Array(memory.buffer)
  for (const { to, from, size } of parts.datas) bytes.set(parts.data.subarray(from, from + size), to)
  // Each function needs the memory, and so keeps it.
  const functions = parts.entries.map(({ name, at }) => {
    const address = code + at
    return [
      name,
      (a = 0, b = 0): number => {
        const result = addon.callCode(address, context, memory.base, a >>> 0, b >>> 0)
        if (result === FAULT) throw new ProgramFailure('a program of the engine has failed')
        return result
      },
    ]
  })
  if (parts.start >= 0) addon.callCode(code + parts.start, context, base, 0, 0)
  const giveBack = owners.add(memory, { base, context, contextSize, record })
  const close = (): void => {
    memory.close()
    giveBack()
  }
  return { ...(Object.fromEntries(functions) as object), memory, release: close }
}
