// What the optimizing compiler leaves to the fallback: functions over a limit, and those on which a pass fails.
import { describe, expect, it } from 'vitest'
import { largeFunction } from '#dist/bench/large-function.js'
import { BaselineCompiler } from '#dist/tiers/baseline/compiler.js'
import { OptimizingCompiler } from '#dist/tiers/optimizing/compiler.js'
import { MAX_BODY } from '#dist/tiers/optimizing/limits.js'
import { dumpPasses, type OptimizingOptions } from '#dist/tiers/optimizing/options.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { environment } from '../backend/support.js'

const ADD = '(func (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))'

/** Compiles every function of a module with a baseline compiler behind, and says which compiler made each. */
function tiers(bytes: Uint8Array, options: OptimizingOptions): { made: string[]; compiler: OptimizingCompiler } {
  const env = environment(bytes)
  const compiler = new OptimizingCompiler(env, new BaselineCompiler(env), options)
  const { bodyStart, bodyEnd } = env.info
  const made = Array.from(bodyStart, (start, i) => compiler.compile(i, bytes, start, bodyEnd[i], start, false).tier)
  return { made, compiler }
}

describe('a function over a limit', () => {
  // Twelve bytes each, in few words.
  const count = Math.ceil(MAX_BODY / 12)
  const bytes = assemble(`(module ${ADD} (func ${'i64.const -9223372036854775808 drop '.repeat(count)}) ${ADD})`)

  it('is compiled by the fallback, and counted and reported as that', () => {
    const reports: string[] = []
    const { made, compiler } = tiers(bytes, { onRefusal: (defined, reason) => reports.push(`${defined}: ${reason}`) })
    expect(made).toEqual(['optimizing', 'baseline', 'optimizing'])
    expect(compiler.stats).toMatchObject({ functions: 2, refused: 1, failed: 0 })
    expect(reports).toEqual([`1: it has ${12 * count + 2} bytes, the limit is ${MAX_BODY}`])
  })

  it('is no failure in strict mode', () => {
    expect(tiers(bytes, { strict: true }).made).toEqual(['optimizing', 'baseline', 'optimizing'])
  })

  it('that takes too long is given up between passes, unless its frame states are wanted', () => {
    let now = 0
    const clock = (): number => (now += 40_000)
    const one = assemble(`(module ${ADD})`)
    expect(tiers(one, { clock }).made).toEqual(['baseline'])
    const env = environment(one)
    const compiler = new OptimizingCompiler(env, new BaselineCompiler(env), { clock })
    const { bodyStart, bodyEnd } = env.info
    expect(compiler.compile(0, one, bodyStart[0], bodyEnd[0], bodyStart[0], true).tier).toBe('optimizing')
  })
})

describe('a function of hostile shape', () => {
  const many = (text: string, count: number): string => `${text} `.repeat(count)
  const VALUES = many('i32', 1000)

  it.each([
    [
      'whose branches take a thousand operands each',
      `(func (block (result ${VALUES}) ${many('i32.const 1', 1000)} ${many('i32.const 0 br_if 0', 5000)})
         ${many('drop', 1000)})`,
      /^it has 4194305 operands of branches, the limit is 4194304$/,
    ],
    [
      'that joins a thousand locals at a thousand branches, again and again',
      `(func (param i32) (local ${VALUES}) ${many(
        `block ${many('local.get 0 br_if 0', 1000)} ${Array.from({ length: 1000 }, (_, i) => `local.get 0 local.set ${i + 1}`).join(' ')} end`,
        5,
      )} ${Array.from({ length: 1000 }, (_, i) => `local.get ${i + 1} drop`).join(' ')})`,
      /^it has 4194305 arguments of blocks, the limit is 4194304$/,
    ],
    [
      'with loops in loops',
      `(func (param i32) ${many('loop', 129)} ${many('local.get 0 br_if 0 end', 129)})`,
      /^it has 129 loops in each other, the limit is 128$/,
    ],
  ])('%s is compiled by the fallback, and the next one is optimized', (_, func, reason) => {
    const reports: string[] = []
    const options: OptimizingOptions = { strict: true, onRefusal: (_defined, why) => reports.push(why) }
    expect(tiers(assemble(`(module ${func} ${ADD})`), options).made).toEqual(['baseline', 'optimizing'])
    expect(reports).toEqual([expect.stringMatching(reason)])
  })
})

describe('a large function', () => {
  it.each([64, 1000])('of %i kB is optimized', (kilobytes) => {
    expect(tiers(largeFunction(1000 * kilobytes, 1), { strict: true }).made).toEqual(['optimizing'])
  })
})

describe('an error in a pass', () => {
  const bytes = assemble(`(module ${ADD} ${ADD} ${ADD})`)

  it.each(dumpPasses)('%s leaves its function to the fallback, and the next ones are optimized', (broken) => {
    const reports: string[] = []
    const dump: OptimizingOptions['dump'] = (pass, defined) => {
      if (pass === broken && defined === 1) throw new TypeError('broken')
    }
    const { made, compiler } = tiers(bytes, { dump, onRefusal: (_, reason) => reports.push(reason) })
    expect(made).toEqual(['optimizing', 'baseline', 'optimizing'])
    expect(compiler.stats).toMatchObject({ functions: 2, refused: 0, failed: 1 })
    expect(reports).toEqual(['internal error: broken'])
  })

  it('is thrown in strict mode', () => {
    const dump = (): void => {
      throw new TypeError('broken')
    }
    expect(() => tiers(bytes, { dump, strict: true })).toThrow('broken')
  })
})

describe('statistics', () => {
  it('count milliseconds by pass, functions and bytes', () => {
    let now = 0
    const { compiler } = tiers(assemble(`(module ${ADD})`), { clock: () => now++ })
    expect(compiler.stats.passes).toEqual({ translate: 1, optimize: 1, lower: 1, allocate: 1, emit: 1 })
    expect(compiler.stats).toMatchObject({ functions: 1, bytes: 7 })
  })
})
