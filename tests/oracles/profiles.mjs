// Loads profiles in Mozilla's own code (@firefox-devtools/profiler-cli: the Firefox profiler's loader, upgraders and call
// trees) and compares what it sees with what was run: the call tree, tiers, lines and functions inlined by clang, markers and
// counters.
//
//   node tests/oracles/profiles.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.resolve(here, '../..')
const cli = path.join(here, 'node_modules/@firefox-devtools/profiler-cli/dist/profiler-cli.js')

if (!existsSync(cli)) {
  const install = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
  })
  if (install.status !== 0) process.exit(1)
}
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

const wasm = readFileSync(path.join(root, 'tests/debug/programs/inline-v5.wasm'))
const engine = new Engine({ tier: 'baseline' })
const running = engine.profile({ name: 'lengths', intervalUs: 500 })
const length = new Instance(new Store(engine), new Module(engine, wasm), []).getFunc('length').callable
for (let i = 0; i < 30_000; i++) length(4000)
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
  const functions = json('lengths', 'thread', 'functions').functions
  expect(
    functions.some(({ name, library }) => name.startsWith('geometry::') && library !== ''),
    'functions have a library',
  )
  const markers = ask('thread', 'markers', '--session', 'lengths').text
  expect(/Compile\s+\d+ markers/.test(markers) && /Instantiate\s+1 markers/.test(markers), 'markers are seen')
} finally {
  ask('stop', 'lengths')
  rmSync(folder, { recursive: true, force: true })
}
console.log(failures === 0 ? 'Mozilla reads our profiles as they are meant' : `${failures} expectations failed`)
process.exitCode = failures === 0 ? 0 : 1
