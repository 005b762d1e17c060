// What lives and what goes: instances that only native memory refers to stay, everything else is collected; workers
// have a world of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { fibers } from '#dist/runtime/context.js'
import { Func } from '#dist/runtime/func.js'
import { liveHandles, sweep } from '#dist/runtime/handles.js'
import { Instance } from '#dist/runtime/instance.js'
import { Table } from '#dist/runtime/table.js'
import { FUNCREF, I32 } from '#dist/wasm/types.js'
import { describe, expect, test } from 'vitest'
import { World, call } from './world.js'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

async function collect(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    gc()
    // Finalizers run between turns of the event loop.
    await sleep(5)
  }
}

const world = new World()
const { store } = world

const PROGRAM = `(module (import "" "f" (func $f (param i32) (result i32)))
  (memory (export "m") 1) (table (export "t") 10 funcref) (global (export "g") (mut i32) (i32.const 1))
  (elem (i32.const 0) $g $f) (data (i32.const 0) "xyz")
  (func $g (export "g2") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0))))
  (func (export "h") (result i32) (call $f (call $g (i32.const 4)))))`

describe('collection', () => {
  test('instances go, also when their imports refer back to them', async () => {
    const module = world.module(PROGRAM)
    const gone: WeakRef<Instance>[] = []
    const make = (): void => {
      let instance: Instance | undefined
      const f = world.host([I32], [I32], (x: number) => x + (instance?.exports.size ?? 0))
      instance = new Instance(store, module, [f])
      expect(call(instance, 'h')()).toBe(4 + 120 + 5)
      gone.push(new WeakRef(instance))
    }
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 100; i++) make()
      await collect()
    }
    expect(gone.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(20)
  })

  test('a function in a table keeps its instance', async () => {
    const table = new Table(store, { element: FUNCREF, min: 1, max: -1 }, null)
    const fill = (): void => {
      world.instance(
        `(module (import "" "t" (table 1 funcref)) (memory 1) (data (i32.const 0) "*")
          (func $f (result i32) (i32.load8_u (i32.const 0))) (elem (i32.const 0) $f))`,
        table,
      )
    }
    fill()
    await collect()
    for (let i = 0; i < 100; i++)
      world.instance(
        PROGRAM,
        world.host([I32], [I32], (x: number) => x),
      )
    await collect()
    const callable = table.get(0) as () => number
    expect(callable()).toBe(42)
  })

  test('an exported function keeps its instance and memory', async () => {
    let h = call(
      world.instance(
        PROGRAM,
        world.host([I32], [I32], (x: number) => x * 2),
      ),
      'h',
    )
    await collect()
    expect(h()).toBe(248)
    h = () => 0
    const buffer = world.instance('(module (memory (export "m") 1) (data (i32.const 1) "A"))').getMemory('m')?.buffer
    await collect()
    for (let i = 0; i < 20; i++) world.instance('(module (memory 1) (data (i32.const 1) "B"))')
    await collect()
    expect(new Uint8Array(buffer ?? new ArrayBuffer(2))[1]).toBe(65)
  })

  test('values behind externrefs are let go', async () => {
    const id = call(
      world.instance('(module (func (export "id") (param externref) (result externref) local.get 0))'),
      'id',
    )
    const refs: WeakRef<object>[] = []
    for (let i = 0; i < 20_000; i++) {
      const value = { i }
      refs.push(new WeakRef(value))
      id(value)
    }
    sweep()
    expect(liveHandles()).toBeLessThan(3000)
    await collect()
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(3000)
  })

  test('the stack of a call whose promise is lost comes back', async () => {
    const before = fibers.size
    const never = Func.suspending(store, { kind: 'func', params: [], results: [] }, () => new Promise(() => {}))
    const lose = (): void => {
      for (let i = 0; i < 20; i++) void never.promising()()
    }
    lose()
    expect(fibers.size).toBe(before + 20)
    await collect()
    expect(fibers.size).toBe(before)
  })
})

const WORKER = `
  import { parentPort } from 'node:worker_threads'
  const [{ Engine }, { Store }, { Module }, { Instance }, { assemble }] = await Promise.all(
    ['runtime/engine', 'runtime/store', 'runtime/module', 'runtime/instance', 'wasm/text/assemble'].map((name) =>
      import(\`${new URL('../../dist/', import.meta.url).href}\${name}.js\`)))
  const store = new Store(new Engine())
  const instance = new Instance(store, new Module(store.engine, assemble(\`(module
    (func $deep (export "deep") (call $deep)) (func (export "loop") (loop $l (br $l)))
    (func (export "trap") unreachable) (func (export "ok") (result i32) (i32.const 42)))\`)), [])
  const call = (name) => { try { return instance.getFunc(name).callable() } catch (error) { return String(error) } }
  parentPort.postMessage([call('deep'), call('trap'), call('deep'), call('ok')])
  parentPort.once('message', () => call('loop'))
`

/** Runs the worker's program. */
function startWorker(): { worker: Worker; message: Promise<unknown> } {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`))
  const message = new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { worker, message }
}

describe('workers', () => {
  const expected = [
    'RangeError: Maximum call stack size exceeded',
    'RuntimeError: unreachable',
    'RangeError: Maximum call stack size exceeded',
    42,
  ]

  test('traps and deep recursion in several workers at once', async () => {
    const workers = Array.from({ length: 4 }, () => startWorker())
    for (const { message } of workers) expect(await message).toEqual(expected)
    await Promise.all(workers.map(({ worker }) => worker.terminate()))
  })

  test('a worker in an endless loop of guest code can be ended', async () => {
    const { worker, message } = startWorker()
    await message
    worker.postMessage('loop')
    await sleep(200)
    expect(await worker.terminate()).toBe(1)
  })

  test('workers come and go', async () => {
    for (let i = 0; i < 6; i++) {
      const { worker, message } = startWorker()
      expect(await message).toEqual(expected)
      await worker.terminate()
    }
    expect(call(world.instance('(module (func (export "f") (result i32) i32.const 1))'), 'f')()).toBe(1)
  })
})
