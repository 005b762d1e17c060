// Builds the kernels: compiles every source that manifest.json names to a .wasm beside it, runs it on V8 and notes
// the file and the result in the manifest. `--check` compares the results without building (needs no clang).
//
// C goes through clang and wasm-ld (14 or newer), WAT through the project's own assembler in dist/.
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
// No libc, no builtin replacement (a loop that copies stays a loop), only what Wasm 2.0 has.
const CLANG = `--target=wasm32 -std=c11 -O2 -nostdlib -ffreestanding -fno-builtin -Wall -Wextra -Werror -msign-ext
  -mnontrapping-fptoint -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536`.split(/\s+/)

const check = process.argv.includes('--check')
const manifest = JSON.parse(readFileSync(`${here}manifest.json`, 'utf8'))
let failed = false

for (const kernel of manifest) {
  const file = kernel.source.replace(/\.\w+$/, '.wasm')
  if (!check) {
    if (kernel.source.endsWith('.c')) execFileSync('clang', [...CLANG, '-o', file, kernel.source], { cwd: here })
    else {
      const { assemble } = await import('../../dist/wasm/text/assemble.js')
      writeFileSync(here + file, assemble(readFileSync(here + kernel.source, 'utf8')))
    }
  }
  // The linker marks its output as executable.
  if (!check) chmodSync(here + file, 0o644)
  const bytes = readFileSync(here + file)
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
  const first = String(run(kernel.n))
  const start = performance.now()
  const result = String(run(kernel.n))
  const ms = performance.now() - start
  if (result !== first) throw new Error(`${kernel.name}: two runs gave ${first} and ${result}`)
  if (check && result !== kernel.expected) failed = true
  const verdict = check && result !== kernel.expected ? ` instead of ${kernel.expected}` : ''
  process.stdout.write(`${kernel.name.padEnd(16)}${bytes.length} bytes, ${ms.toFixed(0)} ms, ${result}${verdict}\n`)
  kernel.file = file
  kernel.expected = result
}

if (failed) process.exitCode = 1
if (!check) {
  const lines = manifest.map(({ name, file, source, category, n, expected }) =>
    JSON.stringify({ name, file, source, category, n, expected }, null, 1).replaceAll(/\n\s*/g, ' '),
  )
  writeFileSync(`${here}manifest.json`, `[\n  ${lines.join(',\n  ')}\n]\n`)
}
