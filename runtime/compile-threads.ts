/**
 * Optimizing on threads of our own: each has an instance of the compiler's program (tiers/optimizing/program), and nothing else. This thread
 * describes a function to it, the other one runs the passes (CallErrand of native/src/errand.h), and this one takes what came out and
 * publishes it. So a thread costs what a thread costs, not a Node environment with a heap and a compiler that is cold.
 *
 * Until its passes have ended an instance belongs to its thread, which also copies the module's bytes in: nothing here looks at it. That they
 * have is one word, written after all that they wrote and read before any of it is. Then a guest that runs is asked to stop at its next poll,
 * where what is ready is taken; if none runs, that is done before the next guest's code is looked at (`drainThreads`).
 *
 * Whoever ends an environment waits for the pass at hand: the errands are its own (native/src/node/environment.cc).
 */
import { passNames } from '../tiers/optimizing/options.js'
import { ProgramInstance } from '../tiers/optimizing/program/instance.js'
import type { OptimizerRecord } from '../tiers/optimizing/program/record.js'
import { ProgramFailure, type ProgramPlace } from '../wasm/programs.js'
import type { CompileJob } from './compile-jobs.js'
import { eventTime, milliseconds } from './clock.js'
import { addon } from './context.js'
import type { Module } from './module.js'
import { optimizerProgram } from './own-programs.js'

interface Task {
  readonly module: Module
  readonly record: OptimizerRecord
  readonly job: CompileJob
}

interface CompileThread {
  /** From 1 on, no other thread has it now. */
  readonly number: number
  instance: ProgramInstance
  place: ProgramPlace
  task: Task | undefined
  /** The calls under way, 0 for none. */
  errand: number
  /** When they began, by the clock of clock.ts. */
  begun: number
}

const threads: CompileThread[] = []
const queue: Task[] = []
/** There is no program that could run on threads. */
let isImpossible = false
/** Microseconds of each pass of what was taken last. */
const times = new Uint32Array(passNames.length)

function newInstance(): Pick<CompileThread, 'instance' | 'place'> | undefined {
  const program = isImpossible ? undefined : optimizerProgram()
  const place = program?.place
  isImpossible = place === undefined
  return program === undefined || place === undefined ? undefined : { instance: new ProgramInstance(program), place }
}

function start(): CompileThread | undefined {
  const made = newInstance()
  if (made === undefined) return undefined
  let number = 1
  while (threads.some((each) => each.number === number)) number++
  const thread = { ...made, number, task: undefined, errand: 0, begun: 0 }
  threads.push(thread)
  return thread
}

/** Whether jobs of a module go to threads here, as far as is known. */
export function hasThreads(module: Module): boolean {
  return !isImpossible && module.optimizerRecord !== undefined
}

/** Has a thread do a job. @param most greatest number of threads @returns false when there are none to be had */
export function postToThread(module: Module, job: CompileJob, most: number): boolean {
  const record = module.optimizerRecord
  if (record === undefined || (threads.length === 0 && start() === undefined)) return false
  const task = { module, record, job }
  const idle = job.isSmall
    ? threads.find((each) => each.task === undefined && each.instance.isSwift(record))
    : undefined
  if (idle !== undefined && !waits(task)) {
    if (describe(idle, task)) runHere(idle, task)
    return true
  }
  queue.push(task)
  pump(most)
  return true
}

/**
 * Runs the passes on this thread, with the instance of one that has nothing to do: starting a thread, and the poll at which its result is taken, cost
 * a tenth of a millisecond, and on a busy machine it is several until it runs.
 */
function runHere(thread: CompileThread, task: Task): void {
  const { instance } = thread
  const { program } = instance
  instance.fill()
  let passed = 0
  try {
    for (; passed < passNames.length; passed++) {
      const begin = milliseconds()
      program[passNames[passed]]()
      times[passed] = (milliseconds() - begin) * 1000
    }
  } catch (error) {
    if (!(error instanceof ProgramFailure)) throw error
  }
  publish(thread, task, passed)
}

/** Milliseconds between two looks at what threads have finished while the event loop turns and no guest runs. */
const TURN_MS = 4
/** An idle thread's memory is worth more than the time to start another. */
const IDLE_MS = 10_000
let looking: ReturnType<typeof setTimeout> | undefined

/** Looks soon at what is under way; when nothing is and nothing new comes, at last ends the threads. */
function lookLater(): void {
  clearTimeout(looking)
  const isIdle = threadJobs() === 0
  const look = (): void => {
    drainThreads()
    if (isIdle) void stopThreads()
    else lookLater()
  }
  looking = setTimeout(look, isIdle ? IDLE_MS : TURN_MS).unref()
}

/** Gives jobs to threads that have none. */
function pump(most: number): void {
  if (queue.length > 0) lookLater()
  while (queue.length > 0) {
    const thread = threads.find(({ task }) => task === undefined) ?? (threads.length < most ? start() : undefined)
    if (thread === undefined) return
    let best = 0
    for (let i = 1; i < queue.length; i++) if (queue[i].job.priority > queue[best].job.priority) best = i
    const [task] = queue.splice(best, 1)
    if (describe(thread, task)) begin(thread, task)
  }
}

/** Tells a thread's instance what is to be compiled. @returns false when it cannot be: then the function stays as it is */
function describe(thread: CompileThread, { module, record, job }: Task): boolean {
  if (!thread.instance.isFull(record) || renew(thread)) {
    try {
      const maxHeight = job.loop < 0 ? 0 : module.operandHeight(job.defined)
      thread.instance.describe(record, module.bytes)
      thread.instance.request(job.defined, job.loop, maxHeight, job.feedback)
      return true
    } catch (error) {
      if (!(error instanceof ProgramFailure)) throw error
      renew(thread)
    }
  }
  job.done(undefined, 0)
  return false
}

/** Has the passes run on the thread; here, where the system gives none. */
function begin(thread: CompileThread, task: Task): void {
  const { code, functions, context, base } = thread.place
  const passes = Uint32Array.from(passNames, (pass) => functions[pass])
  thread.begun = milliseconds()
  const { instance } = thread
  thread.errand = addon.beginCalls(code, passes, context, base, base + instance.missingAt, instance.missing)
  if (thread.errand === 0) {
    runHere(thread, task)
    return
  }
  instance.filled()
  thread.task = task
}

/** Gives a thread another instance. @returns false when there is none: then the thread is over */
function renew(thread: CompileThread): boolean {
  thread.instance.program.release?.()
  const made = newInstance()
  if (made === undefined) threads.splice(threads.indexOf(thread), 1)
  else Object.assign(thread, made)
  return made !== undefined
}

/** In the forced mode 'publish' what is ready is taken at a random moment. */
function waits({ module }: Task): boolean {
  return module.engine.options.force.includes('publish') && Math.random() < 0.5
}

/** Publishes what threads have finished. */
export function drainThreads(): void {
  let isFree = false
  for (const thread of threads.slice()) {
    const { task, errand } = thread
    if (task === undefined || waits(task)) continue
    const passed = addon.endCalls(errand, times)
    if (passed < 0) continue
    isFree = true
    thread.task = undefined
    thread.errand = 0
    finish(thread, task, passed)
  }
  if (isFree) pump(threads.length)
}

/** Tells what a thread has done, and publishes it. */
function finish(thread: CompileThread, task: Task, passed: number): void {
  const { code, defined, loop } = task.job
  const passes = passNames.map((_, i) => (i < passed ? times[i] / 1000 : 0))
  const published = publish(thread, task, passed)
  const { events } = code.engine
  if (!events.wants('compileJob')) return
  const { number: worker } = thread
  const start = eventTime(thread.begun)
  const duration = passes.reduce((sum, each) => sum + each, 0)
  events.emit('compileJob', { worker, code, defined, loop, published, start, duration, passes })
}

/** @param passed how many passes have ended @returns false when the function stays as it is: a limit, a defect, no room */
function publish(thread: CompileThread, { module, job }: Task, passed: number): boolean {
  const { defined, loop, feedback, done } = job
  // Before anything is published: whoever hears of that may take what another thread has finished, and its times with it.
  let duration = 0
  for (let i = 0; i < passed; i++) duration += times[i] / 1000
  const compiled = passed === passNames.length ? thread.instance.result(feedback) : undefined
  const version = compiled === undefined ? undefined : module.publishOptimized(defined, compiled, loop)
  if (compiled === undefined) renew(thread)
  done(version, duration)
  return version !== undefined
}

/** Jobs that wait or are under way. */
export function threadJobs(): number {
  return queue.length + threads.filter(({ task }) => task !== undefined).length
}

export function threadCount(): number {
  return threads.length
}

/** Milliseconds between two looks at a thread that is to end. */
const LOOK_MS = 1

/** Ends all threads; jobs that they have are not done. The next job starts new ones. */
export async function stopThreads(): Promise<void> {
  const ended = threads.splice(0)
  for (const { job } of queue.splice(0)) job.done(undefined, 0)
  for (const { task } of ended) task?.job.done(undefined, 0)
  await Promise.all(ended.map(gone))
}

/** Resolves when the function at hand is compiled, for nobody. */
async function gone({ instance, errand }: CompileThread): Promise<void> {
  while (errand !== 0 && addon.endCalls(errand, times) < 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  instance.program.release?.()
}
