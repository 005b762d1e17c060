// Modules made to hurt: huge counts without the bytes, deep nesting, large bodies. They are decided at once or in linear
// time; there are no times in here, a quadratic loop would show as a test that does not end.
import { expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { body, leb, moduleOf, NULLARY_TYPE, ONE_FUNCTION, section, vec } from '../support/binary.js'
import { verdict } from '../support/verdict.js'

/** A module with one function of no type whose body is `code`, without going through nested arrays. */
function withCode(code: Uint8Array, head: Uint8Array = moduleOf(NULLARY_TYPE, ONE_FUNCTION)): Uint8Array {
  const size = leb(code.length)
  const codeHead = [10, ...leb(1 + size.length + code.length), 1, ...size]
  return Buffer.concat([head, Uint8Array.from(codeHead), code])
}

const MAX_BODY = 7_654_321

it('refuses counts beyond their bytes, whatever the section', () => {
  const huge = leb(0xffff_ffff)
  for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 11, 12]) {
    expect(verdict(moduleOf(section(id, huge))), `section ${id}`).toMatch(/exceeds internal limit/)
  }
  const most: Record<number, number> = {
    1: 1_000_000,
    2: 1_000_000,
    3: 1_000_000,
    6: 1_000_000,
    7: 1_000_000,
    9: 10_000_000,
  }
  for (const [id, count] of Object.entries(most)) {
    expect(verdict(moduleOf(section(Number(id), leb(count)))), `section ${id}`).not.toMatch(/valid$|limit/)
  }
})

it('decides nesting as deep as a body allows', () => {
  const depth = ((MAX_BODY - 2) / 3) | 0
  const code = new Uint8Array(depth * 3 + 2)
  for (let i = 0; i < depth; i++) code.set([2, 0x40], 1 + 2 * i)
  code.fill(0x0b, 1 + 2 * depth)
  expect(verdict(withCode(code))).toBe('valid')
  expect(verdict(withCode(code.subarray(0, -1)))).toMatch(/function body must end with "end" opcode/)
})

it('decides a body of the largest size, and refuses one byte more', () => {
  const code = new Uint8Array(MAX_BODY).fill(1)
  code[0] = 0
  code[MAX_BODY - 1] = 0x0b
  expect(verdict(withCode(code))).toBe('valid')
  expect(verdict(withCode(new Uint8Array(MAX_BODY + 1)))).toMatch(/size 7654322 > maximum function size 7654321/)
})

it('decides the highest stack of operands that a body can build without calls', () => {
  const pushes = ((MAX_BODY - 3) / 3) | 0
  const code = new Uint8Array(1 + 3 * pushes + 1)
  for (let i = 0; i < pushes; i++) code[1 + 2 * i] = 0x41
  code.fill(0x1a, 1 + 2 * pushes, -1)
  code[code.length - 1] = 0x0b
  expect(verdict(withCode(code))).toBe('valid')
})

it('refuses a stack that calls with many results build', () => {
  const results = Array.from({ length: 1000 }, () => 0x7f)
  const head = moduleOf(section(1, vec([0x60, 0, 0], [0x60, 0, leb(1000), results])), section(3, vec(1)))
  const calls = 1_000_000
  const code = new Uint8Array(1 + 2 * calls + 1)
  for (let i = 0; i < calls; i++) code[1 + 2 * i] = 0x10
  code[code.length - 1] = 0x0b
  expect(verdict(withCode(code, head))).toMatch(/operand stack exceeds internal limit/)
})

it('decides many large br_tables whose labels carry many values', () => {
  const labels = 65_520
  const results = Array.from({ length: 1000 }, () => 0x7f)
  const head = moduleOf(section(1, vec([0x60, 0, leb(1000), results])), ONE_FUNCTION)
  const table = [0x41, 0, 0x0e, ...leb(labels), ...new Uint8Array(labels + 1)]
  const consts = results.flatMap(() => [0x41, 0])
  const code = Uint8Array.from([0, ...Array.from({ length: 50 }, () => [...consts, ...table]).flat(), 0x0b])
  expect(verdict(withCode(code, head))).toBe('valid')
})

it('decides 100,000 functions', () => {
  const count = 100_000
  const empty = body(0, 0x0b)
  const bytes = moduleOf(
    NULLARY_TYPE,
    section(
      3,
      leb(count),
      Array.from({ length: count }, () => 0),
    ),
    section(
      10,
      leb(count),
      Array.from({ length: count }, () => empty),
    ),
  )
  expect(decodeModule(bytes).bodyStart.length).toBe(count)
  expect(verdict(bytes)).toBe('valid')
})
