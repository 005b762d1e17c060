// Traces of calls, from end to end: the first optimized version of a function knows the targets of its indirect calls.
import { afterAll, expect, test } from 'vitest'
import { feedbackFrom, FEEDBACK_WORDS, PASSED } from '#dist/tiers/feedback.js'
import { Op } from '#dist/wasm/opcodes.js'
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

for (const compileThreads of [0, 1]) {
  test(`the first version of a function has guards for all targets of its call, ${compileThreads} threads`, () => {
    const expected = call(new World({ tier: 'baseline' }).instance(SOURCE), 'run')(TURNS)
    const instance = new World({ tier: 'auto', compileThreads }).instance(SOURCE)
    const { code, bytes, info } = instance.module
    const run = call(instance, 'run')
    let version = -1
    for (const end = performance.now() + PATIENCE_MS; version < 0 && performance.now() < end;) {
      expect(run(TURNS)).toBe(expected)
      for (let each = 0; version < 0 && each < code.versions.count; each++) {
        if (code.versions.defined[each] === RUN && code.versions.tier(each) === 'optimizing') version = each
      }
    }
    expect(version).toBeGreaterThan(0)
    const feedback = code.versions.feedback(version)
    const offset = bytes.indexOf(Op.CallIndirect, info.bodyStart[RUN])
    const targets: number[] = []
    for (let at = feedbackFrom(feedback, offset); feedback[at] === offset; at += FEEDBACK_WORDS) {
      targets.push(feedback[at + 1])
    }
    const loop = feedbackFrom(feedback, bytes.indexOf(Op.Loop, info.bodyStart[RUN]))
    expect([...feedback.subarray(loop, loop + 2)]).toEqual([bytes.indexOf(Op.Loop, info.bodyStart[RUN]), PASSED])
    // Half of the events.
    expect(feedback[loop + 2]).toBeGreaterThanOrEqual(31)
    expect(targets.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    expect(code.versions.inlinedCount(version)).toBe(3)
  })
}
