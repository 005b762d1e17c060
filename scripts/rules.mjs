// Compiles tiers/optimizing/rules/*.rules with the built compiler: `npm run rules`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { compileRules } from '../dist/tiers/optimizing/rules/compiler/compile.js'

const directory = new URL('../tiers/optimizing/rules/', import.meta.url)
const names = readdirSync(directory).filter((name) => name.endsWith('.rules'))
const files = new Map(names.map((name) => [name, readFileSync(new URL(name, directory), 'utf8')]))
for (const [name, text] of compileRules(files)) writeFileSync(new URL(name, directory), text)
