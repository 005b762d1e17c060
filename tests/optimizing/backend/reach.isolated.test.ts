// Forward jumps of two bytes where the distance was estimated to be small, and of more where it was not, or wrongly.
import { Decoder, DecoderOptions, FlowControl } from 'iced-x86'
import { expect, test } from 'vitest'
import { assemble } from '#dist/wasm/text/assemble.js'
import { call, World } from '../../runtime/world.js'
import { compileAll } from './support.js'

/** A function that returns what `arm` makes of its argument, negated when the other argument is zero. */
const withArm = (arm: string): string => `(module (func (export "f") (param f64 i32) (result f64)
  (if (local.get 1) (then ${arm}) (else (local.set 0 (f64.neg (local.get 0))) ${arm}))
  (f64.mul (local.get 0) (f64.const 2))))`

const ADD = '(local.set 0 (f64.add (local.get 0) (f64.const 1.5)))'
/** Much longer than a sequence is estimated to be. */
const LONG = '(local.set 0 (f64.convert_i64_s (i64.trunc_sat_f64_s (f64.mul (local.get 0) (f64.const 1.5)))))'

/** Lengths of the function's conditional jumps. */
function conditionalJumps(source: string): number[] {
  const lengths: number[] = []
  compileAll(assemble(source), {}, (_, { code, codeSize }) => {
    const decoder = new Decoder(64, code.slice(0, codeSize), DecoderOptions.None)
    while (decoder.canDecode) {
      const instruction = decoder.decode()
      if (instruction.flowControl === FlowControl.ConditionalBranch) lengths.push(instruction.length)
    }
  })
  return lengths
}

test('a jump over little code is short, one over much is not', () => {
  expect(conditionalJumps(withArm(ADD))).toEqual([2])
  expect(conditionalJumps(withArm(ADD.repeat(40)))).toEqual([6])
})

test('code that proves longer than estimated is emitted again with long jumps', () => {
  for (const times of [1, 2, 3, 4, 5]) {
    const source = withArm(LONG.repeat(times))
    const run = call(new World({ tier: 'optimizing' }).instance(source), 'f')
    let expected = 10
    for (let i = 0; i < times; i++) expected = Math.trunc(expected * 1.5)
    expect(run(10, 1)).toBe(2 * expected)
    expect(run(10, 0)).toBe(-2 * expected)
  }
  expect(conditionalJumps(withArm(LONG.repeat(3)))).toContain(6)
})
