// Generated modules do after the mid-end, with and without chaos, what they do in V8.
import { describe, expect, it } from 'vitest'
import { Chaos } from '#dist/tiers/optimizing/egraph/chaos.js'
import { MidEnd } from '#dist/tiers/optimizing/egraph/optimize.js'
import { generateModule } from '../../fuzz/generator.js'
import { observe } from '../../fuzz/observe.js'
import { Random } from '../../fuzz/random.js'
import { hostWebAssembly } from '../../support/host-wasm.js'
import { irNamespace } from '#dist/tests/support/ir-machine.js'

const SEEDS = 24
const midEnd = new MidEnd()

describe('optimized functions', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`behave as in V8 (seed ${seed})`, () => {
      const module = generateModule(new Random(seed))
      const expected = observe(hostWebAssembly, module, seed)
      expect(
        observe(
          irNamespace((f) => midEnd.run(f)),
          module,
          seed,
        ),
      ).toEqual(expected)
      const chaos = new Chaos(seed)
      expect(
        observe(
          irNamespace((f) => midEnd.run(f, chaos)),
          module,
          seed,
        ),
      ).toEqual(expected)
    })
  }
})
