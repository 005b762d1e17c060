// Programs that run: output, exit codes, traps, imports, limits.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LAUNCHER, PROGRAMS, windlass } from './windlass.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-run-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function wat(name: string, text: string): string {
  const path = join(folder, `${name}.wat`)
  writeFileSync(path, text)
  return path
}

const program = (name: string): string => join(PROGRAMS, `${name}.wasm`)

describe('programs built by clang', () => {
  test.each(['lazy', 'eager'])('hello, compiled %s', (mode) => {
    expect(windlass([`--compile=${mode}`, program('hello')])).toEqual({ code: 0, out: 'hello from wasm\n', err: '' })
  })

  test('the process ends with the program, whatever the event loop still has', () => {
    const preload = join(folder, 'waits.cjs')
    writeFileSync(preload, 'setTimeout(() => process.stderr.write("still there"), 5000)')
    const words = ['--require', preload, LAUNCHER, 'run', program('args'), '42']
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 42, stderr: 'to stderr\n' })
  })

  test('arguments, environment, exit code: options end at the module', () => {
    const { code, out, err } = windlass(['run', '--env', 'A=b', program('args'), '42', '--env', 'x', '--', '-h'])
    expect(code).toBe(42)
    expect(out).toBe('arg 0: args.wasm\narg 1: 42\narg 2: --env\narg 3: x\narg 4: --\narg 5: -h\nenv: A=b\n')
    expect(err).toBe('to stderr\n')
  })

  test('environment: passed on by name, all of it, argv0', () => {
    const env = { WINDLASS_TEST: 'here' }
    expect(windlass(['--env', 'WINDLASS_TEST', '--env=NOT_SET_ANYWHERE', program('args')], { env }).out).toBe(
      'arg 0: args.wasm\nenv: WINDLASS_TEST=here\n',
    )
    const all = windlass(['-S', 'inherit-env', '--argv0', 'me', '--', program('args')], { env }).out
    expect(all).toContain('arg 0: me\n')
    expect(all).toContain('env: WINDLASS_TEST=here\n')
    expect(windlass([program('args')], { env }).out).toBe('arg 0: args.wasm\n')
  })

  test('defaults from WINDLASS_OPTIONS', () => {
    const env = { WINDLASS_OPTIONS: '--env FROM=variable --compile=eager' }
    expect(windlass([program('args')], { env }).out).toContain('env: FROM=variable')
    expect(windlass(['validate', program('args')], { env }).code).toBe(0)
  })

  test('computation', () => {
    expect(windlass([program('compute')])).toEqual({
      code: 0,
      out:
        'sorted 8057 2147607345 4294946537 hash 6b9e88deccd8341d\n' +
        'pi 3.141591654 sqrt 1.41421356237 pow 6.727499949 exp 2.202647e+04 float 0.333 1e+100 0x1.999999999999ap-4\n' +
        '148933 primes\n' +
        '-20,-19,-16,-11,-4,5,16,29,44,61, -9223372036854775808 ffffffffffffffff\n' +
        '-2333333333 -1 -54687500 2043332096\n',
      err: '',
    })
  })

  test('files and directories, and no way out', () => {
    const data = mkdtempSync(join(folder, 'data-'))
    const { code, out } = windlass(['--dir', `${data}::/data`, program('files')])
    expect(out.split('\n')).toEqual([
      'mkdir: ok',
      'mkdir again: File exists',
      'close: ok',
      'last line: appended',
      '1001 lines',
      'stat: ok',
      'size 8899, regular 1',
      'symlink: ok',
      'read through link: ok',
      'escape: ok',
      'read through escape: Capabilities insufficient',
      'read /etc/passwd: Capabilities insufficient',
      'read ../../etc/passwd: Capabilities insufficient',
      'rename: ok',
      'rmdir not empty: Directory not empty',
      'entry .',
      'entry ..',
      'entry escape',
      'entry link',
      'entry renamed.txt',
      'unlink: ok',
      'unlink link: ok',
      'unlink escape: ok',
      'rmdir: ok',
      'unlink missing: No such file or directory',
      '',
    ])
    expect(code).toBe(0)
    expect(readdirSync(data)).toEqual([])
    expect(windlass(['--mapdir', `/data::${data}`, program('files')]).out).toContain('mkdir: ok')
  })

  test('a read-only directory', () => {
    const { code, out } = windlass(['--dir', `${folder}::/data::ro`, program('files')])
    expect(out).toContain('mkdir: Read-only file system')
    expect(code).toBe(1)
  })

  test('standard input, large and small', () => {
    const input = 'line of text\n'.repeat(20_000)
    expect(windlass([program('cat')], { input })).toEqual({ code: 0, out: input, err: `${input.length} bytes\n` })
    expect(windlass([program('cat')])).toEqual({ code: 0, out: '', err: '0 bytes\n' })
  })

  test('clocks and poll', () => {
    expect(windlass([program('clock')]).out).toBe('slept long enough\nwall plausible\npoll 1 2\n')
  })

  test('the module from standard input', () => {
    expect(windlass(['-'], { input: readFileSync(program('hello')) }).out).toBe('hello from wasm\n')
    expect(windlass(['run', '-', 'x'], { input: readFileSync(program('args')) }).out).toContain(
      'arg 0: stdin.wasm\narg 1: x',
    )
  })

  test('a trap prints reason and backtrace and ends with 134', () => {
    const { code, out, err } = windlass([program('trap')])
    expect(code).toBe(134)
    expect(out).toBe('before the trap\n')
    expect(err).toMatch(
      /^windlass: trap: memory access out of bounds\n  i32\.load: 4 bytes at 0xfffffffc, the memory has 0x20000\nwasm backtrace:\n/,
    )
    expect(err).toMatch(
      / 0: .*innermost \(.*trap\.wasm:0x182\)\n +1: .*middle \(.*:0x192\)\n +2: .*outer \(.*:0x1a3\)\n/,
    )
    const short = windlass(['-D', 'max-backtrace=1', program('trap')]).err
    expect(short).toMatch(/ 0: .*innermost/)
    expect(short).not.toContain(' 1: ')
    expect(short).toMatch(/\.\.\. and \d+ more/)
  })
})

describe('the text format', () => {
  test('the example', () => {
    const example = new URL('../../examples/hello.wat', import.meta.url).pathname
    const { code, out } = windlass([example])
    expect(code).toBe(0)
    expect(out).toMatch(/^Hello from Windlass: .*\nPrimes below 100: 2 3 5 7 11 .* 89 97\n$/)
    expect(windlass(['--invoke', 'gcd', example, '48', '36']).out).toBe('12\n')
  })

  test('--invoke converts numbers and prints results one per line', () => {
    const file = wat(
      'types',
      `(module
        (func (export "i32") (param i32) (result i32) local.get 0)
        (func (export "i64") (param i64) (result i64) local.get 0)
        (func (export "f32") (param f32) (result f32) local.get 0)
        (func (export "f64") (param f64) (result f64) local.get 0)
        (func (export "two") (param i32 f64) (result f64 i32) local.get 1 local.get 0)
        (func (export "none")))`,
    )
    const call = (name: string, ...args: string[]): string => windlass(['--invoke', name, file, ...args]).out
    expect(call('i32', '-1')).toBe('-1\n')
    expect(call('i32', '4294967295')).toBe('-1\n')
    expect(call('i32', '0x7f')).toBe('127\n')
    expect(call('i64', '-9223372036854775808')).toBe('-9223372036854775808\n')
    expect(call('f32', '0.1')).toBe('0.1\n')
    expect(call('f64', '-0')).toBe('-0\n')
    expect(call('f64', 'nan')).toBe('nan\n')
    expect(call('f64', '-inf')).toBe('-inf\n')
    expect(call('two', '3', '2.5')).toBe('2.5\n3\n')
    expect(call('none')).toBe('')
    expect(windlass(['--invoke', 'i32', file, '4294967296'])).toMatchObject({ code: 2 })
    expect(windlass(['--invoke', 'i32', file, 'x']).err).toMatch(/argument 1 of i32 must be an i32, not 'x'/)
    expect(windlass(['--invoke', 'two', file, '1']).err).toMatch(
      /\(i32, f64\) -> \(f64, i32\) takes 2 arguments, not 1/,
    )
    const missing = windlass(['--invoke', 'nope', file])
    expect(missing.code).toBe(1)
    expect(missing.err).toMatch(/exports no function 'nope'. It exports:\n {2}function "i32" \(i32\) -> i32\n/)
  })

  test('a module without _start says what there is', () => {
    const { code, err } = windlass([wat('library', '(module (func (export "f") (param i32)) (memory (export "m") 1))')])
    expect(code).toBe(1)
    expect(err).toMatch(/has no _start function/)
    expect(err).toMatch(/function "f" \(i32\) -> \(\)\n {2}memory "m"/)
  })

  test('imports: preloaded modules, and what is missing', () => {
    const library = wat(
      'lib',
      '(module (func (export "twice") (param i32) (result i32) local.get 0 i32.const 2 i32.mul))',
    )
    const user = wat(
      'user',
      `(module (import "lib" "twice" (func $twice (param i32) (result i32)))
         (func (export "four") (param i32) (result i32) (call $twice (call $twice (local.get 0)))))`,
    )
    expect(windlass(['--preload', `lib=${library}`, '--invoke', 'four', user, '5']).out).toBe('20\n')
    const { code, err } = windlass(['--invoke', 'four', user, '5'])
    expect(code).toBe(1)
    expect(err).toMatch(/needs imports that nothing provides .*\n {2}function "lib" "twice"/)
    const wrong = wat('wrong', '(module (import "lib" "twice" (func (param i64))))')
    expect(windlass(['--preload', `lib=${library}`, wrong]).err).toMatch(/cannot be linked/)
  })

  test('stack overflow, unreachable, division', () => {
    const file = wat(
      'traps',
      `(module (func $f (export "deep") (call $f)) (func (export "stop") unreachable)
         (func (export "div") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0))))`,
    )
    const deep = windlass(['-W', 'max-wasm-stack=256k', '--invoke', 'deep', file])
    expect(deep.code).toBe(134)
    expect(deep.err).toMatch(/trap: call stack exhausted[^]*max-wasm-stack/)
    expect(windlass(['--invoke', 'stop', file]).err).toMatch(/trap: unreachable/)
    expect(windlass(['--invoke', 'div', file, '0']).err).toMatch(/trap: divide by zero/)
  })

  test('a module that cannot have its table is refused in one line', () => {
    const { code, err } = windlass([wat('table', '(module (table 10000001 funcref))')])
    expect(code).toBe(1)
    expect(err).toMatch(
      /^windlass: .*cannot be instantiated: a table of 10000001 elements is over the limit of 10000000\n$/,
    )
  })

  test('fuel', () => {
    const loop = wat(
      'fuel',
      '(module (func (export "_start") (loop (br 0))) (func (export "id") (param i32) (result i32) local.get 0))',
    )
    for (const tier of ['baseline', 'optimizing', 'auto']) {
      const { code, err } = windlass([`--tier=${tier}`, '-W', 'fuel=100000', loop])
      expect(code).toBe(134)
      expect(err).toMatch(/all fuel consumed by WebAssembly/)
    }
    expect(windlass(['-W', 'fuel=2', '--invoke', 'id', loop, '5']).out).toBe('5\n')
    expect(windlass(['-W', 'fuel=1', '--invoke', 'id', loop, '5']).code).toBe(134)
    expect(windlass(['-W', 'fuel=lots', loop])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/-W fuel takes a number/),
    })
  })

  test('time slices', () => {
    const loop = wat(
      'slices',
      '(module (func (export "_start") (loop (br 0))) (func (export "id") (param i32) (result i32) local.get 0))',
    )
    expect(windlass(['-W', 'timeslice=1ms,timeout=100ms', loop])).toMatchObject({
      code: 134,
      err: expect.stringMatching(/ran longer than 100 ms/),
    })
    expect(windlass(['-W', 'timeslice=1ms', '--invoke', 'id', loop, '5']).out).toBe('5\n')
    expect(windlass(['-W', 'timeslice=soon', loop])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/-W timeslice takes a duration/),
    })
  })

  test('limits: time and memory', () => {
    const loop = wat('loop', '(module (func (export "_start") (loop (br 0))))')
    const { code, err } = windlass(['-W', 'timeout=200ms', loop])
    expect(code).toBe(134)
    expect(err).toMatch(/ran longer than 200 ms/)
    const sleep = wat(
      'sleep',
      `(module (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
         (memory (export "memory") 1)
         (func (export "_start")
           (i32.store (i32.const 16) (i32.const 1)) ;; the monotonic clock
           (i64.store (i32.const 24) (i64.const 3600_000_000_000))
           (loop $again (br_if $again (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))))`,
    )
    expect(windlass(['-W', 'timeout=200ms', sleep])).toMatchObject({ code: 134, out: '' })
    const grow = wat(
      'grow',
      '(module (memory 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))',
    )
    expect(windlass(['-W', 'max-memory-size=1MiB', '--invoke', 'grow', grow, '15']).out).toBe('1\n')
    expect(windlass(['-W', 'max-memory-size=1MiB', '--invoke', 'grow', grow, '16']).out).toBe('-1\n')
  })

  test('an exit code that has more bits than the system keeps', () => {
    for (const [code, kept] of [
      [-1, 255],
      [300, 44],
    ]) {
      const path = wat(
        'code',
        `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
           (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const ${code}))))`,
      )
      expect(windlass([path])).toEqual({ code: kept, out: '', err: '' })
    }
  })

  test('proc_exit out of nested calls', () => {
    const file = wat(
      'exit',
      `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
         (memory (export "memory") 1)
         (func $inner (call $exit (i32.const 7)) unreachable)
         (func (export "_start") (call $inner)))`,
    )
    expect(windlass([file])).toEqual({ code: 7, out: '', err: '' })
  })
})

describe('other commands', () => {
  test('compile prints statistics', () => {
    expect(windlass(['compile', '--stats', program('compute')]).out).toMatch(/machine code +\d+ bytes/)
    const stats: unknown = JSON.parse(windlass(['compile', '--json', program('compute')]).out)
    expect(stats).toMatchObject([{ functions: expect.any(Number) as number, codeBytes: expect.any(Number) as number }])
  })

  test('wast reports failures with file and line', () => {
    const path = join(folder, 'script.wast')
    writeFileSync(
      path,
      `(module (func (export "one") (result i32) i32.const 1) (func (export "nan") (result f32) f32.const nan))
(assert_return (invoke "one") (i32.const 1))
(assert_return (invoke "one") (i32.const 2))
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_trap (invoke "one") "unreachable")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module quote "(func") "unexpected end")
`,
    )
    const { code, out } = windlass(['wast', path])
    expect(code).toBe(1)
    expect(out).toContain(`${path}:3: assert_return: expected i32 0x2, but got 0x1\n`)
    expect(out).toContain(`${path}:5: assert_trap: expected trap 'unreachable', but got 0x1\n`)
    expect(out).toContain(`${path}: 5 passed, 2 failed`)
    const reports: unknown = JSON.parse(windlass(['wast', '--json', path]).out)
    expect(reports).toMatchObject([{ passed: 5, failures: [{ line: 3 }, { line: 5 }] }])
  })
})
