// Liveness by marking back from uses, against the data-flow equations solved in the plainest way; and its limit.
import { describe, expect, it } from 'vitest'
import { randomCode } from '#dist/tests/support/vcode.js'
import { Random } from '#dist/tests/support/random.js'
import { LimitError, MAX_LIVE } from '#dist/tiers/optimizing/limits.js'
import { isDefKind, OP_KIND_MASK, OpKind, VCode } from '#dist/tiers/optimizing/lower/vcode.js'
import { Liveness } from '#dist/tiers/optimizing/regalloc/liveness.js'

interface Edge {
  readonly to: number
  readonly args: readonly number[]
}

function edges(code: VCode, block: number): Edge[] {
  const list: Edge[] = []
  let at = code.blockSuccs[block]
  for (let i = 0; i < code.blockSuccCount[block]; i++) {
    list.push({ to: code.pool[at], args: Array.from(code.pool.subarray(at + 2, at + 2 + code.pool[at + 1])) })
    at += 2 + code.pool[at + 1]
  }
  return list
}

/** What is live where a block begins, when `live` is known for its successors. */
function before(code: VCode, block: number, live: readonly ReadonlySet<number>[]): Set<number> {
  const set = new Set(edges(code, block).flatMap(({ to, args }) => [...live[to], ...args]))
  for (let index = code.blockEnd[block] - 1; index >= code.blockStart[block]; index--) {
    const start = code.operandStart[code.order[index]]
    const operands = Array.from({ length: code.operandCount[code.order[index]] }, (_, n) => start + n)
    for (const at of operands) if (isDefKind(code.opKind[at] & OP_KIND_MASK)) set.delete(code.opVreg[at])
    for (const at of operands) if ((code.opKind[at] & OP_KIND_MASK) < OpKind.Def) set.add(code.opVreg[at])
  }
  const params = code.blockParams[block]
  for (let i = 0; i < code.blockParamCount[block]; i++) set.delete(code.pool[params + i])
  return set
}

/** `count` values that are made in the first of `count` blocks and read in the last. */
function longLives(count: number): VCode {
  const code = new VCode()
  code.reserveBlocks(count)
  code.reserveOrder(2 * count)
  code.blockCount = count
  for (let block = 0; block < count; block++) {
    code.order[code.indexCount] = code.inst(0)
    code.blockStart[block] = code.indexCount++
    if (block === 0 || block === count - 1) {
      code.order[code.indexCount++] = code.inst(1)
      for (let i = 0; i < count; i++) {
        code.operand(block === 0 ? code.newVreg(0) : i, block === 0 ? OpKind.Def : OpKind.UseAny)
      }
    }
    code.blockEnd[block] = code.indexCount
    code.blockPredCount[block] = block === 0 ? 0 : 1
    code.blockSuccs[block] = code.poolSize
    code.blockSuccCount[block] = block === count - 1 ? 0 : 1
    code.push(block + 1)
    code.push(0)
  }
  return code
}

describe('liveness', () => {
  it('is what the equations say', () => {
    const liveness = new Liveness()
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed * 7919)
      const code = randomCode(random, 10 + random.below(120))
      let live = Array.from({ length: code.blockCount }, () => new Set<number>())
      for (let size = -1, next = 0; size !== next;) {
        size = next
        live = live.map((_, block) => before(code, block, live))
        next = live.reduce((sum, set) => sum + set.size, 0)
      }
      liveness.compute(code)
      live.forEach((set, block) => {
        const found = liveness.live.subarray(liveness.start[block], liveness.start[block + 1])
        expect(Array.from(found)).toEqual([...set].toSorted((a, b) => a - b))
      })
    }
  })

  it('gives up where there is more of it than the limit', () => {
    const side = Math.ceil(Math.sqrt(MAX_LIVE))
    expect(() => new Liveness().compute(longLives(side + 2))).toThrow(LimitError)
  })
})
