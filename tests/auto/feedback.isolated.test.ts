// Feedback from samples, from end to end: what is hot gets inlined by what was seen, and compiled again when that changes.
import { afterAll, expect, test } from 'vitest'
import { stopCompilers } from '#dist/runtime/compile-jobs.js'
import { call, World } from '../runtime/world.js'

afterAll(() => stopCompilers())

const PATIENCE_MS = 60_000

const SOURCE = `(module
  (type $unary (func (param i32) (result i32)))
  (table (export "table") 1 funcref)
  (elem (i32.const 0) $first)
  (func $first (type $unary) (i32.add (i32.div_u (local.get 0) (i32.const 3)) (i32.const 1)))
  (func $second (export "second") (type $unary) (i32.xor (i32.rem_u (local.get 0) (i32.const 1000)) (i32.const 5)))
  (func (export "run") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 0) (call_indirect (type $unary) (local.get 1) (i32.const 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`
const FIRST = 0
const SECOND = 1
const RUN = 2
const TURNS = 200_000

test('targets of an indirect call are inlined, and others when the table changes', () => {
  const plain = new World({ tier: 'baseline' }).instance(SOURCE)
  const world = new World({ tier: 'auto', compileThreads: 1 })
  const instance = world.instance(SOURCE)
  const { code } = instance.module
  const { events } = world.store.engine
  let failures = 0
  const reasons: string[] = []
  events.on('guardFailure', ({ version, count }) => {
    expect(version.defined).toBe(RUN)
    failures += count
  })
  events.on('tierUp', ({ defined, reason }) => defined === RUN && reasons.push(reason))
  const run = call(instance, 'run')
  /** Runs until the code that callers reach has a function inlined. */
  const until = (callee: number): void => {
    const expected = call(plain, 'run')(TURNS)
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      expect(run(TURNS)).toBe(expected)
      const feedback = code.versions.feedback(code.currentVersion(RUN))
      if (code.versions.inlinedCount(code.currentVersion(RUN)) > 0 && feedback.includes(callee)) return
    }
    throw new Error(`function ${callee} was not inlined`)
  }
  until(FIRST)
  for (const each of [plain, instance]) each.getTable('table')?.set(0, call(each, 'second'))
  until(SECOND)
  expect(failures).toBeGreaterThan(0)
  expect(reasons).toContain('feedback')
})
