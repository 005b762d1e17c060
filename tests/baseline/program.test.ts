// The baseline compiler's two forms, JavaScript and the Wasm program, must give the same code, relocations, sites and frame states.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { vmctxLayout } from '#dist/tiers/abi.js'
import { BaselineCompiler } from '#dist/tiers/baseline/compiler.js'
import { HostedCompiler } from '#dist/tiers/baseline/hosted.js'
import { ProgramCompiler, programMemory } from '#dist/tiers/baseline/program/program.js'
import { relocate } from '#dist/runtime/relocate.js'
import { RELOC_WORDS, ROW_WORDS, SITE_WORDS, type CompiledFunction, type CompileEnv } from '#dist/tiers/compiled.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { ProgramFailure } from '#dist/wasm/programs.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { generateModule } from '../fuzz/generator.js'
import { Random } from '../fuzz/random.js'
import { MODERN } from '../support/listing.js'
import { RICH_MODULE } from '../support/rich-module.js'
import { scanAlways } from '../support/scan.js'

scanAlways()

const OLD = { ...MODERN, lzcnt: false, bmi1: false, bmi2: false, avx: false }
const SETTINGS = [
  { features: MODERN, bounds: 'guard', checked: false },
  { features: OLD, bounds: 'explicit', checked: true },
] as const

function envOf(bytes: Uint8Array, settings: (typeof SETTINGS)[number] = SETTINGS[0]): CompileEnv {
  const info = decodeModule(bytes)
  return { info, layout: vmctxLayout(info, Math.max(0, info.dataCount)), ...settings }
}

/** What a compiler gave, cut to what is valid of it. */
function copied(compiled: CompiledFunction): object {
  const { code, codeSize, relocs, relocCount, sites, siteCount, frames, frameWords, frameSize } = compiled
  return {
    code: Buffer.from(code.subarray(0, codeSize)).toString('hex'),
    relocs: [...relocs.subarray(0, RELOC_WORDS * relocCount)],
    sites: [...sites.subarray(0, SITE_WORDS * siteCount)],
    // As text: there are many, and a list of numbers is compared slowly.
    frames: frames.slice(0, frameWords).join(' '),
    frameSize,
  }
}

/** A failure of the program is an error here. */
function rethrow(failure: ProgramFailure): never {
  throw failure
}

/** Has the program of a memory fail at the next function: it asks for more room than any memory has. */
function damage({ program }: ReturnType<typeof memoryOfProgram>): void {
  const sound = { ...program }
  Object.assign(program, { compile: () => void sound.allocate(0x7fffffff) })
}

function memoryOfProgram(): NonNullable<ReturnType<typeof programMemory>> {
  const memory = programMemory()
  if (memory === undefined) throw new Error('the host has no WebAssembly')
  return memory
}

const TARGETS = { jumps: 2 ** 33 + 4096, jumpSize: 8, entries: 0, poll: 2 ** 33, stubSlots: 2 ** 33 + 64 } as const
/** Where a run's code is placed: it matters only to relocations. */
const PLACE = 2 ** 33 - 12_345_632

/** A module's two compilers themselves: what chooses between them would hide it if one fails. */
class Pair {
  readonly env: CompileEnv
  private readonly plain: BaselineCompiler
  private readonly byProgram: ProgramCompiler

  constructor(env: CompileEnv) {
    this.env = env
    this.plain = new BaselineCompiler(env)
    this.byProgram = new ProgramCompiler(env, memoryOfProgram())
  }

  expectSame(bytes: Uint8Array, defined: number): void {
    const { bodyStart, bodyEnd } = this.env.info
    const body = [defined, bytes, bodyStart[defined], bodyEnd[defined], bodyStart[defined]] as const
    for (const frames of [false, true]) {
      const made = copied(this.byProgram.compile(...body, frames))
      expect(made).toEqual(copied(this.plain.compile(...body, frames)))
    }
  }

  /** The same of many at once, as far as they go. */
  expectSameRuns(bytes: Uint8Array): void {
    const { bodyStart, bodyEnd, codeEnd, types } = this.env.info
    const targets = { ...TARGETS, typeIds: Uint32Array.from(types, (_, i) => 1000 + i) }
    const own = { importCall: (type: number) => PLACE + 64 * type, guardFailures: () => 0 }
    for (let first = 0; first < bodyStart.length;) {
      const start = bodyStart[first] - sizeBytes(bodyEnd[first] - bodyStart[first])
      const run = this.byProgram.compileRun(
        bytes,
        start,
        codeEnd,
        first,
        bodyStart.length - first,
        targets,
        () => PLACE,
      )
      if (run === undefined) {
        first++
        continue
      }
      expect(run.first).toBe(first)
      const code = run.code.slice()
      relocate(code, 0, PLACE, run.relocs, run.relocCount, targets, own)
      let site = 0
      for (let i = 0; i < run.count; i++, first++) {
        const [at, size, siteCount] = run.rows.subarray(ROW_WORDS * i)
        const sites = run.sites.slice(SITE_WORDS * site, SITE_WORDS * (site + siteCount))
        site += siteCount
        const made = this.plain.compile(first, bytes, bodyStart[first], bodyEnd[first], bodyStart[first], false)
        const expected = made.code.slice(0, made.codeSize)
        relocate(expected, 0, PLACE + at, made.relocs, made.relocCount, targets, own)
        expect(Buffer.from(code.subarray(at, at + size)).toString('hex')).toBe(Buffer.from(expected).toString('hex'))
        expect(sites).toEqual(made.sites.slice(0, SITE_WORDS * made.siteCount))
      }
    }
  }
}

/** Bytes of the shortest number of a body's size. */
function sizeBytes(size: number): number {
  return Math.ceil(Math.log2(size + 1) / 7)
}

function expectSame(bytes: Uint8Array): void {
  for (const settings of SETTINGS) {
    const pair = new Pair(envOf(bytes, settings))
    pair.env.info.bodyStart.forEach((_, defined) => pair.expectSame(bytes, defined))
    pair.expectSameRuns(bytes)
  }
}

describe('the program of the baseline compiler gives the same as the source in JavaScript', () => {
  const folder = new URL('../../bench/kernels/', import.meta.url)
  const kernels = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as { name: string; file: string }[]

  test.each(kernels)('kernel $name', ({ file }) => expectSame(new Uint8Array(readFileSync(new URL(file, folder)))))

  test('every section and opcode', () => expectSame(RICH_MODULE))

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('generated modules, seed %i', (seed) => {
    const random = new Random(seed)
    for (let i = 0; i < 25; i++) expectSame(generateModule(random).bytes)
  })

  test('divisions by any constant', () => {
    const random = new Random(11)
    const divisors = [1, -1, 2, -2, 3, 7, -7, 0x7fffffff, -0x7fffffff, -0x80000000, 0x80000001 | 0, 641, 0xffff]
    for (let i = 0; i < 200; i++) divisors.push(random.bits() >> random.below(31))
    const funcs = divisors.map((by) => {
      const results = ['div_u', 'div_s', 'rem_u', 'rem_s'].map((op) => `(i32.${op} (local.get 0) (i32.const ${by}))`)
      return `(func (param i32) (result i32 i32 i32 i32) ${results.join(' ')})`
    })
    expectSame(assemble(`(module ${funcs.join('\n')})`))
  })

  test('accesses at the ends of the range of addresses', () => {
    const edges = [0, 1, 0x7ffffff0, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff]
    const loads = edges.flatMap((offset) => [
      `(drop (i64.load offset=${offset} (local.get 0)))`,
      ...edges.map((at) => `(drop (i64.load offset=${offset} (i32.const ${at})))`),
    ])
    expectSame(assemble(`(module (memory 1) (func (param i32) ${loads.join('\n')}))`))
  })

  test('functions that make every buffer of the program grow', () => {
    const many = (count: number, text: (i: number) => string): string => Array.from({ length: count }, (_, i) => text(i)).join('\n') // oxfmt-ignore
    const locals = `(func ${many(3000, () => '(local i64)')} ${many(3000, (i) => `(local.set ${i} (i64.const ${i}))`)})`
    const blocks = `(func (param i32) ${many(4000, () => '(block')} ${many(4000, () => '(br_if 0 (local.get 0)))')})`
    const consts = `(func (result f64) (f64.const 0) ${many(3000, (i) => `(f64.add (f64.const ${i + 0.5}))`)})`
    const stack = `(func (param i32) ${many(2000, () => '(i32.add (local.get 0) (i32.const 1))')} ${many(2000, () => 'drop')})`
    const calls = `(func $f (param i32) ${many(3000, () => '(call $f (i32.div_u (i32.const 7) (local.get 0)))')})`
    expectSame(assemble(`(module ${locals} ${blocks} ${consts} ${stack} ${calls})`))
  })
})

test('two modules take turns', () => {
  const texts = ['(module (func) (func (result i32) i32.const 1))', '(module (global i64 (i64.const 5)) (func (param i32 f64) (result i64) global.get 0))'] // oxfmt-ignore
  const modules = texts.map((text) => assemble(text))
  const pairs = modules.map((bytes) => new Pair(envOf(bytes)))
  for (let turn = 0; turn < 4; turn++) pairs[turn & 1].expectSame(modules[turn & 1], 0)
})

test('a function with few locals and loops after one with many', () => {
  const locals = '(local i64) '.repeat(100)
  const loops = Array.from({ length: 100 }, (_, i) => `(loop (local.set ${i} (i64.const 1)))`).join(' ')
  expectSame(assemble(`(module (func ${locals} ${loops}) (func (param i32) (loop (br_if 0 (local.get 0)))) (func))`))
})

describe('what chooses between the two', () => {
  /** One small function, in a module of `size` bytes of code. */
  function moduleOf(size: number): { bytes: Uint8Array; env: CompileEnv } {
    const bytes = assemble(`(module (func (result i32) i32.const 1) (func ${'nop '.repeat(size)}))`)
    return { bytes, env: envOf(bytes) }
  }

  /** Compiles function 0, and says whether by the program, which many share. */
  function usesProgram(hosted: HostedCompiler, bytes: Uint8Array, env: CompileEnv, frames = false): boolean {
    const { bodyStart, bodyEnd } = env.info
    const body = [0, bytes, bodyStart[0], bodyEnd[0], bodyStart[0], frames, null] as const
    const made = hosted.compile(...body)
    const isProgram = made.code.buffer === memoryOfProgram().bytes.buffer
    expect(copied(made)).toEqual(copied(new BaselineCompiler(env).compile(...body)))
    return isProgram
  }

  test('takes the program for modules of any size and for frame states, but not for fuel', () => {
    const { bytes, env } = moduleOf(4000)
    const hosted = new HostedCompiler(env, rethrow)
    expect(usesProgram(hosted, bytes, env)).toBe(true)
    expect(usesProgram(hosted, bytes, env, true)).toBe(true)
    const fueled = { ...env, fuel: true }
    expect(usesProgram(new HostedCompiler(fueled, rethrow), bytes, fueled)).toBe(false)
    const small = moduleOf(100)
    expect(usesProgram(new HostedCompiler(small.env, rethrow), small.bytes, small.env)).toBe(true)
  })

  test('compiles in JavaScript what the program fails at, and the next function by a new one', () => {
    const { bytes, env } = moduleOf(4000)
    const strict = new HostedCompiler(env, rethrow)
    const failures: ProgramFailure[] = []
    const hosted = new HostedCompiler(env, (failure) => failures.push(failure))
    const memory = memoryOfProgram()
    expect(usesProgram(hosted, bytes, env)).toBe(true)
    damage(memory)
    expect(() => memory.program.compile(0, false)).toThrow(ProgramFailure)
    expect(() => usesProgram(strict, bytes, env)).toThrow(ProgramFailure)
    damage(memoryOfProgram())
    expect(usesProgram(hosted, bytes, env)).toBe(false)
    expect(failures).toHaveLength(1)
    expect(usesProgram(hosted, bytes, env)).toBe(true)
    expect(memoryOfProgram()).not.toBe(memory)
  })
})
