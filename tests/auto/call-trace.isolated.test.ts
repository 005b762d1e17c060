// Traces of calls, from end to end: the first optimized version of a function knows the targets of its indirect calls.
import { afterAll, expect, test } from 'vitest'
import { feedbackFrom, FEEDBACK_WORDS, PASSED } from '#dist/tiers/feedback.js'
import { Op } from '#dist/wasm/opcodes.js'
import type { Module } from '#dist/runtime/module.js'
import { stopCompilers } from '#dist/runtime/compile-jobs.js'
import { call, World } from '../runtime/world.js'

afterAll(() => stopCompilers())

const PATIENCE_MS = 60_000

/** A loop that calls three functions in turn. */
const SOURCE = `(module
  (type $unary (func (param i32) (result i32)))
  (table 3 funcref)
  (elem (i32.const 0) $first $second $third)
  (func $first (type $unary) (i32.add (i32.div_u (local.get 0) (i32.const 3)) (i32.const 1)))
  (func $second (type $unary) (i32.xor (i32.rem_u (local.get 0) (i32.const 1000)) (i32.const 5)))
  (func $third (type $unary) (i32.mul (local.get 0) (i32.const 77)))
  (func (export "run") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 0)
        (call_indirect (type $unary) (local.get 1) (i32.rem_u (local.get 0) (i32.const 3)))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`
const RUN = 3
const TURNS = 200_000

/** Runs until the function is optimized. @returns the instance, and the function's first optimized version */
function optimized(compileThreads: number, expected: unknown): { readonly module: Module; readonly version: number } {
  const { module, run } = instantiate(compileThreads)
  const { versions } = module.code
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    expect(run(TURNS)).toBe(expected)
    for (let version = 0; version < versions.count; version++) {
      if (versions.defined[version] === RUN && versions.tier(version) === 'optimizing') return { module, version }
    }
  }
  throw new Error('not optimized')
}

function instantiate(compileThreads: number): { readonly module: Module; readonly run: (turns: number) => unknown } {
  const instance = new World({ tier: 'auto', compileThreads }).instance(SOURCE)
  return { module: instance.module, run: call(instance, 'run') }
}

for (const compileThreads of [0, 1]) {
  test(`the first version of a function has guards for all targets of its call, ${compileThreads} threads`, () => {
    const expected = call(new World({ tier: 'baseline' }).instance(SOURCE), 'run')(TURNS)
    let { module, version } = optimized(compileThreads, expected)
    // Traces have their share of the thread's time, and there was one in the test before.
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      if (module.code.versions.feedback(version).includes(PASSED)) break
      ;({ module, version } = optimized(compileThreads, expected))
    }
    const { bytes, info, code } = module
    const feedback = code.versions.feedback(version)
    const offset = bytes.indexOf(Op.CallIndirect, info.bodyStart[RUN])
    const targets: number[] = []
    for (let at = feedbackFrom(feedback, offset); feedback[at] === offset; at += FEEDBACK_WORDS) {
      targets.push(feedback[at + 1])
    }
    expect(targets.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    expect(code.versions.inlinedCount(version)).toBe(3)
    const start = bytes.indexOf(Op.Loop, info.bodyStart[RUN])
    const loop = feedbackFrom(feedback, start)
    expect([...feedback.subarray(loop, loop + 2)]).toEqual([start, PASSED])
    // Half of the events.
    expect(feedback[loop + 2]).toBeGreaterThanOrEqual(31)
  })
}
