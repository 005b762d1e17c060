// The command: dumps of `windlass run`, and `windlass coredump` on them.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { LAUNCHER, PROGRAMS, windlass } from '../cli/windlass.js'

const directory = mkdtempSync(join(tmpdir(), 'windlass-coredump-'))
afterAll(() => rmSync(directory, { recursive: true }))

const divide = fileURLToPath(new URL('programs/divide.wasm', import.meta.url))
const core = join(directory, 'core')

describe('windlass run', () => {
  test('a trap leaves a dump, and keeps its report and exit code', () => {
    const plain = windlass(['--invoke', 'run', divide, '41', '0'])
    const dumping = windlass(['run', '-D', `coredump=${core}`, '--invoke', 'run', divide, '41', '0'])
    expect(plain.code).toBe(134)
    expect(dumping.code).toBe(134)
    expect(dumping.err).toBe(`${plain.err}core dumped to ${core}\n`)
    expect(plain.err).toContain('0: divide')
    expect(plain.err).toContain('at /src/divide.c:11:19')
  })

  test('wasmer-style option, pattern in the name, a WASI program', () => {
    const { code, err } = windlass(['run', '--coredump-on-trap', join(directory, '%e.core'), `${PROGRAMS}trap.wasm`])
    expect(code).toBe(134)
    expect(err).toContain(`core dumped to ${join(directory, 'trap.core')}`)
    const shown = windlass(['coredump', join(directory, 'trap.core')]).out
    expect(shown).toContain('#0 innermost')
    expect(shown).toContain('_start')
  })

  test('a dump that cannot be written costs one line', () => {
    const { code, err } = windlass(['run', '-D', `coredump=${directory}/no/core`, '--invoke', 'run', divide, '41', '0'])
    expect(code).toBe(134)
    expect(err.trimEnd().split('\n').at(-1)).toBe(
      `windlass: cannot write the core dump to ${directory}/no/core: its directory does not exist`,
    )
  })

  test('no failure, no dump; settings that make no sense are refused', () => {
    const path = join(directory, 'unused')
    expect(windlass(['run', '-D', `coredump=${path}`, '--invoke', 'run', divide, '41', '3']).code).toBe(0)
    expect(existsSync(path)).toBe(false)
    expect(windlass(['run', '-D', `coredump=${path},format=elf`, divide]).err).toContain(
      '-D format takes spec or wasmgdb',
    )
    expect(windlass(['run', '-D', 'coredump=', divide]).err).toContain('-D coredump needs a path')
  })

  test('SIGQUIT ends a running guest with a dump', async () => {
    const spin = join(directory, 'spin.wat')
    writeFileSync(
      spin,
      `(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00") (data (i32.const 16) "!")
        (func (export "_start") (local $n i32)
          (local.set $n (i32.const 123))
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (loop $l (local.set $n (i32.const 123)) (br $l))))`,
    )
    const path = join(directory, 'quit')
    // In optimized code the local, which nothing reads, is nowhere.
    const child = spawn(process.execPath, [LAUNCHER, 'run', '--tier=baseline', '-D', `coredump=${path}`, spin])
    // The guest says when it runs.
    child.stdout.once('data', () => child.kill('SIGQUIT'))
    const code = await new Promise((resolve) => child.once('exit', resolve))
    expect(code).toBe(131)
    const { out } = windlass(['coredump', '-m', spin, '-c', 'print n', path])
    expect(out).toBe('i32 123\n')
  })
})

describe('windlass coredump', () => {
  test('the overview', () => {
    const { code, out } = windlass(['coredump', core])
    expect(code).toBe(0)
    expect(out).toContain('trap: divide by zero\n  instruction i32.div_s, operands 102 0\n')
    expect(out).toContain('  why: const char * = 0x400 "quotient of the pair"\n')
    expect(out).toContain('  copy: Pair = {first = 41, second = 0}\n')
  })

  test('JSON', () => {
    const document = JSON.parse(windlass(['coredump', '--json', core]).out) as {
      threads: { frames: { name: string; variables: { name: string; value?: string }[] }[] }[]
    }
    const [frame] = document.threads[0].frames
    expect(frame.name).toBe('divide')
    expect(frame.variables).toContainEqual(expect.objectContaining({ name: 'divisor', type: 'int', value: '0' }))
  })

  test('JSON of what cannot be read is an object with the reason', () => {
    const { code, out, err } = windlass(['coredump', '--json', divide])
    expect([code, err]).toEqual([1, ''])
    expect(JSON.parse(out)).toEqual({ file: divide, error: expect.stringContaining('not a core dump') as string })
    const missing = join(directory, 'missing.wasm')
    expect(JSON.parse(windlass(['coredump', '--json', core, '-m', missing]).out)).toEqual({
      file: core,
      error: `cannot read ${missing}: there is no such file or directory`,
    })
  })

  test('quit ends a line of commands, too', () => {
    expect(windlass(['coredump', core, '-c', 'quit', '-c', 'nonsense'])).toEqual({ code: 0, out: '', err: '' })
  })

  test('commands, from the line and interactively', () => {
    expect(windlass(['coredump', core, '-c', 'frame 2', '-c', 'print first']).out).toContain('first: int = 41\n')
    const { code, out, err } = windlass(['coredump', '-i', core], {
      input: 'up\nx/s why\nprint scaled\nnonsense\nquit\n',
    })
    expect(code).toBe(0)
    expect(out).toContain('*  #1 pair_quotient')
    expect(out).toContain('scaled: int = 102\n')
    expect(err).toContain("no command 'nonsense'")
    expect(windlass(['coredump', core, '-c', 'frame 99']).code).toBe(1)
    expect(windlass(['coredump', core, '-c', 'table']).out).toMatch(/^table 0: funcref, /)
    expect(windlass(['coredump', core, '-c', 'table 9']).err).toContain('there is no table 9 in this dump')
  })

  test('paths into structures, and what is hidden until it is asked for', () => {
    const shown = (...commands: string[]): string =>
      windlass(['coredump', core, ...commands.flatMap((command) => ['-c', command])]).out
    expect(shown('frame 1', 'print copy.second', 'print pair->first')).toContain('copy.second: short = 0\n')
    expect(shown('frame 1', 'print pair->first')).toContain('pair->first: int = 41\n')
    expect(shown('print *why', 'x/s why')).toContain('"quotient of the pair"\n')
    const { code, err } = windlass(['coredump', core, '-c', 'frame 1', '-c', 'print copy.third'])
    expect(code).toBe(1)
    expect(err).toBe('windlass: copy.third: Pair has no member third; it has first, second\n')
    expect(shown('locals')).toMatch(/\n {2}\(and \d+ wasm locals: locals all\)\n$/)
    expect(shown('locals all')).toContain('local 0: i32 = ')
  })

  test('without the module there are numbers instead of names', () => {
    const moved = join(directory, 'moved.wat')
    writeFileSync(moved, '(module (func $f (export "f") (param i32) unreachable))')
    const path = join(directory, 'moved.core')
    windlass(['run', '-D', `coredump=${path}`, '--invoke', 'f', moved, '5'])
    rmSync(moved)
    const { code, out } = windlass(['coredump', path])
    expect(code).toBe(0)
    expect(out).toContain('#0 wasm-function[0]')
    expect(out).toContain('local 0: i32 = 5')
  })

  test('what is no dump is refused in one line', () => {
    const { code, err } = windlass(['coredump', divide])
    expect(code).toBe(1)
    expect(err).toBe(
      `windlass: ${divide} cannot be read as a core dump: this is a module, not a core dump: it has no 'core' section (at byte 0)\n`,
    )
    expect(windlass(['coredump']).code).toBe(2)
  })
})
