// Which sources make the programs, as AssemblyScript by file name; `program.ts` has the exports.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OptimizerRecord } from '../../dist/tiers/optimizing/program/record.js'
import { ModuleRecord } from '../../dist/tiers/program/module.js'
import { FunctionFacts } from '../../dist/wasm/facts.js'
import { Op, PREFIX_FC } from '../../dist/wasm/opcodes.js'
import { OPS, OP_COUNT, OP_SIZE } from '../../dist/wasm/scan/layout.js'
import { ScanMemory } from '../../dist/wasm/scan/memory.js'
import { rewriteProgram } from './modules.mjs'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The AssemblyScript of a folder, by name without `.as`. */
function assemblyScript(folder) {
  const names = readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.as.ts'))
  return Object.fromEntries(names.map((name) => [name.replace('.as.', '.'), readFileSync(`${root}${folder}/${name}`, 'utf8')])) // oxfmt-ignore
}

/** A module with nothing, for the fields of the records. */
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

/** What the compilers' modules are, see rewriteProgram. */
const BASELINE = {
  constants: [
    'tiers/abi',
    'tiers/compiled',
    'tiers/baseline/opcodes',
    'tiers/baseline/program/layout',
    'tiers/baseline/registers',
    'tiers/program/made',
    'tiers/isa/x64/forms',
    'wasm/immediates',
    'wasm/opcodes',
    'wasm/types',
  ],
  records: { 'tiers/program/module': new ModuleRecord(NOTHING), 'wasm/facts': new FunctionFacts() },
  absent: { 'tiers/fuel': 'absent', 'wasm/mutable-fields': 'absent' },
  types: {},
}
const OPTIMIZER = {
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
    'tiers/program/made',
    'wasm/immediates',
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

/** What the scan knows of opcodes, as a memory without a program has it. */
function opcodeTable() {
  const { bytes } = new ScanMemory(undefined)
  const table = bytes.subarray(OPS, OPS + OP_SIZE * OP_COUNT)
  return `export const TABLE: usize = memory.data<u8>([${table.join(', ')}])\nexport const TABLE_BYTES: i32 = ${table.length}`
}

/** The engine's program: the validator's scan with the constants that it imports, and the baseline compiler. */
export async function engineSources() {
  const program = assemblyScript('tiers/baseline/program')
  const opcodes = Object.entries({ ...Op, PrefixFc: PREFIX_FC }).map(([name, id]) => `export const ${name}: i32 = ${id}`) // oxfmt-ignore
  return {
    ...assemblyScript('wasm/scan'),
    'layout.ts': readFileSync(`${root}wasm/scan/layout.ts`, 'utf8'),
    'opcodes.ts': opcodes.join('\n'),
    'opcode-table.ts': opcodeTable(),
    ...(await rewriteProgram(root, ['tiers/baseline/body', 'wasm/loops'], BASELINE, Object.values(program))),
    ...program,
    ...assemblyScript('tiers/program'),
  }
}

/** The optimizing compiler, or only what some of its modules need, with all of whose code is compiled then. */
export async function optimizerSources(focus = []) {
  const program = assemblyScript('tiers/optimizing/program')
  const entries = focus.length > 0 ? focus : ['tiers/optimizing/passes']
  return {
    ...(await rewriteProgram(root, entries, OPTIMIZER, Object.values(program), focus)),
    ...program,
    ...assemblyScript('tiers/program'),
  }
}

/** The optimizing compiler in the variant that traps where an array is used outside. */
export async function checkedSources() {
  const { 'prelude.ts': prelude, ...sources } = await optimizerSources()
  const checked = prelude.replace('const CHECKED: bool = false', 'const CHECKED: bool = true')
  if (checked === prelude) throw new Error('prelude.as.ts has no CHECKED')
  return { ...sources, 'prelude.ts': checked }
}
