// The optimizing compiler's two forms, JavaScript and the Wasm program, must give the same code, relocations, sites and inline trees.
import { describe, expect, test } from 'vitest'
import { optimizerProgram } from '#dist/runtime/own-programs.js'
import { BaselineCompiler } from '#dist/tiers/baseline/compiler.js'
import { OptimizingCompiler } from '#dist/tiers/optimizing/compiler.js'
import { HostedOptimizer } from '#dist/tiers/optimizing/hosted.js'
import { ProgramOptimizer, type OptimizerProgram } from '#dist/tiers/optimizing/program/program.js'
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
})
