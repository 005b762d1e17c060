// Compares the text format with wasm-tools on the official suite: the same bytes (name section included) for every text
// module inside our features, the same verdict on every quoted one, and each printer's text read by the other assembler.
// The tools live in this folder's own package because of their size; the first run installs them.
//
//   npm run test:oracles            everything
//   node tests/oracles/run.mjs 2.0  only folders whose name contains the argument
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.resolve(here, '../..')
const spec = process.env.WINDLASS_SPEC ?? path.resolve(root, '../shared/spec')
const only = process.argv[2] ?? ''

if (!existsSync(path.join(here, 'node_modules'))) {
  const install = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
  })
  if (install.status !== 0) process.exit(1)
}
if (!existsSync(spec)) {
  console.error(`no spec tests in ${spec}: set WINDLASS_SPEC to a folder with core-2.0 and core-3.0`)
  process.exit(1)
}
const dist = path.join(root, 'dist/wasm/text')
if (!existsSync(dist)) {
  console.error('dist/ is missing: run npm run build first')
  process.exit(1)
}

const { assemble } = await import(path.join(dist, 'assemble.js'))
const { printModule } = await import(path.join(dist, 'printer.js'))
const { stringBytes, tokenize, Token } = await import(path.join(dist, 'lexer.js'))
const oracle = await import('@bytecodealliance/jco-transpile/wasm-tools')

// Words that only texts past Wasm 2.0 without SIMD have: such modules are outside our features.
const laterWords = new Set(
  'rec sub struct array ref null any eq i31 none nofunc noextern exn noexn exnref anyref eqref i31ref structref arrayref nullref nullfuncref nullexternref nullexnref tag shared pagesize v128 return_call return_call_indirect return_call_ref call_ref throw throw_ref try_table catch catch_all catch_ref catch_all_ref ref.as_non_null br_on_null br_on_non_null ref.eq ref.i31 cont resume suspend descriptor describes'.split(
    ' ',
  ),
)
const laterPattern = /^(?:[if](?:8x16|16x8|32x4|64x2)\.|v128\.|struct\.|array\.|ref\.(?:test|cast)|br_on_|i31\.|cont\.)/

/** Why the text is outside our features, or undefined. */
function laterThan2(text) {
  const tokens = tokenize(text)
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kinds[i] !== Token.Atom) continue
    const word = text.slice(tokens.starts[i], tokens.ends[i])
    if (laterWords.has(word) || laterPattern.test(word)) return word
    const previous = text.slice(tokens.starts[i - 1], tokens.ends[i - 1])
    const next = text.slice(tokens.starts[i + 1], tokens.ends[i + 1])
    // An address type: where limits are expected.
    if (/^i(?:32|64)$/.test(word) && (/^[0-9]/.test(next) || previous === 'memory' || next === 'funcref')) return word
    // A size or an offset of 64 bits.
    const number = /^(?:offset=|align=)?([0-9][0-9a-fA-Fx_]*)$/.exec(word)
    if (number !== null && !previous.endsWith('.const') && Number(number[1].replaceAll('_', '')) > 0xffffffff)
      return word
    // A table with an initial value.
    if (word === 'funcref' && /^[0-9]/.test(previous) && next === '(') return 'table initializer'
  }
  return undefined
}

// Where wasm-tools leaves the specification of 2.0, with the reason: there the verdicts must differ.
const exceptions = new Map([
  ['core-2.0/names.wast:19', 'wasm-tools refuses characters that look like others'],
  ['core-2.0/start.wast:103', 'wasm-tools writes two start sections'],
  ['core-3.0/start.wast:103', 'wasm-tools writes two start sections'],
  ['core-3.0/names.wast:19', 'wasm-tools refuses characters that look like others'],
])

let passed = 0
let failed = 0
let outside = 0
function check(ok, where, what) {
  if (ok) {
    passed++
    return
  }
  failed++
  if (failed <= 60) console.error(`FAIL ${where}: ${what}`)
}

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const reasonOf = (error) => {
  const text = String(error?.payload ?? error?.message ?? error)
  return /message: "(.*?[^\\])"/.exec(text)?.[1] ?? text.slice(0, 120)
}
async function attempt(run) {
  try {
    return { bytes: await run() }
  } catch (error) {
    return { error }
  }
}

async function compareModule(where, text, ours) {
  const theirs = await attempt(() => oracle.parse(text))
  const exception = exceptions.get(where)
  if (exception !== undefined) {
    check((ours.error === undefined) !== (theirs.error === undefined), where, `no longer differs: ${exception}`)
    return
  }
  if (theirs.error !== undefined) {
    check(ours.error !== undefined, where, `we accept, wasm-tools says: ${reasonOf(theirs.error)}`)
    return
  }
  if (ours.error !== undefined) {
    const why = laterThan2(text)
    if (why === undefined) check(false, where, `wasm-tools accepts, we say: ${ours.error.message}`)
    else outside++
    return
  }
  check(
    hex(ours.bytes) === hex(theirs.bytes),
    where,
    `bytes differ\n  ours   ${hex(ours.bytes).slice(0, 400)}\n  theirs ${hex(theirs.bytes).slice(0, 400)}`,
  )
  const reread = await attempt(() => oracle.parse(printModule(ours.bytes)))
  if (reread.error === undefined) {
    check(hex(reread.bytes) === hex(theirs.bytes), where, 'wasm-tools reads another module from what we print')
  } else {
    check(false, where, `wasm-tools refuses what we print: ${reasonOf(reread.error)}`)
  }
  const print = await attempt(() => oracle.print(theirs.bytes))
  // It validates as it prints; what it does not print is no test.
  if (print.error !== undefined) return
  const read = await attempt(() => assemble(print.bytes))
  if (read.error === undefined) {
    check(hex(read.bytes) === hex(theirs.bytes), where, 'we read another module from what wasm-tools prints')
  } else {
    check(false, where, `we refuse what wasm-tools prints: ${read.error.message}`)
  }
}

function* scripts(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name)
    if (entry.isDirectory()) yield* scripts(full)
    else if (entry.name.endsWith('.wast')) yield full
  }
}

for (const suite of ['core-2.0', 'core-3.0']) {
  if (!suite.includes(only)) continue
  for (const file of scripts(path.join(spec, suite))) {
    const name = path.relative(spec, file)
    const source = readFileSync(file, 'utf8')
    const tokens = tokenize(source)
    for (const { line, form, text } of moduleForms(source, tokens)) {
      if (form === 'binary') continue
      const where = `${name}:${line}`
      const ours = await attempt(() => assemble(text))
      await compareModule(where, text, ours)
    }
  }
}
console.log(`${passed} passed, ${failed} failed (${outside} modules outside Wasm 2.0 without SIMD)`)
process.exit(failed === 0 ? 0 : 1)

/** Every module form of a script, as text that stands alone: quotes unwrapped, `definition` dropped. */
function* moduleForms(source, tokens) {
  const word = (i) => source.slice(tokens.starts[i], tokens.ends[i])
  if (word(0) === '(' && !/^(module|register|invoke|get|assert_)/.test(word(1))) {
    yield { line: 1, form: 'text', text: source }
    return
  }
  let line = 1
  let scanned = 0
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kinds[i] !== Token.LeftParen || word(i + 1) !== 'module') continue
    let head = i + 2
    if (word(head) === 'instance') continue
    const definition = word(head) === 'definition'
    if (definition) head++
    const first = head
    if (tokens.kinds[head] === Token.Id) head++
    for (; scanned < tokens.starts[i]; scanned++) if (source[scanned] === '\n') line++
    const form = word(head) === 'binary' || word(head) === 'quote' ? word(head) : 'text'
    const end = tokens.close[i]
    if (form === 'text') {
      yield { line, form, text: `(module ${source.slice(tokens.starts[first], tokens.ends[end])}` }
    } else if (form === 'quote') {
      const parts = []
      for (let t = head + 1; t < end; t++) parts.push(stringBytes(source, tokens.starts[t], tokens.ends[t]))
      const text = Buffer.concat(parts).toString('utf8')
      yield { line, form, text }
    }
    i = end
  }
}
