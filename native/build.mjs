// Builds the addon: g++ on native/src, in parallel, only what changed. No node-gyp, cmake, python or network: the headers
// come from the packages node-api-headers (or from beside the node executable) and node-addon-api.
//
//   node native/build.mjs                    build native/build/windlass.node, and the gate (below) where it can be
//   node native/build.mjs --sanitize [--run] build (and run) native/test with src under ASan and UBSan, without Node
//   node native/build.mjs --sanitize=thread [--run]  the same under TSan, which goes with no other
//
// CXX names the compiler, CXXFLAGS are added to its command lines. An object file is built again when the compiler's
// command line changed or any file of its dependency list (written by -MMD) is newer.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const threads = process.argv.includes('--sanitize=thread')
const sanitize = threads || process.argv.includes('--sanitize')
const outDir = join(here, 'build', threads ? 'sanitize-thread' : sanitize ? 'sanitize' : '.')
const compiler = process.env.CXX || 'g++'

const commonFlags = ['-std=c++17', '-Wall', '-Wextra', '-Werror', '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti']
const modeFlags = sanitize
  ? [
      '-O1', '-g', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer',
      threads ? '-fsanitize=thread' : '-fsanitize=address,undefined',
    ] // oxfmt-ignore
  : [
      '-O2', '-fPIC', '-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS',
      // A worker that is being terminated refuses to throw: without this the wrappers end the process then.
      '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      `-I${napiHeaders()}`, '-isystem', wrappers(),
    ] // oxfmt-ignore
const userFlags = (process.env.CXXFLAGS || '').split(/\s+/).filter(Boolean)
const flags = [...commonFlags, ...modeFlags, ...userFlags]
// What the libraries export would stay, and be looked up in all of Node's symbols when the addon is loaded.
const hidden = ['-Wl,--exclude-libs,ALL']
// nodelete: signal handlers and the timer thread outlive the worker whose end would otherwise unload the library.
const linkFlags = sanitize
  ? [...modeFlags, '-pthread']
  : ['-shared', '-pthread', '-static-libstdc++', '-static-libgcc', '-Wl,-z,nodelete', '-Wl,--gc-sections', ...hidden]

function fail(message) {
  process.stderr.write(`windlass native build: ${message}\n`)
  process.exit(1)
}

function napiHeaders() {
  const beside = join(dirname(process.execPath), '..', 'include', 'node')
  let include = beside
  try {
    const require = createRequire(import.meta.url)
    include = require('node-api-headers').include_dir
    if (!existsSync(join(include, 'node_api.h'))) {
      include = join(dirname(require.resolve('node-api-headers/package.json')), 'include')
    }
  } catch {
    // not installed: what Node itself brought
  }
  if (!existsSync(join(include, 'node_api.h'))) fail(`no node_api.h in ${include}: run "npm ci" first`)
  return include
}

/** Directory of napi.h. */
function wrappers() {
  try {
    return dirname(createRequire(import.meta.url).resolve('node-addon-api/napi.h'))
  } catch {
    return fail('the package node-addon-api is not installed: run "npm ci" first')
  }
}

/** The versions of V8 that native/gate/fast_api.h is for: those of Node 20, 24 and 26. */
const GATE_VERSIONS = ['11.3', '13.6', '14.6']

/**
 * The gate (native/gate) needs V8's own headers, which no package has: those that Node's installer puts beside its executable.
 * Null when they are not there, are another version's, or V8 is not the one whose layouts the gate knows.
 */
function v8Headers() {
  const include = join(dirname(process.execPath), '..', 'include', 'node')
  if (!GATE_VERSIONS.some((version) => process.versions.v8.startsWith(`${version}.`))) return null
  if (!existsSync(join(include, 'v8.h')) || !existsSync(join(include, 'node_version.h'))) return null
  const text = readFileSync(join(include, 'node_version.h'), 'utf8')
  const part = (name) => text.match(new RegExp(`#define NODE_${name}_VERSION (\\d+)`))?.[1]
  return process.version === `v${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}` ? include : null
}

/** @param dir of native/; src/node is what needs Node, which the sanitized tests leave out */
function sources(dir) {
  return readdirSync(join(here, dir))
    .filter((name) => /\.(cc|S)$/.test(name))
    .map((name) => join(here, dir, name))
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit' })
    child.on('error', (error) => {
      if (error.code !== 'ENOENT') fail(`${command}: ${error.message}`)
      fail(
        `no C++ compiler "${command}". Install g++ (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++),` +
          ' or name another one in CXX.',
      )
    })
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
}

const mtime = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)

/** Is the object older than any file it was made from? */
function isStale(object) {
  const dependencies = object.replace(/\.o$/, '.d')
  if (!existsSync(object) || !existsSync(dependencies)) return true
  const built = mtime(object)
  const files = readFileSync(dependencies, 'utf8').replace(/\\\n/g, ' ').split(': ').slice(1).join(' ')
  return files.split(/\s+/).some((file) => file !== '' && (!existsSync(file) || mtime(file) > built))
}

/** The command lines of the last complete build: when they differ, everything is built again. */
const stamp = join(outDir, 'command.txt')
const commands = JSON.stringify([compiler, flags, linkFlags])

mkdirSync(outDir, { recursive: true })
const output = join(outDir, sanitize ? 'native-tests' : 'windlass.node')
const files = [...sources('src'), ...sources(sanitize ? 'test' : 'src/node')]
const objects = files.map((file) => join(outDir, `${relative(here, file).replaceAll('/', '-')}.o`))
const all = !existsSync(stamp) || readFileSync(stamp, 'utf8') !== commands
const stale = files.map((_, i) => i).filter((i) => all || isStale(objects[i]))

const jobs = [...stale]
let failed = false
async function work() {
  for (let i = jobs.shift(); i !== undefined && !failed; i = jobs.shift()) {
    const code = await run(compiler, [...flags, '-MMD', '-c', files[i], '-o', objects[i]])
    if (code !== 0) failed = true
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))
if (failed) fail('compilation failed; the compiler says why above')

if (stale.length > 0 || objects.some((object) => mtime(object) > mtime(output))) {
  const code = await run(compiler, [...objects, ...linkFlags, '-o', output])
  if (code !== 0) fail('linking failed; the linker says why above')
}
if (all) writeFileSync(stamp, commands)

const gateSources = [join(here, 'gate', 'gate.cc'), join(here, 'src', 'switch.S')]
const gateObjects = (name) => gateSources.map((file) => `${name}-${basename(file)}.o`)

/** Optional in every way: what cannot be built here is not used, so a failure is reported and nothing more. */
async function buildGate(include) {
  const name = join(outDir, `windlass-gate-${process.versions.modules}`)
  const objects = gateObjects(name)
  // V8's headers are C++20 from Node 24 on.
  const gateFlags = [...commonFlags, '-std=c++20', '-O2', '-fPIC', '-isystem', include, ...userFlags]
  const command = JSON.stringify([compiler, gateFlags, linkFlags, process.version])
  const known = existsSync(`${name}.txt`) && readFileSync(`${name}.txt`, 'utf8') === command
  if (known && existsSync(`${name}.node`)) return
  rmSync(`${name}.node`, { force: true })
  let code = 0
  for (let i = 0; i < gateSources.length && code === 0; i++) {
    code = await run(compiler, [...gateFlags, '-MMD', '-c', gateSources[i], '-o', objects[i]])
  }
  if (code === 0) code = await run(compiler, [...objects, ...linkFlags, '-o', `${name}.node`])
  if (code === 0) writeFileSync(`${name}.txt`, command)
  else process.stderr.write('windlass native build: going on without the gate; calls across the boundary are slower\n')
}

// A gate of older sources, also one of another Node version, must not meet the addon of today.
for (const file of readdirSync(outDir)) {
  const name = join(outDir, file.replace(/\.node$/, ''))
  if (/^windlass-gate-\d+\.node$/.test(file) && gateObjects(name).some(isStale)) rmSync(join(outDir, file))
}
const include = sanitize ? null : v8Headers()
if (include !== null) await buildGate(include)

if (process.argv.includes('--run')) {
  const code = await run(output, [])
  if (code !== 0) fail(`tests ended with ${code}`)
}
