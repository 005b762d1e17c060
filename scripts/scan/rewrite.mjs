// Rewrites the TypeScript of a module, text by text, to AssemblyScript: what keeps to what both languages have (tiers/baseline/body.ts says what
// that is) needs little. What is left over and AssemblyScript would read differently, or not at all, is an error here.

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
export function dataText(type, values) {
  if (type === 'Int32Array')
    return `changetype<Int32Array>(memory.data<i32>([${[values.length, ...values].join(',')}]) + 4)`
  if (type === 'Float64Array') {
    // By their bits: the length is the upper half of the word in front.
    const words = [BigInt(values.length) << 32n, ...new BigUint64Array(Float64Array.from(values).buffer)]
    return `changetype<Float64Array>(memory.data<u64>([${words.join(',')}]) + 8)`
  }
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

/** `const { a, b: c } = x` as declarations of their own. */
function rewriteTaken(_, indent, names, from) {
  const fields = names.split(',').map((each) => each.trim()).filter((each) => each !== '') // oxfmt-ignore
  return fields
    .map((each) => each.split(/:\s*/))
    .map(([field, name = field]) => `${indent}const ${name} = ${from}.${field}`)
    .join('\n')
}

const asInt32 = (literal) => String(Number(literal) | 0)

/** What is written differently, in this order. */
const REPLACEMENTS = [
  // Types: what only TypeScript has goes, and a number is an integer of 32 bits where it is not said to be a Float.
  [/^(?:export )?class \w+ extends Error \{[^}]*\}\n/gm, ''],
  [/^export type (\w+) = \(typeof .*$/gm, 'export type $1 = i32'],
  [/^export \{[^}]*\} from .*$/gm, ''],
  [/\bPick<(\w+),[^>]*>/g, '$1'],
  [/\b(?:private|protected|override) /g, ''],
  [/\breadonly ([\w.]+\[\])/g, '$1'],
  [/\bFloat\b/g, 'f64'],
  [/\bnumber\b/g, 'i32'],
  [/\bUint32Array\b/g, 'Int32Array'],
  [/Array<ArrayBuffer>/g, 'Array'],
  [/\bundefined\b/g, 'null'],
  [/\b(\w+)\?: (\w+)(?=[,)])/g, '$1: $2 | null = null'],
  [/(?<=[(,]\s*)(\w+) = (-?\d+|false|true)(?=,?\s*[,)])/g, (_, name, value) => `${name}: ${fieldType(value)} = ${value}`],
  [
    /^(?:export )?(?:abstract )?class [^]*?^\}/gm,
    (each) => each.replace(FIELD, (_, how, name, value) => `  ${how}${name}: ${fieldType(value)} = ${value}`),
  ],
  // Texts: the one that is compared, and what limits say of themselves.
  [/\.bounds === 'explicit'/g, '.explicitBounds'],
  [/(\w+(?:\.\w+)*)\.bounds !== 'explicit'/g, '!$1.explicitBounds'],
  [/\blimit\(([^\n]*), (?:'[^']*'|what: string)\)/g, 'limit($1)'],
  [TAKEN, rewriteTaken],
  // Numbers that AssemblyScript would take for 64 bits.
  [/(?<=Math\.imul\([^()]*, )0x[0-9a-f]{8}(?=\))/g, asInt32],
  [/\b0x[0-9a-f]{8} \| 0/g, (each) => asInt32(each.slice(0, 10))],
] // oxfmt-ignore

/** A function's text, or a module's, without its imports. */
export function rewriteCode(source, checked = true) {
  const replaced = REPLACEMENTS.reduce((text, [from, to]) => text.replace(from, to), rewriteThrows(withoutComments(source))) // oxfmt-ignore
  const text = rewriteArrays(rewriteObjects(replaced))
  if (checked) refuse(text)
  return text
}

/** Functions that call each method of a module's classes. */
export function callAll(text) {
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
  return `\n${calls.join('\n')}\n`
}
