/**
 * One run for tiering.ts, in a process of its own: `node FLAGS dist/bench/tiering-child.js MEASURE SUITE NAME ENGINE` prints
 * `TIME` and the milliseconds, of the thread's processor time and of the clock.
 */
import { readFileSync } from 'node:fs'
import { POLL_LENGTH } from '../tiers/abi.js'
import { SiteKind, siteKind } from '../tiers/compiled.js'
import { assemble } from '../wasm/text/assemble.js'
import { namespace, type Namespace } from './engines.js'
import { loadSubject, type Round, type SubjectSuite } from './subjects.js'
import { kernels, readKernel } from './modules.js'

export interface Times {
  readonly cpu: number
  readonly wall: number
}

/** Milliseconds of processor time of this thread. Compiling in the background costs others nothing while a core is free. */
function threadTime(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
}

async function timed(run: () => unknown): Promise<Times> {
  const cpu = threadTime()
  const wall = performance.now()
  await run()
  return { cpu: threadTime() - cpu, wall: performance.now() - wall }
}

/** From the bytes to the first result. */
function total(suite: SubjectSuite, name: string, wasm: Namespace): Promise<Times> {
  return timed(async () => (await loadSubject(suite, name, wasm))())
}

/** Milliseconds of rounds after which a hot program is expected to have been optimized, with turns for what workers have to tell. */
const WARM_MS = 4000
const TURN_MS = 10
const MEASURED_ROUNDS = 5

function least(times: readonly Times[]): Times {
  return { cpu: Math.min(...times.map(({ cpu }) => cpu)), wall: Math.min(...times.map(({ wall }) => wall)) }
}

/** A round when all is warm. */
async function steady(suite: SubjectSuite, name: string, wasm: Namespace): Promise<Times> {
  const round = await loadSubject(suite, name, wasm)
  for (let warm = 0; warm < WARM_MS; warm += (await timed(round)).wall) {
    await new Promise((resolve) => setTimeout(resolve, TURN_MS))
  }
  const times: Times[] = []
  for (let i = 0; i < MEASURED_ROUNDS; i++) times.push(await timed(round))
  return least(times)
}

/** One call of one loop that takes about a second: sums of squares and a table in memory, nothing that is called again. */
const LOOP = `(module (memory 1) (func (export "run") (param i32) (result i32) (local i32 i32)
  (loop $l
    (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (i32.load (i32.and (local.get 1) (i32.const 0xfffc)))))
    (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (i32.xor (local.get 1) (i32.mul (local.get 2) (local.get 2))))
    (local.set 2 (i32.add (local.get 2) (i32.const 3)))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (local.get 1)))`
const LOOP_TURNS = 200_000_000

function loop(wasm: Namespace): Promise<Times> {
  const bytes = assemble(LOOP)
  return timed(() => {
    const { run } = new wasm.Instance(new wasm.Module(bytes), {}).exports
    return (run as (turns: number) => number)(LOOP_TURNS)
  })
}

const NOP_6 = [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00]

/**
 * What the polls cost: rounds of a kernel in baseline code, in turn with its polls and with instructions of the same length that do
 * nothing in their place. `cpu` is the time with polls, `wall` that without them, both processor time.
 */
async function polls(name: string): Promise<Times> {
  const { Engine } = await import('../runtime/engine.js')
  const { Instance } = await import('../runtime/instance.js')
  const { Module } = await import('../runtime/module.js')
  const { Store } = await import('../runtime/store.js')
  const { native } = await import('../runtime/native.js')
  const kernel = kernels().find((each) => each.name === name)
  if (kernel === undefined) throw new Error(`no kernel ${name}`)
  const engine = new Engine({ tier: 'baseline' })
  const module = new Module(engine, readKernel(kernel))
  const run = new Instance(new Store(engine), module, []).getFunc('run')?.callable
  const round: Round = () => run?.(kernel.n)
  await round()
  const addon = native()
  const { exec, write } = addon.openArena(engine.arena.id)
  const { versions } = module.code
  const places: { readonly bytes: Uint8Array; readonly poll: Uint8Array }[] = []
  for (let version = 0; version < versions.count; version++) {
    versions.eachSite(version, (offset) => {
      const site = versions.findSite(version, offset, false)
      if (site < 0 || siteKind(versions.siteWord(site + 2)) !== SiteKind.Poll) return
      const bytes = new Uint8Array(addon.view(versions.start[version] + offset - exec + write, POLL_LENGTH))
      places.push({ bytes, poll: bytes.slice() })
    })
  }
  const withPolls: Times[] = []
  const without: Times[] = []
  for (let i = 0; i < 2 * MEASURED_ROUNDS; i++) {
    const has = i % 2 === 0
    for (const { bytes, poll } of places) bytes.set(has ? poll : NOP_6)
    ;(has ? withPolls : without).push(await timed(round))
  }
  return { cpu: least(withPolls).cpu, wall: least(without).cpu }
}

const [measure, suite, name, engine] = process.argv.slice(2)
const wasm = await namespace(engine)
const subjects = suite as SubjectSuite
let times: Times
if (measure === 'total') times = await total(subjects, name, wasm)
else if (measure === 'steady') times = await steady(subjects, name, wasm)
else if (measure === 'loop') times = await loop(wasm)
else if (measure === 'polls') times = await polls(name)
else throw new Error(`no measure ${measure}`)
console.log(`TIME ${times.cpu} ${times.wall}`)
// A program may leave workers or timers behind.
process.exit(0)
