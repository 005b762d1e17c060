/**
 * `npm run bench -- [--only SUITE,...] [--write]`: measures Windlass against V8's compilers, every engine in child
 * processes of its own, one after the other, on the same machine and in the same run. Prints the tables; `--write`
 * puts them into bench/README.md and the raw samples into bench/results/.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { commandLine, misused } from './arguments.js'
import { craneliftVersion, runCranelift } from './cranelift.js'
import { liftoff, liftoffEager, runTimeEngines, turbofan, turbofanEager, v8, windlassEager, windlassLazy, windlassOptimizing, type EngineSpec } from './engines.js' // oxfmt-ignore
import { codeBytes, installPrograms, programs, readProgram, root } from './modules.js'
import { digits, find, geomean, markdown, quartiles, withSpread, type Row, type Table } from './report.js'
import type { Rounds } from './rounds.js'
import { runSubject } from './run-subject.js'
import { subjects, subjectSuites } from './subjects.js'
import type { Sample } from './suites.js'

/** Processes whose first compile is measured. */
const COLD_PROCESSES = 5

const raw: Record<string, Record<string, readonly Sample[]>> = {}

function measureIn(suite: string, engine: EngineSpec, env: Readonly<Record<string, string>> = {}): readonly Sample[] {
  const child = fileURLToPath(new URL('./child.js', import.meta.url))
  const { stdout, status } = spawnSync(process.execPath, [...engine.flags, child, suite, engine.name], {
    env: { ...process.env, ...engine.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  })
  const line = stdout.split('\n').find((text) => text.startsWith('SAMPLES '))
  if (status !== 0 || line === undefined) throw new Error(`suite ${suite} failed in ${engine.name} (status ${status})`)
  const samples = JSON.parse(line.slice('SAMPLES '.length)) as Sample[]
  raw[suite] ??= {}
  raw[suite][engine.name] = samples
  return samples
}

/** Several processes, one sample each. */
function measureCold(suite: string, engine: EngineSpec, env: Readonly<Record<string, string>> = {}): Sample {
  // Without flags: V8 refuses a code cache that was made with others, which users have.
  const plain = { ...engine, flags: [] }
  const runs = Array.from({ length: COLD_PROCESSES }, () => measureIn(suite, plain, env)[0])
  return { name: runs[0].name, ...quartiles(runs.map((run) => run.p50)) }
}

/** MB of code a second against a peer, program by program; `time` samples are milliseconds. */
function throughput(
  title: string,
  note: string,
  ours: readonly Sample[],
  peer: readonly Sample[],
  size: (name: string) => number,
): Table {
  const ratios: number[] = []
  const rows: Row[] = programs.map(({ name, language }) => {
    const [a, b] = [find(ours, name), find(peer, name)]
    const ratio = b.p50 / a.p50
    ratios.push(ratio)
    const speed = (sample: Sample): string => digits(size(name) / 1000 / sample.p50)
    return {
      name: `${name} (${language}, ${digits(size(name) / 1e6)} MB)`,
      cells: [withSpread(a), withSpread(b), speed(a), speed(b), `${digits(ratio)}x`],
    }
  })
  rows.push({ name: '**geomean**', cells: ['', '', '', '', `**${digits(geomean(ratios))}x**`] })
  return { title, note, columns: ['Windlass, ms', 'V8, ms', 'Windlass, MB/s', 'V8, MB/s', 'speed against V8'], rows }
}

const codeSizes = new Map<string, number>()
function codeSizeOf(name: string): number {
  let size = codeSizes.get(name)
  if (size === undefined) {
    const program = programs.find((p) => p.name === name)
    if (program === undefined) throw new Error(`no program ${name}`)
    size = codeBytes(readProgram(program))
    codeSizes.set(name, size)
  }
  return size
}

const tables: Readonly<Record<string, () => Table>> = {
  compile: () =>
    throughput(
      'Compile, all functions, one thread, warm',
      'Bytes to machine code of every function. V8: Liftoff alone, eager, one compile task. Higher speed is better. Must 0.7x, aim 1.3x.',
      measureIn('compile', windlassEager),
      measureIn('compile', liftoffEager),
      codeSizeOf,
    ),
  cold: () => {
    const warm = raw['compile']?.['windlass'] ?? measureIn('compile', windlassEager)
    const rows = programs.slice(0, 2).map(({ name }): Row => {
      const first = measureCold('cold', windlassEager, { WINDLASS_BENCH_PROGRAM: name })
      return {
        name,
        cells: [withSpread(first), withSpread(find(warm, name)), `${digits(find(warm, name).p50 / first.p50)}x`],
      }
    })
    return {
      title: 'Compile, first module in a fresh process',
      note: `Speed against our own warm figure; ${COLD_PROCESSES} processes. Must 0.4x, aim 0.7x.`,
      columns: ['first, ms', 'warm, ms', 'speed against warm'],
      rows,
    }
  },
  validate: () =>
    throughput(
      'Validation alone',
      'Against `WebAssembly.validate` of V8. Higher speed is better. Must 0.5x, aim 1x.',
      measureIn('validate', windlassEager),
      measureIn('validate', v8),
      codeSizeOf,
    ),
  firstResult: () => {
    const [ours, theirs] = [measureCold('firstResult', windlassLazy), measureCold('firstResult', v8)]
    return {
      title: 'From bytes to the first result, lazily',
      note: '`esbuild.wasm` (14 MB, Go) in a fresh process: compile lazily, instantiate, call the first export. Lower is better. Must 2x, aim 1x.',
      columns: ['Windlass, ms', 'V8 default, ms', 'time against V8'],
      rows: [{ name: 'esbuild', cells: [withSpread(ours), withSpread(theirs), `${digits(ours.p50 / theirs.p50)}x`] }],
    }
  },
  kernels: () => {
    const [ours, base, top] = [windlassEager, liftoff, turbofan].map((engine) => measureIn('kernels', engine))
    const ratios = ours.map((sample) => sample.p50 / find(base, sample.name).p50)
    const rows = ours.map((sample, i): Row => {
      const [b, t] = [find(base, sample.name), find(top, sample.name)]
      return {
        name: sample.name,
        cells: [
          withSpread(sample),
          withSpread(b),
          withSpread(t),
          `${digits(ratios[i])}x`,
          `${digits(sample.p50 / t.p50)}x`,
        ],
      }
    })
    rows.push({
      name: '**geomean**',
      cells: [
        '',
        '',
        '',
        `**${digits(geomean(ratios))}x**`,
        `${digits(geomean(ours.map((s) => s.p50 / find(top, s.name).p50)))}x`,
      ],
    })
    rows.push({ name: '**worst**', cells: ['', '', '', `**${digits(Math.max(...ratios))}x**`, ''] })
    return {
      title: 'Run time of baseline code',
      note: 'Milliseconds of one run of each kernel (`bench/kernels`). Lower is better. Against Liftoff: geomean must 1.0x, aim 0.8x; worst must 1.5x, aim 1.1x.',
      columns: ['Windlass', 'Liftoff', 'TurboFan', 'time against Liftoff', 'against TurboFan'],
      rows,
    }
  },
  optimized: optimizedTable,
  optimize: () =>
    optimizeTable('optimize', 'Compile by the optimizing tier', 'All functions, one thread, warm; CPU time. Lower is better. Must 1.5x, aim 0.8x.'), // oxfmt-ignore
  growth: () =>
    optimizeTable('growth', 'Growth with function size', 'One generated function of each size. No size over 3x our mean; aim 2x.'), // oxfmt-ignore
  calls: () => {
    const [ours, theirs] = [measureIn('calls', windlassEager), measureIn('calls', v8)]
    return {
      title: 'Calls and instantiation',
      note: 'Must: 30 ns, 60 ns, 5x V8; aim: 20 ns, 35 ns, 2x. "wasm to JS" is one round trip from wasm to a JavaScript import and back.',
      columns: ['Windlass', 'V8', 'time against V8'],
      rows: ours.map((sample) => {
        const other = find(theirs, sample.name)
        return {
          name: sample.name,
          cells: [withSpread(sample), withSpread(other), `${digits(sample.p50 / other.p50)}x`],
        }
      }),
    }
  },
  codeSize: () => ({
    title: 'Code size',
    note: 'Bytes of machine code for a byte of the code section. Must 4x, aim 3x.',
    columns: ['size'],
    rows: measureIn('codeSize', windlassEager).map((sample) => ({
      name: sample.name,
      cells: [`${digits(sample.p50)}x`],
    })),
  }),
}

/** Seconds of CPU time for each subject in each engine. */
const RUN_SECONDS = 0.5

/** Run time of optimized code on kernels and programs against V8's optimizing compiler, Cranelift and our baseline tier. */
function optimizedTable(): Table {
  const engines = ['optimizing', 'baseline', 'turbofan'].map((name) => runTimeEngines.get(name) ?? v8)
  const rows: Row[] = []
  const ratios: Record<'baseline' | 'turbofan' | 'cranelift' | 'worst', number[]> = { baseline: [], turbofan: [], cranelift: [], worst: [] } // oxfmt-ignore
  for (const suite of subjectSuites) {
    for (const name of subjects(suite)) {
      const runs = engines.map((engine) => runSubject(suite, name, engine, RUN_SECONDS))
      const failed = runs.find((run) => typeof run === 'string')
      if (failed !== undefined) throw new Error(`${name}: ${failed}`)
      const [ours, base, top] = runs as Rounds[]
      if (ours.result !== top.result) throw new Error(`${name}: ${ours.result} instead of ${top.result}`)
      const other = suite === 'kernels' ? runCranelift(name, RUN_SECONDS) : undefined
      if (other !== undefined && Number(other.result) !== Number(ours.result)) {
        throw new Error(`${name}: ${ours.result}, in Cranelift ${other.result}`)
      }
      const against = (peer: Rounds | undefined, list: number[]): string => {
        if (peer === undefined) return ''
        list.push(ours.p50 / peer.p50)
        return `${digits(ours.p50 / peer.p50)}x`
      }
      const sample = (run: Rounds | undefined): string => (run === undefined ? '' : withSpread({ ...run, name }))
      const cells = [against(top, ratios.turbofan), against(other, ratios.cranelift), against(base, ratios.baseline)]
      ratios.worst.push(ours.p50 / Math.min(top.p50, other?.p50 ?? Infinity))
      rows.push({ name, cells: [...[ours, base, top, other].map(sample), ...cells] })
    }
  }
  const mean = (list: readonly number[]): string => (list.length === 0 ? '' : `**${digits(geomean(list))}x**`)
  rows.push({ name: '**geomean**', cells: ['', '', '', '', ...[ratios.turbofan, ratios.cranelift, ratios.baseline].map(mean)] }) // oxfmt-ignore
  rows.push({ name: '**worst against the better**', cells: ['', '', '', '', `**${digits(Math.max(...ratios.worst))}x**`, '', ''] }) // oxfmt-ignore
  const cranelift = craneliftVersion() === '' ? 'Wasmtime is not installed (`pip install wasmtime`): no column of Cranelift' : `Cranelift: Wasmtime ${craneliftVersion()}, kernels only` // oxfmt-ignore
  return {
    title: 'Run time of optimized code',
    note: `CPU milliseconds of one round of each kernel and program, warm. Lower is better. ${cranelift}. Against V8 and Cranelift: geomean must 1.15x, aim 0.90x; worst must 1.6x, aim 1.15x; against baseline: must 0.62x, aim 0.5x.`,
    columns: ['optimizing', 'baseline', 'TurboFan', 'Cranelift', 'time against TurboFan', 'Cranelift', 'baseline'],
    rows,
  }
}

/** CPU nanoseconds a code byte of both optimizing compilers. */
function optimizeTable(suite: 'optimize' | 'growth', title: string, note: string): Table {
  const [ours, theirs] = [measureIn(suite, windlassOptimizing), measureIn(suite, turbofanEager)]
  const mean = geomean(ours.map((sample) => sample.p50))
  const rows = ours.map((sample, i): Row => {
    const ratio = `${digits(sample.p50 / theirs[i].p50)}x`
    return {
      name: sample.name,
      cells: [withSpread(sample), withSpread(theirs[i]), ratio, `${digits(sample.p50 / mean)}x`],
    }
  })
  const ratio = geomean(ours.map((sample, i) => sample.p50 / theirs[i].p50))
  rows.push({ name: '**geomean**', cells: [digits(mean), '', `**${digits(ratio)}x**`, ''] })
  return {
    title,
    note,
    columns: ['Windlass, ns/byte', 'TurboFan, ns/byte', 'time against TurboFan', 'against our mean'],
    rows,
  }
}

const BEGIN = '<!-- tables: npm run bench -- --write -->'
const END = '<!-- end of tables -->'

function writeReadme(text: string): void {
  const path = `${root}bench/README.md`
  const old = readFileSync(path, 'utf8')
  const [begin, end] = [old.indexOf(BEGIN), old.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`${path} has no lines ${BEGIN} and ${END} to put the tables between`)
  writeFileSync(path, `${old.slice(0, begin)}${BEGIN}\n\n${text}\n${old.slice(end)}`)
}

const USAGE = `npm run bench -- [--only TABLE,...] [--write]   (into README.md and results/)
tables: ${Object.keys(tables).join(', ')}`
const { values } = commandLine(USAGE, {
  options: { only: { type: 'string' }, write: { type: 'boolean', default: false } },
})
const names = values.only?.split(',') ?? Object.keys(tables)
for (const name of names) if (!Object.hasOwn(tables, name)) misused(`no table '${name}'`, USAGE)
installPrograms()
const parts = names.map((name) => {
  const text = markdown(tables[name]())
  console.log(text)
  return text
})
const machine = `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, V8 ${process.versions.v8}`
if (values.write) {
  writeReadme(`Machine: ${machine}. Medians; ± is half the distance between the quartiles.\n\n${parts.join('\n')}`)
  mkdirSync(`${root}bench/results`, { recursive: true })
  const file = `${root}bench/results/${new Date().toISOString().slice(0, 10)}.json`
  writeFileSync(file, `${JSON.stringify({ machine, raw }, null, 1)}\n`)
}
