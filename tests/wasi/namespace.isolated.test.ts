// WASI with the WebAssembly namespace and with the runtime's own classes: programs with streams of the embedder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Engine, Instance, Module, Store, WebAssembly } from '#dist/api/index.js'
import { Wasi, WasiSetupError } from '#dist/wasi/index.js'
import { assemble } from '#dist/wasm/text/assemble.js'

const program = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../programs/wasi/${name}.wasm`, import.meta.url)))

class Collect {
  text = ''
  private readonly decoder = new TextDecoder()

  write(bytes: Uint8Array): void {
    this.text += this.decoder.decode(bytes, { stream: true })
  }
}

test('a program on the namespace', async () => {
  const stdout = new Collect()
  const stderr = new Collect()
  const wasi = new Wasi({ args: ['me', '3'], env: { A: '1' }, stdout, stderr })
  const { instance } = await WebAssembly.instantiate(program('args'), wasi.getImportObject())
  expect(wasi.start(instance)).toBe(3)
  expect(stdout.text).toBe('arg 0: me\narg 1: 3\nenv: A=1\n')
  expect(stderr.text).toBe('to stderr\n')
})

test('a program on the runtime, with a source of input', () => {
  const stdout = new Collect()
  const input = new TextEncoder().encode('some input\n'.repeat(5000))
  let at = 0
  const stdin = {
    read(into: Uint8Array): number {
      const count = Math.min(into.length, input.length - at)
      into.set(input.subarray(at, at + count))
      at += count
      return count
    },
  }
  const wasi = new Wasi({ stdin, stdout, stderr: new Collect() })
  const store = new Store(new Engine())
  const module = new Module(store.engine, program('cat'))
  const find = wasi.importsFor(store)
  const imports = module.info.imports.map((each) => {
    const func = find(each.module, each.name)
    if (func === undefined) throw new Error(`no ${each.name}`)
    return func
  })
  expect(find('wasi_snapshot_preview1', 'fd_write')).toBe(find('wasi_snapshot_preview1', 'fd_write'))
  expect(find('wasi_snapshot_preview1', 'nope')).toBeUndefined()
  expect(find('env', 'fd_write')).toBeUndefined()
  expect(wasi.start(new Instance(store, module, imports))).toBe(0)
  expect(stdout.text).toBe('some input\n'.repeat(5000))
})

test('an exception of the embedder reaches the embedder', async () => {
  const failure = new Error('disk full')
  const stdout = {
    write(): void {
      throw failure
    },
  }
  const wasi = new Wasi({ stdout })
  const { instance } = await WebAssembly.instantiate(program('hello'), wasi.getImportObject())
  expect(() => wasi.start(instance)).toThrow(failure)
})

test('what cannot be set up says so', async () => {
  expect(() => new Wasi({ preopens: [{ host: '/no/such/place', guest: '/' }] })).toThrow(WasiSetupError)
  expect(() => new Wasi({ args: ['a\0b'] })).toThrow(/NUL/)
  const { instance } = await WebAssembly.instantiate(assemble('(module)'))
  expect(() => new Wasi().start(instance)).toThrow(/_start/)
  expect(new Wasi().initialize(instance)).toBe(0)
})

test('wasi_unstable: whence and the layout of filestat are the old ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'windlass-unstable-'))
  writeFileSync(join(folder, 'f'), 'hello')
  const source = `(module
    (import "wasi_unstable" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
    (import "wasi_unstable" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_unstable" "fd_filestat_get" (func $stat (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "f")
    (func (export "end") (result i32)
      (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)
        (i64.const -1) (i64.const 0) (i32.const 0) (i32.const 8)))
      ;; 1 is END here, SET in the later version
      (drop (call $seek (i32.load (i32.const 8)) (i64.const 0) (i32.const 1) (i32.const 16)))
      (drop (call $stat (i32.load (i32.const 8)) (i32.const 64)))
      (i32.add (i32.mul (i32.load (i32.const 16)) (i32.const 100))
        (i32.add (i32.mul (i32.load (i32.const 84)) (i32.const 10)) (i32.load (i32.const 88))))))`
  const wasi = new Wasi({ preopens: [{ host: folder, guest: '/' }] })
  const { instance } = await WebAssembly.instantiate(assemble(source), wasi.getImportObject())
  wasi.initialize(instance)
  const end = instance.exports['end']
  // offset 5, one link, size 5
  expect(typeof end === 'function' && end()).toBe(515)
  wasi.close()
  rmSync(folder, { recursive: true })
})
