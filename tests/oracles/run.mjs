// Compares the text format with wasm-tools on the official suite: the same bytes for every text module inside our
// features, the same verdict on every quoted one, and a printer whose text wasm-tools assembles to the same module.
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
const { tokenize, Token } = await import(path.join(dist, 'lexer.js'))
const oracle = await import('@bytecodealliance/jco-transpile/wasm-tools')

// Words that only texts past Wasm 2.0 without SIMD have: such modules are outside our features.
const laterWords = new Set(
  'rec sub struct array ref null any eq i31 none nofunc noextern exn noexn exnref anyref eqref i31ref structref arrayref nullref nullfuncref nullexternref nullexnref tag shared pagesize v128 return_call return_call_indirect return_call_ref call_ref throw throw_ref try_table ref.as_non_null br_on_null br_on_non_null ref.eq ref.i31 cont resume suspend descriptor describes'.split(
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
    // A 64-bit address type: where limits are expected.
    if ((word === 'i64' || word === 'i32') && /^[0-9]/.test(text.slice(tokens.starts[i + 1], tokens.ends[i + 1])))
      return word
    if (word === 'i64' && previous === 'memory') return word
  }
  return undefined
}

// Where wasm-tools leaves the specification of 2.0, with the reason: there the verdicts must differ.
const exceptions = new Map([
  ['core-2.0/address.wast:214', '3.0 moved the limit of offsets to the validator'],
  ['core-2.0/memory.wast:80', '3.0 moved the limit of sizes to the validator'],
  ['core-2.0/memory.wast:84', '3.0 moved the limit of sizes to the validator'],
  ['core-2.0/memory.wast:88', '3.0 moved the limit of sizes to the validator'],
  ['core-2.0/table.wast:28', '3.0 moved the limit of sizes to the validator'],
  ['core-2.0/table.wast:32', '3.0 moved the limit of sizes to the validator'],
  ['core-2.0/table.wast:36', '3.0 moved the limit of sizes to the validator'],
  ['core-2.0/names.wast:19', 'wasm-tools refuses characters that look like others'],
  ['core-2.0/start.wast:103', 'wasm-tools writes two start sections'],
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
      // Left to the script reader's own unwrapping: the text between.
      let text = ''
      for (let t = head + 1; t < end; t++) text += unquote(word(t))
      yield { line, form, text }
    }
    i = end
  }
}
function unquote(token) {
  const bytes = []
  const body = token.slice(1, -1)
  const simple = { t: 9, n: 10, r: 13, '"': 34, "'": 39, '\\': 92 }
  for (let i = 0; i < body.length;) {
    if (body[i] !== '\\') {
      const point = String.fromCodePoint(body.codePointAt(i))
      bytes.push(...Buffer.from(point))
      i += point.length
    } else if (body[i + 1] in simple) {
      bytes.push(simple[body[i + 1]])
      i += 2
    } else if (body[i + 1] === 'u') {
      const close = body.indexOf('}', i)
      bytes.push(...Buffer.from(String.fromCodePoint(Number.parseInt(body.slice(i + 3, close), 16))))
      i = close + 1
    } else {
      bytes.push(Number.parseInt(body.slice(i + 1, i + 3), 16))
      i += 3
    }
  }
  return Buffer.from(bytes).toString('utf8')
}
