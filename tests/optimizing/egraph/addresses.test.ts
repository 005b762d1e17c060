// Constant parts of addresses: when they become part of the access, and when they must not. And loop counters, from which the
// ranges of addresses follow, and which loops need no poll.
import { describe, expect, it, test } from 'vitest'
import { memorySlack } from '#dist/tiers/abi.js'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'

const midEnd = new MidEnd()

function optimized(text: string, by = midEnd): string {
  const f = parseFunction(text)
  expect(verifyFunction(f)).toEqual([])
  by.run(f)
  expect(verifyFunction(f)).toEqual([])
  return printFunction(f)
}

/** A load of p plus each constant, one after the other; what is left of the additions, and the accesses. */
function loads(...constants: number[]): { sums: number; offsets: string[] } {
  const lines = constants.map(
    (constant, i) =>
      `  v${3 * i + 1} = iconst.i32 ${constant}\n  v${3 * i + 2} = iadd.i32 v0, v${3 * i + 1}\n  v${3 * i + 3} = load.i32 m0:32u+0, v${3 * i + 2}`,
  )
  const results = constants.map((_, i) => `v${3 * i + 3}`)
  const text = optimized(
    `func "f" (i32) -> (${constants.map(() => 'i32').join(', ')}) {\nblock0(v0: i32):\n${lines.join('\n')}\n  return ${results.join(', ')}\n}`,
  )
  return {
    sums: text.split('iadd').length - 1,
    offsets: [...text.matchAll(/load\.i32 m0:32u\+(\d+)/g)].map((found) => found[1]),
  }
}

describe('addresses behind one that was accessed', () => {
  it('takes the distance into the offset', () => {
    expect(loads(0, 8, 65535)).toEqual({ sums: 0, offsets: ['0', '8', '65535'] })
  })
  it('counts from a sum, too', () => {
    expect(loads(100, 108, 104)).toEqual({ sums: 1, offsets: ['0', '8', '4'] })
  })
  it('not when it is before the one that was accessed', () => {
    expect(loads(100, 96)).toEqual({ sums: 2, offsets: ['0', '0'] })
    expect(loads(0, -4)).toEqual({ sums: 1, offsets: ['0', '0'] })
  })
  it('not beyond what memories leave free', () => {
    expect(loads(0, 65536)).toEqual({ sums: 1, offsets: ['0', '0'] })
    const text =
      'func "f" (i32) -> (i32, i32) {\nblock0(v0: i32):\n  v1 = load.i32 m0:32u+0, v0\n  v2 = iconst.i32 8\n  v3 = iadd.i32 v0, v2\n  v4 = load.i32 m0:32u+0, v3\n  return v1, v4\n}'
    expect(optimized(text)).toContain('m0:32u+8')
    expect(optimized(text, new MidEnd(memorySlack(65536)))).not.toContain('m0:32u+8')
  })
  it('finds that accesses in different forms are one', () => {
    const text = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = load.i32 m0:32u+0, v0
  v3 = iconst.i32 8
  v4 = iadd.i32 v0, v3
  store.i32 m0:32u+0, v4, v1
  v5 = load.i32 m0:32u+8, v0
  v6 = iadd.i32 v2, v5
  return v6
}`)
    expect(text.split('load').length - 1).toBe(1)
    expect(text).toMatch(/iadd\.i32 v2, v1|iadd\.i32 v1, v2/)
  })
  it('not when the access is on another path', () => {
    const text = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  brif v1, block1, block2
block1:
  v2 = load.i32 m0:32u+0, v0
  jump block3(v2)
block2:
  jump block3(v1)
block3(v3: i32):
  v4 = iconst.i32 8
  v5 = iadd.i32 v0, v4
  v6 = load.i32 m0:32u+0, v5
  v7 = iadd.i32 v3, v6
  return v7
}`)
    expect(text).not.toContain('32u+8')
  })
})

/** A loop whose counter begins at `first`, with the given test of `next` for another turn, and a load at counter plus 1024. */
function loop(first: string, step: number, condition: string, extra = ''): string {
  return optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = iconst.i32 ${first}
  jump block1(v2)
block1(v3: i32):
  poll
  v4 = iconst.i32 1024
  v5 = iadd.i32 v3, v4
  v6 = load.i32 m0:32u+0, v5
  store.i32 m0:32u+0, v6, v6
  v7 = iconst.i32 ${step}
  v8 = iadd.i32 v3, v7
${extra}  v9 = ${condition}
  brif v9, block1(v8), block2
block2:
  return v3
}`)
}

describe('counters', () => {
  const LIMIT = (limit: number): string => `  v10 = iconst.i32 ${limit}\n`
  test.each([
    ['to a constant, by the next value', loop('0', 4, 'icmp.i32.ne v8, v10', LIMIT(400))],
    ['to a constant, by the value', loop('0', 4, 'icmp.i32.ne v3, v10', LIMIT(400))],
    ['below a constant', loop('0', 3, 'icmp.i32.slt v8, v10', LIMIT(400))],
    ['below a signed number', loop('0', 1, 'icmp.i32.slt v8, v1')],
  ])('counts %s', (_, text) => {
    expect(text).toContain('load.i32 m0:32u+1024')
  })
  test.each([
    ['steps over the constant', loop('0', 3, 'icmp.i32.ne v8, v10', LIMIT(400))],
    ['begins behind the constant', loop('404', 4, 'icmp.i32.ne v8, v10', LIMIT(400))],
    ['comes from below zero', loop('-400', 4, 'icmp.i32.slt v8, v10', LIMIT(400))],
    ['may pass the largest signed number', loop('0', 2, 'icmp.i32.slt v8, v1')],
    ['goes on at any other number', loop('0', 1, 'icmp.i32.ne v8, v1')],
    ['goes on below an unsigned number', loop('0', 1, 'icmp.i32.ult v8, v1')],
    ['passes zero', loop('-3', 1, 'icmp.i32.ne v8, v10', LIMIT(4))],
    ['goes back', loop('400', -4, 'icmp.i32.slt v8, v10', LIMIT(800))],
  ])('knows nothing of one that %s', (_, text) => {
    expect(text).not.toContain('load.i32 m0:32u+1024')
  })
  it('takes the poll out of a loop that turns seldom', () => {
    expect(loop('0', 1, 'icmp.i32.ne v8, v10', LIMIT(2048))).not.toContain('poll')
    expect(loop('-10', 1, 'icmp.i32.ne v8, v10', LIMIT(0))).not.toContain('poll')
    expect(loop('100', -1, 'icmp.i32.ne v8, v10', LIMIT(0))).not.toContain('poll')
    expect(loop('-3', 1, 'icmp.i32.ne v8, v10', LIMIT(4))).not.toContain('poll')
    expect(loop('3', -2, 'icmp.i32.ne v8, v10', LIMIT(-5))).not.toContain('poll')
  })
  it('leaves it in one that turns often, or nobody knows how often', () => {
    expect(loop('0', 1, 'icmp.i32.ne v8, v10', LIMIT(2049))).toContain('poll')
    expect(loop('-3', 2, 'icmp.i32.ne v8, v10', LIMIT(4))).toContain('poll')
    expect(loop('-1024', 1, 'icmp.i32.ne v8, v10', LIMIT(1025))).toContain('poll')
    expect(loop('0', 1, 'icmp.i32.slt v8, v1')).toContain('poll')
  })
})
