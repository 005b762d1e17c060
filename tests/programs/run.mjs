// `npm run test:programs [-- name...]`: runs real npm packages, built by different toolchains, on Windlass. Each script in
// npm/ is run twice, with V8's WebAssembly and with ours in its place; what they print must be the same.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('.', import.meta.url))
/** Against a hang; the slowest program takes a few seconds. */
const TIMEOUT_MS = 120_000

if (!existsSync(`${directory}node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

const all = readdirSync(`${directory}npm`)
  .filter((file) => file.endsWith('.mjs') && file !== 'windlass.mjs')
  .map((file) => file.slice(0, -'.mjs'.length))
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`no program ${unknown.join(', ')}; there are: ${all.join(', ')}`)
  process.exit(2)
}

/** Runs one script; `preload` is for its child processes too. */
function run(name, preload) {
  const start = performance.now()
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [`${directory}npm/${name}.mjs`], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 1 << 26,
    env: { ...process.env, NODE_OPTIONS: preload === undefined ? '' : `--import=${preload}` },
  })
  const end = signal === null ? `exit ${status}` : `signal ${signal}`
  return { text: `${stdout}${stderr}${end}`, ok: status === 0, ms: performance.now() - start }
}

/** The first line that differs, as seen on both sides. */
function firstDifference(expected, actual) {
  const left = expected.split('\n')
  const right = actual.split('\n')
  const at = left.findIndex((line, i) => line !== right[i])
  const from = at === -1 ? left.length : at
  return `line ${from + 1}\n    V8:       ${left[from]}\n    Windlass: ${right.slice(from, from + 12).join('\n              ')}`
}

const windlass = new URL('npm/windlass.mjs', import.meta.url).href
let failed = 0
for (const name of wanted.length > 0 ? wanted : all) {
  const expected = run(name, undefined)
  const actual = run(name, windlass)
  const same = expected.ok && expected.text === actual.text
  const times = `${expected.ms.toFixed(0)} ms on V8, ${actual.ms.toFixed(0)} ms on Windlass`
  console.log(`${same ? 'ok  ' : 'FAIL'} ${name} (${times})`)
  if (same) continue
  failed++
  console.log(expected.ok ? `    ${firstDifference(expected.text, actual.text)}` : `    V8 itself: ${expected.text}`)
}
console.log(`${(wanted.length > 0 ? wanted : all).length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
