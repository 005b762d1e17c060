/**
 * `node dist/bench/compare.js [--suite=programs|kernels] [--tier=NAME,...] [--program=NAME,...] [--seconds=N]
 * [--repeat=N] [--json]`: run time of some subjects in some tiers, ours and V8's, as CPU milliseconds of a round. Every
 * measurement is a process of its own, and those that are compared follow each other; `--repeat` does it all again and
 * the medians are taken. The first tier is the one that the others are compared with.
 */
import { commandLine, misused, numberOption } from './arguments.js'
import { runTimeEngines, titleOf, type EngineSpec } from './engines.js'
import { installPrograms } from './modules.js'
import { digits, geomean, median } from './report.js'
import { runSubject } from './run-subject.js'
import { subjects, subjectSuites } from './subjects.js'

function pick<T>(text: string | undefined, all: ReadonlyMap<string, T>, what: string): readonly T[] {
  if (text === undefined) return [...all.values()]
  return text.split(',').map((name) => {
    const found = all.get(name)
    return found ?? misused(`no ${what} '${name}'; there are ${[...all.keys()].join(', ')}`, USAGE)
  })
}

const USAGE =
  `node dist/bench/compare.js [--suite=${subjectSuites.join('|')}] [--tier=${[...runTimeEngines.keys()].join(',')}]\n` +
  '       [--program=NAME,...] [--seconds=CPU SECONDS OF EACH] [--repeat=N] [--json]'
const { values } = commandLine(USAGE, {
  options: {
    suite: { type: 'string', default: 'programs' },
    tier: { type: 'string', default: 'optimizing,baseline,turbofan' },
    program: { type: 'string' },
    seconds: { type: 'string', default: '0.6' },
    repeat: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const seconds = numberOption(values.seconds, '--seconds', 0, USAGE)
const repeat = numberOption(values.repeat, '--repeat', 1, USAGE)

function main(): void {
  const suite = subjectSuites.find((each) => each === values.suite) ?? misused(`no suite '${values.suite}'`, USAGE)
  installPrograms()
  const engines = pick<EngineSpec>(values.tier, runTimeEngines, 'tier')
  const names = pick(values.program, new Map(subjects(suite).map((name) => [name, name])), 'program')
  const line = (cells: readonly string[]): string => cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(16))).join('') // oxfmt-ignore
  const [own] = engines
  if (!values.json) console.log(line(['CPU ms a round', ...engines.map((engine) => titleOf(engine))]))
  const ratios = engines.map((): number[] => [])
  for (const name of names) {
    const runs = engines.map((): number[] => [])
    const results = new Map<string, string>()
    for (let i = 0; i < repeat; i++) {
      engines.forEach((engine, at) => {
        const rounds = runSubject(suite, name, engine, seconds)
        if (typeof rounds === 'string') results.set(titleOf(engine), rounds)
        else {
          runs[at].push(rounds.p50)
          results.set(titleOf(engine), rounds.result)
          if (values.json) console.log(JSON.stringify({ tier: titleOf(engine), ...rounds }))
        }
      })
    }
    if (new Set(results.values()).size > 1) {
      console.log(`${name}: NOT THE SAME RESULTS: ${[...results].map(([tier, text]) => `${tier}: ${text}`).join('; ')}`)
    }
    const times = runs.map(median)
    times.forEach((time, i) => ratios[i].push(times[0] / time))
    if (values.json) continue
    console.log(line([name, ...times.map((time, i) => (i === 0 ? (time > 0 ? digits(time) : 'failed') : time > 0 ? `${digits(time)} (${digits(times[0] / time)}x)` : 'failed'))])) // oxfmt-ignore
  }
  const means = ratios.map((list) => geomean(list.filter((ratio) => ratio > 0)))
  const cells = means.map((mean, i) => (i === 0 ? '' : `${digits(mean)}x`))
  if (!values.json) console.log(line(['geomean', ...cells]) + `   (time of ${titleOf(own)} against each)`)
}

main()
