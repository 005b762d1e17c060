// Parallel moves: done one after the other in the order that the resolver gives, they do what all at once would.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Moves, SCRATCH_GPR_LOC, SCRATCH_XMM_LOC } from '#dist/tiers/optimizing/regalloc/moves.js'

const SLOTS = 6
/** Locations of one class: registers that may be allocated, and slots. */
const places = (xmm: boolean): number[] => [
  ...[0, 1, 2, 3, 6, 7].map((reg) => (xmm ? reg + 16 : reg)),
  ...Array.from({ length: SLOTS }, (_, i) => 32 + i),
]

function run(moves: Moves): Map<number, number> {
  const value = new Map<number, number>()
  for (let i = 0; i < moves.count; i++) {
    const src = moves.src[i]
    expect(src >= 32 && moves.dst[i] >= 32).toBe(false)
    value.set(moves.dst[i], value.get(src) ?? src)
  }
  return value
}

describe('the resolver of parallel moves', () => {
  for (const xmm of [false, true]) {
    it(`keeps every value (${xmm ? 'xmm' : 'general'} registers)`, () => {
      const list = places(xmm)
      const wanted = fc.uniqueArray(fc.tuple(fc.constantFrom(...list), fc.constantFrom(...list)), {
        selector: ([dst]) => dst,
      })
      fc.assert(
        fc.property(wanted, (pairs) => {
          const moves = new Moves()
          moves.reset()
          for (const [dst, src] of pairs) moves.want(4, src, dst, xmm)
          moves.resolve(SLOTS)
          const value = run(moves)
          for (const [dst, src] of pairs) expect(value.get(dst) ?? dst).toBe(src)
          // Nothing else changes but the reserved registers.
          const targets = new Set([...pairs.map(([dst]) => dst), SCRATCH_GPR_LOC, SCRATCH_XMM_LOC])
          for (const dst of value.keys()) expect(targets.has(dst)).toBe(true)
        }),
      )
    })
  }

  it('orders groups by their keys and does each on its own', () => {
    const moves = new Moves()
    moves.want(8, 1, 2, false)
    moves.want(4, 0, 1, false)
    moves.resolve(0)
    expect([...moves.key.subarray(0, moves.count)]).toEqual([4, 8])
    expect(run(moves).get(2)).toBe(0)
  })
})
