// Loads profiles in Mozilla's own code (@firefox-devtools/profiler-cli: the Firefox profiler's loader, upgraders and call
// trees) and compares what it sees with what was run: the call tree, tiers, lines and functions inlined by clang, markers and
// counters; names and JavaScript callers in profiles of SQLite (C, sql.js) and esbuild (Go), both stripped.
//
//   node tests/oracles/profiles.mjs
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.resolve(here, '../..')
const cli = path.join(here, 'node_modules/@firefox-devtools/profiler-cli/dist/profiler-cli.js')

const programs = path.join(root, 'tests/programs')
function install(folder, file) {
  if (existsSync(file)) return
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  if (spawnSync('npm', words, { cwd: folder, stdio: 'inherit' }).status !== 0) process.exit(1)
}
install(here, cli)
install(programs, path.join(programs, 'node_modules'))
const { firefoxFaults } = await import(path.join(root, 'dist/tests/support/firefox-checker.js'))
const { readFirefox } = await import(path.join(root, 'dist/profiler/read-firefox.js'))
const { serveProfile } = await import(path.join(root, 'dist/profiler/server.js'))
const { Engine, Instance, Module, Store } = await import(path.join(root, 'dist/api/index.js'))

const folder = mkdtempSync(path.join(tmpdir(), 'windlass-profiles-'))
// A folder that does not exist: its own way to make one is the only one that works.
const env = {
  ...process.env,
  PROFILER_CLI_SESSION_DIR: path.join(folder, 'sessions'),
  PROFILER_CLI_NO_SYMBOLICATE: '1',
}
let failures = 0

function expect(holds, what) {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`)
  if (!holds) failures++
}

function ask(...words) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, ...words], { env, encoding: 'utf8' })
  return { text: stdout + stderr, status }
}

function askMeanwhile(...words) {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words], { env, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ text: stdout + stderr, status: error === null ? 0 : 1 })
    })
  })
}

/** Loads a file; its daemon is sometimes slow to start, and then there at the second question. */
function load(file, session) {
  ask('load', file, '--session', session)
  for (let i = 0; i < 20; i++) {
    const { status, text } = ask('profile', 'info', '--session', session)
    if (status === 0) return text
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  }
  throw new Error(`${file} was not loaded: ${ask('profile', 'info', '--session', session).text}`)
}

function json(session, ...words) {
  return JSON.parse(ask(...words, '--session', session, '--json').text)
}

/** All nodes of a call tree. */
function* nodes(tree, above = []) {
  for (const child of tree.children ?? []) {
    yield { ...child, above }
    yield* nodes(child, [...above, child.name])
  }
}

/** Profiles a program of `profiled/` in a process of its own. @returns the file */
function profileOf(program) {
  const file = path.join(folder, `${program}.json`)
  const words = [`--import=${path.join(here, 'profiled/windlass.mjs')}`, path.join(here, `profiled/${program}.mjs`)]
  const { status, stderr } = spawnSync(process.execPath, words, {
    env: { ...process.env, WINDLASS_PROFILE: file },
    encoding: 'utf8',
  })
  expect(status === 0, `${program} ran${status === 0 ? '' : `: ${stderr}`}`)
  const faults = firefoxFaults(readFileSync(file, 'utf8'))
  expect(faults.length === 0, `its profile is in order${faults.map((fault) => `\n     ${fault}`).join('')}`)
  return file
}

/** Share of the samples in functions whose name matches, as Mozilla's code counts self time; and the list. */
function shareOf(functions, pattern) {
  const all = functions.reduce((sum, each) => sum + each.selfSamples, 0)
  const found = functions.filter(({ name }) => pattern.test(name)).reduce((sum, each) => sum + each.selfSamples, 0)
  return found / all
}

const wasm = readFileSync(path.join(root, 'tests/debug/programs/inline-v5.wasm'))
const engine = new Engine({ tier: 'baseline' })
const running = engine.profile({ name: 'lengths', intervalUs: 500 })
function driver(length) {
  for (let i = 0; i < 120_000; i++) length(4000)
}
const length = new Instance(new Store(engine), new Module(engine, wasm), []).getFunc('length').callable
driver(length)
const file = path.join(folder, 'lengths.json')
await running.stop().write(file)

try {
  const info = load(file, 'lengths')
  expect(info.includes('Name: lengths'), 'the profile has its name')
  expect(info.includes('Linear memory') && info.includes('Machine code'), 'its counters are seen')
  const tree = json('lengths', 'thread', 'samples-top-down').regularCallTree
  const all = [...nodes(tree)]
  const inner = all.find(({ name }) => name.startsWith('geometry::Path::length('))
  expect(
    inner?.above.at(-1) === 'path_length' || inner?.above.at(-1) === 'length',
    'the called method is below its caller',
  )
  const inlined = all.find(({ name }) => name.startsWith('geometry::distance('))
  expect(inlined?.above.at(-1)?.startsWith('geometry::Path::length('), 'the inlined call is below the method')
  expect((inner?.totalPercentage ?? 0) > 90, 'the method has the time')
  const driven = all.find(({ name }) => name === 'path_length' || name === 'length')
  expect(driven?.above.at(-1) === 'driver', 'the JavaScript function that calls the guest is above it')
  const functions = json('lengths', 'thread', 'functions').functions
  expect(
    functions.some(({ name, library }) => name.startsWith('geometry::') && library !== ''),
    'functions have a library',
  )
  const markers = ask('thread', 'markers', '--session', 'lengths').text
  expect(/Compile\s+\d+ markers/.test(markers) && /Instantiate\s+1 markers/.test(markers), 'markers are seen')

  // As `windlass profile FILE` serves it: source text and instructions with counts. (The source is one of this repository.)
  const served = path.join(folder, 'served.json')
  writeFileSync(
    served,
    readFileSync(file, 'utf8').replaceAll('/src/inline.cpp', path.join(root, 'tests/debug/programs/inline.cpp')),
  )
  const bytes = readFileSync(served)
  const { base, server } = await serveProfile(bytes, readFirefox(bytes))
  // This process answers, so the asking must not block it.
  await askMeanwhile('load', `${base}/profile.json`, '--symbol-server', base, '--session', 'served')
  for (let i = 0; i < 20 && (await askMeanwhile('profile', 'info', '--session', 'served')).status !== 0; i++);
  const servedFunctions = JSON.parse(
    (await askMeanwhile('thread', 'functions', '--session', 'served', '--json')).text,
  ).functions
  const method = servedFunctions.find(({ name }) => name.startsWith('geometry::Path::length('))
  const shown = (
    await askMeanwhile(
      'function',
      'annotate',
      method?.functionHandle ?? 'f-0',
      '--mode',
      'all',
      '--session',
      'served',
      '--symbol-server',
      base,
    )
  ).text
  expect(shown.includes('total += distance('), 'the source text is served')
  expect(/push +rbp/.test(shown), 'and the machine code')
  server.close()
  server.closeAllConnections()

  load(profileOf('sql'), 'sql')
  const sql = json('sql', 'thread', 'functions', '--limit', '0').functions
  // npm's builds have no name section: what is exported has a name.
  for (const name of ['sqlite3_prepare_v2', 'sqlite3_step']) {
    expect(
      sql.some((each) => each.name === name),
      `${name} is named`,
    )
  }
  const sqlTree = [...nodes(json('sql', 'thread', 'samples-top-down', '--limit', '1000').regularCallTree)]
  const asks = (name) => name === 'fillTable' || name === 'askQueries'
  expect(
    sqlTree.some(({ name, above }) => name === 'sqlite3_step' && above.some(asks)),
    'the JavaScript that asks is above SQLite',
  )

  load(profileOf('esbuild'), 'esbuild')
  const go = json('esbuild', 'thread', 'functions', '--limit', '0').functions
  expect(shareOf(go, /^wasm-function\[/) < 0.01, 'the Go program has no function without a name')
  expect(
    go.some(({ name }) => name.startsWith('github.com/evanw/esbuild/internal/js_parser.')),
    'its parser is among them',
  )
  expect(
    go.some(({ name }) => name.startsWith('runtime.')),
    "and Go's runtime",
  )
} finally {
  for (const session of ['lengths', 'served', 'sql', 'esbuild']) ask('stop', session)
  rmSync(folder, { recursive: true, force: true })
}
console.log(failures === 0 ? 'Mozilla reads our profiles as they are meant' : `${failures} expectations failed`)
process.exitCode = failures === 0 ? 0 : 1
