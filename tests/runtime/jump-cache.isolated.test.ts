// Jump caches (runtime/jump-cache.ts): calls across the boundary, in both directions, from more places than a cache has ways,
// often enough that targets are learned and forgotten again. Values of every class travel in every place meanwhile.
import { describe, expect, it } from 'vitest'

import { WebAssembly } from '#dist/api/index.js'
import { control, Word } from '#dist/runtime/context.js'
import { assemble } from '#dist/wasm/text/assemble.js'

/** More than the ways of a cache. */
const SITES = 20
const TURNS = 3000

/** The next misses of the thread are lessons again. */
function hurry(): void {
  control[Word.misses] = 1
}

function sites(make: (k: number) => string): string {
  return Array.from({ length: SITES }, (_, k) => make(k)).join('\n')
}

describe('jump caches', () => {
  it('enter many functions of many types', () => {
    const types = ['i32', 'i64', 'f32', 'f64']
    const text = `(module ${sites((k) => {
      const type = types[k % 4]
      const params = 'i32 '.repeat(k) + type
      return `(func (export "f${k}") (param ${params}) (result ${type})
        (${type}.add (local.get ${k}) (${type}.const ${k})))`
    })})`
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)))
    const calls = Array.from({ length: SITES }, (_, k) => {
      const fn = exports[`f${k}`] as (...args: unknown[]) => unknown
      const zeros = Array.from({ length: k }, () => -1)
      const big = k % 4 === 1
      return { fn, args: [...zeros, big ? 5n : 5], result: big ? BigInt(5 + k) : 5 + k }
    })
    for (let turn = 0; turn < TURNS; turn++) {
      if (turn % 5 === 0) hurry()
      const { fn, args, result } = calls[(turn * turn) % SITES]
      expect(fn(...args)).toBe(result)
    }
  })

  it('return from host functions to many places', () => {
    const results = '(result i32 i64 f32 f64 i32 i64 f64 f32)'
    const params = '(param f32 i32 i64 f64 i32 i32 i32 i32 i32 i64)'
    const text = `(module
      (type $many (func ${params} ${results}))
      (import "h" "many" (func $many (type $many)))
      (import "h" "one" (func $one (param i32) (result f64)))
      (import "h" "none" (func $none))
      (memory 1)
      (func (export "run") (param i32) (result f64) (local f64)
        ${sites(
          (k) => `
          (call $many (f32.const 1.5) (local.get 0) (i64.const -${k}) (f64.const ${k}.25) (i32.const 1) (i32.const 2)
            (i32.const 3) (i32.const 4) (i32.const -5) (i64.const 0x123456789abcdef))
          drop (local.set 1 (f64.add (local.get 1))) drop drop drop drop drop drop
          (local.set 1 (f64.add (local.get 1) (call $one (i32.const ${k}))))
          (call $none)
          (i32.store (i32.const ${4 * k}) (i32.add (i32.load (i32.const ${4 * k})) (i32.const 1)))`,
        )}
        (local.get 1))
      (func (export "count") (param i32) (result i32) (i32.load (local.get 0))))`
    let seen = 0
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), {
      h: {
        many: (...args: unknown[]) => {
          const [f, i, l, d, ...rest] = args as [number, number, bigint, number, ...unknown[]]
          expect([f, i, rest]).toEqual([1.5, -7, [1, 2, 3, 4, -5, 0x123456789abcdefn]])
          expect(d).toBe(0.25 - Number(l))
          if (seen++ % 7 === 0) hurry()
          return [-1, 2n, 3.5, 4, -5, 6n, d, 0.5]
        },
        one: (k: number) => {
          if (seen % 11 === 0) hurry()
          return k
        },
        none: () => undefined,
      },
    })
    const run = exports['run'] as (x: number) => number
    const count = exports['count'] as (at: number) => number
    const expected = Array.from({ length: SITES }, (_, k) => 2 * k + 0.25).reduce((a, b) => a + b)
    for (let turn = 1; turn <= 100; turn++) {
      expect(run(-7)).toBe(expected)
      expect(count(4 * (turn % SITES))).toBe(turn)
    }
  })

  it('do not miss what they know', () => {
    const text = `(module (import "h" "f" (func $f))
      (func (export "run") (param i32)
        (loop (call $f) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), { h: { f: () => undefined } })
    const run = exports['run'] as (turns: number) => void
    // The entry and the return are one lesson each; until V8 optimizes, entries go another way.
    for (let i = 0; i < 3; i++) {
      hurry()
      run(10)
    }
    const misses = control[Word.misses]
    run(100)
    expect(control[Word.misses]).toBeGreaterThanOrEqual(misses - 1)
  })

  it('learn in nested calls, and while exceptions and traps pass', () => {
    const text = `(module
      (import "h" "f" (func $f (param i32) (result i32)))
      (func (export "down") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0))))
      (func (export "trap") (param i32) (result i32) (drop (call $f (i32.const 0))) (unreachable)))`
    const thrown = new Error('from the host')
    let mode = 'throw'
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), {
      h: {
        f: (depth: number) => {
          hurry()
          if (depth > 0) return down(depth - 1)
          if (mode === 'throw') throw thrown
          return 100
        },
      },
    })
    const down = exports['down'] as (depth: number) => number
    const trap = exports['trap'] as (x: number) => number
    for (let turn = 0; turn < 200; turn++) {
      hurry()
      mode = turn % 2 === 0 ? 'throw' : 'return'
      if (mode === 'throw') {
        expect(() => down(turn % 9)).toThrow(thrown)
      } else {
        expect(down(turn % 9)).toBe(101 + (turn % 9))
        expect(() => trap(1)).toThrow(WebAssembly.RuntimeError)
      }
    }
  })

  it('outlive the code that they know', async () => {
    const run = (k: number): void => {
      const text = `(module (import "h" "f" (func $f (param i32) (result i32)))
        (func (export "go") (param i32) (result i32) ${'(nop)'.repeat(k % 5)} (call $f (i32.add (local.get 0) (i32.const ${k})))))`
      const imports = { h: { f: (x: number) => x + 1 } }
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), imports)
      const go = exports['go'] as (x: number) => number
      for (let i = 0; i < 10; i++) {
        hurry()
        expect(go(i)).toBe(i + k + 1)
      }
    }
    for (let k = 0; k < 300; k++) {
      run(k)
      if (k % 50 === 49) {
        globalThis.gc?.()
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  })
})
