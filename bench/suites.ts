/**
 * The measurements. Each runs in a child process for one engine and gives named samples: lower quartile, median and
 * upper quartile, in the unit of the suite. mitata does the timing (warm-up, batching of short functions, quartiles);
 * what can happen only once in a process (the first compile) is one sample, and the parent takes several processes.
 */
import { measure } from 'mitata'
import type { Namespace } from './engines.js'
import { largeFunction } from './large-function.js'
import { codeBytes, distinctCopy, kernels, programs, readKernel, readProgram } from './modules.js'
import { quartiles, type Quartiles } from './report.js'

export interface Sample extends Quartiles {
  readonly name: string
}

export type Suite = (wasm: Namespace, engine: string) => Promise<Sample[]>

const MS = 1e6

function single(name: string, value: number): Sample {
  return { name, p25: value, p50: value, p75: value }
}

interface Options {
  readonly seconds?: number
  readonly minSamples?: number
}

/** Quartiles of a function's time, each multiplied by `scale` (from nanoseconds). */
async function timed(name: string, run: () => unknown, scale: number, options: Options = {}): Promise<Sample> {
  const stats = await measure(run, {
    min_cpu_time: (options.seconds ?? 0.6) * 1e9,
    min_samples: options.minSamples ?? 5,
    warmup_samples: 2,
    gc: false,
  })
  return { name, p25: stats.p25 * scale, p50: stats.p50 * scale, p75: stats.p75 * scale }
}

/** Milliseconds to compile every function of a module, warm. */
const compile: Suite = async (wasm) => {
  const samples: Sample[] = []
  let serial = 0
  for (const program of programs) {
    const bytes = readProgram(program)
    const big = bytes.length > 4e6
    for (let i = 0; i < (big ? 1 : 6); i++) void new wasm.Module(distinctCopy(bytes, serial++))
    samples.push(
      await timed(program.name, () => new wasm.Module(distinctCopy(bytes, serial++)), 1 / MS, {
        seconds: big ? 4 : 1,
        minSamples: big ? 4 : 8,
      }),
    )
  }
  return samples
}

/** Milliseconds to compile one module as the first thing that this process does; the module is named by the engine's environment. */
const cold: Suite = async (wasm) => {
  const program = programs.find((p) => p.name === process.env['WINDLASS_BENCH_PROGRAM']) ?? programs[1]
  const bytes = readProgram(program)
  const start = performance.now()
  void new wasm.Module(bytes)
  return [single(program.name, performance.now() - start)]
}

/** CPU milliseconds of this process, with what V8's compile threads take. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Compiles of one module: that many are enough, after so much time those that there are, but so many there have to be. */
const MOST_COMPILES = 12
const ENOUGH_MS = 3000
const LEAST_COMPILES = 4

/** CPU nanoseconds a code byte, warm: the median of some compiles of everything. */
function bytesSpeed(wasm: Namespace, name: string, size: number, make: (serial: number) => Uint8Array): Sample {
  const times: number[] = []
  for (
    let serial = 0, spent = 0;
    times.length < MOST_COMPILES && (spent < ENOUGH_MS || times.length < LEAST_COMPILES);
    serial++
  ) {
    const bytes = make(serial)
    const start = cpu()
    void new wasm.Module(bytes)
    times.push(cpu() - start)
    spent += times.at(-1) ?? 0
  }
  // The first ones warm up.
  return { name, ...quartiles(times.slice(times.length >> 2).map((time) => (time * MS) / size)) }
}

/** Compile speed of an optimizing compiler; the largest program would take minutes. */
const optimize: Suite = async (wasm) =>
  programs
    .filter(({ name }) => name !== 'esbuild')
    .map((program) => {
      const bytes = readProgram(program)
      return bytesSpeed(wasm, program.name, codeBytes(bytes), (serial) => distinctCopy(bytes, serial))
    })

/** The same for single functions from 1 kB to 1 MB. */
const growth: Suite = async (wasm) => {
  // Many small modules warm the compiler up before the small sizes are measured.
  for (let i = 0; i < 60; i++) void new wasm.Module(largeFunction(8000, 100 + i))
  return [1, 4, 16, 64, 256, 1000].map((kilobytes) => {
    const size = 1000 * kilobytes
    return bytesSpeed(wasm, `${kilobytes} kB`, size, (serial) => largeFunction(size, serial))
  })
}

const validate: Suite = async (wasm) => {
  const samples: Sample[] = []
  for (const program of programs) {
    const bytes = readProgram(program)
    if (!wasm.validate(bytes)) throw new Error(`${program.name} is not valid`)
    samples.push(await timed(program.name, () => wasm.validate(bytes), 1 / MS, { seconds: 1 }))
  }
  return samples
}

/** An import object with something for every import of a module made for a Go program. */
function goImports(): object {
  const nothing = (): number => 0
  return new Proxy({}, { get: () => new Proxy({}, { get: () => nothing }) })
}

/** Milliseconds from the bytes of esbuild.wasm to the result of its first export. */
const firstResult: Suite = async (wasm) => {
  const bytes = readProgram(programs[0])
  const start = performance.now()
  const instance = new wasm.Instance(new wasm.Module(bytes), goImports())
  ;(instance.exports['getsp'] as () => number)()
  return [single('esbuild', performance.now() - start)]
}

/** Milliseconds of one run of each kernel. */
const kernelTimes: Suite = async (wasm) => {
  const samples: Sample[] = []
  for (const kernel of kernels()) {
    const instance = new wasm.Instance(new wasm.Module(readKernel(kernel)), {})
    const run = instance.exports['run'] as (n: number) => unknown
    const result = String(run(kernel.n))
    if (result !== kernel.expected) throw new Error(`${kernel.name}: ${result} instead of ${kernel.expected}`)
    samples.push(await timed(kernel.name, () => run(kernel.n), 1 / MS, { seconds: 1, minSamples: 3 }))
  }
  return samples
}

/** (module (import "h" "f" (func (param i32) (result i32))) add: (i32 i32) -> i32; loop(n): calls f n times) */
// oxfmt-ignore
const CALLS_MODULE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 12, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 1, 0x7f,
  2, 7, 1, 1, 0x68, 1, 0x66, 0, 0,
  3, 3, 2, 1, 0,
  7, 14, 2, 3, 0x61, 0x64, 0x64, 0, 1, 4, 0x6c, 0x6f, 0x6f, 0x70, 0, 2,
  10, 31, 2, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b,
  21, 0, 3, 0x40, 0x20, 0, 0x10, 0, 0x1a, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x41, 0, 0x0b,
])

/** Nanoseconds of one call in each direction; microseconds to instantiate that small module. */
const calls: Suite = async (wasm) => {
  const module = new wasm.Module(CALLS_MODULE)
  const imports = { h: { f: (x: number): number => (x + 1) | 0 } }
  const { exports } = new wasm.Instance(module, imports)
  const add = exports['add'] as (a: number, b: number) => number
  const loop = exports['loop'] as (n: number) => number
  const rounds = 1000
  let sink = 0
  const toWasm = await timed(
    'JS to wasm, ns',
    () => {
      for (let i = 0; i < rounds; i++) sink = add(sink, i)
    },
    1 / rounds,
  )
  const toHost = await timed('wasm to JS, ns', () => loop(rounds), 1 / rounds)
  const instantiate = await timed('instantiate, us', () => new wasm.Instance(module, imports), 1 / 1000)
  return [toWasm, toHost, instantiate]
}

/** Bytes of machine code for each byte of the code section (Windlass only: V8 does not tell). */
const codeSize: Suite = async () => {
  const { Engine, Module } = await import('../api/index.js')
  const engine = new Engine({ compile: 'eager' })
  return programs.map((program) => {
    const bytes = readProgram(program)
    const module = new Module(engine, bytes)
    return single(program.name, module.stats().codeBytes / codeBytes(bytes))
  })
}

export const suites: Readonly<Record<string, Suite>> = {
  compile,
  cold,
  optimize,
  growth,
  validate,
  firstResult,
  kernels: kernelTimes,
  calls,
  codeSize,
}
