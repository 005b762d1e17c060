// Damaged modules: our verdict must be V8's, except where the damage makes a module of a feature that V8 has and
// Wasm 2.0 without vectors does not. Newer V8s than Node 20's have many such features: with them only what we accept is
// compared.
import { expect, it } from 'vitest'
import { body, moduleOf, section, vec } from '../support/binary.js'
import { hostWebAssembly } from '../support/host-wasm.js'
import { Random } from '../support/random.js'
import { RICH_MODULE } from '../support/rich-module.js'
import { isRecordedV8, verdict } from '../support/verdict.js'

/** Complaints that name a feature we do not have yet: V8 may go on and accept the module. */
const BEYOND = [
  /unknown section code #0x0d/,
  /unknown import kind 0x04/,
  /invalid export kind 0x04/,
  /invalid value type 0x7b/,
  /Invalid opcode 0x(12|13|14|15|6|7|8|9|18|19|fd|fe|fb|d3|d4|d5|d6) /,
  /opcode .* is not allowed in constant expressions/,
  /Invalid opcode 0xfd /,
  /invalid memory limits flags/,
  // V8 11.3 reads these more loosely than Wasm 2.0.
  /invalid block type -/,
  /Unknown heap type/,
  /Invalid element segment type/,
]

/** One function with most kinds of opcode. */
const CONTROL = moduleOf(
  section(1, vec([0x60, 2, 0x7f, 0x7e, 1, 0x7f], [0x60, 1, 0x7f, 2, 0x7f, 0x7e], [0x60, 0, 0])),
  section(3, vec(0, 1, 2)),
  section(4, vec([0x70, 0, 4])),
  section(5, vec([0, 1])),
  section(6, vec([0x7f, 1, 0x41, 0, 0x0b], [0x7d, 0, 0x43, 0, 0, 0x80, 0x3f, 0x0b])),
  section(9, vec([0, 0x41, 0, 0x0b, vec(0, 1)])),
  section(
    10,
    vec(
      body(
        vec([2, 0x7f], [1, 0x7c]),
        [0x02, 0x40, 0x03, 0x40, 0x20, 0, 0x45, 0x0d, 1, 0x20, 0, 0x41, 1, 0x6b, 0x21, 0, 0x0c, 0, 0x0b, 0x0b],
        [0x20, 0, 0x04, 0x7f, 0x20, 2, 0x05, 0x20, 3, 0x0b, 0x22, 2],
        [0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 2, 0, 1, 1, 0x0b, 0x00, 0x0b],
        [0x20, 1, 0xa7, 0x6a, 0x20, 4, 0xaa, 0x6a],
        [0x20, 2, 0x28, 2, 4, 0x6a, 0x20, 2, 0x31, 0, 8, 0xa7, 0x6a],
        [0x20, 0, 0x20, 3, 0x36, 2, 0, 0x20, 0, 0x20, 1, 0x37, 3, 0],
        [0x23, 0, 0x24, 0, 0x23, 1, 0x1a, 0x20, 0, 0x20, 2, 0x20, 3, 0x1b, 0x6a],
        [0x20, 0, 0x10, 1, 0x1a, 0x6a, 0x20, 1, 0x20, 0, 0x11, 0, 0],
        0x0b,
      ),
      body(0, [0x20, 0, 0x42, 0x7f, 0x0b]),
      body(
        0,
        [0x41, 0, 0x42, 0, 0x02, 0, 0xa7, 0x6a, 0x0b, 0x1a],
        [0xd0, 0x70, 0xd1, 0x1a, 0x41, 0, 0x25, 0, 0x1a, 0xfc, 0x10, 0, 0x1a],
        [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0a, 0, 0],
        [0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0xfc, 0x02, 0x1a, 0x3f, 0, 0x40, 0, 0x1a, 0x00, 0x6a, 0x1a, 0x0b],
      ),
    ),
  ),
)

function agree(bytes: Uint8Array<ArrayBuffer>, what: string): void {
  const ours = verdict(bytes)
  if (ours !== 'valid' && !isRecordedV8) return
  if (ours !== 'valid' && BEYOND.some((text) => text.test(ours))) return
  expect(ours === 'valid', `${what}: ours "${ours}", bytes ${Buffer.from(bytes).toString('hex')}`).toBe(
    hostWebAssembly.validate(bytes),
  )
}

for (const [name, seed] of [
  ['every section', RICH_MODULE],
  ['every kind of opcode', CONTROL],
] as const) {
  it(`agrees with V8 on a module with ${name}`, () => {
    expect(verdict(seed)).toBe('valid')
    expect(hostWebAssembly.validate(seed)).toBe(true)
  })

  it(`agrees with V8 on each bit flip of a module with ${name}`, () => {
    for (let bit = 0; bit < seed.length * 8; bit++) {
      const bytes = seed.slice()
      bytes[bit >> 3] ^= 1 << (bit & 7)
      agree(bytes, `bit ${bit}`)
    }
  })

  it(`agrees with V8 on each beginning of a module with ${name}`, () => {
    for (let length = 0; length < seed.length; length++) agree(seed.slice(0, length), `length ${length}`)
  })

  it(`agrees with V8 on random damage to a module with ${name}`, () => {
    const random = new Random(0x5eed)
    for (let round = 0; round < 8_000; round++) {
      const bytes = seed.slice()
      const edits = 1 + random.below(3)
      for (let i = 0; i < edits; i++) bytes[8 + random.below(bytes.length - 8)] = random.below(256)
      agree(bytes, `round ${round}`)
    }
  })
}
