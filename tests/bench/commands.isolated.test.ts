// The benchmarks as commands: each says how it is used, and refuses a mistake before it measures anything. And their statistics.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { median, quartiles } from '#dist/bench/report.js'
import { readRounds } from '#dist/bench/run-subject.js'

function bench(...words: string[]): { code: number | null; out: string; err: string } {
  const [name, ...args] = words
  const file = fileURLToPath(new URL(`../../dist/bench/${name}.js`, import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe('command lines', () => {
  const names = ['allocation', 'compare', 'coredumps', 'frame-states', 'main', 'profiling', 'startup', 'tiering', 'native/switch'] // oxfmt-ignore
  test.each(names)('%s', (name) => {
    expect(bench(name, '--help')).toEqual({ code: 0, out: expect.stringMatching(/^usage: n/) as string, err: '' })
    const { code, out, err } = bench(name, '--nope')
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^Unknown option '--nope'\nusage: n/)
  })

  test.each([
    ['allocation', '--pressure=x', "--pressure takes a number from 1 on, not 'x'"],
    ['compare', '--seconds=', "--seconds takes a number from 0 on, not ''"],
    ['compare', '--suite=none', "no suite 'none'"],
    ['main', '--only=none', "no table 'none'"],
    ['profiling', '--program=none', "no kernel 'none'"],
    ['startup', '--rounds=0', "--rounds takes a number from 1 on, not '0'"],
    ['startup', 'none', "no kernel 'none'"],
    ['tiering', 'none', "no subject 'none'"],
  ])('%s %s', (name, word, message) => {
    const { code, out, err } = bench(name, word)
    expect([code, out, err.split('\n')[0]]).toEqual([2, '', message])
  })
})

test('quartiles lie between neighbours', () => {
  expect(quartiles([5, 1, 3, 2, 4])).toEqual({ p25: 2, p50: 3, p75: 4 })
  expect(quartiles([40, 10, 20, 30])).toEqual({ p25: 17.5, p50: 25, p75: 32.5 })
  expect(quartiles([7])).toEqual({ p25: 7, p50: 7, p75: 7 })
  expect(median([])).toBeNaN()
})

test('rounds are found among what a program prints', () => {
  expect(readRounds('hello\nROUNDS {"p50":1}\nbye\n')).toEqual({ p50: 1 })
  expect(readRounds('hello\n')).toBeUndefined()
})
