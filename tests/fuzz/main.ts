/**
 * `npm run fuzz -- --seconds N [--seed S] [--mode mutate|differential|both] [--tries N]`
 *
 * differential: generated modules must behave in Windlass as in V8, call by call.
 * mutate:       damaged modules must be refused or compiled without a crash, hang or leak; what V8 refuses for a reason
 *               that is not a newer feature, Windlass refuses too.
 *
 * The work is done in child processes, batch after batch, so that a crash costs one batch and names its seeds. Prints
 * `N passed, N failed` at the end and exits 1 when anything failed.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const BATCH_PROGRAM = fileURLToPath(new URL('./batch.js', import.meta.url))
const BATCH = 200
/** A batch takes a few seconds; one that takes this long hangs. */
const BATCH_LIMIT_MS = 120_000
/** Resident memory that a child may have gained when its batch is done: more is a leak. */
const RSS_LIMIT_BYTES = 1_500_000_000

export interface BatchRequest {
  readonly mode: 'mutate' | 'differential'
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
    const env = { ...defaults, ...process.env }
    const child: ChildProcess = fork(BATCH_PROGRAM, [], { stdio: 'inherit', env })
    let current = request.first
    let failed = 0
    let finished = false
    const timer = setTimeout(() => {
      tally.failures.push(`${request.mode} seed ${current}: no answer within ${BATCH_LIMIT_MS} ms`)
      finished = true
      child.kill('SIGKILL')
    }, BATCH_LIMIT_MS)
    child.on('message', (reply: BatchReply) => {
      current = reply.seed
      if (reply.failure !== undefined) {
        failed++
        tally.failures.push(`${request.mode} seed ${reply.seed}: ${reply.failure}`)
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
      if (!finished) tally.failures.push(`${request.mode} seed ${current}: the process ended with ${signal ?? code}`)
      tally.passed += Math.max(0, (finished ? request.count : current - request.first) - failed)
      resolve()
    })
    child.send(request)
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '30' },
      tries: { type: 'string' },
      seed: { type: 'string', default: '1' },
      mode: { type: 'string', default: 'both' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help || !['both', 'mutate', 'differential'].includes(values.mode)) {
    console.log('usage: npm run fuzz -- [--seconds N] [--tries N] [--seed S] [--mode mutate|differential|both]')
    process.exitCode = values.help ? 0 : 2
    return
  }
  const end = Date.now() + Number(values.seconds) * 1000
  const tries = values.tries === undefined ? undefined : Number(values.tries)
  const modes: BatchRequest['mode'][] = values.mode === 'both' ? ['mutate', 'differential'] : [values.mode as 'mutate']
  const tally: Tally = { passed: 0, accepted: 0, failures: [] }
  let next = Number(values.seed)
  let started = 0
  while (tries === undefined ? Date.now() < end : started < tries) {
    for (const mode of modes) {
      const count = Math.min(mode === 'mutate' ? BATCH * 20 : BATCH, tries ?? Infinity)
      await runBatch({ mode, first: next, count }, tally)
      started += count
    }
    next += BATCH * 20
    if (process.stderr.isTTY) process.stderr.write(`\r${tally.passed} passed, ${tally.failures.length} failed`)
  }
  for (const failure of tally.failures.slice(0, 20)) console.log(failure)
  console.log(`${tally.accepted} of the damaged modules were valid`)
  console.log(`${tally.passed} passed, ${tally.failures.length} failed`)
  process.exitCode = tally.failures.length > 0 ? 1 : 0
}

await main()
