// Compiles wasm/scan/*.as.ts to wasm/scan/code.gen.ts, which is committed: a build does not need the compiler.
// The opcodes come from the opcode table of the built wasm/opcodes.js.
//
//   npm run scan            writes the file
//   npm run scan -- --check fails when the committed file is not what the source gives
//
// The compiler lives in this folder's own package because of its size; the first run installs it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Op, PREFIX_FC } from '../../dist/wasm/opcodes.js'

const here = fileURLToPath(new URL('.', import.meta.url))
if (!existsSync(`${here}node_modules/assemblyscript`)) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' }) // oxfmt-ignore
  if (status !== 0) process.exit(1)
}
const { default: asc } = await import('assemblyscript/asc')

const directory = fileURLToPath(new URL('../../wasm/scan/', import.meta.url))
const read = (name) => readFileSync(`${directory}${name}`, 'utf8')
const opcodes = Object.entries({ ...Op, PrefixFc: PREFIX_FC }).map(([name, id]) => `export const ${name}: i32 = ${id}`)
const sources = { 'layout.ts': read('layout.ts'), 'opcodes.ts': opcodes.join('\n') }
for (const file of readdirSync(directory)) if (file.endsWith('.as.ts')) sources[file.replace('.as.', '.')] = read(file)

let program
const options = ['--runtime', 'stub', '-O3', '--converge', '--noAssert', '--initialMemory', '13']
const { error } = await asc.main(['program.ts', '--outFile', 'scan.wasm', ...options], {
  readFile: (name) => sources[path.basename(name)] ?? null,
  writeFile: (_, contents) => {
    program = contents
  },
  listFiles: () => [],
  stderr: process.stderr,
})
if (error !== null) process.exit(1)

const text = `/** The program of program.as.ts (npm run scan), base64. */
export const SCAN_CODE =
  '${Buffer.from(program).toString('base64')}'
`
const target = `${directory}code.gen.ts`
if (!process.argv.includes('--check')) writeFileSync(target, text)
else if (readFileSync(target, 'utf8') !== text) {
  console.error('wasm/scan/code.gen.ts is not what its source gives: npm run scan')
  process.exit(1)
}
