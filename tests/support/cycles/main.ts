/**
 * `node dist/tests/support/cycles/main.js [CYCLES [SEED]]`: starts and stops compile workers so often (10,000 times by default), and says at the
 * end what has grown: memory, open files, threads, mappings.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { Random } from '../../fuzz/random.js'
import { cycle } from './cycle.js'

interface Footprint {
  readonly megabytes: number
  readonly files: number
  readonly threads: number
  readonly mappings: number
}

function footprint(): Footprint {
  return {
    megabytes: Math.round(process.memoryUsage().rss / 2 ** 20),
    files: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    mappings: readFileSync('/proc/self/maps', 'latin1').split('\n').length - 1,
  }
}

/** Cycles after which everything that is made once has been made. */
const WARM_UP = 50
const STEP = 1000

const [cycles = '10000', seed = '1'] = process.argv.slice(2)
const random = new Random(Number(seed))
let warm: Footprint | undefined
for (let i = 1; i <= Number(cycles); i++) {
  await cycle(random)
  if (i === WARM_UP) warm = footprint()
  if (i % STEP === 0) console.log(`${i} cycles, ${JSON.stringify(footprint())}`)
}
console.log(`${cycles} cycles passed; after ${WARM_UP}: ${JSON.stringify(warm)}, now: ${JSON.stringify(footprint())}`)
