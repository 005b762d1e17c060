// Positions of instructions in inlined code: each tells its node and its offset in the module.
import { expect, it } from 'vitest'
import { INLINE_WORDS, MAX_INLINE_NODES } from '#dist/tiers/compiled.js'
import { InlineTree } from '#dist/tiers/optimizing/ir/inline-tree.js'

it('tells nodes and offsets from positions', () => {
  const tree = new InlineTree()
  expect([tree.nodeOf(123), tree.offsetOf(123)]).toEqual([0, 123])
  const first = tree.open(123, 7, 1000, 1010)
  const inner = tree.open(1004 + first, 8, 40, 50)
  const again = tree.open(130, 7, 1000, 1010)
  for (const [node, delta, start, end] of [
    [1, first, 1000, 1010],
    [2, inner, 40, 50],
    [3, again, 1000, 1010],
  ]) {
    for (const offset of [start, end - 1]) {
      expect([tree.nodeOf(offset + delta), tree.offsetOf(offset + delta)]).toEqual([node, offset])
    }
  }
  expect([...tree.nodes.subarray(0, tree.count * INLINE_WORDS)]).toEqual([0, 7, 123, 1, 8, 1004, 0, 7, 130])
  tree.reset()
  expect(tree.count).toBe(0)
})

it('has an end', () => {
  const tree = new InlineTree()
  expect(tree.hasRoom(2 ** 30)).toBe(false)
  for (let i = 0; i < MAX_INLINE_NODES; i++) tree.open(0, 0, 0, 1)
  expect(tree.hasRoom(1)).toBe(false)
})
