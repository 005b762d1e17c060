/**
 * A compile worker: runs the optimizing compiler on jobs and publishes what comes out by itself, so that the
 * thread that asked may stay in guest code meanwhile.
 *
 * It knows modules by their bytes, which are shared, and by addresses. It is told of everything through one port, from which it
 * takes all messages before it chooses the job of the highest priority. What it writes into memory that others run: code into a part of
 * the module's space that is nobody else's, then the entry slot and the jump, each by one atomic store (docs/architecture.md).
 */
import { setPriority } from 'node:os'
import { receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { vmctxLayout } from '../tiers/abi.js'
import { INLINE_WORDS, OPTIMIZED_ALIGN, RELOC_WORDS, SITE_WORDS, type CompiledFunction } from '../tiers/compiled.js'
import type { HostedOptimizer } from '../tiers/optimizing/hosted.js'
import { passNames } from '../tiers/optimizing/options.js'
import { ModuleDecoder } from '../wasm/decoder.js'
import type { ModuleInfo } from '../wasm/types.js'
import { milliseconds } from './clock.js'
import {
  WorkerState,
  type Finished,
  type JobMessage,
  type ModuleMessage,
  type SpaceMessage,
  type ToWorker,
  type VersionParts,
} from './compile-messages.js'
import { JUMP_LENGTH, JUMP_SIZE, jumpEntry } from './jumps.js'
import { native, type CodeArena } from './native.js'
import { relocate } from './relocate.js'
import { createOptimizer } from './tier.js'

const addon = native()

/** How much more willingly this thread waits for a processor than those that run guests: it should use what they leave. */
const NICENESS = 5
// On Linux the number 0 means this thread, not the process. Where it is refused, nothing is lost.
try {
  setPriority(0, NICENESS)
} catch {}

interface Space {
  readonly message: SpaceMessage
  /** The space through the writable mapping. */
  readonly bytes: Uint8Array
}

interface KnownModule {
  readonly message: ModuleMessage
  readonly arena: CodeArena
  readonly bytes: Uint8Array
  readonly info: ModuleInfo
  readonly compiler: HostedOptimizer
  space: Space | undefined
}

/** What the worker was started with. */
export interface WorkerStart {
  readonly port: MessagePort
  /** One word, WorkerState. */
  readonly state: Int32Array<SharedArrayBuffer>
}

const { port, state } = workerData as WorkerStart
const modules = new Map<number, KnownModule>()
const jobs: JobMessage[] = []

function learn(message: ModuleMessage): void {
  const bytes = new Uint8Array(message.bytes)
  const decoder = new ModuleDecoder({})
  decoder.push(bytes, true)
  decoder.finish()
  const { info } = decoder
  const env = {
    info,
    layout: vmctxLayout(info, Math.max(0, info.dataCount)),
    features: addon.features,
    bounds: message.bounds,
    checked: message.checked,
    fuel: message.fuel,
    moduleBytes: () => bytes,
  }
  const compiler = createOptimizer(env)
  const arena = addon.openArena(message.arena)
  modules.set(message.module, { message, arena, bytes, info, compiler, space: undefined })
}

function forget(id: number): void {
  const known = modules.get(id)
  if (known === undefined) return
  modules.delete(id)
  addon.releaseArena(known.arena.id)
}

function takeMessage(message: ToWorker): void {
  switch (message.kind) {
    case 'module':
      learn(message)
      return
    case 'space': {
      const known = modules.get(message.module)
      if (known === undefined) return
      const { arena } = known
      const view = addon.view(arena.write + (message.exec - arena.exec), message.size)
      known.space = { message, bytes: new Uint8Array(view) }
      return
    }
    case 'job':
      jobs.push(message)
      return
    case 'drop':
      forget(message.module)
  }
}

function takeMessages(): void {
  for (;;) {
    const received = receiveMessageOnPort(port) as { readonly message: ToWorker } | undefined
    if (received === undefined) return
    takeMessage(received.message)
  }
}

/** Copies what the compiler's buffers hold until its next compile. */
function partsOf(compiled: CompiledFunction): VersionParts {
  const { tier, codeSize, relocCount, siteCount, inlineCount, frameSize, feedback } = compiled
  const relocs = compiled.relocs.slice(0, relocCount * RELOC_WORDS)
  const sites = compiled.sites.slice(0, siteCount * SITE_WORDS)
  const inlines = compiled.inlines.slice(0, inlineCount * INLINE_WORDS)
  return { tier, codeSize, relocs, relocCount, sites, siteCount, inlines, inlineCount, frameSize, feedback }
}

/** Takes `size` bytes of the module's space. @returns their offset, -1 when there is not enough left */
function takeSpace(space: Space | undefined, size: number): number {
  if (space === undefined) return -1
  const { used } = space.message
  const at = Atomics.add(used, 0, Math.ceil(size / OPTIMIZED_ALIGN) * OPTIMIZED_ALIGN)
  return at + size <= space.message.size ? at : -1
}

function passTimes({ stats }: HostedOptimizer): number[] {
  return passNames.map((name) => stats.passes[name])
}

function post(finished: Finished): void {
  port.postMessage(finished)
}

function run(job: JobMessage, known: KnownModule): void {
  const begin = performance.now()
  const passesBefore = passTimes(known.compiler)
  const { info, bytes, compiler, space } = known
  const { targets, importCalls } = known.message
  const start = info.bodyStart[job.defined]
  const compiled = compiler.tryCompile(job.defined, bytes, start, info.bodyEnd[job.defined], start, false, null, job)
  const duration = performance.now() - begin
  const passes = passTimes(compiler).map((ms, i) => ms - passesBefore[i])
  const times = { end: milliseconds(), passes }
  if ('refused' in compiled) {
    post({ job: job.job, outcome: 'refused', duration, times })
    return
  }
  const { codeSize } = compiled
  const at = takeSpace(space, codeSize)
  if (at < 0 || space === undefined) {
    post({ job: job.job, outcome: 'full', needed: codeSize })
    return
  }
  const address = space.message.exec + at
  space.bytes.set(compiled.code.subarray(0, codeSize), at)
  relocate(space.bytes, at, address, compiled.relocs, compiled.relocCount, targets, {
    importCall: (type) => importCalls[type],
    guardFailures: () => job.guardFailures,
  })
  const parts = partsOf(compiled)
  post({ job: job.job, outcome: 'published', address, parts, duration, times })
  if (job.loop >= 0) {
    // A frame waits: have it look.
    addon.interrupt(job.context)
    return
  }
  makeReachable(known, job.defined, address)
}

/** Longest sleep before a store in the forced mode 'publish'. */
const MAX_SCATTER_MS = 2

function scatter(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * MAX_SCATTER_MS)
}

/** Has callers of a function reach code whose description was posted, unless nobody would take the description any more. */
function makeReachable({ message, arena }: KnownModule, defined: number, address: number): void {
  const { targets } = message
  const jump = targets.jumps + defined * JUMP_SIZE
  const toWrite = arena.write - arena.exec
  if (message.scatter) scatter()
  if (Atomics.compareExchange(state, 0, WorkerState.Running, WorkerState.Publishing) !== WorkerState.Running) return
  addon.storeAddress(targets.entries + defined * 8 + toWrite, address)
  if (message.scatter) scatter()
  addon.storeAddress(jump + toWrite, jumpEntry(address - (jump + JUMP_LENGTH)))
  Atomics.store(state, 0, WorkerState.Running)
}

function nextJob(): JobMessage | undefined {
  let best = 0
  for (let i = 1; i < jobs.length; i++) if (jobs[i].priority > jobs[best].priority) best = i
  return jobs.splice(best, 1).at(0)
}

function work(): void {
  for (;;) {
    takeMessages()
    const job = Atomics.load(state, 0) === WorkerState.Stopped ? undefined : nextJob()
    if (job === undefined) return
    const known = modules.get(job.module)
    if (known === undefined) continue
    try {
      run(job, known)
    } catch {
      // A defect of the compiler costs this function its optimization, nothing else.
      post({ job: job.job, outcome: 'refused', duration: 0, times: { end: milliseconds(), passes: [] } })
    }
  }
}

port.on('message', (message: ToWorker) => {
  takeMessage(message)
  work()
})
work()
