// Loads the bundle: `dist/bundle`, made by scripts/bundle.mjs from the compiled files, with V8's code cache beside each.
//
// Most of a short program's time is Node reading and compiling us: a hundred small files took 260 ms of CPU over a bare
// `node -e 0`, bundled they take 100, with their bytecode cached 50. So the bundle is CommonJS, which can be given a code
// cache on every Node version, and this loader does what `require` does plus that.
//
// A code cache that V8 refuses (another version of Node, other flags) costs only time. A bundle older than the compiled
// files, as in a checkout where only `tsc` was run, is not used.
'use strict'
const { readFileSync, statSync } = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const vm = require('node:vm')

const dist = path.join(__dirname, '../dist')
const directory = path.join(dist, 'bundle')

/** What was loaded, by file name: the script, whose code cache the build writes, and its exports. */
const loaded = new Map()

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}

/** Whether the file of the bundle is there and belongs to the compiled files. */
function isFresh(name) {
  const made = modified(path.join(directory, name))
  return made !== undefined && !(made < (modified(path.join(dist, 'build.tsbuildinfo')) ?? 0))
}

function cacheOf(file) {
  try {
    return readFileSync(`${file}.cache`)
  } catch {
    return undefined
  }
}

const outer = createRequire(path.join(directory, 'cli.js'))

/** `require` inside the bundle. */
function requireFrom(id) {
  return id.startsWith('./') ? load(id.slice(2)) : outer(id)
}

/** A file's exports, which is loaded when one of them is first used. */
requireFrom.later = (id) => new Proxy({}, { get: (_, name) => load(id.slice(2))[name] })

/** The exports of a file of the bundle. */
function load(name) {
  const known = loaded.get(name)
  if (known !== undefined) return known.module.exports
  const file = path.join(directory, name)
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`,
    {
      filename: file,
      cachedData: cacheOf(file),
    },
  )
  const module = { exports: {} }
  loaded.set(name, { script, file, module })
  script.runInThisContext()(module.exports, requireFrom, module, file, directory)
  return module.exports
}

module.exports = { isFresh, load, loaded }
