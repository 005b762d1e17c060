// Code images and the cache: what comes back runs, what is damaged or foreign is refused before it runs.
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { CodeCache } from '#dist/runtime/code-cache.js'
import { codeIdentity, digestOf } from '#dist/runtime/code-identity.js'
import { CodeImage, ImageBuilder, ImageError } from '#dist/runtime/code-image.js'
import { Engine } from '#dist/runtime/engine.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { assemble } from '#dist/wasm/text/assemble.js'

/** Direct and indirect calls, a trap, a memory, a function that is never called: every kind of relocation. */
const SOURCE = `(module
  (type $unary (func (param i32) (result i32)))
  (memory 1)
  (table 2 funcref)
  (elem (i32.const 0) $double $never)
  (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $never (type $unary) (i32.add (local.get 0) (i32.const 7)))
  (func $sum (param $n i32) (result i32) (local $s i32)
    (loop $next
      (local.set $s (i32.add (local.get $s) (call $double (local.get $n))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "run") (param i32) (result i32)
    (i32.store (i32.const 8) (call $sum (local.get 0)))
    (call_indirect (type $unary) (i32.load (i32.const 8)) (i32.const 0)))
  (func (export "other") (result i32) (call $never (i32.const 1)))
  (func (export "trap") (result i32) (i32.load (i32.const -1))))`

const bytes = assemble(SOURCE)
const engine = new Engine({ tier: 'baseline' })
const NO_MODULE = new Uint8Array(0)

function exported(module: Module, name: string): (...args: unknown[]) => unknown {
  const func = new Instance(new Store(engine), module, []).getFunc(name)
  if (func === undefined) throw new Error(`no export ${name}`)
  return func.callable
}

/** The code of `run` and what it calls. */
function record(): { module: Module; builder: ImageBuilder } {
  const module = new Module(engine, bytes)
  const builder = module.record()
  expect(exported(module, 'run')(4)).toBe(40)
  return { module, builder }
}

function imageBytes(withModule = false): Uint8Array {
  const { module, builder } = record()
  const { functionCount } = module.code
  return builder.finish(codeIdentity(engine), digestOf(bytes), functionCount, withModule ? bytes : NO_MODULE, digestOf)
}

function read(image: Uint8Array, identity = codeIdentity(engine)): CodeImage {
  return CodeImage.read(image, identity, digestOf)
}

describe('images', () => {
  it('bring code back that runs, and compile only what they lack', () => {
    const image = read(imageBytes())
    expect([image.functions, image.stored, image.isOf(digestOf(bytes))]).toEqual([6, 3, true])
    const module = Module.withCode(engine, bytes, image)
    expect(exported(module, 'run')(5)).toBe(60)
    expect(module.newCodeBytes).toBe(0)
    expect(exported(module, 'other')()).toBe(8)
    expect(module.newCodeBytes).toBeGreaterThan(0)
    expect(exported(module, 'trap')).toThrow('memory access out of bounds')
  })

  it('carry their module when asked', () => {
    const image = read(imageBytes(true))
    expect(image.module).toEqual(bytes)
    expect(exported(Module.withCode(engine, image.module, image), 'run')(3)).toBe(24)
  })

  it('are recorded again from an image, with what was not called this time', () => {
    const module = Module.withCode(engine, bytes, read(imageBytes()))
    module.record()
    expect(exported(module, 'other')()).toBe(8)
    const all = module.allCode().finish(codeIdentity(engine), digestOf(bytes), 6, NO_MODULE, digestOf)
    expect(read(all).stored).toBe(5)
  })

  it('remember what optimizing would have saved, until it is another time', () => {
    const { module, builder } = record()
    builder.remember(0, 1234)
    builder.remember(1, 9)
    const image = read(builder.finish(codeIdentity(engine), digestOf(bytes), 6, NO_MODULE, digestOf))
    expect([image.saving(0), image.has(1), image.saving(2)]).toEqual([1234, false, 0])
    const again = Module.withCode(engine, bytes, image)
    const all = read(again.allCode().finish(codeIdentity(engine), digestOf(bytes), 6, NO_MODULE, digestOf))
    expect(all.saving(0)).toBe(1234)
    expect(module.knownSaving).toBe(0)
    expect(exported(again, 'run')(1)).toBe(4)
    expect(again.knownSaving).toBeCloseTo(1.234)
  })

  it('of another version of the format are said to be so', () => {
    const other = imageBytes()
    other[7]++
    expect(() => read(other)).toThrow('it was compiled by another version of Windlass')
  })

  it('are refused when a byte is wrong, wherever it is, and when cut off', () => {
    const good = imageBytes()
    for (let at = 8; at < good.length; at += 11) {
      const bad = good.slice()
      bad[at] ^= 1
      expect(() => read(bad)).toThrow(ImageError)
    }
    for (const length of [8, 100, 128, good.length - 8]) {
      expect(() => read(good.subarray(0, length))).toThrow(ImageError)
    }
  })

  it('are refused by another engine', () => {
    const other = codeIdentity(new Engine({ tier: 'baseline', checked: true }))
    expect(() => read(imageBytes(), other)).toThrow(/another build/)
    expect(() => read(new Uint8Array(200))).toThrow(/not compiled code/)
  })
})

describe('the cache', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'windlass-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const keep = (cache: CodeCache): boolean => {
    const { module, builder } = record()
    return cache.keep(bytes, module.code.functionCount, builder) === undefined
  }

  it('gives back what it was given, for the same module only', () => {
    const cache = new CodeCache(engine, join(directory, 'deep', 'down'))
    expect(cache.find(bytes)).toBeUndefined()
    expect(keep(cache)).toBe(true)
    expect(cache.find(bytes)?.stored).toBe(3)
    expect(cache.find(assemble('(module)'))).toBeUndefined()
  })

  it('passes over a damaged file, and one under a wrong name', () => {
    const cache = new CodeCache(engine, directory)
    keep(cache)
    const [name] = readdirSync(directory)
    const file = join(directory, name)
    const good = readFileSync(file)
    writeFileSync(file, good.subarray(0, good.length / 2))
    expect(cache.find(bytes)).toBeUndefined()
    const wrong = Buffer.from(good)
    wrong[70] ^= 1
    writeFileSync(file, wrong)
    expect(cache.find(bytes)).toBeUndefined()
  })

  it('removes what was not used for longest', () => {
    keep(new CodeCache(engine, directory))
    const [name] = readdirSync(directory)
    const { length } = readFileSync(join(directory, name))
    for (const [age, old] of ['a.wlcode', 'b.wlcode'].entries()) {
      writeFileSync(join(directory, old), new Uint8Array(length))
      utimesSync(join(directory, old), 1000 + age, 1000 + age)
    }
    keep(new CodeCache(engine, directory, 2.5 * length))
    expect(readdirSync(directory).toSorted()).toEqual([name, 'b.wlcode'].toSorted())
  })

  it('does nothing where it cannot write', () => {
    writeFileSync(join(directory, 'file'), '')
    const cache = new CodeCache(engine, join(directory, 'file', 'below'))
    expect(keep(cache)).toBe(false)
    expect(cache.find(bytes)).toBeUndefined()
  })
})
