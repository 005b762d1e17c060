// Generated modules do in the intermediate representation what they do in V8: results, traps, host calls, memory, globals.
import { describe, expect, it } from 'vitest'
import { generateModule } from '../../fuzz/generator.js'
import { observe } from '../../fuzz/observe.js'
import { Random } from '../../fuzz/random.js'
import { hostWebAssembly } from '../../support/host-wasm.js'
import { irNamespace } from '#dist/tests/support/ir-machine.js'

const SEEDS = 30

describe('translated functions', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`behave as in V8 (seed ${seed})`, () => {
      const module = generateModule(new Random(seed))
      const expected = observe(hostWebAssembly, module, seed)
      expect(observe(irNamespace(), module, seed)).toEqual(expected)
    })
  }
})
