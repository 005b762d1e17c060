// Loops and frequencies of machine code whose numbering is not one of control flow, against the definitions taken literally.
import { describe, expect, it } from 'vitest'
import { randomCode } from '#dist/tests/support/vcode.js'
import { Random } from '#dist/tests/support/random.js'
import type { VCode } from '#dist/tiers/optimizing/lower/vcode.js'
import { BlockLoops } from '#dist/tiers/optimizing/regalloc/loops.js'

function successors(code: VCode, block: number): number[] {
  const list: number[] = []
  for (let i = 0, at = code.blockSuccs[block]; i < code.blockSuccCount[block]; i++, at += 2 + code.pool[at + 1]) {
    list.push(code.pool[at])
  }
  return list
}

/** All blocks that are reached from some without going through `without`. */
function reached(next: readonly (readonly number[])[], from: readonly number[], without: number): Set<number> {
  const met = new Set(from.filter((block) => block !== without))
  for (const block of met) for (const to of next[block]) if (to !== without) met.add(to)
  return met
}

describe('loops of machine code', () => {
  it('are those of its control flow, whatever the blocks are numbered like', () => {
    const loops = new BlockLoops()
    let backwards = 0
    let found = 0
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed * 6151)
      const code = randomCode(random, 10 + random.below(150))
      loops.compute(code)
      const blocks = Array.from({ length: code.blockCount }, (_, block) => block)
      const next = blocks.map((block) => successors(code, block))
      const before = blocks.map((block) => blocks.filter((other) => next[other].includes(block)))
      const members = new Map<number, Set<number>>()
      for (const header of blocks) {
        // A back edge comes from a block that is only reached through its target.
        const others = reached(next, [0], header)
        const back = before[header].filter((block) => !others.has(block))
        backwards += before[header].filter((block) => block > header && others.has(block)).length
        expect(loops.turnEnd[header]).toBe(Math.max(0, ...back.map((block) => code.blockEnd[block] * 4)))
        for (const block of before[header]) expect(loops.isBackEdge(block, header)).toBe(back.includes(block))
        if (back.length > 0) members.set(header, reached(before, back, header).add(header))
      }
      found += members.size
      for (const block of blocks) {
        const around = [...members]
          .filter(([, inside]) => inside.has(block))
          .toSorted(([, a], [, b]) => a.size - b.size)
        const told: number[] = []
        for (let loop = loops.header[block]; loop >= 0; loop = loops.outer[loop]) told.push(loop)
        expect(told).toEqual(around.map(([header]) => header))
      }
      for (const [header, inside] of members) {
        expect(loops.end[header]).toBe(Math.max(...[...inside].map((block) => code.blockEnd[block] * 4)))
      }
    }
    expect(found).toBeGreaterThan(30)
    // Edges to a smaller number that close no loop: what numbers alone would take for one.
    expect(backwards).toBeGreaterThan(30)
  })

  it('run eight turns; branches go each way as often', () => {
    const loops = new BlockLoops()
    for (let seed = 1; seed <= 30; seed++) {
      const code = randomCode(new Random(seed * 3571), 60)
      loops.compute(code)
      for (let block = 0; block < code.blockCount; block++) {
        const next = successors(code, block).filter((succ) => !loops.isBackEdge(block, succ))
        const entered = (succ: number): number => loops.frequency[succ] / (loops.turnEnd[succ] > 0 ? 8 : 1)
        const alone = next.filter((succ) => code.blockPredCount[succ] === 1)
        if (alone.length < code.blockSuccCount[block] || alone.length === 0) continue
        const sum = alone.reduce((total, succ) => total + entered(succ), 0)
        expect(sum).toBeCloseTo(loops.frequency[block], 6)
        const stays = alone.filter((succ) => code.blockLoopDepth[succ] >= code.blockLoopDepth[block])
        for (const succ of stays) expect(entered(succ)).toBeCloseTo(entered(stays[0]), 6)
      }
    }
  })
})
