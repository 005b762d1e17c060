// The loop of a hot group (runtime/host-loop.ts): more host functions than it has ways, of many types, called often enough
// that it is made and has learned; groups that merge under it; errors through it; and none where text is no code.
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

import { WebAssembly } from '#dist/api/index.js'
import { Func } from '#dist/runtime/func.js'
import { rootOf } from '#dist/runtime/group.js'
import { assemble } from '#dist/wasm/text/assemble.js'

/** Enough rounds of all host functions to make the loop and fill its ways. */
const ROUNDS = 1000
const HOSTS = 12
const TYPES = ['i32', 'i64', 'f32', 'f64'] as const

function host(k: number): string {
  const type = TYPES[k % 4]
  return `(import "h" "f${k}" (func $f${k} (param ${type}) (result ${type})))`
}

/** run(n): n rounds of all host functions; returns how often one gave the wrong result. */
const text = `(module
  ${Array.from({ length: HOSTS }, (_, k) => host(k)).join('\n')}
  (import "h" "last" (func $last (param i32)))
  (func (export "run") (param i32) (result i32) (local i32)
    (loop
      ${Array.from({ length: HOSTS }, (_, k) => {
        const type = TYPES[k % 4]
        return `(local.set 1 (i32.add (local.get 1)
          (${type}.ne (call $f${k} (${type}.const ${k})) (${type}.const ${k + 1}))))`
      }).join('\n')}
      (call $last (local.get 0))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))`

function imports(last: (turn: number) => void): { h: Record<string, (x: never) => unknown> } {
  const h: Record<string, (x: never) => unknown> = { last }
  for (let k = 0; k < HOSTS; k++) h[`f${k}`] = k % 4 === 1 ? (x: bigint) => x + 1n : (x: number) => x + 1
  return { h }
}

function instance(last: (turn: number) => void): (turns: number) => number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), imports(last))
  return exports['run'] as (turns: number) => number
}

function hasLoop(run: unknown): boolean {
  const func = Func.of(run)
  return func !== undefined && rootOf(func.group).hostLoop !== undefined
}

describe('the loop of a hot group', () => {
  it('calls more host functions than it has ways', () => {
    let sum = 0
    const run = instance((turn) => {
      sum += turn
    })
    expect(run(1)).toBe(0)
    expect(hasLoop(run)).toBe(false)
    expect(run(ROUNDS)).toBe(0)
    expect(hasLoop(run)).toBe(true)
    for (let i = 0; i < 3; i++) expect(run(ROUNDS)).toBe(0)
    expect(sum).toBe(1 + 4 * ((ROUNDS * (ROUNDS + 1)) / 2))
  })

  it('lets errors pass and goes on afterwards', () => {
    const thrown = new Error('from the host')
    let at = 0
    const run = instance((turn) => {
      if (turn === at) throw thrown
    })
    run(ROUNDS)
    for (at = 1; at < 20; at++) expect(() => run(20)).toThrow(thrown)
    expect(run(10)).toBe(0)
  })

  it('ends when its group gets into another one, and nests', () => {
    const link = `(module (import "a" "run" (func $run (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (call $run (local.get 0))))`
    const linked: unknown[] = []
    let depth = 0
    const first = instance((turn) => {
      if (turn % 300 !== 0 || depth > 1) return
      depth++
      // Larger than the group, so that it is the group whose root changes.
      let run: unknown = first
      for (let i = 0; i < 20; i++) {
        run = new WebAssembly.Instance(new WebAssembly.Module(assemble(link)), { a: { run } }).exports['run']
      }
      linked.push(run)
      expect((run as (turns: number) => number)(5)).toBe(0)
      depth--
    })
    const second = instance(() => undefined)
    second(ROUNDS)
    for (let i = 0; i < 3; i++) expect(first(ROUNDS)).toBe(0)
    expect(linked.length).toBe(9)
    expect(second(ROUNDS)).toBe(0)
  })

  it('is not made where code may not be generated from strings', () => {
    const dist = new URL('../../dist/', import.meta.url).href
    const program = `
      const { WebAssembly } = await import('${dist}api/index.js')
      const { assemble } = await import('${dist}wasm/text/assemble.js')
      const text = \`(module (import "h" "f" (func $f (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
          (loop (br_if 0 (local.tee 0 (call $f (local.get 0)))))
          (i32.const 7)))\`
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), { h: { f: (x) => x - 1 } })
      console.log(exports.run(5000), exports.run(5000))`
    const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', program]
    expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('7 7\n')
  })
})
