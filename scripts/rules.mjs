// Compiles tiers/optimizing/rules/*.rules and rules/lower/*.rules with the built compiler: `npm run rules`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { compileRules, compileSelection } from '../dist/tiers/optimizing/rules/compiler/compile.js'

function generate(path, compile) {
  const directory = new URL(path, import.meta.url)
  const names = readdirSync(directory).filter((name) => name.endsWith('.rules'))
  const files = new Map(names.map((name) => [name, readFileSync(new URL(name, directory), 'utf8')]))
  for (const [name, text] of compile(files)) writeFileSync(new URL(name, directory), text)
}

generate('../tiers/optimizing/rules/', compileRules)

generate('../tiers/optimizing/rules/lower/', compileSelection)
