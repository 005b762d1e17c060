/**
 * `node dist/bench/frame-states.js [FILE...]`: how many live locals a frame state of each tier can tell, over every place of
 * every function at which a guest can stop (calls, traps, polls), frames of inlined calls and of their callers included.
 * Without files: the kernels and the programs of bench/packages. Live is what the specification's reading of the body says
 * (tests/support/live-locals.ts); references and vectors, which a dump cannot hold, do not count.
 *
 * It also compiles everything without frame states and says when that gives other code: states must cost nothing.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { BaselineCompiler } from '../tiers/baseline/compiler.js'
import {
  BETWEEN_SITES, FRAMES_START, FRAME_HEAD_WORDS, FRAME_VALUE_WORDS, frameStateEnd, INLINE_WORDS, SITE_WORDS, SiteKind, siteKind, siteNode, Where,
  type CompiledFunction, type FunctionCompiler,
} from '../tiers/compiled.js' // oxfmt-ignore
import { OptimizingCompiler } from '../tiers/optimizing/compiler.js'
import { liveLocals, type LocalSet } from '../tests/support/live-locals.js'
import { isRef, V128 } from '../wasm/types.js'
import { commandLine } from './arguments.js'
import { compileEnv } from './compile-env.js'
import { installPrograms, kernels, programs, readKernel, readProgram } from './modules.js'

/** Bodies over this size are left out: the reference analysis keeps a set for each instruction. */
const MAX_BODY = 60_000

export interface Tally {
  /** Live locals over all frames of all sites, those that are known, and those of each place (`Where`). */
  live: number
  known: number
  readonly places: number[]
  /** The same for operands, all of which are live. */
  operands: number
  knownOperands: number
  frames: number
  refused: number
  different: number
}

export function emptyTally(): Tally {
  return { live: 0, known: 0, places: [], operands: 0, knownOperands: 0, frames: 0, refused: 0, different: 0 }
}

/** Where the states of each code offset begin. */
function statesByOffset(made: CompiledFunction): Map<number, number[]> {
  const states = new Map<number, number[]>()
  for (let at = FRAMES_START; at < made.frameWords; at = frameStateEnd(made.frames, at)) {
    if (made.frames[at + 1] === BETWEEN_SITES) continue
    const list = states.get(made.frames[at])
    if (list === undefined) states.set(made.frames[at], [at])
    else list.push(at)
  }
  return states
}

/** Counts what the frame states of a function know. */
function countFunction(
  made: CompiledFunction,
  defined: number,
  liveAt: (defined: number, offset: number) => LocalSet,
  tally: Tally,
): void {
  const { sites, inlines, frames } = made
  const states = statesByOffset(made)
  for (let site = 0; site < made.siteCount * SITE_WORDS; site += SITE_WORDS) {
    if (siteKind(sites[site + 2]) === SiteKind.Mark) continue
    let node = siteNode(sites[site + 2])
    let offset = sites[site + 1]
    // A call's return address may be the address of another site, whose states come after its own.
    const list = states.get(sites[site]) ?? []
    for (;;) {
      const at = list.shift()
      if (at === undefined || frames[at + 1] !== node) throw new Error(`no frame state of node ${node} at ${offset}`)
      const inlined = (node - 1) * INLINE_WORDS
      countFrame(frames, at, liveAt(node === 0 ? defined : inlines[inlined + 1], offset), tally)
      if (node === 0) break
      node = inlines[inlined]
      offset = inlines[inlined + 2]
    }
  }
}

function countFrame(frames: Int32Array, state: number, live: LocalSet, tally: Tally): void {
  const locals = frames[state + 2]
  const count = locals + frames[state + 3]
  tally.frames++
  for (let i = 0, at = state + FRAME_HEAD_WORDS; i < count; i++, at += FRAME_VALUE_WORDS) {
    if (isRef(frames[at]) || frames[at] === V128) continue
    const where = frames[at + 1]
    const known = where === Where.Gone ? 0 : 1
    if (i >= locals) {
      tally.operands++
      tally.knownOperands += known
    } else if (((live >> BigInt(i)) & 1n) !== 0n) {
      tally.live++
      tally.known += known
      tally.places[where] = (tally.places[where] ?? 0) + 1
    }
  }
}

/** Compiles all functions of a module and counts. @param tier of the compiler */
export function countModule(bytes: Uint8Array, tier: 'baseline' | 'optimizing', tally: Tally): void {
  const env = compileEnv(bytes)
  const { info } = env
  const baseline = new BaselineCompiler(env)
  const optimizing = new OptimizingCompiler(env, baseline)
  const live = new Map<number, ReadonlyMap<number, LocalSet>>()
  const liveAt = (defined: number, offset: number): LocalSet => {
    let known = live.get(defined)
    if (known === undefined) {
      known = liveLocals(bytes, info.bodyStart[defined])
      live.set(defined, known)
    }
    const set = known.get(offset)
    if (set === undefined) throw new Error(`no instruction of function ${defined} at ${offset}`)
    return set
  }
  for (let defined = 0; defined < info.bodyStart.length; defined++) {
    const [start, end] = [info.bodyStart[defined], info.bodyEnd[defined]]
    if (end - start > MAX_BODY) continue
    const compile = (frames: boolean): CompiledFunction | undefined => {
      if (tier === 'baseline')
        return (baseline as FunctionCompiler).compile(defined, bytes, start, end, start, frames, null)
      const made = optimizing.tryCompile(defined, bytes, start, end, start, frames, null)
      return 'refused' in made ? undefined : made
    }
    const plain = compile(false)
    const code = plain === undefined ? undefined : Buffer.from(plain.code.slice(0, plain.codeSize))
    const made = compile(true)
    if (made === undefined || code === undefined) {
      tally.refused++
      continue
    }
    if (!code.equals(made.code.subarray(0, made.codeSize))) tally.different++
    countFunction(made, defined, liveAt, tally)
  }
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)}%`
}

function row(name: string, tier: string, tally: Tally): string {
  const { live, known, places, operands, knownOperands, frames, refused, different } = tally
  const where = Object.entries(Where).map(([place, i]) => `${place} ${places[i] ?? 0}`)
  const rest = `${refused > 0 ? `, ${refused} refused` : ''}${different > 0 ? `, ${different} WITH OTHER CODE` : ''}`
  return `${name.padEnd(12)} ${tier.padEnd(10)} ${frames} frames, ${known} of ${live} live locals (${percent(known, live)}: ${where.join(', ')}), operands ${percent(knownOperands, operands)}${rest}`
}

function main(files: readonly string[]): void {
  const modules: { readonly name: string; readonly read: () => Uint8Array }[] = files.map((file) => ({
    name: path.basename(file),
    read: () => new Uint8Array(readFileSync(file)),
  }))
  if (files.length === 0) {
    installPrograms()
    for (const kernel of kernels()) modules.push({ name: kernel.name, read: () => readKernel(kernel) })
    for (const program of programs) modules.push({ name: program.name, read: () => readProgram(program) })
  }
  for (const tier of ['baseline', 'optimizing'] as const) {
    const sum = emptyTally()
    for (const { name, read } of modules) {
      const tally = emptyTally()
      countModule(read(), tier, tally)
      console.log(row(name, tier, tally))
      add(sum, tally)
    }
    console.log(row('all', tier, sum))
  }
}

function add(sum: Tally, tally: Tally): void {
  for (const key of ['live', 'known', 'operands', 'knownOperands', 'frames', 'refused', 'different'] as const) {
    sum[key] += tally[key]
  }
  tally.places.forEach((count, where) => {
    sum.places[where] = (sum.places[where] ?? 0) + count
  })
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  main(commandLine('node dist/bench/frame-states.js [FILE.wasm...]', { allowPositionals: true }).positionals)
}
