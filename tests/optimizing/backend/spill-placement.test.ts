// Where values are loaded and stored that have a slot: by control flow and frequency, not by position.
import { describe, expect, it } from 'vitest'
import { assemble } from '#dist/wasm/text/assemble.js'
import { compileAll } from './support.js'

/** The blocks of the module's last function after allocation, under the checker. */
function blocks(text: string): string[] {
  let printed = ''
  compileAll(assemble(text), {
    check: true,
    dump: (pass, _, print) => (printed = pass === 'allocate' ? print() : printed),
  })
  return printed.split(/^(?=block)/m)
}

const loads = (block: string): number => (block.match(/<- slot/g) ?? []).length
const stores = (block: string): number => (block.match(/slot\d+ <-/g) ?? []).length

describe('spill placement', () => {
  it('stores a value on the way to the call, not where it is made', () => {
    const [entry, ...rest] = blocks(`(module (func $f (param $n i32) (result i32)
      (if (result i32) (i32.lt_s (local.get $n) (i32.const 2)) (then (i32.const 1))
        (else (i32.add (local.get $n) (call $f (i32.sub (local.get $n) (i32.const 1))))))))`)
    expect(stores(entry)).toBe(0)
    expect(rest.filter((block) => stores(block) > 0)).toHaveLength(1)
  })

  it('loads on the branch that wants it what a loop keeps over its call', () => {
    const all = blocks(`(module (import "m" "g" (func $g (result i32))) (memory 1)
      (func (param $n i32) (param $seldom i32) (local $x i32)
        (loop $l
          (local.set $x (call $g))
          (if (i32.eq (local.get $x) (i32.const 77)) (then
            (i32.store (local.get $seldom) (local.get $x))))
          (br_if $l (i32.lt_u (local.get $x) (local.get $n))))))`)
    const turn = all.filter((block) => block.includes('loop depth 1') && !block.includes('Store'))
    const branch = all.filter((block) => block.includes('Store'))
    expect(branch.map(loads)).toEqual([1])
    // Of $n, for the comparison.
    expect(turn.map(loads).reduce((a, b) => a + b, 0)).toBe(1)
  })

  it('leaves in its slot what an inner turn hands on to itself', () => {
    // One loop with two ways back, as compilers make of nested ones: on the short way all but $i stay the same.
    const count = 14
    const each = (text: (i: number) => string): string => Array.from({ length: count }, (_, i) => text(i)).join(' ')
    const all = blocks(`(module (memory 1)
      (func (param $n i32) (result i32) (local $i i32) ${each((i) => `(local $v${i} i32)`)}
        (loop $l
          (i32.store (local.get $i) (i32.add (i32.load offset=4 (local.get $i)) (i32.load offset=8 (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 4)))
          (br_if $l (i32.load offset=16 (local.get $i)))
          ${each((i) => `(local.set $v${i} (i32.add (local.get $v${i}) (i32.load offset=${32 + 4 * i} (local.get $i))))`)}
          (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
        ${each((i) => `(local.get $v${i})`)} ${'i32.xor '.repeat(count - 1)}))`)
    const header = all.findIndex((block) => block.includes('Poll'))
    expect(header).toBeGreaterThan(0)
    expect(all[header]).toContain('Store')
    expect(stores(all[header]) + loads(all[header])).toBe(0)
  })
})
