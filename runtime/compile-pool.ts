/**
 * The compile workers of this thread, in Node's worker threads: started when there is a job, shared by all modules, at most as many as the engine
 * options say, and never what keeps the process alive.
 *
 * Jobs are posted at once and each worker orders its own by priority, because the owner may be inside guest code when a
 * worker becomes free. Results are taken from the ports in two ways: by the event loop, and synchronously by `drainWorkers`,
 * which every look-up of a code address calls first (code.ts), so that code that a worker has published is always known.
 */
import { MessageChannel, Worker, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { eventTime } from './clock.js'
import { setPendingVersions, type ModuleCode } from './code.js'
import { contextAddress } from './context.js'
import { WorkerState, type Finished, type ToWorker } from './compile-messages.js'
import type { WorkerStart } from './compile-worker.js'
import type { CompileJob } from './compile-jobs.js'
import type { Module } from './module.js'

/** Least and greatest space that is set aside at once for a module's optimized code. Pages are used as they are written. */
const MIN_SPACE = 64 << 10
const MAX_SPACE = 4 << 20
/** Code that fails to compile in a worker that dies is not tried for ever. */
const MAX_DEATHS = 3
/** Longest time that a stopped worker may take to end. */
const STOP_MS = 5_000
/** An idle worker's heap is worth more than the time to start another. */
const IDLE_MS = 10_000

interface CompileWorker {
  /** From 1 on, no other worker has it now. */
  readonly number: number
  readonly worker: Worker
  readonly port: MessagePort
  /** One word, WorkerState. */
  readonly state: Int32Array<SharedArrayBuffer>
  /** Numbers of the modules that it knows. */
  readonly modules: Set<number>
  /** Jobs that it has, by number. Strong references: a module with jobs is not collected, so its space stays its own. */
  readonly jobs: Map<number, CompileJob>
}

interface SharedModule {
  readonly id: number
  readonly bytes: SharedArrayBuffer
  space: { readonly exec: number; readonly size: number; readonly used: Int32Array<SharedArrayBuffer> }
}

const workers: CompileWorker[] = []
const shared = new WeakMap<ModuleCode, SharedModule>()
const collected = new FinalizationRegistry<number>((module) => {
  for (const worker of workers) if (worker.modules.delete(module)) send(worker, { kind: 'drop', module })
})
let lastModule = 0
let lastJob = 0
let deaths = 0
let idleTimer: ReturnType<typeof setTimeout> | undefined

function send(to: CompileWorker, message: ToWorker): void {
  to.port.postMessage(message)
}

function start(): CompileWorker | undefined {
  if (deaths >= MAX_DEATHS) return undefined
  const { port1, port2 } = new MessageChannel()
  const state = new Int32Array(new SharedArrayBuffer(4))
  let worker: Worker
  try {
    worker = new Worker(new URL('./compile-worker.js', import.meta.url), {
      name: 'windlass-compile',
      workerData: { port: port1, state } satisfies WorkerStart,
      transferList: [port1],
      // Not the program's own flags and loaders: they are about the program.
      execArgv: [],
      env: { WINDLASS_GATE: '0', WINDLASS_TEST_OPTIMIZER: process.env['WINDLASS_TEST_OPTIMIZER'] ?? '' },
      stdin: false,
    })
  } catch {
    deaths++
    return undefined
  }
  let number = 1
  while (workers.some((each) => each.number === number)) number++
  const made: CompileWorker = { number, worker, port: port2, state, modules: new Set(), jobs: new Map() }
  worker.unref()
  // An error ends the worker: all that matters is that it has ended.
  worker.on('error', () => undefined)
  worker.on('exit', () => bury(made))
  port2.on('message', (message: Finished) => {
    finish(made, message)
  })
  port2.unref()
  workers.push(made)
  return made
}

/** A worker has ended: its jobs will not be done. */
function bury(dead: CompileWorker): void {
  const at = workers.indexOf(dead)
  if (at < 0) return
  workers.splice(at, 1)
  deaths++
  drainWorker(dead)
  for (const job of dead.jobs.values()) job.done(undefined, 0)
  dead.jobs.clear()
  dead.port.close()
}

function makeSpace(code: ModuleCode, least: number): SharedModule['space'] {
  const bytes = Math.max(least, Math.min(MAX_SPACE, Math.max(MIN_SPACE, code.codeBytes)))
  const { exec, size } = code.openSharedChunk(bytes)
  return { exec, size, used: new Int32Array(new SharedArrayBuffer(4)) }
}

function share(module: Module): SharedModule {
  const { code } = module
  let known = shared.get(code)
  if (known === undefined) {
    const bytes = new SharedArrayBuffer(module.bytes.length)
    new Uint8Array(bytes).set(module.bytes)
    known = { id: ++lastModule, bytes, space: makeSpace(code, 0) }
    shared.set(code, known)
    collected.register(code, known.id)
  }
  return known
}

function importCallsOf(module: Module): Float64Array {
  const { info, code } = module
  const addresses = new Float64Array(info.types.length)
  for (const type of info.funcTypes.slice(0, info.importedFuncs)) addresses[type] = code.importCall(type)
  return addresses
}

function sendSpace(worker: CompileWorker, module: SharedModule): void {
  send(worker, { kind: 'space', module: module.id, ...module.space })
}

function introduce(worker: CompileWorker, module: Module, known: SharedModule): void {
  if (worker.modules.has(known.id)) return
  worker.modules.add(known.id)
  const { engine, code } = module
  const { id, bytes } = known
  const { bounds, options, arena } = engine
  const { targets } = code
  const importCalls = importCallsOf(module)
  const { checked, consumeFuel: fuel, force } = options
  const settings = { bounds, checked, fuel, scatter: force.includes('publish') }
  send(worker, { kind: 'module', module: id, bytes, arena: arena.id, targets, importCalls, ...settings })
  sendSpace(worker, known)
}

function choose(threads: number): CompileWorker | undefined {
  let best: CompileWorker | undefined
  for (const worker of workers) if (best === undefined || worker.jobs.size < best.jobs.size) best = worker
  const busy = best === undefined || best.jobs.size > 0
  return (busy && workers.length < threads ? start() : undefined) ?? best
}

function give(worker: CompileWorker, job: CompileJob, known: SharedModule): void {
  const number = ++lastJob
  worker.jobs.set(number, job)
  const { code, defined, loop, feedback, priority } = job
  const guardFailures = code.guardFailures.addressOf(defined)
  const words = { defined, loop, feedback, guardFailures, priority, context: contextAddress }
  send(worker, { kind: 'job', module: known.id, job: number, ...words })
}

/** Has a worker do a job. @param threads greatest number of workers @returns false when there are none to be had */
export function postToWorker(module: Module, job: CompileJob, threads: number): boolean {
  clearTimeout(idleTimer)
  idleTimer = undefined
  setPendingVersions(drainWorkers)
  const worker = choose(threads)
  if (worker === undefined) return false
  const known = share(module)
  introduce(worker, module, known)
  give(worker, job, known)
  return true
}

/** Takes results that have arrived. Cheap when no job is under way. */
export function drainWorkers(): void {
  for (const worker of workers) if (worker.jobs.size > 0) drainWorker(worker)
}

function drainWorker(worker: CompileWorker): void {
  for (;;) {
    const received = receiveMessageOnPort(worker.port) as { readonly message: Finished } | undefined
    if (received === undefined) return
    finish(worker, received.message)
  }
}

function finish(worker: CompileWorker, message: Finished): void {
  const job = worker.jobs.get(message.job)
  if (job === undefined) return
  worker.jobs.delete(message.job)
  const { code, defined, loop } = job
  tell(worker, job, message)
  if (message.outcome === 'published') {
    const version = code.adopt(defined, loop, message.address, message.parts)
    job.done(version, message.duration)
  } else if (message.outcome === 'refused') {
    job.done(undefined, message.duration)
  } else {
    retryWithSpace(worker, job, message.needed)
  }
  if (workers.every((each) => each.jobs.size === 0)) restLater()
}

/** Tells listeners what a worker has done. */
function tell(worker: CompileWorker, { code, defined, loop }: CompileJob, message: Finished): void {
  const { events } = code.engine
  if (message.outcome === 'full' || !events.wants('compileJob')) return
  const { duration, times } = message
  const start = eventTime(times.end - duration)
  const published = message.outcome === 'published'
  events.emit('compileJob', {
    worker: worker.number,
    code,
    defined,
    loop,
    published,
    start,
    duration,
    passes: times.passes,
  })
}

function retryWithSpace(worker: CompileWorker, job: CompileJob, needed: number): void {
  const known = shared.get(job.code)
  if (known === undefined) return
  try {
    // Somebody else's job may have been the first to find the space full.
    if (known.space.size - Atomics.load(known.space.used, 0) < needed) known.space = makeSpace(job.code, 2 * needed)
  } catch {
    job.done(undefined, 0)
    return
  }
  for (const each of workers) if (each.modules.has(known.id)) sendSpace(each, known)
  give(worker, job, known)
}

function restLater(): void {
  idleTimer ??= setTimeout(() => {
    idleTimer = undefined
    if (workerJobs() === 0) void stopWorkers()
  }, IDLE_MS).unref()
}

/** Jobs that workers have. */
export function workerJobs(): number {
  return workers.reduce((sum, worker) => sum + worker.jobs.size, 0)
}

export function workerCount(): number {
  return workers.length
}

/** From now on the worker makes no code reachable; what it has made is described by what its port holds now. */
function halt(state: Int32Array<SharedArrayBuffer>): void {
  for (;;) {
    const { Running, Publishing, Stopped } = WorkerState
    if (Atomics.compareExchange(state, 0, Running, Stopped) !== Publishing) return
    // It takes two stores; the worker may have lost its processor between them.
    Atomics.wait(state, 0, Publishing, 1)
  }
}

/** Ends all workers; jobs that they have are not done. The next job starts new ones. */
export async function stopWorkers(): Promise<void> {
  const ended = workers.splice(0)
  for (const each of ended) {
    halt(each.state)
    drainWorker(each)
    for (const job of each.jobs.values()) job.done(undefined, 0)
    each.jobs.clear()
    each.port.close()
  }
  await Promise.all(ended.map(({ worker }) => gone(worker)))
}

/**
 * A worker without its port and with `state` Stopped ends by itself, after the job at hand. To end it from outside at any moment
 * would be rough: one that was still reading its files would leave them open (Node up to 22 at least).
 */
function gone(worker: Worker): Promise<unknown> {
  worker.ref()
  const last = setTimeout(() => void worker.terminate(), STOP_MS)
  return new Promise((resolve) => worker.once('exit', resolve)).finally(() => clearTimeout(last))
}
