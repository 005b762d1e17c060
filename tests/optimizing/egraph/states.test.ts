// Frame states after the mid-end name only what is computable from values defined before, so that it can be described.
import { expect, it } from 'vitest'
import { isPure } from '#dist/tiers/optimizing/egraph/graph.js'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { DomTree } from '#dist/tiers/optimizing/ir/domtree.js'
import { Cfg } from '#dist/tiers/optimizing/ir/cfg.js'
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS, type IrFunction } from '#dist/tiers/optimizing/ir/function.js'
import { opArgs } from '#dist/tiers/optimizing/ir/ops.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { generateModule } from '../../fuzz/generator.js'
import { Random } from '../../fuzz/random.js'
import { translateFunction } from '#dist/tests/support/ir-machine.js'

const SEEDS = 12
const midEnd = new MidEnd()

/** Values in the states of a function, and those of them that need a parameter or a result of no dominating block. */
function lost(f: IrFunction): { described: number; wrong: number } {
  const cfg = new Cfg()
  const dom = new DomTree()
  cfg.compute(f)
  dom.compute(f, cfg)
  let described = 0
  let wrong = 0
  for (let i = 0; i < cfg.count; i++) {
    const known = new Map<number, boolean>()
    /** Whether a value can be computed in the block: pure operations anywhere, from what is defined above. */
    const isComputable = (value: number): boolean => {
      let result = known.get(value)
      if (result !== undefined) return result
      const definition = f.definition(value)
      if (definition >= 0 && isPure(f, definition)) {
        result = Array.from({ length: opArgs[f.op[definition]] }, (_, k) => f.arg(definition, k)).every(isComputable)
      } else {
        const from = definition >= 0 ? f.block[definition] : f.vA[value]
        result = from >= 0 && dom.dominates(from, cfg.rpo[i])
      }
      known.set(value, result)
      return result
    }
    for (let inst = f.firstInst[cfg.rpo[i]]; inst >= 0; inst = f.next[inst]) {
      const state = f.frame[inst]
      if (state < 0) continue
      const count = f.states[state + 2] + f.states[state + 3]
      for (let k = 0, at = state + STATE_HEAD_WORDS + 1; k < count; k++, at += STATE_VALUE_WORDS) {
        const value = f.states[at]
        if (value < 0) continue
        described++
        if (!isComputable(value)) wrong++
      }
    }
  }
  return { described, wrong }
}

it('states name what can be computed where they are', () => {
  let described = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { bytes } = generateModule(new Random(seed))
    const info = decodeModule(bytes)
    for (let defined = 0; defined < info.bodyStart.length; defined++) {
      const f = translateFunction(info, bytes, defined, true)
      midEnd.run(f)
      const counts = lost(f)
      described += counts.described
      expect(counts.wrong, `seed ${seed}, function ${defined}`).toBe(0)
    }
  }
  expect(described).toBeGreaterThan(100)
})
