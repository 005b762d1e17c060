// Division of i64 by constants on the machine: by mulx, and by mul where the CPU does not have it.
import { describe, expect, test } from 'vitest'
import { Engine } from '#dist/runtime/engine.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { call } from '../../runtime/world.js'

const divisors = [3n, 7n, 10n, 641n, 10n ** 9n, (1n << 63n) - 1n, (1n << 63n) + 1n, -3n, -10n, -(10n ** 12n)]
const operations: Record<string, (x: bigint, d: bigint) => bigint> = {
  div_u: (x, d) => BigInt.asUintN(64, x) / BigInt.asUintN(64, d),
  rem_u: (x, d) => BigInt.asUintN(64, x) % BigInt.asUintN(64, d),
  div_s: (x, d) => BigInt.asIntN(64, x) / BigInt.asIntN(64, d),
  rem_s: (x, d) => BigInt.asIntN(64, x) % BigInt.asIntN(64, d),
}

/** The quotient of the product of two arguments, so that registers are taken when it begins. */
function source(operation: string, divisor: bigint): string {
  return `(module (func (export "f") (param i64 i64) (result i64)
    (i64.xor (i64.${operation} (i64.mul (local.get 0) (local.get 1)) (i64.const ${BigInt.asIntN(64, divisor)}))
             (i64.add (local.get 0) (local.get 1)))))`
}

function check(engine: Engine): void {
  const store = new Store(engine)
  test.each(Object.keys(operations))('%s', (operation) => {
    for (const divisor of divisors) {
      const f = call(new Instance(store, new Module(engine, assemble(source(operation, divisor))), []), 'f')
      for (const x of [
        0n,
        1n,
        -1n,
        divisor,
        divisor - 1n,
        divisor + 1n,
        divisor * 5n - 1n,
        1n << 62n,
        1n << 63n,
        0x1234_5678_9abc_def0n,
      ]) {
        for (const y of [1n, -1n, 3n]) {
          const expected = operations[operation](x * y, divisor) ^ (x + y)
          expect(f(x, y), `${x} * ${y} ${operation} ${divisor}`).toBe(BigInt.asIntN(64, expected))
        }
      }
    }
  })
}

describe('this CPU', () => check(new Engine({ tier: 'optimizing' })))
describe('an old CPU', () => {
  const engine = new Engine({ tier: 'optimizing' })
  Object.defineProperty(engine, 'features', { value: { ...engine.features, bmi2: false } })
  check(engine)
})
