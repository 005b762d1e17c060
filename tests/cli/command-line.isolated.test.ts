// Everything that happens before a module runs: help, mistakes on the command line, files that are no modules.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LAUNCHER, PROGRAMS, windlass } from './windlass.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

const hello = join(PROGRAMS, 'hello.wasm')

describe('help', () => {
  test('every command explains itself with examples', () => {
    expect(windlass(['--help'])).toMatchObject({ code: 0, err: '' })
    for (const command of ['run', 'wast', 'validate', 'compile', 'profile', 'coredump', 'help']) {
      const { code, out } = windlass([command, '--help'])
      expect(code).toBe(0)
      expect(out).toMatch(/Usage: windlass .*\n/)
      expect(out).toMatch(/^[A-Z].*\.$/m)
      expect(out).toMatch(/Examples:\n {2}windlass/)
      expect(windlass(['help', command]).out).toBe(out)
    }
  })

  test('no arguments: usage on standard error', () => {
    const { code, out, err } = windlass([])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage: windlass')
  })

  test('version', () => {
    expect(windlass(['--version']).out).toMatch(/^windlass \d+\.\d+\.\d+\n$/)
  })

  test('groups list their keys', () => {
    expect(windlass(['-W', 'help', 'x.wasm']).out).toMatch(/timeout=DURATION/)
    expect(windlass(['-D', 'help', 'x.wasm']).out).toMatch(/max-backtrace=N/)
  })
})

describe('mistakes', () => {
  const cases: [string, string[], RegExp][] = [
    ['unknown option', ['--evn', 'A=1', hello], /unknown option --evn; did you mean --env\?/],
    ['unknown option without a neighbour', ['--qqqqqqq', hello], /unknown option --qqqqqqq$/m],
    ['missing value', ['--dir'], /option --dir needs a value: --dir HOST\[::GUEST\]\[::ro\]/],
    ['value for a switch', ['validate', '--json=1', hello], /option --json takes no value/],
    ['no file', ['run', '--env', 'A=1'], /no module given/],
    ['no file to validate', ['validate'], /no file given/],
    ['no profile', ['profile'], /no file given: windlass profile FILE/],
    ['two profiles', ['profile', 'a', 'b'], /one file at a time/],
    ['two help topics', ['help', 'run', 'wast'], /one command at a time/],
    ['unknown help topic', ['help', 'rnu'], /there is no command 'rnu'; did you mean run\?/],
    ['unknown command', ['vaildate', hello], /there is no command or file 'vaildate'; did you mean validate\?/],
    ['no command', ['version'], /did you mean --version\?/],
    ['unknown key', ['-W', 'timeot=2', hello], /unknown key 'timeot' of -W; did you mean timeout\?/],
    ['bad duration', ['-W', 'timeout=soon', hello], /-W timeout takes a duration such as/],
    ['bad size', ['-W', 'max-wasm-stack=big', hello], /max-wasm-stack takes a size such as/],
    ['unknown compiler', ['-C', 'compiler=gcc', hello], /-C compiler takes auto, baseline/],
    ['unknown tier', ['--tier', 'fast', hello], /--tier takes baseline/],
    ['unknown pass', ['--tier=optimizing', '--dump-ir=emit', hello], /--dump-ir takes translate, optimize/],
    ['compile mode', ['--compile=never', hello], /--compile takes lazy or eager/],
    ['directory', ['--dir', '::x', hello], /--dir takes HOST/],
    ['preload', ['--preload', 'x', hello], /--preload takes NAME=FILE/],
    ['environment', ['--env', '=x', hello], /--env takes KEY/],
    ['a file taken for a value', ['--tier', hello], /--tier takes baseline or optimizing or auto, not '.*hello\.wasm'/],
    ['no compiler to watch', ['compile', '--dump-ir=lower', hello], /--dump-ir shows .* add --tier=optimizing/],
    ['y or n', ['-S', 'inherit-env=maybe', hello], /takes y or n/],
  ]
  test.each(cases)('%s', (_name, args, message) => {
    const { code, out, err } = windlass(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
    expect(err).toMatch(/Try 'windlass (\w+ )?--help'\./)
  })

  test('in WINDLASS_OPTIONS too, and they say so', () => {
    const { code, err } = windlass([hello], { env: { WINDLASS_OPTIONS: '--teir=baseline' } })
    expect(code).toBe(2)
    expect(err).toMatch(/in WINDLASS_OPTIONS: unknown option --teir; did you mean --tier\?/)
    // What is understood but does not fit is told with all that the variable adds.
    const wrong = windlass(['compile', hello], { env: { WINDLASS_OPTIONS: '--tier=fast -D compiler' } })
    expect(wrong).toMatchObject({ code: 2, out: '' })
    expect(wrong.err).toMatch(/--tier takes .*, not 'fast'\n\(WINDLASS_OPTIONS adds: --tier=fast -D compiler\)\nTry/)
  })
})

describe('files that are no modules', () => {
  test.each([
    ['missing', () => join(folder, 'missing.wasm'), /cannot read .*missing\.wasm: there is no such file/],
    ['directory', () => folder, /cannot read .*: it is a directory/],
    ['empty', () => file('empty.wasm', ''), /is empty/],
    ['not a module', () => file('image.wasm', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)), /is not a WebAssembly module/],
    ['truncated', () => file('cut.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0)), /is not valid: .*@\+\d+/],
    ['bad text', () => file('bad.wat', '(module (func (i32.bogus)))'), /bad\.wat: .*1:\d+/],
    [
      'bytes of a future',
      () => file('v128.wat', '(module (func (drop (v128.const i64x2 0 0))))'),
      /does not support SIMD/,
    ],
    ['nothing to call', () => file('nothing.wat', '(module)'), /no _start function, .* It exports nothing\.$/m],
    ['a directory for the guest', () => hello, /cannot give the directory .* it does not exist/],
  ])('%s', (name, path, message) => {
    const { code, out, err } = windlass(name.startsWith('a dir') ? ['--dir', '/no/such/place', path()] : [path()])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(message)
    expect(err.trimEnd()).not.toContain('\n')
  })

  test('there is no profile of what is not there', () => {
    const missing = join(folder, 'missing.wasm')
    expect(windlass(['--profile=top', missing])).toEqual({
      code: 1,
      out: '',
      err: `windlass: cannot read ${missing}: there is no such file or directory\n`,
    })
  })

  test('an invalid module tells the offset', () => {
    const path = file('invalid.wat', '(module (func (result i32) i64.const 1))')
    expect(windlass([path]).err).toMatch(/invalid\.wat is not valid: .*@\+\d+/)
  })

  test('validate reports each file, in words and as JSON', () => {
    const bad = file('invalid.wat', '(module (func (result i32) i64.const 1))')
    const { code, out } = windlass(['validate', hello, bad])
    expect(code).toBe(1)
    expect(out).toMatch(/hello\.wasm: valid\n.*invalid\.wat: invalid: .*@\+\d+\n/)
    expect(windlass(['validate', hello]).code).toBe(0)
    const verdicts: unknown = JSON.parse(windlass(['validate', '--json', hello, bad]).out)
    expect(verdicts).toMatchObject([
      { file: hello, valid: true },
      { file: bad, valid: false, error: expect.any(String) as string },
    ])
  })

  test('validate tells what it does not support from what is invalid', () => {
    const newer = file('newer.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7b, 0))
    const { code, out } = windlass(['validate', newer])
    expect([code, out]).toEqual([1, expect.stringMatching(/newer\.wasm: not supported: .*\(Windlass .* SIMD yet\)\n/)])
    expect(JSON.parse(windlass(['validate', '--json', newer]).out)).toMatchObject([{ valid: false, needs: 'SIMD' }])
  })

  test('a function that --dump-ir cannot find', () => {
    expect(windlass(['compile', '--tier=optimizing', '--dump-ir=lower,nowhere', hello])).toMatchObject({
      code: 1,
      err: `windlass: ${hello} has no function 'nowhere' of its own (--dump-ir=PASS,FUNC)\n`,
    })
  })

  test('validate tells what it cannot read from what is invalid', () => {
    const missing = join(folder, 'missing.wasm')
    expect(windlass(['validate', hello, folder])).toEqual({
      code: 1,
      out: `${hello}: valid\n`,
      err: `windlass: cannot read ${folder}: it is a directory\n`,
    })
    expect(JSON.parse(windlass(['validate', '--json', missing]).out)).toMatchObject([{ valid: false, unread: true }])
  })

  test('compile and wast go on after what they cannot read, and tell it in JSON, too', () => {
    const missing = join(folder, 'missing.wasm')
    const bad = file('invalid.wat', '(module (func (result i32) i64.const 1))')
    const script = file('script.wast', '(module)')
    const unread = `cannot read ${missing}: there is no such file or directory`
    const compiled = windlass(['compile', missing, bad, hello])
    expect([compiled.code, compiled.out]).toEqual([1, expect.stringMatching(/^\S*hello\.wasm\n {2}functions /)])
    expect(compiled.err).toMatch(new RegExp(`^windlass: ${unread}\nwindlass: ${bad} is not valid: .*\n$`))
    const compiledJson = windlass(['compile', '--json', missing, bad, hello])
    expect([compiledJson.code, compiledJson.err]).toEqual([1, ''])
    expect(JSON.parse(compiledJson.out)).toMatchObject([
      { file: missing, error: unread },
      { file: bad, error: expect.stringContaining('is not valid') as string },
      { file: hello, functions: expect.any(Number) as number },
    ])
    expect(windlass(['wast', missing, script])).toEqual({
      code: 1,
      out: `${script}: 1 passed\n2 files: 1 passed, 0 failed, 1 not read\n`,
      err: `windlass: ${unread}\n`,
    })
    const run = windlass(['wast', '--json', missing, script])
    expect([run.code, run.err]).toEqual([1, ''])
    expect(JSON.parse(run.out)).toEqual([
      { file: missing, passed: 0, skipped: 0, failures: [], error: unread },
      { file: script, passed: 1, skipped: 0, failures: [] },
    ])
  })

  test('limits too low for the host module of scripts', () => {
    for (const limit of ['max-memory-size=0', 'max-table-elements=9']) {
      const { code, out, err } = windlass(['wast', '-W', limit, file('script.wast', '(module)')])
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(/^windlass: the scripts' module spectest cannot be made: .+ \(-W help lists the limits\)\n$/)
    }
  })

  test('a file without a name is told as that', () => {
    expect(windlass(['validate', '']).err).toBe("windlass: cannot read '': there is no such file or directory\n")
  })

  test('a word like a command that is a file is that file', () => {
    file('rnu', '(module (func (export "_start")))')
    expect(windlass(['rnu'], { cwd: folder })).toEqual({ code: 0, out: '', err: '' })
  })

  test('output that cannot be written is a failure in one line', () => {
    const launch = `exec "$0" "$@" > /dev/full`
    const { status, stderr } = spawnSync('sh', ['-c', launch, process.execPath, LAUNCHER, 'help'], { encoding: 'utf8' })
    expect([status, stderr.split('\n').length]).toEqual([1, 2])
    expect(stderr).toContain('cannot write to standard output: no space left on the device')
  })

  test('a reader that has gone is no failure', () => {
    const launch = `"$0" "$@" | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout } = spawnSync('bash', ['-c', launch, process.execPath, LAUNCHER, 'help', 'run'], {
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/^Usage: windlass .*\n0\n$/)
  })

  test('-C cache=n is --cache=off', () => {
    const home = join(folder, 'cache')
    expect(windlass(['-C', 'cache=n', hello], { env: { XDG_CACHE_HOME: home } }).code).toBe(0)
    expect(existsSync(home)).toBe(false)
    expect(windlass(['-C', 'cache', hello], { env: { XDG_CACHE_HOME: home } }).code).toBe(0)
    expect(existsSync(home)).toBe(true)
  })

  test('a cache directory that cannot be made costs one line', () => {
    for (const [place, reason] of [
      [hello, 'a file of that name is there'],
      ['/proc/windlass', 'there is no such file or directory'],
    ]) {
      expect(windlass([`--cache=${place}`, hello])).toEqual({
        code: 0,
        out: 'hello from wasm\n',
        err: `windlass: cannot keep compiled code in ${place}: ${reason} (--cache)\n`,
      })
    }
  })

  test('colours only when asked for', () => {
    expect(windlass(['--help']).out).not.toContain('\x1b[')
    expect(windlass(['--help'], { env: { NO_COLOR: '', FORCE_COLOR: '1' } }).out).toContain('\x1b[1m')
  })
})
