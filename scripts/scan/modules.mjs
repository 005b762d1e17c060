// All modules that a program is made of, as AssemblyScript in one folder. There are four kinds of them: *code* is rewritten (rewrite.mjs); of modules of
// *constants* the values are taken, from the built file; *records* are classes without code whose objects the host writes into the program's
// memory (tiers/program/record.ts); what a program has in another way is *absent*.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { callAll, dataText, flat, rewriteCode } from './rewrite.mjs'

const IMPORT = /^import (?:type )?\{([^}]*)\} from '([^']+)'(?: \/\/.*)?\n/gm
const PRELUDE = `import { Int32Array, Uint8Array, Int8Array, Float64Array, DataView, Math } from './prelude'\n`

/** Names in an import, without `type`. Errors are no values here: what is thrown is a trap. */
function namesIn(list) {
  return list
    .split(',')
    .map((name) => name.trim().replace(/^type /, ''))
    .filter((name) => name !== '' && !name.endsWith('Error'))
}

/** One name of a module of constants. */
function constantText(name, value, source) {
  if (typeof value === 'number') return `export const ${name}: i32 = ${value | 0}`
  if (value instanceof Uint8Array) return `export const ${name} = ${dataText('Uint8Array', [...value])}`
  if (value instanceof Int8Array) return `export const ${name} = ${dataText('Int8Array', [...value])}`
  if (value instanceof Float64Array) return `export const ${name} = ${dataText('Float64Array', [...value])}`
  if (value instanceof Int32Array || value instanceof Uint32Array || Array.isArray(value))
    return `export const ${name} = ${dataText('Int32Array', [...value])}`
  if (typeof value === 'function') {
    const start = source.indexOf(`export function ${name}(`)
    return rewriteCode(source.slice(start, source.indexOf('\n}\n', start) + 3))
  }
  const members = Object.entries(value).map(([key, number]) => `export const ${key}: i32 = ${number | 0}`)
  return `export namespace ${name} { ${members.join('; ')} }`
}

/** A module of constants: those of its names that are `wanted`. */
function constantsText(module, values, source, wanted) {
  const texts = []
  // What a function uses is added behind it while this goes on.
  for (const name of wanted) {
    if (values[name] === undefined) throw new Error(`${module}.ts does not export ${name}`)
    const text = constantText(name, values[name], source)
    texts.push(text)
    if (typeof values[name] !== 'function') continue
    for (const other of Object.keys(values)) if (new RegExp(`\\b${other}\\b`).test(text)) wanted.add(other)
  }
  return `${PRELUDE}${texts.join('\n')}\n`
}

/** The class of an object that the host writes, with its fields in the same order. */
function recordText(object) {
  const fields = Object.entries(object).map(([name, value]) => {
    if (typeof value === 'number') return `  ${name}: i32`
    if (typeof value === 'boolean') return `  ${name}: bool`
    return `  ${name}!: ${value.constructor.name.replace('Uint32', 'Int32')}`
  })
  return `@final @unmanaged export class ${object.constructor.name} {\n${fields.join('\n')}\n}`
}

/**
 * All modules that `entries` need, by the names of their files.
 * @param kinds `constants`: names of modules; `records`: makes an object, by module and class; `absent`: by module, what has its names instead;
 *   `types`: by name, what has that type, wherever it is imported from
 * @param others texts in AssemblyScript that import constants, too
 * @param focus modules all of whose functions and methods are exported, so that all are compiled
 */
export async function rewriteProgram(root, entries, { constants, records, absent, types }, others, focus = []) {
  const sources = {}
  /** Names of constants, by module. */
  const wanted = new Map(constants.map((module) => [module, new Set()]))
  const sourceOf = (module) => readFileSync(`${root}${module}.ts`, 'utf8')

  /** The import of some names as the program has them; visits the module where it is code. */
  const importText = (target, list) => {
    const all = namesIn(list)
    const lines = all.filter((each) => types[each] !== undefined).map((each) => `import { ${each} } from './${types[each]}'`) // oxfmt-ignore
    const names = all.filter((each) => types[each] === undefined)
    if (names.length === 0) return lines
    const from = absent[target] ?? (records[target] === undefined ? flat(target) : 'records')
    if (from === flat(target)) {
      if (wanted.has(target)) for (const each of names) wanted.get(target).add(each.split(' as ')[0])
      else visit(target)
    }
    return [...lines, `import { ${names.join(', ')} } from './${from}'`]
  }

  const visit = (module) => {
    const file = `${flat(module)}.ts`
    if (sources[file] !== undefined) return
    sources[file] = ''
    const source = sourceOf(module)
    const lines = Array.from(source.matchAll(IMPORT), ([, list, specifier]) =>
      importText(path.join(path.dirname(module), specifier).replace(/\.js$/, ''), list),
    ).flat()
    try {
      const text = rewriteCode(source.replace(IMPORT, ''), focus.length === 0 || focus.includes(module))
      const tries = focus.includes(module) ? callAll(text) : ''
      sources[file] = `${PRELUDE}${lines.join('\n')}\n${text}${tries}`
    } catch (error) {
      throw new Error(`${module}.ts: ${error.message}`, { cause: error })
    }
  }

  for (const entry of entries) visit(entry)
  for (const text of others) {
    for (const [, list, specifier] of text.matchAll(IMPORT)) {
      const target = constants.find((module) => `./${flat(module)}` === specifier)
      if (target !== undefined) for (const each of namesIn(list)) wanted.get(target).add(each)
    }
  }
  for (const [module, names] of wanted) {
    if (names.size === 0) continue
    sources[`${flat(module)}.ts`] = constantsText(
      module,
      await import(`${root}dist/${module}.js`),
      sourceOf(module),
      names,
    )
  }
  sources['records.ts'] = `${PRELUDE}${Object.values(records).map(recordText).join('\n')}\n`
  return sources
}
