// Blocks that a traced guest did not come to are cold.
import { describe, expect, it, test } from 'vitest'
import { PASSED } from '#dist/tiers/feedback.js'
import type { IrFunction } from '#dist/tiers/optimizing/ir/function.js'
import { IrOp } from '#dist/tiers/optimizing/ir/ops.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'
import { INLINE_LIMITS } from '#dist/tiers/optimizing/translate/inline.js'
import { OFTEN } from '#dist/tiers/optimizing/translate/likelihood.js'
import { Translator } from '#dist/tiers/optimizing/translate/translator.js'
import { Cursor } from '#dist/wasm/cursor.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { Op } from '#dist/wasm/opcodes.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import type { ModuleInfo } from '#dist/wasm/types.js'

type Entry = readonly [offset: number, callee: number, weight: number]

/** A module whose functions $a to $d are the first, so that a block can be told by what it calls. */
class Source {
  readonly bytes: Uint8Array
  readonly info: ModuleInfo
  readonly last: number

  constructor(functions: string) {
    this.bytes = assemble(`(module (import "" "" (func $host)) (table 1 funcref)
      (func $a) (func $b) (func $c) (func $d) ${functions})`)
    this.info = decodeModule(this.bytes)
    this.last = this.info.bodyStart.length - 1
  }

  /** Offset of the nth opcode of a kind in a body. */
  private at(defined: number, wanted: number, nth: number): number {
    const cursor = new Cursor()
    cursor.bytes = this.bytes
    cursor.pos = this.info.bodyStart[defined]
    cursor.skipLocals()
    for (let left = nth; ;) {
      const at = cursor.pos
      const op = cursor.opcode()
      if (op === wanted && left-- === 0) return at
      cursor.skipImmediates(op)
    }
  }

  entered(count: number, defined = this.last): Entry {
    return [this.info.bodyStart[defined], PASSED, count]
  }

  loop(nth: number, count: number, defined = this.last): Entry {
    return [this.at(defined, Op.Loop, nth), PASSED, count]
  }

  call(nth: number, callee: number, weight = 1, defined = this.last): Entry {
    return [this.at(defined, Op.Call, nth), callee, weight]
  }

  /** @param atLoop which loop of the function it is entered at, -1: at its start */
  translate(entries: readonly Entry[], isInlining = false, atLoop = -1): IrFunction {
    const { info, bytes, last } = this
    const feedback = Int32Array.from(entries.toSorted((a, b) => a[0] - b[0] || b[1] - a[1]).flat())
    const translator = new Translator(isInlining ? { info, moduleBytes: () => bytes } : { info }, INLINE_LIMITS)
    const [start, end] = [info.bodyStart[last], info.bodyEnd[last]]
    const loop = atLoop < 0 ? -1 : this.at(last, Op.Loop, atLoop)
    const f = translator.translate(last, bytes, start, end, start, false, feedback, loop, 8)
    expect(verifyFunction(f)).toEqual([])
    return f
  }
}

/** What is called in blocks that are not cold, and in those that are, in layout: names of functions, ? for what only a run can tell. */
function called(f: IrFunction): string {
  const names: string[][] = [[], []]
  for (let block = f.entry; block >= 0; block = f.blockNext[block]) {
    for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) {
      if (f.op[inst] === IrOp.Call) names[f.cold[block]].push('-abcdefg'[f.immLo[inst]])
      else if (f.op[inst] === IrOp.CallIndirect) names[f.cold[block]].push('?')
    }
  }
  return names.map((each) => each.join('')).join(' | ')
}

function coldBlocks(f: IrFunction): number {
  let count = 0
  for (let block = f.entry; block >= 0; block = f.blockNext[block]) count += f.cold[block]
  return count
}

describe('a call in a loop that was passed', () => {
  const source = new Source(`(func (param i32) (loop $again
    (if (i32.rem_u (local.get 0) (i32.const 3)) (then (call $a)) (else (call $b)))
    (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`)
  const passed = source.loop(0, OFTEN)

  it('is cold when it was not made', () => {
    expect(printFunction(source.translate([passed, source.call(0, 0)]))).toBe(`func "f5" (i32) -> () {
block0(v0: i32):
  jump block1(v0)
block1(v1: i32):
  poll
  v2 = iconst.i32 3
  v3 = urem.i32 v1, v2
  brif v3, block2, block5
block2:
  call #1()
  jump block3
block3:
  v4 = iconst.i32 1
  v5 = isub.i32 v1, v4
  brif v5, block1(v5), block4
block4:
  return
block5: cold
  call #2()
  jump block3
}
`)
  })

  it('is not when it was', () => {
    expect(called(source.translate([passed, source.call(0, 0), source.call(1, 1)]))).toBe('ab | ')
  })

  it('is not when little is known', () => {
    expect(called(source.translate([source.loop(0, OFTEN - 1), source.call(0, 0)]))).toBe('ab | ')
  })

  it('changes nothing without passes', () => {
    const plain = printFunction(source.translate([]))
    expect(printFunction(source.translate([source.call(0, 0)]))).toBe(plain)
  })

  it('makes the way to it cold as well, but not the loop', () => {
    const f = source.translate([passed])
    expect([called(f), f.cold[1], coldBlocks(f)]).toEqual([' | ab', 0, 4])
  })
})

test('what comes only from a cold block is cold, and what leads only there', () => {
  const source = new Source(
    `(func (param i32) (result i32)
    (if (local.get 0) (then
      (local.set 0 (i32.mul (local.get 0) (i32.const 5)))
      (if (local.get 0)
        (then (call $a) (if (i32.eqz (i32.const 0)) (then (call $host))))
        (else (call $b)))
      (local.set 0 (i32.sub (local.get 0) (i32.const 5)))))
    (local.get 0))`,
  )
  expect(printFunction(source.translate([source.entered(OFTEN)]))).toBe(`func "f5" (i32) -> (i32) {
block0(v0: i32):
  brif v0, block2, block1(v0)
block1(v1: i32):
  return v1
block2: cold
  v2 = iconst.i32 5
  v3 = imul.i32 v0, v2
  brif v3, block3, block6
block3: cold
  call #1()
  v4 = iconst.i32 0
  v5 = ieqz.i32 v4
  brif v5, block4, block5
block4: cold
  call #0()
  jump block5
block5: cold
  jump block7
block6: cold
  call #2()
  jump block7
block7: cold
  v6 = iconst.i32 5
  v7 = isub.i32 v3, v6
  jump block1(v7)
}
`)
})

describe('loops', () => {
  const source = new Source(`(func (param i32 i32)
    (loop $outer
      (if (local.get 1) (then
        (loop $inner
          (if (local.get 0) (then (call $a)))
          (if (i32.eqz (local.get 1)) (then (call $b)))
          (br_if $inner (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))))
      (call $c)
      (br_if $outer (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`)
  const outer = source.loop(0, OFTEN)
  const last = source.call(2, 2)

  it('that were not passed are cold with all that is in them', () => {
    const f = source.translate([outer, last])
    expect(called(f)).toBe('c | ab')
    // The loop's six and the one before; not where the `if` ends, which can be come to without them.
    expect(coldBlocks(f)).toBe(7)
  })

  it('that were passed seldom say nothing of what is in them', () => {
    expect(called(source.translate([outer, last, source.loop(1, 1)]))).toBe('abc | ')
  })

  it('that were passed often do', () => {
    expect(called(source.translate([source.loop(0, 1), source.loop(1, OFTEN), source.call(1, 1)]))).toBe('bc | a')
  })

  it('are not cold when a sample was taken in them', () => {
    const f = source.translate([outer, last, source.call(1, 1, 5)])
    expect(called(f)).toBe('bc | a')
  })

  it('are not cold where the function is entered', () => {
    expect(called(source.translate([outer, last], false, 1))).toBe('abc | ')
    // What is known of another loop counts there, too.
    expect(called(source.translate([outer, source.loop(1, OFTEN), source.call(1, 1)], false, 1))).toBe('b | ac')
  })
})

test('of a table of branches each way counts', () => {
  const source = new Source(`(func (param i32)
    (block $end (block $three (block $two (block $one
      (br_table $one $two $one $three $end (local.get 0)))
      (call $a) (br $end)) (call $b) (br $end)) (call $c)))`)
  const entered = source.entered(OFTEN)
  expect(called(source.translate([entered, source.call(1, 1)]))).toBe('b | ac')
  const f = source.translate([entered])
  // The entry is not, and neither is the end.
  expect([called(f), f.cold[f.entry], coldBlocks(f)]).toEqual([' | abc', 0, 3])
})

test('what stands behind a call that was made is not cold: it may not have returned yet', () => {
  const source = new Source('(func (param i32) (if (local.get 0) (then (call $a) (call $b))))')
  expect(called(source.translate([source.entered(OFTEN), source.call(0, 0)]))).toBe('ab | ')
})

test('calls of imports are no events of a trace', () => {
  const source = new Source('(func (param i32) (if (local.get 0) (then (call $host))))')
  expect(called(source.translate([source.entered(OFTEN)]))).toBe('- | ')
})

test('indirect calls are', () => {
  const source = new Source('(func (param i32) (if (local.get 0) (then (call_indirect (i32.const 0)))))')
  expect(called(source.translate([source.entered(OFTEN)]))).toBe(' | ?')
})

describe('what is inlined', () => {
  const source = new Source(
    `(func $inner (param i32)
      (if (local.get 0) (then (loop $l (call $large) (br_if $l (local.get 0)))) (else (call $large))))
    (func $large ${'(drop (memory.size))'.repeat(99)} (call $large))
    (func (param i32) (if (local.get 0) (then (call $inner (local.get 0))) (else (call $large))))`.replace(
      '(func $inner',
      '(memory 1) (func $inner',
    ),
  )
  const [inner, large] = [4, 5]
  const entered = source.entered(OFTEN)

  it('is judged by how often its body was entered', () => {
    const calls = [source.call(0, inner, 9), source.call(1, large)]
    const inside = source.call(1, large, 1, inner)
    expect(called(source.translate([entered, ...calls, source.entered(OFTEN, inner), inside], true))).toBe('ff | f')
    expect(called(source.translate([entered, ...calls, source.entered(OFTEN - 1, inner), inside], true))).toBe('fff | ')
    expect(called(source.translate([entered, ...calls], true))).toBe('fff | ')
  })

  it('is cold with a call that was not made, whatever its body did for others', () => {
    const elsewhere = [source.entered(99, inner), source.loop(0, 99, inner), source.call(0, large, 1, inner)]
    const f = source.translate([entered, source.call(1, large), ...elsewhere], true)
    expect([called(f), f.inlines.count]).toEqual(['f | ff', 1])
  })
})

test('only what is hardly larger than its call is inlined in place of a call that was not made', () => {
  const source = new Source(`(func $small (param i32) (call $host))
    (func $middle (param i32) ${'(call $host)'.repeat(20)})
    (func (param i32) (loop $again
      (if (local.get 0) (then (call $middle (local.get 0))) (else (call $small (local.get 0))))
      (br_if $again (local.get 0))))`)
  const [small, middle] = [4, 5]
  const passed = source.loop(0, OFTEN)
  expect(called(source.translate([passed, source.call(0, middle)], true))).toBe(`${'-'.repeat(20)} | -`)
  expect(called(source.translate([passed, source.call(1, small)], true))).toBe('- | f')
})

test('without passes nothing is cold that was not', () => {
  const source = new Source('(func (param i32) (if (local.get 0) (then unreachable) (else (loop (call $a)))))')
  expect(printFunction(source.translate([source.call(0, 0)]))).toBe(printFunction(source.translate([])))
})
