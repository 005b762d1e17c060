// Loads the bundle: `dist/bundle`, made by scripts/bundle.mjs from the compiled files, with V8's code cache beside each.
//
// Most of a short program's time is Node reading and compiling us: a hundred small files take 240 ms of CPU over a bare
// `node -e 0`, bundled they take 75, with their bytecode cached 20. So the bundle is CommonJS, which can be given a code
// cache on every Node version, and this loader does what `require` does plus that.
//
// A code cache that V8 refuses (another version of Node, other flags) costs only time; the package's install script writes
// one for the Node that it is installed with. A bundle older than the compiled
// files, as in a checkout where only `tsc` was run, is not used.
'use strict'
const { readFileSync, statSync } = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

// Put together by hand: Node compiles path.join when it is first used.
const root = path.dirname(__dirname)
const dist = `${root}/dist`
const directory = `${dist}/bundle`

/** What was loaded, by file name: the script, whose code cache the build writes, and its exports. */
const loaded = new Map()

/**
 * The addon, opened as runtime/native.ts does it, which finds it here then; undefined where it cannot be: who needs it will say what is
 * wrong. It maps and looks at files. Reading them takes as many new pages of memory as they have, a short run's greatest cost where a
 * page fault is slow; and Node compiles its own functions when they are first used.
 */
const addon = openAddon()

function openAddon() {
  const file = `${root}/native/build/windlass.node`
  const known = Symbol.for(`windlass ${file}`)
  if (process[known] !== undefined) return process[known]
  const module = { exports: {} }
  try {
    process.dlopen(module, file)
  } catch {
    return undefined
  }
  Object.defineProperty(process, known, { value: module.exports })
  return module.exports
}

function modified(file) {
  return addon === undefined ? statSync(file, { throwIfNoEntry: false })?.mtimeMs : addon.changedAt(file)
}

/**
 * Whether the file of the bundle is there and belongs to the compiled files. An installed package has no sources to compile, and
 * its files' times are those at which each was unpacked.
 */
function isFresh(name) {
  const made = modified(`${directory}/${name}`)
  if (made === undefined || modified(`${root}/tsconfig.build.json`) === undefined) return made !== undefined
  return !(made < (modified(`${dist}/build.tsbuildinfo`) ?? 0))
}

function textOf(file) {
  return addon?.mapText(file) ?? readFileSync(file, 'latin1')
}

function cacheOf(file) {
  const bytes = addon?.mapFile(`${file}.cache`)
  if (bytes !== undefined) return Buffer.from(bytes)
  try {
    return readFileSync(`${file}.cache`)
  } catch {
    return undefined
  }
}

/** `require` inside the bundle: of its own files, of Node's modules and packages, of files by their place (the addon). */
function requireFrom(id) {
  if (id.startsWith('./')) return load(id.slice(2))
  return require(id.startsWith('.') ? path.join(directory, id) : id)
}

/** Where the package is: what the bundle finds its other files by. */
requireFrom.root = root

/** The exports of what is loaded when one of them is first used. */
requireFrom.later = (id) => new Proxy({}, { get: (_, name) => requireFrom(id)[name] })

/** The exports of a file of the bundle. Its text is a function, as the ones that Node makes of CommonJS modules. */
function load(name) {
  const known = loaded.get(name)
  if (known !== undefined) return known.module.exports
  const file = `${directory}/${name}`
  const script = new vm.Script(textOf(file), { filename: file, cachedData: cacheOf(file) })
  const module = { exports: {} }
  loaded.set(name, { script, file, module })
  script.runInThisContext()(module.exports, requireFrom, module, file, directory)
  return module.exports
}

module.exports = { isFresh, load, loaded }
