import { expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { FunctionFacts } from '#dist/wasm/facts.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { validateBody } from '#dist/wasm/validator.js'
import { body, leb, moduleOf, NULLARY_TYPE, section, vec } from '../support/binary.js'

function factsOf(bytes: Uint8Array, defined = 0): FunctionFacts {
  const info = decodeModule(bytes)
  const facts = new FunctionFacts()
  validateBody(info, defined, bytes, info.bodyStart[defined], info.bodyEnd[defined], info.bodyStart[defined], facts)
  return facts
}

function factsOfText(code: string): FunctionFacts {
  return factsOf(assemble(`(module (memory 1) (func (param i32 i64) (local f32 i32) ${code}) (func $f))`))
}

const bits = (lo: number, hi: number): number[] =>
  Array.from({ length: 64 }, (_, i) => i).filter((i) => (((i < 32 ? lo : hi) >>> (i & 31)) & 1) === 1)

/** Locals used, locals assigned, calls: of each loop. */
function loops(facts: FunctionFacts): { used: number[]; assigned: number[]; calls: boolean }[] {
  return Array.from({ length: facts.loopCount }, (_, i) => ({
    used: bits(facts.loopUsedLo[i], facts.loopUsedHi[i]),
    assigned: bits(facts.loopAssignedLo[i], facts.loopAssignedHi[i]),
    calls: facts.loopHasCall[i] === 1,
  }))
}

it('gives the types of parameters and locals', () => {
  const facts = factsOfText('')
  expect(facts.localCount).toBe(4)
  expect([...facts.localTypes.subarray(0, 4)]).toEqual([0x7f, 0x7e, 0x7d, 0x7f])
})

it('weighs uses and assignments by loop depth', () => {
  const facts = factsOfText(`
    (local.set 3 (local.get 0))
    (loop (local.set 3 (local.get 0))
      (loop (drop (local.tee 3 (i32.const 1)))))
    (drop (local.get 1))`)
  expect([...facts.localWeight.subarray(0, 4)]).toEqual([1 + 8, 1, 0, 1 + 8 + 64])
})

it('does not weigh deeper than its limit', () => {
  const facts = factsOfText(`${'(loop '.repeat(9)} (drop (local.get 0)) ${')'.repeat(9)}`)
  expect(facts.localWeight[0]).toBe(8 ** 6)
})

it('knows what each loop contains, inner loops included, in the order of their opcodes', () => {
  const facts = factsOfText(`
    (loop (local.set 3 (i32.const 0))
      (loop (drop (local.get 1)) (call $f))
      (loop (drop (local.get 2))))
    (loop (drop (local.get 0)))
    (drop (local.get 3))`)
  expect(loops(facts)).toEqual([
    { used: [1, 2], assigned: [3], calls: true },
    { used: [1], assigned: [], calls: true },
    { used: [2], assigned: [], calls: false },
    { used: [0], assigned: [], calls: false },
  ])
  expect(facts.hasCalls).toBe(true)
})

it('keeps the locals of 64 apart and takes the rest together', () => {
  const facts = factsOf(
    moduleOf(
      NULLARY_TYPE,
      section(3, vec(0)),
      section(
        10,
        vec(body(1, leb(200), 0x7f, [3, 0x40, 0x20, 31, 0x1a, 0x20, 40, 0x1a, 0x41, 0, 0x21, leb(100), 0x0b, 0x0b])),
      ),
    ),
  )
  expect(loops(facts)).toEqual([{ used: [31, 40], assigned: [100 & 63], calls: false }])
  expect(facts.localWeight[100]).toBe(8)
})

it('gives the greatest height of the operand stack', () => {
  expect(factsOfText('').maxHeight).toBe(0)
  expect(factsOfText('(drop (i32.add (i32.const 1) (i32.add (i32.const 2) (i32.const 3))))').maxHeight).toBe(3)
  const results = assemble('(module (func $r (result i32 i32 i32) unreachable) (func (call $r) drop drop drop))')
  expect(factsOf(results, 1).maxHeight).toBe(3)
})

it('forgets the function before', () => {
  const facts = new FunctionFacts()
  const bytes = assemble('(module (func (local i32) (loop (drop (local.get 0)) (call 2))) (func (param i64)) (func))')
  const info = decodeModule(bytes)
  for (const defined of [0, 1]) {
    validateBody(info, defined, bytes, info.bodyStart[defined], info.bodyEnd[defined], info.bodyStart[defined], facts)
  }
  expect([facts.localCount, facts.localTypes[0], facts.localWeight[0], facts.loopCount, facts.maxHeight]).toEqual([
    1, 0x7e, 0, 0, 0,
  ])
  expect(facts.hasCalls).toBe(false)
})

it('does not count calls without a call', () => {
  expect(factsOfText('(loop (drop (memory.grow (i32.const 0))))').hasCalls).toBe(false)
})

it('knows the locals that two bytes name', () => {
  const code = '(loop (drop (local.get 130)) (local.set 200 (i64.const 0))) (drop (local.get 200))'
  const facts = factsOf(assemble(`(module (func (local ${'i64 '.repeat(201)}) ${code}))`))
  expect(loops(facts)).toEqual([{ used: [130 & 63], assigned: [200 & 63], calls: false }])
  expect([...facts.localWeight.subarray(128, 201)].filter((weight) => weight !== 0)).toEqual([8, 8 + 1])
})

it('keeps loops apart that stand one after the other', () => {
  const facts = factsOfText('(loop (call $f)) (loop (drop (local.get 0))) (loop (local.set 0 (i32.const 1)))')
  expect(loops(facts)).toEqual([
    { used: [], assigned: [], calls: true },
    { used: [0], assigned: [], calls: false },
    { used: [], assigned: [0], calls: false },
  ])
})
