// compile and instantiate of modules that are too large for one turn of the event loop, and the package's front door.
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { Engine, Instance, Module, Store, WebAssembly } from '#dist/api/index.js'
import { assemble } from '#dist/wasm/text/assemble.js'

const ADD = '(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))'
const MEBIBYTE = 1 << 20

/** Some mebibytes of module, most of it a data segment behind the code. */
const large = assemble(`(module (memory 64) ${ADD} (data (i32.const 0) "${'x'.repeat(3 * MEBIBYTE)}"))`)

describe('a large module', () => {
  it('leaves the event loop its turns while it compiles', async () => {
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const { instance } = await WebAssembly.instantiate(large)
    clearInterval(counting)
    expect((instance.exports['add'] as (a: number, b: number) => number)(20, 22)).toBe(42)
    expect(turns).toBeGreaterThan(0)
  })

  it('is the one that was given, whatever becomes of the bytes', async () => {
    const bytes = large.slice()
    const promise = WebAssembly.compile(bytes)
    bytes.fill(0xff)
    expect(WebAssembly.Module.exports(await promise)).toEqual([{ name: 'add', kind: 'function' }])
  })

  it('is refused with the operation and the offset', async () => {
    const cut = large.subarray(0, large.length - 1)
    await expect(WebAssembly.compile(cut)).rejects.toBeInstanceOf(WebAssembly.CompileError)
    await expect(WebAssembly.compile(cut)).rejects.toThrow(/^WebAssembly\.compile\(\): .* @\+\d+$/)
  })

  it('made by the constructor is the one that was given, too, also when it is refused', () => {
    const bytes = large.slice()
    const module = new WebAssembly.Module(bytes)
    bytes.fill(0xff)
    const { exports } = new WebAssembly.Instance(module)
    expect((exports['add'] as (a: number, b: number) => number)(20, 22)).toBe(42)
    expect(WebAssembly.Module.exports(module)).toEqual([{ name: 'add', kind: 'function' }])
    const cut = large.subarray(0, large.length - 1)
    expect(() => new WebAssembly.Module(cut)).toThrow(/^WebAssembly\.Module\(\): .* @\+\d+$/)
  })

  it.each([
    ['shared memory', (): Uint8Array => new Uint8Array(new SharedArrayBuffer(large.length + 8), 8)],
    ['the middle of a Buffer', (): Uint8Array => Buffer.alloc(large.length + 8).subarray(8)],
  ])('may stand in %s', (_, room) => {
    const bytes = room()
    bytes.set(large)
    const module = new Module(new Engine(), bytes)
    bytes.fill(0xff)
    expect(Buffer.from(module.bytes).equals(large)).toBe(true)
  })

  it('may be compiled several times at once', async () => {
    const modules = await Promise.all([large, large, large].map((bytes) => WebAssembly.compile(bytes)))
    expect(new Set(modules).size).toBe(3)
  })
})

describe('promising', () => {
  const LOOP = assemble('(module (func (export "loop") (loop $l (br $l))))')
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(LOOP))
  const loop = exports['loop'] as () => unknown

  it('gives the event loop its turns when asked for time slices, and ends when the signal is aborted', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 5)
    // For ever, unless the timer fires.
    await expect(WebAssembly.promising(loop, { timeslice: 2, signal: controller.signal })()).rejects.toBe(reason)
  })

  it('refuses what is no time slice, and looks at no other second argument', () => {
    expect(() => WebAssembly.promising(loop, { timeslice: 0 })).toThrow('timeslice')
    const namespace = WebAssembly as unknown as { promising(exported: unknown, second: unknown): unknown }
    for (const second of [null, undefined, 0, 'x']) expect(namespace.promising(loop, second)).toBeInstanceOf(Function)
  })
})

describe('the package', () => {
  it('gives the namespace and the runtime under its own name', async () => {
    const worker = new Worker(
      `import('windlass').then(async ({ WebAssembly, Engine }) => {
        const { instance } = await WebAssembly.instantiate(require('node:worker_threads').workerData)
        require('node:worker_threads').parentPort.postMessage([instance.exports.add(40, 2), typeof Engine])
      })`,
      { eval: true, workerData: large },
    )
    const message = await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    await worker.terminate()
    expect(message).toEqual([42, 'function'])
  })

  it("takes engines and stores of the embedder's", () => {
    const engine = new Engine({ compile: 'eager' })
    const instance = new Instance(new Store(engine), new Module(engine, assemble(`(module ${ADD})`)), [])
    expect(instance.getFunc('add')?.callable(1, 2)).toBe(3)
  })
})
