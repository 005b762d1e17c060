// Builds the programs of this folder. The built files are in the repository, so that tests need no compiler; run this
// after changing a source:
//
//   apt-get install clang lld rustc libstd-rust-dev-wasm32 golang-1.19-go golang-1.19-src; npm install --no-save assemblyscript@0.28.20
//   node tests/coredump/programs/build.mjs
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = new URL('.', import.meta.url).pathname

function run(command, ...args) {
  execFileSync(command, args, { cwd: folder, stdio: 'inherit' })
}

const clang = ['--target=wasm32', '-nostdlib', '-Wl,--no-entry', '-g', '-fdebug-compilation-dir=/src']
run('clang', ...clang, '-O0', '-o', 'divide.wasm', 'divide.c')
run('clang', ...clang, '-O2', '-o', 'divide-optimized.wasm', 'divide.c')
run('clang', ...clang, '-O0', '-o', 'shapes.wasm', 'shapes.c')
run('clang', ...clang, '-O2', '-o', 'mean.wasm', 'mean.c')
run('clang', ...clang, '-O1', '-o', 'deep.wasm', 'deep.c')
const clangCpp = [...clang, '-fno-exceptions', '-fno-rtti']
run('clang++', ...clangCpp, '-O0', '-o', 'recurse.wasm', 'recurse.cpp')
run('clang++', ...clangCpp, '-O1', '-o', 'callback.wasm', 'callback.cpp')
run('clang++', ...clangCpp, '-O2', '-o', 'hot.wasm', 'hot.cpp')
// Go's programs have its whole runtime: kept compressed.
const go = process.env.GO ?? '/usr/lib/go-1.19/bin/go'
const goSettings = { ...process.env, GOOS: 'js', GOARCH: 'wasm', GO111MODULE: 'off' }
execFileSync(go, ['build', '-trimpath', '-o', 'ledger.wasm', 'ledger.go'], {
  cwd: folder,
  stdio: 'inherit',
  env: goSettings,
})
run('gzip', '-9', '-n', '-f', 'ledger.wasm')
run(
  process.env.RUSTC ?? 'rustc',
  '--target=wasm32-unknown-unknown',
  '-g',
  '-C',
  'opt-level=0',
  '-C',
  'panic=abort',
  '--remap-path-prefix',
  `${folder}=/src/`,
  '-o',
  'account.wasm',
  'lib.rs',
)
// The compiler wants a .ts file, which the type checker of this repository must not see.
const scratch = mkdtempSync(join(tmpdir(), 'windlass-build-'))
copyFileSync(`${folder}script.as`, join(scratch, 'script.ts'))
const options = ['--debug', '--sourceMap', '--runtime', 'stub', '--use', 'abort=']
execFileSync(process.env.ASC ?? 'asc', ['script.ts', '-o', 'script.wasm', ...options], { cwd: scratch })
copyFileSync(join(scratch, 'script.wasm'), `${folder}script.wasm`)
const { sourcesContent: _, ...map } = JSON.parse(readFileSync(join(scratch, 'script.wasm.map'), 'utf8'))
writeFileSync(`${folder}script.wasm.map`, JSON.stringify(map))
rmSync(scratch, { recursive: true })
