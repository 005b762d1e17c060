// The optimizing compiler's two forms, JavaScript and the Wasm program, must give the same code, relocations, sites and inline trees.
import { describe, expect, test } from 'vitest'
import { optimizerProgram } from '#dist/runtime/own-programs.js'
import { BaselineCompiler } from '#dist/tiers/baseline/compiler.js'
import { OptimizingCompiler } from '#dist/tiers/optimizing/compiler.js'
import { HostedOptimizer } from '#dist/tiers/optimizing/hosted.js'
import { MAX_BODY } from '#dist/tiers/optimizing/limits.js'
import type { OptimizingOptions } from '#dist/tiers/optimizing/options.js'
import { ProgramInstance, type OptimizerProgram } from '#dist/tiers/optimizing/program/instance.js'
import { ProgramOptimizer } from '#dist/tiers/optimizing/program/program.js'
import { OptimizerRecord } from '#dist/tiers/optimizing/program/record.js'
import { ProgramFailure, startInHost } from '#dist/wasm/programs.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { generateModule } from '#dist/tests/fuzz/generator.js'
import { Random } from '#dist/tests/fuzz/random.js'
import { BothForms, copied, envOf, MACHINES } from '#dist/tests/support/both-forms.js'
import { programBytes } from '../support/optimizer-program.js'
import { RICH_MODULE } from '../support/rich-module.js'

const wasm = programBytes()

/** The program as machine code and in the host: an error of our own compiler is not one of the program. */
const SOURCES = [
  ['as machine code', optimizerProgram],
  ['in the host', (): OptimizerProgram | undefined => startInHost<OptimizerProgram>(wasm)],
] as const

function noFailure(failure: ProgramFailure): never {
  throw failure
}

describe.each(SOURCES)('the program %s gives the code of the JavaScript compiler', (_, source) => {
  test.each(MACHINES)('for what all opcodes do, %o', (machine) => {
    expect(new BothForms(RICH_MODULE, machine, source).all()).toBeUndefined()
  })

  test.each(MACHINES)('for modules of the fuzzer, %o', (machine) => {
    for (let seed = 1; seed <= 25; seed++) {
      const { bytes } = generateModule(new Random(seed))
      expect([seed, new BothForms(bytes, machine, source).all()]).toEqual([seed, undefined])
    }
  })
})

describe('the hosted compiler', () => {
  const bytes = assemble('(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 3))))')
  const env = envOf(bytes, MACHINES[0])
  const { bodyStart, bodyEnd } = env.info
  const body = [0, bytes, bodyStart[0], bodyEnd[0], bodyStart[0]] as const
  const plain = copied(new OptimizingCompiler(env, new BaselineCompiler(env)).compile(...body, false))

  test('asks the program, and counts as the JavaScript compiler does', () => {
    let started = 0
    const source = (): OptimizerProgram | undefined => {
      started++
      return optimizerProgram()
    }
    ProgramOptimizer.drop()
    const hosted = new HostedOptimizer(env, new BaselineCompiler(env), {}, source, noFailure)
    expect(copied(hosted.compile(...body, false))).toEqual(plain)
    expect(started).toBe(1)
    expect(hosted.stats.functions).toBe(1)
    expect(hosted.stats.bytes).toBe(bodyEnd[0] - bodyStart[0])
  })

  test('does without one', () => {
    ProgramOptimizer.drop()
    const hosted = new HostedOptimizer(env, new BaselineCompiler(env), {}, () => undefined, noFailure)
    expect(copied(hosted.compile(...body, false))).toEqual(plain)
  })

  test('goes on in JavaScript when the program fails, and with a new instance afterwards', () => {
    ProgramOptimizer.drop()
    const failures: ProgramFailure[] = []
    let started = 0
    const source = (): OptimizerProgram | undefined => {
      const program = optimizerProgram()
      if (program === undefined || started++ > 0) return program
      const lower = (): never => {
        throw new ProgramFailure('a program of the engine has failed')
      }
      return { ...program, memory: program.memory, lower }
    }
    const hosted = new HostedOptimizer(env, new BaselineCompiler(env), {}, source, (each) => void failures.push(each))
    expect(copied(hosted.compile(...body, false))).toEqual(plain)
    expect(copied(hosted.compile(...body, false))).toEqual(plain)
    expect([failures.length, started]).toEqual([1, 2])
  })

  describe('with a function beyond a limit', () => {
    const ADD = '(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 3)))'
    const refusals: string[] = []
    const counts = { started: 0, released: 0 }

    /** Which tier compiles each function; what is started and said is kept. */
    function tiers(functions: string, options: OptimizingOptions = {}): string[] {
      ProgramOptimizer.drop()
      refusals.length = counts.started = counts.released = 0
      const source = (): OptimizerProgram | undefined => {
        const program = optimizerProgram()
        if (program === undefined) return undefined
        counts.started++
        const release = (): void => {
          counts.released++
          program.release?.()
        }
        return { ...program, memory: program.memory, release }
      }
      const code = assemble(`(module ${functions})`)
      const { info, ...rest } = envOf(code, MACHINES[0])
      const onRefusal = (_: number, reason: string): void => void refusals.push(reason)
      const hosted = new HostedOptimizer(
        { info, ...rest },
        new BaselineCompiler({ info, ...rest }),
        { ...options, onRefusal },
        source,
        () => undefined,
      )
      const each = (start: number, i: number): string =>
        hosted.compile(i, code, start, info.bodyEnd[i], start, false).tier
      return Array.from(info.bodyStart, each)
    }

    test('JavaScript says which it is, and a new instance compiles the next', () => {
      const nest = `(func (param i32) ${'loop '.repeat(129)} ${'local.get 0 br_if 0 end '.repeat(129)})`
      expect(tiers(`${ADD} ${nest} ${ADD}`)).toEqual(['optimizing', 'baseline', 'optimizing'])
      expect(refusals).toEqual(['it has 129 loops in each other, the limit is 128'])
      expect(counts).toEqual({ started: 2, released: 1 })
    })

    test('the program is not asked about a body that is too large', () => {
      const large = `(func ${'i64.const -9223372036854775808 drop '.repeat(Math.ceil(MAX_BODY / 12))})`
      expect(tiers(`${ADD} ${large} ${ADD}`)).toEqual(['optimizing', 'baseline', 'optimizing'])
      expect(refusals).toEqual([expect.stringMatching(`bytes, the limit is ${MAX_BODY}$`)])
      expect(counts).toEqual({ started: 1, released: 0 })
    })

    test('one that takes too long is given up between passes', () => {
      let now = 0
      const clock = (): number => (now += 40_000)
      expect(tiers(ADD, { clock })).toEqual(['baseline'])
      expect(refusals).toEqual(['it has 40000 milliseconds behind it, the limit is 30000'])
    })
  })

  test('begins with a new instance when many modules have left theirs behind', () => {
    ProgramOptimizer.drop()
    let started = 0
    let released = 0
    const source = (): OptimizerProgram | undefined => {
      const program = optimizerProgram()
      if (program === undefined) return undefined
      started++
      const release = (): void => {
        released++
        program.release?.()
        expect(program.memory.buffer.byteLength).toBe(0)
      }
      return { ...program, memory: program.memory, release }
    }
    const size = 3 << 20
    // A custom section in front of the code, of which the program has a copy: its size is four bytes as LEB128.
    const section = new Uint8Array(5 + size)
    section.set([0, (size & 127) | 128, ((size >> 7) & 127) | 128, ((size >> 14) & 127) | 128, size >> 21])
    const small = assemble('(module (func (result i32) (i32.const 1)))')
    const large = new Uint8Array(Buffer.concat([small.subarray(0, 8), section, small.subarray(8)]))
    const machine = MACHINES[0]
    for (let i = 0; i < 12; i++) {
      const copy = envOf(large, machine)
      const hosted = new HostedOptimizer(copy, new BaselineCompiler(copy), {}, source, noFailure)
      const at = copy.info.bodyStart[0]
      expect(hosted.compile(0, large, at, copy.info.bodyEnd[0], at, false).tier).toBe('optimizing')
    }
    expect([started > 1, started < 6, released]).toEqual([true, true, started - 1])
  })
})

describe('an instance of the program', () => {
  /** A function that asks how often another one is called, one that does not, and others of so many bytes. */
  const source = (others: number): string => `(module
    (func (param i32) (result i32) (call 2 (local.get 0)))
    (func (result i32) (i32.const 1))
    (func (param i32) (result i32) ${'(local.set 0 (i32.mul (local.get 0) (local.get 0)))'.repeat(18)} (local.get 0))
    ${`(func ${'(drop (i32.const 1))'.repeat(1000)})`.repeat(others / 3000)})`

  test.each([
    [30_000, [true, true, true]],
    [90_000, [false, false, true]],
  ])('is swift in a module of %i bytes when calls need not be counted any more', (others, expected) => {
    const program = optimizerProgram()
    if (program === undefined) throw new Error('there is no program')
    const instance = new ProgramInstance(program)
    const bytes = assemble(source(others))
    const record = new OptimizerRecord(envOf(bytes, MACHINES[0]))
    const seen = [instance.isSwift(record)]
    instance.describe(record, bytes)
    instance.fill()
    for (const defined of [1, 0]) {
      instance.request(defined, -1, 0, new Int32Array(0))
      program.translate()
      seen.push(instance.isSwift(record))
    }
    expect(seen).toEqual(expected)
    program.release?.()
  })
})
