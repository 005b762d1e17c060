// The engine's own programs as machine code: they do what the host's WebAssembly does with the same program, and an image that
// does not fit is not used.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { largeFunction } from '#dist/bench/large-function.js'
import { native } from '#dist/runtime/native.js'
import { digestOf } from '#dist/runtime/code-identity.js'
import { engineProgram, instantiateProgram, loadProgram, type LoadedProgram } from '#dist/runtime/own-programs.js'
import { readProgram, TABLE_FREE, writeProgram } from '#dist/runtime/program-image.js'
import { linkProgram } from '#dist/runtime/program-link.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { WasmError } from '#dist/wasm/error.js'
import { FunctionFacts } from '#dist/wasm/facts.js'
import { programCode } from '#dist/tiers/baseline/program/code.js'
import { ENGINE_DIGEST } from '#dist/tiers/baseline/program/digest.gen.js'
import type { EngineProgram } from '#dist/tiers/baseline/program/program.js'
import { ProgramFailure, startInHost } from '#dist/wasm/programs.js'
import { ScanMemory } from '#dist/wasm/scan/memory.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { FunctionValidator } from '#dist/wasm/validator.js'
import { generateModule } from '../fuzz/generator.js'
import { mutate } from '../fuzz/mutate.js'
import { Random } from '../fuzz/random.js'
import { RICH_MODULE } from '../support/rich-module.js'

const code = programCode()
const digest = digestOf(code)
const { features } = native()

function own(): EngineProgram {
  const program = engineProgram(false)
  if (program === undefined) throw new Error('no image: npm run build')
  return program
}

const [host, ours] = [new ScanMemory(startInHost<EngineProgram>(code)), new ScanMemory(own())]

/** All that a validator finds out about a module's bodies. */
function findings(bytes: Uint8Array, memory: ScanMemory): unknown[] {
  const found: unknown[] = []
  try {
    const info = decodeModule(bytes)
    const validator = new FunctionValidator(info, memory)
    const facts = new FunctionFacts()
    const count = info.bodyStart.length
    if (count > 0) found.push(validator.validateRun(bytes, info.bodyStart[0] - 1, info.codeEnd, 0, count))
    info.bodyStart.forEach((start, defined) => {
      validator.validate(defined, bytes, start, info.bodyEnd[defined], start, facts)
      const { localCount, loopCount, localWeight, loopUsedLo, loopAssignedHi, maxHeight } = facts
      found.push(
        [...localWeight.subarray(0, localCount)],
        [...loopUsedLo.subarray(0, loopCount), ...loopAssignedHi.subarray(0, loopCount), maxHeight],
      )
    })
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
    found.push(error.message, error.offset)
  }
  return found
}

describe('the program as machine code', () => {
  it('finds in programs what the host finds', () => {
    const directory = new URL('../programs/wasi/', import.meta.url)
    const files = readdirSync(directory).filter((name) => name.endsWith('.wasm'))
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) {
      const bytes = new Uint8Array(readFileSync(new URL(file, directory)))
      expect(findings(bytes, ours)).toEqual(findings(bytes, host))
    }
  })

  it('finds in generated modules, valid and not, what the host finds', () => {
    for (let seed = 0; seed < 150; seed++) {
      const random = new Random(seed)
      const bytes = seed % 3 === 0 ? RICH_MODULE : generateModule(random).bytes
      for (const each of [bytes, mutate(bytes, random)]) expect(findings(each, ours)).toEqual(findings(each, host))
    }
  })

  it('has a memory that grows', () => {
    const bytes = largeFunction(3_000_000, 1)
    const memory = new ScanMemory(own())
    const before = memory.bytes.length
    expect(findings(bytes, memory)).toEqual(findings(bytes, host))
    expect(memory.bytes.length).toBeGreaterThan(before)
  })
})

describe('an image', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'windlass-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  let files = 0

  /** What comes of an image that is a file of these bytes. */
  function load(bytes: Uint8Array, program = digest): LoadedProgram | undefined {
    const file = path.join(directory, `${files++}.wlprog`)
    writeFileSync(file, bytes)
    return loadProgram(file, program)
  }

  function start(program: Uint8Array): LoadedProgram {
    const loaded = load(writeProgram(linkProgram(program, features), digest, features))
    if (loaded === undefined) throw new Error('no image')
    return loaded
  }

  const parts = linkProgram(code, features)
  const image = writeProgram(parts, digest, features)

  it('gives what was written', () => {
    const { code: read, ...rest } = readProgram(image.slice().buffer, features) ?? parts
    const { code: written, ...others } = parts
    expect(rest).toEqual(others)
    expect(read.subarray(TABLE_FREE)).toEqual(written.subarray(TABLE_FREE))
  })

  it('of the engine is for its program', () => {
    expect(Buffer.from(digest).toString('hex')).toBe(ENGINE_DIGEST)
  })

  it.each([
    ['for another program', (): unknown => load(image, digest.toReversed())],
    ['for another CPU', (): unknown => load(writeProgram(parts, digest, { ...features, bmi2: !features.bmi2 }))],
    ['cut off', (): unknown => load(image.subarray(0, image.length - 1))],
    ['longer', (): unknown => load(Buffer.concat([image, Buffer.from(' ')]))],
    ['cut off in its first page', (): unknown => load(image.subarray(0, 100))],
    ['nearly empty', (): unknown => load(image.subarray(0, 9))],
    ['empty', (): unknown => load(image.subarray(0, 0))],
    ['with a damaged description', (): unknown => load(image.with(image.length - 1, 0))],
    ['described otherwise', (): unknown => load(image.with(image.lastIndexOf(0x31), 0x32))],
    ['with a wrong size of its code', (): unknown => load(image.with(47, 0xff))],
    ['of another version', (): unknown => load(image.with(7, 0))],
    ['a directory', (): unknown => loadProgram(directory, digest)],
    ['missing', (): unknown => loadProgram(path.join(directory, 'none'), digest)],
  ])('%s is not used', (_, read) => {
    expect(read()).toBeUndefined()
  })

  it('is made only of programs that stand for themselves', () => {
    for (const text of [
      '(import "a" "b" (func)) (memory 1)',
      '(func)',
      '(memory 1) (table 1 funcref)',
      '(memory 1) (func (export "f") (param i64))',
      '(memory 1) (func (export "f") (param i32 i32 i32))',
    ]) {
      expect(() => linkProgram(assemble(`(module ${text})`), features)).toThrow(/a program/)
    }
  })

  it('keeps data, globals, results and what C functions preserve', () => {
    const program = assemble(`(module (memory (export "memory") 1) (global $g (mut i32) (i32.const -7))
      (data (i32.const 8) "abc")
      (func $h (param i32) (result i32) (memory.fill (i32.const 64) (i32.const 5) (local.get 0)) (i32.load8_u (i32.const 66)))
      (func (export "f") (param i32 i32) (result i32)
        (i32.add (global.get $g) (i32.sub (call $h (local.get 0)) (local.get 1))))
      (func (export "none") (global.set $g (i32.const 1)))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`)
    const made = start(program)
    const { memory, f, none, grow } = instantiateProgram(made) as {
      memory: { buffer: ArrayBuffer }
      f: (a: number, b: number) => number
      none: () => void
      grow: (pages: number) => number
    }
    expect(f(3, 10)).toBe(-12)
    none()
    expect(f(0, 0)).toBe(6)
    expect(Buffer.from(memory.buffer, 8, 3).toString()).toBe('abc')
    const { buffer } = memory
    expect([grow(2), memory.buffer.byteLength, buffer.byteLength]).toEqual([1, 3 << 16, 0])
    expect(Buffer.from(memory.buffer, 64, 4)).toEqual(Buffer.from([5, 5, 5, 0]))
    const other = instantiateProgram(made) as unknown as { f(a: number, b: number): number }
    expect(other.f(0, 1)).toBe(-8)
  })

  it('may trap: the call fails, and the next one does not', () => {
    const program = assemble(`(module (memory (export "memory") 1 3) (global $g (mut i32) (i32.const 0))
      (func $start (global.set $g (i32.const 3)))
      (start $start)
      (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const -12) (local.get 0)))
      (func (export "fail") (unreachable))
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "copy") (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const 1000)))
      (func (export "init") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0)))
      (data (i32.const 0) "x")
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "size") (result i32) (i32.add (memory.size) (global.get $g))))`)
    const made = instantiateProgram(start(program)) as unknown as Record<
      'divide' | 'fail' | 'load' | 'copy' | 'init' | 'grow' | 'size',
      (a?: number, b?: number) => number
    > & { memory: { buffer: ArrayBuffer } }
    for (let turn = 0; turn < 3; turn++) {
      expect(made.divide(5)).toBe(-2)
      expect(() => made.divide(0)).toThrow(ProgramFailure)
      expect(() => made.fail()).toThrow(ProgramFailure)
      expect(() => made.load(-4)).toThrow(ProgramFailure)
      expect(() => made.copy(0, -500)).toThrow(ProgramFailure)
      expect(() => made.init()).toThrow(ProgramFailure)
    }
    expect([made.size(), made.grow(1), made.size(), made.grow(2), made.grow(-1), made.size()]).toEqual([
      4, 1, 5, -1, -1, 5,
    ])
    expect(made.memory.buffer.byteLength).toBe(2 << 16)
    for (const [to, from] of [
      [100, 0],
      [0, 100],
      [7, 5000],
      [5000, 7],
    ]) {
      const bytes = new Uint8Array(made.memory.buffer).fill(0)
      for (let i = 0; i < bytes.length; i++) bytes[i] = i % 251
      const expected = bytes.slice()
      expected.copyWithin(to, from, from + 1000)
      made.copy(to, from)
      expect(Buffer.from(bytes).equals(expected)).toBe(true)
    }
  })

  it('has its memory as long as any of its functions', async () => {
    const program = assemble(
      '(module (memory 1) (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))',
    )
    const { f } = instantiateProgram(start(program)) as unknown as { f: (a: number) => number }
    for (let turn = 0; turn < 3; turn++) {
      native().collectGarbage()
      // oxlint-disable-next-line no-await-in-loop -- registries of finalization are called between turns
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(f(8)).toBe(0)
  })

  it('has several instances, each with its own memory', () => {
    const made = start(
      assemble(`(module (memory 1) (data (i32.const 4) "a")
        (func (export "add") (result i32) (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1))) (i32.load (i32.const 4))))`),
    )
    const [one, other] = [0, 1].map(() => instantiateProgram(made, 1 << 16) as unknown as { add(): number })
    expect([one.add(), one.add(), other.add()]).toEqual([98, 99, 98])
  })

  it('stays as it is when it is run', () => {
    const file = path.join(directory, 'same.wlprog')
    writeFileSync(file, image)
    expect(loadProgram(file, digest)).toBeDefined()
    expect(readFileSync(file).equals(image)).toBe(true)
  })
})
