// Inlining: what becomes of calls, what instructions and frame states know about where they come from, and that
// generated modules do the same when all that can be inlined is.
import { describe, expect, it } from 'vitest'
import { INLINE_WORDS } from '#dist/tiers/compiled.js'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS, type IrFunction } from '#dist/tiers/optimizing/ir/function.js'
import { IrOp } from '#dist/tiers/optimizing/ir/ops.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'
import { INLINE_LIMITS, InlineLimits } from '#dist/tiers/optimizing/translate/inline.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { generateModule } from '../../fuzz/generator.js'
import { observe } from '../../fuzz/observe.js'
import { Random } from '../../fuzz/random.js'
import { hostWebAssembly } from '../../support/host-wasm.js'
import { irNamespace, translateFunction } from '#dist/tests/support/ir-machine.js'

/** Inlines whatever is not recursive. */
const ALL = Object.assign(new InlineLimits(), {
  small: 100_000,
  smallInLoop: 100_000,
  growth: 100_000,
  most: 200_000,
  depth: 8,
})
const SEEDS = 24
const midEnd = new MidEnd()

/** The last function of a module. */
function last(source: string, limits: InlineLimits = INLINE_LIMITS, states = false): IrFunction {
  const bytes = assemble(source)
  const info = decodeModule(bytes)
  const f = translateFunction(info, bytes, info.bodyStart.length - 1, states, limits)
  expect(verifyFunction(f)).toEqual([])
  return f
}

function count(f: IrFunction, op: number): number {
  let found = 0
  for (let inst = 0; inst < f.instCount; inst++) if (f.op[inst] === op && f.block[inst] >= 0) found++
  return found
}

describe('inlining', () => {
  it('puts the body where the call is, with locals of its own', () => {
    const f = last(`(module
      (func $max (param i32 i32) (result i32) (local $t i32)
        (if (i32.lt_s (local.get 0) (local.get 1)) (then (return (local.get 1))))
        (local.get 0))
      (func (param i32 i32) (result i32) (local $t i32)
        (local.set 2 (i32.const 7))
        (i32.add (call $max (local.get 1) (local.get 0)) (local.get 2))))`)
    expect(printFunction(f)).toBe(`func "f1" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = iconst.i32 7
  v3 = iconst.i32 0
  v4 = icmp.i32.slt v1, v0
  brif v4, block1, block2
block1:
  jump block3(v0)
block2:
  jump block3(v1)
block3(v5: i32):
  v6 = iadd.i32 v5, v2
  return v6
}
`)
  })

  it('takes a larger body where nobody else calls it', () => {
    const add = (bytes: number): string =>
      '(local.set 0 (i32.add (local.get 0) (i32.const 1)))'.repeat(Math.ceil(bytes / 7))
    const module = (bytes: number, calls: number): string =>
      `(module (func $f (param i32) (result i32) ${add(bytes)} (local.get 0)) (func $g (param i32) (result i32) (local.get 0))
        (func (param i32) (result i32) (local i32) ${add(bytes)}
          ${'(local.set 0 (call $f (local.get 0)))'.repeat(calls)} (call $g (local.get 0))))`
    expect(count(last(module(INLINE_LIMITS.single - 10, 1)), IrOp.Call)).toBe(0)
    expect(count(last(module(INLINE_LIMITS.single + 10, 1)), IrOp.Call)).toBe(1)
    expect(count(last(module(INLINE_LIMITS.single - 10, 2)), IrOp.Call)).toBe(2)
  })

  it('reads the locals of two inlined bodies apart, in loops too', () => {
    const sum = `(func $sum (param $n i32) (result i32) (local $s i32)
      (loop $l
        (local.set $s (i32.add (local.get $s) (local.get $n)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $s))`
    const bytes = assemble(`(module ${sum} (func (export "run") (param i32) (result i32) (local i32)
      (loop $l
        (local.set 1 (i32.mul (i32.add (local.get 1) (call $sum (local.get 0))) (call $sum (i32.const 3))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1)))`)
    const { Instance, Module } = irNamespace((f) => midEnd.run(f), ALL)
    const { run } = new Instance(new Module(bytes), {}).exports as { run: (n: number) => number }
    // ((10 + 0) * 6 + 6) * 6 ...
    let expected = 0
    for (let n = 4; n > 0; n--) expected = Math.imul(expected + (n * (n + 1)) / 2, 6)
    expect(run(4)).toBe(expected)
  })

  it('keeps calls of imports, large ones and those that do not return', () => {
    const f = last(`(module
      (func $host (import "m" "host"))
      (func $panic (call $host))
      (func $large ${'(call $host)'.repeat(60)})
      (func (param i32) (call $host) (call $large) (call $large)
        (if (local.get 0) (then (call $panic) unreachable))))`)
    expect(count(f, IrOp.Call)).toBe(4)
    expect(f.inlines.count).toBe(0)
  })

  it('unrolls recursion, but not for ever', () => {
    const small = last(`(module (func $self (param i32) (if (local.get 0) (then (call $self (local.get 0))))))`)
    expect(small.inlines.count).toBe(INLINE_LIMITS.recursion)
    expect(count(small, IrOp.Call)).toBe(1)
    const two = last(`(module
      (func $even (param i32) (if (local.get 0) (then (call $odd (local.get 0)))))
      (func $odd (param i32) (if (local.get 0) (then (call $even (local.get 0))))))`)
    expect(two.inlines.count).toBe(Math.min(2 * INLINE_LIMITS.recursion + 1, INLINE_LIMITS.depth))
    expect(count(two, IrOp.Call)).toBe(1)
    const large = last(`(module (func $host (import "m" "host"))
      (func $self ${'(call $host)'.repeat(60)} (call $self) (call $self)))`)
    expect(large.inlines.count).toBe(0)
  })

  it('stops at the limit of growth', () => {
    const f = last(`(module (func $host (import "m" "host"))
      (func $small (call $host) (call $host) (call $host) (call $host) (call $host))
      (func ${'(call $small)'.repeat(100)}))`)
    const size = 12
    expect(f.inlines.count).toBe(Math.floor((INLINE_LIMITS.growth + 202) / size))
  })

  it('follows a node of the tree to its callers', () => {
    const f = last(
      `(module (memory 1)
        (func $inner (param i32) (result i32) (i32.load (local.get 0)))
        (func $outer (param i32) (result i32) (i32.add (i32.const 1) (call $inner (i32.const 5))))
        (func (param i32) (result i32) (call $outer (local.get 0))))`,
      INLINE_LIMITS,
      true,
    )
    const { inlines, states } = f
    expect([...inlines.nodes.subarray(0, 2 * INLINE_WORDS)].filter((_, i) => i % INLINE_WORDS < 2)).toEqual([
      0, 1, 1, 0,
    ])
    let load = -1
    for (let inst = 0; inst < f.instCount; inst++) if (f.op[inst] === IrOp.Load) load = inst
    expect(inlines.nodeOf(f.wasmPos[load])).toBe(2)
    const values: number[][] = []
    for (let at = f.frame[load]; at >= 0; at = states[at + 1]) {
      const words = states.subarray(
        at + STATE_HEAD_WORDS,
        at + STATE_HEAD_WORDS + (states[at + 2] + states[at + 3]) * 2,
      )
      values.push([inlines.nodeOf(states[at]), ...words.filter((_, i) => i % STATE_VALUE_WORDS === 1)])
    }
    const [one, five] = [f.firstResult[0], f.firstResult[1]]
    const param = f.param(0, 0)
    expect(values).toEqual([[2, five, five], [1, param, one, five], [0, param, param]]) // oxfmt-ignore
  })
})

describe('modules with all calls inlined', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`behave as in V8 (seed ${seed})`, () => {
      const module = generateModule(new Random(seed))
      const expected = observe(hostWebAssembly, module, seed)
      expect(observe(irNamespace(undefined, ALL), module, seed)).toEqual(expected)
      // The same with guesses about all indirect calls, and the mid-end behind it.
      expect(
        observe(
          irNamespace((f) => midEnd.run(f), ALL, seed),
          module,
          seed,
        ),
      ).toEqual(expected)
    })
  }
})
