/**
 * `npm run fuzz -- --seconds N [--seed S] [--mode mutate|differential|forms|dumps|coredump|both] [--tries N] [--tiers TIER,...]`
 *
 * differential: generated modules must behave in Windlass as in V8, call by call; with `--tiers` in each of these tiers, one
 *               after the other: baseline, optimizing (no fallback allowed), chaos (optimizing, with arbitrary choices, few
 *               registers, made-up targets of indirect calls and every allocation checked), ir (the interpreter of the IR, after the mid-end), auto,
 *               climb (frames go on in optimized code in the middle of nested loops).
 * mutate:       damaged modules must be refused or compiled without a crash, hang or leak; what V8 refuses for a reason
 *               that is not a newer feature, Windlass refuses too.
 * forms:        the optimizing compiler's two forms, JavaScript and the Wasm program, must give the same code of generated modules, for
 *               random CPUs, loops to enter at and feedback.
 * dumps:        at every stop of a generated module, the dumps of optimized code must not contradict the baseline tier's.
 * coredump:     damaged core dumps must be refused or shown, by every command of their reader.
 *
 * The work is done in child processes, batch after batch, so that a crash costs one batch and names its seeds. Prints
 * `N passed, N failed` at the end and exits 1 when anything failed.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { commandLine, misused } from '../../bench/arguments.js'

const BATCH_PROGRAM = fileURLToPath(new URL('./batch.js', import.meta.url))
const BATCH = 200
/** Seeds of a batch, by what is done with one. */
const SIZES = { mutate: BATCH * 20, differential: BATCH, forms: BATCH, dumps: BATCH / 5, coredump: BATCH * 20 } as const
/** A batch takes a few seconds; one that takes this long hangs. */
const BATCH_LIMIT_MS = 120_000
/** Resident memory that a child may have gained when its batch is done: more is a leak. */
const RSS_LIMIT_BYTES = 1_500_000_000

/** Tiers by name, with the environment that sets each. */
const TIERS = {
  baseline: () => ({ WINDLASS_OPTIONS: '--tier=baseline' }),
  optimizing: () => ({ WINDLASS_OPTIONS: '--tier=optimizing', WINDLASS_TEST_OPTIMIZER: 'strict' }),
  chaos: (seed: number) => ({
    WINDLASS_OPTIONS: '--tier=optimizing',
    WINDLASS_TEST_OPTIMIZER: `strict,check,chaos=${seed},guess=${seed},pressure=${6 + (seed % 5)}${seed % 3 === 0 ? ',worst' : ''}`,
  }),
  ir: () => ({}),
  auto: (seed: number) => ({
    WINDLASS_OPTIONS: '--tier=auto --force=optimize',
    WINDLASS_TEST_OPTIMIZER: `guess=${seed}`,
  }),
  climb: () => ({ WINDLASS_OPTIONS: '--tier=auto --force=climb --compile-threads=0' }),
} satisfies Record<string, (seed: number) => Record<string, string>>
export type FuzzTier = keyof typeof TIERS

export interface BatchRequest {
  readonly mode: keyof typeof SIZES
  /** Tier of a differential batch; undefined: as `WINDLASS_OPTIONS` says. */
  readonly tier: FuzzTier | undefined
  readonly first: number
  readonly count: number
}

export interface BatchReply {
  readonly seed: number
  /** Absent while a seed is only announced. */
  readonly failure?: string
  readonly done?: { readonly rss: number; readonly accepted: number }
}

interface Tally {
  passed: number
  accepted: number
  readonly failures: string[]
}

function runBatch(request: BatchRequest, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    // A damaged module is not run, so that it is compiled at all has to be asked for.
    const defaults = request.mode === 'mutate' ? { WINDLASS_OPTIONS: '--compile=eager' } : {}
    const env = {
      ...defaults,
      ...process.env,
      WINDLASS_TEST_PROGRAM: 'strict',
      ...(request.tier === undefined ? {} : TIERS[request.tier](request.first)),
    }
    const what = request.tier === undefined ? request.mode : `${request.mode} ${request.tier}`
    const child: ChildProcess = fork(BATCH_PROGRAM, [], { stdio: 'inherit', env })
    let current = request.first
    let failed = 0
    let finished = false
    const timer = setTimeout(() => {
      tally.failures.push(`${what} seed ${current}: no answer within ${BATCH_LIMIT_MS} ms`)
      finished = true
      child.kill('SIGKILL')
    }, BATCH_LIMIT_MS)
    child.on('message', (reply: BatchReply) => {
      current = reply.seed
      if (reply.failure !== undefined) {
        failed++
        tally.failures.push(`${what} seed ${reply.seed}: ${reply.failure}`)
      }
      if (reply.done !== undefined) {
        finished = true
        tally.accepted += reply.done.accepted
        if (reply.done.rss > RSS_LIMIT_BYTES) {
          tally.failures.push(`${request.mode} batch ${request.first}: ${reply.done.rss} bytes resident afterwards`)
        }
        child.disconnect()
      }
    })
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      if (!finished) tally.failures.push(`${what} seed ${current}: the process ended with ${signal ?? code}`)
      tally.passed += Math.max(0, (finished ? request.count : current - request.first) - failed)
      resolve()
    })
    child.send(request)
  })
}

const MODES = ['both', 'mutate', 'differential', 'forms', 'dumps', 'coredump']
const USAGE = `npm run fuzz -- [--seconds N] [--tries N] [--seed S] [--mode ${MODES.join('|')}]
       [--tiers ${Object.keys(TIERS).join(',')}]`

async function main(): Promise<void> {
  const { values } = commandLine(USAGE, {
    options: {
      seconds: { type: 'string', default: '30' },
      tries: { type: 'string' },
      seed: { type: 'string', default: '1' },
      mode: { type: 'string' },
      tiers: { type: 'string' },
    },
  })
  const tiers = values.tiers?.split(',') ?? []
  // Tiers differ in what code does, not in what they refuse.
  const mode = values.mode ?? (tiers.length > 0 ? 'differential' : 'both')
  if (!MODES.includes(mode)) misused(`no mode '${mode}'`, USAGE)
  for (const tier of tiers) if (!Object.hasOwn(TIERS, tier)) misused(`no tier '${tier}'`, USAGE)
  const end = Date.now() + Number(values.seconds) * 1000
  const tries = values.tries === undefined ? undefined : Number(values.tries)
  const modes: Pick<BatchRequest, 'mode' | 'tier'>[] = []
  if (mode === 'forms' || mode === 'dumps' || mode === 'coredump') modes.push({ mode, tier: undefined })
  if (mode === 'mutate' || mode === 'both') modes.push({ mode: 'mutate', tier: undefined })
  const isDifferential = mode === 'differential' || mode === 'both'
  if (isDifferential && tiers.length === 0) modes.push({ mode: 'differential', tier: undefined })
  if (isDifferential) for (const tier of tiers) modes.push({ mode: 'differential', tier: tier as FuzzTier })
  const tally: Tally = { passed: 0, accepted: 0, failures: [] }
  let next = Number(values.seed)
  let started = 0
  while (tries === undefined ? Date.now() < end : started < tries) {
    for (const what of modes) {
      const count = Math.min(SIZES[what.mode], tries ?? Infinity)
      await runBatch({ ...what, first: next, count }, tally)
      started += count
    }
    next += BATCH * 20
    if (process.stderr.isTTY) process.stderr.write(`\r${tally.passed} passed, ${tally.failures.length} failed`)
  }
  for (const failure of tally.failures.slice(0, 20)) console.log(failure)
  if (modes.some((what) => what.mode === 'mutate')) console.log(`${tally.accepted} of the damaged modules were valid`)
  console.log(`${tally.passed} passed, ${tally.failures.length} failed`)
  process.exitCode = tally.failures.length > 0 ? 1 : 0
}

await main()
