/**
 * `node dist/bench/tiering.js [--rounds N] [--only TABLE,...] [SUBJECT...]`: what tiering wins and loses, in tables named total, steady,
 * loop, second and polls. Every measurement is a process of its own, those that are compared follow each other, and the least of
 * the rounds counts, since whatever disturbs a run makes it longer. Times are milliseconds by the clock, and in brackets those of
 * processor time of the thread that calls: while a core is free both should say the same, and on a busy machine only the second says anything.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine, misused, numberOption } from './arguments.js'
import { runTimeEngines, type EngineSpec } from './engines.js'
import { installPrograms, root } from './modules.js'
import { geomean } from './report.js'
import { subjects, subjectSuites, type SubjectSuite } from './subjects.js'
import type { Times } from './tiering-child.js'

const CHILD = fileURLToPath(new URL('./tiering-child.js', import.meta.url))
const TIMEOUT_MS = 120_000

function engineOf(name: string): EngineSpec {
  const engine = runTimeEngines.get(name)
  if (engine === undefined) throw new Error(`no engine ${name}`)
  return engine
}

const baseline = engineOf('baseline')
const optimizing = engineOf('optimizing')
const auto = engineOf('auto')
const v8 = engineOf('v8')

const TABLES = ['total', 'steady', 'loop', 'second', 'polls'] as const
const USAGE = `node dist/bench/tiering.js [--rounds N] [--only ${TABLES.join(',')}] [SUBJECT...]`
const { values, positionals } = commandLine(USAGE, {
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' } },
})
const rounds = numberOption(values.rounds, '--rounds', 1, USAGE)
for (const name of positionals) {
  if (!subjectSuites.some((suite) => subjects(suite).includes(name))) misused(`no subject '${name}'`, USAGE)
}

/** Undefined when the subject fails there. */
function once(measure: string, suite: string, subject: string, engine: EngineSpec): Times | undefined {
  const { stdout, status } = spawnSync(
    process.execPath,
    [...engine.flags, CHILD, measure, suite, subject, engine.name],
    {
      env: { ...process.env, ...engine.env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: TIMEOUT_MS,
    },
  )
  const time = /^TIME (\S+) (\S+)$/m.exec(stdout)
  return status !== 0 || time === null ? undefined : { cpu: Number(time[1]), wall: Number(time[2]) }
}

/** The least of some rounds in each engine, taken in turn. */
function measure(what: string, suite: string, subject: string, engines: readonly EngineSpec[]): readonly Times[] {
  const best = engines.map((): Times => ({ cpu: Infinity, wall: Infinity }))
  for (let round = 0; round < rounds; round++) {
    engines.forEach((engine, i) => {
      const times = once(what, suite, subject, engine)
      if (times === undefined) return
      best[i] = { cpu: Math.min(best[i].cpu, times.cpu), wall: Math.min(best[i].wall, times.wall) }
    })
  }
  return best
}

function line(name: string, cells: readonly string[]): void {
  console.log(name.padEnd(16) + cells.map((cell) => cell.padStart(18)).join(''))
}

function show({ cpu, wall }: Times): string {
  return Number.isFinite(cpu) ? `${wall.toFixed(0)} (${cpu.toFixed(0)})` : 'failed'
}

function ratio(value: number): string {
  return `${value.toFixed(2)}x`
}

/** A ratio by the clock, and by processor time. */
function ratios({ cpu, wall }: Times): string {
  return `${ratio(wall)} (${ratio(cpu)})`
}

function over(a: Times, b: Times): Times {
  return { cpu: a.cpu / b.cpu, wall: a.wall / b.wall }
}

function better(a: Times, b: Times): Times {
  return { cpu: Math.min(a.cpu, b.cpu), wall: Math.min(a.wall, b.wall) }
}

/** What of some ratios is there. */
function meanOf(all: readonly Times[]): Times {
  const known = all.filter(({ cpu }) => Number.isFinite(cpu))
  return { cpu: geomean(known.map(({ cpu }) => cpu)), wall: geomean(known.map(({ wall }) => wall)) }
}

function chosen(suite: SubjectSuite): readonly string[] {
  return subjects(suite).filter((name) => positionals.length === 0 || positionals.includes(name))
}

/** What the figures are, for headings. */
const BY_CLOCK = 'milliseconds and ratios by the clock (by processor time of the calling thread)'

/** Each kernel and program once, from its bytes to its result. */
function total(): void {
  console.log(`\nfrom bytes to result: ${BY_CLOCK}`)
  line('', ['baseline', 'optimizing', 'auto', 'V8', 'auto/better', 'auto/V8'])
  for (const suite of subjectSuites) {
    const own: Times[] = []
    const others: Times[] = []
    for (const name of chosen(suite)) {
      const times = measure('total', suite, name, [baseline, optimizing, auto, v8])
      const [a, b, c, d] = times
      own.push(over(c, better(a, b)))
      others.push(over(c, d))
      line(name, [...times.map(show), ratios(own[own.length - 1]), ratios(others[others.length - 1])])
    }
    if (own.length > 0) line(`${suite}, geomean`, ['', '', '', '', ratios(meanOf(own)), ratios(meanOf(others))])
  }
}

/** A round of each kernel and program when all is warm. */
function steady(): void {
  console.log(`\nsteady state: ${BY_CLOCK}`)
  line('', ['baseline', 'optimizing', 'auto', 'auto/optimizing'])
  for (const suite of subjectSuites) {
    const own: Times[] = []
    for (const name of chosen(suite)) {
      const times = measure('steady', suite, name, [baseline, optimizing, auto])
      own.push(over(times[2], times[1]))
      line(name, [...times.map(show), ratios(own[own.length - 1])])
    }
    if (own.length > 0) line(`${suite}, geomean`, ['', '', '', ratios(meanOf(own))])
  }
}

/** One call of one loop. What optimizing costs first is in the optimizing tier's time. */
function loop(): void {
  const times = measure('loop', 'kernels', '-', [baseline, optimizing, auto, v8])
  console.log(`\none long loop in one call: ${BY_CLOCK}`)
  line('', ['baseline', 'optimizing', 'auto', 'V8', 'auto loses'])
  line('', [
    ...times.map(show),
    `${(times[2].wall - times[1].wall).toFixed(0)} (${(times[2].cpu - times[1].cpu).toFixed(0)}) ms`,
  ])
}

const WASI_SHIM = `import { WASI } from 'node:wasi'
import { readFileSync } from 'node:fs'
const wasi = new WASI({ version: 'preview1' })
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), wasi.getImportObject())
process.exitCode = wasi.start(instance)
`

/** Milliseconds by the clock of the least of some runs of a command. */
function command(words: readonly string[]): number {
  let least = Infinity
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now()
    const { status } = spawnSync(process.execPath, words, { stdio: 'ignore' })
    if (status !== 0) throw new Error(`node ${words.join(' ')} failed`)
    least = Math.min(least, performance.now() - begin)
  }
  return least
}

/** Whole processes: the first run of a program, the second with the code that the first has kept, and V8. */
function second(): void {
  const directory = mkdtempSync(join(tmpdir(), 'windlass-bench-'))
  const shim = join(directory, 'wasi.mjs')
  writeFileSync(shim, WASI_SHIM)
  const windlass = `${root}bin/windlass`
  console.log('\nwhole processes, by the clock')
  line('', ['no cache', 'second run', 'node:wasi', 'second/V8', 'node -e 0'])
  const bare = command(['-e', '0'])
  for (const name of ['hello', 'compute']) {
    const file = `${root}tests/programs/wasi/${name}.wasm`
    const cache = `--cache=${join(directory, name)}`
    const first = command([windlass, 'run', '--cache=off', file])
    spawnSync(process.execPath, [windlass, 'run', cache, file], { stdio: 'ignore' })
    const again = command([windlass, 'run', cache, file])
    const other = command(['--no-warnings', shim, file])
    line(name, [...[first, again, other].map((time) => time.toFixed(0)), ratio(again / other), bare.toFixed(0)])
  }
  rmSync(directory, { recursive: true })
}

/** Baseline code with its polls against the same code without them. There are no counters in it. */
function polls(): void {
  console.log('\npolls in baseline code')
  line('', ['with', 'without', ''])
  const costs: number[] = []
  for (const name of chosen('kernels')) {
    const [{ cpu: has, wall: hasNot }] = measure('polls', 'kernels', name, [baseline])
    costs.push(has / hasNot)
    line(name, [has.toFixed(1), hasNot.toFixed(1), ratio(has / hasNot)])
  }
  line('geomean', ['', '', `${geomean(costs).toFixed(3)}x`])
}

const tables: Readonly<Record<(typeof TABLES)[number], () => void>> = { total, steady, loop, second, polls }
const wanted = (values.only?.split(',') ?? TABLES).map(
  (name) => TABLES.find((each) => each === name) ?? misused(`no table '${name}'`, USAGE),
)
installPrograms()
for (const name of wanted) tables[name]()
