// What the mid-end does to the shape of functions: where values go, and which loads, stores, checks and branches are left.
import { describe, expect, it } from 'vitest'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'

const midEnd = new MidEnd()

/** The texts of the blocks after optimization. */
function optimized(text: string): string[] {
  const f = parseFunction(text)
  expect(verifyFunction(f)).toEqual([])
  midEnd.run(f)
  expect(verifyFunction(f)).toEqual([])
  return printFunction(f)
    .split(/^(?=block\d+)/m)
    .slice(1)
}

function count(text: string, op: string): number {
  return text.split(op).length - 1
}

describe('placement', () => {
  it('drops what nobody needs and computes equal values once', () => {
    const [block] = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = imul.i32 v0, v1
  v3 = iadd.i32 v0, v1
  v4 = iadd.i32 v1, v0
  v5 = band.i32 v3, v4
  return v5
}`)
    expect(count(block, 'imul')).toBe(0)
    expect(count(block, 'iadd')).toBe(1)
    expect(count(block, 'band')).toBe(0)
  })

  it('moves loop invariants before the loop', () => {
    const [entry, loop] = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  jump block1(v0)
block1(v2: i32):
  v3 = imul.i32 v1, v1
  v4 = isub.i32 v2, v3
  brif v4, block1(v4), block2
block2:
  return v4
}`)
    expect(entry).toContain('imul')
    expect(loop).not.toContain('imul')
    expect(loop).toContain('isub')
  })

  it('sinks what only one branch needs', () => {
    const [entry, ...rest] = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = imul.i32 v1, v1
  brif v0, block1, block2
block1:
  return v2
block2:
  return v0
}`)
    expect(entry).not.toContain('imul')
    expect(count(rest.join(''), 'imul')).toBe(1)
  })
})

describe('branches and checks', () => {
  it('decides branches on constants and removes unreachable blocks', () => {
    const blocks = optimized(`func "f" (i32) -> (i32) {
block0(v0: i32):
  v1 = isub.i32 v0, v0
  brif v1, block1, block2
block1:
  return v1
block2:
  return v0
}`)
    expect(blocks).toHaveLength(2)
    expect(blocks[0]).toContain('jump')
  })

  it('exchanges the targets of a branch on an inverted condition', () => {
    const [entry] = optimized(`func "f" (i32) -> (i32) {
block0(v0: i32):
  v1 = ieqz.i32 v0
  brif v1, block1, block2
block1:
  return v1
block2:
  return v0
}`)
    expect(entry).toMatch(/brif v0, block2, block1/)
    expect(entry).not.toContain('ieqz')
  })

  it('keeps one of two equal divisions, when the first dominates', () => {
    const text = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = udiv.i32 v0, v1
  v3 = udiv.i32 v0, v1
  v4 = iadd.i32 v2, v3
  return v4
}`).join('')
    expect(count(text, 'udiv')).toBe(1)
  })

  it('keeps divisions of both branches', () => {
    const text = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  brif v0, block1, block2
block1:
  v2 = udiv.i32 v0, v1
  return v2
block2:
  v3 = udiv.i32 v0, v1
  return v3
}`).join('')
    expect(count(text, 'udiv')).toBe(2)
  })
})

describe('memory', () => {
  const access = (body: string): string =>
    optimized(`func "f" (i32, i32) -> (i32) {\nblock0(v0: i32, v1: i32):\n${body}\n}`).join('')

  it('loads once from one state of memory', () => {
    const text = access(`  v2 = load.i32 m0:32u+8 v0
  v3 = load.i32 m0:32u+8 v0
  v4 = isub.i32 v2, v3
  return v4`)
    expect(count(text, 'load')).toBe(1)
  })

  it('loads again after a store elsewhere', () => {
    const text = access(`  v2 = load.i32 m0:32u+8 v0
  store.i32 m0:32u+8 v1, v2
  v3 = load.i32 m0:32u+8 v0
  v4 = isub.i32 v2, v3
  return v4`)
    expect(count(text, 'load')).toBe(2)
  })

  it('looks behind stores to other places around the same pointer, not to places that overlap', () => {
    const behind = (store: string): number =>
      count(
        access(`  v2 = load.i32 m0:32u+8 v0
${store}
  v3 = load.i32 m0:32u+8 v0
  v4 = isub.i32 v2, v3
  return v4`),
        'load',
      )
    expect(behind('  store.i32 m0:32u+4 v0, v1')).toBe(1)
    expect(behind('  store.i32 m0:8u+12 v0, v1')).toBe(1)
    expect(behind('  store.i32 m0:16u+7 v0, v1')).toBe(2)
    expect(behind('  store.i32 m0:8u+11 v0, v1')).toBe(2)
    expect(behind('  store.i32 m0:32u+4 v1, v1')).toBe(2)
    const many = (stores: number): string =>
      Array.from({ length: stores }, (_, i) => `  store.i32 m0:32u+${12 + 4 * i} v0, v1`).join('\n')
    expect(behind(many(8))).toBe(1)
    expect(behind(many(9))).toBe(2)
  })

  it('takes a stored value from behind a store to another place', () => {
    const text = access(`  store.i32 m0:32u+8 v0, v1
  store.i32 m0:32u+12 v0, v0
  v3 = load.i32 m0:32u+8 v0
  return v3`)
    expect(count(text, 'load')).toBe(0)
    expect(count(text, 'store')).toBe(2)
  })

  it('takes two globals for one: both may be imported', () => {
    const text = access(`  globalset.i32 #0, v0
  globalset.i32 #1, v1
  v2 = globalget.i32 #0
  return v2`)
    expect(count(text, 'globalget')).toBe(1)
  })

  it('forwards a stored value of full width, not a narrow one', () => {
    const text = access(`  store.i32 m0:32u+8 v0, v1
  v3 = load.i32 m0:32u+8 v0
  return v3`)
    expect(count(text, 'load')).toBe(0)
    const narrow = access(`  store.i32 m0:8u+8 v0, v1
  v3 = load.i32 m0:8u+8 v0
  return v3`)
    expect(count(narrow, 'load')).toBe(1)
  })

  it('drops a store that the next one covers, not one that a load may see', () => {
    const text = access(`  store.i32 m0:32u+8 v0, v1
  store.i32 m0:32u+8 v0, v0
  return v1`)
    expect(count(text, 'store')).toBe(1)
    const seen = access(`  store.i32 m0:32u+8 v0, v1
  v2 = load.i32 m0:8u+9 v1
  store.i32 m0:32u+8 v0, v0
  return v2`)
    expect(count(seen, 'store')).toBe(2)
  })

  it('does not keep a value over a loop that stores', () => {
    const text = optimized(`func "f" (i32, i32) -> (i32) {
block0(v0: i32, v1: i32):
  v2 = load.i32 m0:32u+0 v0
  jump block1(v2)
block1(v3: i32):
  v4 = load.i32 m0:32u+0 v0
  store.i32 m0:32u+0 v1, v3
  brif v4, block1(v4), block2
block2:
  return v2
}`).join('')
    expect(count(text, 'load')).toBe(2)
  })
})
