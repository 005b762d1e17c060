/**
 * One subject in one engine: `node FLAGS dist/bench/rounds.js SUITE SUBJECT ENGINE SECONDS` runs it round after round and
 * prints one line of JSON. Times are CPU times of the process, user and system together: on a machine that does
 * something else too, wall time says little. They hold what the engine's own threads do, which is the point with tiering.
 */
import { namespace } from './engines.js'
import { quartiles, type Quartiles } from './report.js'
import { ROUNDS_MARK } from './run-subject.js'
import { loadSubject, type SubjectSuite } from './subjects.js'

/** CPU milliseconds. */
export interface Rounds extends Quartiles {
  readonly subject: string
  /** Loading: modules compiled and instantiated as the package does it. */
  readonly load: number
  readonly first: number
  /** Rounds after the warm-up, of which the quartiles are. */
  readonly count: number
  /** What every round gave. */
  readonly result: string
}

/** Rounds that are not counted: lazy compilation, and V8's own warm-up of the JavaScript around. */
const WARM_UP_ROUNDS = 2
/** The warm-up goes on for this part of the measured time. */
const WARM_UP_SHARE = 0.5
const MIN_ROUNDS = 5

function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function measure(suite: SubjectSuite, subject: string, engine: string, seconds: number): Promise<Rounds> {
  const wasm = await namespace(engine)
  const begin = cpu()
  const round = await loadSubject(suite, subject, wasm)
  const loaded = cpu()
  const result = String(await round())
  const first = cpu() - loaded
  const again = async (): Promise<number> => {
    const start = cpu()
    const text = String(await round())
    const time = cpu() - start
    if (text !== result) throw new Error(`${subject}: ${text} after ${result}`)
    return time
  }
  for (let i = 1, spent = first; i < WARM_UP_ROUNDS || spent < seconds * 1000 * WARM_UP_SHARE; i++)
    spent += await again()
  const times: number[] = []
  for (let spent = 0; times.length < MIN_ROUNDS || spent < seconds * 1000;) {
    const time = await again()
    times.push(time)
    spent += time
  }
  return { subject, load: loaded - begin, first, ...quartiles(times), count: times.length, result }
}

const [suite, subject, engine, seconds] = process.argv.slice(2)
console.log(`${ROUNDS_MARK}${JSON.stringify(await measure(suite as SubjectSuite, subject, engine, Number(seconds)))}`)
// A program may leave workers or timers behind.
process.exit(0)
