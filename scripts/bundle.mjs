// Makes dist/bundle from the compiled files: CommonJS for bin/windlass to load, with V8's code cache beside each file,
// and the entry points of the package, ES modules that take their exports from there.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { inlineConstants } from './inline-constants.mjs'
import { literalTables } from './literal-tables.mjs'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const out = at('dist/bundle')

rmSync(out, { recursive: true, force: true })
/** What short runs never need: chunks that are loaded at the first use of one of their exports. */
const LATER = [
  // All that is known of opcodes and of forms of instructions but their numbers, which are constants in the bundle.
  { name: 'opcodes', test: /dist\/wasm\/opcodes\./ },
  { name: 'forms', test: /dist\/tiers\/isa\/x64\/(forms|registers)\./ },
  // The commands but `run`.
  { name: 'commands', test: /dist\/cli\/commands\./ },
  // What is said of a module that is refused.
  { name: 'refusals', test: /dist\/wasm\/newer-features\./ },
  { name: 'operands', test: /dist\/wasm\/validator-ops\./ },
  { name: 'validator', test: /dist\/wasm\/(validator(?!-ops)|validate-module|facts)/ },
  // The baseline compiler as a Wasm program, for the host and as the engine has it, and in JavaScript.
  { name: 'code', test: /dist\/tiers\/baseline\/program\/code\./ },
  {
    name: 'program',
    test: /dist\/(tiers\/(program\/|baseline\/(hosted|program\/(?!digest\.)))|wasm\/(scan\/memory|module-tables|programs)\.|runtime\/own-programs\.)/,
  },
  { name: 'compiler', test: /dist\/tiers\/baseline\/(?!hosted|kinds|program\/digest)/ },
  // What both compilers in JavaScript share.
  { name: 'making', test: /dist\/tiers\/(metadata|unsigned|fuel|isa\/x64\/floats)\./ },
  // What core dumps compute values by, without the optimizer itself.
  {
    name: 'semantics',
    test: /dist\/tiers\/optimizing\/(rematerialize|ir\/(semantics|float-semantics|terms|ops|types))\./,
  },
  // The optimizing compiler in JavaScript.
  {
    name: 'optimizer',
    test: /dist\/tiers\/optimizing\/(?!program\/|(hosted|height|limits|options|pass-clock|refusing|variant)\.)/,
  },
  // Code that is put together where it is not in an image of what is needed often.
  { name: 'assembler', test: /dist\/(tiers\/isa\/x64\/(encoder|code-buffer|assembler)|runtime\/stubs)\./ },
  // Functions that JavaScript calls, and is called by: programs that are run need none.
  { name: 'calls', test: /dist\/runtime\/(calls|generate)\./ },
  { name: 'pool', test: /dist\/runtime\/compile-pool/ },
  { name: 'coredump', test: /dist\/(runtime\/coredump\/(?!capture)|wasm\/coredump)/ },
  // What programs that open files ask for.
  { name: 'files', test: /dist\/wasi\/(paths|path-resolution|open-flags|readdir|poll)\./ },
  // Optimizing while a program runs, after the first ticks, and looks at its stack.
  {
    name: 'jobs',
    test: /dist\/(runtime\/(compile-(threads|jobs|messages)|replace|climb|loop-nest|armed-polls|call-(samples|trace)|fiber-words|backtrace|traps)|tiers\/optimizing\/(program\/|hosted|refusing)|wasm\/(loops|scan\/loop-tables))/,
  },
  { name: 'names', test: /dist\/(wasm\/names|runtime\/(debug-files|suspend))\./ },
  { name: 'debug', test: /dist\/wasm\/debug\// },
]
/**
 * Of those, what is loaded with the API: who imports it will compile and run something, and V8 may collect all of its heap when code comes in later (in the
 * midst of a package's first calls: 7 ms).
 */
const WITH_API = ['program', 'validator', 'calls', 'jobs']
/** What every run needs, in few files: each costs about as much as 10 KB of code. The rest is cut as the imports say. */
const ALWAYS = [
  // What the command needs before it knows whether it needs the addon, which the engine loads.
  { name: 'first', test: /dist\/(runtime\/(system-errors|version)|cli\/errors)\./ },
  {
    name: 'run',
    test: /dist\/cli\/(run|load|groups|link|values|engine-options|code-store|trap-report|coredump-write|profile-requests)/,
  },
  {
    name: 'engine',
    test: /dist\/(wasm\/[^/]*$|wasm\/scan\/|runtime\/(?!compile-worker|system-errors\.|version\.)|tiers\/|wasi\/(?!index))/,
  },
]

const bundle = await rolldown({
  input: {
    cli: at('dist/cli/main.js'),
    api: at('dist/api/index.js'),
    wasi: at('dist/wasi/index.js'),
    worker: at('dist/runtime/compile-worker.js'),
  },
  platform: 'node',
  plugins: [inlineConstants(at('dist/')), literalTables(/dist\/wasm\/immediates\.js$/)],
  checks: { pluginTimings: false },
  preserveEntrySignatures: 'allow-extension',
})
const { output } = await bundle.write({
  dir: out,
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  comments: false,
  // Two classes of one name, as the API's Module and the runtime's, are renamed in a file that has both: users see names.
  keepNames: true,
  codeSplitting: { groups: [...LATER, ...ALWAYS], includeDependenciesRecursively: false },
})
await bundle.close()

/** A script with a code cache cannot `import()` (V8 forgets who may); only Node's own modules are left to import so. */
function requireBuiltins(code) {
  return code.replace(/\bimport\("(node:[^"]+)"\)/g, 'Promise.resolve(require("$1"))')
}

/**
 * Makes files of LATER, and Node's own modules, load where one of their exports is first used: a short run needs none of either, and requiring
 * one of Node's makes Node compile functions. All uses are property reads.
 */
function requireLater(code) {
  const files = LATER.map(({ name }) => name).join('|')
  const imports = new RegExp(`^(?:let|const) (\\w+) = (require\\("(?:node:[^"]+|\\./(?:${files})\\.js)"\\));$`, 'gm')
  // What constants only were imported from, which are in the code now.
  const unused = new RegExp(`^require\\("\\./(?:${files})\\.js"\\);\n`, 'gm')
  const names = new Map()
  const rest = code.replace(unused, '').replace(imports, (_, name, required) => {
    names.set(name, required)
    return `let ${name};`
  })
  return rest.replace(/(?<!let )\b((?:node|require)_\w+)\b(\.?)/g, (use, name, dot) => {
    if (!names.has(name)) return use
    if (dot === '') throw new Error(`the bundle uses ${name} as a whole`)
    return `(${name} ??= ${names.get(name)}).`
  })
}

/**
 * Exports as plain properties: what has a getter of its own takes a function, and time, for each. All are set when everything in the
 * file has run, so only what is assigned to later has to stay live.
 */
function exportValues(code) {
  const getter =
    /Object\.defineProperty\(exports, ("[\w$]+"), \{\s*enumerable: true,\s*get: function\(\) \{\s*return ([\w$]+);\s*\}\s*\}\);/g
  const isVariable = (name) => new RegExp(`^let ${name.replaceAll('$', '\\$')}\\b`, 'm').test(code)
  return code.replace(getter, (all, key, name) => (isVariable(name) ? all : `exports[${key}] = ${name};`))
}

/**
 * The engine's exports, of which there are hundreds, as one object behind all else: an object grows at each property that is added to it.
 * So none of the files that it needs before it has run may need it.
 */
function exportAtOnce(code) {
  if (/^Object\.defineProperty\(exports, "/m.test(code)) throw new Error('the engine exports a variable')
  const properties = []
  const rest = code.replace(/^exports\[("[\w$]+")\] = ([\w$]+);\n/gm, (_, key, value) => {
    properties.push(`${key}: ${value}`)
    return ''
  })
  return `${rest}module.exports = { ${properties.join(', ')} };\n`
}

/** ASCII is what Node reads fastest; an escape means the same in a string or a template. */
function escapeNonAscii(code) {
  return code.replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * A module's own `require` is what the loader gives it: another one needs its file's URL, and Node compiles its URL class for
 * that.
 */
function useRequire(code) {
  return code.replaceAll('(0, node_module.createRequire)(require("url").pathToFileURL(__filename).href)', 'require')
}

/** Files of the package by their path instead of their URL, for the same reason. */
function usePaths(code) {
  const url = /new URL\("(\.\.?\/[^"]+)", require\("url"\)\.pathToFileURL\(__filename\)\.href\)/.source
  const pathOf = (_, place) => `(require.root + ${JSON.stringify(`/${path.posix.join('dist/bundle', place)}`)})`
  return code
    .replace(new RegExp(`\\(0, (?:node_url|require\\("node:url"\\))\\.fileURLToPath\\)\\(${url}\\)`, 'g'), pathOf)
    .replace(new RegExp(url, 'g'), pathOf)
}

/** The loader runs the function that the text is. On the same line, so that lines in stacks are those of the file. */
function wrap(code) {
  return `(function (exports, require, module, __filename, __dirname) {${code}\n})`
}

/** The bundler's own helpers are a file of their own, which all need: they go to the front of the first one. */
const [helpers, FIRST] = ['rolldown-runtime.js', 'first.js']
const helping = output.find(({ fileName }) => fileName === helpers)
const files = output.filter((each) => each !== helping)
rmSync(`${out}/${helpers}`)

function withHelpers({ fileName, code }) {
  const required = `require("./${helpers}")`
  if (fileName !== FIRST) return code.replaceAll(required, `require("./${FIRST}")`)
  const own = code.replace(`const require_rolldown_runtime = ${required};\n`, '')
  return helping.code + own.replaceAll('require_rolldown_runtime.', '')
}

for (const file of files) {
  const { fileName } = file
  const code = withHelpers(file)
  const exporting = fileName === 'engine.js' ? exportAtOnce(exportValues(code)) : exportValues(code)
  const required = requireBuiltins(exporting)
  const first = fileName === 'api.js' ? WITH_API.map((name) => `require("./${name}.js");`).join('') : ''
  const finished = wrap(first + escapeNonAscii(requireLater(usePaths(useRequire(required)))))
  writeFileSync(`${out}/${fileName}`, finished)
}
writeFileSync(`${out}/package.json`, '{ "type": "commonjs" }\n')

// Where the compile pool looks for its worker: beside itself.
writeFileSync(`${out}/compile-worker.js`, "require('../../bin/bundle.js').load('worker.js')\n")

for (const name of ['api', 'wasi']) {
  const { exports } = output.find((each) => each.fileName === `${name}.js`)
  writeFileSync(
    `${out}/${name}.mjs`,
    `import bundle from '../../bin/windlass'\nexport const { ${exports.join(', ')} } = bundle.load('${name}.js')\n`,
  )
}

// What compiled code is kept under (runtime/code-identity.ts): half a BLAKE2b-512.
const digest = createHash('blake2b512')
  .update(readFileSync(at('dist/build.tsbuildinfo')))
  .digest()
writeFileSync(at('dist/build.id'), digest.subarray(0, digest.length / 2))

const { status } = spawnSync(process.execPath, [at('scripts/code-cache.cjs')], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
process.exitCode = status ?? 1
