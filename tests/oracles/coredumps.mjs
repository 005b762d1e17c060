// Core dumps against readers of others: what `windlass run -D coredump` writes, for programs of several compilers in every tier and both
// dialects, must be a module for `WebAssembly.validate` and for wasm-tools' parser, which also has to find our sections in it.
//
//   node tests/oracles/coredumps.mjs       (npm run test:oracles runs it, too)
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.resolve(here, '../..')
if (!existsSync(path.join(here, 'node_modules'))) {
  const install = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
  })
  if (install.status !== 0) process.exit(1)
}
const oracle = await import('@bytecodealliance/jco-transpile/wasm-tools')

const programs = [
  ['divide', '41', '0'],
  ['divide-optimized', '41', '0'],
  ['recurse', '2'],
  ['shapes', '3'],
  ['mean', '64', '3'],
  ['callback', '1', '2'],
  ['callback', '2', '1'],
  ['deep', '5', '4'],
  ['hot', '1000', '7'],
  ['account', '550', '100'],
  ['script', '3', '2'],
]
const tiers = [['--tier=baseline'], ['--tier=optimizing'], ['--tier=auto', '--force=osr', '--compile-threads=0']]
const sections = ['core', 'coremodules', 'coreinstances', 'corestack', 'windlass.notes']

const directory = mkdtempSync(path.join(tmpdir(), 'windlass-oracle-'))
let passed = 0
let failed = 0
function check(ok, what) {
  if (ok) passed++
  else {
    failed++
    console.error(`FAIL ${what}`)
  }
}

for (const [program, ...args] of programs) {
  for (const tier of tiers) {
    for (const format of ['spec', 'wasmgdb']) {
      const where = `${program} ${args.join(' ')} ${tier[0]} ${format}`
      const file = path.join(directory, 'core')
      const module = path.join(root, `tests/coredump/programs/${program}.wasm`)
      const options = ['run', ...tier, '-D', `coredump=${file},format=${format}`, '--invoke', 'run', module, ...args]
      spawnSync(process.execPath, [path.join(root, 'bin/windlass'), ...options])
      check(existsSync(file), `${where}: no dump`)
      if (!existsSync(file)) continue
      const bytes = new Uint8Array(readFileSync(file))
      check(WebAssembly.validate(bytes), `${where}: WebAssembly.validate says no`)
      let text = ''
      try {
        text = await oracle.print(bytes)
      } catch (error) {
        console.error(String(error?.payload ?? error?.message ?? error).slice(0, 300))
      }
      check(
        sections.every((name) => text.includes(`"${name}"`)),
        `${where}: wasm-tools does not read it, or not all of it`,
      )
      rmSync(file)
    }
  }
}
rmSync(directory, { recursive: true })
console.log(`core dumps: ${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
