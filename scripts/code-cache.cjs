// Writes V8's code cache of the bundle: runs what a user's first commands run, so that the bytecode of all functions that
// they need is in it, then keeps it. In a process of its own, because the commands write to stdout.
'use strict'
const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const v8 = require('node:v8')
const vm = require('node:vm')
const { keepScripts, load, loaded } = require('../bin/bundle.js')

const example = path.join(__dirname, '../examples/hello.wat')

/** Hot for about half a second in a function that is called again and again, and in a loop that is entered in the middle. */
const HOT = `(module (memory 1) (table funcref (elem $mix $sum))
  (func $mix (param i32 i32) (result i32)
    (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (local.get 1))
    (i32.rotl (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.const 31)) (i32.const 5)))
  (func $sum (param i32 i32) (result i32) (local f64)
    (loop $l
      (local.set 2 (f64.add (local.get 2) (f64.convert_i32_s (i32.load8_u (i32.and (local.get 0) (i32.const 0xffff))))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (if (result i32) (f64.lt (local.get 2) (f64.const 1e6)) (then (i32.trunc_sat_f64_s (local.get 2))) (else (local.get 1))))
  (func (export "_start") (local i32 i32 i32)
    (local.set 0 (i32.const 1000000))
    (loop $l
      (local.set 1 (call $mix (local.get 0) (call $sum (i32.const 200) (local.get 1))))
      (local.set 1 (call_indirect (param i32 i32) (result i32) (i32.const 9) (local.get 1) (i32.and (local.get 0) (i32.const 1))))
      (local.set 2 (i32.const 200))
      (loop $m
        (local.set 1 (i32.xor (i32.add (local.get 1) (local.get 2)) (i32.load (i32.and (local.get 1) (i32.const 0xfffc)))))
        (br_if $m (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`

/** What a program by wasi-libc asks of its host: its arguments and environment, the clock, its files. */
const CALLS = [
  ['args_sizes_get', 8, 12],
  ['args_get', 64, 128],
  ['environ_sizes_get', 8, 12],
  ['environ_get', 64, 128],
  ['clock_time_get', 0, 0n, 16],
  ['clock_time_get', 1, 0n, 16],
  ['random_get', 32, 8],
  ['fd_fdstat_get', 1, 64],
  ['fd_prestat_get', 3, 64],
  ['fd_write', 1, 24, 2, 64],
  ['fd_read', 0, 24, 1, 64],
  ['fd_seek', 0, 0n, 1, 64],
  ['fd_close', 0],
  // A file by the name that stands in memory, in the directory that is the third descriptor; the new one is the fourth.
  ['path_open', 3, 0, 1024, 4, 1, 66n, 66n, 0, 80],
  ['fd_filestat_get', 4, 256],
  ['fd_write', 4, 24, 2, 64],
  ['fd_read', 4, 24, 1, 64],
  ['fd_close', 4],
  ['path_filestat_get', 3, 0, 1024, 4, 256],
  ['path_unlink_file', 3, 1024, 4],
  ['fd_readdir', 3, 512, 128, 0n, 80],
  ['proc_exit', 0],
]

/** A program that makes those calls; the buffers that it writes and reads are empty. */
function wasiProgram() {
  const isFirst = ([name], i) => CALLS.findIndex((each) => each[0] === name) === i
  const typeOf = (operand) => (typeof operand === 'bigint' ? 'i64' : 'i32')
  const imports = CALLS.filter(isFirst).map(([name, ...operands]) => {
    const result = name === 'proc_exit' ? '' : '(result i32)'
    return `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${operands.map(typeOf).join(' ')}) ${result}))`
  })
  const calls = CALLS.map(([name, ...operands]) => {
    const call = `(call $${name} ${operands.map((operand) => `(${typeOf(operand)}.const ${operand})`).join(' ')})`
    return name === 'proc_exit' ? call : `(drop ${call})`
  })
  return `(module ${imports.join('\n')} (memory (export "memory") 2) (data (i32.const 1024) "data")
    (func (export "_start") ${calls.join('\n')}))`
}

/**
 * V8 keeps no function whose bytecode it has dropped, or compiled in its baseline tier. The flags are part of what makes a cache fit, so they
 * are put back before it is written. (`--opt` cannot be put back: in V8 12 it sets others.)
 */
const KEEP_BYTECODE = ['flush-bytecode', 'sparkplug']

/** A collection that is under way, or due, would drop bytecode as soon as the flags are as they were: all that has run once, long ago. */
function collectGarbage() {
  v8.setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
  v8.setFlagsFromString('--no-expose-gc')
}

async function main() {
  keepScripts()
  for (const flag of KEEP_BYTECODE) v8.setFlagsFromString(`--no-${flag}`)
  const { assemble } = await import('../dist/wasm/text/assemble.js')
  const directory = mkdtempSync(path.join(tmpdir(), 'windlass-'))
  // Not the user's: what is in it depends on nothing but this.
  process.env.XDG_CACHE_HOME = directory
  const program = path.join(directory, 'hello.wasm')
  writeFileSync(program, assemble(readFileSync(example, 'utf8')))
  const hot = path.join(directory, 'hot.wasm')
  writeFileSync(hot, assemble(HOT))
  const calls = path.join(directory, 'calls.wasm')
  writeFileSync(calls, assemble(wasiProgram()))
  const { main: command } = load('cli.js')
  load('api.js')
  load('wasi.js')
  const runs = [
    ['run', program],
    ['run', program],
    ['run', '--compile=eager', program],
    ['run', '--tier=optimizing', program],
    ['run', example],
    ['run', `--dir=${directory}`, calls, 'argument'],
    // Workers have files of the bundle, too, but what they load is what this thread has, but for the worker's own.
    ['run', '--tier=auto', '--compile-threads=1', hot],
    // Hello is too small for its code to be kept: this one has been, optimized.
    ['run', hot],
    ['run', '--tier=optimizing', hot],
    // By the optimizing compiler in JavaScript, which otherwise computes what core dumps ask for.
    ['run', '--tier=optimizing', '-W', 'fuel=1000000000', program],
  ]
  // In a checkout there are programs by real compilers, which use more of the baseline compiler.
  for (const name of ['hello', 'compute']) {
    const file = path.join(__dirname, `../tests/programs/wasi/${name}.wasm`)
    if (existsSync(file)) runs.push(['run', '--compile=eager', file])
    if (existsSync(file) && name === 'compute')
      runs.push(['compile', '--tier=optimizing', file, '-o', `${directory}/out.cwasm`])
  }
  for (const words of runs) await command(words)
  rmSync(directory, { recursive: true })
  collectGarbage()
  for (const flag of KEEP_BYTECODE) v8.setFlagsFromString(`--${flag}`)
  const caches = Array.from(loaded.values(), ({ script, file }) => [`${file}.cache`, script.createCachedData()])
  for (const [file, cache] of caches) {
    // Another process may have the old one mapped.
    rmSync(file, { force: true })
    writeFileSync(file, cache)
  }
}

void main()
