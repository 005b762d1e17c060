// Compiled files and the code cache as a user meets them: the second run prints what the first did; damage costs time, not results.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { assemble } from '#dist/wasm/text/assemble.js'
import { LAUNCHER, PROGRAMS, windlass } from './windlass.js'

const FUNCTIONS = 200

/** A program of many functions, called one by one, with a long data segment. */
function source(padding = 40_000, more = ''): string {
  const indices = Array.from({ length: FUNCTIONS }, (_, i) => i)
  const functions = indices.map(
    (i) => `(func $f${i} (param i32) (result i32)
    (i32.xor (i32.mul (local.get 0) (i32.const ${i * 2 + 1})) (i32.shr_u (local.get 0) (i32.const ${i % 31}))))`,
  )
  const calls = indices.map((i) => `(local.set 0 (call $f${i} (local.get 0)))`)
  return `(module (memory 1) (data (i32.const 0) "${'x'.repeat(padding)}")
    ${functions.join('\n')}
    ${more}
    (func (export "run") (param i32) (result i32) ${calls.join('\n')} (local.get 0)))`
}

let directory = ''
let program = ''
const run = (...words: string[]): ReturnType<typeof windlass> => windlass(['run', ...words])

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'windlass-'))
  program = join(directory, 'large.wasm')
  writeFileSync(program, assemble(source()))
})
afterAll(() => rmSync(directory, { recursive: true }))

describe('the code cache', () => {
  const invoke = (cache: string): string => run(`--cache=${cache}`, '--invoke', 'run', program, '7').out

  it('is filled by the first run, used by the second, and mended when it is damaged', () => {
    const cache = join(directory, 'cache')
    const expected = invoke('off')
    expect(expected).toMatch(/^-?\d+\n$/)
    expect(existsSync(cache)).toBe(false)
    expect(invoke(cache)).toBe(expected)
    const [name] = readdirSync(cache)
    const file = join(cache, name)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { ino } = statSync(file)
    expect(invoke(cache)).toBe(expected)
    expect(statSync(file).ino).toBe(ino)
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] ^= 0xff
    writeFileSync(file, bytes)
    expect(invoke(cache)).toBe(expected)
    expect(statSync(file).ino).not.toBe(ino)
  })

  it("has all functions of ours that a second run needs in V8's cache of the bundle", () => {
    const cache = join(directory, 'bytecode')
    const preload = join(directory, 'preload.cjs')
    // A file's cache, made anew, is larger by the functions that V8 compiled in this process.
    writeFileSync(
      preload,
      `const { statSync } = require('node:fs')
      process.on('exit', () => {
        const { loaded } = require(process.argv[1].replace(/windlass$/, 'bundle.js'))
        const sizes = Array.from(loaded.values(), ({ script, file }) =>
          [script.createCachedData().length, statSync(file + '.cache').size])
        process.stderr.write(JSON.stringify(sizes))
      })`,
    )
    const hello = join(PROGRAMS, 'hello.wasm')
    run(`--cache=${cache}`, hello)
    const words = ['--require', preload, LAUNCHER, 'run', `--cache=${cache}`, hello]
    // The gate does not say what V8 has compiled.
    const env = { ...process.env, WINDLASS_GATE: '0' }
    const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env })
    expect(stdout).toBe('hello from wasm\n')
    const sizes = JSON.parse(stderr) as [now: number, before: number][]
    expect(sizes.length).toBeGreaterThan(3)
    const grown = sizes.reduce((sum, [now, before]) => sum + now - before, 0)
    // Half a dozen small functions; it was 7,500 when none of those that read code was there.
    expect(grown).toBeLessThan(2000)
  })

  it("lies in the user's cache directory", () => {
    const { out } = windlass(['run', '--invoke', 'run', program, '7'], {
      env: { XDG_CACHE_HOME: join(directory, 'xdg') },
    })
    expect(out).toMatch(/^-?\d+\n$/)
    expect(readdirSync(join(directory, 'xdg/windlass'))).toHaveLength(1)
  })

  it('has the code of small programs too, and optimizes what it has when that gets hot', () => {
    const cache = join(directory, 'small')
    const file = join(directory, 'small.wasm')
    const hot = `(func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const 7)))
      (func (export "spin") (param i32) (result i32) (local i32)
        (loop (local.set 1 (call $f (local.get 1)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))`
    writeFileSync(file, assemble(source(100, hot)))
    const spin = (turns: number, ...words: string[]): ReturnType<typeof windlass> =>
      run(`--cache=${cache}`, ...words, '--invoke', 'spin', file, String(turns))
    expect(run(`--cache=${cache}`, '--invoke', 'run', file, '7').code).toBe(0)
    expect(spin(3).out).toBe('21\n')
    expect(readdirSync(cache)).toHaveLength(1)
    // More than long enough for a compile worker to get there on a busy machine.
    const { out, err } = spin(2_000_000_000, '--stats')
    expect(out).toBe('1115098112\n')
    expect(err).toMatch(/^optimizing hot .*spin$/m)
  })

  it('keeps what was optimized, however small it is', () => {
    const cache = join(directory, 'tiny')
    const file = join(directory, 'tiny.wat')
    writeFileSync(
      file,
      `(module (func (export "spin") (param i32) (result i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))`,
    )
    const spin = (turns: number): string =>
      run(`--cache=${cache}`, '--stats', '--invoke', 'spin', file, String(turns)).err
    expect(spin(10)).not.toMatch(/hot/)
    expect(existsSync(cache)).toBe(false)
    expect(spin(2_000_000_000)).toMatch(/^optimizing hot .*spin$/m)
    expect(readdirSync(cache)).toHaveLength(1)
    expect(spin(100_000_000)).not.toMatch(/hot/)
    // Polls and clocks do without `performance`: at its first use Node compiles a dozen of its files.
    const preload = join(directory, 'performance.cjs')
    writeFileSync(
      preload,
      `const { performance } = globalThis
      Object.defineProperty(globalThis, 'performance', {
        get: () => (process.stderr.write('performance'), performance),
      })`,
    )
    const words = ['--require', preload, LAUNCHER, 'run', `--cache=${cache}`, '--invoke', 'spin', file, '100000000']
    expect(spawnSync(process.execPath, words, { encoding: 'utf8' })).toMatchObject({ stdout: '0\n', stderr: '' })
  })

  it('remembers what was hot: runs too short for optimized code add up to some', () => {
    const cache = join(directory, 'short')
    const file = join(directory, 'short.wat')
    writeFileSync(
      file,
      `(module (func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const 7)))
        (func (export "spin") (param i32) (result i32) (local i32)
          (loop (local.set 1 (call $f (local.get 1)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (local.get 1)))`,
    )
    const isHot = (): boolean =>
      /hot .*spin$/m.test(run(`--cache=${cache}`, '--stats', '--invoke', 'spin', file, '20000000').err)
    // At a time when this run's samples alone, or with those before, make the function worth it, and then no more.
    let runs = 0
    while (!isHot()) expect(runs++).toBeLessThan(100)
    while (isHot()) expect(runs++).toBeLessThan(100)
    expect(isHot()).toBe(false)
  })

  it('costs nothing but time where there can be none', () => {
    expect(invoke(join(program, 'below-a-file'))).toBe(invoke('off'))
  })

  it('wants a directory', () => {
    expect(run('--cache=', program)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--cache takes a directory, or off'),
    })
  })
})

describe('compile -o', () => {
  it('writes a file that runs', () => {
    const output = join(directory, 'large.cwasm')
    expect(windlass(['compile', '-o', output, program]).code).toBe(0)
    const expected = run('--cache=off', '--invoke', 'run', program, '9')
    expect(run('--invoke', 'run', output, '9')).toEqual(expected)
  })

  it('is refused with a reason when it is damaged, of another engine, or not for running', () => {
    const output = join(directory, 'large.cwasm')
    windlass(['compile', '-o', output, program])
    const bytes = readFileSync(output)
    expect(run('-W', 'timeout=9s', '--bounds=explicit', output)).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /cannot use .*large\.cwasm: it was compiled by another build .* compile the module again/,
      ),
    })
    writeFileSync(output, bytes.subarray(0, 1000))
    expect(run(output)).toMatchObject({ code: 1, err: expect.stringMatching(/cannot use .*: it is damaged/) })
    expect(windlass(['validate', output])).toMatchObject({ code: 1 })
    expect(windlass(['compile', output])).toMatchObject({
      code: 1,
      err: expect.stringContaining("is compiled code, which only 'windlass run' takes"),
    })
  })

  it('takes one module, and says when it cannot write', () => {
    expect(windlass(['compile', '-o', 'x', program, program])).toMatchObject({ code: 2 })
    const before = readFileSync(program)
    const link = join(directory, 'link.wasm')
    symlinkSync(program, link)
    for (const output of [program, link]) {
      expect(windlass(['compile', '-o', output, program])).toMatchObject({
        code: 2,
        err: expect.stringContaining(`-o ${output} would overwrite the module: name another file`) as string,
      })
    }
    expect(readFileSync(program)).toEqual(before)
    expect(windlass(['compile', '-o', join(directory, 'no/such/place'), program])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/cannot write .*: there is no such/),
    })
  })
})
