// What the translator's walk over a body finds out is what the validator does.
import { expect, it } from 'vitest'
import { BodyFacts } from '#dist/tiers/optimizing/translate/body-facts.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { FunctionFacts } from '#dist/wasm/facts.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { validateBody } from '#dist/wasm/validator.js'
import { generateModule } from '../../fuzz/generator.js'
import { Random } from '../../fuzz/random.js'

const SEEDS = 24

/** Locals' types, and the sets of locals that loops assign. */
function known(facts: BodyFacts | FunctionFacts): number[][] {
  const { localTypes, localCount, loopAssignedLo, loopAssignedHi, loopCount } = facts
  const lists = [localTypes.subarray(0, localCount), loopAssignedLo.subarray(0, loopCount), loopAssignedHi.subarray(0, loopCount)] // oxfmt-ignore
  return lists.map((list) => [...list])
}

function compare(bytes: Uint8Array): void {
  const info = decodeModule(bytes)
  const learned = new BodyFacts()
  const validated = new FunctionFacts()
  for (let defined = 0; defined < info.bodyStart.length; defined++) {
    const start = info.bodyStart[defined]
    const end = info.bodyEnd[defined]
    learned.learn(info.types[info.funcTypes[info.importedFuncs + defined]], bytes, start, end)
    validateBody(info, defined, bytes, start, end, start, validated)
    expect(known(learned)).toEqual(known(validated))
  }
}

it('in generated modules', () => {
  for (let seed = 1; seed <= SEEDS; seed++) compare(generateModule(new Random(seed)).bytes)
})

it.each([
  ['many locals', `(local ${'i64 f32 '.repeat(70)}) (loop (local.set 3 (f32.const 0)) (local.set 100 (i64.const 0)))`],
  ['many loops', `(local i32) ${'(loop (nop)) (loop (local.set 0 (i32.const 1)))'.repeat(100)}`],
  [
    'loops within each other',
    `(local i32 i32) ${'(loop (block '.repeat(100)} (local.set 1 (i32.const 1)) ${'))'.repeat(100)}`,
  ],
])('with %s', (_, code) => {
  compare(assemble(`(module (func (param i32 f64) (local.set 0 (i32.const 0))) (func ${code}))`))
})
