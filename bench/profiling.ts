/**
 * `node dist/bench/profiling.js [--rounds=N] [--interval=US] [--program=NAME,...] [--javascript]`: what a profile costs and how
 * true it is; with --javascript one of JavaScript as well, as `engine.profile()` makes it where nothing else is asked for.
 *
 * Cost: rounds of each kernel with and without a profile, in turns, in one process; CPU nanoseconds of the thread that runs
 * the guest (the signal handler and the reading of samples are on it), the median of the ratios of neighbours. The timer
 * thread runs beside it; its CPU time is a row of its own.
 * Truth: three functions that do 70, 20 and 10 percent of the work, for five seconds.
 * Memory: the records of an hour at 1 kHz, given to a recorder at once.
 */
import { readFileSync } from 'node:fs'
import { Engine } from '../runtime/engine.js'
import { Instance } from '../runtime/instance.js'
import { Module } from '../runtime/module.js'
import { Store } from '../runtime/store.js'
import { Recorder } from '../profiler/recorder.js'
import { startProfile } from '../profiler/running-profile.js'
import { SampleState, SampleWord } from '../runtime/sampling.js'
import { assemble } from '../wasm/text/assemble.js'
import { commandLine, misused, numberOption } from './arguments.js'
import { kernels, readKernel, type Kernel } from './modules.js'
import { geomean, median } from './report.js'

const USAGE =
  'node dist/bench/profiling.js [--rounds=N] [--interval=MICROSECONDS] [--program=KERNEL,...] [--javascript]'
const { values } = commandLine(USAGE, {
  options: {
    rounds: { type: 'string', default: '9' },
    interval: { type: 'string', default: '1000' },
    program: { type: 'string' },
    javascript: { type: 'boolean', default: false },
  },
})
const intervalUs = numberOption(values.interval, '--interval', 100, USAGE)
const rounds = numberOption(values.rounds, '--rounds', 1, USAGE)
const chosen = (values.program?.split(',') ?? kernels().map(({ name }) => name)).map(
  (name) => kernels().find((each) => each.name === name) ?? misused(`no kernel '${name}'`, USAGE),
)

/** CPU nanoseconds of this thread. */
function threadTime(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0])
}

/** A quarter of the usual work: neighbours are then closer to each other than the machine's moods. */
const WORK_SHARE = 4
const MIN_ROUND_NS = 20e6

interface Cost {
  /** Thread time with a profile by that without. */
  readonly ratio: number
  /** CPU time of other threads while profiled, by the guest's. */
  readonly beside: number
  readonly samples: number
}

function cost(kernel: Kernel): Cost {
  const engine = new Engine({ tier: 'baseline' })
  const instance = new Instance(new Store(engine), new Module(engine, readKernel(kernel)), [])
  const run = instance.getFunc('run')?.callable
  let n = Math.max(1, Math.floor(kernel.n / WORK_SHARE))
  const plain = (): number => {
    const begin = threadTime()
    run?.(n)
    return threadTime() - begin
  }
  let samples = 0
  let beside = 0
  let besideOf = 0
  const profiled = (): number => {
    const profile = startProfile(engine, { intervalUs, javascript: values.javascript })
    const all = process.cpuUsage()
    const time = plain()
    const { user, system } = process.cpuUsage(all)
    beside += (user + system) * 1000 - time
    besideOf += time
    samples += profile.stop().data.stats.samples
    return time
  }
  // Some kernels' work grows exponentially: a quarter of their n is nothing.
  if (plain() < MIN_ROUND_NS) n = kernel.n
  profiled()
  const ratios: number[] = []
  for (let i = 0; i < rounds; i++) {
    const before = plain()
    const with_ = profiled()
    const after = plain()
    ratios.push(with_ / ((before + after) / 2))
  }
  return { ratio: median(ratios), beside: beside / besideOf, samples }
}

const costs = chosen.map((kernel) => {
  const found = cost(kernel)
  const percent = ((found.ratio - 1) * 100).toFixed(2).padStart(7)
  console.log(`${kernel.name.padEnd(16)} ${percent}%  ${String(found.samples).padStart(6)} samples`)
  return found
})
const mean = geomean(costs.map(({ ratio }) => ratio))
const beside = costs.reduce((sum, each) => sum + each.beside, 0) / costs.length
console.log(`slowdown at ${1000 / intervalUs} kHz, geomean: ${((mean - 1) * 100).toFixed(2)}%`)
console.log(`CPU time of other threads meanwhile: ${(beside * 100).toFixed(2)}%`)

const WORK: Readonly<Record<string, number>> = { a: 70, b: 20, c: 10 }
const SECONDS = 5

function truth(): string {
  const functions = Object.keys(WORK).map(
    (name) => `(func $${name} (param i32) (local i32)
      (loop $again
        (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.store (i32.const 0) (local.get 1)))`,
  )
  const calls = Object.entries(WORK).map(([name, share]) => `(call $${name} (i32.const ${share * 1000}))`)
  const text = `(module (memory 1) ${functions.join('\n')} (func (export "turn") ${calls.join(' ')}))`
  const engine = new Engine({ tier: 'baseline' })
  const turn = new Instance(new Store(engine), new Module(engine, assemble(text)), []).getFunc('turn')?.callable
  turn?.()
  const profile = startProfile(engine, { intervalUs, javascript: values.javascript })
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end;) for (let i = 0; i < 100; i++) turn?.()
  const times = new Map(
    profile
      .stop()
      .hottest()
      .map(({ name, self }) => [name, self * 100]),
  )
  const errors = Object.entries(WORK).map(([name, share]) => Math.abs((times.get(name) ?? 0) - share))
  const shares = Object.keys(WORK).map((name) => `${(times.get(name) ?? 0).toFixed(2)}%`)
  return `70/20/10 reported as ${shares.join(', ')}: off by ${Math.max(...errors).toFixed(2)} points at most`
}
console.log(truth())

const HOUR_OF_SAMPLES = 3_600_000

/** Feeds a recorder an hour of records at 1 kHz. */
function hour(): string {
  const before = process.memoryUsage().rss
  const recorder = new Recorder(0, 1000)
  const words = new Uint32Array(SampleWord.addresses)
  words[SampleWord.length] = SampleWord.addresses / 2
  words[SampleWord.info] = SampleState.Outside
  for (let i = 1; i <= HOUR_OF_SAMPLES; i++) {
    const time = i * 1e6
    for (const at of [SampleWord.time, SampleWord.cpuTime]) {
      words[at] = time
      words[at + 1] = time / 2 ** 32
    }
    words[SampleWord.activity] = 1 + (i % 3)
    recorder.visit(words, 0)
  }
  const grown = process.memoryUsage().rss - before
  return `an hour at 1 kHz: ${(grown / 1e6).toFixed(0)} MB more resident, ${(recorder.bytes / 1e6).toFixed(1)} MB of tables`
}
console.log(hour())
