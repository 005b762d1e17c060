// For the bundle: what is read from a table of constants (`Op.Block`, `ExecContext.size / 8`) becomes the constant itself, and tables of which
// nothing else is used are left out, by the bundler. In a short run V8 makes each table once, property by property, with a hidden class
// for each, and looks up each property in code that runs once: all together more than a millisecond.
//
// A table is an object literal at a module's top level, `const` and never written to (TypeScript sees to that: `as const`). What is known of
// one are its properties that are numbers or strings, or computed from such.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseAst } from 'rolldown/parseAst'

/** Properties of AST nodes that are no nodes, or no code. */
const NO_CHILDREN = new Set(['type', 'start', 'end', 'range', 'loc', 'parent'])

function* children(node) {
  for (const [key, value] of Object.entries(node)) {
    if (NO_CHILDREN.has(key)) continue
    if (Array.isArray(value)) {
      for (const each of value) if (typeof each?.type === 'string') yield each
    } else if (typeof value?.type === 'string') yield value
  }
}

/** Names that a pattern (of a declaration, a parameter) binds. */
function* namesIn(pattern) {
  if (pattern === null || pattern === undefined) return
  if (pattern.type === 'Identifier') yield pattern.name
  else if (pattern.type === 'ObjectPattern')
    for (const each of pattern.properties) yield* namesIn(each.value ?? each.argument)
  else if (pattern.type === 'ArrayPattern') for (const each of pattern.elements) yield* namesIn(each)
  else if (pattern.type === 'AssignmentPattern') yield* namesIn(pattern.left)
  else if (pattern.type === 'RestElement') yield* namesIn(pattern.argument)
}

/** How often each name is declared in a module, in any scope. */
function declarationsIn(ast) {
  const counts = new Map()
  const add = (name) => counts.set(name, (counts.get(name) ?? 0) + 1)
  const visit = (node) => {
    if (node.type === 'VariableDeclarator') for (const name of namesIn(node.id)) add(name)
    if (node.type === 'CatchClause') for (const name of namesIn(node.param)) add(name)
    if (/^Import.*Specifier$/.test(node.type)) add(node.local.name)
    if (/Function/.test(node.type)) for (const param of node.params) for (const name of namesIn(param)) add(name)
    if (/^(Function|Class)(Declaration|Expression)$/.test(node.type) && node.id !== null) add(node.id.name)
    for (const child of children(node)) visit(child)
  }
  visit(ast)
  return counts
}

/** Functions of a module that return their first parameter, whatever else they do with it. */
function identitiesIn(ast) {
  const names = new Set()
  for (const node of ast.body) {
    const last = node.type === 'FunctionDeclaration' ? node.body.body.at(-1) : undefined
    const [first] = node.params ?? []
    if (last?.type !== 'ReturnStatement' || last.argument?.type !== 'Identifier') continue
    if (first?.type === 'Identifier' && first.name === last.argument.name) names.add(node.id.name)
  }
  return names
}

const BINARY = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '|': (a, b) => a | b,
  '<<': (a, b) => a << b,
  '**': (a, b) => a ** b,
}

/** The number or string that an expression is, by the tables and constants that are known; undefined where it is something else. */
function valueOf(node, known) {
  if (node.type === 'Literal')
    return typeof node.value === 'number' || typeof node.value === 'string' ? node.value : undefined
  if (node.type === 'Identifier') {
    const value = known.get(node.name)
    return value instanceof Map ? undefined : value
  }
  if (node.type === 'MemberExpression' && !node.computed && node.object.type === 'Identifier') {
    const table = known.get(node.object.name)
    return table instanceof Map ? table.get(node.property.name) : undefined
  }
  if (node.type === 'UnaryExpression' && node.operator === '-') {
    const value = valueOf(node.argument, known)
    return typeof value === 'number' ? -value : undefined
  }
  if (node.type === 'BinaryExpression' && Object.hasOwn(BINARY, node.operator)) {
    const [a, b] = [valueOf(node.left, known), valueOf(node.right, known)]
    return typeof a === 'number' && typeof b === 'number' ? BINARY[node.operator](a, b) : undefined
  }
  return undefined
}

function tableOf(node, known, identities) {
  const table = new Map()
  for (const { type, computed, key, value, kind } of node.properties) {
    if (type !== 'Property' || computed || kind !== 'init') return undefined
    const isPassed = value.type === 'CallExpression' && identities.has(value.callee.name)
    const constant = valueOf(isPassed ? value.arguments[0] : value, known)
    if (isWritable(constant)) table.set(key.name ?? key.value, constant)
  }
  return table.size === 0 ? undefined : table
}

/** Whether JSON writes it as JavaScript does. */
function isWritable(value) {
  return typeof value === 'string' || (Number.isFinite(value) && !Object.is(value, -0))
}

/** Whether an identifier is a use of what it names, where an expression may stand. */
function isUse(node, parent) {
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed
  if (parent.type === 'Property') return parent.value === node && !parent.shorthand
  return !/Specifier$|^(PropertyDefinition|MethodDefinition|LabeledStatement|BreakStatement|ContinueStatement)$/.test(
    parent.type,
  )
}

/** Makes a plugin for rolldown that does it in modules below a directory. */
export function inlineConstants(directory) {
  const modules = new Map()

  /** What a module's text says: its constants and tables by their names there, and the names of those by which others import them. */
  const readModule = (file, code = readFileSync(file, 'utf8')) => {
    const before = modules.get(file)
    if (before !== undefined) return before
    const ast = parseAst(code)
    const known = new Map()
    const exported = new Map()
    /** Numbers that the module imports. */
    const imported = new Set()
    const result = { ast, known, exported, imported }
    // Modules that import each other know nothing of each other.
    modules.set(file, result)
    const counts = declarationsIn(ast)
    const identities = identitiesIn(ast)
    for (const node of ast.body) {
      if (node.type === 'ImportDeclaration' && node.source.value.startsWith('.')) {
        const from = readModule(path.join(path.dirname(file), node.source.value))
        for (const { type, imported: theirs, local } of node.specifiers) {
          const value = type === 'ImportSpecifier' ? from.exported.get(theirs.name) : undefined
          if (value === undefined || counts.get(local.name) !== 1) continue
          known.set(local.name, value)
          if (typeof value === 'number') imported.add(local.name)
        }
      }
      const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node
      if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue
      for (const { id, init } of declaration.declarations) {
        if (id.type !== 'Identifier' || counts.get(id.name) !== 1 || init === null) continue
        const value = init.type === 'ObjectExpression' ? tableOf(init, known, identities) : valueOf(init, known)
        if (!(value instanceof Map) && !isWritable(value)) continue
        known.set(id.name, value)
        if (node !== declaration) exported.set(id.name, value)
      }
    }
    return result
  }

  const transform = (code, id) => {
    if (!id.startsWith(directory) || !id.endsWith('.js')) return undefined
    const { ast, known, imported } = readModule(id, code)
    const edits = []
    const visit = (node, parent) => {
      const isRead = node.type === 'MemberExpression' && known.get(node.object.name) instanceof Map
      if (isRead || (node.type === 'Identifier' && imported.has(node.name) && isUse(node, parent))) {
        const value = valueOf(node, known)
        const text = JSON.stringify(value)
        const isObject = parent.type === 'MemberExpression' && parent.object === node
        if (value !== undefined) edits.push([node, value < 0 || isObject ? `(${text})` : text])
        if (isRead && !node.computed) return
      }
      for (const child of children(node)) visit(child, node)
    }
    visit(ast, ast)
    let text = code
    for (const [{ start, end }, value] of edits.toSorted(([a], [b]) => b.start - a.start))
      text = text.slice(0, start) + value + text.slice(end)
    return { code: text, map: null }
  }
  return { name: 'inline-constants', transform }
}
