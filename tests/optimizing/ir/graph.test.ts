// Dominators and loops against their definitions, by removing blocks and asking what can still be reached.
import { describe, expect, it } from 'vitest'
import { Cfg } from '#dist/tiers/optimizing/ir/cfg.js'
import { DomTree } from '#dist/tiers/optimizing/ir/domtree.js'
import type { IrFunction } from '#dist/tiers/optimizing/ir/function.js'
import { Loops } from '#dist/tiers/optimizing/ir/loops.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { generateModule } from '../../fuzz/generator.js'
import { Random } from '../../fuzz/random.js'
import { translateFunction } from '#dist/tests/support/ir-machine.js'

/** Blocks that the entry leads to without going through `without`. */
function reachable(f: IrFunction, without: number): Set<number> {
  const seen = new Set<number>()
  const stack = without === f.entry ? [] : [f.entry]
  for (let block = stack.pop(); block !== undefined; block = stack.pop()) {
    if (seen.has(block)) continue
    seen.add(block)
    const last = f.lastInst[block]
    for (let i = 0; i < f.successorCount(last); i++) {
      if (f.successor(last, i) !== without) stack.push(f.successor(last, i))
    }
  }
  return seen
}

function analyse(f: IrFunction): { cfg: Cfg; dom: DomTree; loops: Loops } {
  const cfg = new Cfg()
  cfg.compute(f)
  const dom = new DomTree()
  dom.compute(f, cfg)
  const loops = new Loops()
  loops.compute(f, cfg, dom)
  return { cfg, dom, loops }
}

const NESTED = `func "nested" (i32) -> () {
block0(v0: i32):
  jump block1
block1:
  brif v0, block2, block6
block2:
  brif v0, block2, block3
block3:
  brif v0, block4, block5
block4:
  jump block1
block5:
  jump block1
block6:
  return
block7:
  return
}
`

describe('the graph of a function', () => {
  it('has the dominators that removing blocks shows', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { bytes } = generateModule(new Random(seed), { statements: 4 })
      const f = translateFunction(decodeModule(bytes), bytes, 0)
      const { cfg, dom } = analyse(f)
      const all = reachable(f, -1)
      expect(new Set(cfg.rpo.subarray(0, cfg.count))).toEqual(all)
      expect(new Set(dom.preorder.subarray(0, dom.count))).toEqual(all)
      const wrong: string[] = []
      for (const a of all) {
        const left = reachable(f, a)
        for (const b of all) {
          const expected = !left.has(b)
          if (dom.dominates(a, b) !== expected) wrong.push(`${a} dominates ${b}: ${!expected}`)
        }
      }
      expect(wrong).toEqual([])
    }
  })

  it('has nested loops, unreachable blocks apart', () => {
    const f = parseFunction(NESTED)
    const { cfg, dom, loops } = analyse(f)
    expect(cfg.isReachable(7)).toBe(false)
    expect(Array.from(dom.idom.subarray(0, 8))).toEqual([0, 0, 1, 2, 3, 3, 1, -1])
    expect(loops.count).toBe(2)
    expect(Array.from(loops.header.subarray(0, 2))).toEqual([1, 2])
    expect(Array.from({ length: 7 }, (_, block) => loops.depthOf(block))).toEqual([0, 1, 2, 1, 1, 1, 0])
    expect(loops.contains(0, 2)).toBe(true)
    expect(loops.contains(1, 3)).toBe(false)
  })
})
