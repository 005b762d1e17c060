// Inlining by feedback: what is chosen, and the guards before expected targets of indirect calls.
import { describe, expect, it } from 'vitest'
import { OTHERS, PASSED } from '#dist/tiers/feedback.js'
import type { IrFunction } from '#dist/tiers/optimizing/ir/function.js'
import { IrOp } from '#dist/tiers/optimizing/ir/ops.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'
import { INLINE_LIMITS, InlineLimits } from '#dist/tiers/optimizing/translate/inline.js'
import { planInlining, type PlannedBody } from '#dist/tiers/optimizing/translate/inline-plan.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { Op } from '#dist/wasm/opcodes.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import type { ModuleInfo } from '#dist/wasm/types.js'
import { translateFunction } from '#dist/tests/support/ir-machine.js'

interface Source {
  readonly info: ModuleInfo
  readonly bytes: Uint8Array
}

function source(text: string): Source {
  const bytes = assemble(text)
  return { bytes, info: decodeModule(bytes) }
}

/** Offset of the nth opcode of a kind in a body; the bytes of the tests' bodies have no such byte otherwise. */
function offsetOf({ info, bytes }: Source, defined: number, opcode: number, nth = 0): number {
  let at = info.bodyStart[defined] - 1
  for (let i = 0; i <= nth; i++) at = bytes.indexOf(opcode, at + 1)
  return at
}

type Entry = readonly [offset: number, callee: number, weight: number]

function feedback(...entries: readonly Entry[]): Int32Array {
  return Int32Array.from(entries.toSorted((a, b) => a[0] - b[0] || b[2] - a[2]).flat())
}

function translate({ info, bytes }: Source, defined: number, known: Int32Array): IrFunction {
  const f = translateFunction(info, bytes, defined, true, INLINE_LIMITS, known)
  expect(verifyFunction(f)).toEqual([])
  return f
}

/** Operations of a function, in layout. */
function operations(f: IrFunction, wanted: number): number {
  let count = 0
  for (let inst = 0; inst < f.instCount; inst++) if (f.op[inst] === wanted && f.block[inst] >= 0) count++
  return count
}

const TABLE = `(type $unary (func (param i32) (result i32)))
  (table 4 funcref) (elem (i32.const 0) $double $large $other)
  (func $double (type $unary) (i32.add (local.get 0) (local.get 0)))
  (func $large (type $unary) ${'(drop (i32.div_u (i32.const 1) (local.get 0)))'.repeat(100)} (local.get 0))
  (func $other (param i64) (result i64) (local.get 0))`

describe('guards', () => {
  const module = source(`(module ${TABLE}
    (func (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 0) (local.get 1))))`)
  const site = offsetOf(module, 3, Op.CallIndirect)

  it('inline the expected function, and call as ever where it is another', () => {
    expect(printFunction(translate(module, 3, feedback([site, 0, 5])))).toBe(`func "f3" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = tableentry.i64 #0, v1
  v3 = entrydiffers.i64 #0, v2
  v4 = ieqz.i64 v3
  brif v4, block1, block3
block1:
  v5 = iadd.i32 v0, v0
  jump block2(v5)
block2(v6: i32):
  return v6
block3: cold
  guardfailed
  v7: i32 = call_indirect #0 #0 v1(v0)
  jump block2(v7)
}
`)
  })

  it('call what is too large to be inlined directly, after what is likelier', () => {
    const f = translate(module, 3, feedback([site, 0, 5], [site, 1, 4]))
    expect(operations(f, IrOp.EntryDiffers)).toBe(2)
    expect(operations(f, IrOp.Call)).toBe(1)
    expect(operations(f, IrOp.CallIndirect)).toBe(1)
    expect(f.inlines.count).toBe(1)
  })

  it.each([
    ['of another type', 2, 5],
    ['seen once', 0, 1],
  ])('are not made for a function %s', (_, callee, weight) => {
    const f = translate(module, 3, feedback([site, callee, weight]))
    expect(operations(f, IrOp.EntryDiffers)).toBe(0)
    expect(operations(f, IrOp.CallIndirect)).toBe(1)
  })

  it('are not made where most calls go elsewhere', () => {
    const f = translate(module, 3, Int32Array.of(site, 0, 5, site, 1, 4, site, OTHERS, 10))
    expect(operations(f, IrOp.EntryDiffers)).toBe(0)
  })

  it('are not made of how often a place was passed', () => {
    const f = translate(module, 3, Int32Array.of(module.info.bodyStart[3], PASSED, 50, site, 0, 5, site, PASSED, 50))
    expect(operations(f, IrOp.EntryDiffers)).toBe(1)
    expect(f.inlines.count).toBe(1)
  })

  it('are not made for a function with a small share', () => {
    const f = translate(module, 3, feedback([site, 1, 98], [site, 0, 2]))
    expect(operations(f, IrOp.EntryDiffers)).toBe(1)
  })

  it('stand within each other when what is inlined calls indirectly', () => {
    const nested = source(`(module ${TABLE}
      (func $apply (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 0) (local.get 1)))
      (func (param i32) (result i32) (i32.mul (call $apply (local.get 0) (i32.const 0)) (i32.const 3))))`)
    const known = feedback(
      [offsetOf(nested, 3, Op.CallIndirect), 0, 10],
      [offsetOf(nested, 3, Op.CallIndirect), 1, 10],
      [offsetOf(nested, 4, Op.Call), 3, 10],
    )
    const f = translate(nested, 4, known)
    expect(f.inlines.count).toBe(2)
    expect(operations(f, IrOp.EntryDiffers)).toBe(2)
    expect(operations(f, IrOp.Imul)).toBe(1)
  })
})

describe('the plan', () => {
  const module = source(`(module
    (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $middle (param i32) (result i32) ${'(drop (i32.div_u (i32.const 1) (local.get 0)))'.repeat(40)} (call $leaf (local.get 0)))
    (func $self (param i32) (call $self (local.get 0)))
    (func (param i32) (result i32)
      (call $self (local.get 0))
      (call $middle (call $middle (local.get 0)))))`)
  const { info } = module
  const size = (defined: number): number => info.bodyEnd[defined] - info.bodyStart[defined]
  const call = (defined: number, nth = 0): number => offsetOf(module, defined, Op.Call, nth)
  const plan = (limits: Partial<InlineLimits>, ...entries: readonly Entry[]): PlannedBody =>
    planInlining(info, feedback(...entries), 3, Object.assign(new InlineLimits(), limits))
  const names = (body: PlannedBody): unknown[] =>
    body.children.map((child) => [child.call, child.defined, ...names(child)])

  it('holds the calls in what is inlined', () => {
    expect(names(plan({}, [call(3, 1), 1, 9], [call(1), 0, 4]))).toEqual([[call(3, 1), 1, [call(1), 0]]])
  })

  it('spends a small budget on the hottest call, not on the first', () => {
    const limits = { hotGrowth: size(1) - 2 * size(3) }
    expect(names(plan(limits, [call(3, 1), 1, 3], [call(3, 2), 1, 9]))).toEqual([[call(3, 2), 1]])
  })

  it('has no room for large functions, endless recursion and what was seen once', () => {
    expect(names(plan({ hot: size(1) - 1 }, [call(3, 1), 1, 9]))).toEqual([])
    const recursive = [[call(3), 2, [call(2), 2, [call(2), 2]]]]
    expect(names(plan({ recursion: 2 }, [call(3), 2, 9], [call(2), 2, 9]))).toEqual(recursive)
    expect(names(plan({}, [call(3, 1), 1, 1]))).toEqual([])
  })
})
