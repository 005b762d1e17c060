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

/** A body that is too large to be optimized by the guest's own thread, with more loops than most. */
const LARGE = `(func $large (param i32 i32) (result i32)
  ${`(loop $l (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (i32.xor (local.get 0) (i32.shr_u (local.get 1) (i32.const 3)))))
    (br_if $l (i32.and (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 7))))`.repeat(80)}
  (local.get 1))`

/** Hot for about half a second in functions that are called again and again, and in a loop that is entered in the middle. */
const HOT = `(module (memory 1) (table funcref (elem $mix $sum))
  (func $mix (param i32 i32) (result i32)
    (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (local.get 1))
    (i32.rotl (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.const 31)) (i32.const 5)))
  (func $sum (param i32 i32) (result i32) (local f64)
    (loop $l
      (local.set 2 (f64.add (local.get 2) (f64.convert_i32_s (i32.load8_u (i32.and (local.get 0) (i32.const 0xffff))))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (if (result i32) (f64.lt (local.get 2) (f64.const 1e6)) (then (i32.trunc_sat_f64_s (local.get 2))) (else (local.get 1))))
  ${LARGE}
  (func (export "_start") (local i32 i32 i32)
    (local.set 0 (i32.const 1000000))
    (loop $l
      (if (i32.eqz (i32.and (local.get 0) (i32.const 15)))
        (then (local.set 1 (call $large (local.get 0) (local.get 1)))))
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

/** What packages with a module in them do: imports and exports of all kinds, calls of all shapes, in both directions, memory that grows. */
const PACKAGE = `(module
  (import "env" "log" (func $log (param i32)))
  (import "env" "all" (func $all (param i32 i64 f32 f64 externref) (result i32 i64 f32 f64 externref)))
  (import "env" "now" (func $now (result f64)))
  (import "env" "wide" (func $wide (param i64) (result i64)))
  (import "env" "memory" (memory 1 100))
  (import "env" "table" (table 2 20 funcref))
  (import "env" "base" (global $base i32))
  (import "env" "top" (global $top (mut i32)))
  (global (export "counter") (mut i32) (i32.const 7))
  (global (export "wide") (mut i64) (i64.const 7))
  (global (export "half") f64 (f64.const 0.5))
  (global (export "second") i32 (global.get $base))
  (table (export "objects") 2 externref)
  (export "shared" (memory 0))
  (elem (i32.const 0) $get)
  (elem declare func $start)
  (data (i32.const 8) "text")
  (data $late "later")
  (func $start (call $log (i32.const 1)))
  (start $start)
  (func $get (export "get") (result i32) (global.get $top))
  (func (export "set") (param i32) (global.set $top (local.get 0)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "wideAdd") (param i64 i64) (result i64) (call $wide (i64.add (local.get 0) (local.get 1))))
  (func (export "scale") (param f64 f32) (result f64) (f64.mul (local.get 0) (f64.promote_f32 (local.get 1))))
  (func (export "single") (param f32) (result f32) (local.get 0))
  (func (export "pair") (result i32 i32) (i32.const 1) (i32.const 2))
  (func (export "all") (param i32 i64 f32 f64 externref) (result i32 i64 f32 f64 externref)
    (call $all (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
  (func (export "function") (result funcref) (ref.func $start))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "late") (memory.init $late (i32.const 16) (i32.const 0) (i32.const 5)) (data.drop $late))
  (func (export "indirect") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
  (func (export "time") (result f64) (call $now))
  (func (export "host") (param i32) (loop $l
    (drop (call $now)) (call $log (local.get 0))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "trap") unreachable))`

/** Uses the API as packages do. */
async function usePackage({ WebAssembly }, bytes) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 })
  const table = new WebAssembly.Table({ initial: 2, maximum: 20, element: 'anyfunc' })
  const base = new WebAssembly.Global({ value: 'i32', mutable: false }, 3)
  const top = new WebAssembly.Global({ value: 'i32', mutable: true }, 4)
  const env = { memory, table, base, top, log() {}, now: () => 0.5, wide: (x) => x, all: (...values) => values }
  const module = new WebAssembly.Module(bytes)
  WebAssembly.validate(bytes)
  WebAssembly.Module.imports(module)
  WebAssembly.Module.exports(module)
  WebAssembly.Module.customSections(module, 'name')
  const made = [
    new WebAssembly.Instance(module, { env }),
    (await WebAssembly.instantiate(bytes, { env })).instance,
    await WebAssembly.instantiate(await WebAssembly.compile(bytes), { env }),
  ]
  for (const { exports } of made) {
    const { counter, wide, half, second, objects } = exports
    counter.value = wide.value === 7n ? half.value + second.value : 0
    wide.value = 5n
    objects.set(0, exports)
    objects.grow(objects.get(0) === exports ? 1 : 2)
    table.set(1, exports.get)
    table.get(1)()
    table.grow(1)
    exports.set(5)
    exports.add(1, 2)
    exports.wideAdd(1n, 2n)
    exports.scale(1, exports.single(2))
    exports.pair()
    exports.all(1, 2n, 3, 4, exports)
    exports.function()()
    exports.grow()
    exports.shared.buffer.slice(0, 8)
    exports.late()
    exports.indirect(0)
    exports.time()
    exports.host(10)
    memory.grow(1)
    new Uint8Array(memory.buffer)[8] = top.value + counter.valueOf()
    try {
      exports.trap()
    } catch {
      // What a trap says is made where it is caught.
    }
  }
  await WebAssembly.instantiate(module, {}).catch(() => undefined)
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
  await usePackage(load('api.js'), assemble(PACKAGE))
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
