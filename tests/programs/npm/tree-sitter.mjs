// Tree-sitter, C by Emscripten, with a grammar as a side module: dynamic linking through shared tables and globals.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Language, Parser, Query } from 'web-tree-sitter'

await Parser.init()
const grammar = fileURLToPath(import.meta.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm'))
const parser = new Parser()
const language = await Language.load(readFileSync(grammar))
parser.setLanguage(language)
const tree = parser.parse('const f = async (x, ...y) => { for (const z of y) console.log(`${x} ${z}`) } // end')
console.log(tree.rootNode.toString())
const query = new Query(language, '(identifier) @name')
console.log(
  query
    .captures(tree.rootNode)
    .map(({ node }) => `${node.text}@${node.startIndex}`)
    .join(' '),
)
tree.delete()
