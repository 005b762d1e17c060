/** One suite in one engine: `node FLAGS dist/bench/child.js SUITE ENGINE` prints its samples as a line of JSON. */
import { namespace } from './engines.js'
import { suites } from './suites.js'

const [suite, engine] = process.argv.slice(2)
const run = suites[suite]
if (run === undefined) throw new Error(`no suite ${suite}`)
const samples = await run(await namespace(engine), engine)
console.log(`SAMPLES ${JSON.stringify(samples)}`)
