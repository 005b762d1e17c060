// The optimizing compiler's two forms, JavaScript and the Wasm program, must give the same code, relocations, sites and inline trees.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { optimizerProgram } from '#dist/runtime/own-programs.js'
import { vmctxLayout } from '#dist/tiers/abi.js'
import { BaselineCompiler } from '#dist/tiers/baseline/compiler.js'
import { INLINE_WORDS, RELOC_WORDS, SITE_WORDS, type CompiledFunction, type CompileEnv } from '#dist/tiers/compiled.js'
import { FEEDBACK_WORDS, NO_FEEDBACK } from '#dist/tiers/feedback.js'
import { OptimizingCompiler } from '#dist/tiers/optimizing/compiler.js'
import { HostedOptimizer } from '#dist/tiers/optimizing/hosted.js'
import { ProgramOptimizer, type OptimizerProgram } from '#dist/tiers/optimizing/program/program.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { FunctionFacts } from '#dist/wasm/facts.js'
import { Op } from '#dist/wasm/opcodes.js'
import { ProgramFailure, startInHost } from '#dist/wasm/programs.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { validateBody } from '#dist/wasm/validator.js'
import { Cursor } from '#dist/tiers/optimizing/translate/cursor.js'
import { generateModule } from '../fuzz/generator.js'
import { Random } from '../fuzz/random.js'
import { MODERN } from '../support/listing.js'
import { RICH_MODULE } from '../support/rich-module.js'

const OLD = { ...MODERN, lzcnt: false, bmi1: false, bmi2: false, avx: false, jumpErratum: !MODERN.jumpErratum }
const SETTINGS = [
  { features: MODERN, bounds: 'guard', checked: false },
  { features: OLD, bounds: 'explicit', checked: true },
] as const

const wasm = new Uint8Array(readFileSync(new URL('../../tiers/optimizing/program/program.wasm', import.meta.url)))

/** The program as machine code and in the host: an error of our own compiler is not one of the program. */
const SOURCES = [
  ['as machine code', optimizerProgram],
  ['in the host', (): OptimizerProgram | undefined => startInHost<OptimizerProgram>(wasm)],
] as const

type Env = CompileEnv & { readonly moduleBytes: () => Uint8Array }

function envOf(bytes: Uint8Array, settings: (typeof SETTINGS)[number]): Env {
  const info = decodeModule(bytes)
  return { info, layout: vmctxLayout(info, Math.max(0, info.dataCount)), ...settings, moduleBytes: () => bytes }
}

/** What a compiler gave, cut to what is valid of it. */
function copied(compiled: CompiledFunction): object {
  const { code, codeSize, relocs, relocCount, sites, siteCount, inlines, inlineCount, frameSize } = compiled
  return {
    code: Buffer.from(code.subarray(0, codeSize)).toString('hex'),
    relocs: [...relocs.subarray(0, RELOC_WORDS * relocCount)],
    sites: [...sites.subarray(0, SITE_WORDS * siteCount)],
    inlines: [...inlines.subarray(0, INLINE_WORDS * inlineCount)],
    frameSize,
  }
}

/** Offsets in the module of a body's `loop` and `call` opcodes, with what is called. */
function places({ info }: Env, bytes: Uint8Array, defined: number): { loops: number[]; calls: [number, number][] } {
  const cursor = new Cursor()
  const loops: number[] = []
  const calls: [number, number][] = []
  cursor.bytes = bytes
  cursor.pos = info.bodyStart[defined]
  cursor.skipLocals()
  while (cursor.pos < info.bodyEnd[defined]) {
    const at = cursor.pos
    const op = cursor.opcode()
    if (op === Op.Loop) loops.push(at)
    const before = cursor.pos
    cursor.skipImmediates(op)
    if (op !== Op.Call) continue
    const end = cursor.pos
    cursor.pos = before
    const callee = cursor.u32() - info.importedFuncs
    cursor.pos = end
    if (callee >= 0) calls.push([at, callee])
  }
  return { loops, calls }
}

/** Feedback as if each call of a defined function had been seen often. */
function feedbackOf(calls: readonly [number, number][]): Int32Array {
  const feedback = new Int32Array(calls.length * FEEDBACK_WORDS)
  calls.forEach(([at, callee], i) => feedback.set([at, callee, 100 - (i % 50)], i * FEEDBACK_WORDS))
  return feedback
}

function noFailure(failure: ProgramFailure): never {
  throw failure
}

class Pair {
  private readonly env: Env
  private readonly bytes: Uint8Array
  private readonly plain: OptimizingCompiler
  private readonly byProgram: ProgramOptimizer
  private readonly facts = new FunctionFacts()

  constructor(bytes: Uint8Array, settings: (typeof SETTINGS)[number], source: () => OptimizerProgram | undefined) {
    this.bytes = bytes
    this.env = envOf(bytes, settings)
    this.plain = new OptimizingCompiler(this.env, new BaselineCompiler(this.env), { strict: true })
    this.byProgram = new ProgramOptimizer(this.env, source)
  }

  private expectSame(defined: number, loop: number, feedback: Int32Array): void {
    const { bodyStart, bodyEnd } = this.env.info
    const body = [defined, this.bytes, bodyStart[defined], bodyEnd[defined], bodyStart[defined]] as const
    validateBody(this.env.info, ...body, this.facts)
    const wanted = this.plain.tryCompile(...body, false, null, { loop, feedback })
    const compile = (): CompiledFunction | undefined =>
      this.byProgram.compile(defined, loop, this.facts.maxHeight, feedback, () => undefined)
    if ('refused' in wanted) {
      expect(compile).toThrow(ProgramFailure)
      ProgramOptimizer.drop()
      return
    }
    const copy = copied(wanted)
    const made = compile()
    expect(made === undefined ? made : copied(made)).toEqual(copy)
  }

  /** Every function: whole, entered at each of its loops, and with feedback. */
  all(): void {
    const { bodyStart } = this.env.info
    for (let defined = 0; defined < bodyStart.length; defined++) {
      this.expectSame(defined, -1, NO_FEEDBACK)
      const { loops, calls } = places(this.env, this.bytes, defined)
      for (const loop of loops) this.expectSame(defined, loop, NO_FEEDBACK)
      if (calls.length > 0) this.expectSame(defined, -1, feedbackOf(calls))
    }
  }
}

describe.each(SOURCES)('the program %s gives the code of the JavaScript compiler', (_, source) => {
  test.each(SETTINGS)('for what all opcodes do, %o', (settings) => {
    new Pair(RICH_MODULE, settings, source).all()
  })

  test.each(SETTINGS)('for modules of the fuzzer, %o', (settings) => {
    for (let seed = 1; seed <= 25; seed++) new Pair(generateModule(new Random(seed)).bytes, settings, source).all()
  })
})

describe('the hosted compiler', () => {
  const bytes = assemble('(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 3))))')
  const env = envOf(bytes, SETTINGS[0])
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
