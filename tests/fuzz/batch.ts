/**
 * One batch of fuzzing in a process of its own: see main.ts.
 */
import { WebAssembly as Windlass } from '../../api/index.js'
import { optimizerProgram } from '../../runtime/own-programs.js'
import { MidEnd } from '../../tiers/optimizing/egraph/optimize.js'
import { startScan } from '../../wasm/scan/memory.js'
import { BothForms, randomMachine } from '../support/both-forms.js'
import { irNamespace } from '../support/ir-machine.js'
import { damagedDump } from './coredumps.js'
import { compareDumps } from './dumps.js'
import { generateModule } from './generator.js'
import type { BatchReply, BatchRequest } from './main.js'
import { mutate } from './mutate.js'
import { observe, type Namespace } from './observe.js'
import { Random } from './random.js'

// Small modules are validated without it.
startScan()

let ours = Windlass as unknown as Namespace
const theirs = (globalThis as unknown as { WebAssembly: Namespace }).WebAssembly

function send(reply: BatchReply): void {
  process.send?.(reply)
}

function differential(seed: number): string | undefined {
  const module = generateModule(new Random(seed))
  const expected = observe(theirs, module, seed)
  const actual = observe(ours, module, seed)
  const at = expected.findIndex((line, i) => line !== actual[i])
  return at < 0 ? undefined : `line ${at}: V8 has "${expected[at]}", Windlass has "${actual[at]}"`
}

function reason(wasm: Namespace, bytes: Uint8Array): string | undefined {
  try {
    void new wasm.Module(bytes)
    return undefined
  } catch (error) {
    if (error instanceof Error && error.name === 'CompileError') return error.message
    throw error
  }
}

/** V8 may know more than we do: such a refusal of ours says so (wasm/newer-features.ts). */
const NEEDS_NEWER = /\(Windlass does not support .* yet\)$/

let accepted = 0
let originals: Uint8Array[] = []

function mutation(seed: number): string | undefined {
  const random = new Random(seed)
  if (originals.length === 0 || seed % 500 === 0) {
    originals = Array.from({ length: 8 }, (_, i) => generateModule(new Random(seed * 8 + i), { functions: 2 }).bytes)
  }
  const bytes = mutate(random.pick(originals), random)
  const mine = reason(ours, bytes)
  const v8 = reason(theirs, bytes)
  if (mine === undefined) accepted++
  if (mine === undefined && v8 !== undefined) return `Windlass accepts what V8 refuses: ${v8}`
  if (mine !== undefined && v8 === undefined && !NEEDS_NEWER.test(mine)) {
    return `Windlass refuses what V8 accepts: ${mine}`
  }
  return undefined
}

function forms(seed: number): string | undefined {
  const random = new Random(seed)
  const { bytes } = generateModule(random)
  return new BothForms(bytes, randomMachine(random), optimizerProgram).all(random)
}

process.on('message', (request: BatchRequest) => {
  if (request.tier === 'ir') {
    const midEnd = new MidEnd()
    ours = irNamespace((f) => midEnd.run(f))
  }
  const run = { mutate: mutation, differential, forms, dumps: compareDumps, coredump: damagedDump }[request.mode]
  for (let seed = request.first; seed < request.first + request.count; seed++) {
    let failure: string | undefined
    try {
      failure = run(seed)
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
    if (failure !== undefined) send({ seed, failure })
    else if (seed % 16 === 0) send({ seed })
  }
  send({ seed: request.first + request.count, done: { rss: process.memoryUsage().rss, accepted } })
})
