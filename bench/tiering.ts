/**
 * `node dist/bench/tiering.js [--rounds N] [KERNEL...]`: what tiering wins and loses. Each kernel runs once, from its bytes to its result,
 * in a fresh process for each tier, tiers interleaved. Prints milliseconds of the main thread's processor time (compiling in
 * the background costs others nothing while a core is free), medians, and `auto` against the better of the other two.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kernels, readKernel } from './modules.js'
import { geomean } from './report.js'

const TIERS = ['baseline', 'optimizing', 'auto'] as const

/** Milliseconds of processor time of this thread. */
function threadTime(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
}

/** One run in this process: prints its milliseconds. */
async function child(name: string): Promise<void> {
  const kernel = kernels().find((each) => each.name === name)
  if (kernel === undefined) throw new Error(`no kernel ${name}`)
  const bytes = readKernel(kernel)
  const { WebAssembly } = await import('../api/index.js')
  const begin = threadTime()
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {})
  const result = String((instance.exports['run'] as (n: number) => unknown)(kernel.n))
  const time = threadTime() - begin
  if (result !== kernel.expected) throw new Error(`${name}: ${result} instead of ${kernel.expected}`)
  console.log(`TIME ${time}`)
}

function measure(name: string, tier: string): number {
  const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--child', name], {
    env: { ...process.env, WINDLASS_OPTIONS: `--tier=${tier}` },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const time = /^TIME (.*)$/m.exec(stdout)
  if (status !== 0 || time === null) throw new Error(`${name} failed with --tier=${tier}`)
  return Number(time[1])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { child: { type: 'string' }, rounds: { type: 'string', default: '3' } },
})

if (values.child !== undefined) {
  await child(values.child)
} else {
  const ratios: number[] = []
  for (const { name } of kernels()) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const times = new Map<string, number[]>(TIERS.map((tier) => [tier, []]))
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const tier of TIERS) times.get(tier)?.push(measure(name, tier))
    }
    const [baseline, optimizing, auto] = TIERS.map((tier) => median(times.get(tier) ?? []))
    const ratio = auto / Math.min(baseline, optimizing)
    ratios.push(ratio)
    const columns = [baseline, optimizing, auto].map((time) => time.toFixed(0).padStart(8)).join('')
    console.log(`${name.padEnd(16)}${columns}   ${ratio.toFixed(2)}x`)
  }
  console.log(`geomean of auto against the better of the other two: ${geomean(ratios).toFixed(2)}x`)
}
