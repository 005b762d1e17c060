// Linkage names against llvm-cxxfilt (demangled.txt; with `>>` for its older `> >`, and without the hashes that it
// leaves in Rust's old names), and on damaged ones.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { demangle } from '#dist/wasm/debug/demangle.js'
import { Random } from '../support/random.js'

const table = readFileSync(new URL('demangled.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t'))

describe('demangle', () => {
  it.each(table)('%s', (mangled, expected) => {
    expect(demangle(mangled)).toBe(expected)
  })

  it('never throws and is bounded on damaged names', () => {
    const random = new Random(11)
    for (let round = 0; round < 20_000; round++) {
      const chars = Array.from(table[random.below(table.length)][0])
      for (let i = random.below(3); i >= 0; i--) {
        const other = table[random.below(table.length)][0]
        chars[random.below(chars.length)] = other.charAt(random.below(other.length))
      }
      expect(demangle(chars.join('')).length).toBeLessThan(1 << 16)
    }
  })

  it.each(['L', 'N', 'I', 'P', 'F', 'cv', 'Ut_', 'S_', 'XX', 'R', 'T', 'B_', 'Z', 'M1a', 'INv'])(
    'reads names that repeat %s as far as they make sense',
    (piece) => {
      for (const start of ['_Z', '_Z1f', '_ZN', '_R', '_RNv']) {
        const name = start + piece.repeat(8000 / piece.length)
        expect(demangle(name).length).toBeLessThan(1 << 16)
      }
    },
  )

  it('does not double the output with every substitution', () => {
    const digit = (i: number): string => (i === 0 ? 'S_' : `S${(i - 1).toString(36).toUpperCase()}_`)
    const types = Array.from({ length: 36 }, (_, i) => `F${digit(i)}${digit(i)}E`)
    const bomb = `_Z1fFiiE${types.join('')}`
    expect(demangle(bomb.slice(0, 14))).toBe('f(int (int), int  (int (int))(int))')
    expect(demangle(bomb)).toBe(bomb)
  })
})
