// Builds the C programs of this folder for wasm32-wasi. The built .wasm files are in the repository, so that tests
// need no C compiler; run this after changing a source:
//
//   apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32
//   node tests/programs/wasi/build.mjs
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const folder = new URL('.', import.meta.url).pathname
/** Programs whose function names matter to the tests. */
const named = new Set(['trap'])

for (const file of readdirSync(folder).filter((name) => name.endsWith('.c'))) {
  const program = file.slice(0, -2)
  const strip = named.has(program) ? ['-Wl,--strip-debug'] : ['-Wl,--strip-all']
  execFileSync(
    'clang',
    ['--target=wasm32-wasi', '--sysroot=/usr', '-Os', '-Wall', ...strip, '-o', `${program}.wasm`, file, '-lm'],
    { cwd: folder, stdio: 'inherit' },
  )
}
