// The bundle is what users load: it must offer what the compiled files do, and stand aside when it is older than they are.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import * as api from '#dist/api/index.js'
import * as wasi from '#dist/wasi/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

test.each([
  ['api', api],
  ['wasi', wasi],
])('the bundled %s exports what the compiled one does', async (name, compiled) => {
  const url = new URL(`../../dist/bundle/${name}.mjs`, import.meta.url).href
  const bundled = (await import(url)) as object
  expect(Object.keys(bundled).toSorted()).toEqual(Object.keys(compiled).toSorted())
})

/** Functions below an object: where each is, its name and its length. */
function functionsOf(object: object, place = '', seen = new Set<object>()): string[] {
  if (seen.has(object)) return []
  seen.add(object)
  const own = typeof object === 'function' ? [`${place} ${object.name} ${object.length}`] : []
  const below = Reflect.ownKeys(object).flatMap((key) => {
    const descriptor: Partial<Record<string, unknown>> = { ...Object.getOwnPropertyDescriptor(object, key) }
    const inner = descriptor['get'] ?? descriptor['value']
    const isInner = typeof inner === 'function' || (typeof inner === 'object' && inner !== null)
    return isInner && key !== 'constructor' ? functionsOf(inner, `${place}.${String(key)}`, seen) : []
  })
  return [...own, ...below]
}

test('in the bundle everything has the name that it has in its source', async () => {
  const bundled = (await import(new URL('../../dist/bundle/api.mjs', import.meta.url).href)) as typeof api
  const named = ({ WebAssembly, Module, Table, Global, Engine, RuntimeError }: typeof api): string[] =>
    functionsOf({ WebAssembly, Module, Table, Global, Engine, RuntimeError })
  expect(named(bundled)).toEqual(named(api))
  expect(bundled.WebAssembly.Module.prototype[Symbol.toStringTag]).toBe('WebAssembly.Module')
})

/** A copy of what the launcher needs, to damage. */
function withCopy(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'windlass-'))
  try {
    for (const each of ['bin', 'dist', 'package.json', 'tsconfig.build.json'])
      cpSync(join(root, each), join(directory, each), { recursive: true })
    symlinkSync(join(root, 'native'), join(directory, 'native'))
    use(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** What the launcher in `directory` prints for `--version`, and whether from the bundle. */
function version(directory: string): { text: string; bundled: boolean } {
  const hook = join(directory, 'hook.cjs')
  writeFileSync(hook, `process.on('exit', () => console.log(require('./bin/bundle.js').loaded.size > 0))`)
  const words = ['--require', hook, join(directory, 'bin/windlass'), '--version']
  const { stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  const [text, bundled] = stdout.trim().split('\n')
  return { text, bundled: bundled === 'true' }
}

test('the launcher takes the bundle, but not one that is older than the compiled files', () => {
  withCopy((directory) => {
    const now = Date.now() / 1000
    const info = join(directory, 'dist/build.tsbuildinfo')
    utimesSync(join(directory, 'dist/bundle/cli.js'), now, now)
    utimesSync(info, now - 1, now - 1)
    expect(version(directory)).toEqual({ text: expect.stringMatching(/^windlass \d/), bundled: true })
    utimesSync(info, now + 1, now + 1)
    expect(version(directory)).toEqual({ text: expect.stringMatching(/^windlass \d/), bundled: false })
    // In a package there is nothing to compile: its files are older or newer as they were unpacked.
    rmSync(join(directory, 'tsconfig.build.json'))
    expect(version(directory)).toEqual({ text: expect.stringMatching(/^windlass \d/), bundled: true })
  })
})

test('the code cache that is written on installing fits this Node', () => {
  withCopy((directory) => {
    for (const each of ['scripts', 'examples']) cpSync(join(root, each), join(directory, each), { recursive: true })
    const made = spawnSync(process.execPath, [join(directory, 'scripts/code-cache.cjs')], { encoding: 'utf8' })
    expect([made.status, made.stderr]).toEqual([0, ''])
    const script = `const { load, loaded } = require(${JSON.stringify(join(directory, 'bin/bundle.js'))})
      load('run.js')
      console.log(JSON.stringify(Array.from(loaded.values(), ({ script }) => script?.cachedDataRejected)))`
    // By way of node:vm, and by the gate, which gives no script; where V8 refuses the cache there, it is asked by the other way again.
    const gate = join(root, `native/build/windlass-gate-${process.versions.modules}.node`)
    for (const [setting, fits] of [
      ['0', false],
      ['1', existsSync(gate) ? null : false],
    ]) {
      const env = { ...process.env, WINDLASS_GATE: String(setting) }
      const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env })
      const rejected = JSON.parse(stdout) as unknown[]
      expect(rejected).toEqual(rejected.map(() => fits))
      expect(rejected.length).toBeGreaterThan(2)
    }
  })
})

test('compiled code is kept under one name by the compiled files, the bundle, and a package, which has no build.tsbuildinfo', () => {
  withCopy((directory) => {
    /** What is in the cache after a run. */
    const kept = (): string[] => {
      const command = [join(directory, 'bin/windlass'), 'run', join(root, 'tests/programs/wasi/hello.wasm')]
      const env = { ...process.env, XDG_CACHE_HOME: join(directory, 'cache') }
      const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env })
      expect([status, stderr]).toEqual([0, ''])
      return readdirSync(join(directory, 'cache/windlass'))
    }
    const now = Date.now() / 1000
    const info = join(directory, 'dist/build.tsbuildinfo')
    const kinds = [-1, 1].map((age) => {
      utimesSync(info, now + age, now + age)
      for (const made of ['bundle/cli.js', 'build.id']) utimesSync(join(directory, 'dist', made), now, now)
      return kept()
    })
    rmSync(join(directory, 'tsconfig.build.json'))
    rmSync(info)
    expect(kinds[0].length).toBeGreaterThan(0)
    expect([kinds[1], kept()]).toEqual([kinds[0], kinds[0]])
  })
})

test('without the addon the command says what to do, in one line', () => {
  withCopy((directory) => {
    rmSync(join(directory, 'native'))
    // As in a package.
    rmSync(join(directory, 'tsconfig.build.json'))
    expect(version(directory)).toEqual({ text: expect.stringMatching(/^windlass \d/), bundled: true })
    const command = [join(directory, 'bin/windlass'), 'run', join(root, 'examples/hello.wat')]
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^windlass: the addon .* Build it, which needs g\+\+: node .*build\.mjs \(.*\)\n$/)
  })
})

test("a second run of a small program loads what it needs, and none of Node's modules", () => {
  withCopy((directory) => {
    rmSync(join(directory, 'tsconfig.build.json'))
    const hook = join(directory, 'hook.cjs')
    writeFileSync(
      hook,
      `const Module = require('node:module')
      const required = []
      const { require: original } = Module.prototype
      Module.prototype.require = function (id) {
        required.push(id)
        return original.call(this, id)
      }
      process.on('exit', () => {
        const { loaded } = require('./bin/windlass')
        console.error(JSON.stringify([required.slice(0, -1), [...loaded.keys()]]))
      })`,
    )
    const hello = join(root, 'tests/programs/wasi/hello.wasm')
    const words = [join(directory, 'bin/windlass'), 'run', `--cache=${directory}`, hello]
    spawnSync(process.execPath, words)
    const { stdout, stderr } = spawnSync(process.execPath, ['--require', hook, ...words], { encoding: 'utf8' })
    expect(stdout).toBe('hello from wasm\n')
    const files = ['cli.js', 'engine.js', 'first.js', 'run.js']
    const [required, loaded] = JSON.parse(stderr) as [string[], string[]]
    expect([required, loaded.toSorted()]).toEqual([[], files])
  })
})

test('functions are optimized without the compiler in JavaScript', () => {
  const cache = mkdtempSync(join(tmpdir(), 'windlass-'))
  try {
    const script = `const { load, loaded } = require(${JSON.stringify(join(root, 'bin/bundle.js'))})
      const words = ['run', '--tier=optimizing', ${JSON.stringify(join(root, 'tests/programs/wasi/hello.wasm'))}]
      process.on('exit', () => console.error([...loaded.keys()].join(' ')))
      void load('cli.js').main(words)`
    const env = { ...process.env, XDG_CACHE_HOME: cache }
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env })
    expect(stdout).toContain('hello')
    const names = stderr.trim().split(' ')
    expect([names.includes('engine.js'), names.includes('optimizer.js')]).toEqual([true, false])
  } finally {
    rmSync(cache, { recursive: true })
  }
})

test('the launcher opens the addon as the engine does, which finds it there', () => {
  const script = `import(${JSON.stringify(new URL('../../dist/bundle/api.mjs', import.meta.url).href)}).then(() => {
      const opened = Object.getOwnPropertySymbols(process).map((symbol) => symbol.description)
      console.log(opened.filter((name) => name.endsWith('windlass.node')).length)
    })`
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  expect(stdout).toBe('1\n')
})
