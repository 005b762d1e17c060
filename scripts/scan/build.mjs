// Compiles Windlass's own Wasm program from AssemblyScript; what it gives is committed, so that a build does not need the compiler:
// tiers/baseline/program/code.gen.ts, from wasm/scan/*.as.ts (the validator's scan), the baseline compiler's TypeScript (rewrite.mjs) and
// tiers/baseline/program/*.as.ts.
//
//   npm run scan            writes the file
//   npm run scan -- --check fails when the committed file is not what the sources give
//
// What the sources take from TypeScript as values comes from the built files. The AssemblyScript compiler lives in this folder's own
// package because of its size; the first run installs it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { digestOf } from '../../dist/runtime/code-identity.js'
import { BaselineEnv } from '../../dist/tiers/baseline/env.js'
import { OptimizerRecord } from '../../dist/tiers/optimizing/program/record.js'
import { FunctionFacts } from '../../dist/wasm/facts.js'
import { Op, PREFIX_FC } from '../../dist/wasm/opcodes.js'
import { FREE } from '../../dist/wasm/scan/layout.js'
import { flat, rewriteProgram } from './rewrite.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
if (!existsSync(`${here}node_modules/assemblyscript`)) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' }) // oxfmt-ignore
  if (status !== 0) process.exit(1)
}
const { default: asc } = await import('assemblyscript/asc')
const { default: binaryen } = await import('binaryen')

/** The AssemblyScript of a folder, by name without `.as`. */
function assemblyScript(folder) {
  const names = readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.as.ts'))
  return Object.fromEntries(names.map((name) => [name.replace('.as.', '.'), readFileSync(`${root}${folder}/${name}`, 'utf8')])) // oxfmt-ignore
}

/** What all programs have of JavaScript. */
const prelude = { 'prelude.ts': readFileSync(`${root}tiers/prelude.as.ts`, 'utf8') }

/** Compiles `program.ts` among the sources to the bytes of a program. */
async function compile(sources, options) {
  let bytes
  const { error } = await asc.main(['program.ts', '--outFile', 'program.wasm', '--runtime', 'stub', '--noAssert', '--use', 'abort=prelude/abort', '--initialMemory', '16', ...options], {
    readFile: (name) => sources[path.basename(name)] ?? null,
    writeFile: (_, contents) => {
      bytes = contents
    },
    listFiles: () => [],
    stderr: process.stderr,
  }) // oxfmt-ignore
  if (error !== null) process.exit(1)
  return bytes
}

/**
 * Optimizes a program by Binaryen's own list of passes, as it is read from bytes. The AssemblyScript compiler's `--optimize` (0.28.20, Binaryen 131) makes
 * `i64.load32_s` of `<u64>(<u32>load<i32>(p))`: it marks each `load<i32>` as signed, which means nothing for an i32, but Binaryen's optimize-instructions
 * takes the mark over when it merges the load with the i64.extend_i32_u around it. Bytes have no such mark: made from them, the same pass gives
 * `i64.load32_u`, at every level.
 */
function optimized(bytes) {
  const module = binaryen.readBinary(bytes)
  const { MutableGlobals, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, SignExt } = binaryen.Features
  module.setFeatures(MutableGlobals | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | SignExt)
  binaryen.setOptimizeLevel(3)
  binaryen.setShrinkLevel(0)
  for (let before = bytes.length + 1, size = bytes.length; size < before;) {
    module.optimize()
    before = size
    bytes = module.emitBinary()
    size = bytes.length
  }
  module.dispose()
  return bytes
}

/** The scan, and the constants that it imports. */
function scan() {
  const opcodes = Object.entries({ ...Op, PrefixFc: PREFIX_FC }).map(([name, id]) => `export const ${name}: i32 = ${id}`) // oxfmt-ignore
  const layout = readFileSync(`${root}wasm/scan/layout.ts`, 'utf8')
  return { ...assemblyScript('wasm/scan'), 'layout.ts': layout, 'opcodes.ts': opcodes.join('\n') }
}

/** A module with nothing, for the fields of a BaselineEnv. */
const NOTHING = {
  info: {
    importedFuncs: 0,
    funcTypes: new Uint32Array(0),
    types: [],
    tables: [],
    globals: [],
    memories: [],
    bodyStart: new Uint32Array(0),
    bodyEnd: new Uint32Array(0),
  },
  layout: { imports: 0, tables: 0, globals: new Int32Array(0), globalIndirect: new Uint8Array(0) },
  features: { lzcnt: false, bmi1: false, bmi2: false, avx: false, avx2: false, fma: false, jumpErratum: false },
  checked: false,
  bounds: 'guard',
}

/** The baseline compiler. */
async function baseline() {
  const program = assemblyScript('tiers/baseline/program')
  const kinds = {
    constants: [
      'tiers/abi',
      'tiers/compiled',
      'tiers/baseline/opcodes',
      'tiers/baseline/program/layout',
      'tiers/baseline/registers',
      'tiers/isa/x64/forms',
      'wasm/opcodes',
      'wasm/types',
    ],
    records: { 'tiers/baseline/env': new BaselineEnv(NOTHING), 'wasm/facts': new FunctionFacts() },
    absent: { 'tiers/baseline/frame-states': 'absent', 'tiers/fuel': 'absent', 'wasm/mutable-fields': 'absent' },
  }
  return {
    ...(await rewriteProgram(root, ['tiers/baseline/body'], kinds, Object.values(program))),
    ...program,
    ...prelude,
  }
}

/** The optimizing compiler, or only what some of its modules need, with all of whose code is compiled then. */
async function optimizer(focus = []) {
  const program = assemblyScript('tiers/optimizing/program')
  const kinds = {
    constants: [
      'tiers/abi',
      'tiers/compiled',
      'tiers/feedback',
      'tiers/isa/x64/forms',
      'tiers/optimizing/egraph/costs',
      'tiers/optimizing/emit/effects',
      'tiers/optimizing/emit/sizes',
      'tiers/optimizing/ir/ops',
      'tiers/optimizing/ir/types',
      'tiers/optimizing/limits',
      'tiers/optimizing/program/layout',
      'tiers/optimizing/lower/kinds',
      'tiers/optimizing/regalloc/registers',
      'tiers/optimizing/translate/plain',
      'wasm/opcodes',
      'wasm/types',
    ],
    records: { 'tiers/optimizing/program/record': new OptimizerRecord(NOTHING) },
    absent: {
      'tiers/fuel': 'absent',
      'tiers/numbers': 'numbers',
      'tiers/optimizing/egraph/chaos': 'absent',
      'tiers/optimizing/egraph/fold': 'fold',
      'tiers/optimizing/lower/signatures': 'env',
      'tiers/optimizing/regalloc/sort': 'sort',
      'tiers/optimizing/rules/hits': 'absent',
      'tiers/optimizing/translate/globals': 'env',
      'tiers/optimizing/translate/module-bytes': 'env',
      'wasm/mutable-fields': 'absent',
    },
    types: {
      Global: 'env',
      Place: 'env',
      Signature: 'env',
      CompileEnv: 'env',
      CpuFeatures: 'env',
      FuncType: 'env',
      ModuleInfo: 'env',
      ValType: 'env',
      VmctxLayout: 'env',
    },
  }
  const entries = focus.length > 0 ? focus : ['tiers/optimizing/passes']
  const sources = await rewriteProgram(root, entries, kinds, Object.values(program), focus)
  return { ...sources, ...program, ...prelude }
}

/** `--try MODULE...`: whether the code of modules of the optimizing compiler, all of it, is AssemblyScript; only their mistakes are shown. */
async function tryModules(focus) {
  const sources = await optimizer(focus)
  sources['program.ts'] = focus.map((module) => `export * from './${flat(module)}'`).join('\n')
  if (process.env.DUMP)
    for (const [name, text] of Object.entries(sources)) writeFileSync(`${process.env.DUMP}/${name}`, text)
  let output = ''
  const stderr = { write: (text) => void (output += text) }
  await asc.main(['program.ts', '--outFile', 'program.wasm', '--runtime', 'stub', '--noAssert', '--use', 'abort=prelude/abort'], {
    readFile: (name) => sources[path.basename(name)] ?? null,
    writeFile: () => {},
    listFiles: () => [],
    stderr,
  }) // oxfmt-ignore
  const mistakes = output.split(/\n(?=ERROR|WARNING|FAILURE|Error)/).filter((each) => /ERROR|FAILURE|Error/.test(each))
  const own = mistakes.filter(
    (each) => focus.some((module) => each.includes(`${flat(module)}.ts`)) || !each.includes(' in '),
  )
  for (const each of own) console.log(each)
  console.log(`${own.length} mistakes in ${focus.join(', ')}; ${mistakes.length - own.length} in other modules`)
  for (const each of mistakes.filter((one) => !own.includes(one)).slice(0, 3)) console.log(each)
}

if (process.argv[2] === '--try') {
  await tryModules(process.argv.slice(3).map((name) => name.replace(/\.ts$/, '')))
  process.exit(0)
}

async function engineFiles() {
  // The scan's state comes first.
  const program = optimized(await compile({ ...scan(), ...(await baseline()) }, ['--memoryBase', String(FREE)]))
  const text = `/** The program of program.as.ts (npm run scan), base64. */
export const PROGRAM_CODE =
  '${Buffer.from(program).toString('base64')}'
`
  return { 'tiers/baseline/program/code.gen.ts': Buffer.from(text) }
}

async function optimizerFiles() {
  const program = optimized(await compile(await optimizer(), []))
  const digest = Buffer.from(digestOf(program)).toString('hex')
  const text = `/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '${digest}'
`
  return {
    'tiers/optimizing/program/program.wasm': Buffer.from(program),
    'tiers/optimizing/program/digest.gen.ts': Buffer.from(text),
  }
}

/** `--checked FILE`: the optimizing compiler with names, and with a trap where an array is read or written outside. */
async function writeChecked(file) {
  const sources = await optimizer()
  const inside = 'if (<u32>index >= <u32>this.length) unreachable()'
  sources['prelude.ts'] = sources['prelude.ts'].replace(
    /@inline (@operator\('\[\]=?'\) \w+\([^)]*\): \w+ \{)/g,
    `$1 ${inside};`,
  )
  writeFileSync(file, await compile(sources, ['-O1', '--debug']))
}

if (process.argv[2] === '--checked') {
  await writeChecked(process.argv[3])
  process.exit(0)
}

const files = { ...(await engineFiles()), ...(await optimizerFiles()) }
for (const [file, contents] of Object.entries(files)) {
  const path = `${root}${file}`
  if (!process.argv.includes('--check')) writeFileSync(path, contents)
  else if (!existsSync(path) || !readFileSync(path).equals(contents)) {
    console.error(`${file} is not what its source gives: npm run scan`)
    process.exitCode = 1
  }
}
