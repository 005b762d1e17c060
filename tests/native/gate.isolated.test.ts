// The gate (native/gate): everything that passes it must come out the same without it, whatever V8 does around it. Child
// processes run one program under flags that change how and when V8 makes fast calls. Where no gate was built both ways
// are the addon's own.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

const program = `
const text = \`(module
  (import "h" "next" (func $next (param i32) (result i32)))
  (import "h" "back" (func $back (param i32) (result i32)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (call $next (local.get 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "trap") (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0)))
  (func (export "deep") (param i32) (result i32) (call $back (local.get 0)))
  (func $self (export "recurse") (param i32) (result i32) (i32.add (i32.const 1) (call $self (local.get 0))))
  (func (export "spin") (param i64)
    (loop (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0)))))
)\`
const { WebAssembly } = await import(process.env.WINDLASS_DIST + '/api/index.js')
const { assemble } = await import(process.env.WINDLASS_DIST + '/wasm/text/assemble.js')
const thrown = new Error('from the host')
const out = []
let depth = 0
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), { h: {
  next: (x) => { if (x === 77777) throw thrown; return x + 1 },
  back: (x) => { depth++; return exports.deep(x) },
} })
const outcome = (run) => { try { return run() } catch (error) { return error === thrown ? 'same' : error.name + ': ' + error.message } }
const turns = Number(process.env.TURNS)
let sum = 0
for (let i = 0; i < turns; i++) sum = exports.add(sum, i)
out.push(sum, outcome(() => exports.loop(Math.min(turns, 70000))), outcome(() => exports.loop(80000)))
let traps = 0
for (let i = 0; i < turns / 10; i++) {
  try { traps += exports.trap(i & 1) } catch { traps += 1000 }
}
out.push(traps)
for (let i = 0; i < 3; i++) out.push(outcome(() => exports.deep(1)), outcome(() => exports.recurse(1)), exports.add(1, 2))
// Optimized with short calls first, so that the long ones are fast calls too.
const spin = (times, turns) => { for (let i = 0; i < times; i++) exports.spin(turns) }
spin(turns, 1n)
spin(10, BigInt(process.env.SPIN))
out.push(depth > 100)
console.log(JSON.stringify(out))
`

function run(flags: readonly string[], environment: Record<string, string> = {}): string {
  const child = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: {
      ...process.env,
      WINDLASS_DIST: new URL('../../dist', import.meta.url).href,
      TURNS: '60000',
      SPIN: '100000',
      ...environment,
    },
  })
  return child.status === 0 ? child.stdout : `${child.status} ${child.signal} ${child.stderr}`
}

describe('calls through the gate', () => {
  const expected = run([], { WINDLASS_GATE: '0' })

  it('are right without it', () => {
    const overflow = 'RangeError: Maximum call stack size exceeded'
    const list: unknown = JSON.parse(expected)
    expect(list).toMatchObject({ 1: 60_000, 2: 'same', 4: overflow, 5: overflow, 6: 3, 13: true })
  })

  it.each([
    ['by default', []],
    ['without the optimizing compiler', ['--jitless']],
    ['optimized early', ['--no-lazy-feedback-allocation']],
    ['without fast calls', ['--no-turbo-fast-api-calls']],
    ['while the collector moves everything', ['--stress-compaction', '--gc-interval=20000']],
    ['with a small stack of the host', ['--stack-size=300']],
  ])('come out the same %s', (_, flags) => {
    expect(run(flags)).toBe(expected)
  })

  it('come out the same under the sampling profiler, which interrupts the guest in fast calls', () => {
    const dir = mkdtempSync(join(tmpdir(), 'windlass-gate-'))
    try {
      const flags = ['--cpu-prof', '--cpu-prof-interval=100', `--cpu-prof-dir=${dir}`]
      expect(run(flags, { SPIN: '200000000' })).toBe(expected)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('come out the same in a worker', () => {
    const worker = `import { Worker } from 'node:worker_threads'
      for (let i = 0; i < 2; i++) {
        const worker = new Worker(process.env.PROGRAM, { eval: true })
        await new Promise((resolve) => worker.once('exit', resolve))
      }`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', worker], {
      encoding: 'utf8',
      env: {
        ...process.env,
        PROGRAM: `(async () => {${program}})()`,
        WINDLASS_DIST: new URL('../../dist', import.meta.url).href,
        TURNS: '60000',
        SPIN: '100000',
      },
    })
    expect(child.stderr).toBe('')
    expect(child.stdout).toBe(expected + expected)
  })

  it('end with their worker', () => {
    const script = `import { Worker } from 'node:worker_threads'
      const worker = new Worker(process.env.PROGRAM, { eval: true })
      worker.once('message', () => setTimeout(async () => { await worker.terminate(); console.log('ended') }, 20))`
    const inner = `(async () => {
      const { WebAssembly } = await import(process.env.WINDLASS_DIST + '/api/index.js')
      const { assemble } = await import(process.env.WINDLASS_DIST + '/wasm/text/assemble.js')
      const module = new WebAssembly.Module(assemble('(module (func (export "f")))'))
      const { f } = new WebAssembly.Instance(module).exports
      const { parentPort } = await import('node:worker_threads')
      parentPort.postMessage(0)
      for (;;) f()
    })()`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, PROGRAM: inner, WINDLASS_DIST: new URL('../../dist', import.meta.url).href },
    })
    expect([child.status, child.stdout, child.stderr]).toEqual([0, 'ended\n', ''])
  })
})
