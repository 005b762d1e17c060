// What translation gives: golden text, frame states, and bodies that are large or deep.
import { describe, expect, it } from 'vitest'
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS, type IrFunction } from '#dist/tiers/optimizing/ir/function.js'
import { IrOp } from '#dist/tiers/optimizing/ir/ops.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { I32 } from '#dist/wasm/types.js'
import { body, moduleOf, section, vec } from '../../support/binary.js'
import { translateFunction } from '#dist/tests/support/ir-machine.js'

function translate(text: string, states = false): IrFunction {
  const bytes = assemble(text)
  return translateFunction(decodeModule(bytes), bytes, 0, states)
}

const SUM = `(module (func (param $n i32) (param $step i32) (result i32) (local $sum i32)
  (if (i32.eqz (local.get $n)) (then unreachable))
  (loop $again
    (local.set $sum (i32.add (local.get $sum) (local.get $step)))
    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $sum)))`

const SUM_IR = `func "f0" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = iconst.i32 0
  v3 = ieqz.i32 v0
  brif v3, block4, block1
block1:
  jump block2(v2, v0)
block2(v4: i32, v5: i32):
  poll
  v6 = iadd.i32 v4, v1
  v7 = iconst.i32 1
  v8 = isub.i32 v5, v7
  brif v8, block2(v6, v8), block3
block3:
  return v6
block4: cold
  trap 1
}
`

describe('translation', () => {
  it('makes parameters for what a loop changes and moves traps to the end', () => {
    expect(printFunction(translate(SUM))).toBe(SUM_IR)
  })

  it('gives no poll to a loop that nothing repeats and skips what cannot be reached', () => {
    const f = translate(`(module (func (result i32)
      (loop (result i32) (br 1 (i32.const 7)) (drop) (loop (br 0)) (unreachable))))`)
    expect(printFunction(f)).toBe(`func "f0" () -> (i32) {
block0:
  jump block1
block1:
  v0 = iconst.i32 7
  return v0
}
`)
  })

  // The arrays begin with room for 256 of them.
  it.each([254, 255, 256, 257])('finds out what each of %i parameters of blocks is needed for', (params) => {
    const either = (a: number, b: number): string =>
      `(block (result i32) (i32.const ${a}) (br_if 0 (local.get 0)) (drop) (i32.const ${b}))`
    const f = translate(`(module (global $seen (mut i32) (i32.const 0))
      (func (param i32)
        ${`(drop ${either(1, 2)})`.repeat(params - 2)}
        (i32.const 7)
        (loop (param i32) (global.set $seen) ${either(7, 8)} (br_if 0 (local.get 0)) (drop))))`)
    let found = 0
    for (let block = f.blockNext[f.entry]; block >= 0; block = f.blockNext[block]) found += f.paramCount[block]
    expect(found).toBe(params)
  })

  it('records locals and operands where the guest may stop', () => {
    const f = translate(
      `(module (memory 1) (func (param i32) (result i32) (local i32)
        (i32.add (i32.const 5) (i32.load (local.tee 1 (i32.add (local.get 0) (i32.const 1)))))))`,
      true,
    )
    let load = -1
    for (let inst = 0; inst < f.instCount; inst++) if (f.op[inst] === IrOp.Load) load = inst
    const at = f.frame[load]
    const words = f.states.subarray(at, at + STATE_HEAD_WORDS + 4 * STATE_VALUE_WORDS)
    const address = f.arg0[load]
    const five = f.firstResult[0]
    const values = [I32, f.param(0, 0), I32, address, I32, five, I32, address]
    expect(Array.from(words)).toEqual([f.wasmPos[load], -1, 2, 2, 1, ...values])
  })
})

/** A module of one function from i32 to i32 with this code. */
function moduleWith(code: readonly number[]): Uint8Array {
  return moduleOf(section(1, vec([0x60, 1, I32, 1, I32])), section(3, vec(0)), section(10, vec(body(0, code))))
}

function repeat(count: number, code: readonly number[]): number[] {
  return Array.from({ length: count * code.length }, (_, i) => code[i % code.length])
}

describe('large bodies', () => {
  const NESTING = 100_000
  const END = [0x20, 0, 0x0b]
  /** An operand, minus one, kept in the local, branches to the innermost label; then the label's end. */
  const DECREMENT = [0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b]
  const shapes: Record<string, readonly number[]> = {
    'nested blocks': [...repeat(NESTING, [0x02, 0x40]), ...repeat(NESTING, DECREMENT), ...END],
    'nested loops': [...repeat(NESTING, [0x03, 0x40]), ...repeat(NESTING, DECREMENT), ...END],
    'nested ifs': [...repeat(NESTING, [0x20, 0, 0x04, 0x40]), ...repeat(NESTING, DECREMENT), ...END],
    'many branches to one label': [0x02, 0x40, ...repeat(NESTING, [0x20, 0, 0x0d, 0]), 0x0b, ...END],
  }
  for (const [name, code] of Object.entries(shapes)) {
    it(`are translated: ${name}`, () => {
      const bytes = moduleWith(code)
      expect(verifyFunction(translateFunction(decodeModule(bytes), bytes, 0))).toEqual([])
    })
  }
})
