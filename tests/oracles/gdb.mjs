// Asks gdb what it knows of our code: `-D debug-info` gives it names and lines (profiler/gdb.ts).
//
//   node tests/oracles/gdb.mjs
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const program = path.join(root, 'tests/debug/programs/inline-v5.wasm')

/** Runs the program in gdb. @param commands after two pieces of code are registered */
function gdb(...commands) {
  const all = [
    'set confirm off',
    'set breakpoint pending on',
    'set debuginfod enabled off',
    'handle SIGSEGV nostop noprint pass',
    'break __jit_debug_register_code',
    'run',
    'continue',
    'delete',
    ...commands,
    'kill',
  ]
  const words = ['run', '--tier=baseline', '-D', 'debug-info', '--invoke', 'length', program, '4']
  const args = ['-q', '-batch', '-nx', ...all.flatMap((each) => ['-ex', each])]
  args.push('--args', process.execPath, path.join(root, 'bin/windlass'), ...words)
  const { stdout, stderr, error } = spawnSync('gdb', args, { encoding: 'utf8', timeout: 120_000 })
  if (error?.code === 'ENOENT') {
    console.error('there is no gdb. Install it (Debian: apt-get install gdb) and try again.')
    process.exit(2)
  }
  return stdout + stderr
}

let failures = 0
function expect(text, pattern, what) {
  const holds = pattern.test(text)
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`)
  if (!holds) {
    failures++
    console.log(text)
  }
}

// The code is mapped twice, once to run it and once to write it, so breakpoints are the processor's (hbreak).
const named = gdb('hbreak geometry::Path::length', 'continue', 'backtrace')
expect(
  named,
  /#0 +geometry::Path::length.* at \/src\/inline\.cpp:23/,
  'a function is found by its C++ name, after its prologue',
)
expect(
  named,
  /#1 +0x[0-9a-f]+ in path_length.* at \/src\/inline\.cpp:40/,
  'its caller is unwound to, with the line of the call',
)
const lined = gdb('hbreak inline.cpp:15', 'continue', 'info symbol $pc', 'backtrace 1')
expect(lined, /geometry::Path::length.*at \/src\/inline\.cpp:15/, 'a line of an inlined function is found')
process.exitCode = failures === 0 ? 0 : 1
console.log(failures === 0 ? 'gdb knows our code' : `${failures} expectations failed`)
