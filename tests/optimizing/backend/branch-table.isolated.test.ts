// br_table: every index of tables with runs of all shapes, by comparisons and through a table, with and without values.
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.js'
import { call, World } from '../../runtime/world.js'

const world = new World({ tier: 'optimizing', checked: true })

/** A function that gives 100 + the number of the label that its argument selects; the last label is the default. */
function source(labels: readonly number[], targets: number): string {
  const blocks = Array.from({ length: targets }, () => '(block').join(' ')
  const ends = Array.from({ length: targets }, (_, i) => `) (return (i32.const ${100 + i}))`).join('\n')
  return `(module (func (export "f") (param i32) (result i32)
    ${blocks} (br_table ${labels.join(' ')} (local.get 0)) ${ends} (unreachable)))`
}

/** The same with a value that goes along, added to the label's number. */
function valueSource(labels: readonly number[], targets: number): string {
  let body = `(br_table ${labels.join(' ')} (i32.mul (local.get 0) (i32.const 3)) (local.get 0))`
  for (let i = 0; i < targets; i++) body = `(i32.add (i32.const ${1000 * (i + 1)}) (block (result i32) ${body}))`
  return `(module (func (export "f") (param i32) (result i32) ${body}))`
}

function checkTable(labels: readonly number[], targets: number): void {
  const run = call(world.instance(source(labels, targets)), 'f')
  const withValue = call(world.instance(valueSource(labels, targets)), 'f')
  for (const index of [...labels.keys(), labels.length, labels.length + 1, 0x7fffffff, -1, -2]) {
    const label = labels[Math.min(index >>> 0, labels.length - 1)]
    expect(run(index)).toBe(100 + label)
    let sum = Math.imul(index, 3)
    for (let i = label; i < targets; i++) sum = (sum + 1000 * (i + 1)) | 0
    expect(withValue(index)).toBe(sum)
  }
}

describe('br_table', () => {
  test.each([
    [[0, 1]],
    [[0, 0, 0]],
    [[0, 1, 0]],
    [[0, 1, 1, 0]],
    [[2, 1, 0]],
    [[0, 1, 2, 3]],
    [[0, 0, 1, 1, 2, 2, 0]],
    [[3, 3, 3, 1, 3, 3, 0, 2]],
  ])('%j', (labels) => checkTable(labels, 4))

  test('many labels', () => {
    const random = new Random(7)
    for (const [length, targets] of [
      [10, 3],
      [40, 40],
      [63, 200],
      [66, 200],
      [300, 70],
    ]) {
      checkTable(
        Array.from({ length }, () => random.below(targets)),
        targets,
      )
    }
  })
})
