// The allocator on random machine code, under the symbolic checker; and the checker against a machine that runs the code.
import { describe, expect, it } from 'vitest'
import { damage, randomCode, runAllocated } from '#dist/tests/support/vcode.js'
import { Random } from '#dist/tests/support/random.js'
import { Allocator } from '#dist/tiers/optimizing/regalloc/allocator.js'
import { checkAllocation } from '#dist/tiers/optimizing/regalloc/checker.js'

/** More by WINDLASS_STRESS=N, for a night. */
const ROUNDS = Number(process.env['WINDLASS_STRESS'] ?? 60)

describe('random code', () => {
  for (const pressure of [undefined, 8, 6]) {
    it(`is allocated as the checker demands, and runs so (registers: ${pressure ?? 'all'})`, () => {
      const allocator = new Allocator()
      let slots = 0
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const random = new Random(seed * 2654435761)
        const size = 10 + random.below(seed % 10 === 0 ? 1200 : 150)
        const code = randomCode(random, size, (['mixed', 'loops', 'ladder'] as const)[seed % 3])
        try {
          allocator.run(code, pressure)
          checkAllocation(code, allocator.moves, allocator.slotCount)
          expect(runAllocated(code, allocator.moves, random, 200)).toBeUndefined()
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error })
        }
        slots += allocator.slotCount
      }
      expect(slots).toBeGreaterThan(ROUNDS)
    })
  }
})

describe('the checker', () => {
  it('accepts no damaged allocation that a run refutes', () => {
    const allocator = new Allocator()
    let found = 0
    let refuted = 0
    for (let seed = 1; seed <= ROUNDS * 4; seed++) {
      const random = new Random(seed * 40503)
      const code = randomCode(random, 10 + random.below(40))
      allocator.run(code, 6)
      damage(code, allocator.moves, random)
      let accepted = true
      try {
        checkAllocation(code, allocator.moves, allocator.slotCount)
      } catch {
        accepted = false
        found++
      }
      for (let path = 0; path < 4; path++) {
        const wrong = runAllocated(code, allocator.moves, random, 60)
        if (wrong === undefined) continue
        refuted++
        expect(accepted ? `seed ${seed}: ${wrong}` : '').toBe('')
      }
    }
    expect(found).toBeGreaterThan(ROUNDS)
    expect(refuted).toBeGreaterThan(ROUNDS / 2)
  })
})
