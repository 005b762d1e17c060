// What is written: sparse memories, several instances, host errors, deadlines, workers, failures of writing, the dialect.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { captureHostErrors } from '#dist/runtime/coredump/capture.js'
import { Coredump as Dump } from '#dist/runtime/coredump/coredump.js'
import { CoredumpError, coredumpPath, writeCoredump } from '#dist/runtime/coredump/write.js'
import { Engine } from '#dist/runtime/engine.js'
import { Func } from '#dist/runtime/func.js'
import { Global } from '#dist/runtime/global.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { Table } from '#dist/runtime/table.js'
import { Coredump } from '#dist/wasm/coredump.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { F64, FUNCREF, I32 } from '#dist/wasm/types.js'
import { hostWebAssembly } from '../support/host-wasm.js'
import { agrees, dumpOf, failure, instantiate, localsOf, MODES, stackOf, storeOf, TIERS } from './support.js'

const directory = mkdtempSync(join(tmpdir(), 'windlass-coredump-'))
afterAll(() => rmSync(directory, { recursive: true }))

const store = storeOf('baseline')

function read(path: string): Coredump {
  return Coredump.read(readFileSync(path))
}

describe('memories', () => {
  test('4 GiB with a few pages in use take the space of those', () => {
    const instance = instantiate(
      store,
      '(module (memory (export "m") 65536) (func (export "run") (param i32) (i32.store (i32.const 12345678) (local.get 0)) unreachable))',
    )
    const memory = instance.memories[0].bytes()
    const places = [0, 5000, 1 << 20, 0x7fff_fff0, 0xffff_fff8]
    for (const place of places) memory.set([1, 2, 3, 4, 5, 6, 7, 8], place)
    const before = process.memoryUsage.rss()
    const error = failure(instance, 'run', 0x01020304)
    const dump = Dump.of(error)
    if (dump === undefined) throw new Error('no dump')
    const path = writeCoredump(dump, join(directory, 'sparse'))
    expect(statSync(path).size).toBeLessThan(10_000)
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 << 20)
    const [image] = read(path).memories
    expect(image.pages).toBe(65536)
    for (const place of places) expect([...image.read(place, 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect([...image.read(12345678, 4)]).toEqual([4, 3, 2, 1])
    expect([...image.read(100, 4)]).toEqual([0, 0, 0, 0])
    expect(hostWebAssembly.validate(readFileSync(path))).toBe(true)
  })

  test('are read back byte for byte', () => {
    const instance = instantiate(store, '(module (memory 3) (func (export "run") unreachable))')
    const bytes = instance.memories[0].bytes()
    // Runs of noise between runs of zeros of many lengths, up to the last byte.
    let state = 1
    for (let at = 0; at < bytes.length;) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      const length = (state >>> 8) % 700
      if ((state & 0x10000) !== 0) bytes.fill((state & 0xff) | 1, at, Math.min(bytes.length, at + length))
      at += length + 1
    }
    bytes[bytes.length - 1] = 9
    const { dump } = dumpOf(failure(instance, 'run'))
    expect(Buffer.compare(dump.memories[0].read(0, bytes.length), bytes)).toBe(0)
  })
})

describe.each(TIERS)('several instances, %s tier', (tier) => {
  const store = storeOf(tier)

  test('each frame has its own, shared memories and globals are one', () => {
    const library = instantiate(
      store,
      '(module (memory (export "m") 1) (global (export "g") (mut i32) (i32.const 5)) (func (export "f") (param f64) (result i32) (i32.div_u (i32.const 1) (i32.trunc_f64_s (local.get 0)))))',
    )
    const imports = [library.exports.get('f'), library.exports.get('m'), library.exports.get('g')]
    const program = `(module (import "l" "f" (func $f (param f64) (result i32))) (import "l" "m" (memory 1))
      (import "l" "g" (global (mut i32))) (global i64 (i64.const -1))
      (func (export "run") (param i32) (result i32) (i32.add (i32.const 7) (call $f (f64.convert_i32_s (local.get 0))))))`
    const one = instantiate(
      store,
      program,
      ...imports.map((each) => each ?? Func.host(store, { kind: 'func', params: [], results: [] }, () => 0)),
    )
    const { dump } = dumpOf(failure(one, 'run', 0))
    const { frames } = dump.threads[0]
    expect(frames.map(({ instance }) => instance)).toEqual([0, 1])
    expect(agrees(tier, localsOf(frames[0]), [0])).toBe(true)
    expect(stackOf(frames[1])).toEqual([7])
    expect(dump.modules).toHaveLength(2)
    expect(dump.memories).toHaveLength(1)
    expect(dump.instances.map(({ memories }) => memories)).toEqual([[0], [0]])
    expect(dump.instances.map(({ globals }) => globals)).toEqual([[0], [0, 1]])
  })

  test('frames on both sides of JavaScript', () => {
    const inner = instantiate(
      store,
      '(module (func (export "f") (param i32) (local.set 0 (i32.const 11)) unreachable))',
    )
    const back = Func.host(store, { kind: 'func', params: [I32], results: [] }, (value: number) => {
      inner.getFunc('f')?.callable(value)
    })
    const outer = instantiate(
      store,
      '(module (import "h" "f" (func $f (param i32))) (func (export "run") (param i32 f64) (call $f (local.get 0))))',
      back,
    )
    const { frames } = dumpOf(failure(outer, 'run', 3, 0.5)).dump.threads[0]
    expect(frames.map((frame) => frame.instance)).toEqual([0, 1])
    expect(agrees(tier, localsOf(frames[0]), [11])).toBe(true)
    expect(agrees(tier, localsOf(frames[1]), [3, 0.5])).toBe(true)
  })

  test('instances of one module call each other', () => {
    const table = new Table(store, { element: FUNCREF, min: 4, max: 4 }, null)
    // Each instance keeps its number in a global, its memory and its slot of the table, and calls the next one's function.
    const source = `(module
      (import "h" "number" (global $number i32)) (import "h" "table" (table $t 4 funcref))
      (memory 1) (type $next (func (param i32) (result i32)))
      (func $enter (param i32)
        (i32.store (i32.const 8) (global.get $number))
        (table.set $t (global.get $number) (ref.func $step)))
      (func $step (export "run") (param $left i32) (result i32) (local $mine i32)
        (local.set $mine (i32.add (i32.mul (global.get $number) (i32.const 1000)) (local.get $left)))
        (if (i32.eqz (local.get $left)) (then (unreachable)))
        (i32.add
          (call_indirect $t (type $next) (i32.sub (local.get $left) (i32.const 1))
            (i32.rem_u (i32.add (global.get $number) (i32.const 1)) (i32.const 3)))
          (local.get $mine)))
      (func (export "enter") (call $enter (i32.const 0))) (elem declare func $step))`
    const module = new Module(store.engine, assemble(source))
    const instances = [0, 1, 2].map((number) => {
      const own = new Global(store, { type: I32, mutable: false }, number)
      const instance = new Instance(store, module, [own, table])
      instance.getFunc('enter')?.callable()
      return instance
    })
    const { dump } = dumpOf(failure(instances[0], 'run', 7))
    const { frames } = dump.threads[0]
    expect(dump.modules).toHaveLength(1)
    expect(dump.instances).toHaveLength(3)
    frames.forEach((frame, i) => {
      // Frame i has i left, and the instances take turns.
      const number = (7 - i) % 3
      const { memories, globals } = dump.instances[frame.instance]
      expect(dump.globals[globals[0]].lo, `frame ${i}`).toBe(number)
      expect([...dump.memories[memories[0]].read(8, 4)], `frame ${i}`).toEqual([number, 0, 0, 0])
      const expected = [i, number * 1000 + i]
      if (!agrees(tier, localsOf(frame), expected)) expect(localsOf(frame), `frame ${i}`).toEqual(expected)
      if (i > 0) expect(localsOf(frame)[1], `frame ${i}`).toBe(number * 1000 + i)
    })
    expect(frames).toHaveLength(8)
  })
})

/** A loop, then a call that traps; what it summed up is needed after it. */
const WORKER_SOURCE = `(module
  (func $stop (param i64) (if (i64.ne (local.get 0) (i64.const 0)) (then (unreachable))))
  (func (export "f") (param $x i64) (param $n i32) (result i64) (local $sum i64)
    (loop $l
      (local.set $sum (i64.add (local.get $sum) (local.get $x)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $stop (local.get $x))
    (i64.add (i64.add (local.get $sum) (local.get $x)) (i64.extend_i32_u (local.get $n)))))`

test('a loop that is replaced by itself when it is hot, then a trap', () => {
  const store = new Store(new Engine({ tier: 'auto', compileThreads: 1 }))
  const instance = instantiate(
    store,
    `(module (memory (export "m") 1)
      (func $fail (param i64) (if (i64.ne (local.get 0) (i64.const 0)) (then (unreachable))))
      (func (export "run") (param $step i64) (result i64) (local $turns i64) (local $sum i64) (local $half f64)
        (loop $l
          (local.set $turns (i64.add (local.get $turns) (i64.const 1)))
          (local.set $sum (i64.add (local.get $sum) (local.get $step)))
          (local.set $half (f64.mul (f64.convert_i64_u (local.get $turns)) (f64.const 0.5)))
          (br_if $l (i32.eqz (i32.load (i32.const 0)))))
        (call $fail (local.get $turns))
        (i64.add (i64.trunc_f64_u (local.get $half)) (i64.add (local.get $turns) (local.get $sum)))))`,
  )
  store.engine.events.on('osr', () => {
    new Int32Array(instance.memories[0].buffer)[0] = 1
  })
  const { dump } = dumpOf(failure(instance, 'run', 3n))
  const frame = dump.threads[0].frames.at(-1)
  expect(dump.notes?.frames.at(-1)?.[0]).toBe('optimizing')
  const [, turns, sum, half] = localsOf(frame ?? { instance: 0, funcIndex: 0, codeOffset: 0, locals: [], stack: [] })
  expect(turns).toBeGreaterThan(1000n)
  expect(sum).toBe(BigInt(turns ?? 0) * 3n)
  expect(half).toBe(Number(turns) / 2)
})

describe('other ends', () => {
  test('an error of a host function, when such are captured', () => {
    const host = Func.host(store, { kind: 'func', params: [F64], results: [] }, () => {
      throw new Error('the host gave up')
    })
    const instance = instantiate(
      store,
      '(module (import "h" "f" (func $f (param f64))) (func (export "run") (param i32) (local f64) (local.set 1 (f64.const 6.5)) (call $f (local.get 1))))',
      host,
    )
    expect(Dump.of(failure(instance, 'run', 4))).toBeUndefined()
    captureHostErrors()
    const dump = Dump.of(failure(instance, 'run', 4))?.encode()
    if (dump === undefined) throw new Error('no dump')
    const { threads, notes } = Coredump.read(dump)
    expect(threads[0].frames.map(localsOf)).toEqual([[4, 6.5]])
    expect(notes).toMatchObject({ reason: 'exception', message: 'the host gave up' })
  })

  test('a deadline: registers come from the poll stub', () => {
    const instance = instantiate(
      store,
      `(module (func (export "run") (param i32 f64) (local $i i64) (local $x f32)
        (local.set $x (f32.const 0.25))
        (loop $again (local.set $i (i64.add (local.get $i) (i64.const 1))) (br $again))))`,
    )
    const callOff = store.deadline(50)
    const error = failure(instance, 'run', 3, 1.5)
    callOff()
    const dump = Dump.of(error, 'interrupt')?.encode()
    if (dump === undefined) throw new Error('no dump')
    const [a, b, i, x] = localsOf(Coredump.read(dump).threads[0].frames[0])
    expect([a, b, x]).toEqual([3, 1.5, 0.25])
    expect(i).toBeGreaterThan(1000n)
  })

  test('the guest that calls the host, on request', () => {
    let bytes: Uint8Array | undefined
    const host = Func.host(store, { kind: 'func', params: [], results: [] }, () => {
      bytes = Dump.now('request', 'asked for').encode()
    })
    const instance = instantiate(
      store,
      '(module (import "h" "f" (func $f)) (func (export "run") (param i64) (result i32) (i32.const 4) (call $f)))',
      host,
    )
    expect(instance.getFunc('run')?.callable(9n)).toBe(4)
    if (bytes === undefined) throw new Error('no dump')
    const [frame] = Coredump.read(bytes).threads[0].frames
    expect([localsOf(frame), stackOf(frame)]).toEqual([[9n], [4]])
  })

  test.each(TIERS)('a worker, %s tier', async (tier) => {
    const api = new URL('../../dist/api/index.js', import.meta.url).href
    const text = `const { parentPort } = require('node:worker_threads')
      import(${JSON.stringify(api)}).then(({ Engine, Instance, Module, Store }) => {
        const bytes = Uint8Array.of(${assemble(WORKER_SOURCE).join()})
        const engine = new Engine(${JSON.stringify(MODES[tier])})
        const instance = new Instance(new Store(engine), new Module(engine, bytes), [])
        try { instance.getFunc('f').callable(77n, 500) } catch (error) { parentPort.postMessage(error.coredump()) }
      })`
    const worker = new Worker(text, { eval: true })
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    await worker.terminate()
    const { threads } = Coredump.read(bytes)
    expect(threads[0].name).toMatch(/^worker \d+$/)
    const [inner, outer] = threads[0].frames
    expect(agrees(tier, localsOf(inner), [77n])).toBe(true)
    expect(localsOf(outer)).toEqual([77n, 0, 77n * 500n])
  })
})

describe('files', () => {
  const instance = instantiate(store, '(module (memory 1) (func (export "run") (param i32) unreachable))')
  const dumped = (): Dump => {
    const dump = Dump.of(failure(instance, 'run', -2))
    if (dump === undefined) throw new Error('no dump')
    return dump
  }

  test('patterns of names', () => {
    expect(coredumpPath('/x/%e.%p.%%.%q', 'dir/app.wasm')).toBe(`/x/app.${process.pid}.%.%q`)
    expect(coredumpPath('core.%t', 'a')).toMatch(/^core\.\d{10}$/)
  })

  test.each([
    ['a directory that is not there', join(directory, 'nowhere/core'), /its directory does not exist$/],
    ['a directory', directory, /it is a directory$/],
    ['a full disk', '/dev/full', /no space left on the device$/],
  ])('%s: one line says why', (_, path, message) => {
    expect(() => writeCoredump(dumped(), path)).toThrow(CoredumpError)
    expect(() => writeCoredump(dumped(), path)).toThrow(message)
    expect(existsSync('/dev/full')).toBe(true)
  })

  test('the dialect of wasmgdb', () => {
    const bytes = dumped().encode({ format: 'wasmgdb' })
    const dump = Coredump.read(bytes)
    expect(dump.dialect).toBe('wasmgdb')
    expect(dump.threads[0].frames.map(localsOf)).toEqual([[-2]])
    expect(hostWebAssembly.validate(bytes)).toBe(true)
  })
})
