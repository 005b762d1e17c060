// Environments: worker threads with contexts of their own, a shared arena, and what is left when they end.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { describe, expect, it } from 'vitest'

import { native } from '#dist/runtime/native.js'
import { ExecContext } from '#dist/tiers/abi.js'
import { code, Machine } from '#dist/tests/support/machine.js'

const nativeUrl = new URL('../../dist/runtime/native.js', import.meta.url).href
const machineUrl = new URL('../../dist/tests/support/machine.js', import.meta.url).href

/** A worker that runs `body` with the bench's exports and `native` in scope; resolves with its exit code. */
function work(
  body: string,
  workerData?: unknown,
): { worker: Worker; exit: Promise<number>; message: Promise<unknown> } {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     Promise.all([import(${JSON.stringify(nativeUrl)}), import(${JSON.stringify(machineUrl)})]).then(([{ native }, { Machine, code }]) => {
       ${body}
     })`,
    { eval: true, workerData },
  )
  const exit = new Promise<number>((resolve, reject) => {
    worker.once('exit', resolve)
    worker.once('error', reject)
  })
  const message = new Promise((resolve) => worker.once('message', resolve))
  return { worker, exit, message }
}

function mappings(): number {
  return readFileSync('/proc/self/maps', 'utf8').split('\n').length
}

describe('workers', () => {
  it('have a context, fibers and traps of their own', async () => {
    const m = new Machine()
    const outer = m.record(m.emit(code.loadContext, code.yieldToHost(1), code.setCell(0, 1), code.ret))
    m.enter(outer)
    const { exit, message } = work(`
      const m = new Machine()
      let sum = 0
      for (let i = 0; i < 1000; i++) {
        m.enter(m.record(m.emit(code.ud2)))
        if (m.reason === 5) sum++
        m.native.abandon()
      }
      const deep = m.record(m.emit(code.pushRbp, [0xe8, 0xfa, 0xff, 0xff, 0xff]))
      for (let i = 0; i < 50; i++) { m.enter(deep); if (m.reason === 5) sum++; m.native.abandon() }
      parentPort.postMessage([sum, native().context.address])
    `)
    const [sum, address] = (await message) as [number, number]
    expect(sum).toBe(1050)
    expect(address).not.toBe(m.native.context.address)
    expect(await exit).toBe(0)
    m.resume()
    expect(m.cell(0)).toBe(1)
    m.close()
  })

  it('run code of an arena that another thread fills, and keep it alive', async () => {
    const m = new Machine()
    const at = m.emit(code.loadContext, code.setCell(0, 123), code.ret)
    const { worker, exit, message } = work(
      `native().openArena(workerData.id)
       const m = new Machine()
       const record = m.record(workerData.at)
       parentPort.postMessage('open')
       parentPort.once('message', () => {
         m.enter(record)
         parentPort.postMessage(m.cell(0))
       })`,
      { id: m.arena.id, at },
    )
    expect(await message).toBe('open')
    m.close()
    const answer = new Promise((resolve) => worker.once('message', resolve))
    worker.postMessage('go')
    expect(await answer).toBe(123)
    expect(await exit).toBe(0)
    expect(() => native().openArena(m.arena.id)).toThrow(RangeError)
  })

  it('leave V8 wasm traps in workers as they were', async () => {
    // (module (memory 1) (func (export "f") (param i32) (result i32) local.get 0 i32.load))
    const { exit, message } = work(`
      const bytes = new Uint8Array([
        0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x66,
        0, 0, 10, 9, 1, 7, 0, 0x20, 0, 0x28, 2, 0, 0x0b])
      const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
      const m = new Machine()
      let caught = 0
      for (let i = 0; i < 50; i++) {
        try { f(-4) } catch (error) { if (error instanceof WebAssembly.RuntimeError) caught++ }
        m.enter(m.record(m.emit(code.ud2)))
        m.native.abandon()
      }
      parentPort.postMessage(caught)
    `)
    expect(await message).toBe(50)
    expect(await exit).toBe(0)
  })

  it('leave nothing behind, however they end', async () => {
    const body = `
      const n = native()
      for (let i = 0; i < 3; i++) { n.createFiber(1 << 20); n.createArena(1 << 20, 0); n.reserve(2 ** 33) }
      n.startTimer(n.context.address, 1e6)
      n.interrupt(n.context.address)
      const m = new Machine()
      m.enter(m.record(m.emit(code.loadContext, code.yieldToHost(1), code.ret)))
      if (workerData === 'stay') { parentPort.on('message', () => {}); }
      parentPort.postMessage('ready')
      if (workerData === 'exit') process.exit(3)
      if (workerData === 'trap') m.enter(m.record(m.emit(code.ud2)))
      if (workerData !== 'stay') parentPort.close()`
    const once = async (end: string): Promise<void> => {
      const { worker, exit, message } = work(body, end)
      await message
      if (end === 'stay') await worker.terminate()
      await exit
    }
    const ends = ['stay', 'exit', 'trap', 'return']
    for (const end of ends) await once(end)
    const before = mappings()
    const threads = readdirSync('/proc/self/task').length
    for (let i = 0; i < 40; i++) await once(ends[i % 4])
    // Node's own threads and heaps vary by a few; a leak of any kind would be at least 40.
    expect(mappings() - before).toBeLessThan(30)
    expect(readdirSync('/proc/self/task').length - threads).toBeLessThan(4)
    const free = native().createArena(1 << 16, 0)
    expect(free.id).toBeLessThan(4)
    native().releaseArena(free.id)
    expect(new DataView(native().context.buffer).getUint32(ExecContext.interrupt, true)).toBe(0)
  })

  it('may be terminated in the middle of their start, many at a time', async () => {
    for (let round = 0; round < 10; round++) {
      const workers = Array.from({ length: 4 }, () =>
        work(`const m = new Machine(); const record = m.record(m.emit(code.ret)); for (;;) m.enter(record)`),
      )
      await Promise.all(workers.map(({ worker }) => new Promise((resolve) => worker.once('online', resolve))))
      await new Promise((resolve) => setTimeout(resolve, round * 5))
      await Promise.all(workers.map(({ worker }) => worker.terminate()))
    }
    const m = new Machine()
    m.enter(m.record(m.emit(code.ud2)))
    m.native.abandon()
    m.close()
  })

  it('may be terminated while copies are under way', async () => {
    const file = fileURLToPath(new URL('../../native/build/windlass.node', import.meta.url))
    const text = `
      const { parentPort } = require('node:worker_threads')
      const addon = { exports: {} }
      process.dlopen(addon, ${JSON.stringify(file)})
      const sources = Array.from({ length: 4 }, () => new Uint8Array(16 << 20))
      parentPort.postMessage('copying')
      for (const source of sources) addon.exports.beginCopy(new Uint8Array(source.length), source)
      for (;;);`
    for (let round = 0; round < 10; round++) {
      const worker = new Worker(text, { eval: true })
      await new Promise((resolve) => worker.once('message', resolve))
      const end = performance.now() + round
      while (performance.now() < end);
      await worker.terminate()
    }
  })

  it('may be terminated while they load the addon', async () => {
    const file = fileURLToPath(new URL('../../native/build/windlass.node', import.meta.url))
    for (let round = 0; round < 300; round++) {
      const worker = new Worker(`process.dlopen({ exports: {} }, ${JSON.stringify(file)})`, { eval: true })
      await new Promise((resolve) => worker.once('online', resolve))
      // Loading takes some hundred microseconds, which begin some hundred after this.
      const end = performance.now() + 0.2 + (round % 100) * 0.03
      while (performance.now() < end);
      await worker.terminate()
    }
  })
})
