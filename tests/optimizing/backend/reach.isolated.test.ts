// Forward jumps of two bytes where the distance was estimated to be small, and of more where it was not, or wrongly.
import { readdirSync, readFileSync } from 'node:fs'
import { Decoder, DecoderOptions, FlowControl } from 'iced-x86'
import { expect, test } from 'vitest'
import { assemble } from '#dist/wasm/text/assemble.js'
import { call, World } from '../../runtime/world.js'
import { compileAll } from './support.js'

const KERNELS = new URL('../../../bench/kernels/', import.meta.url)
/** Code of this size is not estimated to be longer than a short jump reaches. */
const LITTLE = 64

/** Kernels with a switch that is a search, whose jumps are long. */
const SEARCHES = new Set(['lexer.wasm', 'life.wasm', 'statemachine.wasm'])

/** A function that returns what `arm` makes of its argument, negated when the other argument is zero. */
const withArm = (arm: string): string => `(module (func (export "f") (param f64 i32) (result f64)
  (if (local.get 1) (then ${arm}) (else (local.set 0 (f64.neg (local.get 0))) ${arm}))
  (f64.mul (local.get 0) (f64.const 2))))`

const ADD = '(local.set 0 (f64.add (local.get 0) (f64.const 1.5)))'
/** Much longer than a sequence is estimated to be. */
const LONG = '(local.set 0 (f64.convert_i64_s (i64.trunc_sat_f64_s (f64.mul (local.get 0) (f64.const 1.5)))))'

interface Jump {
  readonly length: number
  /** Bytes between it and its target, which comes later. */
  readonly over: number
}

/** The forward jumps of each function of a module. */
function forwardJumps(bytes: Uint8Array): Jump[][] {
  const all: Jump[][] = []
  compileAll(bytes, {}, (_, { code, codeSize }) => {
    const jumps: Jump[] = []
    const decoder = new Decoder(64, code.slice(0, codeSize), DecoderOptions.None)
    while (decoder.canDecode) {
      const { flowControl, length, nextIP, nearBranchTarget } = decoder.decode()
      const over = Number(nearBranchTarget) - Number(nextIP)
      const isJump = flowControl === FlowControl.ConditionalBranch || flowControl === FlowControl.UnconditionalBranch
      if (isJump && over >= 0) jumps.push({ length, over })
    }
    all.push(jumps)
  })
  return all
}

/** Lengths of the forward jumps of a module of one function. */
const lengths = (source: string): number[] => forwardJumps(assemble(source))[0].map(({ length }) => length)

test('a jump over little code is short, one over much is not', () => {
  expect(lengths(withArm(ADD))).toEqual([2])
  expect(lengths(withArm(ADD.repeat(40)))).toEqual([6])
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
  expect(lengths(withArm(LONG.repeat(3)))).toContain(6)
})

const stores = (count: number, value: number): string =>
  Array.from({ length: count }, (_, i) => `(i32.store (i32.const ${8 * i}) (i32.const ${value}))`).join('')

/**
 * A switch over single indices as a lexer has it, whose arms have so many stores each. The search of the switch is long, since all arms
 * are far; behind it is a jump over little.
 */
const withSwitch = (between: number): string => `(module (memory 1) (func (export "f") (param i32 i32) (result i32)
  (block $d (block $c (block $b (block $a
    (br_table $a $d $b $d $c $d $a $d $b $d $c $d $a $d $b $d $c $d $a $d $b $d $c $d (local.get 0)))
    ${stores(between, 1)} (return (i32.const 1)))
    ${stores(between, 2)} (return (i32.const 2)))
    ${stores(between, 3)} (return (i32.const 3)))
  (if (local.get 1) (then (i32.store (i32.const 4096) (i32.const 9))))
  (i32.load (i32.const 4096))))`

test.each([0, 4, 8, 24])('the jumps behind a search for arms of %i stores are short', (count) => {
  const source = withSwitch(count)
  const [jumps] = forwardJumps(assemble(source))
  expect(jumps.length).toBeGreaterThan(20)
  expect(jumps.at(-1)?.length).toBe(2)
  const run = call(new World({ tier: 'optimizing' }).instance(source), 'f')
  for (let index = -1; index < 30; index++) {
    const arm = index < 0 || index > 22 || index % 2 === 1 ? 0 : ((index / 2) % 3) + 1
    expect(run(index, 0)).toBe(arm)
  }
})

test('no function of the kernels has long jumps over little, but in the search of a switch', () => {
  let seen = 0
  for (const file of readdirSync(KERNELS).filter((name) => name.endsWith('.wasm'))) {
    for (const jumps of forwardJumps(readFileSync(new URL(file, KERNELS)))) {
      const near = jumps.filter(({ over }) => over < LITTLE)
      const short = near.filter(({ length }) => length === 2)
      seen += near.length
      if (file === 'lexer.wasm') expect.soft(short.length).toBeGreaterThan(near.length / 2)
      else if (!SEARCHES.has(file)) expect.soft(short, file).toEqual(near)
    }
  }
  expect(seen).toBeGreaterThan(100)
})

/** A loop that goes on in four places, where its test is copied to, three of them behind one jump; so many stores in one of these. */
const withTest = (count: number): string => `(module (memory 1) (func (export "f") (param i32 i32) (result i32)
  (block $out (loop $again
    (br_if $out (i32.gt_u (i32.xor (i32.mul (local.get 0) (i32.const 12345)) (i32.const 0x55555)) (local.get 1)))
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (if (i32.and (local.get 0) (i32.const 1)) (then
      (if (i32.and (local.get 0) (i32.const 2)) (then ${stores(count, 1)} (br $again)))
      (if (i32.and (local.get 0) (i32.const 4)) (then ${stores(1, 2)} (br $again)))
      ${stores(1, 3)} (br $again)))
    (br $again)))
  (local.get 0)))`

test('copies of tails count in distances', () => {
  for (let count = 0; count < 12; count++) {
    const [jumps] = forwardJumps(assemble(withTest(count)))
    expect
      .soft(
        jumps.filter(({ length, over }) => length > 2 && over < LITTLE),
        `${count} stores`,
      )
      .toEqual([])
  }
})
