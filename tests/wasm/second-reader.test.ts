// The decoder against an independent reader of the binary format: the sections of every module of the kernels and of the
// official suite's texts that the other reader knows. Element segments are left out: it takes 2.0's flags for a table index.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import {
  ExternKind,
  FUNCREF,
  valTypeName,
  type GlobalType,
  type Import,
  type Limits,
  type ModuleInfo,
  type TypeDef,
  type ValType,
} from '#dist/wasm/types.js'
import { parseSections, type ParserField } from '../support/wasm-parser.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The parser has an older name for funcref. */
const typeName = (type: ValType): string => (type === FUNCREF ? 'anyfunc' : valTypeName(type))
const limits = ({ min, max }: Limits): string => `${min}..${max < 0 ? '' : max}`
const func = (type: TypeDef): string => `(${type.params.map(typeName).join()}):${type.results.map(typeName).join()}`
const global = ({ type, mutable }: GlobalType): string => `${mutable ? 'var' : 'const'} ${typeName(type)}`
/** The parser calls every table's element type so. */
const table = (type: Limits & { readonly element: ValType }): string => `table ${limits(type)}`
const KINDS = ['Func', 'Table', 'Memory', 'Global']

function importText(info: ModuleInfo, { module, name, desc }: Import): string {
  const what = `import ${module} ${name}`
  switch (desc.kind) {
    case ExternKind.Func:
      return `${what} func${func(info.types[desc.typeIndex])}`
    case ExternKind.Table:
      return `${what} ${table(desc.type)}`
    case ExternKind.Memory:
      return `${what} memory ${limits(desc.type)}`
    default:
      return `${what} ${global(desc.type)}`
  }
}

/** What our decoder says, a line an entity, in the order of sections. */
function ours(info: ModuleInfo): string[] {
  const { importedFuncs, importedTables, importedMemories, importedGlobals } = info
  return [
    ...info.types.map((type) => `type ${func(type)}`),
    ...info.imports.map((entry) => importText(info, entry)),
    ...Array.from(info.funcTypes.subarray(importedFuncs), (type) => `func ${func(info.types[type])}`),
    ...info.tables.slice(importedTables).map(table),
    ...info.memories.slice(importedMemories).map((type) => `memory ${limits(type)}`),
    ...info.globals.slice(importedGlobals).map(global),
    ...info.exports.map(({ name, kind, index }) => `export ${name} ${KINDS[kind]} ${index}`),
    ...(info.start < 0 ? [] : [`start ${info.start}`]),
  ]
}

type Shape = Extract<ParserField, { type: 'TypeInstruction' }>['functype']
const shape = (type: Shape): string => `(${type.params.map((p) => p.valtype).join()}):${type.results.join()}`
const range = ({ min, max }: { min: number; max?: number }): string => `${min}..${max ?? ''}`

function fieldText(field: ParserField): string[] {
  switch (field.type) {
    case 'TypeInstruction':
      return [`type ${shape(field.functype)}`]
    case 'ModuleImport': {
      const { descr } = field
      const what = `import ${field.module} ${field.name}`
      if (descr.type === 'FuncImportDescr') return [`${what} func${shape(descr.signature)}`]
      if (descr.type === 'GlobalType') return [`${what} ${descr.mutability} ${descr.valtype}`]
      return [`${what} ${descr.type.toLowerCase()} ${range(descr.limits)}`]
    }
    case 'Table':
    case 'Memory':
      return [`${field.type.toLowerCase()} ${range(field.limits)}`]
    case 'Global':
      return [`${field.globalType.mutability} ${field.globalType.valtype}`]
    case 'Func':
      return [`func ${shape(field.signature)}`]
    case 'ModuleExport':
      return [`export ${field.name} ${field.descr.exportType} ${field.descr.id.value}`]
    case 'Start':
      return [`start ${field.index.value}`]
    default:
      return []
  }
}

/** Compares both readings of a module; false when the other reader does not know it. */
function compare(bytes: Uint8Array, what: string): boolean {
  const tree = parseSections(bytes)
  if (tree === undefined) return false
  const info = decodeModule(bytes)
  expect(tree.fields.flatMap(fieldText).toSorted(), what).toEqual(ours(info).toSorted())
  const code = tree.metadata.sections.find((section) => section.section === 'code')
  if (code !== undefined) expect(info.codeEnd - info.codeStart, what).toBe(code.size.value)
  return true
}

describe('agrees with @webassemblyjs/wasm-parser on the sections of', () => {
  const folder = join(root, 'bench/kernels')
  it('the kernels', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.wasm'))
    const known = files.filter((name) => compare(readFileSync(join(folder, name)), name))
    expect(known.length).toBeGreaterThan(files.length / 2)
  })

  const suite = join(process.env['WINDLASS_SPEC'] ?? join(root, '../../shared/spec'), 'core-2.0')
  it('the modules of the official suite', () => {
    if (!existsSync(suite)) return
    let known = 0
    for (const file of ['exports', 'imports', 'type', 'global', 'func', 'linking', 'start', 'call_indirect', 'names']) {
      const text = readFileSync(join(suite, `${file}.wast`), 'utf8')
      for (const source of topLevelModules(text)) if (compare(assemble(source), `${file}: ${source}`)) known++
    }
    expect(known).toBeGreaterThan(100)
  })
})

/** The `(module ...)` forms of a script that stand at the start of a line and are texts. */
function topLevelModules(script: string): string[] {
  return script
    .split(/^(?=\()/m)
    .map((form) => form.trim())
    .filter((form) => /^\(module(?! (\$\w+ )?(binary|quote))\b/.test(form))
}
