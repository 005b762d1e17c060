// Makes AssemblyScript of TypeScript sources that keep to what both languages have (tiers/baseline/body.ts says what that is).
// Three kinds of modules: *code* is rewritten text by text; of modules of *constants* the values are taken, from the built file;
// *records* are classes without code whose objects the host writes into the program's memory. What is left over and
// AssemblyScript would read differently, or not at all, is an error here.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const IMPORT = /^import (?:type )?\{([^}]*)\} from '([^']+)'(?: \/\/.*)?\n/gm

/** Names in an import, without `type`. Errors are no values here: what is thrown is a trap. */
const namesIn = (list) =>
  list
    .split(',')
    .map((name) => name.trim().replace(/^type /, ''))
    .filter((name) => name !== '' && !name.endsWith('Error'))

/** All modules lie in one folder. */
export const flat = (module) => module.replaceAll('/', '_')

/** `open` is the index of a bracket; returns that of the one that closes it. */
function closing(text, open) {
  let depth = 0
  for (let at = open; ; at++) {
    if ('([{'.includes(text[at])) depth++
    else if (')]}'.includes(text[at]) && --depth === 0) return at
  }
}

const withoutComments = (text) => text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')

/** A class field without a type. */
const FIELD = /^ {2}((?:readonly |private |protected )*)(\w+) = (.*)$/gm
/** `const { a, b: c } = x`, on one line or several. */
const TAKEN = /^( *)const \{([\w\s,:]+)\} = (.*)$/gm

/** Type of what a field or parameter starts with. */
function fieldType(value) {
  const made = /^new (\w+)/.exec(value)
  if (made !== null) return made[1]
  if (value === "''") return 'string'
  return value === 'true' || value === 'false' ? 'bool' : 'i32'
}

function rewriteObjects(text) {
  return text.replace(/^(export )?const (\w+) = \{([^{}]*)\} as const$/gm, (_, exported, name, body) => {
    const members = withoutComments(body).split(',').map((each) => each.trim()).filter((each) => each !== '') // oxfmt-ignore
    const constants = members.map((each) => `export const ${each.replace(/:\s*/, ': i32 = ')}`)
    return `${exported ?? ''}namespace ${name} { ${constants.join('; ')} }`
  })
}

/** Numbers as data of the program, with their count in front as the prelude's arrays have it. @param type a class of the prelude */
function dataText(type, values) {
  if (type === 'Int32Array')
    return `changetype<Int32Array>(memory.data<i32>([${[values.length, ...values].join(',')}]) + 4)`
  if (type === 'Float64Array') return `changetype<Float64Array>(memory.data<f64>([${values.join(',')}]))`
  const length = [0, 8, 16, 24].map((shift) => (values.length >> shift) & 255)
  if (type === 'Uint8Array') return `changetype<Uint8Array>(memory.data<u8>([${[...length, ...values].join(',')}]) + 4)`
  return `changetype<Int8Array>(memory.data<i8>([${[...length, ...values].join(',')}]) + 4)`
}

/** Arrays of constants become data of the program. */
function rewriteArrays(text) {
  for (;;) {
    const found = /\b(Uint8Array|Int32Array)\.of\(/.exec(text)
    if (found === null) return text
    const open = found.index + found[0].length - 1
    const close = closing(text, open)
    const values = text
      .slice(open + 1, close)
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')
    text = `${text.slice(0, found.index)}${dataText(found[1], values)}${text.slice(close + 1)}`
  }
}

/** @throws Error that shows what AssemblyScript would read differently, or not at all */
function refuse(text) {
  const forbidden =
    /=>|>>> 0\b|\bfor \(const \w+ of\b|\?\.|\?\?|\bBigInt\b|\d n\b|'[^']|["`]|\bof\(|(?<!-)\b0x[89a-f][0-9a-f]{7}\b| \/ |\btypeof\b|\.\.\.|\bconst [[{]|\b2 \*\* |\bInfinity\b|\bMap\b|\bSet\b|\binterface\b|^\w+\(/
  const lines = text.split('\n')
  const found = lines.flatMap((line, i) =>
    forbidden.test(line) ? [`  ${i + 1}: ${forbidden.exec(line)[0]}   ${line.trim()}`] : [],
  )
  if (found.length > 0) throw new Error(`AssemblyScript does not have\n${found.join('\n')}`)
}

/** What is thrown is a trap, whatever it says. */
function rewriteThrows(text) {
  for (;;) {
    const found = /\bthrow new \w+\(/.exec(text)
    if (found === null) return text
    const close = closing(text, found.index + found[0].length - 1)
    text = `${text.slice(0, found.index)}unreachable()${text.slice(close + 1)}`
  }
}

/** A function's text, or a module's, without its imports. */
function rewriteCode(source, checked = true) {
  let text = rewriteThrows(withoutComments(source))
    .replace(/^(?:export )?class \w+ extends Error \{[^}]*\}\n/gm, '')
    .replace(/^export type (\w+) = \(typeof .*$/gm, 'export type $1 = i32')
    .replace(/^export \{[^}]*\} from .*$/gm, '')
    .replace(/\bPick<(\w+),[^>]*>/g, '$1')
    .replace(/\.bounds === 'explicit'/g, '.explicitBounds')
    .replace(/(\w+(?:\.\w+)*)\.bounds !== 'explicit'/g, '!$1.explicitBounds')
    .replace(/\blimit\(([^\n]*), (?:'[^']*'|what: string)\)/g, 'limit($1)')
    .replace(/\b(?:private|protected|override) /g, '')
    .replace(/\breadonly ([\w.]+\[\])/g, '$1')
    .replace(/\bFloat\b/g, 'f64')
    .replace(/\bnumber\b/g, 'i32')
    .replace(/\bundefined\b/g, 'null')
    .replace(/\b(\w+)\?: (\w+)(?=[,)])/g, '$1: $2 | null = null')
    .replaceAll('Uint32Array', 'Int32Array')
    .replaceAll('Array<ArrayBuffer>', 'Array')
    .replace(
      /(?<=[(,]\s*)(\w+) = (-?\d+|false|true)(?=,?\s*[,)])/g,
      (_, name, value) => `${name}: ${fieldType(value)} = ${value}`,
    )
    .replace(/^(?:export )?(?:abstract )?class [^]*?^\}/gm, (each) =>
      each.replace(FIELD, (_, how, name, value) => `  ${how}${name}: ${fieldType(value)} = ${value}`),
    ) // oxfmt-ignore
    .replace(TAKEN, (_, indent, names, from) =>
      names
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '')
        .map((each) => each.split(/:\s*/))
        .map(([field, name = field]) => `${indent}const ${name} = ${from}.${field}`)
        .join('\n'),
    ) // oxfmt-ignore
    .replace(/(?<=Math\.imul\([^()]*, )0x[0-9a-f]{8}(?=\))/g, (each) => String(Number(each) | 0))
    .replace(/\b0x[0-9a-f]{8} \| 0/g, (each) => String(Number(each.slice(0, 10)) | 0))
  text = rewriteArrays(rewriteObjects(text))
  if (checked) refuse(text)
  return text
}

/** Functions that call each method of a module's classes. */
function callAll(text) {
  const calls = []
  for (const [, name, body] of text.matchAll(/^(?:export )?(?:abstract )?class (\w+)[^{]*\{\n([^]*?)^\}/gm)) {
    for (const [, get, method, params, result] of body.matchAll(/^ {2}(get )?(\w+)\(([^)]*)\)(?:: ([^{]+))? \{$/gm)) {
      if (method === 'constructor') continue
      const args = params.split(',').map((each) => each.trim().split(/[:=]/)[0]).filter((each) => each !== '') // oxfmt-ignore
      const call = get === undefined ? `self.${method}(${args.join(', ')})` : `self.${method}`
      const types = params.replace(/ = [^,]*/g, '')
      const give = (result ?? 'void').trim() === 'void' ? '' : 'return '
      calls.push(
        `export function try_${name}_${method}(self: ${name}${types.trim() === '' ? '' : ', '}${types}): ${result ?? 'void'} { ${give}${call} }`,
      )
    }
  }
  return `\n${calls.join('\n')}\n`.replaceAll('export function try_', 'export function try_')
}

/** One name of a module of constants. */
function constantText(name, value, source) {
  if (typeof value === 'number') return `export const ${name}: i32 = ${value | 0}`
  if (value instanceof Uint8Array) return `export const ${name} = ${dataText('Uint8Array', [...value])}`
  if (value instanceof Int8Array) return `export const ${name} = ${dataText('Int8Array', [...value])}`
  if (value instanceof Float64Array) return `export const ${name} = ${dataText('Float64Array', Array.from(value, (each) => each.toFixed(20)))}` // oxfmt-ignore
  if (value instanceof Int32Array || value instanceof Uint32Array || Array.isArray(value))
    return `export const ${name} = ${dataText('Int32Array', [...value])}`
  if (typeof value === 'function') {
    const start = source.indexOf(`export function ${name}(`)
    return rewriteCode(source.slice(start, source.indexOf('\n}\n', start) + 3))
  }
  const members = Object.entries(value).map(([key, number]) => `export const ${key}: i32 = ${number | 0}`)
  return `export namespace ${name} { ${members.join('; ')} }`
}

/**
 * All modules that `entries` need, as AssemblyScript, by name.
 * @param kinds `constants`: names of modules; `records`: makes an object, by module and class; `absent`: by module, what has its names instead
 * @param others texts in AssemblyScript that import constants, too
 * @param focus modules all of whose functions and methods are exported, so that all are compiled
 */
export async function rewriteProgram(root, entries, { constants, records, absent, types = {} }, others, focus = []) {
  const sources = {}
  const wanted = new Map()
  const sourceOf = (module) => readFileSync(`${root}${module}.ts`, 'utf8')
  const prelude = `import { Int32Array, Uint8Array, Int8Array, Float64Array, DataView, Math } from './prelude'\n`

  const visit = (module) => {
    const name = flat(module)
    if (sources[`${name}.ts`] !== undefined) return
    sources[`${name}.ts`] = ''
    const source = sourceOf(module)
    const lines = []
    for (const [, list, specifier] of source.matchAll(IMPORT)) {
      const target = path.join(path.dirname(module), specifier).replace(/\.js$/, '')
      const names = namesIn(list).filter((each) => types[each] === undefined)
      for (const each of namesIn(list))
        if (types[each] !== undefined) lines.push(`import { ${each} } from './${types[each]}'`)
      if (names.length === 0) continue
      let from = flat(target)
      if (absent[target] !== undefined) from = absent[target]
      else if (records[target] !== undefined) from = 'records'
      else if (constants.includes(target)) {
        if (!wanted.has(target)) wanted.set(target, new Set())
        for (const each of names) wanted.get(target).add(each.split(' as ')[0])
      } else visit(target)
      lines.push(`import { ${names.join(', ')} } from './${from}'`)
    }
    try {
      const text = rewriteCode(source.replace(IMPORT, ''), focus.length === 0 || focus.includes(module))
      const tries = focus.includes(module) ? callAll(text) : ''
      sources[`${name}.ts`] = `${prelude}${lines.join('\n')}\n${text}${tries}`
    } catch (error) {
      throw new Error(`${module}.ts: ${error.message}`, { cause: error })
    }
  }
  for (const entry of entries) visit(entry)
  for (const text of others) {
    for (const [, list, specifier] of text.matchAll(IMPORT)) {
      const target = constants.find((module) => `./${flat(module)}` === specifier)
      if (target !== undefined) wanted.set(target, new Set([...(wanted.get(target) ?? []), ...namesIn(list)]))
    }
  }

  for (const [module, names] of wanted) {
    const values = await import(`${root}dist/${module}.js`)
    const source = sourceOf(module)
    const texts = []
    // What a function uses is added behind it while this goes on.
    for (const name of names) {
      if (values[name] === undefined) throw new Error(`${module}.ts does not export ${name}`)
      const text = constantText(name, values[name], source)
      texts.push(text)
      if (typeof values[name] === 'function') for (const other of Object.keys(values)) if (new RegExp(`\\b${other}\\b`).test(text)) names.add(other) // oxfmt-ignore
    }
    sources[`${flat(module)}.ts`] = `${prelude}${texts.join('\n')}\n`
  }

  const classes = Object.values(records).map((object) => {
    const fields = Object.entries(object).map(([name, value]) => {
      if (typeof value === 'number') return `  ${name}: i32`
      if (typeof value === 'boolean') return `  ${name}: bool`
      return `  ${name}!: ${value.constructor.name.replace('Uint32', 'Int32')}`
    })
    return `@final @unmanaged export class ${object.constructor.name} {\n${fields.join('\n')}\n}`
  })
  sources['records.ts'] = `${prelude}${classes.join('\n')}\n`
  return sources
}
