// The optimizing compiler's program in a variant that traps where an array is read or written outside must compile generated modules as the
// JavaScript form does: `npm run test:arrays`. It runs in the host.
import { generateModule } from '../../dist/tests/fuzz/generator.js'
import { Random } from '../../dist/tests/fuzz/random.js'
import { BothForms, randomMachine } from '../../dist/tests/support/both-forms.js'
import { RICH_MODULE } from '../../dist/tests/support/rich-module.js'
import { startInHost } from '../../dist/wasm/programs.js'
import { CHECKED, made } from './assemblyscript.mjs'
import { checkedSources } from './sources.mjs'

const MODULES = 200

const program = await made(await checkedSources(), CHECKED)
let compared = 0
for (let seed = 1; seed <= MODULES; seed++) {
  const random = new Random(seed)
  const bytes = seed === 1 ? RICH_MODULE : generateModule(random).bytes
  const forms = new BothForms(bytes, randomMachine(random), () => startInHost(program))
  const found = forms.all(random)
  compared += forms.compared
  if (found === undefined) continue
  console.log(`module ${seed}: ${found}`)
  process.exitCode = 1
}
console.log(`${compared} functions compared`)
