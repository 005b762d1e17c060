// How words become options: every spelling that getopt_long knows, and where the guest's own words begin.
import { describe, expect, test } from 'vitest'
import { findCommand } from '#dist/cli/commands.js'
import type { CommandSpec } from '#dist/cli/default-command.js'
import { parseOptions, type ParsedOptions } from '#dist/cli/options.js'

function parse(name: string, ...words: string[]): ParsedOptions {
  return parseOptions(findCommand(name) as CommandSpec, words)
}

describe('options', () => {
  test.each([
    [['--tier', 'baseline', 'a.wasm']],
    [['--tier=baseline', 'a.wasm']],
    [['--tier', 'optimizing', '--tier=baseline', 'a.wasm']],
  ])('%j', (words) => {
    const parsed = parse('run', ...words)
    expect([parsed.value('tier'), parsed.operands]).toEqual(['baseline', ['a.wasm']])
  })

  test.each([
    [['-W', 'fuel=1', 'a.wasm']],
    [['-Wfuel=1', 'a.wasm']],
    [['-W=fuel=1', 'a.wasm']],
    [['--wasm=fuel=1', 'a.wasm']],
  ])('%j', (words) => {
    const parsed = parse('run', ...words)
    expect([parsed.values('wasm'), parsed.operands]).toEqual([['fuel=1'], ['a.wasm']])
  })

  test('an option with a value takes the next word whatever it looks like', () => {
    expect(parse('run', '--env', '--x', 'a').values('env')).toEqual(['--x'])
  })

  test('letters of switches can share a dash, the last may have a value', () => {
    const parsed = parse('coredump', '-ic', 'bt', 'core')
    expect([parsed.has('interactive'), parsed.values('command'), parsed.operands]).toEqual([true, ['bt'], ['core']])
    expect(parse('coredump', '-icbt').values('command')).toEqual(['bt'])
  })

  test('the words of the guest begin at the module', () => {
    expect(parse('run', 'a.wasm', '--tier', '-x', '--', 'y').operands).toEqual(['a.wasm', '--tier', '-x', '--', 'y'])
    expect(parse('run', '--', 'a.wasm', '--', 'y').operands).toEqual(['a.wasm', '--', 'y'])
    expect(parse('run', '-', '--help').operands).toEqual(['-', '--help'])
  })

  test('operands and options of other commands mix', () => {
    const parsed = parse('validate', 'a', '--json', 'b', '--', '--c')
    expect([parsed.has('json'), parsed.operands]).toEqual([true, ['a', 'b', '--c']])
  })

  test.each([
    [['--teir=baseline'], 'unknown option --teir; did you mean --tier?'],
    [['-z'], 'unknown option -z'],
    [['-hz'], 'unknown option -z'],
    [['--tier'], 'option --tier needs a value: --tier TIER'],
    [['-W'], 'option -W needs a value: -W KEY[=VAL],...'],
    [['--stats=yes'], "option --stats takes no value, but got 'yes'"],
    [['--constructor'], 'unknown option --constructor'],
  ])('%j: %s', (words, message) => {
    expect(() => parse('run', ...words)).toThrow(message)
  })
})
