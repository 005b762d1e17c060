// Checks every rewrite rule of the optimizing tier as far as this machine can (npm run test:rules):
// on all values of 8 bits (three variables), on a million structured values of 32 and 64 bits, and by the SMT solver z3.
// Prints which rules are proved, and those that are not, with the reason.
//
//   npm run test:rules -- [--values N] [--limit SECONDS] [--only TEXT]
//
// z3 lives in this folder's own package because of its size; the first run installs it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseRules } from '../../dist/tiers/optimizing/rules/compiler/parse.js'
import { toSmtLib } from '../../dist/tiers/optimizing/ir/terms.js'
import { tryAll, trySome } from '../../dist/tests/support/rule-check.js'
import { claimsOf, SMALL_WIDTHS, WASM_WIDTHS } from '../../dist/tests/support/rule-meaning.js'

const here = fileURLToPath(new URL('.', import.meta.url))
if (!existsSync(`${here}node_modules/z3-solver`)) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' }) // oxfmt-ignore
  if (status !== 0) process.exit(1)
}
const { values } = parseArgs({
  options: {
    values: { type: 'string', default: '1000000' },
    limit: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
  },
})
const { init } = await import('z3-solver')
const { Z3 } = await init()

/** 'unsat' when no assignment makes the claim wrong. */
async function solve(claim) {
  const names = claim.variables.map((_, i) => `v${i}`)
  const text = (term) => toSmtLib(term, names)
  const wrong = `(not (= ${text(claim.left)} ${text(claim.right)}))`
  const script = [
    '(reset)',
    `(set-option :timeout ${Number(values.limit) * 1000})`,
    ...claim.variables.map(({ width }, i) => `(declare-const v${i} (_ BitVec ${width}))`),
    ...claim.guards.map((guard) => `(assert ${text(guard)})`),
    `(assert ${claim.trap === undefined ? wrong : `(or ${wrong} ${text(claim.trap)})`})`,
    '(check-sat)',
  ].join('\n')
  // A context after one that ran out of time sometimes misreads its text: then another is asked.
  for (let attempt = 0; ; attempt++) {
    const context = Z3.mk_context(Z3.mk_config())
    const answer = (await Z3.eval_smtlib2_string(context, script)).trim()
    Z3.del_context(context)
    if (attempt === 2 || !answer.includes('error')) return answer
  }
}

const directory = new URL('../../tiers/optimizing/rules/', import.meta.url)
const wrong = []
const unproved = []
const unclaimed = []
let proved = 0
let exhausted = 0
let structured = 0
for (const file of readdirSync(directory).filter((name) => name.endsWith('.rules'))) {
  for (const rule of parseRules(file, readFileSync(new URL(file, directory), 'utf8'))) {
    if (rule.items[0].text !== 'rule' || !rule.site.includes(values.only)) continue
    const small = claimsOf(rule, SMALL_WIDTHS)
    if (typeof small !== 'string') {
      const failed = small.map((claim) => [claim.name, tryAll(claim).counterexample]).find(([, found]) => found)
      if (failed === undefined) exhausted++
      else wrong.push(failed.join(': '))
    }
    const claims = claimsOf(rule, WASM_WIDTHS)
    if (typeof claims === 'string') {
      unclaimed.push(`${rule.site}: ${claims}`)
      continue
    }
    const each = Math.ceil(Number(values.values) / claims.length)
    const failed = claims
      .map((claim) => [claim.name, trySome(claim, each, 7).counterexample])
      .find(([, found]) => found)
    if (failed === undefined) structured++
    else wrong.push(failed.join(': '))
    const answers = []
    for (const claim of claims) answers.push([claim.name, await solve(claim)])
    const open = answers.filter(([, answer]) => answer !== 'unsat')
    for (const [name, answer] of open) (answer === 'sat' ? wrong : unproved).push(`${name}: ${answer}`)
    if (open.length === 0) proved++
    if (process.stderr.isTTY) process.stderr.write(`\r${proved} proved`)
  }
}
console.log(
  `${exhausted} rules hold on all values of 8 bits, ${structured} on ${values.values} values of 32 and 64 bits`,
)
console.log(`${proved} rules are proved`)
if (unproved.length > 0) console.log(`not proved within ${values.limit} s:\n  ${unproved.join('\n  ')}`)
if (unclaimed.length > 0)
  console.log(`no terms, so not proved (the tests of division try them):\n  ${unclaimed.join('\n  ')}`)
if (wrong.length > 0) console.log(`WRONG:\n  ${wrong.join('\n  ')}`)
process.exit(wrong.length === 0 ? 0 : 1)
