// The order in which blocks are numbered: what calls and what is cold comes last, where there is a way around it.
import { describe, expect, it } from 'vitest'
import { Cfg } from '#dist/tiers/optimizing/ir/cfg.js'
import { DomTree } from '#dist/tiers/optimizing/ir/domtree.js'
import { Loops } from '#dist/tiers/optimizing/ir/loops.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { CallsLast } from '#dist/tiers/optimizing/lower/calls-last.js'

/** Blocks, by their place in the text, in the order in which they are numbered. */
function orderOf(text: string): number[] {
  const f = parseFunction(text)
  const [cfg, dom, loops, last] = [new Cfg(), new DomTree(), new Loops(), new CallsLast()]
  cfg.compute(f)
  dom.compute(f, cfg)
  loops.compute(f, cfg, dom)
  last.compute(f, cfg, dom, loops)
  return [...last.order.subarray(0, cfg.count)]
}

/** A loop with a block in it that may be on the way, and what else that leads to. */
function loopWith(rare: string, usual = ''): string {
  return `func "f" (i32) -> () {
block0(v0: i32):
  jump block1(v0)
block1(v1: i32):
  brif v1, block2, block3
${rare}
block3:
${usual}  brif v1, block1(v1), block4
block4:
  return
}
`
}

describe('blocks come last', () => {
  it('that call', () => {
    expect(orderOf(loopWith('block2:\n  call #1()\n  jump block3'))).toEqual([0, 1, 3, 4, 2])
  })

  it('that are cold, with those that they dominate', () => {
    expect(orderOf(loopWith('block2:\n  jump block3'))).toEqual([0, 1, 2, 3, 4])
    expect(orderOf(loopWith('block2: cold\n  jump block3'))).toEqual([0, 1, 3, 4, 2])
    const loop = 'block2: cold\n  jump block5\nblock5: cold\n  brif v1, block5, block6\nblock6: cold\n  jump block3'
    expect(orderOf(loopWith(loop))).toEqual([0, 1, 5, 6, 2, 3, 4])
  })
})

describe('blocks stay', () => {
  it('that only trap', () => {
    expect(orderOf(loopWith('block2: cold\n  trap 1'))).toEqual([0, 1, 2, 3, 4])
  })

  it('where the usual way calls as well: a way through what is cold is none', () => {
    const call = '  call #1()\n'
    expect(orderOf(loopWith(`block2:\n${call}  jump block3`, call))).toEqual([0, 1, 2, 3, 4])
    const ways = `block2: cold\n  brif v1, block1(v1), block4`
    expect(orderOf(loopWith(ways.replace(' cold', ''), call))).toEqual([0, 1, 2, 4, 3])
    expect(orderOf(loopWith(ways, call))).toEqual([0, 1, 2, 3, 4])
  })
})
