// Division of 32 bits by constants, which the baseline compiler multiplies by reciprocals, against JavaScript's arithmetic.
import { expect, test } from 'vitest'
import { Engine } from '#dist/runtime/engine.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { Random } from '../fuzz/random.js'

const EDGES = [0, 1, -1, 2, -2, 3, 0x7fffffff, -0x7fffffff, -0x80000000, 0x80000001 | 0, 0xffff, 0x10000]

/** Some integers of every size, and their neighbours. */
function integers(random: Random, count: number): number[] {
  const some = Array.from({ length: count }, () => random.bits() >> random.below(32))
  return [...EDGES, ...some.flatMap((each) => [each, (each + 1) | 0, (each - 1) | 0])]
}

test('by constants of every size', () => {
  const random = new Random(5)
  const divisors = integers(random, 150).filter((each) => each !== 0)
  const operations = ['div_u', 'rem_u', 'div_s', 'rem_s']
  const funcs = divisors.map((by, i) => {
    const results = operations.map((op) => `(i32.${op} (local.get 0) (i32.const ${by}))`)
    return `(func (export "${i}") (param i32) (result i32 i32 i32 i32) ${results.join(' ')})`
  })
  const engine = new Engine({ tier: 'baseline' })
  const module = new Module(engine, assemble(`(module ${funcs.join('\n')})`))
  const instance = new Instance(new Store(engine), module, [])
  const dividends = integers(random, 12)
  divisors.forEach((by, i) => {
    const divide = instance.getFunc(String(i))?.callable as (n: number) => number[]
    for (const n of dividends) {
      // Trapping: the quotient is no i32.
      if (n === -0x80000000 && by === -1) continue
      const [quotient, rest] = [Math.floor((n >>> 0) / (by >>> 0)), (n >>> 0) % (by >>> 0)]
      expect([n, by, ...divide(n)]).toEqual([n, by, quotient | 0, rest | 0, (n / by) | 0, (n % by) | 0])
    }
  })
})
