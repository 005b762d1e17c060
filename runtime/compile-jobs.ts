/**
 * Where functions are optimized in the background: on threads of our own that run the compiler's program (compile-threads.ts), and in Node's
 * worker threads (compile-pool.ts) where there is none, or it leaves a module to the compiler in JavaScript (tiers/optimizing/hosted.ts).
 *
 * Most processes never have a worker: its file is not touched before, since Node compiles its library of worker threads then.
 */
import { THREAD_START, WORKER_START, type StartPrice } from '../tiers/policy/cost.js'
import type { ModuleCode } from './code.js'
import { drainWorkers, postToWorker, stopWorkers, workerCount, workerJobs } from './compile-pool.js'
import { drainThreads, hasThreads, postToThread, stopThreads, threadCount, threadJobs } from './compile-threads.js'
import type { Module } from './module.js'

export interface CompileJob {
  readonly code: ModuleCode
  readonly defined: number
  /** Offset in the module of the loop at which the version is entered, -1: at the function's start. */
  readonly loop: number
  /** What is known of the function's calls (tiers/feedback.ts). */
  readonly feedback: Int32Array
  readonly priority: number
  /** So small, and worth so much, that this thread may as well do it at once. */
  readonly isSmall: boolean
  /** Called once, on this thread, at once if it is done at once; `version` is undefined when the function stays as it is. */
  readonly done: (version: number | undefined, duration: number) => void
}

/** A worker has jobs, or had some. */
let usesWorkers = false

/** What the first thread costs that does a module's jobs. */
export function startPrice(module: Module): StartPrice {
  return hasThreads(module) ? THREAD_START : WORKER_START
}

/** Has a job done. @param most greatest number of threads @returns false when there are none to be had */
export function postJob(module: Module, job: CompileJob, most: number): boolean {
  if (postToThread(module, job, most)) return true
  usesWorkers = true
  return postToWorker(module, job, most)
}

/** Takes in what was finished. Cheap when no job is under way. */
export function drain(): void {
  drainThreads()
  if (usesWorkers) drainWorkers()
}

/** Jobs that wait or are under way. */
export function jobsUnderWay(): number {
  return threadJobs() + (usesWorkers ? workerJobs() : 0)
}

/** Threads of both kinds. */
export function compilerCount(): number {
  return threadCount() + (usesWorkers ? workerCount() : 0)
}

/** Ends all threads; jobs that they have are not done. The next job starts new ones. */
export async function stopCompilers(): Promise<void> {
  await Promise.all([stopThreads(), usesWorkers ? stopWorkers() : undefined])
}
