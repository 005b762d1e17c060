// Tree-sitter, C by Emscripten, with a grammar as a side module: calls between modules go through a shared table.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Language, Parser, Query } from 'web-tree-sitter'
import { script } from './input.mjs'

export async function load() {
  await Parser.init()
  const grammar = fileURLToPath(import.meta.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm'))
  const parser = new Parser()
  const language = await Language.load(readFileSync(grammar))
  parser.setLanguage(language)
  const source = script(120, false)
  const query = new Query(language, '(call_expression function: (identifier) @name)')
  return () => {
    const tree = parser.parse(source)
    const { rootNode } = tree
    const result = `${rootNode.descendantCount} ${rootNode.hasError} ${query.captures(rootNode).length}`
    tree.delete()
    return result
  }
}
