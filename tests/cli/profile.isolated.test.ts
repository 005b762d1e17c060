// `windlass run --profile=...` and `windlass profile` as a user has them.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firefoxFaults } from '#dist/tests/support/firefox-checker.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LAUNCHER, windlass } from './windlass.js'

const PROGRAM = `(module $busy
  (memory (export "memory") 1)
  (func $work (param i32) (local i32)
    (loop $again
      (local.set 1 (i32.add (local.get 1) (i32.mul (local.get 0) (i32.const 7))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.store (i32.const 0) (local.get 1)))
  (func (export "run") (call $work (i32.const 200000000)))
  (func (export "trap") (call $work (i32.const 1000000)) unreachable))`

const SPIN = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00")
  (data (i32.const 16) "!")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop $forever (br $forever))))`

let cwd = ''
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'windlass-profile-'))
  writeFileSync(join(cwd, 'busy.wat'), PROGRAM)
  writeFileSync(join(cwd, 'spin.wat'), SPIN)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const read = (name: string): string => readFileSync(join(cwd, name), 'utf8')

describe('--profile', () => {
  test('guest writes a profile that --top shows', () => {
    const ran = windlass(['run', '--tier=baseline', '--profile=guest,app.json,500us', '--invoke', 'run', 'busy.wat'], {
      cwd,
    })
    expect(ran.code).toBe(0)
    expect(ran.err).toMatch(
      /^profile: \d+ samples.*, in app\.json; look at it with: windlass profile \[--top\] app\.json\n$/,
    )
    expect(firefoxFaults(read('app.json'))).toEqual([])
    const { meta } = JSON.parse(read('app.json')) as { meta: { product: string; interval: number } }
    expect(meta).toMatchObject({ product: 'busy.wat', interval: 0.5 })
    const top = windlass(['profile', '--top', '--rows=2', 'app.json'], { cwd })
    expect(top.code).toBe(0)
    expect(top.out.split('\n')[3]).toMatch(/^ *\d+\.\d% .*work +Baseline/)
    expect(top.out.split('\n').length).toBe(6)
    const tree = windlass(['profile', '--tree', 'app.json'], { cwd })
    expect(tree.out.split('\n').slice(2, 4)).toEqual([
      expect.stringMatching(/^ *\d+\.\d% +0\.0% {2}run {2}Baseline$/) as string,
      expect.stringMatching(/^ *\d+\.\d% +\d+\.\d% {3}work {2}Baseline$/) as string,
    ])
    expect(windlass(['profile', '--folded', 'app.json'], { cwd }).out).toMatch(
      /run \[Baseline\];work \[Baseline\] \d+\n/,
    )
    const annotated = windlass(['profile', '--annotate=work', 'app.json'], { cwd }).out
    expect(annotated).toMatch(/^work: \d+\.\d% of \d+ samples\n\nmachine code, Baseline\n/)
    expect(annotated).toMatch(/^ *\d+\.\d% +[0-9a-f]+ {2}\S+/m)
    const coloured = windlass(['profile', '--top', 'app.json'], { cwd, env: { FORCE_COLOR: '1', NO_COLOR: '' } })
    expect(coloured.out).toContain('\x1b[31m')
    const plain = windlass(['profile', '--top', 'app.json'], { cwd, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
    expect(plain.out).toBe(windlass(['profile', '--top', 'app.json'], { cwd }).out)
  })

  test('top prints the hottest at once', () => {
    const args = ['run', '--tier=baseline', '--profile=top,,500us', '--invoke', 'run', 'busy.wat']
    const ran = windlass(args, { cwd })
    expect(ran.code).toBe(0)
    expect(ran.err).toMatch(
      /^busy\.wat: \d+ samples, one each 0\.5 ms\n\n {2}self {2}total {2}function\n *\d+\.\d% .*work +Baseline/,
    )
    expect(
      windlass(['run', '--tier=baseline', '--profile=top,top.txt', '--invoke', 'run', 'busy.wat'], { cwd }).code,
    ).toBe(0)
    expect(read('top.txt')).toMatch(/^busy\.wat: \d+ samples[^]*work +Baseline/)
  })

  test('has a usual name, is written also after a trap, and keeps the exit code', () => {
    const ran = windlass(['run', '--tier=baseline', '--profile=guest', '--invoke', 'trap', 'busy.wat'], { cwd })
    expect(ran.code).toBe(134)
    expect(ran.err).toContain('unreachable')
    expect(read('windlass-guest-profile.json')).toContain('"type":"Trap"')
    expect(firefoxFaults(read('windlass-guest-profile.json'))).toEqual([])
  })

  test('cpuprofile writes a call tree whose samples name nodes', () => {
    expect(
      windlass(['run', '--tier=baseline', '--profile', 'cpuprofile,a.cpuprofile', '--invoke', 'run', 'busy.wat'], {
        cwd,
      }).code,
    ).toBe(0)
    const profile = JSON.parse(read('a.cpuprofile')) as {
      nodes: { id: number; callFrame: { functionName: string }; hitCount: number; children: number[] }[]
      samples: number[]
      timeDeltas: number[]
    }
    const ids = new Set(profile.nodes.map(({ id }) => id))
    expect(profile.samples.every((id) => ids.has(id))).toBe(true)
    expect(profile.nodes.flatMap(({ children }) => children).every((id) => ids.has(id))).toBe(true)
    expect(profile.timeDeltas.length).toBe(profile.samples.length)
    expect(profile.nodes.reduce((sum, { hitCount }) => sum + hitCount, 0)).toBe(profile.samples.length)
    const hottest = profile.nodes.toSorted((a, b) => b.hitCount - a.hitCount)[0]
    expect(hottest.callFrame.functionName).toBe('work [Baseline]')
  })

  test('perfmap and jitdump list the code', () => {
    const args = ['--profile=perfmap,p.map', '--profile=jitdump,j.dump', '--invoke', 'run', 'busy.wat']
    expect(windlass(['run', '--tier=baseline', ...args], { cwd }).code).toBe(0)
    const lines = read('p.map').trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/^[0-9a-f]+ [0-9a-f]+ /, ''))).toEqual([
      'run [baseline]',
      'work [baseline]',
    ])
    const dump = readFileSync(join(cwd, 'j.dump'))
    expect(dump.readUInt32LE(0)).toBe(0x4a695444)
    const records: [number, string][] = []
    for (let at = dump.readUInt32LE(8); at < dump.length; at += dump.readUInt32LE(at + 4)) {
      const id = dump.readUInt32LE(at)
      const isLoad = id === 0
      const name = isLoad ? dump.toString('latin1', at + 56, dump.indexOf(0, at + 56)) : ''
      records.push([id, name])
      if (!isLoad) continue
      const [, start, size] = lines[records.length - 1].match(/^([0-9a-f]+) ([0-9a-f]+)/) ?? []
      expect(dump.readBigUInt64LE(at + 32)).toBe(BigInt(`0x${start}`))
      expect(dump.readBigUInt64LE(at + 40)).toBe(BigInt(`0x${size}`))
      expect(dump.readUInt32LE(at + 4)).toBe(56 + name.length + 1 + parseInt(size, 16))
    }
    expect(records).toEqual([
      [0, 'run [baseline]'],
      [0, 'work [baseline]'],
      [3, ''],
    ])
  })

  /** Ends a program that says that it runs and then never ends. */
  async function ended(signal: NodeJS.Signals, ...args: string[]): Promise<{ code: number | null; err: string }> {
    const child = spawn(process.execPath, [LAUNCHER, 'run', ...args, 'spin.wat'], {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
    })
    let err = ''
    child.stderr.on('data', (text: Buffer) => (err += text.toString()))
    // Long enough for samples.
    child.stdout.once('data', () => setTimeout(() => child.kill(signal), 100))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, err }
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the program, and what was sampled is written', async (signal, exitCode) => {
    const { code, err } = await ended(signal, '--profile=guest,ended.json', '--profile=top,ended.txt')
    expect(err).toContain(`windlass: the program was ended by ${signal}\nprofile: `)
    expect(code).toBe(exitCode)
    expect(firefoxFaults(read('ended.json'))).toEqual([])
    expect(read('ended.txt')).toMatch(/^spin\.wat: \d+ samples[^]*_start/)
  })

  test('a process that is killed, and a program that cannot be loaded, leave no empty file', async () => {
    expect((await ended('SIGKILL', '--profile=guest,killed.json')).code).toBe(null)
    expect(windlass(['run', '--profile=guest,none.json', 'missing.wat'], { cwd }).code).toBe(1)
    expect(readdirSync(cwd).filter((name) => name === 'killed.json' || name === 'none.json')).toEqual([])
  })

  test('a disk that is full is told at the end, when the other profiles are written', () => {
    const ran = windlass(['run', '--profile=perfmap,/dev/full', '--profile=top', '--invoke', 'run', 'busy.wat'], {
      cwd,
    })
    expect(ran.err).toContain('windlass: cannot write the profile to /dev/full: no space left on the device\n')
    expect(ran.err).toMatch(/^busy\.wat: \d+ samples/)
    expect(ran.code).toBe(1)
  })

  test('mistakes are told before anything runs', () => {
    const fault = (...args: string[]): string => {
      const { code, err } = windlass(['run', '--tier=baseline', ...args, '--invoke', 'run', 'busy.wat'], { cwd })
      expect(code).not.toBe(0)
      return err
    }
    expect(fault('--profile=gest')).toContain("not 'gest'; did you mean guest?")
    expect(fault('--profile=guest,a,b,c')).toContain('KIND[,PATH[,INTERVAL]]')
    expect(fault('--profile=guest,a.json,soon')).toContain('a time such as 1ms')
    expect(fault('--profile=guest,a.json,1us')).toContain('interval must be from 100 us')
    expect(fault('--profile=perfmap,a,1ms')).toContain('does not sample')
    expect(fault('--profile=perfmap,/nowhere/p.map')).toContain(
      'cannot write the profile to /nowhere/p.map: there is no such',
    )
    expect(fault('--profile=jitdump,/dev/full')).toContain('cannot write the profile to /dev/full: no space left')
    expect(fault('--profile=guest,/nowhere/a.json')).toContain(
      'cannot write the profile to /nowhere/a.json: there is no such',
    )
    expect(readdirSync(cwd)).not.toContain('a')
  })
})

describe('windlass profile', () => {
  test('refuses what is no profile', () => {
    for (const args of [
      [],
      ['a', 'b'],
      ['--top', 'missing.json'],
      ['--top', 'busy.wat'],
      ['--top', '--rows=x', 'busy.wat'],
      ['--top', '--tree', 'app.json'],
      ['--annotate=nothing-like-that', 'app.json'],
    ]) {
      const { code, err } = windlass(['profile', ...args], { cwd })
      expect(code).toBeGreaterThan(0)
      expect(err).toMatch(/windlass: .+/)
      expect(err).not.toContain('    at ')
    }
  })
})
